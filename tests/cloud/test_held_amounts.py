"""Bills that wait for their amounts go by themselves once the organisation's rules take them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.cloud.organisation import Known
from agent.sale import events as e
from agent.store import sales
from tests.loyalty.bills import AT, bill
from tests.rig.desk import DeskTill, till

LIMIT = "CONF_LOYALTY_MAX_BILL_AMOUNT"


def _rules(made: DeskTill, **configs: str) -> None:
    """What the organisation says from now on, looked at in a quiet moment."""
    made.agent.organisation.take(Known(AT, configs))
    assert made.agent.cloud is not None
    made.agent.cloud.dated.look()


def _held(made: DeskTill, seq: int, code: str) -> int:
    """A bill as it was queued by a till that held it for its amounts; its row."""
    assert made.agent.cloud is not None
    of_bill = made.agent.cloud.entries.of_bill
    sold = replace(bill(f"S01T1-{seq:06d}"), at=AT, seq=seq, sale_id=f"sale-{seq}")

    def calls(made_bill: Any) -> Any:
        first, *rest = of_bill(made_bill)
        return [replace(first, held=(code, "above the limit")), *rest]

    def work(tx: Any) -> sales.Closed:
        last = sales.Recorded(1, AT, "", e.Completed())
        now_ms = made.agent.till.now_ms()
        return sales.complete(tx, sold.series, last, lambda _: sold, calls, now_ms=now_ms, paper=False)

    closed = made.agent.till.write(work)
    ops = [entry.op for entry in closed.entries]
    made.agent.tally.add(closed.queued, ops, closed.bill_id, made.agent.till.now_ms())
    made.agent.tally.parked(closed.queued[0])
    return closed.queued[0]


@pytest.mark.parametrize("code", ["bill-amount", "line-amount"])
def test_a_held_bill_goes_once_the_rules_take_it(tmp_path: Path, code: str) -> None:
    with till(tmp_path) as made:
        _rules(made, **{LIMIT: "1"})
        row = _held(made, 1, code)
        _rules(made, **{LIMIT: "2"})
        assert made.states()[row] == "parked"
        _rules(made)
        assert made.states()[row] == "ready"
        assert made.told("queue-retry")[-1]["reason"] == "the organisation's rules allow it now"
        made.sender.drain()
        assert made.effects()[0] == {"S01T1-000001": 1}


def test_a_held_bill_goes_also_when_the_rules_changed_while_the_till_was_off(tmp_path: Path) -> None:
    with till(tmp_path) as made:
        row = _held(made, 1, "bill-amount")
    with till(tmp_path) as made:
        assert made.agent.cloud is not None
        made.agent.cloud.dated.look()
        assert made.states()[row] == "ready"


def test_what_the_cloud_refused_is_tried_again_for_a_change_alone(tmp_path: Path) -> None:
    """Else it would be sent and refused at each look, for ever."""
    with till(tmp_path) as made:
        made.wire.refuse["transaction_add"] = 601
        (row,) = made.sell(1, redeem=False)
        made.sender.drain()
        for _ in range(3):
            _rules(made)
        assert made.states()[row] == "parked"
        made.wire.refuse.clear()
        _rules(made, **{LIMIT: "100000"})
        made.sender.drain()
        assert row not in made.states()
        assert made.effects()[0] == {"S01T1-000001": 1}
