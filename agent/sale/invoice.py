"""A completed bill as a ticket: what is on the paper, line by line, but no printer's language.

The ticket ("document") is a list of dicts, each with a "kind": row (cells with text, width and align; bold,
wide and tall when set), rule, feed, barcode, qr and cut. It is made from the bill each time it is printed and
kept nowhere; the printers draw it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from agent.language.sentence import Sentence
from agent.sale.basket import Bill, BillLine, BundlePart, Customer, PointsRedemption, Tender, TenderType, Use
from agent.sale.invoice_tax import percent, tax_rows
from agent.sale.money import extended
from agent.sale.shop import BILL_OF_SUPPLY, TAX_INVOICE, Make, Shop
from agent.sale.ticket_text import (
    MIN_COLUMNS,
    NBSP,
    Element,
    amount,
    cell,
    clean,
    day_text,
    facing,
    moment_text,
    paragraph,
    row,
    rule,
    sides,
    to_text,
    width,
)
from agent.sale.units import articles

__all__ = ["BILL_OF_SUPPLY", "TAX_INVOICE", "Shop", "receipt", "to_text"]

_UNSAID_UNITS = {"", "pcs", "pc", "nos", "no", "ea", "each", "unit"}
_INDENT = 2
_MEASURE = re.compile(r"(?<=\d) (?=[A-Za-z]{1,2}$)")


def parts_known(lines: tuple[BillLine, ...], due_minor: int) -> Iterator[tuple[Make, Any]]:
    """The parts that the ticket of a sale will have, while the customer is still paying it."""
    yield _seller, None
    yield _items, lines
    yield _total, due_minor


def receipt(
    bill: Bill,
    shop: Shop,
    *,
    columns: int,
    copy_no: int = 0,
    reprinted_at: str = "",
    notes: Sequence[str] = (),
    chain_mark: str = "",
    part: Callable[[Make, Any], object] | None = None,
) -> list[Any]:
    """The ticket of a bill for paper of so many columns (32 or 48; at least 24, else ValueError).

    copy_no > 0 marks the copy DUPLICATE with its number and reprinted_at. notes are the caller's sentences on
    what is still to come (points, queue). chain_mark is the journal hash of the bill; its first 8 digits are
    printed. The cut comes last; the drawer is not part of a bill. part makes what stands in it in the
    place of all rows of a part, of what makes these and of what.
    """
    if columns < MIN_COLUMNS:
        raise ValueError(f"a bill needs {MIN_COLUMNS} columns, the paper has {columns}")

    def rows(make: Make, of: Any) -> list[Any]:
        return [part(make, of)] if part else make(of, shop, columns)

    return [
        *rows(_seller, None),
        *_title(bill, shop, columns, copy_no, reprinted_at),
        *_facts(bill, shop, columns),
        *rows(_items, bill.lines),
        *_steps(bill, shop, columns),
        rule("="),
        *rows(_total, bill.due_minor),
        rule("="),
        *_payment(bill, shop, columns),
        *tax_rows(bill, shop, columns),
        *_buyer(bill, shop, columns),
        *_closing(bill, shop, columns, notes, chain_mark),
    ]


def _seller(_: None, shop: Shop, columns: int) -> list[Element]:
    name = clean(shop.name)
    if 0 < width(name) <= columns // 2:
        rows = [row(cell(name, columns // 2, "center"), bold=True, wide=True)]
    else:
        rows = paragraph(name, columns, align="center", bold=True)
    tax_id = (
        [
            shop.says("receipt.gstin", gstin=shop.gstin),
            shop.says("receipt.state", code=shop.state_code) if shop.state_code else "",
        ]
        if shop.gstin
        else []
    )
    phone = shop.says("receipt.phone", phone=shop.phone) if shop.phone else ""
    for text in (*shop.address, phone, "  ".join(filter(None, tax_id))):
        rows += paragraph(text, columns, align="center")
    return rows


def _title(bill: Bill, shop: Shop, columns: int, copy_no: int, reprinted_at: str) -> list[Element]:
    rows = paragraph(_heading(bill, shop), columns, align="center", bold=True)
    if copy_no > 0:
        rows += paragraph(shop.says("receipt.duplicate", no=copy_no), columns, align="center", bold=True)
        if reprinted_at:
            rows += paragraph(
                shop.says("receipt.reprinted", moment=moment_text(reprinted_at)), columns, align="center"
            )
    return rows


def _heading(bill: Bill, shop: Shop) -> str:
    if bill.kind == "return":
        if shop.title in (TAX_INVOICE, BILL_OF_SUPPLY):
            return shop.says("receipt.credit-note")
        return shop.says("receipt.credit-note-titled", title=shop.title)
    return shop.says("receipt.exchange", title=shop.title) if bill.kind == "mixed" else shop.title


def _facts(bill: Bill, shop: Shop, columns: int) -> list[Element]:
    returns = bill.kind == "return"
    name = shop.says("receipt.credit-note-number" if returns else "receipt.bill-number", number=bill.number)
    cashier = shop.says("receipt.cashier", cashier=bill.cashier) if bill.cashier else ""
    rows = [
        rule(),
        *sides(name, moment_text(bill.at), columns),
        *sides(shop.says("receipt.till", till=bill.till_code), cashier, columns),
    ]
    # A credit note names the invoices it corrects (CGST Rule 53).
    for number, at in dict.fromkeys((line.back.number, line.back.at) for line in bill.lines if line.back):
        if at:
            text = shop.says("receipt.returned-from-of", number=number, day=day_text(at))
        else:
            text = shop.says("receipt.returned-from", number=number)
        rows += paragraph(text, columns)
    if bill.clock_state != "ok":
        rows += paragraph(shop.says("receipt.clock-uncertain"), columns)
    return rows


def _items(lines: tuple[BillLine, ...], shop: Shop, columns: int) -> list[Element]:
    rows = [rule(), *facing(shop.says("receipt.item"), shop.says("receipt.amount"), columns, bold=True)]
    for line in lines:
        rows += _item(line, shop, columns)
    return rows


def _item(line: BillLine, shop: Shop, columns: int) -> list[Element]:
    """Name, variant, parts, then the sum that leads to the amount the customer pays for the line."""
    rows = paragraph(_named(line, shop), columns)
    if line.variant:
        variant = ", ".join(f"{name} {value}" for name, value in line.variant)
        rows += paragraph(variant, columns, indent=_INDENT)
    for part in line.parts:
        rows += paragraph(_part(part, shop), columns, indent=_INDENT)
    return rows + facing(_working(line, shop), shop.money(line.amount_minor), columns, indent=_INDENT)


def _named(line: BillLine, shop: Shop) -> str:
    if line.back and line.back.money_alone:
        return shop.says("receipt.money-back", number=line.back.number)
    # "200 g" at the end of a name stays in one piece.
    name = _MEASURE.sub(NBSP, line.name or line.sku)
    return shop.says("receipt.returned", name=name) if line.back else name


def _came_back(line: BillLine) -> bool:
    """Whether goods came back with this line, and not money alone."""
    return line.back is not None and not line.back.money_alone


def _part(part: BundlePart, shop: Shop) -> str:
    count = "" if part.qty_milli == 1000 else f"{shop.count(part.qty_milli)} x "
    price = f", {shop.money(part.price_minor)}" if part.price_minor else ""
    return f"{'+' if part.kind == 'addon' else '-'} {count}{part.name or part.sku}{price}"


def _working(line: BillLine, shop: Shop) -> str:
    """How the amount comes about, last so that it stands next to it; each phrase stays in one piece."""
    quantity, price = _quantity(line, shop), shop.money(line.unit_price_minor)
    exact = extended(line.unit_price_minor, abs(line.qty_milli)) == abs(line.gross_minor)
    # A label or a scale told what all of it costs, and what one of it comes to is rounded.
    phrases = [shop.says("receipt.times" if exact else "receipt.times-about", quantity=quantity, price=price)]
    if line.discount_minor:
        phrases.append(shop.says("receipt.less", amount=shop.money(abs(line.discount_minor))))
    if not line.tax_inclusive:
        tax = shop.money(abs(line.cgst_minor + line.sgst_minor + line.igst_minor))
        phrases.append(shop.says("receipt.plus-tax", amount=tax))
    if line.back:
        phrases[0] = f"-({phrases[0]}"
        phrases[-1] += ")"
    rate = percent(line.tax_bp)
    goods = shop.says("receipt.hsn", hsn=line.hsn, rate=rate) if line.hsn else rate
    # A second space tells the rate from the quantity that follows it.
    return " ".join(clean(phrase).replace(" ", NBSP) for phrase in (goods, *phrases)).replace(
        " ", f"{NBSP} ", 1
    )


def _quantity(line: BillLine, shop: Shop) -> str:
    unit = "" if line.unit.casefold() in _UNSAID_UNITS else f" {line.unit}"
    qty_milli = abs(line.qty_milli)
    if qty_milli % 1000:
        return amount(qty_milli, exponent=3, indian=shop.indian) + unit
    return shop.count(qty_milli) + unit


def _steps(bill: Bill, shop: Shop, columns: int) -> list[Element]:
    """From the prices to what is due; each row is one step of the addition."""
    steps = [(shop.says("receipt.gross"), bill.gross_minor), *_reductions(bill, shop)]
    # What the bill's own figures leave over is the tax that came on top of exclusive prices.
    on_top = bill.due_minor - bill.rounding_minor - bill.gross_minor + bill.discount_minor
    # Of a credit note it makes up for how those before it were rounded.
    rounding = shop.says("receipt.rounding-returns" if bill.kind == "return" else "receipt.rounding")
    steps += [
        (label, minor)
        for label, minor in (
            (shop.says("receipt.tax-added"), on_top),
            (shop.says("receipt.paid-later"), bill.later_minor),
            (rounding, bill.rounding_minor - bill.later_minor),
        )
        if minor
    ]
    rows: list[Element] = []
    # A single step is the total itself.
    for label, minor in steps if len(steps) > 1 else ():
        rows += facing(label, shop.money(minor), columns)
    return [rule(), *rows] if rows else []


def _reductions(bill: Bill, shop: Shop) -> list[tuple[str, int]]:
    """The discount told apart: the shop's own, the coupon's, the points'."""
    coupon = bill.coupon if bill.coupon and bill.coupon.use is Use.DISCOUNT else None
    points = bill.points if bill.points and bill.points.use is Use.DISCOUNT else None
    by_coupon = bill.coupon_value_minor if coupon else 0
    by_points = points.value_minor if points else 0
    own = bill.discount_minor - by_coupon - by_points
    if own < 0 or bill.discount_minor >= bill.gross_minor:
        # More was offered than was left to pay: what each counted for is not on the bill, only their sum.
        return [(shop.says("receipt.discounts"), -bill.discount_minor)] if bill.discount_minor else []
    named = [
        (shop.says("receipt.discount"), own),
        (shop.says("receipt.coupon", code=coupon.code) if coupon else "", by_coupon),
        (_points_of(points, shop) if points else "", by_points),
    ]
    return [(label, -minor) for label, minor in named if minor]


