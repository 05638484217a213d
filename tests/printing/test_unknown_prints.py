"""Every job that may be on paper is asked about, oldest first, until somebody has answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.printing.printers import Printers
from agent.store import spool
from drivers.message import Message
from tests.rig.till import RigTill


class PaperTill(RigTill):
    """A till with the verbs of a printer, and no thread that prints."""

    def serve(self) -> None:
        with self.store.transaction() as tx:
            spool.after_restart(tx)
        super().serve()
        self.printers = Printers(self.till, self.board, self.last_bill, lambda *_: [], self.store.reader, [])

    def break_off(self, *jobs: int) -> None:
        """The power goes while these are being sent."""
        with self.store.transaction() as tx:
            for job in jobs:
                spool.begin(tx, job)
        self.reopen()

    def badge(self, state: str, text: str, plain: str) -> None:
        badges = self.board.part("badges")
        shown = {"state": state, "text": text, "plain": plain, "copies_wait": plain}
        self.board.set(badges=badges | {"printer": shown})

    def asked(self) -> list[tuple[int, str, int]]:
        return [(one["job"], one["number"], one["copy"]) for one in self.board.part("unknown_prints")]

    def last(self) -> dict[str, Any]:
        return dict(self.board.part("last_bill"))

    def answers(self) -> list[dict[str, Any]]:
        """What the journal has of questions that were answered."""
        rows = self.till.read(
            lambda tx: tx.execute(
                "SELECT body FROM journal WHERE kind = 'print-resolved' ORDER BY n"
            ).fetchall()
        )
        return [json.loads(body) for (body,) in rows]


@pytest.fixture
def till(tmp_path: Path) -> Iterator[PaperTill]:
    made = PaperTill(tmp_path / "store")
    yield made
    made.close()


def _copy(till: PaperTill, number: str) -> int:
    return int(till.past_bills.print_copy(number).data["job"])


def test_after_a_power_cut_every_unknown_job_is_asked_about_oldest_first(till: PaperTill) -> None:
    first, second = till.sell(), till.sell()
    copy = _copy(till, first)
    assert till.asked() == []
    till.break_off(1, 2, copy)
    assert till.asked() == [(1, first, 0), (2, second, 0), (copy, first, 1)]


def test_a_question_goes_when_it_is_answered_and_the_next_one_stays(till: PaperTill) -> None:
    first, second = till.sell(), till.sell()
    till.break_off(1, 2)
    assert till.printers.resolve(2, printed=True).ok
    assert till.asked() == [(1, first, 0)]
    assert till.last()["print"] == "answered-yes"
    assert till.printers.resolve(1, printed=False).ok
    assert till.asked() == []
    again = till.printers.resolve(1, printed=False)
    assert (again.ok, again.code) == (False, "no-such-job"), "it is answered already"
    assert till.answers() == [{"job": 2, "printed": True}, {"job": 1, "printed": False}]
    till.break_off(3)
    assert till.asked() == [(3, first, 1)], "the copy is asked about like its original"
    assert till.last()["number"] == second


def test_an_answer_that_is_asked_for_again_is_the_same_and_prints_no_second_copy(till: PaperTill) -> None:
    till.sell()
    till.break_off(1)
    answer = till.printers.resolve(1, printed=False, key="one press")
    assert answer.ok
    assert till.printers.resolve(1, printed=False, key="one press") == answer
    assert [job.copy for job in till.till.read(spool.open_jobs)] == [1]


def test_a_job_that_becomes_unknown_under_way_is_asked_about(till: PaperTill) -> None:
    number = till.sell()
    with till.store.transaction() as tx:
        spool.begin(tx, 1)
        spool.leave(tx, 1, "unknown", 812, "")
        job = next(iter(spool.open_jobs(tx)))
    till.printers.job_changed(job, "unknown", None)
    assert till.asked() == [(1, number, 0)]


def test_a_cashier_reads_no_address_and_the_technician_does(
    till: PaperTill, caplog: pytest.LogCaptureFixture
) -> None:
    till.sell()
    with till.store.transaction() as tx:
        spool.begin(tx, 1)
        spool.leave(tx, 1, "unknown", 812, "")
        job = next(iter(spool.open_jobs(tx)))
    name = "tcp://10.0.0.5:9100"
    line = Message("printer.line.os.broke", name=name)
    lost = Message("printer.job.lost-and", lost=Message("printer.job.lost", why=line), status=line)
    till.printers.job_changed(job, "unknown", lost)
    asked = till.board.part("notice")["text"]
    assert "The printer cannot be reached" in asked
    assert "10.0.0.5" not in str(till.board.part("notice")) and "broke" not in asked
    assert name in caplog.text


def test_the_last_bill_shows_its_newest_paper(till: PaperTill) -> None:
    """A copy that waits is told, although its original was printed; an older bill's copy is not its."""
    first, second = till.sell(), till.sell()
    till.break_off(2)
    assert (till.last()["print"], till.last()["print_job"]) == ("unknown", 2)
    assert till.printers.resolve(2, printed=False).ok
    assert (till.last()["print"], till.last()["print_job"]) == ("queued", 3)
    _copy(till, first)
    assert till.last()["print_job"] == 3
    job = _copy(till, second)
    assert (till.last()["print"], till.last()["print_job"]) == ("queued", job)


@pytest.mark.parametrize("state", ["paper_out", "cover_open", "offline", "error", "unknown"])
def test_a_copy_that_cannot_be_printed_now_is_said_to_wait(till: PaperTill, state: str) -> None:
    """Nor is one "being printed" by a printer that does not answer."""
    number = till.sell()
    till.break_off(1)
    assert till.past_bills.print_copy(number).code == "copy-queued"
    till.badge(state, "tcp://10.0.0.5:9100 is out of paper.", "The printer is out of paper.")
    waits = till.past_bills.print_copy(number)
    again = till.printers.resolve(1, printed=False)
    for told in (waits, again):
        assert (told.ok, told.code) == (True, "copy-waits")
        assert "The printer is out of paper." in told.text
        assert "10.0.0.5" not in told.text
