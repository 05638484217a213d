"""What a user would notice of a store, as plain data under names of its own: written down when a store is
recorded, compared when a later version opens it. A rename in the code changes this file, never the data."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

from agent.loyalty.calls.call import Call
from agent.sale.basket import Bill, BillLine, Customer, Line, Sale
from agent.sale.state_machine import apply
from agent.sale.totals import Pricing, totals
from agent.store import (
    bills,
    customers,
    journal,
    key_value,
    members,
    outbox,
    pin_tries,
    returned,
    sales,
    spool,
)
from agent.store.keys import CHECK_FACT
from agent.store.opening import Store

PRICING = Pricing(100, interstate=False)
"""The recorded tills': the default of the settings."""
MEMBERS = (("mobile", "919000000001"), ("mobile", "919000000002"), ("mobile", "919000000003"))
"""Identifiers that were searched for while the recording till was online."""

_WHO = (
    "mobile",
    "email",
    "external_id",
    "card",
    "firstname",
    "lastname",
    "loyalty",
    "points_milli",
    "source",
)
_GOODS = (
    "sku",
    "name",
    "price_minor",
    "tax_bp",
    "hsn",
    "unit",
    "gtin",
    "tax_inclusive",
    "variant",
    "parent_sku",
)
_ENTRY = ("method", "scanner", "quantity")
_PART = ("kind", "sku", "name", "qty_milli", "price_minor")
_BACK = ("number", "at", "how", "reason", "line", "interested", "known")
_FIGURES = ("gross_minor", "discount_minor", "taxable_minor", "cgst_minor", "sgst_minor", "igst_minor")
_COUPON = ("code", "minor", "bp", "use", "otp", "description")
_POINTS = ("points_milli", "value_minor", "use", "otp")
_TENDER = ("no", "type", "amount_minor", "reference")
_UNDO = ("kind", "number", "value_minor", "points_milli", "code", "given_back", "reference")
_ACCOUNT = ("number", "took_minor", "whole_minor", "gone_minor", "given_minor")
_BILL = (
    *("number", "series", "seq", "sale_id", "at", "business_date", "store_code", "till_code", "cashier"),
    *("kind", "gross_minor", "discount_minor", "taxable_minor", "tax_minor", "rounding_minor", "due_minor"),
    *("change_minor", "currency", "clock_state", "not_interested_reason", "coupon_value_minor"),
    *("earns", "points_kept"),
)
_BILL_LINE = (
    *("no", "sku", "gtin", "name", "hsn", "unit", "qty_milli", "unit_price_minor", *_FIGURES),
    *("amount_minor", "tax_bp", "tax_inclusive", "variant", "parent_sku", "given_minor"),
)
_ROW = (
    *("id", "op", "depends_on", "bill_id", "idem_key", "state", "attempts", "first_ms", "due_ms", "code"),
    *("text", "created_ms", "unsure", "follows"),
)
_JOB = ("id", "bill_id", "copy", "state", "attempts", "handed_over", "text", "created_at")


def told(store: Store) -> dict[str, Any]:
    """All of it; JSON-able."""
    tx = store.connection
    numbers = dict(tx.execute("SELECT id, number FROM bill ORDER BY id"))
    whole = {
        "open_sales": [_sale(sale_id, rows) for sale_id, rows in sales.open_sales(tx).items()],
        "bills": [_bill(bill) for bill in (bills.load(tx, bill_id) for bill_id in numbers) if bill],
        "breaks": list(journal.verify(tx)),
        "journal": tx.execute("SELECT n, kind, ref, at, body, hex(hash) FROM journal ORDER BY n").fetchall(),
        "outbox": [_call(row) for row in outbox.rows(tx)],
        "sent": tx.execute("SELECT id, op, bill_id, idem_key, server_ref FROM sent ORDER BY id").fetchall(),
        "spool": [_pick(job, _JOB) for job in spool.open_jobs(tx)],
        "printed": tx.execute("SELECT id, bill_id, copy, state FROM printed ORDER BY id").fetchall(),
        "facts": _facts(tx),
        **_since_schema_2(tx, numbers),
    }
    return dict(json.loads(json.dumps(whole)))


