"""Bills: a strategy for any bill the store must keep, and the facts a sale is closed with."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import Any

from hypothesis import strategies as st

from agent.sale.basket import Bill, BillLine, Tender, TenderType
from agent.sale.closing import Closing
from agent.sale.entry import Entry
from agent.sale.numbering import bill_number
from tests.rig import goods

AT = "2026-11-23T10:00:00+05:30"
SERIES = "S01T126"


def closing(seq: int, series: str = SERIES) -> Closing:
    """What the till adds to a sale when it becomes a bill."""
    return Closing(series, seq, AT, AT[:10], "S01", "T1", "asha")


_lines = st.builds(
    BillLine,
    no=st.just(1),
    sku=goods.texts,
    gtin=goods.texts,
    name=goods.texts,
    hsn=goods.texts,
    unit=goods.texts,
    qty_milli=goods.int64s,
    unit_price_minor=goods.int64s,
    gross_minor=goods.int64s,
    discount_minor=goods.int64s,
    amount_minor=goods.int64s,
    taxable_minor=goods.int64s,
    tax_bp=goods.int64s,
    cgst_minor=goods.int64s,
    sgst_minor=goods.int64s,
    igst_minor=goods.int64s,
    tax_inclusive=st.booleans(),
    variant=goods.variants,
    parent_sku=goods.texts,
    parts=st.lists(goods.parts, max_size=2).map(tuple),
    entry=st.none() | st.builds(Entry, goods.texts, goods.texts, goods.texts),
)
_tenders = st.builds(
    Tender,
    no=st.just(1),
    type=st.sampled_from(TenderType),
    amount_minor=goods.int64s,
    reference=goods.texts,
)


def _numbered(rows: list[Any]) -> tuple[Any, ...]:
    return tuple(replace(row, no=no) for no, row in enumerate(rows, 1))


@st.composite
def _bills(draw: st.DrawFn) -> Bill:
    seq, series = draw(st.integers(1, 999_999)), draw(st.sampled_from((SERIES, "S01T226", "S01T127")))
    coupon = draw(st.none() | goods.coupons)
    return Bill(
        number=bill_number(series, seq),
        series=series,
        seq=seq,
        sale_id=draw(goods.texts),
        at=draw(st.datetimes(timezones=st.just(UTC))).isoformat(),
        business_date=draw(goods.texts),
        store_code=draw(goods.texts),
        till_code=draw(goods.texts),
        cashier=draw(goods.texts),
        kind="sale",
        lines=_numbered(draw(st.lists(_lines, max_size=3))),
        tenders=_numbered(draw(st.lists(_tenders, max_size=3))),
        gross_minor=draw(goods.int64s),
        discount_minor=draw(goods.int64s),
        taxable_minor=draw(goods.int64s),
        tax_minor=draw(goods.int64s),
        rounding_minor=draw(goods.int64s),
        due_minor=draw(goods.int64s),
        change_minor=draw(goods.int64s),
        currency=draw(goods.texts),
        customer=draw(st.none() | goods.customers),
        not_interested_reason=draw(goods.texts),
        coupon=coupon,
        coupon_value_minor=draw(goods.int64s) if coupon else 0,
        points=draw(st.none() | goods.points),
        clock_state=draw(st.sampled_from(("ok", "suspect"))),
    )


bills = _bills()
