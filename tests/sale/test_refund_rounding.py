"""What comes back gives exactly what was taken, cash rounding included, in whatever parts it comes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agent.sale import events as e
from agent.sale import returns
from agent.sale.basket import Bill, BundlePart, CouponRedemption, Phase, Sale, TenderType, Use
from agent.sale.closing import Closing, close
from agent.sale.refund_rounding import taken_minor
from agent.sale.return_values import ReturnHow, Worth
from agent.sale.returnable import Returnable, Taken, returnable
from agent.sale.state_machine import Refused, apply
from agent.sale.totals import Pricing, totals
from tests.rig.credit_notes import came_back
from tests.rig.shopping import BREAD, MEMBER, POINTS, History, covered, replayed

AT = "2026-11-24T10:00:00+05:30"
RUPEES = Pricing(step_minor=100)
SWEET = replace(BREAD, sku="SWEET", name="Sweet", price_minor=50, tax_bp=0)
"""Without tax, so that each of several is worth the same to the paisa."""
steps = st.sampled_from((1, 5, 10, 25, 50, 100, 500, 1000))
REDEEMED = (TenderType.POINTS, TenderType.COUPON)


@dataclass
class Drawer:
    """A till in memory. money: what the drawer holds more than in the morning, whatever it was paid with."""

    money: int = 0
    bills: list[Bill] = field(default_factory=list)
    gone: dict[str, list[Taken]] = field(default_factory=dict)

    def settle(self, sale: Sale, pricing: Pricing) -> Bill:
        """Pay or give back what is due, complete, and keep what came back."""
        worth = totals(sale, pricing)
        if sale.phase is Phase.TENDERING:
            rest = worth.balance_minor + worth.refund_minor
            sale = apply(sale, e.TenderAdded(TenderType.CASH, rest), pricing)
        series = "ST01T126C" if len(sale.returns) == len(sale.live_lines) else "ST01T126"
        bill = close(sale, Closing(series, len(self.bills) + 1, AT, AT[:10], "ST01", "T1", "ravi"), pricing)
        self.bills.append(bill)
        self.money += sum(t.amount_minor for t in bill.tenders if t.type not in REDEEMED) - bill.change_minor
        for line in bill.lines:
            if back := line.back:
                part = came_back(line, back)
                self.gone.setdefault(back.number, []).append(part)
        return bill

    def found(self, bill: Bill, now: tuple[Taken, ...] = ()) -> Returnable:
        return returnable(bill, self.gone.get(bill.number, []), now)

    def give_back(self, event: e.GoodsReturned, pricing: Pricing, *more: e.Event) -> int:
        """A credit note of these events; what it gave back."""
        before = self.money
        self.settle(replayed([event, *more, e.TenderBegun()], pricing), pricing)
        return before - self.money


def sold(drawer: Drawer, pricing: Pricing, *items: tuple[int, int]) -> Bill:
    """A bill of (price, pieces)."""
    events = [e.ItemAdded(replace(SWEET, price_minor=price), 1000 * n, price) for price, n in items]
    return drawer.settle(replayed([*events, e.TenderBegun()], pricing), pricing)


def open_lines(found: Returnable) -> list[int]:
    return [no for no, left in found.left_milli.items() if left > 0]


def has_set(found: Returnable) -> bool:
    return any(returns.is_set(line) for line in found.bill.lines if line.back is None)


def single_lines(found: Returnable) -> list[int]:
    """Open lines that come back by themselves."""
    return [no for no in open_lines(found) if not returns.is_set(found.bill.lines[no - 1])]


def some_of(data: st.DataObject, found: Returnable, lines: list[int], *, all_of_it: bool) -> tuple[int, int]:
    no = data.draw(st.sampled_from(lines))
    left = found.left_milli[no]
    step = 1000 if left % 1000 == 0 else 1
    return no, left if all_of_it else data.draw(st.integers(1, left // step)) * step


def test_five_sweets_bought_for_three_rupees_come_back_one_by_one_as_three() -> None:
    drawer = Drawer()
    bill = sold(drawer, RUPEES, (50, 5))
    assert drawer.money == 300
    gave = [
        drawer.give_back(returns.by_lines(drawer.found(bill), {1: 1000}, "sticky"), RUPEES) for _ in range(5)
    ]
    assert gave == [100, 0, 100, 0, 100]
    assert drawer.money == 0


def test_sweets_that_come_back_in_one_sale_by_several_presses_are_rounded_once() -> None:
    drawer = Drawer()
    bill = sold(drawer, RUPEES, (50, 5))
    first = returns.by_lines(drawer.found(bill), {1: 1000}, "sticky")
    now = Taken(1, ReturnHow.LINE_ITEM, 1000, Worth(50, 0, 50, 0, 0, 0))
    second = returns.by_lines(drawer.found(bill, (now,)), {1: 2000}, "sticky")
    assert drawer.give_back(first, RUPEES, second) == 200
    assert drawer.give_back(returns.by_lines(drawer.found(bill), {1: 2000}, "sticky"), RUPEES) == 100


def test_two_bills_on_one_credit_note_give_what_each_took() -> None:
    drawer = Drawer()
    bills = [sold(drawer, RUPEES, (50, 1)) for _ in range(2)]
    one, two = (returns.by_lines(drawer.found(bill), {1: 1000}, "sticky") for bill in bills)
    assert drawer.give_back(one, RUPEES, two) == 200
    assert drawer.money == 0


@given(covered(), st.data())
def test_any_parts_of_any_bill_give_back_what_it_took_however_it_is_rounded(
    history: History, data: st.DataObject
) -> None:
    """Also when the till's rounding is set anew in between. A set comes back as money, after other goods or
    among them."""
    drawer = Drawer()
    bill = drawer.settle(history.sale, history.pricing)
    notes = 0
    while event := _part(drawer.found(bill), data, all_of_it=notes > 8):
        notes += 1
        pricing = Pricing(data.draw(steps | st.just(history.pricing.step_minor)))
        assert drawer.give_back(event, pricing) >= 0
        assert drawer.money >= 0
    assert drawer.money == 0


def _part(found: Returnable, data: st.DataObject, *, all_of_it: bool) -> e.GoodsReturned | None:
    """Some of a line, or of a bill with a set some money; None when nothing is left."""
    if found.left_minor <= 0 or not open_lines(found):
        return None
    lines = [] if found.alone else single_lines(found)
    if lines and (not has_set(found) or data.draw(st.booleans())):
        no, qty = some_of(data, found, lines, all_of_it=all_of_it)
        return returns.by_lines(found, {no: qty}, "x")
    if not (most := found.cash_minor):
        return None
    return returns.by_money(found, most if all_of_it else data.draw(st.integers(1, most)), "x")


@given(covered(), st.data())
def test_money_alone_never_gives_more_than_was_paid(history: History, data: st.DataObject) -> None:
    drawer = Drawer()
    bill = drawer.settle(history.sale, history.pricing)
    for _ in range(8):
        if not (left := drawer.found(bill).cash_minor):
            break
        amount = data.draw(st.integers(1, left) | st.just(left))
        event = returns.by_money(drawer.found(bill), amount, "a stain")
        assert drawer.give_back(event, Pricing(data.draw(steps))) >= 0
        assert drawer.money >= 0
    if left := drawer.found(bill).cash_minor:
        drawer.give_back(returns.by_money(drawer.found(bill), left, "the rest"), Pricing(data.draw(steps)))
    assert drawer.money == 0


prices = st.integers(1, 400) | st.sampled_from((50, 149, 150, 2_450, 4_550))


@given(st.data(), st.lists(st.tuples(prices, st.integers(1, 4)), min_size=1, max_size=3), steps)
def test_no_chain_of_exchanges_makes_money(
    data: st.DataObject, items: list[tuple[int, int]], step: int
) -> None:
    """What was bought in exchange comes back as well, again in exchange or for money, until nobody has
    anything: then the drawer is as it was."""
    drawer, pricing = Drawer(), Pricing(step)
    sold(drawer, pricing, *items)
    for turn in range(12):
        if not (bills := _with_goods(drawer)):
            break
        bill = data.draw(st.sampled_from(bills))
        found = drawer.found(bill)
        no, qty = some_of(data, found, open_lines(found), all_of_it=turn > 6)
        back = returns.by_lines(drawer.found(bill), {no: qty}, "x")
        new = data.draw(st.lists(st.tuples(prices, st.integers(1, 2)), max_size=2)) if turn < 6 else []
        added = [e.ItemAdded(replace(SWEET, price_minor=price), 1000 * n, price) for price, n in new]
        drawer.give_back(back, pricing, *added)
        assert drawer.money >= 0
    while bills := _with_goods(drawer):
        found = drawer.found(bills[0])
        wanted = {no: found.left_milli[no] for no in open_lines(found)}
        drawer.give_back(returns.by_lines(found, wanted, "x"), pricing)
    assert drawer.money == 0


def _with_goods(drawer: Drawer) -> list[Bill]:
    return [
        bill
        for bill in drawer.bills
        if bill.kind != "return" and drawer.found(bill).left_minor > 0 and open_lines(drawer.found(bill))
    ]


def test_like_for_like_costs_nothing_whatever_was_rounded_before() -> None:
    drawer = Drawer()
    bill = sold(drawer, RUPEES, (4_550, 2))
    for _ in range(2):
        back = returns.by_lines(drawer.found(bill), {1: 1000}, "hard")
        assert drawer.give_back(back, RUPEES, e.ItemAdded(BREAD, 1000, 4_550)) == 0
    assert [taken_minor(bill) for bill in drawer.bills] == [9_100, 4_600, 4_500]


def test_new_goods_are_never_sold_for_less_than_nothing() -> None:
    """0.70 that gives nothing any more, for something of 0.10: rounded as one it would give a rupee."""
    drawer = Drawer()
    bill = sold(drawer, RUPEES, (70, 3))
    drawer.give_back(returns.by_lines(drawer.found(bill), {1: 1000}, "x"), RUPEES)
    assert drawer.money == 100
    back = returns.by_lines(drawer.found(bill), {1: 1000}, "x")
    assert drawer.give_back(back, RUPEES, e.ItemAdded(SWEET, 1000, 10)) == 0


def test_a_whole_bill_gives_what_it_took_also_after_the_rounding_was_set_anew() -> None:
    drawer = Drawer()
    bill = sold(drawer, Pricing(1), (50, 5))
    event = returns.whole(drawer.found(bill), ReturnHow.FULL, "x", undone=True)
    assert drawer.give_back(event, RUPEES) == 250


def test_a_part_gives_no_more_than_the_bill_took_after_the_rounding_was_set_anew() -> None:
    drawer = Drawer()
    bill = sold(drawer, Pricing(1), (250, 1), (10, 1))
    gave = [drawer.give_back(returns.by_lines(drawer.found(bill), {no: 1000}, "x"), RUPEES) for no in (1, 2)]
    assert gave == [260, 0]


def test_a_bill_rounded_down_by_five_rupee_steps_comes_back_line_by_line() -> None:
    drawer, fives = Drawer(), Pricing(500)
    bill = sold(drawer, fives, (740, 1))
    assert drawer.money == 500
    assert drawer.give_back(returns.by_lines(drawer.found(bill), {1: 1000}, "x"), fives) == 500


def test_parts_of_a_bill_paid_with_points_give_its_money_and_no_more() -> None:
    drawer, half = Drawer(), replace(POINTS, value_minor=250)
    events = [
        e.ItemAdded(SWEET, 10_000, 50),
        e.CustomerSet(MEMBER),
        e.PointsApplied(half),
        e.TenderBegun(),
    ]
    bill = drawer.settle(replayed(events, RUPEES), RUPEES)
    assert drawer.money == 250
    gave = [drawer.give_back(returns.by_lines(drawer.found(bill), {1: 1000}, "x"), RUPEES) for _ in range(5)]
    assert (sum(gave), drawer.money) == (250, 0)
    for _ in range(5):
        assert drawer.give_back(returns.by_lines(drawer.found(bill), {1: 1000}, "x"), RUPEES) == 0
    kept = [(t.type, t.amount_minor) for bill in drawer.bills for t in bill.tenders if t.type in REDEEMED]
    assert kept[0] == (TenderType.POINTS, 250)
    assert sum(minor for _, minor in kept) == 0


@pytest.mark.parametrize(
    ("coupon", "points", "kept"),
    [
        (100, 150, [("cash", 50)] * 5 + [("coupon", 50)] * 2 + [("points", 50)] * 3),
        (0, 500, [("points", 50)] * 10),
        (500, 0, [("coupon", 50)] * 10),
    ],
    ids=["money, coupon, points", "points alone", "coupon alone"],
)
def test_of_a_bill_that_comes_back_by_the_piece_money_is_given_first_then_the_coupon_then_the_points(
    coupon: int, points: int, kept: list[tuple[str, int]]
) -> None:
    drawer, exact = Drawer(), Pricing(1)
    events: list[e.Event] = [e.ItemAdded(SWEET, 10_000, 50), e.CustomerSet(MEMBER)]
    if coupon:
        events.append(e.CouponApplied(CouponRedemption("TEN", minor=coupon, use=Use.TENDER)))
    if points:
        events.append(e.PointsApplied(replace(POINTS, value_minor=points)))
    bill = drawer.settle(replayed([*events, e.TenderBegun()], exact), exact)
    assert drawer.money == 500 - coupon - points
    for _ in kept:
        drawer.give_back(returns.by_lines(drawer.found(bill), {1: 1000}, "x"), exact)
    assert [[(t.type.value, -t.amount_minor) for t in one.tenders] for one in drawer.bills[1:]] == [
        [one] for one in kept
    ]


def test_a_bill_partly_paid_with_points_comes_back_line_by_line_in_any_order() -> None:
    """200.00 and 165.00, of which points paid 50.00 and money 315.00."""
    for order in ((1, 2), (2, 1)):
        drawer = Drawer()
        bill = dear(drawer)
        gave = [
            drawer.give_back(returns.by_lines(drawer.found(bill), {no: 1000}, "x"), RUPEES) for no in order
        ]
        assert (sum(gave), drawer.money) == (31_500, 0)
        last = drawer.bills[-1]
        assert (last.rounding_minor, last.settled_minor) == (0, -gave[1])
        assert [(t.type, t.amount_minor) for t in last.tenders[1:]] == [(TenderType.POINTS, -5_000)]


def test_in_an_exchange_points_do_not_become_money() -> None:
    """The last 165.00 of a bill, 50.00 of it paid with points, for something of 20.00, then of 165.00."""
    for price, settled in ((2_000, -9_500), (16_500, 5_000)):
        drawer = Drawer()
        bill = dear(drawer)
        drawer.give_back(returns.by_lines(drawer.found(bill), {1: 1000}, "x"), RUPEES)
        back = returns.by_lines(drawer.found(bill), {2: 1000}, "x")
        new = e.ItemAdded(replace(SWEET, price_minor=price), 1000, price)
        assert drawer.give_back(back, RUPEES, new) == -settled
        assert drawer.bills[-1].settled_minor == settled
        found = drawer.found(drawer.bills[-1])
        assert drawer.give_back(returns.by_lines(found, {1: 1000}, "x"), RUPEES) == price
        assert drawer.money == 0


@given(covered(), st.data())
def test_whatever_is_refused_the_way_that_is_told_is_open(history: History, data: st.DataObject) -> None:
    """After any first part, what is said of the other ways leads to all of the money."""
    drawer = Drawer()
    bill = drawer.settle(history.sale, history.pricing)
    assume(drawer.money > 0)
    step = history.pricing.step_minor
    for _ in range(40):
        found = drawer.found(bill)
        try:
            event = returns.whole(found, ReturnHow.FULL, "x", undone=True) if found.hows else None
        except Refused as refusal:
            said = refusal.sentence.id
            if said in ("nothing-left", "paid-by-redemption.all"):
                break
            assert said in ("lines-before", "money-before", "set.money")
            event = _told(said, found, data)
        event = event or _first(found, data)
        drawer.give_back(event, Pricing(step))
    assert drawer.money == 0


def _first(found: Returnable, data: st.DataObject) -> e.GoodsReturned:
    single = single_lines(found)
    if found.cash_minor and (not single or data.draw(st.booleans())):
        return returns.by_money(found, data.draw(st.integers(1, found.cash_minor)), "x")
    no = data.draw(st.sampled_from(single))
    return returns.by_lines(found, {no: min(1000, found.left_milli[no])}, "x")


def _told(said: str, found: Returnable, data: st.DataObject) -> e.GoodsReturned:
    if said != "lines-before":
        return returns.by_money(
            found, data.draw(st.integers(1, found.cash_minor) | st.just(found.cash_minor)), "x"
        )
    no = data.draw(st.sampled_from(single_lines(found)))
    return returns.by_lines(found, {no: found.left_milli[no]}, "x")


def test_after_other_goods_a_set_comes_back_as_money_with_its_own_tax() -> None:
    """Rice of 200.00 at 5 % and a set of 300.00 at 18 %, paid in cash: the rice comes back by its line."""
    drawer, rice = Drawer(), replace(BREAD, sku="RICE", price_minor=20_000, tax_bp=500)
    box = replace(
        BREAD, sku="BOX", price_minor=30_000, tax_bp=1800, parts=(BundlePart("combo", "JAM", "Jam", 1000),)
    )
    added = [e.ItemAdded(item, 1000, item.price_minor) for item in (rice, box)]
    bill = drawer.settle(replayed([*added, e.TenderBegun()], RUPEES), RUPEES)
    assert drawer.give_back(returns.by_lines(drawer.found(bill), {1: 1000}, "x"), RUPEES) == 20_000
    for refused in (
        lambda found: returns.by_lines(found, {2: 1000}, "x"),
        lambda found: returns.whole(found, ReturnHow.FULL, "x", undone=True),
    ):
        with pytest.raises(Refused) as caught:
            refused(drawer.found(bill))
        assert caught.value.sentence.id == "set.money"
    for amount in (10_001, 19_999):
        assert drawer.give_back(returns.by_money(drawer.found(bill), amount, "x"), RUPEES) >= 0
    assert drawer.money == 0
    with pytest.raises(Refused, match="nothing-left"):
        returns.by_money(drawer.found(bill), 1, "x")
    for no, rate in ((1, 500), (2, 1800)):
        came_back = [line for one in drawer.bills[1:] for line in one.lines if line.tax_bp == rate]
        for name in ("amount_minor", "taxable_minor", "cgst_minor", "sgst_minor"):
            sold_for = getattr(bill.lines[no - 1], name)
            assert sum(getattr(line, name) for line in came_back) == -sold_for, (rate, name)


def dear(drawer: Drawer) -> Bill:
    """200.00 and 165.00, partly paid with points worth 50.00."""
    items = [replace(SWEET, sku=str(price), price_minor=price) for price in (20_000, 16_500)]
    added = [e.ItemAdded(item, 1000, item.price_minor) for item in items]
    half = replace(POINTS, value_minor=5_000)
    return drawer.settle(
        replayed([*added, e.CustomerSet(MEMBER), e.PointsApplied(half), e.TenderBegun()], RUPEES), RUPEES
    )


def test_goods_without_their_bill_are_rounded_over_all_of_that_number() -> None:
    drawer = Drawer()
    tax = Worth(50, 0, 50, 0, 0, 0)
    gave = []
    for _ in range(4):
        before = drawer.gone.get("OTHER-1", [])
        event = returns.unknown(SWEET, 1000, "OTHER-1", "", "x", tax, before)
        gave.append(drawer.give_back(event, RUPEES))
    assert gave == [100, 0, 100, 0]
