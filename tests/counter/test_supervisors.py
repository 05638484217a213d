"""Supervisors: the right PIN opens, the wrong one does not, and guessing is stopped."""

from __future__ import annotations

import threading

import pytest

from agent.counter.supervisors import LOCKED_S, TRIES, Supervisors, pin_line, pin_problem

LINE = pin_line("2468", b"sixteen of salt.")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bosses(clock: Clock) -> Supervisors:
    return Supervisors({"Meera": LINE, "Vikram": pin_line("1357", b"another pinch..!")}, clock)


def test_only_the_right_pin_of_the_right_name_opens(bosses: Supervisors) -> None:
    assert bosses.check("Meera", "2468").ok
    assert [bosses.check(*one).ok for one in (("Meera", "1357"), ("Vikram", "2468"), ("meera", "2468"))] == [
        False
    ] * 3


def test_a_wrong_name_is_told_as_a_wrong_pin_is(bosses: Supervisors) -> None:
    assert bosses.check("Nobody", "2468") == bosses.check("Meera", "wrong")


def test_a_name_is_locked_after_so_many_wrong_pins_and_for_so_long(bosses: Supervisors, clock: Clock) -> None:
    tries = [bosses.check("Meera", "0000") for _ in range(TRIES)]
    assert [one.locked for one in tries] == [False] * (TRIES - 1) + [True]
    assert "5 minutes" in tries[-1].text
    clock.now += LOCKED_S - 1
    assert bosses.check("Meera", "2468").code == "supervisor-locked"
    assert "1 minute." in bosses.check("Meera", "2468").text
    assert bosses.check("Vikram", "1357").ok, "only that name is locked"
    clock.now += 2
    assert bosses.check("Meera", "2468").ok


def test_a_right_pin_forgives_the_wrong_ones_before_it(bosses: Supervisors) -> None:
    for _ in range(3):
        assert [bosses.check("Meera", "0000").ok for _ in range(TRIES - 1)] == [False] * (TRIES - 1)
        assert bosses.check("Meera", "2468").ok


def test_guessing_from_many_threads_at_once_gets_no_more_tries(bosses: Supervisors) -> None:
    codes: list[str] = []
    threads = [
        threading.Thread(target=lambda: codes.append(bosses.check("Meera", "0000").code)) for _ in range(12)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert codes.count("supervisor-wrong") == TRIES - 1


@pytest.mark.parametrize("pin", ["", "123", "x" * 65])
def test_a_pin_that_is_too_short_or_too_long_is_refused(pin: str) -> None:
    with pytest.raises(ValueError, match="4 to 64"):
        pin_line(pin, b"sixteen of salt.")


@pytest.mark.parametrize(
    "line",
    [
        "2468",
        "",
        LINE[:-2],
        LINE.replace("$32768$", "$4194304$"),
        LINE.replace("$32768$", "$32767$"),
        LINE.replace("$8$1$", "$0$1$"),
    ],
)
def test_a_setting_that_is_no_such_line_is_told(line: str) -> None:
    """A clear PIN, a cut line, and costs that would eat the box's memory."""
    assert "config pin" in pin_problem(line)
    assert pin_problem(LINE) == ""
