"""The state machine: what is not in the table cannot happen, and a refused event changes nothing."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from agent.language.language import english
from agent.sale import events as e
from agent.sale import refusals, returns, state_machine
from agent.sale.basket import (
    CouponRedemption,
    Customer,
    Discount,
    Phase,
    PointsRedemption,
    Sale,
    TenderType,
)
from agent.sale.plain_data import to_full
from agent.sale.state_machine import TABLE, IllegalEvent, Refused, apply
from agent.sale.totals import Pricing, totals
from tests.rig import draw_state_machine
from tests.rig.shopping import (
    APPLES,
    BREAD,
    COUPON,
    MEMBER,
    OLD_LOAF,
    ONE_OF_EACH,
    POINTS,
    History,
    covered,
    fitting,
    histories,
    kinds_in,
    replayed,
)

EXACT = Pricing(step_minor=1)
LOAF = e.ItemAdded(BREAD, 1000, 4550)
FREE = e.ItemAdded(BREAD, 1000, 0)
CASH = e.TenderAdded(TenderType.CASH, 4550)
IN_PHASE: dict[Phase, tuple[e.Event, ...]] = {
    Phase.IDLE: (),
    Phase.SELLING: (LOAF,),
    Phase.TENDERING: (LOAF, e.TenderBegun()),
    Phase.COVERED: (LOAF, e.TenderBegun(), CASH),
    Phase.CLOSED: (LOAF, e.TenderBegun(), CASH, e.Completed()),
}
NOT_IN_TABLE = [
    (phase, event) for phase in Phase for event in ONE_OF_EACH if (phase, type(event)) not in TABLE
]


@pytest.mark.parametrize(
    ("phase", "event"), NOT_IN_TABLE, ids=[f"{phase}-{type(event).__name__}" for phase, event in NOT_IN_TABLE]
)
def test_an_event_outside_the_table_is_illegal(phase: Phase, event: e.Event) -> None:
    sale = replayed(IN_PHASE[phase], EXACT)
    assert sale.phase is phase
    before = to_full(sale)
    with pytest.raises(IllegalEvent, match=f"{type(event).__name__} cannot happen while the sale is {phase}"):
        apply(sale, event, EXACT)
    assert to_full(sale) == before


class AnyCashier(RuleBasedStateMachine):
    """Someone who presses everything, sensible or not, at a till whose events are written down."""

    def __init__(self) -> None:
        super().__init__()
        self.pricing = Pricing()
        self.sale = Sale("sale-1")
        self.written: list[str] = []

    def press(self, event: e.Event) -> None:
        before, picture = self.sale, to_full(self.sale)
        legal = (before.phase, type(event)) in TABLE
        try:
            after = apply(before, event, self.pricing)
        except IllegalEvent:
            assert not legal
        except Refused as refusal:
            assert legal
            assert refusal.code
            assert refusal.sentence.id
        else:
            assert legal
            assert after.phase in TABLE[before.phase, type(event)].to
            self.sale = after
            self.written.append(json.dumps(e.event_to_plain(event)))
        assert to_full(before) == picture, "the sale given is never changed"

    @rule(event=st.sampled_from(ONE_OF_EACH))
    def anything(self, event: e.Event) -> None:
        self.press(event)

    @precondition(lambda self: self.sale.phase is not Phase.CLOSED)
    @rule(data=st.data())
    def something_that_fits(self, data: st.DataObject) -> None:
        self.press(data.draw(fitting(self.sale, self.pricing, kinds_in(self.sale.phase))))

    @precondition(lambda self: self.sale.phase is Phase.CLOSED)
    @rule()
    def next_customer(self) -> None:
        self.sale, self.written = Sale("sale-1"), []

    @invariant()
    def the_phase_tells_the_truth(self) -> None:
        worth = totals(self.sale, self.pricing)
        match self.sale.phase:
            case Phase.IDLE:
                assert self.sale == Sale("sale-1")
            case Phase.SELLING:
                assert not self.sale.tenders
            case Phase.TENDERING:
                assert worth.balance_minor + worth.refund_minor > 0
                assert self.sale.live_lines
            case Phase.COVERED:
                assert worth.balance_minor == worth.refund_minor == 0
                assert self.sale.live_lines
        if self.sale.coupon or self.sale.points:
            assert self.sale.customer is not None
        assert [line.no for line in self.sale.lines] == list(range(1, len(self.sale.lines) + 1))

    @invariant()
    def what_was_written_makes_the_same_sale(self) -> None:
        read = (e.event_from_plain(json.loads(text)) for text in self.written)
        assert replayed(read, self.pricing) == self.sale


TestAnyCashier = AnyCashier.TestCase
TestAnyCashier.settings = settings(max_examples=60, stateful_step_count=25, deadline=None, database=None)


@given(histories() | covered())
def test_any_history_read_back_makes_the_equal_sale(history: History) -> None:
    texts = [json.dumps(e.event_to_plain(event)) for event in history.events]
    assert replayed((e.event_from_plain(json.loads(text)) for text in texts), history.pricing) == history.sale


def walk(alphabet: Iterable[e.Event], depth: int) -> set[tuple[Phase, type[e.Event], Phase]]:
    """Every move these events can make from the idle till on, within so many steps."""
    alphabet = tuple(alphabet)
    moves: set[tuple[Phase, type[e.Event], Phase]] = set()
    seen: set[Sale] = set()
    waiting = deque([(Sale("sale-1"), 0)])
    while waiting:
        sale, steps = waiting.popleft()
        for event in alphabet:
            try:
                after = apply(sale, event, EXACT)
            except (IllegalEvent, Refused):
                continue
            moves.add((sale.phase, type(event), after.phase))
            if steps < depth and len(after.tenders) <= 2 and after not in seen:
                seen.add(after)
                waiting.append((after, steps + 1))
    return moves


def test_every_move_of_the_table_can_be_made_and_no_other() -> None:
    """Else the diagram promises a step that no cashier can take."""
    paying: tuple[e.Event, ...] = (
        LOAF,
        FREE,
        e.TenderBegun(),
        e.TenderBack(),
        CASH,
        e.TenderAdded(TenderType.CASH, 50),
        e.TenderRemoved(1),
        e.TenderRemoved(2),
        e.Cancelled("left"),
        e.Completed(),
    )
    made = walk(ONE_OF_EACH, 2) | walk(paying, 5)
    declared = {(phase, kind, target) for (phase, kind), move in TABLE.items() for target in move.to}
    assert made == declared


MEMBERS_SALE = (LOAF, e.CustomerSet(MEMBER))
OTHER = e.TenderAdded(TenderType.OTHER, 100)


@pytest.mark.parametrize(
    ("before", "event", "code"),
    [
        ((), e.ItemAdded(BREAD, 0, 4550), "quantity"),
        ((), e.ItemAdded(BREAD, -1000, 4550), "quantity"),
        ((), e.ItemAdded(APPLES, 100_000_000, 1), "quantity"),
        ((), e.ItemAdded(BREAD, 1500, 4550), "quantity-whole"),
        ((), e.ItemAdded(BREAD, 1000, -1), "amount"),
        ((), e.ItemAdded(BREAD, 1000, 10**10), "amount"),
        ((), e.CustomerSet(Customer(firstname="Asha")), "customer-unnamed"),
        ((LOAF,), e.GoodsReturned((), MEMBER), "nothing-returned"),
        ((LOAF,), e.QuantitySet(1, 0), "quantity"),
        ((LOAF,), e.QuantitySet(1, 1), "quantity-whole"),
        ((LOAF,), e.QuantitySet(2, 1000), "no-such-line"),
        ((LOAF, e.LineVoided(1)), e.QuantitySet(1, 2000), "no-such-line"),
        ((LOAF, e.LineVoided(1)), e.LineVoided(1), "no-such-line"),
        ((LOAF,), e.PriceSet(1, -1, "dented"), "amount"),
        ((LOAF,), e.PriceSet(1, 100, " "), "reason-missing"),
        ((LOAF,), e.PriceSet(0, 100, "dented"), "no-such-line"),
        ((LOAF,), e.LineDiscounted(1, Discount(minor=1, bp=1, reason="x")), "discount"),
        ((LOAF,), e.LineDiscounted(1, Discount(reason="x")), "discount"),
        ((LOAF,), e.LineDiscounted(1, Discount(minor=-1, reason="x")), "discount"),
        ((LOAF,), e.LineDiscounted(1, Discount(minor=-1, bp=5, reason="x")), "discount"),
        ((LOAF,), e.LineDiscounted(1, Discount(bp=10_001, reason="x")), "discount"),
        ((LOAF,), e.LineDiscounted(1, Discount(minor=1)), "reason-missing"),
        ((LOAF,), e.BillDiscounted(Discount(bp=-1, reason="x")), "discount"),
        ((LOAF,), e.BillDiscounted(Discount(bp=1, reason="")), "reason-missing"),
        ((LOAF,), e.NotInterested(""), "reason-missing"),
        ((LOAF,), e.NotInterested("x" * 256), "reason-too-long"),
        ((LOAF,), e.CouponApplied(COUPON), "no-customer"),
        ((LOAF,), e.PointsApplied(POINTS), "no-customer"),
        (MEMBERS_SALE, e.PointsApplied(PointsRedemption(0, 0)), "points-zero"),
        ((LOAF, e.LineVoided(1)), e.TenderBegun(), "nothing-to-pay"),
        ((e.CustomerSet(MEMBER),), e.TenderBegun(), "nothing-to-pay"),
        ((*MEMBERS_SALE, e.PointsApplied(PointsRedemption(1, 4551))), e.TenderBegun(), "points-above-bill"),
        ((LOAF, e.TenderBegun()), e.TenderAdded(TenderType.CASH, 0), "amount-zero"),
        ((LOAF, e.TenderBegun()), e.TenderAdded(TenderType.CASH, -5), "amount"),
        ((LOAF, e.TenderBegun()), e.TenderAdded(TenderType.POINTS, 100), "tender-type"),
        ((LOAF, e.TenderBegun()), e.TenderAdded(TenderType.COUPON, 100), "tender-type"),
        ((LOAF, e.TenderBegun()), e.TenderAdded(TenderType.OTHER, 4551), "over-balance"),
        ((LOAF, e.TenderBegun()), e.TenderAdded(TenderType.CARD, 4550, " "), "reference-missing"),
        ((LOAF, e.TenderBegun()), e.TenderAdded(TenderType.UPI, 4550), "reference-missing"),
        ((LOAF, e.TenderBegun()), e.TenderAdded(TenderType.CARD, 1, "4111111111111111"), "card-number"),
        ((LOAF, e.TenderBegun()), e.TenderRemoved(1), "no-such-tender"),
        ((LOAF, e.TenderBegun(), OTHER), e.TenderBack(), "tenders-open"),
        ((LOAF, e.TenderBegun(), OTHER), e.Cancelled("left"), "tenders-open"),
        ((LOAF,), e.Cancelled("  "), "reason-missing"),
    ],
)
def test_values_that_make_no_sense_are_refused_with_a_code(
    before: tuple[e.Event, ...], event: e.Event, code: str
) -> None:
    sale = replayed(before, EXACT)
    with pytest.raises(Refused) as refusal:
        apply(sale, event, EXACT)
    assert refusal.value.code == code
    assert english().text(refusal.value.sentence).endswith(".")


FULL = (LOAF,) * 500
RETURNED = next(event for event in ONE_OF_EACH if isinstance(event, e.GoodsReturned))


@pytest.mark.parametrize(
    ("before", "event", "words"),
    [
        (FULL, LOAF, "A bill holds at most 500 lines. Finish this one first."),
        (FULL, RETURNED, "A bill holds at most 500 lines. Finish this one first."),
        ((LOAF,), e.NotInterested("x" * 256), "The reason is too long: at most 255 characters."),
        ((LOAF,), e.QuantitySet(7, 1000), "There is no line 7 on this bill."),
        ((LOAF,), e.LineRestored(7), "There is no voided line 7 on this bill."),
        ((LOAF, e.TenderBegun()), e.TenderRemoved(3), "There is no payment 3."),
    ],
)
def test_a_refusal_names_its_figure(before: tuple[e.Event, ...], event: e.Event, words: str) -> None:
    with pytest.raises(Refused) as refusal:
        apply(replayed(before, EXACT), event, EXACT)
    assert english().text(refusal.value.sentence) == words


@pytest.mark.parametrize(
    ("before", "event"),
    [
        (FULL[1:], LOAF),
        (FULL[1:], RETURNED),
        ((LOAF,), e.NotInterested("x" * 255)),
        (MEMBERS_SALE, e.CouponApplied(CouponRedemption("ALL", bp=10_000))),
        (MEMBERS_SALE, e.CouponApplied(CouponRedemption("NONE"))),
        (MEMBERS_SALE, e.PointsApplied(PointsRedemption(1, 0))),
    ],
    ids=[
        "line-500",
        "returned-line-500",
        "reason-of-255",
        "whole-coupon",
        "empty-coupon",
        "points-of-nothing",
    ],
)
def test_up_to_the_limit_is_taken(before: tuple[e.Event, ...], event: e.Event) -> None:
    apply(replayed(before, EXACT), event, EXACT)


def test_payments_cannot_outgrow_the_numbers_a_bill_has_for_them() -> None:
    """The store gives each bill 511 numbers for its tenders; a payment beyond would land in the next bill."""
    sale = replayed([e.ItemAdded(BREAD, 1000, 4550), e.TenderBegun()], EXACT)
    with pytest.raises(Refused):
        for _ in range(600):
            sale = apply(sale, e.TenderAdded(TenderType.CASH, 1), EXACT)
    assert max(tender.no for tender in sale.tenders) < 511


@pytest.mark.parametrize(
    "event",
    [
        e.PointsApplied(PointsRedemption(1000, -500)),
        e.CouponApplied(CouponRedemption("BAD", minor=-500)),
        e.CouponApplied(CouponRedemption("BAD", bp=-500)),
    ],
    ids=["points", "coupon-money", "coupon-share"],
)
def test_a_redemption_of_less_than_nothing_does_not_make_the_bill_dearer(event: e.Event) -> None:
    """What a redemption is worth comes from the cloud, which is not to be trusted with the total."""
    sale = replayed(MEMBERS_SALE, EXACT)
    with pytest.raises(Refused):
        apply(sale, event, EXACT)


def test_another_customer_brings_no_coupon_or_points_along() -> None:
    sale = replayed([*MEMBERS_SALE, e.CouponApplied(COUPON), e.PointsApplied(POINTS)], EXACT)
    known_better = apply(sale, e.CustomerSet(Customer(mobile=MEMBER.mobile, tier="gold")), EXACT)
    assert (known_better.coupon, known_better.points) == (COUPON, POINTS)
    stranger = apply(sale, e.CustomerSet(Customer(mobile="919800000000")), EXACT)
    assert (stranger.coupon, stranger.points) == (None, None)


@pytest.mark.parametrize("event", [e.CustomerCleared(), e.NotInterested("in a hurry")])
def test_without_the_customer_coupon_and_points_are_gone(event: e.Event) -> None:
    sale = replayed([*MEMBERS_SALE, e.CouponApplied(COUPON), e.PointsApplied(POINTS), event], EXACT)
    assert (sale.customer, sale.coupon, sale.points) == (None, None, None)


def test_a_customer_found_later_takes_the_not_interested_back() -> None:
    sale = replayed([LOAF, e.NotInterested("in a hurry"), e.CustomerSet(MEMBER)], EXACT)
    assert (sale.customer, sale.not_interested_reason) == (MEMBER, "")


def test_goods_of_a_member_take_the_not_interested_back_and_those_of_nobody_do_not() -> None:
    nobodys = replace(OLD_LOAF, back=replace(OLD_LOAF.back, interested=False))
    said = (LOAF, e.NotInterested("in a hurry"))
    members = replayed([*said, e.GoodsReturned((OLD_LOAF,), MEMBER)], EXACT)
    assert (members.customer, members.not_interested_reason) == (MEMBER, "")
    still = replayed([*said, e.GoodsReturned((nobodys,), None)], EXACT)
    assert (still.customer, still.not_interested_reason) == (None, "in a hurry")


def test_only_goods_of_a_member_keep_the_sale_theirs() -> None:
    nobodys = replace(OLD_LOAF, back=replace(OLD_LOAF.back, interested=False))
    own, others = ((*MEMBERS_SALE, e.GoodsReturned((one,), None)) for one in (OLD_LOAF, nobodys))
    assert replayed([*others, e.CustomerCleared()], EXACT).customer is None
    with pytest.raises(Refused) as refusal:
        replayed([*own, e.CustomerCleared()], EXACT)
    assert refusal.value.code == "other-customer"


def test_a_voided_line_stays_on_record_and_its_number_is_not_reused() -> None:
    sale = replayed([LOAF, e.LineVoided(1), LOAF], EXACT)
    assert [(line.no, line.voided) for line in sale.lines] == [(1, True), (2, False)]


def test_a_bill_of_nothing_needs_no_payment() -> None:
    assert replayed([FREE, e.TenderBegun()], EXACT).phase is Phase.COVERED


def test_taking_a_payment_back_reopens_the_balance() -> None:
    sale = replayed([LOAF, e.TenderBegun(), CASH, e.TenderRemoved(1)], EXACT)
    assert (sale.phase, sale.tenders) == (Phase.TENDERING, ())
    assert replayed([LOAF, e.TenderBegun(), CASH, e.TenderRemoved(1), e.TenderBack()], EXACT).phase is (
        Phase.SELLING
    )


# --- the page ---------------------------------------------------------------------------------------


def test_the_page_shows_the_table_as_it_is() -> None:
    page = draw_state_machine.PAGE.read_text("utf-8")
    assert draw_state_machine.drawn(page) == state_machine.diagram(), (
        "run: python -m tests.rig.draw_state_machine"
    )
    assert draw_state_machine.redrawn(page) == page


def test_the_diagram_has_every_move_and_no_other() -> None:
    arrows = re.findall(r"^    (\w+) --> (\w+): (.+)$", state_machine.diagram(), re.MULTILINE)
    drawn = {(source, name, target) for source, target, names in arrows for name in names.split(", ")}
    table = {
        (phase.value, kind.__name__, target.value)
        for (phase, kind), move in TABLE.items()
        for target in move.to
    }
    assert drawn == table


def test_the_page_explains_every_refusal() -> None:
    source = "".join(Path(room.__file__).read_text("utf-8") for room in (refusals, returns, state_machine))
    used = set(re.findall(r'(?:Refused\(\s*|_otherwise\(found, )f?"([a-z-]+)[".]', source))
    told = re.findall(r"^\| `([a-z-]+)` \|", draw_state_machine.PAGE.read_text("utf-8"), re.MULTILINE)
    assert told == sorted(used)
    assert len(told) == len(set(told))
