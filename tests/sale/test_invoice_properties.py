"""Whatever is sold, the ticket fits its paper, loses no letter, and adds up to the bill."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import pairwise
from typing import Any
from unicodedata import category

from hypothesis import example, given
from hypothesis import strategies as st

from agent.sale.basket import (
    Bill,
    BundlePart,
    CouponRedemption,
    Customer,
    Discount,
    Line,
    Phase,
    PointsRedemption,
    Product,
    Sale,
    Tender,
    TenderType,
    Use,
)
from agent.sale.closing import Closing, close
from agent.sale.invoice import Shop, receipt, to_text
from agent.sale.ticket_text import amount, clean, pad, thousandths, width, wrap
from agent.sale.totals import Pricing, totals

SCRIPTS = (
    st.text("कखगघाीुूेैोौंः््र टमाटर", max_size=40)
    | st.text("தமிழ்க்காய் ", max_size=40)
    | st.text("مرحبا بالعالم\u0640 ", max_size=40)
    | st.text("有机绿茶 大米１２", max_size=40)
    | st.text("👍🏽👩‍👩‍👧🇮🇳❤️ x", max_size=20)
    | st.text("abcXYZ0123 .,-", max_size=80)
    | st.text(max_size=40)
    | st.just("Supercalifragilisticexpialidociousunbreakablename" * 3)
)
MONEY = st.integers(0, 10**6) | st.integers(0, 10**13)
UNPRINTABLE = {"Cc", "Cs", "Zl", "Zp"}
FIGURE = re.compile(r"-?[\d,]+\.\d\d")
SHOPS = st.builds(
    Shop,
    name=SCRIPTS,
    address=st.lists(SCRIPTS, max_size=2).map(tuple),
    gstin=st.sampled_from(["", "29ABCDE1234F1Z5"]),
    phone=SCRIPTS,
    footer=st.lists(SCRIPTS, max_size=2).map(tuple),
    indian=st.booleans(),
)


@st.composite
def products(draw: st.DrawFn) -> Product:
    part = st.builds(
        BundlePart,
        st.sampled_from(["combo", "split", "addon"]),
        st.just("P"),
        SCRIPTS,
        st.integers(1, 10**7),
        MONEY,
    )
    return Product(
        sku="S",
        name=draw(SCRIPTS),
        price_minor=draw(MONEY),
        tax_bp=draw(st.sampled_from([0, 25, 300, 500, 1200, 1800, 2800])),
        hsn=draw(st.sampled_from(["", "0713", "07136000"])),
        unit=draw(st.sampled_from(["pcs", "kg", "m", "", "box"])),
        tax_inclusive=draw(st.booleans()),
        variant=tuple(draw(st.lists(st.tuples(SCRIPTS, SCRIPTS), max_size=2))),
        parts=tuple(draw(st.lists(part, max_size=2))),
    )


@st.composite
def bills(draw: st.DrawFn) -> Bill:
    """Real bills: worked out by the sale room from a random sale."""
    off = (
        st.none()
        | st.builds(Discount, bp=st.integers(1, 9999))
        | st.builds(Discount, minor=st.integers(1, 10**7))
    )
    lines = tuple(
        Line(no, product, draw(st.integers(1, 10**5)), product.price_minor, discount=draw(off))
        for no, product in enumerate(draw(st.lists(products(), min_size=1, max_size=4)), 1)
    )
    use = st.sampled_from(list(Use))
    customer = st.builds(
        Customer,
        mobile=st.sampled_from(["", "919876543210"]),
        email=st.sampled_from(["", "a@b.in"]),
        firstname=SCRIPTS,
        points_milli=st.none() | st.integers(0, 10**10),
        known_at=st.sampled_from(["", "2026-11-23T10:00:00+05:30", "last week"]),
    )
    sale = Sale(
        id="s",
        phase=Phase.COVERED,
        lines=lines,
        bill_discount=draw(off),
        customer=draw(st.none() | customer),
        coupon=draw(
            st.none() | st.builds(CouponRedemption, st.just("C1"), minor=st.integers(1, 10**6), use=use)
        ),
        points=draw(
            st.none() | st.builds(PointsRedemption, st.integers(1, 10**9), st.integers(1, 10**6), use=use)
        ),
    )
    pricing = Pricing(draw(st.sampled_from([1, 100])), draw(st.booleans()))
    balance = totals(sale, pricing).balance_minor
    paid = Tender(
        1, draw(st.sampled_from(list(TenderType)[:4])), balance + draw(st.integers(0, 500)), draw(SCRIPTS)
    )
    closing = Closing("0001T126", 7, "2026-11-23T10:15:07+05:30", "2026-11-23", "0001", "T1", draw(SCRIPTS))
    return close(replace(sale, tenders=(paid,)), closing, pricing)


def minor(text: str) -> int:
    return int(re.sub(r"[,.]", "", text))


def rows(document: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The rows between the rules: seller, facts, items, steps, total, payment, tax, ..."""
    marks = [-1, *(i for i, e in enumerate(document) if e["kind"] == "rule"), len(document)]
    return [[e for e in document[a + 1 : b] if e["kind"] == "row"] for a, b in pairwise(marks)]


