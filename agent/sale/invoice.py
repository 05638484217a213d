"""A completed bill as a ticket: what is on the paper, line by line, but no printer's language.

The ticket ("document") is a list of dicts, each with a "kind": row (cells with text, width and align; bold,
wide and tall when set), rule, feed, barcode, qr and cut. It is made from the bill each time it is printed and
kept nowhere; the printers draw it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from agent.sale.basket import Bill, BillLine, BundlePart, Customer, ReturnHow, Tender, TenderType, Use
from agent.sale.shop import BILL_OF_SUPPLY, TAX_INVOICE, Shop
from agent.sale.ticket_text import (
    MIN_COLUMNS,
    NBSP,
    Element,
    amount,
    cell,
    clean,
    facing,
    paragraph,
    row,
    rule,
    sides,
    table,
    to_text,
    width,
)

__all__ = ["BILL_OF_SUPPLY", "TAX_INVOICE", "Shop", "receipt", "to_text"]

CREDIT_NOTE = "CREDIT NOTE"

_TENDERS = {
    TenderType.CASH: "Cash",
    TenderType.CARD: "Card",
    TenderType.UPI: "UPI",
    TenderType.OTHER: "Other",
    TenderType.POINTS: "Points",
    TenderType.COUPON: "Coupon",
}
# Union territories without a legislature: the state's half of the tax goes by another name there (UTGST Act).
_UTGST_STATES = {"04", "26", "31", "35", "38"}
_COUNTED_UNITS = {"", "pcs", "pc", "nos", "no", "ea", "each", "unit"}
_INDENT = 2
_MEASURE = re.compile(r"(?<=\d) (?=[A-Za-z]{1,2}$)")


def receipt(
    bill: Bill,
    shop: Shop,
    *,
    columns: int,
    copy_no: int = 0,
    reprinted_at: str = "",
    notes: Sequence[str] = (),
    chain_mark: str = "",
) -> list[Element]:
    """The ticket of a bill for paper of so many columns (32 or 48; at least 24, else ValueError).

    copy_no > 0 marks the copy DUPLICATE with its number and reprinted_at. notes are the caller's sentences on
    what is still to come (points, queue). chain_mark is the journal hash of the bill; its first 8 digits are
    printed. The cut comes last; the drawer is not part of a bill.
    """
    if columns < MIN_COLUMNS:
        raise ValueError(f"a bill needs {MIN_COLUMNS} columns, the paper has {columns}")
    return [
        *_seller(shop, columns),
        *_title(bill, shop, columns, copy_no, reprinted_at),
        *_facts(bill, columns),
        *_items(bill, shop, columns),
        *_sums(bill, shop, columns),
        *_payment(bill, shop, columns),
        *_tax(bill, shop, columns),
        *_buyer(bill, shop, columns),
        *_closing(bill, shop, columns, notes, chain_mark),
    ]


def _seller(shop: Shop, columns: int) -> list[Element]:
    name = clean(shop.name)
    if 0 < width(name) <= columns // 2:
        rows = [row(cell(name, columns // 2, "center"), bold=True, wide=True)]
    else:
        rows = paragraph(name, columns, align="center", bold=True)
    tax_id = (
        [f"GSTIN {shop.gstin}", f"State {shop.state_code}" if shop.state_code else ""] if shop.gstin else []
    )
    for text in (*shop.address, f"Phone {shop.phone}" if shop.phone else "", "  ".join(filter(None, tax_id))):
        rows += paragraph(text, columns, align="center")
    return rows


def _title(bill: Bill, shop: Shop, columns: int, copy_no: int, reprinted_at: str) -> list[Element]:
    rows = paragraph(_heading(bill, shop), columns, align="center", bold=True)
    if copy_no > 0:
        rows += paragraph(f"DUPLICATE {copy_no}", columns, align="center", bold=True)
        if reprinted_at:
            rows += paragraph(f"Reprinted {_moment(reprinted_at)}", columns, align="center")
    return rows


def _heading(bill: Bill, shop: Shop) -> str:
    if bill.kind == "return":
        return CREDIT_NOTE if shop.title in (TAX_INVOICE, BILL_OF_SUPPLY) else f"{CREDIT_NOTE} - {shop.title}"
    return f"{shop.title} - EXCHANGE" if bill.kind == "mixed" else shop.title


def _facts(bill: Bill, columns: int) -> list[Element]:
    name = "Credit note" if bill.kind == "return" else "Bill"
    rows = [
        rule(),
        *sides(f"{name} {bill.number}", _moment(bill.at), columns),
        *sides(f"Till {bill.till_code}", f"Cashier {bill.cashier}" if bill.cashier else "", columns),
    ]
    # A credit note names the invoices it corrects (CGST Rule 53).
    for number, at in dict.fromkeys((line.back.number, line.back.at) for line in bill.lines if line.back):
        rows += paragraph(f"Returned from bill {number}" + (f" of {_day(at)}" if at else ""), columns)
    if bill.clock_state != "ok":
        rows += paragraph("The till's clock was not certain of this time.", columns)
    return rows


def _items(bill: Bill, shop: Shop, columns: int) -> list[Element]:
    rows = [rule(), *facing("Item", "Amount", columns, bold=True)]
    for line in bill.lines:
        rows += _item(line, shop, columns)
    return rows


def _item(line: BillLine, shop: Shop, columns: int) -> list[Element]:
    """Name, variant, parts, then the sum that leads to the amount the customer pays for the line."""
    variant = ", ".join(f"{name} {value}" for name, value in line.variant)
    returned = "Returned: " if _came_back(line) else ""
    # "200 g" at the end of a name stays in one piece.
    rows = paragraph(f"{returned}{_MEASURE.sub(NBSP, line.name or line.sku)}", columns)
    rows += paragraph(variant, columns, indent=_INDENT)
    for part in line.parts:
        rows += paragraph(_part(part, shop), columns, indent=_INDENT)
    return rows + facing(_working(line, shop), shop.money(line.amount_minor), columns, indent=_INDENT)


def _came_back(line: BillLine) -> bool:
    """Whether goods came back with this line, and not money alone."""
    return line.back is not None and line.back.how is not ReturnHow.AMOUNT


def _part(part: BundlePart, shop: Shop) -> str:
    count = "" if part.qty_milli == 1000 else f"{shop.count(part.qty_milli)} x "
    price = f", {shop.money(part.price_minor)}" if part.price_minor else ""
    return f"{'+' if part.kind == 'addon' else '-'} {count}{part.name or part.sku}{price}"


def _working(line: BillLine, shop: Shop) -> str:
    """How the amount comes about, last so that it stands next to it; each phrase stays in one piece."""
    phrases = [f"{_quantity(line, shop)} x {shop.money(line.unit_price_minor)}"]
    if line.discount_minor:
        phrases.append(f"less {shop.money(abs(line.discount_minor))}")
    if not line.tax_inclusive:
        phrases.append(f"plus GST {shop.money(abs(line.cgst_minor + line.sgst_minor + line.igst_minor))}")
    if line.back:
        phrases[0] = f"-({phrases[0]}"
        phrases[-1] += ")"
    goods = f"HSN {line.hsn} {_percent(line.tax_bp)}" if line.hsn else _percent(line.tax_bp)
    # A second space tells the rate from the quantity that follows it.
    return " ".join(clean(phrase).replace(" ", NBSP) for phrase in (goods, *phrases)).replace(
        " ", f"{NBSP} ", 1
    )


def _quantity(line: BillLine, shop: Shop) -> str:
    unit = "" if line.unit.casefold() in _COUNTED_UNITS else f" {line.unit}"
    qty_milli = abs(line.qty_milli)
    if qty_milli % 1000:
        return amount(qty_milli, exponent=3, indian=shop.indian) + unit
    return shop.count(qty_milli) + unit


def _sums(bill: Bill, shop: Shop, columns: int) -> list[Element]:
    """From the prices to what is due; each row is one step of the addition."""
    steps = [("Gross", bill.gross_minor), *_reductions(bill, shop)]
    # What the bill's own figures leave over is the tax that came on top of exclusive prices.
    on_top = bill.due_minor - bill.rounding_minor - bill.gross_minor + bill.discount_minor
    # Of a credit note it makes up for how those before it were rounded.
    rounding = "Rounding of all returns" if bill.kind == "return" else "Rounding"
    steps += [
        (label, minor) for label, minor in (("GST added", on_top), (rounding, bill.rounding_minor)) if minor
    ]
    rows: list[Element] = []
    # A single step is the total itself.
    for label, minor in steps if len(steps) > 1 else ():
        rows += facing(label, shop.money(minor), columns)
    return [*([rule(), *rows] if rows else []), rule("="), *_total(bill, shop, columns), rule("=")]


def _reductions(bill: Bill, shop: Shop) -> list[tuple[str, int]]:
    """The discount told apart: the shop's own, the coupon's, the points'."""
    coupon = bill.coupon if bill.coupon and bill.coupon.use is Use.DISCOUNT else None
    points = bill.points if bill.points and bill.points.use is Use.DISCOUNT else None
    by_coupon = bill.coupon_value_minor if coupon else 0
    by_points = points.value_minor if points else 0
    own = bill.discount_minor - by_coupon - by_points
    if own < 0 or bill.discount_minor >= bill.gross_minor:
        # More was offered than was left to pay: what each counted for is not on the bill, only their sum.
        return [("Discounts", -bill.discount_minor)] if bill.discount_minor else []
    named = [
        ("Discount", own),
        (f"Coupon {coupon.code}" if coupon else "", by_coupon),
        (f"Points ({shop.count(points.points_milli)})" if points else "", by_points),
    ]
    return [(label, -minor) for label, minor in named if minor]


