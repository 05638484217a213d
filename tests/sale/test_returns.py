"""What comes back of a bill: never more than was sold, to the last paisa, in whatever parts it comes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agent.sale import events as e
from agent.sale import returns
from agent.sale.basket import (
    Bill,
    BillLine,
    BundlePart,
    Customer,
    Discount,
    Phase,
    Product,
    Sale,
    TenderType,
    Use,
)
from agent.sale.closing import Closing, close
from agent.sale.return_values import Account, Back, ReturnHow, Undo, Worth
from agent.sale.returnable import Returnable, Taken, returnable
from agent.sale.state_machine import Refused, apply
from agent.sale.totals import Pricing, totals
from tests.rig.goods import discounts
from tests.rig.shopping import APPLES, BREAD, MEMBER, POINTS, History, covered, item_added, pricings, replayed

AT, LATER = "2026-11-20T10:00:00+05:30", "2026-11-24T10:00:00+05:30"
PLAIN = Pricing(step_minor=1)


def bill_of(history: History, at: str = AT) -> Bill:
    closing = Closing("ST01T126", 7, at, at[:10], "ST01", "T1", "ravi")
    return close(history.sale, closing, history.pricing)


def taken(event: e.GoodsReturned) -> list[Taken]:
    return [
        Taken(line.back.line, line.back.how, line.qty_milli, line.worth, 0, line.product.tax_bp)
        for line in event.lines
    ]


def sold(*events: e.Event, pricing: Pricing = PLAIN) -> Bill:
    """A bill of these events, paid in cash."""
    sale = replayed([*events, e.TenderBegun()], pricing)
    if sale.phase is Phase.TENDERING:
        sale = apply(sale, e.TenderAdded(TenderType.CASH, totals(sale, pricing).balance_minor), pricing)
    return bill_of(History((), sale, pricing))


def fresh(bill: Bill) -> Returnable:
    return returnable(bill, [])


def given_back(event: e.GoodsReturned, pricing: Pricing) -> tuple[Sale, int]:
    """The return rung up on its own, and what is to be given back in money."""
    sale = replayed([event, e.TenderBegun()], pricing)
    return sale, totals(sale, pricing).refund_minor


def goods(line: BillLine) -> Product:
    """What was sold, as a line of the bill tells it."""
    told = {name: getattr(line, name) for name in Product.__dataclass_fields__ if hasattr(line, name)}
    return Product(**told, price_minor=line.unit_price_minor)


@given(covered(), st.booleans())
def test_a_whole_bill_gives_back_what_it_took(history: History, undone: bool) -> None:
    bill = bill_of(history)
    event = returns.whole(fresh(bill), ReturnHow.FULL, "no reason", undone=undone)
    _, refund = given_back(event, history.pricing)
    redeemed = sum(
        tender.amount_minor
        for tender in bill.tenders
        if tender.type in (TenderType.POINTS, TenderType.COUPON)
    )
    assert refund == bill.due_minor - redeemed
    paid = {tender.type: tender.amount_minor for tender in bill.tenders}
    undos = []
    if bill.points:
        took = paid.get(TenderType.POINTS, 0)
        points = bill.points.points_milli
        undos.append(Undo("points", bill.number, took, points_milli=points, given_back=undone))
    if bill.coupon:
        took = paid.get(TenderType.COUPON, 0)
        undos.append(Undo("coupon", bill.number, took, code=bill.coupon.code, given_back=undone))
    assert list(event.undos) == undos
    member = bill.customer is not None
    origin = Back(bill.number, bill.at, ReturnHow.FULL, "no reason", interested=member, earned=member)
    for line, back in zip(bill.lines, event.lines, strict=True):
        assert back.back == replace(origin, line=line.no, earned=member and bill.customer.loyalty)  # type: ignore[union-attr]
        assert (back.product, back.qty_milli, back.unit_price_minor) == (
            goods(line),
            line.qty_milli,
            line.unit_price_minor,
        )


@st.composite
def bills_of_goods(draw: st.DrawFn) -> Bill:
    """Bills whose lines come back by the piece: no sets, nothing redeemed; with discounts, paid in cash."""
    added = draw(st.lists(item_added, min_size=1, max_size=3))
    events: list[e.Event] = [replace(one, product=replace(one.product, parts=())) for one in added]
    events += [e.LineDiscounted(no, draw(st.none() | discounts)) for no in range(1, len(added) + 1)]
    events.append(e.BillDiscounted(draw(st.none() | discounts)))
    return sold(*events, pricing=draw(pricings))


@given(bills_of_goods(), st.data())
def test_any_parts_of_a_bill_come_to_the_whole(bill: Bill, data: st.DataObject) -> None:
    """Line by line, in any order and any quantities, until nothing is left."""
    gone: list[Taken] = []
    while any((found := returnable(bill, gone)).left_milli.values()):
        open_lines = [no for no, left in found.left_milli.items() if left > 0]
        no = data.draw(st.sampled_from(open_lines))
        left = found.left_milli[no]
        step = 1000 if left % 1000 == 0 else 1
        qty = left if len(gone) > 12 else data.draw(st.integers(1, left // step)) * step
        gone += taken(returns.by_lines(found, {no: qty}, "too small"))
    for line in bill.lines:
        assert_mirror(line, [one.worth for one in gone if one.of_line == line.no])
    with pytest.raises(Refused) as caught:
        returns.by_lines(returnable(bill, gone), {1: 1000}, "once more")
    assert caught.value.code == "nothing-left"


# price, pieces, rate, what each piece comes back for: all of these are whole paise
EQUAL = [
    (10_000, 2, 1800, True),
    (10_000, 3, 1800, True),
    (1_000, 2, 1200, True),
    (1_000, 7, 1200, True),
    (4_000, 3, 4000, True),
    (49_900, 7, 500, True),
    (50, 5, 500, True),
    (1_005, 2, 1800, False),
]


@pytest.mark.parametrize("interstate", [False, True])
@pytest.mark.parametrize(("price", "count", "tax_bp", "inclusive"), EQUAL)
def test_equal_pieces_come_back_equal(
    price: int, count: int, tax_bp: int, inclusive: bool, interstate: bool
) -> None:
    pricing = Pricing(1, interstate=interstate)
    item = replace(BREAD, price_minor=price, tax_bp=tax_bp, tax_inclusive=inclusive)
    bill = sold(e.ItemAdded(item, 1000 * count, price), pricing=pricing)
    worths = one_by_one(bill)
    assert [worth.amount_minor for worth in worths] == [bill.due_minor // count] * count
    assert_mirror(bill.lines[0], worths)


def test_three_for_a_price_that_does_not_divide_differ_by_a_paisa() -> None:
    off = e.LineDiscounted(1, Discount(minor=2, reason="three for 100"))
    bill = sold(e.ItemAdded(replace(BREAD, tax_bp=1800), 3000, 3_334), off)
    worths = one_by_one(bill)
    assert [worth.amount_minor for worth in worths] == [3333, 3334, 3333]
    assert [worth.cgst_minor for worth in worths] == [254, 255, 254]
    assert [worth.taxable_minor for worth in worths] == [2825, 2824, 2825]


@given(st.data(), st.integers(1, 50_000), st.integers(2, 12), st.sampled_from((0, 25, 300, 500, 1800, 4000)))
def test_pieces_differ_by_a_paisa_at_most_and_by_nothing_where_that_can_be(
    data: st.DataObject, price: int, count: int, tax_bp: int
) -> None:
    item = replace(BREAD, price_minor=price, tax_bp=tax_bp, tax_inclusive=data.draw(st.booleans()))
    off = Discount(minor=data.draw(st.integers(1, price)), reason="x")
    events = [e.ItemAdded(item, 1000 * count, price)]
    events += [e.LineDiscounted(1, off)] if data.draw(st.booleans()) else []
    bill = sold(*events, pricing=Pricing(1, interstate=data.draw(st.booleans())))
    assume(bill.due_minor >= count)
    worths = one_by_one(bill)
    amounts = [worth.amount_minor for worth in worths]
    assert max(amounts) - min(amounts) <= (1 if bill.due_minor % count else 0)
    assert_mirror(bill.lines[0], worths)


@given(st.data(), st.lists(st.sampled_from((500, 1800, 0, 4000, 300)), min_size=1, max_size=4, unique=True))
def test_money_in_any_parts_has_the_tax_of_the_bill_by_rate(data: st.DataObject, rates: list[int]) -> None:
    items = [replace(BREAD, sku=str(rate), tax_bp=rate) for rate in rates]
    bill = sold(*(e.ItemAdded(item, 1000, data.draw(st.integers(100, 90_000))) for item in items))
    gone: list[e.GoodsReturned] = []
    given: list[Taken] = []
    while left := (found := returnable(bill, given)).left_minor:
        amount = left if len(gone) > 5 or left < 50 else data.draw(st.integers(50, left))
        gone.append(returns.by_money(found, amount, "a stain"))
        assert len(gone) <= 7
        given += [replace(one, given_minor=one.worth.amount_minor) for one in taken(gone[-1])]
    tables = [(line.product.tax_bp, line.worth) for event in gone for line in event.lines]
    for line in bill.lines:
        worths = [worth for rate, worth in tables if rate == line.tax_bp]
        assert sum(worth.amount_minor for worth in worths) == line.amount_minor
        assert sum(worth.cgst_minor for worth in worths) == line.cgst_minor


def test_of_a_bill_that_was_rounded_down_the_pieces_mirror_the_lines_and_the_money_what_was_paid() -> None:
    """Two of 100.20 at 18 %, paid with 200.00."""
    item = replace(BREAD, tax_bp=1800)
    bill = sold(e.ItemAdded(item, 2000, 10_020), pricing=Pricing(100))
    worths = one_by_one(bill)
    assert [worth.taxable_minor for worth in worths] == [8_492, 8_492]
    assert_mirror(bill.lines[0], worths)


def one_by_one(bill: Bill) -> list[Worth]:
    """The first line of a bill, by the piece."""
    gone: list[Taken] = []
    worths: list[Worth] = []
    for _ in range(bill.lines[0].qty_milli // 1000):
        event = returns.by_lines(returnable(bill, gone), {1: 1000}, "too small")
        worths += [line.worth for line in event.lines]
        gone += taken(event)
    return worths


def assert_mirror(line: BillLine, worths: list[Worth]) -> None:
    """The parts of a line are that line, figure by figure; none says that tax came on top of a price that
    holds it."""
    for name in ("gross_minor", "discount_minor", "taxable_minor", "cgst_minor", "sgst_minor", "igst_minor"):
        assert sum(getattr(worth, name) for worth in worths) == getattr(line, name), name
    for worth in worths:
        on_top = 0 if line.tax_inclusive else worth.amount_minor - worth.taxable_minor
        assert worth.amount_minor - worth.gross_minor + worth.discount_minor == on_top
        assert worth.cgst_minor == worth.sgst_minor


@given(covered(returning=True))
def test_a_bill_with_returns_adds_up(history: History) -> None:
    bill = bill_of(history, LATER)
    assert bill.kind in ("return", "mixed")
    assert sum(line.amount_minor for line in bill.lines) + bill.rounding_minor == bill.due_minor
    assert sum(tender.amount_minor for tender in bill.tenders) - bill.change_minor == bill.due_minor
    for line in bill.lines:
        assert (line.amount_minor <= 0) if line.back else (line.amount_minor >= 0)
        assert (line.qty_milli < 0) == bool(line.back)


@given(covered(), st.integers(1, 10_000_000))
def test_money_alone_is_never_more_than_is_left(history: History, amount_minor: int) -> None:
    bill = bill_of(history)
    found = fresh(bill)
    try:
        event = returns.by_money(found, amount_minor, "a stain")
    except Refused as refusal:
        assert amount_minor > found.cash_minor
        assert refusal.code in ("more-than-left", "paid-by-redemption", "nothing-left")
        return
    worth = sum(line.worth.amount_minor for line in event.lines)
    assert amount_minor <= found.cash_minor
    if amount_minor == found.left_minor:  # all of it: what its lines came to, whatever it was rounded to
        assert worth == sum(line.amount_minor for line in bill.lines)
        assert returnable(bill, taken(event)).left_minor == 0
    elif amount_minor < worth_of_lines(bill):
        assert worth == amount_minor
        assert returnable(bill, taken(event)).left_minor == found.left_minor - amount_minor


def worth_of_lines(bill: Bill) -> int:
    return sum(line.amount_minor for line in bill.lines)


def test_lines_after_money_and_money_after_lines_are_refused() -> None:
    """The cloud refuses the mixture (632, 635)."""
    bill = sold(e.ItemAdded(BREAD, 2000, 4550))
    money = returns.by_money(fresh(bill), 100, "a stain")
    goods = returns.by_lines(fresh(bill), {1: 1000}, "too small")
    for before, again, code in (
        (money, lambda found: returns.by_lines(found, {1: 1000}, "x"), "money-before"),
        (goods, lambda found: returns.by_money(found, 100, "x"), "lines-before"),
        (goods, lambda found: returns.whole(found, ReturnHow.FULL, "x", undone=True), "returned-before"),
    ):
        with pytest.raises(Refused) as caught:
            again(returnable(bill, taken(before)))
        assert caught.value.code == code


def test_a_set_comes_back_whole_or_not_at_all() -> None:
    box = replace(BREAD, parts=(BundlePart("combo", "JAM", "Jam", 1000),))
    bill = sold(e.ItemAdded(box, 1000, 4550))
    with pytest.raises(Refused) as caught:
        returns.by_lines(fresh(bill), {1: 1000}, "x")
    assert caught.value.sentence.id == "set.first"
    assert len(returns.whole(fresh(bill), ReturnHow.FULL, "x", undone=True).lines) == 1


def test_other_goods_of_a_bill_with_a_set_are_told_as_money_and_printed_as_goods() -> None:
    """So that the set can come back as money after them: the cloud takes no money after lines (635)."""
    box = replace(BREAD, sku="BOX", parts=(BundlePart("combo", "JAM", "Jam", 1000),))
    bill = sold(e.ItemAdded(BREAD, 2000, 4550), e.ItemAdded(box, 1000, 4550))
    (line,) = returns.by_lines(fresh(bill), {1: 1000}, "x").lines
    assert (line.back.how, line.back.line, line.product.sku) == (ReturnHow.AMOUNT, 1, "BREAD")
    assert not line.back.money_alone
    (money,) = returns.by_money(fresh(bill), 100, "x").lines
    assert money.back.money_alone
    begun = returnable(bill, [Taken(1, ReturnHow.LINE_ITEM, 1000, Worth(4550, 0, 4550, 0, 0, 0))])
    assert returns.by_lines(begun, {1: 1000}, "x").lines[0].back.how is ReturnHow.LINE_ITEM
    with pytest.raises(Refused) as caught:
        returns.by_lines(begun, {2: 1000}, "x")
    assert caught.value.sentence.id == "set.late"


def test_an_anonymous_bill_cannot_be_cancelled() -> None:
    bill = sold(e.ItemAdded(BREAD, 1000, 4550))
    with pytest.raises(Refused) as caught:
        returns.whole(fresh(bill), ReturnHow.CANCELLED, "x", undone=True)
    assert caught.value.code == "not-cancelled"


def test_points_go_back_as_points_and_only_with_the_whole_bill() -> None:
    dear = e.ItemAdded(BREAD, 2000, 10_000)
    bill = sold(dear, e.CustomerSet(MEMBER), e.PointsApplied(POINTS))
    sale, refund = given_back(returns.whole(fresh(bill), ReturnHow.FULL, "x", undone=True), PLAIN)
    assert (refund, sale.customer) == (20_000 - 1000, bill.customer)
    paid = close(
        apply(sale, e.TenderAdded(TenderType.CASH, refund), PLAIN),
        Closing("ST01T126C", 1, LATER, LATER[:10], "ST01", "T1", "ravi"),
        PLAIN,
    )
    assert paid.kind == "return"
    assert paid.number == "ST01T126C000001"
    assert [(t.type, t.amount_minor) for t in paid.tenders] == [
        (TenderType.CASH, -19_000),
        (TenderType.POINTS, -1000),
    ]
    one = returns.by_lines(fresh(bill), {1: 1000}, "x")
    assert returnable(bill, taken(one)).cash_minor == 9000


def test_points_that_were_a_discount_are_only_given_back_in_the_cloud() -> None:
    less = replace(POINTS, use=Use.DISCOUNT)
    bill = sold(e.ItemAdded(BREAD, 2000, 10_000), e.CustomerSet(MEMBER), e.PointsApplied(less))
    event = returns.whole(fresh(bill), ReturnHow.FULL, "x", undone=True)
    assert [(undo.value_minor, undo.points_milli) for undo in event.undos] == [(0, 10_000)]
    assert given_back(event, PLAIN)[1] == bill.due_minor


def test_an_exchange_pays_the_difference() -> None:
    bill = sold(e.ItemAdded(BREAD, 1000, 4550), e.CustomerSet(MEMBER))
    back = returns.by_lines(fresh(bill), {1: 1000}, "wrong size")
    sale = replayed([e.ItemAdded(APPLES, 1000, 18_000), back, e.TenderBegun()], PLAIN)
    assert totals(sale, PLAIN).balance_minor == 18_000 + 2160 - 4550
    even = replayed([e.ItemAdded(BREAD, 1000, 4550), back, e.TenderBegun()], PLAIN)
    assert even.phase is Phase.COVERED


def test_nobody_else_joins_a_sale_in_which_a_members_goods_come_back() -> None:
    bill = sold(e.ItemAdded(BREAD, 1000, 4550), e.CustomerSet(MEMBER))
    back = returns.by_lines(fresh(bill), {1: 1000}, "wrong size")
    sale = replayed([back], PLAIN)
    other = replace(MEMBER, mobile="919800000000")
    for event in (e.CustomerSet(other), e.CustomerCleared(), e.NotInterested("x")):
        with pytest.raises(Refused) as caught:
            apply(sale, event, PLAIN)
        assert caught.value.code == "other-customer"
    with pytest.raises(Refused):
        apply(replayed([e.CustomerSet(other)], PLAIN), back, PLAIN)


@pytest.mark.parametrize(
    ("bought_as", "here_as", "same"),
    [
        (Customer(email="a@x.in"), Customer(mobile="919800000000", email="A@x.in"), True),
        (Customer(card="77"), Customer(mobile="919800000000", card="77", user_id="5"), True),
        (Customer(mobile="919800000000", user_id="5"), Customer(email="a@x.in", user_id="5"), True),
        (Customer(email="a@x.in", user_id="4"), Customer(mobile="9198", email="a@x.in", user_id="5"), False),
        (Customer(email="a@x.in"), Customer(mobile="919800000000"), False),
        (Customer(email="a@x.in"), Customer(external_id="a@x.in"), False),
    ],
)
def test_a_member_is_known_by_any_identifier_when_an_old_bill_comes_back(
    bought_as: Customer, here_as: Customer, same: bool
) -> None:
    bill = sold(e.ItemAdded(BREAD, 1000, 4550), e.CustomerSet(bought_as))
    back = returns.by_lines(fresh(bill), {1: 1000}, "wrong size")
    for events in ([e.CustomerSet(here_as), back], [back, e.CustomerSet(here_as)]):
        if same:
            assert replayed(events, PLAIN).customer == here_as
        else:
            with pytest.raises(Refused) as caught:
                apply(replayed(events[:1], PLAIN), events[1], PLAIN)
            assert caught.value.code == "other-customer"


def test_voiding_one_line_of_a_whole_bill_keeps_none_of_it() -> None:
    bill = sold(
        e.ItemAdded(BREAD, 2000, 10_000),
        e.ItemAdded(APPLES, 500, 18_000),
        e.CustomerSet(MEMBER),
        e.PointsApplied(POINTS),
    )
    sale = replayed([returns.whole(fresh(bill), ReturnHow.FULL, "x", undone=True)], PLAIN)
    after = apply(sale, e.LineVoided(1), PLAIN)
    assert (after.live_lines, after.undos) == ((), ())
    with pytest.raises(Refused) as caught:
        apply(sale, e.QuantitySet(1, 1000), PLAIN)
    assert caught.value.code == "comes-back"


def test_goods_without_their_bill_come_back_under_its_name_and_count_what_came_back_before() -> None:
    worth = Worth(5000, 0, 5000, 0, 0, 0)
    before = [
        Taken(0, ReturnHow.LINE_ITEM, 1000, Worth(minor, 0, minor, 0, 0, 0), given)
        for minor, given in ((700, 690), (30, 40))
    ]
    event = returns.unknown(APPLES, 1500, "OTHER-7", AT, "torn", worth, before)
    (line,) = event.lines
    assert line.back == Back("OTHER-7", AT, ReturnHow.LINE_ITEM, "torn", known=False)
    assert (line.product, line.qty_milli, line.worth) == (APPLES, 1500, worth)
    assert event.account == Account("OTHER-7", None, 0, 730, 730)
