"""The open sale as the page sees it; the shape is in docs/http.md."""

from __future__ import annotations

from typing import Any

from agent.counter.redeemable import refused_for
from agent.language.language import Language, english
from agent.sale.basket import Sale, Use
from agent.sale.plain_data import to_full
from agent.sale.totals import LineTotal, Pricing, Totals, Worked, totals
from agent.sale.units import is_measured


def sale_view(
    sale: Sale,
    pricing: Pricing,
    language: Language | None = None,
    worked: Worked | None = None,
    promised_milli: int = 0,
    points_use: Use = Use.TENDER,
) -> dict[str, Any]:
    """The open sale with every amount worked out. worked: kept from one picture to the next. promised_milli:
    of the customer's points those that earlier bills gave and the cloud had not taken when it told them.
    points_use: how points that are applied would count."""
    worked = worked or Worked()
    worth = totals(sale, pricing, worked)
    refused = refused_for(sale.customer)
    priced = {line.line.no: line for line in worth.lines}
    return {
        "id": sale.id,
        "phase": sale.phase.value,
        "lines": worked.pictures(sale.lines, priced, _line),
        "totals": _totals(worth, sale.points.use if sale.points else points_use),
        "customer": to_full(sale.customer) if sale.customer else None,
        "points_promised_milli": promised_milli,
        "redemption_refused": (language or english()).text(refused) if refused else "",
        "not_interested_reason": sale.not_interested_reason,
        "coupon": {
            "code": sale.coupon.code,
            "value_minor": worth.coupon_minor,
            "use": sale.coupon.use.value,
            "description": sale.coupon.description,
        }
        if sale.coupon
        else None,
        "points": {
            "points_milli": sale.points.points_milli,
            "value_minor": worth.points_minor,
            "use": sale.points.use.value,
        }
        if sale.points
        else None,
        "tenders": [to_full(tender) for tender in sale.tenders],
        "last_void": sale.voids[-1].lines[-1] if sale.voids else 0,
    }


def _line(line: Any, priced: LineTotal | None) -> dict[str, Any]:
    product = line.product
    return {
        "no": line.no,
        "sku": product.sku,
        "gtin": product.gtin,
        "name": product.name,
        "unit": product.unit,
        "measured": is_measured(product.unit),
        "hsn": product.hsn,
        "qty_milli": line.qty_milli,
        "unit_price_minor": line.unit_price_minor,
        "gross_minor": priced.gross_minor if priced else 0,
        "discount_minor": priced.discount_minor if priced else 0,
        "amount_minor": priced.amount_minor if priced else 0,
        "tax_bp": product.tax_bp,
        "voided": line.voided,
        "back": line.back.number if line.back else "",
        "entry": to_full(line.entry) if line.entry else None,
        "parts": [{"kind": p.kind, "name": p.name, "qty_milli": p.qty_milli} for p in product.parts],
        "variant": [list(pair) for pair in product.variant],
    }


def _totals(worth: Totals, points_use: Use) -> dict[str, Any]:
    rates: dict[int, list[int]] = {}
    for line in worth.lines:
        row = rates.setdefault(line.line.product.tax_bp, [0, 0, 0, 0])
        tax = line.tax
        for index, amount in enumerate((tax.taxable_minor, tax.cgst_minor, tax.sgst_minor, tax.igst_minor)):
            row[index] += amount
    later = -sum([line.line.worth.later_minor for line in worth.lines if line.line.worth])
    return {
        "items_milli": sum([line.articles_milli for line in worth.lines]),
        "gross_minor": worth.gross_minor,
        "discount_minor": worth.discount_minor,
        "taxable_minor": worth.taxable_minor,
        "tax_minor": worth.tax_minor,
        "rounding_minor": worth.rounding_minor - later,
        "paid_later_minor": later,
        "due_minor": worth.due_minor,
        "settled_minor": worth.settled_minor,
        "paid_minor": worth.paid_minor,
        "balance_minor": worth.balance_minor,
        "change_minor": worth.change_minor,
        "refund_minor": worth.refund_minor,
        "points_most_minor": worth.points_most[points_use],
        "taxes": [
            {
                "rate_bp": rate,
                "taxable_minor": row[0],
                "cgst_minor": row[1],
                "sgst_minor": row[2],
                "igst_minor": row[3],
            }
            for rate, row in sorted(rates.items())
        ],
    }