def _total(bill: Bill, shop: Shop, columns: int) -> list[Element]:
    """TOTAL, or REFUND, in the largest letters that hold it on one line."""
    word = "REFUND" if bill.due_minor < 0 else "TOTAL"
    figure = clean(f"{shop.currency_symbol}{shop.money(abs(bill.due_minor))}")
    half = columns // 2
    if len(word) + 1 + width(figure) <= half:
        left = half - width(figure)
        return [row(cell(word, left), cell(figure, width(figure), "right"), bold=True, wide=True, tall=True)]
    return [{**line, "tall": True} for line in facing(word, figure, columns, bold=True)]


def _payment(bill: Bill, shop: Shop, columns: int) -> list[Element]:
    rows: list[Element] = []
    for tender in bill.tenders:
        # What was given back says so in words.
        rows += facing(_tender(tender, bill, shop), shop.money(abs(tender.amount_minor)), columns)
    if bill.change_minor:
        rows += facing("Change", shop.money(bill.change_minor), columns, bold=True)
    for label, lines in (
        ("Items", [line for line in bill.lines if line.back is None]),
        ("Items returned", [line for line in bill.lines if _came_back(line)]),
    ):
        if lines:
            rows += facing(label, shop.count(sum(map(_articles, lines))), columns)
    return rows