def _since_schema_2(tx: sqlite3.Connection, numbers: dict[int, str]) -> dict[str, Any]:
    return {
        "tagged": {number: _person(customers.tagged(tx, bill_id)) for bill_id, number in numbers.items()},
        "came_back": {
            number: [
                _pick(one, ("of_line", "how", "qty_milli", "given_minor"))
                | {"amount_minor": one.worth.amount_minor}
                for one in returned.taken(tx, number)
            ]
            for number in numbers.values()
        },
        "redemptions": {
            number: [
                _pick(one, ("op", "key", "server_ref", "done", "settled"))
                for one in returned.redemptions(tx, bill_id)
            ]
            for bill_id, number in numbers.items()
        },
        "waived": tx.execute(
            "SELECT id, how, op, bill_id, code, hex(digest), at, who, reason, tender, reference, amount_minor"
            " FROM waived ORDER BY id"
        ).fetchall(),
        "pin_tries": {
            name: _pick(one, ("wrong", "locked_until_ms")) for name, one in pin_tries.load(tx).items()
        },
        "members": {value: _person(members.recall(tx, kind, value)) for kind, value in MEMBERS},
    }


def differences(expected: Any, found: Any, where: str = "") -> Iterator[str]:
    """Where found does not say what was expected; what it says beyond that is new and passes."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for name, item in expected.items():
            yield from differences(item, found.get(name), f"{where}.{name}" if where else name)
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for index, (wanted, got) in enumerate(zip(expected, found, strict=True)):
            yield from differences(wanted, got, f"{where}[{index}]")
    elif expected != found:
        yield f"{where}: was recorded as {expected!r}, is read as {found!r}"


def _pick(thing: Any, names: tuple[str, ...]) -> Any:
    return None if thing is None else {name: getattr(thing, name) for name in names}


def _sale(sale_id: str, rows: list[sales.Recorded]) -> dict[str, Any]:
    sale = Sale(sale_id)
    for row in rows:
        sale = apply(sale, row.event, PRICING)
    sums = totals(sale, PRICING)
    return {
        "id": sale_id,
        "events": [[row.seq, row.at, row.key, type(row.event).__name__] for row in rows],
        "phase": sale.phase,
        "lines": [_line(line) for line in sale.lines],
        "bill_discount": _pick(sale.bill_discount, ("minor", "bp", "reason")),
        "customer": _person(sale.customer),
        "not_interested_reason": sale.not_interested_reason,
        "coupon": _pick(sale.coupon, _COUPON),
        "points": _pick(sale.points, _POINTS),
        "tenders": [_pick(tender, _TENDER) for tender in sale.tenders],
        "undos": [_pick(undo, _UNDO) for undo in sale.undos],
        "accounts": [_pick(account, _ACCOUNT) for account in sale.accounts],
        "totals": _pick(
            sums,
            ("gross_minor", "discount_minor", "tax_minor", "rounding_minor", "due_minor", "balance_minor"),
        ),
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        **_pick(line, ("no", "qty_milli", "unit_price_minor", "label", "voided")),
        "product": _pick(line.product, _GOODS),
        "parts": [_pick(part, _PART) for part in line.product.parts],
        "discount": _pick(line.discount, ("minor", "bp", "reason")),
        "back": _pick(line.back, _BACK),
        "worth": _pick(line.worth, _FIGURES),
        "entry": _pick(line.entry, _ENTRY),
    }


def _bill(bill: Bill) -> dict[str, Any]:
    return {
        **_pick(bill, _BILL),
        "lines": [_bill_line(line) for line in bill.lines],
        "tenders": [_pick(tender, _TENDER) for tender in bill.tenders],
        "customer": _person(bill.customer),
        "coupon": _pick(bill.coupon, _COUPON),
        "points": _pick(bill.points, _POINTS),
        "undos": [_pick(undo, _UNDO) for undo in bill.undos],
    }


def _bill_line(line: BillLine) -> dict[str, Any]:
    parts = [_pick(part, _PART) for part in line.parts]
    entry = _pick(line.entry, _ENTRY)
    return {**_pick(line, _BILL_LINE), "parts": parts, "back": _pick(line.back, _BACK), "entry": entry}


def _person(customer: Customer | None) -> Any:
    return _pick(customer, _WHO)


def _call(row: outbox.Row) -> dict[str, Any]:
    """A row and, byte for byte, what it puts on the wire."""
    call = Call.from_bytes(row.payload)
    wire = {"target": f"{call.method} {call.target}", "headers": call.headers, "body": call.body.decode()}
    return {**_pick(row, _ROW), "wire": wire, "compares": call.facts}


def _facts(tx: sqlite3.Connection) -> dict[str, str]:
    keys = [key for (key,) in tx.execute("SELECT key FROM fact ORDER BY key") if key != CHECK_FACT]
    return {key: key_value.load(tx, key) for key in keys}
