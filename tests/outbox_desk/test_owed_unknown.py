"""A redemption that may have arrived owes nothing: nobody pays with points and again in money."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.language.sentence import Sentence
from agent.loyalty.calls.call import Call
from agent.loyalty.line.exchange import Kind, RawAnswer, idle
from agent.till.rights import Claim
from tests.rig import desk as desk_rig
from tests.rig.desk import BOSS, PIN, DeskTill, LedgerWire

LOOKED_UP = {"points_redeem": "customer_redemptions", "coupon_redeem": "coupon_get"}


REFUSED = b'{"response": {"status": {"success": "false", "code": 400, "message": "said"}}}'


class _Losing(LedgerWire):
    """The answers to one operation are lost after the cloud did it, and the look for it is refused."""

    losing = ""

    def send(self, call: Call, deadline_s: float, meanwhile: Callable[[], None] = idle) -> RawAnswer:
        answer = super().send(call, deadline_s, meanwhile)
        if call.op == self.losing:
            return RawAnswer(Kind.UNKNOWN, reason=Sentence("line.late"))
        looked = self.losing and call.op == LOOKED_UP[self.losing]
        return RawAnswer(Kind.ANSWERED, 200, REFUSED) if looked else answer


def unsure(till: DeskTill, op: str) -> int:
    """A redemption the cloud took, whose answer was lost and whose read-back is refused."""
    wire = _Losing(ledger=till.wire.ledger)
    wire.losing = op
    till.wire, till.sender.wire = wire, wire
    ids = till.sell(1)
    if op == "coupon_redeem":
        till.desk.waive(ids[1], "only the coupon matters", "w0", Claim(BOSS, PIN))
    till.sender.drain(20)
    row = till.desk.rows()[0]
    assert (row["op"], row["state"], row["code"]) == (op, "parked", "400")
    return int(row["id"])


@pytest.mark.parametrize("op", LOOKED_UP)
def test_nobody_pays_for_what_the_cloud_may_have_taken(tmp_path: Path, op: str) -> None:
    with desk_rig.till(tmp_path) as till:
        row_id = unsure(till, op)
        row = till.desk.rows()[0]
        assert (row["choices"], row["owed_minor"]) == (["retry", "waive"], 0)
        assert till.badge()["owed"] == 0
        shown = till.desk.show(row_id)
        assert shown is not None
        assert "Nobody knows" in shown["advice"][0]
        assert "owed" not in shown["text"]
        assert till.desk.settle(row_id, "cash", "", "", "s1").code == "not-known"
    with desk_rig.till(tmp_path) as again:
        assert again.badge()["owed"] == 0
        again.wire.ledger = till.wire.ledger
        assert again.desk.retry(row_id, "", "r1").ok
        again.sender.drain()
        assert again.states() == {}
        assert again.wire.count(op) == 0, "the read-back found it"


def test_once_it_is_known_not_to_be_there_it_is_owed(tmp_path: Path) -> None:
    with desk_rig.till(tmp_path) as till:
        row_id = unsure(till, "points_redeem")
        till.wire.ledger.points.clear()
        assert isinstance(till.wire, _Losing)
        till.wire.losing = ""
        till.wire.refuse = {"points_redeem": 828}
        till.desk.retry(row_id, "", "r1")
        till.sender.drain()
        assert till.states()[row_id] == "unknown", "the cloud may not show it yet"
        till.sender.ahead_ms += 60_000
        till.sender.drain()
        assert "settle" in till.desk.rows()[0]["choices"]
        assert till.badge()["owed"] == 1
        assert till.desk.settle(row_id, "cash", "", "", "s1").ok


def test_it_can_be_waived_without_knowing(tmp_path: Path) -> None:
    with desk_rig.till(tmp_path) as till:
        row_id = unsure(till, "coupon_redeem")
        assert till.desk.waive(row_id, "the customer was told", "w1", Claim(BOSS, PIN)).ok
        assert till.states() == {}