def _tender(tender: Tender, bill: Bill, shop: Shop) -> str:
    name = _TENDERS[tender.type]
    if tender.amount_minor < 0:
        return f"{name} {_given_back(tender, bill)}" + (
            f" ref {tender.reference}" if tender.reference else ""
        )
    if tender.type is TenderType.POINTS and bill.points:
        return f"{name} ({shop.count(bill.points.points_milli)})"
    if tender.type is TenderType.COUPON or not tender.reference:
        return f"{name} {tender.reference}".rstrip()
    return f"{name} ref {tender.reference}"


def _given_back(tender: Tender, bill: Bill) -> str:
    """Money is given back at once; a redemption when the loyalty system has it, or not at all."""
    if tender.type not in (TenderType.POINTS, TenderType.COUPON):
        return "given back"
    undone = any(undo.kind == tender.type.value and undo.given_back for undo in bill.undos)
    return "to be given back" if undone else "not given back"


def _articles(line: BillLine) -> int:
    """Thousandths of articles: pieces are counted, a weighed or measured line is one."""
    counted = line.unit.casefold() in _COUNTED_UNITS and line.qty_milli % 1000 == 0
    return abs(line.qty_milli) if counted else 1000


def _tax(bill: Bill, shop: Shop, columns: int) -> list[Element]:
    """Taxable value and tax by rate, with a total when there are several rates."""
    if shop.title == BILL_OF_SUPPLY and not bill.tax_minor:
        return []
    local = "UTGST" if shop.state_code in _UTGST_STATES else "SGST"
    by_rate: dict[int, list[int]] = {}
    for line in bill.lines:
        sums = by_rate.setdefault(line.tax_bp, [0, 0, 0, 0])
        for i, minor in enumerate((line.taxable_minor, line.cgst_minor, line.sgst_minor, line.igst_minor)):
            sums[i] += minor
    total = [sum(column) for column in zip(*by_rate.values(), strict=True)] or [0, 0, 0, 0]
    # Within the state the tax has two halves, across states one; a bill of both kinds shows all three.
    shown = [True, total[3] == 0 or total[1] > 0, total[3] == 0 or total[2] > 0, total[3] != 0]
    lines = [[_percent(rate), *map(shop.money, sums)] for rate, sums in sorted(by_rate.items())]
    if len(lines) > 1:
        lines.append(["Total", *map(shop.money, total)])
    heads = ["GST", "Taxable", "CGST", local, "IGST"]
    keep = [True, *shown]
    lines = [[text for text, on in zip(line, keep, strict=True) if on] for line in (heads, *lines)]
    return [rule(), *(table(lines, columns) or _stacked(lines, columns))]


