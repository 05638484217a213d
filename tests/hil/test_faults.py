"""A till with every device on a wire, each with faults from a seed: what is sold was shown, and once.

make faults plays more seeds; SEED=n begins at another one.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent.simulated.world import World
from tests.hil.conftest import RICE, lines, paper_of, sell
from tests.hil.faulty_till import faulty_till

SALES = int(os.environ.get("POS_FAULTS", "3"))
FIRST = int(os.environ.get("SEED", "1"))


@pytest.mark.timeout(300 + 300 * SALES)
def test_among_faulty_devices_a_till_sells_what_was_shown_and_is_itself_again(tmp_path: Path) -> None:
    """No label that was not shown whole, none twice; no weight that was not on the plate; nothing called
    confirmed without its paper; and all of it works behind the faults, in the same process."""
    with faulty_till(tmp_path) as till:
        for seed in range(FIRST, FIRST + SALES):
            wrong = till.sale(seed)
            assert wrong == [], "\n".join((*wrong, *till.struck()))
    assert "Traceback" not in (tmp_path / "till" / "agent.log").read_text("utf-8")


def test_a_world_takes_the_script_of_its_printer_and_scanner(tmp_path: Path) -> None:
    script = "printer: at line 5: paper-out for 1 s\nscanner: at label 1: half for 1 label"
    with World(tmp_path / "till", faults=script) as till:
        till.start()
        till.scan(RICE)
        number = sell(till, RICE)
        assert lines(till) == []
        till.until(lambda: paper_of(till, number) == "confirmed", "the paper", timeout_s=60)
        told = (tmp_path / "till" / "printer.log").read_text("utf-8")
        assert "printer: at line 5: paper-out for 1 s  # after" in told
        assert "scanner: at label 1: half" in (tmp_path / "till" / "scanner.log").read_text("utf-8")
        till.fault("printer: cover-open")
        till.until(lambda: till.snapshot()["badges"]["printer"]["state"] == "cover_open", "the badge")
        till.fault("clear")
        till.until(lambda: till.snapshot()["badges"]["printer"]["state"] == "ok", "it to be well again")
    with pytest.raises(ValueError, match="line 1 of the faults: 'silnt' is no fault of printer"):
        World(tmp_path / "other", faults="printer: silnt")