def figures(block: list[dict[str, Any]]) -> list[int]:
    """The amounts in the right-hand column."""
    last = [row["cells"][-1] for row in block]
    return [minor(box["text"]) for box in last if box["align"] == "right" and FIGURE.fullmatch(box["text"])]


def letters(text: str) -> str:
    return re.sub(r"\s", "", clean(text))


@given(
    columns=st.sampled_from([24, 32, 42, 48]), bill=bills(), shop=SHOPS, notes=st.lists(SCRIPTS, max_size=2)
)
def test_every_row_fits_the_paper(columns: int, bill: Bill, shop: Shop, notes: list[str]) -> None:
    """No cell overflows its box, no row its paper, in any script; and the document survives JSON."""
    document = receipt(
        bill, shop, columns=columns, copy_no=1, reprinted_at=bill.at, notes=notes, chain_mark="0" * 64
    )
    for element in document:
        if element["kind"] == "row":
            room = columns // 2 if element.get("wide") else columns
            assert sum(box["width"] for box in element["cells"]) <= room
            assert all(width(box["text"]) <= box["width"] for box in element["cells"])
            assert not any(category(char) in UNPRINTABLE for box in element["cells"] for char in box["text"])
    assert all(width(line) <= columns for line in to_text(document, columns).splitlines())
    assert json.loads(json.dumps(document)) == document


@given(columns=st.sampled_from([32, 48]), bill=bills(), shop=SHOPS)
def test_what_is_printed_adds_up_to_the_bill(columns: int, bill: Bill, shop: Shop) -> None:
    """Read back from the paper: items, steps, tenders and the tax table each come to the bill's figures."""
    document = receipt(bill, shop, columns=columns)
    _, _, items, *rest = rows(document)
    alone = [e["char"] for e in document if e["kind"] == "rule"][2] == "="
    # Without a step in between, the items come to the total themselves.
    steps, (total, payment, tax, *_) = (items, rest) if alone else (rest[0], rest[1:])
    assert figures(items) == [line.amount_minor for line in bill.lines]
    assert sum(figures(items)) + bill.rounding_minor == bill.due_minor
    assert sum(figures(steps)) == bill.due_minor
    assert minor(total[-1]["cells"][-1]["text"].removeprefix(shop.currency_symbol)) == bill.due_minor
    change = figures(payment)[-1] if bill.change_minor else 0
    assert sum(figures(payment)) - 2 * change == bill.due_minor
    several = len({line.tax_bp for line in bill.lines}) > 1
    printed = [minor(box["text"]) for row in tax for box in row["cells"] if FIGURE.fullmatch(box["text"])]
    assert sum(printed) == (2 if several else 1) * (bill.taxable_minor + bill.tax_minor)


@given(columns=st.sampled_from([32, 48]), bill=bills(), shop=SHOPS)
def test_no_letter_of_a_name_is_lost(columns: int, bill: Bill, shop: Shop) -> None:
    """A long name is wrapped, never cut."""
    items = rows(receipt(bill, shop, columns=columns))[2]
    text = letters("".join(box["text"] for row in items for box in row["cells"]))
    for line in bill.lines:
        assert letters(line.name) in text
        assert all(letters(part.name) in text for part in line.parts)


@example(text="\xa0", limit=2)
@given(text=SCRIPTS, limit=st.integers(2, 50))
def test_wrapping_keeps_every_letter_and_the_limit(text: str, limit: int) -> None:
    """Wrapped lines are within the limit and hold the same letters in the same order."""
    lines = wrap(text, limit)
    assert all(line and width(line) <= limit for line in lines)
    assert letters("".join(lines)) == letters(text)


@given(st.integers(-(10**15), 10**15), st.booleans())
def test_money_reads_back(value: int, indian: bool) -> None:
    """A printed figure is the figure, and is grouped in lakhs or thousands."""
    text = amount(value, indian=indian)
    assert minor(text) == value
    groups = text.lstrip("-")[:-3].split(",")
    assert all(
        len(group) == (2 if indian and i < len(groups) - 1 else 3) for i, group in enumerate(groups) if i
    )


def test_known_widths() -> None:
    """The cases a printer gets wrong: wide, marked, joined, and characters that must never reach it."""
    assert width("大米") == 4
    assert width("नमस्ते") == 4
    assert width("e\u0301") == 1
    assert clean("a\x1b@b\r\nc") == "a @b c"
    assert clean("pay\u202e100") == "pay100"
    assert clean("x\ud800y") == "x\ufffdy"
    assert width("１２") == 4
    assert wrap("क्ष" * 3, 3) == ["क्ष"] * 3
    assert wrap("12\u00a0345 67", 6) == ["12 345", "67"]
    assert pad("大", 5, "right") == "   大"
    assert [amount(n) for n in (0, 5, 99_999_99, 1_00_000_00, 1_23_45_678_90)] == [
        "0.00",
        "0.05",
        "99,999.99",
        "1,00,000.00",
        "1,23,45,678.90",
    ]
    assert [thousandths(n) for n in (0, 2000, 1_250_500, -455)] == ["0", "2", "1,250.5", "-0.455"]
