"""The end of a roll is warned of before the paper is out, by an estimate that is called one."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from agent.language.language import in_english
from agent.printing.paper_roll import PaperRoll
from agent.till.counters import Counters, named
from drivers.message import Message
from drivers.simulated.printer import VirtualPrinter
from tests.printing.test_paper_counts import CountingTill, running, sold_and_printed, until
from tests.rig.till import RigTill

ROLL_MM = 3_000
BORDER_DOTS = 24


class RollTill(CountingTill):
    """The same, with rolls of a known length."""

    roll_mm = ROLL_MM

    def roll(self) -> dict[str, Any]:
        [row] = self.printers.report(self.till.language.text)
        return dict(row["roll"])


@pytest.fixture
def printer() -> Iterator[VirtualPrinter]:
    with VirtualPrinter(roll_mm=ROLL_MM) as running_printer:
        yield running_printer


@pytest.fixture
def till(tmp_path: Path, printer: VirtualPrinter) -> Iterator[RollTill]:
    made = RollTill(tmp_path / "store", printer.url)
    yield made
    made.close()


def _fed_mm(printer: VirtualPrinter) -> int:
    heights = (Image.open(io.BytesIO(ticket.png)).height - 2 * BORDER_DOTS for ticket in printer.tickets)
    return sum(heights) // 8


def test_the_warning_comes_before_the_printers_own_and_before_the_end(
    till: RollTill, printer: VirtualPrinter
) -> None:
    """The simulated printer has a sensor for the last tenth of its roll; many real ones have none."""
    with running(till):
        while not till.roll()["low"]:
            sold_and_printed(till)
            assert _fed_mm(printer) < ROLL_MM * 9 // 10, "it is too late now"
        until(lambda: till.badge()["id"] == "badge.printer.roll")
        badge, notice = till.badge(), till.board.part("notice")
    assert badge["state"] == "near_end"
    assert "by estimate" in badge["text"]
    assert (notice["code"], notice["level"]) == ("roll-low", "warn")
    assert abs(_fed_mm(printer) - (ROLL_MM - till.roll()["left_mm"])) <= ROLL_MM // 100


def test_paper_that_was_out_and_is_back_is_a_new_roll_and_the_warning_goes(
    till: RollTill, printer: VirtualPrinter
) -> None:
    with running(till):
        while not till.roll()["low"]:
            sold_and_printed(till)
        printer.set_fault("paper-out")
        till.printers.wake()
        until(lambda: till.badge()["state"] == "paper_out")
        assert till.roll()["known"] == "unseen"
        printer.clear()
        till.printers.wake()
        until(lambda: till.badge()["state"] == "ok")
    assert (till.roll()["known"], till.roll()["left_mm"]) == ("seen", ROLL_MM)


def test_a_person_says_that_a_new_roll_is_in_and_a_restart_knows_it(till: RollTill) -> None:
    with running(till):
        sold_and_printed(till)
        before = till.roll()
        assert (before["known"], before["left_mm"] < ROLL_MM) == ("unseen", True)
        assert till.printers.new_roll().ok
    assert till.roll() == before | {"known": "said", "left_mm": ROLL_MM}
    till.reopen()
    assert till.roll() == before | {"known": "said", "left_mm": ROLL_MM}


def test_a_printer_that_is_not_there_or_has_no_length_is_refused_in_words(
    tmp_path: Path, till: RollTill
) -> None:
    assert till.printers.new_roll("back").code == "no-such-printer"
    plain = CountingTill(tmp_path / "plain", till.url)
    assert plain.printers.new_roll().code == "roll-unset"
    [row] = plain.printers.report(plain.till.language.text)
    assert row["roll"] is None
    plain.close()


# --- by itself ------------------------------------------------------------------------------------------


class Alone:
    """A roll of one metre and the counts under it."""

    def __init__(self, directory: Path) -> None:
        self.rig = RigTill(directory)
        self.counters = Counters(self.rig.till)
        self.roll = self.looked_at()

    def looked_at(self, length_mm: int = 1_000, printer: str = "front") -> PaperRoll:
        return PaperRoll(self.counters, printer, length_mm, self.rig.till.now_ms)

    def feed(self, mm: int, printer: str = "front") -> None:
        self.counters.count(named("POSPrinter", printer), "PaperFedMm", mm)


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Alone]:
    made = Alone(tmp_path / "alone")
    yield made
    made.rig.close()


def test_what_was_fed_before_the_length_was_set_is_of_earlier_rolls(alone: Alone) -> None:
    """Also where paper was put in before, and seen."""
    unset = alone.looked_at(length_mm=0, printer="back")
    for state in ("paper_out", "ok"):
        unset.stands(state)
    assert (unset.report(str), unset.low, unset.warning()) == (None, False, None)
    alone.feed(123_456, "back")
    roll = alone.looked_at(printer="back")
    assert (roll.left_mm, roll.low) == (1_000, False)


def test_since_when_a_roll_is_in_is_told(alone: Alone) -> None:
    """At first since this till looked, which is all that is known."""
    first = alone.rig.till.now_ms()
    alone.rig.at += timedelta(hours=3)
    before = alone.roll.report(str)
    alone.roll.put_in("said")
    after = alone.roll.report(str)
    assert before and after
    assert (before["since"], before["known"]) == (str(first), "unseen")
    assert (after["since"], after["known"]) == (str(first + 3 * 3600 * 1000), "said")


def test_a_new_roll_is_seen_once_and_not_at_each_look_after_it(alone: Alone) -> None:
    for state in ("paper_out", "ok"):
        alone.roll.stands(state)
    alone.feed(100)
    alone.roll.stands("near_end")
    alone.roll.stands("ok")
    assert alone.roll.left_mm == 900


def test_of_a_roll_that_nothing_was_fed_of_all_is_left(alone: Alone) -> None:
    assert (alone.roll.left_mm, alone.roll.low) == (1_000, False)


def test_what_is_left_is_said_in_whole_metres(alone: Alone) -> None:
    long = alone.looked_at(50_000)
    alone.feed(43_000)
    warned = long.warning()
    assert warned
    assert "front: the paper roll is nearly used up, by estimate about 7 m" in in_english(warned)
    alone.feed(1)
    assert "by estimate about 6 m" in in_english(long.told(Message("printer.ready")))


def test_it_is_warned_of_once_and_again_for_the_next_roll(alone: Alone) -> None:
    alone.feed(850)
    assert alone.roll.warning() is None
    alone.feed(1)
    assert [bool(alone.roll.warning()) for _ in range(3)] == [True, False, False]
    alone.roll.put_in("said")
    assert (alone.roll.left_mm, alone.roll.warning()) == (1_000, None)
    alone.feed(900)
    assert alone.roll.warning()


def test_a_roll_that_lasts_longer_than_it_should_has_nothing_left_and_not_less(alone: Alone) -> None:
    alone.feed(1_200)
    assert (alone.roll.left_mm, alone.roll.low) == (0, True)


@pytest.mark.parametrize(
    ("states", "known"),
    [
        (("ok", "cover_open", "ok"), "unseen"),
        (("ok", "near_end", "cover_open", "ok"), "unseen"),
        (("ok", "paper_out", "cover_open", "ok"), "seen"),
        (("paper_out", "offline", "unknown", "near_end"), "seen"),
        (("paper_out", "cover_open", "offline"), "unseen"),
    ],
)
def test_only_paper_that_was_out_and_is_back_is_seen_as_a_new_roll(
    alone: Alone, states: tuple[str, ...], known: str
) -> None:
    """A cover that was open hides what was done under it."""
    for state in states:
        alone.roll.stands(state)
    told = alone.roll.report(str)
    assert told
    assert told["known"] == known


def test_the_printers_own_word_stands_before_the_estimate(alone: Alone) -> None:
    ready = Message("printer.ready")
    assert alone.roll.told(ready) == ready
    alone.feed(990)
    assert alone.roll.told(ready).params["status"] == ready


def test_what_is_left_outlives_a_restart(alone: Alone) -> None:
    alone.feed(100)
    alone.counters.keep_now()
    again = Counters(alone.rig.till)
    assert PaperRoll(again, "front", 1_000, alone.rig.till.now_ms).left_mm == 900
