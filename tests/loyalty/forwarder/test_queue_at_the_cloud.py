"""Calls of the queue at the simulated cloud: what is late, given back or named afterwards happens once."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from agent.language.language import english
from agent.loyalty.calls import builders
from agent.loyalty.calls.call import Call
from agent.loyalty.forwarder.loop import Forwarder
from agent.loyalty.line.transport import Transport
from agent.sale.basket import CouponRedemption, Customer, PointsRedemption
from agent.simulated.cloud.books.ledger_report import ledger_report
from agent.simulated.cloud.serve.server import RunningCloud

from ..bills import bill
from ..memory_queue import MemoryQueue
from ..questions.test_at_the_counter import form, person
from ..simulated import ASHA, simulated, till_options

MEMBER = Customer(mobile=ASHA)


def test_an_enrolment_that_was_queued_renames_nobody_either() -> None:
    """Typed while the line was down, for a number that somebody has."""
    with simulated() as cloud:
        before = person(cloud.world, ASHA)
        options = till_options(cloud)
        queue, transport = MemoryQueue(), Transport(options)
        for name, mobile in (("Tom", ASHA), ("Omana", "919812345678"), ("Asha", ASHA)):
            queue.add(builders.customer_add(options, form(mobile=mobile, firstname=name)))
        forwarder = Forwarder(
            queue, transport, options, lambda: 1_775_000_000_000, Random(1), text=english().text
        )
        for _ in range(5):
            forwarder.step()
        transport.close()
        (parked,) = queue.parked.values()
        assert "belongs to a customer of another name" in parked[1]
        assert "Asha" not in parked[1]
        assert person(cloud.world, ASHA)["firstname"] == before["firstname"]
        assert person(cloud.world, "919812345678")["firstname"] == "Omana"


class Queue:
    """The real forwarder over a queue in memory, its waiting only counted."""

    def __init__(self, cloud: RunningCloud, *, unique: bool = True) -> None:
        self.options = till_options(cloud)
        self.rows = MemoryQueue()
        self.transport = Transport(self.options)
        self.now_ms = 1_775_000_000_000
        clock = lambda: self.now_ms  # noqa: E731
        self.forwarder = Forwarder(
            self.rows,
            self.transport,
            self.options,
            clock,
            Random(1),
            text=english().text,
            unique=lambda: unique,
        )

    def drain(self, *calls: Call) -> list[str]:
        """Send these; the cloud's ids of them, in order."""
        ids = [self.rows.add(call, now_ms=self.now_ms) for call in calls]
        for _ in range(80):
            if not any(self.rows.rows[one].state in ("ready", "unknown") for one in ids):
                break
            self.now_ms += round(self.forwarder.step() * 1000) + 1
        return [self.rows.done_refs.get(one, "") for one in ids]


@pytest.fixture
def queue() -> Iterator[tuple[Queue, RunningCloud]]:
    with simulated(otp_required=False) as cloud:
        made = Queue(cloud)
        yield made, cloud
        made.transport.close()


FAULTS = ("lose-answer", "lose-request", "truncated", "reset")


@pytest.mark.parametrize("fault", FAULTS)
def test_points_and_coupon_go_back_once_whatever_the_line_does(
    queue: tuple[Queue, RunningCloud], fault: str
) -> None:
    till, cloud = queue
    made = bill(
        "B-1",
        at=cloud.world.now().isoformat(),
        customer=MEMBER,
        points=PointsRedemption(40_000, 4_000),
        coupon=CouponRedemption("FIFTY", 5_000),
        coupon_value_minor=5_000,
    )
    sold = builders.calls_of_bill(till.options, made)
    _, _, used = till.drain(*sold)
    for op in ("v2/points/reverse", "v2/coupon/reactivate"):
        cloud.faults.add(fault, op=op, count=1)
    back = (
        builders.points_reverse(till.options, MEMBER, sold[1].fact("reference"), 40_000, "B-1"),
        builders.coupon_reactivate(used, "FIFTY", "B-1", MEMBER),
    )
    till.drain(*back)
    assert till.rows.parked == {}
    (spent,) = ledger_report(cloud.ledger)["redemptions"]
    assert spent["reversed_milli"] == 40_000
    # Once more under other keys: the cloud says that it is done, and the till looks before it believes it.
    till.drain(*back)
    assert till.rows.parked == {}
    (spent,) = ledger_report(cloud.ledger)["redemptions"]
    assert spent["reversed_milli"] == 40_000


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bill_gets_its_customer_once_and_never_anothers(
    queue: tuple[Queue, RunningCloud], fault: str
) -> None:
    till, cloud = queue
    at = cloud.world.now().isoformat()
    made = bill("B-1", at=at, customer=None, not_interested_reason="in a hurry")
    (known,) = till.drain(builders.transaction_add(till.options, made))
    cloud.faults.add(fault, op="transaction/update", count=1)
    retro = builders.retro(till.options, known, "B-1", at, made.due_minor, MEMBER)
    till.drain(retro)
    assert till.rows.parked == {}
    (sold,) = [row for row in ledger_report(cloud.ledger)["bills"] if row["number"] == "B-1"]
    assert (sold["kind"], sold["mobile"]) == ("REGULAR", ASHA)
    till.drain(retro)
    assert till.rows.parked == {}
    other = Customer(mobile="919000000002")
    till.drain(builders.retro(till.options, known, "B-1", at, made.due_minor, other))
    ((code, words),) = till.rows.parked.values()
    assert (code, "another customer" in words) == ("1627", True)
