"""What the organisation wants to be told with a bill, a line and a tender: its own fields
(docs/capillary.md 5.2, 8)."""

from __future__ import annotations

from typing import Any

from agent.loyalty.calls.options import CloudOptions
from agent.sale.basket import Bill, BillLine, Tender
from agent.sale.field_templates import VARIANT, Values, filled


def fields_of_bill(options: CloudOptions, bill: Bill) -> dict[str, Any]:
    """customFields and extendedFields of a bill, as far as the settings name any."""
    known = {"cashier": bill.cashier, "till": bill.till_code, "store": bill.store_code}
    return _both(options.bill_custom, options.bill_extended, known)


def fields_of_line(options: CloudOptions, line: BillLine) -> dict[str, Any]:
    """The same of a line, from its product."""
    if not options.line_custom and not options.line_extended:
        return {}
    known = {name: getattr(line, name) for name in ("sku", "gtin", "hsn", "unit", "name")}
    known |= {"till": options.till_code, "store": options.store_code}
    known |= {f"{VARIANT}{name}": value for name, value in line.variant}
    return _both(options.line_custom, options.line_extended, known)


def attributes_of_tender(options: CloudOptions, tender: Tender, reference: str) -> dict[str, Any]:
    """attributes of a payment. reference is the tender's, free of card numbers (docs/capillary.md 8)."""
    templates = options.tender_attributes.get(tender.type, {})
    known = {"reference": reference, "till": options.till_code, "store": options.store_code}
    found = filled(templates, known)
    return {"attributes": found} if found else {}


def _both(custom: Values, extended: Values, known: dict[str, str]) -> dict[str, Any]:
    both = {"customFields": filled(custom, known), "extendedFields": filled(extended, known)}
    return {name: values for name, values in both.items() if values}
