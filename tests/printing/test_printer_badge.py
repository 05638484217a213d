"""The one word of the printer's badge: of several troubles the one that is mended first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.printing.printer_badge import badge_state
from drivers.printer.status import NONSENSE, PARTLY, SILENT, Fault, PrinterStatus

READY = PrinterStatus(known=True, online=True, paper="ok", cover="closed", fault="none", drawer="closed")


def test_a_printer_that_does_not_say_how_it_is_is_unknown() -> None:
    assert [badge_state(status) for status in (SILENT, NONSENSE, PARTLY)] == ["unknown"] * 3
    assert badge_state(replace(READY, known=False)) == "unknown", "whatever an earlier look has left"


@pytest.mark.parametrize("fault", ["cutter", "unrecoverable", "recoverable", "other"])
def test_cover_before_paper_before_a_fault_before_the_line(fault: Fault) -> None:
    status = replace(READY, online=False, paper="out", cover="open", fault=fault)
    assert badge_state(status) == "cover_open"
    assert badge_state(replace(status, cover="closed")) == "paper_out"
    assert badge_state(replace(status, cover="closed", paper="near_end")) == "error"
    assert badge_state(replace(READY, online=False, paper="near_end")) == "offline"


def test_one_that_prints_is_well_or_has_little_paper_left() -> None:
    assert badge_state(READY) == "ok"
    assert badge_state(replace(READY, paper="near_end")) == "near_end"
    assert badge_state(replace(READY, fault="unknown", drawer="unknown")) == "ok"
