"""kill -9 at any moment loses nothing, doubles nothing, and the open sale is where it was.

POS_KILLS sets how often; 10000 is the long form.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.crash.kill_sweep import Killer, Sweep, commanded, forked
from tests.crash.room import room

KILLS = int(os.environ.get("POS_KILLS", "1000"))
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(7200)
def test_no_kill_loses_or_doubles_anything(capsys: pytest.CaptureFixture[str]) -> None:
    """One store through all of it; at the end all of it is judged once more as a whole."""
    with room() as place:
        figures = Killer(Sweep(place / "store", forked(place / "store", "1"), KILLS)).run()
    with capsys.disabled():
        sys.stdout.write(f"\n  {figures}\n")
    assert not figures.kinds, "\n".join(figures.told)
    assert figures.kills == KILLS
    # The kills must have hit what the proof is about.
    assert figures.sales > KILLS // 4
    assert figures.reopened > 0
    assert figures.while_opening > 0


@pytest.mark.parametrize(
    ("flaw", "kind"), [("ack-early", "lost"), ("print-early", "paper"), ("forgetful", "step")]
)
def test_a_till_with_a_flaw_is_found_out(flaw: str, kind: str) -> None:
    """Speaking before the commit, and not looking for the sale that was open."""
    with room() as place:
        start = forked(place / "store", "1", flaw)
        figures = Killer(Sweep(place / "store", start, 400, stop_at_fault=True)).run()
    assert kind in figures.kinds


def test_any_command_can_be_swept() -> None:
    """A program that is started anew each time, in a process group of its own, dies and goes on as well."""

    def command(life: int) -> list[str]:
        return [
            sys.executable,
            "-m",
            "tests.crash.seller",
            str(place / "store"),
            "--seed",
            f"command:{life}",
            "--sales",
            "1000000",
        ]

    with room() as place:
        sweep = Sweep(place / "store", commanded(command, ROOT), 8, opening_s=0.2)
        figures = Killer(sweep).run()
    assert not figures.kinds, "\n".join(figures.told)
    assert figures.sales > 0
