"""Completed bills as rows: writing one, reading one back exactly as it was."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any

from agent.language.sentence import Sentence
from agent.sale.basket import (
    Bill,
    BillLine,
    BundlePart,
    CouponRedemption,
    PointsRedemption,
    Tender,
    TenderType,
)
from agent.sale.entry import Entry
from agent.sale.numbering import split_number
from agent.sale.plain_data import canonical, from_plain, to_plain
from agent.sale.return_values import Back, Undo
from agent.store import customers, omitted
from agent.store.errors import UNREADABLE, RowDamaged

_SEQ_BITS = 32
PART_BITS = 9

_LINE_FIELDS = (
    "sku",
    "gtin",
    "name",
    "hsn",
    "unit",
    "qty_milli",
    "unit_price_minor",
    "gross_minor",
    "discount_minor",
    "amount_minor",
    "taxable_minor",
    "tax_bp",
    "cgst_minor",
    "sgst_minor",
    "igst_minor",
)
_BILL_FIELDS = (
    "number",
    "sale_id",
    "at",
    "business_date",
    "store_code",
    "till_code",
    "cashier",
    "kind",
    "gross_minor",
    "discount_minor",
    "taxable_minor",
    "tax_minor",
    "rounding_minor",
    "due_minor",
    "change_minor",
    "currency",
    "clock_state",
)

_TENDER_FIELDS = ("type", "amount_minor", "reference")
_NUMBERS = ("_minor", "_milli", "_bp")
"""How the names of columns end that hold whole numbers; the others hold text."""
_REST_NUMBERS = ("given_minor", "later_minor", "told_minor", "kept_coupon_minor", "kept_points_minor")
_REST_FIELDS = ("variant", "parent_sku", "parts", "back", "entry", *_REST_NUMBERS)
"""What few lines have, together in one column."""
_REST_DEFAULTS = tuple(BillLine.__dataclass_fields__[name].default for name in _REST_FIELDS)
# Made once: a name at a time takes half of the writing of a bill.
_bill_values, _line_values, _line_rest = (
    attrgetter(*fields) for fields in (_BILL_FIELDS, _LINE_FIELDS, _REST_FIELDS)
)


def _insert(table: str, columns: tuple[str, ...]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


_ENTRY = "(SELECT coalesce(max(n), 0) + 1 FROM journal)"


_INSERT_BILL = _insert(
    "bill", ("id", *_BILL_FIELDS, "customer", "not_interested", "redemptions", "request_key", "entry")
).replace("?)", f"{_ENTRY})")
_INSERT_LINE = _insert("bill_line", ("id", *_LINE_FIELDS, "tax_inclusive", "rest"))
_INSERT_TENDER = _insert("tender", ("id", *_TENDER_FIELDS))


def series_id(connection: sqlite3.Connection, name: str) -> int:
    """The id of a number series, made on first use inside the caller's transaction."""
    row = connection.execute("SELECT id FROM series WHERE name = ?", (name,)).fetchone()
    if row:
        return int(row[0])
    cursor = connection.execute("INSERT INTO series (name) VALUES (?)", (name,))
    return int(cursor.lastrowid or 0)


def upcoming(connection: sqlite3.Connection, name: str, series: int = 0) -> int:
    """The number after the last one given out in a series, or left out of it; used by whoever asks inside the
    transaction that inserts its bill. series: its id, where that is known."""
    if not series:
        row = connection.execute("SELECT id FROM series WHERE name = ?", (name,)).fetchone()
        series = int(row[0]) if row else 0
    last = _last_seq(connection, series) if series else 0
    return max(last, omitted.up_to(connection).get(name, 0)) + 1


def reached(connection: sqlite3.Connection) -> dict[str, int]:
    """The last number given out in each series."""
    found = connection.execute("SELECT name, id FROM series ORDER BY id").fetchall()
    return {str(name): _last_seq(connection, int(series)) for name, series in found}


