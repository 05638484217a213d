"""The cloud lets bills in and turns one kind of call away: that needs a person, and nobody else waits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.loyalty.calls.call import Call
from agent.loyalty.line.exchange import Kind, RawAnswer, idle
from tests.rig import desk as desk_rig
from tests.rig.desk import DeskTill, LedgerWire

FORBIDDEN = (403, b'{"errorCode": 4000, "message": "not authorised"}')
REFUSED = (200, b'{"response": {"status": {"success": "false", "code": 403, "message": "denied"}}}')


class _Closed(LedgerWire):
    """Turns some operations away before the books hear of them."""

    closed: tuple[str, ...] = ("coupon_redeem",)
    answer = FORBIDDEN

    def send(self, call: Call, deadline_s: float, meanwhile: Callable[[], None] = idle) -> RawAnswer:
        if call.op in self.closed:
            self.sent.append(call)
            return RawAnswer(Kind.ANSWERED, *self.answer)
        return super().send(call, deadline_s, meanwhile)


def closed(till: DeskTill, answer: tuple[int, bytes]) -> _Closed:
    wire = _Closed()
    wire.answer = answer
    till.wire, till.sender.wire = wire, wire
    return wire


def work(till: DeskTill, seconds: int) -> None:
    """So much of the till's time."""
    until_ms = till.sender.ahead_ms + seconds * 1000
    while till.sender.ahead_ms < until_ms:
        till.sender.ahead_ms += max(1, round(till.sender.forwarder.step() * 1000))


@pytest.mark.parametrize("answer", [FORBIDDEN, REFUSED], ids=["4000", "403"])
def test_a_kind_of_call_that_is_turned_away_needs_a_person_and_holds_up_nobody(
    tmp_path: Path, answer: tuple[int, bytes]
) -> None:
    with desk_rig.till(tmp_path) as till:
        wire = closed(till, answer)
        ids = till.sell(1)
        work(till, 120)
        # Whether it is about that kind alone shows with the next call of another.
        till.sell(2, redeem=False, mobile="919876543202")
        work(till, 600)
        for number in range(3, 12):
            till.sell(number, mobile=f"9198000000{number:02}", redeem=False)
            work(till, 5)
            assert set(till.states()) <= {ids[2]}, "a fresh bill of somebody else goes at once"
            work(till, 600)
        (row,) = till.desk.rows()
        assert (row["op"], row["state"], row["owed_minor"] > 0) == ("coupon_redeem", "parked", True)
        assert "Other calls pass" in row["text"]
        assert wire.count("coupon_redeem") <= 12
        wire.closed = ()
        assert till.desk.retry(ids[2], "", "r").ok
        till.sender.drain()
        assert till.states() == {}


def test_several_of_that_kind_in_a_row_are_no_reason_to_stop_either(tmp_path: Path) -> None:
    with desk_rig.till(tmp_path) as till:
        closed(till, FORBIDDEN)
        for number in range(1, 6):
            till.sell(number, mobile=f"9198765432{number:02}")
        work(till, 300)
        till.sell(20, mobile="919800000020", redeem=False)
        work(till, 600)
        till.sell(21, mobile="919800000021", redeem=False)
        work(till, 5)
        assert {row["op"] for row in till.desk.rows()} == {"coupon_redeem"}


def test_while_nothing_passes_nobody_is_asked_and_the_cloud_is_left_alone(tmp_path: Path) -> None:
    """A wrong password: the rows are fine, and looked up before they go again."""
    with desk_rig.till(tmp_path) as till:
        wire = closed(till, FORBIDDEN)
        wire.closed = ("transaction_add", "transaction_bulk", "transaction_get")
        for number in range(1, 4):
            till.sell(number, mobile=f"9198765432{number:02}", redeem=False)
        work(till, 6 * 3600)
        assert "parked" not in till.states().values()
        assert len(wire.sent) < 60
        wire.closed = ()
        work(till, 1800)
        assert till.states() == {}
