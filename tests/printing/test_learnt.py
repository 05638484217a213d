"""What a printer's answers and tickets teach of it: whether it confirms, and that it does no more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from agent.language.sentence import Sentence
from agent.printing import pauses
from agent.printing.known import Known
from agent.printing.learnt import Learnt
from drivers.message import Message
from drivers.printer.job import JobOutcome, JobState
from drivers.printer.status import SILENT, PrinterStatus
from drivers.printer.transport import Transport
from drivers.simulated.printer import VirtualPrinter
from tests.drivers.printer.printer_rig import EPSON, opened

READY = PrinterStatus(True, True, "ok", "closed", "none", message=Message("printer.ready"))
OUT = replace(READY, online=False, paper="out", message=Message("printer.paper-out"))
UNPROVEN = Sentence("badge.printer.unproven", status=READY.message)
DOUBTFUL = ("unknown", Sentence("badge.printer.doubtful"))


class Pupil:
    """What was learnt of one printer, and a clock that the test sets."""

    def __init__(self) -> None:
        self.now = 0.0
        self.known = Known("front", lambda _: None, lambda: "now")
        self.learnt = Learnt(self.known, lambda: self.now)

    def ends(self, state: JobState, job: int = 7, *, cannot: bool = False) -> JobOutcome:
        outcome = JobOutcome(state, 10, Message("printer.ready"), READY, cannot)
        return self.learnt.ended(job, outcome, EPSON)

    def fence(self) -> object:
        return {row["what"]: row["value"] for row in self.known.rows()}.get("fence")

    def asked(self, line: Transport, status: PrinterStatus = READY) -> bool:
        return self.learnt.asked(line, status, EPSON, lambda: False)


@pytest.fixture
def pupil() -> Pupil:
    return Pupil()


@pytest.fixture
def printer() -> Iterator[VirtualPrinter]:
    with VirtualPrinter() as running:
        yield running


def doubted(pupil: Pupil) -> None:
    pupil.ends("confirmed")
    pupil.ends("unknown", cannot=True)


def test_one_that_never_proved_a_ticket_cannot_confirm_and_says_so_while_it_is_ready(pupil: Pupil) -> None:
    assert pupil.learnt.told(READY) == ("ok", READY.message)
    assert pupil.ends("unknown", cannot=True).cannot_confirm
    assert (pupil.learnt.confirms, pupil.learnt.doubtful, pupil.fence()) == (False, False, "none")
    assert pupil.learnt.told(READY) == ("ok", UNPROVEN)
    assert pupil.learnt.told(OUT) == ("paper_out", OUT.message)
    pupil.ends("sent")
    assert not pupil.learnt.confirms
    pupil.ends("confirmed")
    assert (pupil.learnt.confirms, pupil.fence()) == (True, "process-id")


def test_one_that_has_proved_tickets_is_doubted_until_it_proves_again(pupil: Pupil) -> None:
    pupil.ends("confirmed")
    told = pupil.ends("unknown", cannot=True)
    assert (told.state, told.message.id, told.cannot_confirm) == ("unknown", "printer.job.lost", False)
    assert (pupil.learnt.confirms, pupil.learnt.doubtful, pupil.fence()) == (True, True, "process-id")
    assert pupil.learnt.told(READY) == DOUBTFUL
    assert pupil.learnt.told(OUT) == ("paper_out", OUT.message), "what it says it waits for comes first"
    pupil.ends("held")
    assert pupil.learnt.told(READY) == DOUBTFUL
    pupil.ends("confirmed")
    assert pupil.learnt.told(READY) == ("ok", READY.message)


def test_that_it_prints_and_confirms_no_more_is_said_by_who_saw_the_doubted_ticket(pupil: Pupil) -> None:
    pupil.ends("unknown", job=0)
    pupil.learnt.on_paper(0)
    assert pupil.learnt.confirms, "there is no doubt yet"
    doubted(pupil)
    pupil.learnt.on_paper(6)
    assert pupil.learnt.told(READY) == DOUBTFUL, "another ticket proves nothing of it"
    pupil.learnt.on_paper(7)
    assert pupil.learnt.told(READY) == ("ok", UNPROVEN)
    assert pupil.fence() == "process-id", "what is kept is the printer's thread's to change"
    pupil.learnt.looked(READY, 0.1)
    assert pupil.fence() == "none"
    pupil.ends("confirmed")
    pupil.learnt.looked(READY, 0.1)
    assert pupil.fence() == "process-id", "said once, and not at each look"


@pytest.mark.parametrize("doubt", [True, False])
def test_one_that_answers_a_mark_between_two_tickets_confirms_again(
    pupil: Pupil, printer: VirtualPrinter, *, doubt: bool
) -> None:
    if doubt:
        doubted(pupil)
    else:
        pupil.ends("unknown", cannot=True)
    with opened(printer) as line:
        assert not pupil.asked(line), "just now it did not"
        pupil.now += pauses.FIRST_S
        assert not pupil.asked(line, OUT), "the question would wait with its paper"
        assert printer.status()["bytes"] == 0
        assert pupil.asked(line)
        assert (pupil.learnt.told(READY), pupil.fence()) == (("ok", READY.message), "process-id")
        pupil.now += pauses.MOST_S
        asked = printer.status()["bytes"]
        assert not pupil.asked(line), "what is known is not asked"
        assert printer.status()["bytes"] == asked


def test_who_is_asked_in_vain_is_asked_again_later_and_at_once_when_it_was_away(
    pupil: Pupil, printer: VirtualPrinter
) -> None:
    pupil.ends("unknown", cannot=True)
    printer.set_fault("no-echo")
    with opened(printer) as line:
        pupil.now += pauses.FIRST_S
        assert not pupil.asked(line)
        printer.clear()
        pupil.now += pauses.FIRST_S
        assert not pupil.asked(line), "the second pause is longer"
        pupil.learnt.failed(2)
        assert not pupil.asked(line)
        pupil.learnt.failed(3)
        assert pupil.asked(line)


def test_a_proof_makes_the_pauses_short_again(pupil: Pupil, printer: VirtualPrinter) -> None:
    for _ in range(4):
        pupil.ends("unknown", cannot=True)
    pupil.ends("confirmed")
    pupil.ends("unknown", cannot=True)
    pupil.now += pauses.FIRST_S
    with opened(printer) as line:
        assert pupil.asked(line)


def test_silence_makes_the_till_patient_and_a_prompt_answer_does_not(pupil: Pupil) -> None:
    prompt = pupil.learnt.patience_s
    pupil.learnt.looked(READY, prompt / 2)
    assert pupil.learnt.patience_s == prompt
    pupil.learnt.looked(SILENT, prompt / 2)
    assert pupil.learnt.patience_s > prompt