def _last_seq(connection: sqlite3.Connection, series: int) -> int:
    low, high = series << _SEQ_BITS, (series + 1) << _SEQ_BITS
    row = connection.execute("SELECT max(id) FROM bill WHERE id >= ? AND id < ?", (low, high)).fetchone()
    return 0 if row[0] is None else int(row[0]) & (1 << _SEQ_BITS) - 1


def insert(
    connection: sqlite3.Connection, bill: Bill, series: int, request_key: str
) -> tuple[int, str | None]:
    """Write a bill with its lines and tenders inside the caller's transaction; returns its id, and what its
    row keeps of its customer."""
    bill_id = series << _SEQ_BITS | bill.seq
    redemptions = {
        name: to_plain(value) for name, value in (("coupon", bill.coupon), ("points", bill.points)) if value
    }
    if bill.coupon:
        redemptions["coupon_value_minor"] = bill.coupon_value_minor
    if bill.undos:
        redemptions["undos"] = to_plain(bill.undos)
    if not bill.earns:
        redemptions["earns"] = False
    if not bill.loyalty:
        redemptions["loyalty"] = False
    if bill.points_kept:
        redemptions["points_kept"] = True
    customer = customers.settle(connection, bill)
    connection.execute(
        _INSERT_BILL,
        (
            bill_id,
            *_bill_values(bill),
            customer,
            bill.not_interested_reason,
            canonical(redemptions).decode() if redemptions else None,
            request_key,
        ),
    )
    part = _part(bill_id, 0)
    connection.executemany(_INSERT_LINE, [(part | line.no, *_line_row(line)) for line in bill.lines])
    connection.executemany(
        _INSERT_TENDER,
        [(part | t.no, t.type.value, t.amount_minor, t.reference) for t in bill.tenders],
    )
    return bill_id, customer


def load(connection: sqlite3.Connection, bill_id: int) -> Bill | None:
    """The bill with this id, equal to the one that was inserted; None if there is none. Its customer may be
    erased by now, sealed to this reader, or damaged (agent.store.customers). Raises RowDamaged for a bill
    whose rows cannot be read."""
    try:
        found, customer = _load(connection, bill_id)
    except UNREADABLE as error:
        raise RowDamaged(Sentence("row-damaged.bill", number=_called(connection, bill_id))) from error
    if found is None or customer is None:
        return found
    return replace(found, customer=customers.shown(connection, found.sale_id, customer))


def load_to_work_with(connection: sqlite3.Connection, bill_id: int) -> Bill | None:
    """As load; RowDamaged also for a bill that has lost a line, or that its lines and tenders do not make
    up."""
    found = load(connection, bill_id)
    if found is not None:
        amount = found.due_minor - found.rounding_minor
        kept = (found.gross_minor, found.discount_minor, found.taxable_minor, found.tax_minor, amount)
        paid = sum(one.amount_minor for one in found.tenders) - found.change_minor
        if (
            kept != tuple(map(sum, zip(*map(_shares, found.lines), strict=True)))
            or [line.no for line in found.lines] != list(range(1, len(found.lines) + 1))
            or paid != found.due_minor
        ):
            raise RowDamaged(Sentence("row-damaged.bill", number=found.number))
    return found


def content(connection: sqlite3.Connection, bill_id: int) -> Any:
    """What a bill's hash covers, as its rows tell it; None if there is no such bill."""
    found, customer = _load(connection, bill_id)
    if found and customer is not None and not customers.is_digest(customer):
        return to_plain(replace(found, customer=customers.of(connection, found.sale_id, customer)))
    return covered(found, customer) if found else None


def covered(bill: Bill, customer: str | None) -> Any:
    """What a bill's hash covers: the bill, with what its row keeps of the customer in the customer's place.
    Bills of schema 1 have the customer there."""
    plain = to_plain(bill)
    return plain | {"customer": customer} if customer is not None else plain


