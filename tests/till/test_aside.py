"""What is done aside: nobody waits for it, so a failure has to be said."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest

from agent.daemon.aside import Aside
from agent.sale import events as e
from agent.sale.basket import TenderType
from tests.rig import desk
from tests.rig.till import RICE


def test_what_fails_aside_is_said_and_logged_and_the_till_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with desk.till(tmp_path) as made:
        made.agent.aside([].pop)
        deadline = time.monotonic() + 10
        while made.agent.board.part("notice") is None and time.monotonic() < deadline:
            time.sleep(0.01)
        notice = made.agent.board.part("notice")
        assert (notice["level"], notice["code"]) == ("error", "aside-failed")
        assert "IndexError" in caplog.text
        assert made.sell(1)


def test_a_completed_bill_is_in_the_log_and_on_the_queues_badge(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The badge is told with the answer; the log is written aside, soon after."""
    caplog.set_level(logging.INFO, "agent")
    with desk.till(tmp_path) as made:
        sale = made.agent.open_sale
        assert sale.do(e.ItemAdded(RICE, 1000, RICE.price_minor)).ok
        assert made.agent.cashier.pay_exact(TenderType.CASH, "", "").ok
        assert made.agent.board.part("badges")["queue"]["count"] == 1
        deadline = time.monotonic() + 10
        while "completed" not in caplog.text and time.monotonic() < deadline:
            time.sleep(0.01)
        assert "completed" in caplog.text


def test_what_comes_after_the_end_is_not_done_and_stops_nobody() -> None:
    """A bill may be completed while the till closes."""
    done: list[object] = []
    aside = Aside(done.append)
    aside.close()
    aside(lambda: done.append("too late"))
    assert done == []
