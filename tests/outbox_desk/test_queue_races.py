"""People and the forwarder at the same rows at once: nothing waived comes back, no retry is lost, no row is
sent under another's hands."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from agent.loyalty.calls.call import Call
from agent.loyalty.line.exchange import RawAnswer, idle
from agent.loyalty.outcomes.queue import PARKED, Change
from agent.sale.queue_terms import Op
from agent.sale.send_rule import NEVER
from agent.store import delivery, waived
from agent.till.answer import Answer
from agent.till.rights import Claim, Rights
from tests.outbox_desk.test_queue_desk import owed_points
from tests.rig import desk as desk_rig
from tests.rig.desk import BOSS, PIN, DeskTill, LedgerWire

EFFECTS = (Op.TRANSACTION_ADD, Op.POINTS_REDEEM, Op.COUPON_REDEEM)
HAMMERED_S = 4.0
SPEED = 3_000
REFUSALS = {Op.TRANSACTION_ADD: 620, Op.POINTS_REDEEM: 828, Op.COUPON_REDEEM: 703}


class Moody(LedgerWire):
    """A cloud that refuses, loses and takes its time, until it is told to behave. story: what happened, in
    order, each as (what, operation, bill)."""

    story: list[tuple[str, str, str]]
    calm = False

    def send(self, call: Call, deadline_s: float, meanwhile: Callable[[], None] = idle) -> RawAnswer:
        if call.op in EFFECTS:
            self.story.append(("sent", call.op, call.fact("number")))
        self.refuse, self.lose = {}, 0.0
        if not self.calm:
            time.sleep(self.rng.random() / 300)
            self.lose = 0.3
            if self.rng.random() < 0.4 and call.op in EFFECTS:
                self.refuse = {call.op: REFUSALS[Op(call.op)]}
        return super().send(call, deadline_s, meanwhile)


@contextmanager
def forwarding(till: DeskTill, wire: Moody) -> Iterator[None]:
    """The till's forwarder on a thread of its own, with a clock that runs fast so that no pause is long."""
    sender, began, stop = till.sender, time.monotonic(), threading.Event()
    agent = till.agent
    first_ms = agent.till.now_ms()
    forwarder = sender.forwarder
    sender.wire = wire
    sender.clock = lambda: first_ms + round((time.monotonic() - began) * 1000 * SPEED)
    failed: list[BaseException] = []

    def run() -> None:
        try:
            forwarder.run(stop, sender.wake)
        except BaseException as error:
            failed.append(error)
            raise

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        sender.wake.set()
        thread.join(20)
    assert failed == []


def hammer(till: DeskTill, ids: list[int], calls: dict[int, tuple[str, str]], wire: Moody, seed: int) -> None:
    """One impatient person: any verb on any row, as fast as the till answers."""
    rng, end = Random(seed), time.monotonic() + HAMMERED_S
    turn = 0
    while time.monotonic() < end:
        turn += 1
        row, key, dice = rng.choice(ids), f"{seed}-{turn}", rng.random()
        if dice < 0.90:
            till.desk.retry(row, "again", key)
        elif dice < 0.94:
            till.desk.retry_all("", "all of them", key)
        elif dice < 0.96:
            done = till.desk.settle(row, "cash", "", "", key).ok
            if done:
                wire.story.append(("left", *calls[row]))
        elif till.desk.waive(row, "enough", key, Claim(BOSS, PIN)).ok:
            wire.story.append(("left", *calls[row]))
        till.sender.wake.set()


@pytest.fixture
def till(tmp_path: Path) -> Iterator[DeskTill]:
    with desk_rig.till(tmp_path) as opened:
        yield opened


def claimed(till: DeskTill, *ids: int) -> set[int]:
    """Which of these rows the forwarder may send now."""
    return till.sender.queue.commit((), ids, till.agent.till.now_ms())


