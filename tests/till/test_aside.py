"""What is done aside: nobody waits for it, so a failure has to be said."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.rig import desk


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
