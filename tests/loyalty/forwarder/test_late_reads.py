"""A cloud that shows what it did only later: everything happens once, and no person is called for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from agent.loyalty.calls import builders
from agent.loyalty.calls.call import Call
from agent.loyalty.forwarder.doubtful_attempts import DoubtfulAttempts
from agent.sale.basket import CouponRedemption, Customer, PointsRedemption
from agent.sale.queue_terms import Op, RowState
from agent.sale.return_values import Back, ReturnHow
from agent.simulated.cloud.books.cloud_world import system_clock
from agent.simulated.cloud.books.ledger_rows import Bill, CouponUse
from agent.simulated.cloud.books.ledger_rows import PointsRedemption as Spent
from agent.simulated.cloud.serve.server import RunningCloud

from ..bills import bill, line
from ..memory_queue import MemoryQueue
from ..questions.test_at_the_counter import form
from ..simulated import ASHA, simulated
from .test_queue_at_the_cloud import Queue

MEMBER = Customer(mobile=ASHA)
NINA = "919812345678"
POINTS, COUPON = PointsRedemption(40_000, 4_000), CouponRedemption("FIFTY", 5_000)
LAGS = pytest.mark.parametrize("lag_s", [0, 30, 55])


@pytest.fixture
def shop() -> Iterator[tuple[Queue, RunningCloud]]:
    """A till's queue at a cloud whose clock goes as the till's does."""
    with simulated(otp_required=False, duplicate_reference="error") as cloud:
        made = Queue(cloud)
        start_ms = made.now_ms
        cloud.world.clock = lambda: system_clock() + timedelta(milliseconds=made.now_ms - start_ms)
        yield made, cloud
        made.transport.close()


def sold(cloud: RunningCloud) -> tuple[Call, ...]:
    at = cloud.world.now().isoformat()
    made = bill(
        "B-1",
        (line(1, 25_000, qty_milli=2000, unit_price_minor=12_500),),
        at=at,
        customer=MEMBER,
        points=POINTS,
        coupon=COUPON,
        coupon_value_minor=5_000,
    )
    return builders.calls_of_bill(Queue(cloud).options, made)


def unsettled(shop: tuple[Queue, RunningCloud], op: str, lag_s: float, *calls: Call) -> None:
    """The first answer to the operation is lost after the cloud did it."""
    till, cloud = shop
    if lag_s:
        cloud.faults.add("lag", seconds=lag_s)
    cloud.faults.add("lose-answer", op=op, count=1)
    till.drain(*calls)
    assert till.rows.parked == {}
    assert not till.rows.open


@LAGS
@pytest.mark.parametrize("op", ["v2/transactions", "points/redeem", "coupon/redeem"])
def test_a_bill_and_what_it_redeems(shop: tuple[Queue, RunningCloud], op: str, lag_s: float) -> None:
    _, cloud = shop
    unsettled(shop, op, lag_s, *sold(cloud))
    ledger = cloud.world.ledger
    assert len([one for one in ledger.all(Bill) if one.number == "B-1"]) == 1
    assert len(ledger.all(Spent)) == 1
    assert len(ledger.all(CouponUse)) == 1


@LAGS
def test_one_of_two_goods_comes_back(shop: tuple[Queue, RunningCloud], lag_s: float) -> None:
    till, cloud = shop
    sale, *_ = sold(cloud)
    till.drain(sale)
    at = cloud.world.now().isoformat()
    back = Back("B-1", sale.fact("at"), ReturnHow.LINE_ITEM, "torn", 1)
    one = line(1, -12_500, qty_milli=-1000, gross_minor=-12_500, unit_price_minor=12_500, back=back)
    note = replace(bill("C-1", (one,), at=at, customer=MEMBER, tenders=(), change_minor=0), kind="return")
    unsettled(shop, "v2/transactions", lag_s, *builders.calls_of_bill(till.options, note))
    returned = [each for each in cloud.world.ledger.all(Bill) if each.kind == "RETURN"]
    assert [each.amount_minor for each in returned] == [12_500]


@LAGS
@pytest.mark.parametrize("op", ["v2/points/reverse", "v2/coupon/reactivate"])
def test_what_was_redeemed_is_given_back(shop: tuple[Queue, RunningCloud], op: str, lag_s: float) -> None:
    till, cloud = shop
    calls = sold(cloud)
    *_, used = till.drain(*calls)
    reference = calls[1].fact("reference")
    back = {
        "v2/points/reverse": builders.points_reverse(till.options, MEMBER, reference, 40_000, "B-1"),
        "v2/coupon/reactivate": builders.coupon_reactivate(used, "FIFTY", "B-1", MEMBER),
    }
    unsettled(shop, op, lag_s, back[op])


@LAGS
def test_an_enrolment(shop: tuple[Queue, RunningCloud], lag_s: float) -> None:
    till, _ = shop
    call = builders.customer_add(till.options, form(mobile=NINA, firstname="Nina"))
    unsettled(shop, "customer/add", lag_s, call)


@LAGS
def test_a_bill_is_given_its_customer(shop: tuple[Queue, RunningCloud], lag_s: float) -> None:
    till, cloud = shop
    at = cloud.world.now().isoformat()
    made = bill("B-1", at=at, customer=None, not_interested_reason="in a hurry")
    (known,) = till.drain(builders.transaction_add(till.options, made))
    retro = builders.retro(till.options, known, "B-1", at, made.due_minor, MEMBER)
    unsettled(shop, "transaction/update", lag_s, retro)


@LAGS
def test_a_bill_whose_number_the_cloud_takes_twice(lag_s: float) -> None:
    """The organisation has no uniqueness key on, so nothing but the look stops a second one."""
    with simulated(otp_required=False, bill_scope="off") as cloud:
        made = Queue(cloud, unique=False)
        start_ms = made.now_ms
        cloud.world.clock = lambda: system_clock() + timedelta(milliseconds=made.now_ms - start_ms)
        unsettled((made, cloud), "v2/transactions", lag_s, sold(cloud)[0])
        made.transport.close()
        assert len([one for one in cloud.world.ledger.all(Bill) if one.number == "B-1"]) == 1


def test_a_bill_that_never_arrived_is_not_waited_for_where_the_cloud_stops_a_second(
    shop: tuple[Queue, RunningCloud],
) -> None:
    till, cloud = shop
    cloud.faults.add("lose-request", op="v2/transactions", count=1)
    before_ms = till.now_ms
    till.drain(sold(cloud)[0])
    assert len([one for one in cloud.world.ledger.all(Bill) if one.number == "B-1"]) == 1
    assert till.now_ms - before_ms < 30_000


@pytest.mark.parametrize(("state", "waits_s"), [("unknown", [60.0, 1.0, 0.0]), ("ready", [0.0, 0.0, 0.0])])
def test_a_run_that_begins_within_the_minute_takes_what_is_unknown_for_just_sent(
    state: str, waits_s: list[float]
) -> None:
    """Nobody wrote down when the earlier run sent it: it was before this one began, and no later."""
    began_ms, rows, later_ms = 1_000_000, MemoryQueue(), iter((0, 0, 59_000, 60_000))
    row = replace(rows.rows[rows.add(Call(Op.TRANSACTION_ADD, "POST", "/"))], state=RowState(state))
    doubtful = DoubtfulAttempts(lambda: began_ms + next(later_ms))
    assert [doubtful.unshown_s(row) for _ in waits_s] == waits_s


@pytest.mark.parametrize("fault", ["", "lose-answer", "lose-request"])
def test_a_members_bill_that_the_cloud_took_for_nobodys_gets_its_member(
    shop: tuple[Queue, RunningCloud], fault: str
) -> None:
    """Its answer was lost, and the cloud had not known the member just then."""
    till, cloud = shop
    at = cloud.world.now().isoformat()
    sale, ledger = bill("B-1", at=at, customer=MEMBER), cloud.world.ledger
    nobodys = replace(sale, customer=None, not_interested_reason="in a hurry")
    till.drain(builders.transaction_add(till.options, nobodys))
    if fault:
        cloud.faults.add(fault, op="transaction/update", count=1)
    row_id = till.rows.add(builders.transaction_add(till.options, sale), now_ms=till.now_ms)
    till.rows.rows[row_id] = replace(till.rows.rows[row_id], state="unknown")
    for _ in range(20):
        till.now_ms += round(till.forwarder.step() * 1000) + 1
    assert till.rows.parked == {}
    assert till.rows.done_refs[row_id]
    live = [one for one in ledger.all(Bill) if one.number == "B-1" and not one.retro_into]
    assert [(one.kind, bool(one.customer_id)) for one in live] == [("REGULAR", True)]