def _total(due_minor: int, shop: Shop, columns: int) -> list[Element]:
    """TOTAL, or REFUND, in the largest letters that hold it on one line."""
    word = shop.says("receipt.refund" if due_minor < 0 else "receipt.total")
    figure = clean(f"{shop.currency_symbol}{shop.money(abs(due_minor))}")
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
        rows += facing(shop.says("receipt.change"), shop.money(bill.change_minor), columns, bold=True)
    for label, lines in (
        (shop.says("receipt.items"), [line for line in bill.lines if line.back is None]),
        (shop.says("receipt.items-returned"), [line for line in bill.lines if _came_back(line)]),
    ):
        if lines:
            count = sum(articles(line.unit, abs(line.qty_milli)) for line in lines)
            rows += facing(label, shop.count(count), columns)
    return rows


def _tender(tender: Tender, bill: Bill, shop: Shop) -> str:
    name = Sentence(f"receipt.tender.{tender.type.value}")
    if tender.amount_minor < 0:
        given = Sentence(f"receipt.tender-back.{_given_back(tender, bill)}", tender=name)
        return _referring(given, tender, shop)
    if tender.type is TenderType.POINTS and bill.points:
        return _points_of(bill.points, shop)
    if tender.type is TenderType.COUPON and tender.reference:
        return shop.says("receipt.coupon", code=tender.reference)
    return _referring(name, tender, shop)


