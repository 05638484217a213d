"""Half of a character, which JSON lets a cloud send and no file and no screen can carry."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent.loyalty.calls.call import Call
from agent.loyalty.line.exchange import Kind, RawAnswer, idle
from agent.loyalty.questions.questions import Questions
from agent.sale import events as e
from agent.sale.basket import Customer
from tests.rig.desk import LedgerWire, till

NO_BILL = rb'{"errors":[{"status":false,"code":4711,"message":"no \ud83d"}]}'
NO_POINTS = (
    rb'{"response":{"status":{"code":200},"responses":{"points":'
    rb'{"item_status":{"success":"false","code":4711,"message":"\udc00"}}}}}'
)
POINTS_TAKEN = (
    rb'{"response":{"status":{"code":200},"responses":{"points":'
    rb'{"redemption_id":"7t\ud83d","item_status":{"success":"true","code":800}}}}}'
)
MEMBER = (
    rb'{"response":{"status":{"success":"true","code":200},"customers":{"customer":{"mobile":"919876543210",'
    rb'"firstname":"Asha \ud83d","item_status":{"success":"true","code":1000}}}}}'
)


@dataclass
class Garbling(LedgerWire):
    """A ledger behind which one operation always answers the same bytes."""

    op: str = ""
    bytes_told: bytes = field(default=b"", repr=False)

    def send(self, call: Call, deadline_s: float, meanwhile: Callable[[], None] = idle) -> RawAnswer:
        if call.op != self.op:
            return super().send(call, deadline_s, meanwhile)
        meanwhile()
        return RawAnswer(Kind.ANSWERED, 200, self.bytes_told)


@pytest.mark.parametrize(
    ("op", "told", "state"),
    [
        ("transaction_add", NO_BILL, "parked"),
        ("points_redeem", NO_POINTS, "parked"),
        ("points_redeem", POINTS_TAKEN, "done"),
    ],
)
def test_an_answer_with_half_a_character_is_filed_like_any_other(
    tmp_path: Path, op: str, told: bytes, state: str
) -> None:
    with till(tmp_path) as desk:
        desk.sender.wire = Garbling(op=op, bytes_told=told)
        ids = desk.sell(1)
        for _ in range(4):  # over the minutes after which the cloud must show it
            desk.sender.drain(20)
        states = desk.states()
        assert [states.get(row, "done") for row in ids][0 if op == "transaction_add" else 1] == state


def test_a_name_with_half_a_character_is_shown_without_it(tmp_path: Path) -> None:
    with till(tmp_path) as desk:
        agent = desk.agent
        asking = Questions(Garbling(op="customer_get", bytes_told=MEMBER), agent.cloud.options, agent.now)
        member = asking.customer("mobile", "919876543210").value
        assert member is not None
        agent.cashier.do(e.CustomerSet(member), "key-1")
        shown = json.loads(agent.board.picture().whole)
        assert shown["sale"]["customer"]["firstname"] == "Asha"


def test_a_sale_that_has_half_a_character_already_is_still_shown(tmp_path: Path) -> None:
    with till(tmp_path) as desk:
        desk.agent.cashier.do(e.CustomerSet(Customer(mobile="919876543210", firstname="Asha\ud83d")), "key-1")
        shown = json.loads(desk.agent.board.picture().whole)
        assert shown["sale"]["customer"]["firstname"] == "Asha?"
