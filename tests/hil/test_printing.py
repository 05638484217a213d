"""Bills to paper over TCP: confirmed only by the printer's own answer, never a second original."""

import json
from typing import Any

import pytest

from agent.simulated.world import World
from tests.hil.conftest import RICE, notice, paper_of, sell


def _tickets_of(world: World, number: str) -> list[str]:
    texts = [file.read_text("utf-8") for file in sorted(world.tickets.glob("*.txt"))]
    return [text for text in texts if number in text]


def _kicks(world: World) -> list[dict[str, Any]]:
    return list(json.loads(world.printer("status"))["kicks"])


def test_a_bill_is_confirmed_once_the_printer_has_answered(till: World) -> None:
    number = sell(till, RICE)
    till.until(lambda: paper_of(till, number) == "confirmed", "the printer's proof")
    (ticket,) = _tickets_of(till, number)
    assert "DUPLICATE" not in ticket
    assert "Kaveri Sona Masoori Rice 5 kg" in ticket


def test_a_silent_printer_makes_the_job_unknown_and_a_person_settles_it_with_a_marked_copy(
    till: World,
) -> None:
    till.printer("fault wrong-echo")
    number = sell(till, RICE)
    till.until(lambda: paper_of(till, number) == "unknown", "the job to be unknown", timeout_s=100)
    assert "Did the receipt print?" in notice(till, "print-unknown")["text"]
    till.printer("clear")
    job = till.snapshot()["last_bill"]["print_job"]
    till.press("print/resolve", job=job, printed=False)
    till.until(lambda: paper_of(till, number) == "confirmed", "the copy")
    originals = [ticket for ticket in _tickets_of(till, number) if "DUPLICATE" not in ticket]
    copies = [ticket for ticket in _tickets_of(till, number) if "DUPLICATE 1" in ticket]
    assert (len(originals), len(copies)) == (1, 1)


def test_after_two_kills_in_mid_print_both_bills_are_asked_about_until_answered(till: World) -> None:
    till.printer("fault delay-echo 60 s")
    numbers = []
    for _ in range(2):
        numbers.append(sell(till, RICE))
        till.until(lambda: till.snapshot()["last_bill"]["print"] == "sending", "the job to be under way")
        till.kill_agent()
        till.start_agent()
    till.printer("clear")
    asked = till.snapshot()["unknown_prints"]
    # Another test may have left one of its own.
    assert [one["number"] for one in asked if one["number"] in numbers] == numbers
    for count, one in enumerate(asked, 1):
        till.press("print/resolve", job=one["job"], printed=True)
        assert till.snapshot()["unknown_prints"] == asked[count:]


@pytest.mark.timeout(300)
def test_out_of_paper_holds_the_job_and_says_so_and_prints_once_when_paper_is_back(till: World) -> None:
    till.printer("fault paper-out")
    till.until(
        lambda: till.snapshot()["badges"]["printer"]["state"] == "paper_out", "the badge", timeout_s=20
    )
    number = sell(till, RICE)
    till.until(lambda: _kicks(till)[-1:] and _kicks(till)[-1]["paper_out"], "the drawer, which is not paper")
    till.until(lambda: paper_of(till, number) == "held", "the job to be held", timeout_s=100)
    till.printer("clear")
    till.until(lambda: paper_of(till, number) == "confirmed", "the job to print", timeout_s=40)
    assert len(_tickets_of(till, number)) == 1
    assert _kicks(till)[-1]["paper_out"], "the ticket does not open it again"


@pytest.mark.timeout(300)
def test_a_printer_that_answers_garbage_never_confirms(till: World) -> None:
    till.printer("fault garbage")
    number = sell(till, RICE)
    till.until(lambda: till.snapshot()["badges"]["printer"]["state"] in ("unknown", "error"), "the badge", 40)
    assert paper_of(till, number) != "confirmed"
    till.printer("clear")
    # What was under way meanwhile may stand still for as long as printer.deadline_s.
    till.until(lambda: paper_of(till, number) in ("confirmed", "unknown"), "its end", timeout_s=100)


def test_a_printer_that_is_away_delays_paper_and_nothing_else(till: World) -> None:
    till.printer("fault power-loss")
    till.until(lambda: till.snapshot()["badges"]["printer"]["state"] == "offline", "the badge", timeout_s=20)
    first, second = sell(till, RICE), sell(till, RICE)
    till.printer("clear")
    for number in (first, second):
        till.until(lambda wanted=number: paper_of(till, wanted) == "confirmed", "the paper", timeout_s=60)
    assert len(_tickets_of(till, first)) == len(_tickets_of(till, second)) == 1


def test_a_copy_is_marked_and_does_not_open_the_drawer(till: World) -> None:
    number = sell(till, RICE)
    till.until(lambda: paper_of(till, number) == "confirmed", "the original")
    till.press("bill/print", number=number)
    till.until(lambda: len(_tickets_of(till, number)) == 2, "the copy")
    assert "DUPLICATE 1" in _tickets_of(till, number)[1]