def told(bill: Bill, customer: str | None) -> bytes:
    """The bytes of the same."""
    kept = {} if customer is None else {"customer": customer}
    rest = canonical(to_plain(bill, ("lines", *kept)) | kept | {"lines": []})
    # No other field is called so, and in a text the quotes would be escaped.
    return rest.replace(b'"lines":[]', b'"lines":[%b]' % b",".join([line.told for line in bill.lines]))


def customer_column(connection: sqlite3.Connection, bill_id: int) -> tuple[str, str | None]:
    """(sale_id, what its row keeps of its customer) of a bill."""
    row = connection.execute("SELECT sale_id, customer FROM bill WHERE id = ?", (bill_id,)).fetchone()
    return (row[0], row[1]) if row else ("", None)


def _load(connection: sqlite3.Connection, bill_id: int) -> tuple[Bill | None, str | None]:
    """The bill without its customer, and what its row says of the customer."""
    row = connection.execute(
        f"SELECT {', '.join(_BILL_FIELDS)}, customer, not_interested, redemptions FROM bill WHERE id = ?",
        (bill_id,),
    ).fetchone()
    if row is None:
        return None, None
    fields = _fields(_BILL_FIELDS, row)
    if not moment(fields["at"]):
        raise ValueError("the bill has no time")
    customer, reason, redemptions = row[len(_BILL_FIELDS) :]
    if not isinstance(reason, str) or not isinstance(customer, str | None):
        raise TypeError("a column is of another kind")
    redeemed = json.loads(redemptions) if redemptions else {}
    series, seq = split_number(fields["number"])
    found = Bill(
        **fields,
        series=series,
        seq=seq,
        lines=tuple(_lines(connection, bill_id)),
        tenders=tuple(_tenders(connection, bill_id)),
        not_interested_reason=reason,
        coupon=from_plain(CouponRedemption, redeemed["coupon"]) if "coupon" in redeemed else None,
        coupon_value_minor=redeemed.get("coupon_value_minor", 0),
        points=from_plain(PointsRedemption, redeemed["points"]) if "points" in redeemed else None,
        undos=tuple(from_plain(Undo, item) for item in redeemed.get("undos", [])),
        earns=redeemed.get("earns", True),
        points_kept=redeemed.get("points_kept", False),
        loyalty=redeemed.get("loyalty", True),
    )
    return found, customer


def _shares(line: BillLine) -> tuple[int, ...]:
    tax = line.cgst_minor + line.sgst_minor + line.igst_minor
    return line.gross_minor, line.discount_minor, line.taxable_minor, tax, line.amount_minor


def find(connection: sqlite3.Connection, number: str) -> int | None:
    """Id of the bill with this number, or None; needs no index, since the number tells the id."""
    try:
        series, seq = split_number(number)
    except ValueError:
        return None
    row = connection.execute("SELECT id FROM series WHERE name = ?", (series,)).fetchone()
    if row is None or seq >= 1 << _SEQ_BITS:
        return None
    bill_id = int(row[0]) << _SEQ_BITS | seq
    found = connection.execute("SELECT number FROM bill WHERE id = ?", (bill_id,)).fetchone()
    return bill_id if found and found[0] == number else None


def newest(connection: sqlite3.Connection, limit: int) -> list[tuple[int, str, str]]:
    """(id, sale_id, request_key) of the last bills, newest first, by the journal's order."""
    return connection.execute(
        "SELECT b.id, b.sale_id, b.request_key FROM journal AS j JOIN bill AS b ON b.id = j.ref"
        " WHERE j.kind = 'bill' ORDER BY j.n DESC LIMIT ?",
        (limit,),
    ).fetchall()


def newest_trusted(connection: sqlite3.Connection) -> str | None:
    """The latest moment that stands on a bill whose time was not doubted when it was made; None without one.

    Within a series the numbers follow the time, so that each is asked for its last."""
    found: list[str] = []
    for (series,) in connection.execute("SELECT id FROM series").fetchall():
        row = connection.execute(
            "SELECT at FROM bill WHERE id >= ? AND id < ? AND clock_state = 'ok' ORDER BY id DESC LIMIT 1",
            (series << _SEQ_BITS, (series + 1) << _SEQ_BITS),
        ).fetchone()
        found += row or ()
    return max(filter(moment, found), key=datetime.fromisoformat, default=None)


