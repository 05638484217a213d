"""A mistake in our own code is told as one: the disk is not blamed, and what was recorded is said."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from agent.sale import events as e
from agent.sale.basket import Bill, TenderType
from agent.store import outbox, sales
from tests.rig.till import RICE, RigTill


def covered(till: RigTill) -> None:
    for event in (
        e.ItemAdded(RICE, 1000, RICE.price_minor),
        e.TenderBegun(),
        e.TenderAdded(TenderType.CASH, 50000),
    ):
        assert till.open_sale.do(event).ok


def is_a_fault(till: RigTill, answer: Any, text: str) -> None:
    assert (answer.ok, answer.code) == (False, "fault"), answer
    assert text in answer.text
    assert till.board.part("badges")["store"]["state"] == "ok", "the disk is not blamed"


class FailsAfterwards(list[sales.Closed]):
    """What is told of a completed sale, and cannot be worked with."""

    def append(self, closed: sales.Closed) -> None:
        raise ValueError(closed.bill.number)


def test_a_sale_that_has_its_bill_is_not_open_whatever_comes_after(tmp_path: Path) -> None:
    """What fails after the commit neither unmakes the bill nor makes another one of the same goods."""
    till = RigTill(tmp_path)
    till.close()
    till.completed = FailsAfterwards()
    till.open()
    covered(till)
    answer = till.open_sale.do(e.Completed(), "key")
    is_a_fault(till, answer, "It is not known whether this was recorded: look at the last bills.")
    assert not till.open_sale.sale.live_lines
    assert till.board.part("last_bill")["number"] == "S1T126-000001"


class Miscalculates(RigTill):
    """Whose code for the calls of a bill fails."""

    error: type[Exception] = ValueError

    def calls(self, bill: Bill, points_otp: str, coupon_otp: str) -> Sequence[outbox.Entry]:
        raise self.error(bill.number)


@pytest.mark.parametrize("error", [ValueError, KeyError, ZeroDivisionError, IndexError, RuntimeError])
def test_a_mistake_while_a_bill_is_worked_out_is_not_the_disks(
    tmp_path: Path, error: type[Exception]
) -> None:
    """Within the transaction of the bill, whose calls cannot be built."""
    till = Miscalculates(tmp_path)
    till.error = error
    covered(till)
    answer = till.open_sale.do(e.Completed(), "key")
    is_a_fault(till, answer, "Nothing was recorded.")
    assert till.open_sale.sale.live_lines, "it is still open"
    assert till.till.read(lambda tx: tx.execute("SELECT count(*) FROM bill").fetchone()) == (0,)