def _referring(paid: Sentence, tender: Tender, shop: Shop) -> str:
    if not tender.reference:
        return shop.text_of(paid)
    return shop.says("receipt.with-reference", tender=paid, reference=tender.reference)


def _points_of(points: PointsRedemption, shop: Shop) -> str:
    return shop.says("receipt.points", points=shop.count(points.points_milli))


def _given_back(tender: Tender, bill: Bill) -> str:
    """Money is given back at once; a redemption when the loyalty system has it, or not at all."""
    if tender.type not in (TenderType.POINTS, TenderType.COUPON):
        return "now"
    undone = any(undo.kind == tender.type.value and undo.given_back for undo in bill.undos)
    return "later" if undone else "never"


def _buyer(bill: Bill, shop: Shop, columns: int) -> list[Element]:
    """Who bought, and their points; nothing at all on a bill without a customer."""
    if bill.customer is None:
        return []
    masked = _masked(bill.customer, shop)
    texts: tuple[str, ...]
    if bill.customer.source in ("erased", "sealed", "damaged"):
        texts = (shop.says(f"receipt.customer-is.{bill.customer.source}"), masked)
    elif name := clean(bill.customer.name):
        texts = (shop.says("receipt.customer", name=name), masked)
    else:
        texts = (shop.says("receipt.customer", name=masked),)
    rows = [rule(), *(row for text in texts for row in paragraph(text, columns))]
    if bill.customer.points_milli or (bill.customer.loyalty and bill.customer.points_milli is not None):
        rows += facing(_balance(bill, bill.customer, shop), shop.count(bill.customer.points_milli), columns)
    if bill.points:
        rows += facing(shop.says("receipt.points-used"), shop.count(bill.points.points_milli), columns)
    if bill.coupon and not _coupon_told(bill, shop):
        code, about = bill.coupon.code, bill.coupon.description
        told = shop.says("receipt.coupon-used", code=code)
        if about:
            told = shop.says("receipt.coupon-used-described", code=code, description=about)
        rows += paragraph(told, columns)
    return rows