def test_what_is_taken_out_between_the_look_and_the_first_byte_is_not_sent(till: DeskTill) -> None:
    ids, queue = till.sell(1), till.sender.queue
    (seen,) = queue.due(till.agent.till.now_ms(), 16)
    assert till.desk.waive(seen.id, "no", "k", Claim(BOSS, PIN)).ok
    assert claimed(till, seen.id) == set()
    assert [row.id for row in queue.due(till.agent.till.now_ms(), 16)] == []
    assert set(queue.remembered) == set(ids[1:])


def test_what_was_parked_between_the_look_and_the_first_byte_is_not_sent(till: DeskTill) -> None:
    """As a redemption is when its bill is waived."""
    (row,), queue = till.sell(1, redeem=False), till.sender.queue
    (seen,) = queue.due(till.agent.till.now_ms(), 16)
    till.agent.till.write(lambda tx: delivery.park(tx, row, NEVER, "its bill was waived"))
    assert claimed(till, seen.id) == set()
    assert queue.due(till.agent.till.now_ms(), 16) == []


def test_parking_what_a_person_took_out_a_moment_ago_leaves_it_out(till: DeskTill) -> None:
    (row,), queue = till.sell(1, redeem=False), till.sender.queue
    queue.due(till.agent.till.now_ms(), 16)
    assert till.desk.waive(row, "no", "k", Claim(BOSS, PIN)).ok
    queue.commit(
        [Change(row, PARKED, code="payload", text="it cannot be read")], (), till.agent.till.now_ms()
    )
    assert queue.due(till.agent.till.now_ms(), 16) == []
    assert (till.states(), dict(queue.remembered), till.badge()["parked"]) == ({}, {}, 0)


def test_a_call_that_got_a_new_key_meanwhile_is_not_sent_under_the_old(till: DeskTill) -> None:
    """Parked and renewed by a person between the forwarder's look and its claim: the old bytes stay here."""
    (row,), queue = till.sell(1, redeem=False), till.sender.queue
    (seen,) = queue.due(till.agent.till.now_ms(), 16)
    till.agent.till.write(lambda tx: delivery.replace_payload(tx, row, "another-key", b"other bytes"))
    assert claimed(till, seen.id) == set()
    (again,) = queue.due(till.agent.till.now_ms(), 16)
    assert again.idem_key == "another-key"
    assert queue.load([again]) == [(again, b"other bytes")]
    assert claimed(till, again.id) == {again.id}


def test_of_a_batch_only_what_is_still_as_it_was_seen_is_sent(till: DeskTill) -> None:
    """Three bills in one claim; a person takes one out and gives one another key before it."""
    rows = [till.sell(seq, mobile=f"9198765432{seq:02d}", redeem=False)[0] for seq in (1, 2, 3)]
    queue = till.sender.queue
    assert [row.id for row in queue.due(till.agent.till.now_ms(), 16)] == rows
    assert till.desk.waive(rows[0], "no", "k", Claim(BOSS, PIN)).ok
    till.agent.till.write(lambda tx: delivery.replace_payload(tx, rows[1], "another-key", b"other bytes"))
    queue.changed([rows[1]])
    queue.backlog()  # a look in the middle of a step makes old bytes no younger
    assert claimed(till, *rows) == {rows[2]}
    assert till.row(rows[1]).state == "ready"


def test_a_new_key_of_the_forwarders_own_can_be_sent(till: DeskTill) -> None:
    """A retryable refusal of points changes the reference; what the queue remembers changes with it."""
    ids = till.sell(1)
    till.wire.refuse["points_redeem"] = 815
    for _ in range(4):
        till.sender.ahead_ms += 2_000_000
        till.sender.forwarder.step()
    till.wire.refuse.clear()
    till.sender.drain()
    assert till.states() == {}
    assert ids[1] not in till.states()
    assert till.wire.ledger.points[0][0][-3:] != "-P1"


