"""What a person may do about a call is no English by itself."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from agent.cloud.member_cache import from_before
from agent.outbox_desk.rows import advice
from agent.sale.basket import Customer
from agent.sale.queue_terms import STORED, Op
from agent.sale.send_rule import NEVER

from ..loyalty.counter import NOW
from ..rig.pseudo import english_left, pseudo

ROW: dict[str, Any] = {"attempts": 3, "owed_minor": 1050, "behind_state": ""}


@pytest.mark.parametrize("op", Op)
def test_advice(op: Op) -> None:
    told = [
        advice(ROW | {"op": op, "state": state, "code": code, "unsure": unsure, "behind": behind})
        for state, code, unsure, behind in product(STORED, ("", NEVER, "808"), (0, 1), (0, 7))
    ]
    behind_one = {"op": op, "state": "ready", "code": "", "unsure": 0, "behind": 7, "behind_state": "parked"}
    told += [advice(ROW | behind_one)]
    assert [left for words in told for one in words if (left := english_left(one))] == []


def test_a_member_known_from_before() -> None:
    for source, days in product(("cache", "enrolled"), (0, 1, 9)):
        at = NOW.replace(day=1 + days).isoformat()
        told = from_before(Customer(source=source, known_at=at), NOW.replace(day=10))
        assert english_left(told) == "", pseudo(told)
