"""Strategies for what happens to a sale: events that fit its phase, histories, sales ready for their bill."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from agent.sale import events as e
from agent.sale.basket import (
    CouponRedemption,
    Customer,
    Discount,
    Phase,
    PointsRedemption,
    Product,
    Sale,
    TenderType,
)
from agent.sale.return_values import Back, ReturnHow, Undo, Worth
from agent.sale.state_machine import TABLE, Refused, apply
from agent.sale.totals import Pricing, totals
from tests.rig import goods

BREAD = Product("BREAD", "Bread 400 g", 4550, 500, "1905", gtin="08901234567894")
APPLES = Product("APPLE", "Apples", 18_000, 1200, "0808", unit="kg", tax_inclusive=False)
MEMBER = Customer(mobile="919812345678", firstname="Asha", points_milli=500_000)
COUPON = CouponRedemption("SAVE10", bp=1000)
POINTS = PointsRedemption(10_000, 1000, otp="123456")
OLD_BILL = Back("ST01T126-000007", "2026-11-20T10:00:00+05:30", ReturnHow.LINE_ITEM, "too small", 2)
OLD_LOAF = e.ReturnLine(OLD_BILL, BREAD, 1000, 4550, Worth(4550, 50, 4286, 107, 107, 0))

# One plain event of each kind; values that are legal wherever the phase is.
ONE_OF_EACH: tuple[e.Event, ...] = (
    e.ItemAdded(BREAD, 1000, 4550, "8901234567894"),
    e.GoodsReturned((OLD_LOAF,), MEMBER, (Undo("points", OLD_BILL.number, 1000, 10_000),)),
    e.QuantitySet(1, 2000),
    e.PriceSet(1, 4000, "dented"),
    e.LineDiscounted(1, Discount(minor=100, reason="dented")),
    e.LineVoided(1),
    e.LineRestored(1),
    e.BillDiscounted(Discount(bp=500, reason="manager")),
    e.CustomerSet(MEMBER),
    e.CustomerCleared(),
    e.NotInterested("in a hurry"),
    e.CouponApplied(COUPON),
    e.CouponRemoved(),
    e.CodeSent(),
    e.PointsApplied(POINTS),
    e.PointsRemoved(),
    e.TenderBegun(),
    e.TenderBack(),
    e.TenderAdded(TenderType.CASH, 100_000),
    e.TenderRemoved(1),
    e.Cancelled("changed her mind"),
    e.Completed(),
)

pricings = st.builds(Pricing, step_minor=st.sampled_from((1, 5, 100)), interstate=st.booleans())
item_added = st.builds(
    lambda product, milli, price, label: e.ItemAdded(
        product, goods.quantity(product.unit, milli), price, label
    ),
    goods.products,
    goods.quantities,
    goods.prices,
    goods.texts,
)


worths = st.builds(
    lambda taxable, half, discount: Worth(taxable + 2 * half + discount, discount, taxable, half, half, 0),
    st.integers(0, 500_000),
    st.integers(0, 50_000),
    st.integers(0, 5_000),
)


def _comes_back(worths: list[tuple[Worth, int]], member: bool, undone: tuple[Undo, ...]) -> e.GoodsReturned:
    back = replace(OLD_BILL, interested=member)
    lines = tuple(e.ReturnLine(back, BREAD, 1000 * qty, 4550, worth) for worth, qty in worths)
    return e.GoodsReturned(lines, MEMBER if member else None, undone if member else ())


goods_returned = st.builds(
    _comes_back,
    st.lists(st.tuples(worths, st.integers(1, 5)), min_size=1, max_size=3),
    st.booleans(),
    st.lists(
        st.builds(Undo, st.just("points"), st.just(OLD_BILL.number), st.integers(0, 2000)), max_size=1
    ).map(tuple),
)


@dataclass(frozen=True)
class History:
    """Events that were all accepted, one after the other, and the sale they made."""

    events: tuple[e.Event, ...]
    sale: Sale
    pricing: Pricing


def replayed(events: Iterable[e.Event], pricing: Pricing, sale_id: str = "sale-1") -> Sale:
    """The sale these events make."""
    sale = Sale(sale_id)
    for event in events:
        sale = apply(sale, event, pricing)
    return sale


def kinds_in(phase: Phase) -> list[type[e.Event]]:
    """The kinds of event the table has in a phase."""
    return [kind for where, kind in TABLE if where is phase]


def fitting(sale: Sale, pricing: Pricing, kinds: Iterable[type[e.Event]]) -> st.SearchStrategy[e.Event]:
    """Events of these kinds with values that mostly suit this sale."""
    makers = _makers(sale, pricing)
    return st.sampled_from(list(kinds)).flatmap(lambda kind: makers[kind]())


def _makers(sale: Sale, pricing: Pricing) -> dict[type[e.Event], Callable[[], st.SearchStrategy[Any]]]:
    lines = st.sampled_from([line.no for line in sale.live_lines] or [1])
    tender_nos = st.sampled_from([tender.no for tender in sale.tenders] or [1])
    return {
        e.ItemAdded: lambda: item_added,
        e.GoodsReturned: lambda: goods_returned,
        e.QuantitySet: lambda: st.builds(
            e.QuantitySet, lines, goods.quantities.map(lambda milli: goods.quantity("pcs", milli))
        ),
        e.PriceSet: lambda: st.builds(e.PriceSet, lines, goods.prices, goods.words),
        e.LineDiscounted: lambda: st.builds(e.LineDiscounted, lines, st.none() | goods.discounts),
        e.LineVoided: lambda: st.builds(e.LineVoided, lines),
        e.LineRestored: lambda: st.builds(e.LineRestored, st.sampled_from(_voided(sale) or [1])),
        e.BillDiscounted: lambda: st.builds(e.BillDiscounted, st.none() | goods.discounts),
        e.CustomerSet: lambda: st.builds(e.CustomerSet, goods.customers),
        e.CustomerCleared: lambda: st.just(e.CustomerCleared()),
        e.NotInterested: lambda: st.builds(e.NotInterested, goods.words),
        e.CouponApplied: lambda: st.builds(e.CouponApplied, goods.coupons),
        e.CouponRemoved: lambda: st.just(e.CouponRemoved()),
        e.CodeSent: lambda: st.builds(e.CodeSent, st.just("") | goods.coupons.map(lambda held: held.code)),
        e.PointsApplied: lambda: st.builds(e.PointsApplied, goods.points),
        e.PointsRemoved: lambda: st.just(e.PointsRemoved()),
        e.TenderBegun: lambda: st.just(e.TenderBegun()),
        e.TenderBack: lambda: st.just(e.TenderBack()),
        e.TenderAdded: lambda: _tenders(_open(sale, pricing)),
        e.TenderRemoved: lambda: st.builds(e.TenderRemoved, tender_nos),
        e.Cancelled: lambda: st.builds(e.Cancelled, goods.words),
        e.Completed: lambda: st.just(e.Completed()),
    }


def _voided(sale: Sale) -> list[int]:
    return [line.no for line in sale.lines if line.voided]


def _open(sale: Sale, pricing: Pricing) -> int:
    worth = totals(sale, pricing)
    return worth.balance_minor or worth.refund_minor


def _tenders(balance: int) -> st.SearchStrategy[e.TenderAdded]:
    cash = st.builds(e.TenderAdded, st.just(TenderType.CASH), st.integers(1, 2 * balance + 100_000))
    exact = st.builds(
        e.TenderAdded,
        st.sampled_from((TenderType.CARD, TenderType.UPI, TenderType.OTHER)),
        st.integers(1, max(1, balance)) | st.just(max(1, balance)),
        st.sampled_from(("RRN 412345678901", "auth 77 / ₹")),
    )
    return cash | exact


_CLOSING = (e.Cancelled, e.Completed)
_RETURNING = (e.GoodsReturned,)
_TAKING_BACK = (e.LineVoided, e.CustomerCleared, e.NotInterested, e.CouponRemoved, e.PointsRemoved)


def _grown(draw: st.DrawFn, history: History, steps: int, without: tuple[type[e.Event], ...] = ()) -> History:
    """The history with up to that many more accepted events."""
    events, sale = list(history.events), history.sale
    for _ in range(steps):
        kinds = [kind for kind in kinds_in(sale.phase) if kind not in without]
        if not kinds:
            break
        event = draw(fitting(sale, history.pricing, kinds))
        try:
            sale = apply(sale, event, history.pricing)
        except Refused:
            continue
        events.append(event)
    return History(tuple(events), sale, history.pricing)


@st.composite
def histories(
    draw: st.DrawFn, max_events: int = 12, *, closed: bool = True, returning: bool = False
) -> History:
    """Any sale the machine can reach, with how it got there; closed False keeps it open, returning lets
    goods come back in it."""
    start = History((), Sale("sale-1"), draw(pricings))
    without = (*(() if closed else _CLOSING), *(() if returning else _RETURNING))
    return _grown(draw, start, draw(st.integers(0, max_events)), without)


@st.composite
def covered(draw: st.DrawFn, max_events: int = 10, *, returning: bool = False) -> History:
    """A sale that is settled and waits for its bill; members, coupons and points are frequent. returning:
    something comes back in it, perhaps nothing else happens."""
    start = History((), Sale("sale-1"), draw(pricings))
    opening: list[e.Event] = draw(st.lists(item_added, min_size=0 if returning else 1, max_size=4))
    if returning:
        opening.append(draw(goods_returned))
    if not returning and draw(st.booleans()):
        opening.append(e.CustomerSet(draw(goods.customers)))
        opening.extend(draw(st.lists(st.builds(e.CouponApplied, goods.coupons), max_size=1)))
        opening.extend(draw(st.lists(st.builds(e.PointsApplied, goods.points), max_size=1)))
    history = History(tuple(opening), replayed(opening, start.pricing), start.pricing)
    steps = draw(st.integers(0, max_events))
    history = _grown(draw, history, steps, (*_CLOSING, *_RETURNING, e.TenderBegun, *_TAKING_BACK))
    events = [*history.events, e.TenderBegun()]
    try:
        sale = replayed(events, history.pricing)
    except Refused:  # points worth more than the bill: the till asks to redeem fewer
        events[-1:] = [e.PointsRemoved(), e.TenderBegun()]
        sale = replayed(events, history.pricing)
    history = History(tuple(events), sale, history.pricing)
    history = _grown(draw, history, draw(st.integers(0, 3)), (*_CLOSING, e.TenderBack))
    if history.sale.phase is Phase.COVERED:
        return history
    worth = totals(history.sale, history.pricing)
    more = draw(st.integers(0, 50_000)) if worth.balance_minor else 0
    rest = e.TenderAdded(TenderType.CASH, worth.balance_minor + worth.refund_minor + more)
    return History((*history.events, rest), apply(history.sale, rest, history.pricing), history.pricing)