@pytest.mark.parametrize("seed", [1, 2])
def test_hammered_from_both_sides_every_call_ends_in_one_place(till: DeskTill, seed: int) -> None:
    wire = Moody(rng=Random(seed))
    wire.story = []
    wire.ledger.several_uses = True
    till.wire = wire
    calls: dict[int, tuple[str, str]] = {}
    for seq in range(1, 81):
        for row in till.sell(seq, mobile=f"9198765432{seq % 40:02d}"):
            found = till.row(row)
            calls[row] = (found.op, Call.from_bytes(found.payload).fact("number"))
    ids = list(calls)
    with forwarding(till, wire):
        people = [
            threading.Thread(target=hammer, args=(till, ids, calls, wire, seed * 10 + no)) for no in (1, 2)
        ]
        for one in people:
            one.start()
        for one in people:
            one.join(60)
        wire.calm = True
        _settled(till)
    _nobody_came_back(wire.story)
    _all_in_one_place(till, ids, calls)
    till.journal_holds()


def _settled(till: DeskTill) -> None:
    """Ask for whatever can still be sent, until only what must never be sent is left."""
    deadline = time.monotonic() + 40
    while any(row["code"] != NEVER or row["state"] != "parked" for row in till.desk.rows()):
        assert time.monotonic() < deadline, f"a retry was lost: {till.states()}"
        till.desk.retry_all("", "now", "")
        till.sender.wake.set()
        time.sleep(0.05)


def _nobody_came_back(story: list[tuple[str, str, str]]) -> None:
    gone: set[tuple[str, str]] = set()
    for what, op, number in story:
        if what == "left":
            gone.add((op, number))
        else:
            assert (op, number) not in gone, f"{op} of {number} was sent after a person had taken it out"
    assert gone, "nobody took anything out: the test tested nothing"


def _all_in_one_place(till: DeskTill, ids: list[int], calls: dict[int, tuple[str, str]]) -> None:
    sent = {row for (row,) in till.agent.till.read(lambda tx: tx.execute("SELECT id FROM sent").fetchall())}
    left = {row for row in ids if till.agent.till.read(lambda tx, row=row: waived.find(tx, row))}  # type: ignore[misc]
    waiting = set(till.states())
    assert sorted([*sent, *left, *waiting]) == ids
    assert set(till.sender.queue.remembered) == waiting, (
        "the forwarder remembers what is not there, or forgot"
    )
    assert till.agent.tally.tally()[:2] == (len(waiting), len(waiting))
    bills, points, coupons = till.effects()
    books = {Op.TRANSACTION_ADD: bills, Op.POINTS_REDEEM: points, Op.COUPON_REDEEM: coupons}
    for row in ids:
        op, number = calls[row]
        happened = books[Op(op)][number]
        assert happened <= 1, f"{op} of {number} happened {happened} times"
        assert happened == 1 or row not in sent, f"{op} of {number} never happened"
    assert sent, "nothing was sent: the test tested nothing"


def test_a_call_in_flight_that_is_parked_meanwhile_is_not_paid_without_a_word(tmp_path: Path) -> None:
    """While it was looked at it was being sent, so that nobody was asked for; in the turn it is owed."""
    with desk_rig.till(tmp_path) as till:
        desk, agent = till.desk, till.agent
        desk._rights = Rights(agent.till, {BOSS: desk_rig.PIN_LINE})  # noqa: SLF001
        row = owed_points(till)
        _put(till, row, "inflight")
        once = agent.till.once

        def late(key: str, work: Callable[[], Answer]) -> Answer:
            agent.till.once = once  # type: ignore[method-assign]
            _put(till, row, "parked")
            return once(key, work)

        agent.till.once = late  # type: ignore[method-assign]
        answer = desk.settle(row, "cash", "", "Paid", "k")
        assert (answer.code, till.row(row).state) == ("being-sent", "parked")
        assert desk.settle(row, "cash", "", "Paid", "k").code == "needs-supervisor"
        assert till.told("queue-settled") == []
        assert desk.settle(row, "cash", "", "Paid", "k", claim=Claim(BOSS, PIN, "session x")).ok


def _put(till: DeskTill, row: int, state: str) -> None:
    till.agent.till.write(lambda tx: tx.execute("UPDATE outbox SET state = ? WHERE id = ?", (state, row)))