def _coupon_told(bill: Bill, shop: Shop) -> bool:
    """Whether the sums or the tenders name the coupon already."""
    label = bill.coupon and shop.says("receipt.coupon", code=bill.coupon.code)
    told = [
        *(step for step, _ in _reductions(bill, shop)),
        *(_tender(one, bill, shop) for one in bill.tenders),
    ]
    return label in told


def _balance(bill: Bill, customer: Customer, shop: Shop) -> str:
    """Whose points they are by: of a member nobody asked about in this sale, a balance has its own date."""
    asked = customer.source != "cache" and not any(line.back for line in bill.lines)
    if asked or not customer.known_at:
        return shop.says("receipt.points-before")
    return shop.says("receipt.points-on", moment=moment_text(customer.known_at))


def _masked(customer: Customer, shop: Shop) -> str:
    """The identifier, recognisable to its owner and useless to who finds the paper."""
    kind, value = customer.identifier
    if kind == "email":
        name, _, domain = value.rpartition("@")
        return shop.says("receipt.who.email", value=f"{name[:1]}***@{domain}")
    if not kind:
        return ""
    seen = "".join(filter(str.isalnum, value))
    # A short identifier keeps half of itself hidden.
    tail = seen[-min(4, len(seen) // 2) :] if len(seen) > 1 else ""
    return shop.says(f"receipt.who.{kind}", value=f"{'*' * (len(seen) - len(tail))}{tail}")


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
        rows += paragraph(shop.says("receipt.journal", mark=chain_mark[:8]), columns, align="center")
    return [*rows, {"kind": "cut"}]