def _stacked(lines: Sequence[Sequence[str]], columns: int) -> list[Element]:
    """The same table told downwards, for paper too narrow to set it across."""
    heads, *rates = lines
    rows: list[Element] = []
    for rate, *figures in rates:
        rows += paragraph("GST total" if rate == "Total" else f"GST {rate}", columns)
        for head, figure in zip(heads[1:], figures, strict=True):
            rows += facing(head, figure, columns, indent=_INDENT)
    return rows


def _buyer(bill: Bill, shop: Shop, columns: int) -> list[Element]:
    """Who bought, and their points; nothing at all on a bill without a customer."""
    if bill.customer is None:
        return []
    unknown = bill.customer.source if bill.customer.source in ("erased", "sealed") else ""
    name = unknown or clean(bill.customer.name)
    masked = _masked(bill.customer)
    texts = (f"Customer {name}", masked) if name else (f"Customer {masked}",)
    rows = [rule(), *(row for text in texts for row in paragraph(text, columns))]
    if bill.customer.points_milli is not None:
        rows += facing(_balance(bill, bill.customer), shop.count(bill.customer.points_milli), columns)
    if bill.points:
        rows += facing("Points used on this bill", shop.count(bill.points.points_milli), columns)
    if bill.coupon and not _coupon_told(bill, shop):
        about = f" - {bill.coupon.description}" if bill.coupon.description else ""
        rows += paragraph(f"Coupon used: {bill.coupon.code}{about}", columns)
    return rows


def _coupon_told(bill: Bill, shop: Shop) -> bool:
    """Whether the sums or the tenders name the coupon already."""
    label = bill.coupon and f"Coupon {bill.coupon.code}"
    told = [
        *(step for step, _ in _reductions(bill, shop)),
        *(_tender(one, bill, shop) for one in bill.tenders),
    ]
    return label in told


def _balance(bill: Bill, customer: Customer) -> str:
    """Whose points they are by: of a member nobody asked about in this sale, a balance has its own date."""
    asked = customer.source != "cache" and not any(line.back for line in bill.lines)
    return (
        "Points before this bill"
        if asked or not customer.known_at
        else f"Points on {_moment(customer.known_at)}"
    )


def _masked(customer: Customer) -> str:
    """The identifier, recognisable to its owner and useless to who finds the paper."""
    kind, value = customer.identifier
    if kind == "email":
        name, _, domain = value.partition("@")
        return f"E-mail {name[:1]}***@{domain}"
    if not kind:
        return ""
    seen = "".join(filter(str.isalnum, value))
    # A short identifier keeps half of itself hidden.
    tail = seen[-min(4, len(seen) // 2) :] if len(seen) > 1 else ""
    label = {"mobile": "Mobile", "externalId": "Id", "cardnumber": "Card"}[kind]
    return f"{label} {'*' * (len(seen) - len(tail))}{tail}"


def _closing(bill: Bill, shop: Shop, columns: int, notes: Sequence[str], chain_mark: str) -> list[Element]:
    rows = [rule()]
    for note in notes:
        rows += paragraph(note, columns)
    total = amount(bill.due_minor, exponent=shop.exponent, indian=False).replace(",", "")
    rows += [
        {"kind": "feed", "lines": 1},
        {"kind": "barcode", "symbology": "code128", "data": bill.number, "text": True},
        {"kind": "feed", "lines": 1},
        {"kind": "qr", "data": f"{shop.gstin}|{bill.number}|{bill.at[:10]}|{total}"},
    ]
    for line in shop.footer:
        rows += paragraph(line, columns, align="center")
    if chain_mark:
        rows += paragraph(f"Journal {chain_mark[:8]}", columns, align="center")
    return [*rows, {"kind": "cut"}]


def _percent(bp: int) -> str:
    whole, part = divmod(bp, 100)
    return f"{whole}" + (f".{part:02}".rstrip("0") if part else "") + "%"


def _moment(at: str) -> str:
    """23-11-2026 10:15, by the shop's clock; text that is no ISO time is printed as it is."""
    return _written(at, f"%d-%m-%Y{NBSP}%H:%M")


def _day(at: str) -> str:
    """23-11-2026 of a moment: of goods without their bill the hour is not known."""
    return _written(at, "%d-%m-%Y")


def _written(at: str, how: str) -> str:
    try:
        return datetime.fromisoformat(at).strftime(how)
    except ValueError:
        return at
