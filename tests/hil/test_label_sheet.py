"""The sheet of command labels as a shop gets it: made, printed, obeyed and withdrawn by commands."""

import stat
from pathlib import Path

import pytest

from agent.simulated.world import World, WorldError
from tests.drivers.printer.printer_rig import codes_in
from tests.hil.conftest import RICE, notice, scan_in


def test_labels_are_made_printed_obeyed_and_withdrawn(till: World, tmp_path: Path) -> None:
    till.pos("labels", "withdraw")  # what another test made
    with pytest.raises(WorldError, match="labels new"):
        till.pos("labels", "print", str(tmp_path / "sheet.png"))
    till.pos("labels", "new")
    till.pos("labels", "print", str(tmp_path / "sheet.png"))
    label = till.command_label("PAY-CASH-EXACT")
    assert stat.S_IMODE((tmp_path / "sheet.png").stat().st_mode) == 0o600
    assert f"QR-Code:{label}" in codes_in((tmp_path / "sheet.png").read_bytes(), tmp_path)
    scan_in(till, RICE)
    till.pos("labels", "withdraw")
    till.scan(label)
    assert "switched off" in notice(till, "command-label")["text"]
    till.pos("labels", "new")
    till.scan(till.command_label("PAY-CASH-EXACT"))
    notice(till, "completed")


def test_the_sheet_comes_out_of_the_receipt_printer(till: World) -> None:
    till.pos("labels", "new")
    till.pos("labels", "print")
    papers = [paper.read_text("utf-8") for paper in sorted(till.tickets.glob("*.txt"))]
    assert any("PAY-CASH-EXACT" in paper and "VOID-LAST" in paper for paper in papers), papers


def test_a_sheet_waits_for_bills_and_is_no_job_that_must_be_on_paper(till: World) -> None:
    """While the printer cannot print, a sheet is given up and told; the bill comes first and whole."""
    till.pos("labels", "new")
    till.printer("fault paper-out")
    scan_in(till, RICE)
    till.scan(till.command_label("PAY-CASH-EXACT"))
    notice(till, "completed")
    before = set(till.tickets.glob("*.txt"))
    with pytest.raises(WorldError, match="not printed"):
        till.pos("labels", "print")
    till.printer("clear")
    till.until(lambda: set(till.tickets.glob("*.txt")) > before, "the bill's ticket")
    papers = set(till.tickets.glob("*.txt")) - before
    assert not any("VOID-LAST" in paper.read_text("utf-8") for paper in papers)


def test_a_page_that_has_no_label_prints_none(till: World) -> None:
    till.pos("labels", "new")
    answer = till.ask("POST", "/api/labels/print", {"proofs": {"PAY-CASH-EXACT": "A" * 12}}, "one")
    assert (answer[0], answer[1]["code"]) == (409, "command-label")