def moment(text: str) -> datetime | None:
    """When it was, by the text of a bill's row; None where a damaged row does not tell."""
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else None


def parted(bill_id: int) -> tuple[int, int]:
    """(id of its series, number in it) of a bill's id."""
    return bill_id >> _SEQ_BITS, bill_id & (1 << _SEQ_BITS) - 1


def _called(connection: sqlite3.Connection, bill_id: int) -> str:
    """A damaged bill's number, or its id where that is lost too."""
    row = connection.execute("SELECT number FROM bill WHERE id = ?", (bill_id,)).fetchone()
    return str((row and row[0]) or bill_id)


def _fields(names: tuple[str, ...], row: tuple[Any, ...]) -> dict[str, Any]:
    """The columns a row begins with, by name. TypeError for another kind than was written: SQLite reads a
    column that a damaged row has no bytes for as NULL, and one bit makes bytes of a text."""
    found = row[: len(names)]
    if tuple(map(type, found)) != _kinds(names):
        raise TypeError("a column is of another kind")
    return dict(zip(names, found, strict=True))


@lru_cache(4)
def _kinds(names: tuple[str, ...]) -> tuple[type, ...]:
    return tuple(int if name.endswith(_NUMBERS) else str for name in names)


def write_ahead(line: BillLine) -> None:
    """Work out what rows and hash will tell of a line: both are found by its value when its bill is
    written."""
    _line_row(line)
    _ = line.told


@lru_cache(512)
def _line_row(line: BillLine) -> tuple[object, ...]:
    rest = zip(_REST_FIELDS, _line_rest(line), _REST_DEFAULTS, strict=True)
    kept = {name: to_plain(value) for name, value, default in rest if value != default}
    return (
        *_line_values(line),
        int(line.tax_inclusive),
        canonical(kept).decode() if kept else None,
    )


def _part(bill_id: int, no: int) -> int:
    return bill_id << PART_BITS | no


def _number(part_id: int) -> int:
    return part_id & (1 << PART_BITS) - 1


def _tenders(connection: sqlite3.Connection, bill_id: int) -> list[Tender]:
    rows = connection.execute(
        f"SELECT {', '.join(_TENDER_FIELDS)}, id FROM tender WHERE id > ? AND id < ? ORDER BY id",
        (_part(bill_id, 0), _part(bill_id + 1, 0)),
    )
    found = [(row[-1], _fields(_TENDER_FIELDS, row)) for row in rows]
    return [
        Tender(_number(part), TenderType(told["type"]), told["amount_minor"], told["reference"])
        for part, told in found
    ]


def _lines(connection: sqlite3.Connection, bill_id: int) -> list[BillLine]:
    rows = connection.execute(
        f"SELECT {', '.join(_LINE_FIELDS)}, tax_inclusive, rest, id FROM bill_line"
        " WHERE id > ? AND id < ? ORDER BY id",
        (_part(bill_id, 0), _part(bill_id + 1, 0)),
    )
    return [_line(row) for row in rows]


def _line(row: tuple[Any, ...]) -> BillLine:
    inclusive, rest_text, part = row[len(_LINE_FIELDS) :]
    fields = _fields(_LINE_FIELDS, row)
    fields |= {"no": _number(part), "tax_inclusive": bool(inclusive)}
    if not rest_text:
        return BillLine(**fields)
    rest = json.loads(rest_text)
    return BillLine(
        **fields,
        variant=tuple((name, value) for name, value in rest.get("variant", [])),
        parent_sku=rest.get("parent_sku", ""),
        parts=tuple(from_plain(BundlePart, item) for item in rest.get("parts", [])),
        back=from_plain(Back, rest["back"]) if "back" in rest else None,
        entry=from_plain(Entry, rest["entry"]) if "entry" in rest else None,
        **{name: rest[name] for name in _REST_NUMBERS if name in rest},
    )
