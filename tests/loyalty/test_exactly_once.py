"""Every effect exactly once: half of the answers lost, the daemon killed anywhere, over real HTTP."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.language.language import english
from agent.loyalty.calls import builders
from agent.loyalty.calls.customer.enrolment import Enrolment
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.forwarder.loop import Forwarder
from agent.loyalty.line.transport import Transport
from agent.sale.basket import Customer

from .bills import AT, COUPON, POINTS, bill
from .conftest import options_for
from .ledger import BULK_FAULTS, FAULTS, Ledger, serving
from .memory_queue import Crash, Crashes, MemoryQueue, MortalExchange

START_MS = 1_775_000_000_000


class QueueSeller:
    """Sells into a durable queue; its forwarder is rebuilt after every crash. No counter, no store."""

    def __init__(self, base_url: str, transport: Transport, crashes: Crashes, seed: int) -> None:
        self.options: CloudOptions = options_for(base_url)
        self.crashes = crashes
        self.queue = MemoryQueue(crashes)
        self.transport = MortalExchange(transport, crashes)
        self.rng = Random(seed)
        self.now_ms = START_MS
        self.numbers: list[str] = []

    def sell(self, bills: int, customers: int) -> None:
        for number in range(bills):
            who = Customer(mobile=f"91987654321{number % customers}")
            made = bill(f"S01T1-{number}", customer=who, points=POINTS, coupon=COUPON)
            self.numbers.append(made.number)
            self.queue.add(builders.customer_add(self.options, Enrolment(AT, who.mobile)))
            coupon_apart = builders.calls_of_bill(self.options, made)
            self.queue.add_bill(coupon_apart, self.now_ms)

    def sell_in_an_outage(self, bills: int) -> None:
        """A backlog of bills that may go together: each of another customer, nothing redeemed."""
        for number in range(bills):
            made = bill(f"S01T1-{number}", customer=Customer(mobile=f"9198765{number:05d}"))
            self.numbers.append(made.number)
            self.queue.add_bill(builders.calls_of_bill(self.options, made), self.now_ms)

    def drain(self, most_steps: int = 30_000) -> None:
        """Work until nothing is left to send, restarting after every crash; waiting is only counted."""
        forwarder = self._started()
        for _ in range(most_steps):
            if not self.queue.open:
                return
            try:
                self.now_ms += round(forwarder.step() * 1000) + 1
            except Crash:
                forwarder = self._started()
        raise AssertionError(f"still waiting: {len(self.queue.open)} rows")

    def _started(self) -> Forwarder:
        self.queue.reopen(self.now_ms)
        return Forwarder(
            self.queue, self.transport, self.options, lambda: self.now_ms, self.rng, text=english().text
        )


@pytest.fixture(scope="module")
def cloud() -> Iterator[tuple[Ledger, str, Transport]]:
    """One server for all examples; the ledger is emptied before each."""
    ledger = Ledger()
    with serving(ledger) as url:
        transport = Transport(options_for(url))
        yield ledger, url, transport
        transport.close()


def drained(
    cloud: tuple[Ledger, str, Transport],
    faults: list[str],
    crashes: list[int],
    seed: int = 1,
    bills: int = 2,
    customers: int = 2,
    **rules: bool,
) -> QueueSeller:
    """A till that has sent all it had to such a cloud."""
    ledger, url, transport = cloud
    ledger.__init__()  # type: ignore[misc]
    for name, value in ({"several_uses": True} | rules).items():
        setattr(ledger, name, value)
    ledger.faults = list(faults)
    till = QueueSeller(url, transport, Crashes(frozenset(crashes)), seed)
    till.sell(bills, customers)
    till.drain()
    return till


def assert_once(cloud: tuple[Ledger, str, Transport], till: QueueSeller) -> None:
    """The cloud's books are the till's: each effect is there, and there once."""
    ledger = cloud[0]
    assert till.queue.parked == {}
    assert Counter(number for number, _ in ledger.bills) == Counter(till.numbers)
    assert Counter(number for _, number, _ in ledger.points) == Counter(till.numbers)
    assert Counter(number for _, number in ledger.coupons) == Counter(till.numbers)
    assert {amount for _, amount in ledger.bills} == {25_000}
    assert ledger.unallowed == []


PLANS = st.lists(st.sampled_from(FAULTS), max_size=40)
KILLS = st.lists(st.integers(1, 120), max_size=6)
RULES = st.fixed_dictionaries({"same_reference_answers": st.booleans(), "unique_numbers": st.booleans()})
PATIENT = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@PATIENT
@given(PLANS, KILLS, st.integers(0, 999), RULES)
def test_lost_answers_and_crashes_leave_every_effect_exactly_once(
    cloud: tuple[Ledger, str, Transport],
    plan: list[str],
    kills: list[int],
    seed: int,
    rules: dict[str, bool],
) -> None:
    assert_once(cloud, drained(cloud, plan, kills, seed, **rules))


def test_a_long_day_of_lost_answers_leaves_every_effect_exactly_once(
    cloud: tuple[Ledger, str, Transport],
) -> None:
    """Half of the answers lost after the commit, a quarter of the requests before it, crashes in between."""
    rng = Random(20260401)
    plan = rng.choices(["lost after", "lost before", "ok"], [2, 1, 1], k=1_200)
    till = drained(cloud, plan, rng.sample(range(1, 4_000), 60), bills=40, customers=7, unique_numbers=False)
    assert_once(cloud, till)


@pytest.mark.parametrize("point", range(1, 60))
def test_a_crash_at_each_single_point_loses_and_doubles_nothing(
    cloud: tuple[Ledger, str, Transport], point: int
) -> None:
    assert_once(cloud, drained(cloud, [], [point], bills=1, unique_numbers=False))


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("place", range(4))
def test_each_fault_at_each_call_loses_and_doubles_nothing(
    cloud: tuple[Ledger, str, Transport], fault: str, place: int
) -> None:
    plan = ["ok"] * place + [fault]
    assert_once(cloud, drained(cloud, plan, [], bills=1, unique_numbers=False))


def test_a_coupon_of_one_use_that_is_used_up_elsewhere_goes_to_a_person(
    cloud: tuple[Ledger, str, Transport],
) -> None:
    till = drained(cloud, [], [], several_uses=False)
    ((_, reason),) = till.queue.parked.values()
    assert "used on S01T1-0" in reason
    assert len(cloud[0].coupons) == 1


def test_what_is_sent_again_is_byte_for_byte_the_same(cloud: tuple[Ledger, str, Transport]) -> None:
    sent: list[tuple[str, bytes]] = []
    ledger = cloud[0]

    class Recording(Ledger):
        def answer(self, method: str, target: str, body: bytes) -> tuple[str, int, bytes]:
            if method == "POST":
                sent.append((target, body))
            return super().answer(method, target, body)

    ledger.__class__ = Recording
    try:
        drained(cloud, ["ok", "lost before"] * 6, [], bills=1)
    finally:
        ledger.__class__ = Ledger
    assert len(sent) > 4
    assert len(set(sent)) == 4


def drained_backlog(
    cloud: tuple[Ledger, str, Transport],
    faults: list[str],
    crashes: list[int],
    seed: int = 1,
    bills: int = 24,
    **rules: bool,
) -> QueueSeller:
    """A till that has sent a backlog in bulk to such a cloud."""
    ledger, url, transport = cloud
    ledger.__init__()  # type: ignore[misc]
    for name, value in rules.items():
        setattr(ledger, name, value)
    ledger.faults = list(faults)
    till = QueueSeller(url, transport, Crashes(frozenset(crashes)), seed)
    till.sell_in_an_outage(bills)
    till.drain()
    return till


def assert_bills_once(cloud: tuple[Ledger, str, Transport], till: QueueSeller) -> None:
    assert till.queue.parked == {}
    assert Counter(number for number, _ in cloud[0].bills) == Counter(till.numbers)
    assert cloud[0].unallowed == []


@PATIENT
@given(
    st.lists(st.sampled_from(FAULTS + BULK_FAULTS), max_size=40),
    st.lists(st.integers(1, 60), max_size=6),
    st.integers(0, 999),
    st.booleans(),
)
def test_a_backlog_in_bulk_arrives_exactly_once_through_lost_answers_and_crashes(
    cloud: tuple[Ledger, str, Transport], plan: list[str], kills: list[int], seed: int, unique: bool
) -> None:
    assert_bills_once(cloud, drained_backlog(cloud, plan, kills, seed, unique_numbers=unique))


@pytest.mark.parametrize("point", range(1, 36))
def test_a_crash_at_each_single_point_of_a_bulk_drain_loses_and_doubles_nothing(
    cloud: tuple[Ledger, str, Transport], point: int
) -> None:
    till = drained_backlog(cloud, [], [point], bills=16, unique_numbers=False)
    assert_bills_once(cloud, till)
    assert max(map(len, cloud[0].batches), default=0) > 1


@pytest.mark.parametrize("fault", FAULTS + BULK_FAULTS)
@pytest.mark.parametrize("place", range(5))
def test_each_fault_at_each_call_of_a_bulk_drain_loses_and_doubles_nothing(
    cloud: tuple[Ledger, str, Transport], fault: str, place: int
) -> None:
    plan = ["ok"] * place + [fault]
    assert_bills_once(cloud, drained_backlog(cloud, plan, [], unique_numbers=False))


def test_a_long_outage_drains_in_bulk_with_half_of_the_answers_lost(
    cloud: tuple[Ledger, str, Transport],
) -> None:
    rng = Random(20260402)
    plan = rng.choices(["lost after", "lost before", "half unsaid", "doubted", "ok"], [2, 1, 1, 1, 3], k=900)
    kills = rng.sample(range(1, 900), 30)
    assert_bills_once(cloud, drained_backlog(cloud, plan, kills, bills=300, unique_numbers=False))


def test_what_may_have_arrived_is_never_sent_in_bulk_again(cloud: tuple[Ledger, str, Transport]) -> None:
    """The third batch loses its answer: its bills are read back one by one, found, and not sent again."""
    till = drained_backlog(cloud, ["ok", "ok", "ok", "lost after"], [], unique_numbers=False)
    sent = Counter(number for batch in cloud[0].batches for number in batch)
    assert max(sent.values()) == 1
    assert_bills_once(cloud, till)
