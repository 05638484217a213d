"""A printer that answers slowly, or only a part, is not called silent or another one, nor in trouble."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.language.language import in_english
from drivers.printer.session import query_status
from drivers.printer.transport import open_transport
from tests.drivers.printer.printer_rig import EPSON, opened, wired
from tests.drivers.printer.test_printer_late_answers import WIRES, Shifted


@WIRES
@pytest.mark.parametrize("late_s", [0.35, 0.45, 0.6, 0.8])
def test_the_late_answers_to_one_look_are_not_those_to_the_next(
    wire: str, late_s: float, tmp_path: Path
) -> None:
    """The answer to n = 1 with the drawer's pin high is, as one to n = 2, an open cover."""
    with wired(wire, tmp_path) as printer, opened(printer) as line:
        printer.set_fault(f"late {late_s} s")
        assert not query_status(line, 0.3, EPSON).known
        looks = [query_status(line, 1.0, EPSON)]
        while not looks[-1].ready and len(looks) < 8:
            looks.append(query_status(line, 1.0, EPSON))
    assert looks[-1].ready
    assert not any(look.known for look in looks[:-1])


@WIRES
@pytest.mark.parametrize("most", [1, 2, 3])
def test_a_printer_that_answers_a_part_of_the_questions_is_not_called_silent(
    wire: str, most: int, tmp_path: Path
) -> None:
    with wired(wire, tmp_path) as printer, opened(printer) as line:
        printer.set_fault(f"status-to {most}")
        status = query_status(line, 0.2, EPSON)
    told = in_english(status.message)
    assert (status.known, status.message.id) == (False, "printer.partly")
    assert "printer.profile" in told and "does not answer" not in told


def test_nor_is_one_whose_answers_are_of_another_kind() -> None:
    with Shifted(b"", bytes(4), slow_s=0.0) as printer, open_transport(printer.url) as line:
        status = query_status(line, 0.2, EPSON)
        line.close()
    assert (status.known, status.message.id) == (False, "printer.partly")


@WIRES
def test_of_a_silent_one_it_is_said_that_it_may_be_of_a_make_that_cannot_answer(
    wire: str, tmp_path: Path
) -> None:
    """Over a network too, where another till may have it just as well."""
    with wired(wire, tmp_path) as printer, opened(printer) as line:
        printer.set_fault("silent")
        told = in_english(query_status(line, 0.2, EPSON).message)
    assert "…-no-replies" in told, told
