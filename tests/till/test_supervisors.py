"""Supervisors: the right PIN opens, the wrong one does not, and guessing is stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from agent.language.language import english
from agent.sale.pin_digest import pin_digest, pin_line
from agent.store import pin_tries
from agent.store.opening import FILE_NAME, Store, open_store
from agent.till.supervisors import BOX_S, BOX_TRIES, LOCKED_S, TRIES, Supervisors, Verdict
from tests.rig.damage import write_past_rules
from tests.rig.stores import temporary_store

LINE = pin_line("2468", b"sixteen of salt.")
OTHER_LINE = pin_line("1357", b"another pinch..!")
T = TypeVar("T")


class PowerCut(BaseException):
    """The box is off."""


class Box:
    """A till's supervisors with its store and clocks, which can be switched off and on again."""

    cut = False
    """Whether the power goes right after the next commit."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.wall_s, self.since_boot_s = 1_790_000_000.0, 1000.0
        self.switch_on()

    def switch_on(self) -> None:
        lines = {"Meera": LINE, "Vikram": OTHER_LINE}
        kept = self.write(pin_tries.load)
        self.bosses = Supervisors(
            lines, kept, self.write, lambda: int(self.wall_s * 1000), lambda: self.since_boot_s
        )

    def write(self, work: Callable[[Any], T]) -> T:
        with self.store.transaction() as tx:
            found = work(tx)
        if self.cut:
            raise PowerCut
        return found

    def check(self, name: str, pin: str, source: str = "") -> Verdict:
        return self.bosses.check(name, pin, source)

    def code(self, name: str, pin: str, source: str = "") -> str:
        refusal = self.check(name, pin, source).refusal
        return refusal.code if refusal else ""

    def text(self, name: str, pin: str) -> str:
        return said(self.check(name, pin))

    def wait(self, seconds: float) -> None:
        self.wall_s += seconds
        self.since_boot_s += seconds

    def restart(self, wall_s: float = 20.0) -> None:
        """Off and on; the wall clock is so much later, or earlier, and the other one begins again."""
        self.wall_s += wall_s
        self.since_boot_s = 5.0
        self.switch_on()

    def guess(self, times: int) -> list[str]:
        return [self.code("Meera", "0000") for _ in range(times)]


def said(verdict: Verdict) -> str:
    return english().text(verdict.refusal) if verdict.refusal else ""


@pytest.fixture
def box() -> Iterator[Box]:
    with temporary_store() as store:
        yield Box(store)


def test_only_the_right_pin_of_the_right_name_opens(box: Box) -> None:
    assert box.check("Meera", "2468").ok
    assert [box.check(*one).ok for one in (("Meera", "1357"), ("Vikram", "2468"), ("meera", "2468"))] == [
        False
    ] * 3


def test_a_wrong_name_is_told_as_a_wrong_pin_is(box: Box) -> None:
    assert box.check("Nobody", "2468") == box.check("Meera", "wrong")


def test_a_name_is_locked_after_so_many_wrong_pins_and_for_so_long(box: Box) -> None:
    tries = [box.check("Meera", "0000") for _ in range(TRIES)]
    assert [one.locked for one in tries] == [False] * (TRIES - 1) + [True]
    assert "5 minutes" in said(tries[-1])
    box.wait(LOCKED_S - 1)
    assert box.code("Meera", "2468") == "supervisor-locked"
    assert "1 minute." in box.text("Meera", "2468")
    assert box.check("Vikram", "1357", "elsewhere").ok, "only that name is locked"
    box.wait(2)
    assert box.check("Meera", "2468").ok


def test_a_right_pin_takes_one_wrong_one_back(box: Box) -> None:
    """Who slips now and then works on; who guesses between a supervisor's own PINs is stopped."""
    for _ in range(8):
        assert box.guess(1) == ["supervisor-wrong"]
        assert box.check("Meera", "2468").ok
    codes = []
    for _ in range(4):
        codes += box.guess(2)
        codes.append(box.code("Meera", "2468"))
    assert codes[-3:] == ["supervisor-wrong", "supervisor-locked", "supervisor-locked"]


def test_each_wrong_pin_after_a_lock_is_a_lock_of_its_own_until_right_ones_came(box: Box) -> None:
    box.guess(TRIES)
    box.wait(LOCKED_S + 1)
    assert box.guess(1) == ["supervisor-locked"]
    box.wait(2 * LOCKED_S + 1)
    assert box.check("Meera", "2468").ok
    assert box.guess(1) == ["supervisor-wrong"]


def test_guessing_from_many_threads_at_once_gets_no_more_tries(box: Box) -> None:
    codes: list[str] = []
    threads = [threading.Thread(target=lambda: codes.extend(box.guess(1))) for _ in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert codes.count("supervisor-wrong") == TRIES - 1


def test_who_guesses_does_not_keep_a_supervisor_from_working_elsewhere(box: Box) -> None:
    """Where the right PIN has been given before; every other place waits with the guesser."""
    assert box.check("Meera", "2468", "page").ok
    assert [box.code("Meera", "0000", "socket") for _ in range(TRIES)][-1] == "supervisor-locked"
    assert box.code("Meera", "0000", "page") == "supervisor-wrong"
    assert box.code("Meera", "2468", "another") == "supervisor-locked", (
        "a slip where it is known lifts no lock"
    )
    assert box.check("Meera", "2468", "page").ok
    assert box.code("Meera", "2468", "socket") == "supervisor-locked"


def test_guessing_at_one_name_after_the_other_is_stopped_as_well(box: Box) -> None:
    """Names that are nobody's count too."""
    names = ["Meera", "Vikram", "Nobody", "Else", "Vikram", "Meera"]
    codes = [box.code(name, "0000", "page") for name in names]
    assert codes == ["supervisor-wrong"] * (TRIES - 1) + ["supervisor-locked"] * 2
    assert box.check("Meera", "2468", "socket").ok


def test_who_goes_on_guessing_waits_longer_each_time(box: Box) -> None:
    for _ in range(TRIES - 1):
        box.code("Nobody", "0000", "page")
    waits = []
    for _ in range(6):
        assert box.code("Nobody", "0000", "page") == "supervisor-locked"
        refusal = box.check("Nobody", "0000", "page").refusal
        assert refusal
        minutes = refusal.params["count"]
        assert isinstance(minutes, int)
        waits.append(minutes)
        box.wait(60 * minutes + 1)
        assert box.check("Meera", "2468", "socket").ok
    assert waits == [5, 10, 20, 40, 60, 60]


def patient(box: Box, tries: int, begin: int = 0) -> list[str]:
    """Guesses from a fresh place each, never so many in a row that a name is locked."""
    codes = []
    for no in range(begin, begin + tries):
        codes.append(box.code(("Meera", "Vikram")[no % 2], "0000", f"session {no}"))
        box.wait(LOCKED_S)
    return codes


def test_a_patient_guesser_has_few_tries_an_hour_however_many_places_and_names_there_are(box: Box) -> None:
    codes = []
    for no in range(BOX_TRIES + 5):
        codes.append(box.check(("Meera", "Vikram")[no % 2], "0000", f"session {no}"))
        box.wait(LOCKED_S / 2)
        if no % 2:
            box.bosses.check("Vikram", "1357", "page")
            box.bosses.check("Meera", "2468", "page")
    assert [said(one) for one in codes].count("The supervisor's name or PIN is not right.") == BOX_TRIES - 1
    assert [(one.locked, one.box) for one in codes][BOX_TRIES - 1] == (True, True)
    last = codes[-1].refusal
    assert last is not None
    assert (last.code, last.id) == ("supervisor-locked", "supervisor-locked.everywhere")
    box.wait(BOX_S)
    assert box.code("Meera", "0000", "session z") == "supervisor-wrong", "the hour is over"


def test_the_shop_goes_on_where_a_right_pin_was_given_and_so_does_root(box: Box) -> None:
    assert box.check("Meera", "2468", "page").ok
    patient(box, BOX_TRIES)
    assert box.code("Meera", "2468", "another page") == "supervisor-locked"
    assert box.code("Vikram", "9999", "page") == "supervisor-wrong", "a slip there is a slip"
    assert box.check("Vikram", "1357", "page").ok
    assert box.bosses.check("Meera", "2468", "user 0", trusted=True).ok


def test_who_names_nobody_is_told_as_a_wrong_name_is(box: Box) -> None:
    assert box.code("Meera", "0000", "session 1") == "supervisor-wrong"
    box.restart()
    assert box.code("", "0000", "session 2") == "supervisor-wrong"


def test_right_pins_use_up_nothing(box: Box) -> None:
    for no in range(BOX_TRIES + 1):
        assert box.check("Meera", "2468", f"session {no}").ok
    assert box.code("Meera", "0000", "one more") == "supervisor-wrong"


@pytest.mark.parametrize("back_s", [0.0, 3600.0])
def test_a_restart_gives_no_new_hour(box: Box, back_s: float) -> None:
    codes = []
    for no in range(BOX_TRIES + 1):
        codes.append(box.code(("Meera", "Vikram")[no % 2], "0000", f"session {no}"))
        if no % 2:
            box.wait(LOCKED_S / 10)
            box.restart(-back_s)
    assert codes[-1] == "supervisor-locked"
    box.wait(LOCKED_S + 1)
    told = box.check("Meera", "2468", "one more").refusal
    assert told is not None
    assert told.id == "supervisor-locked.everywhere"
    box.restart(BOX_S + LOCKED_S + 10 * back_s)
    assert box.code("Meera", "2468", "page") == ""


# --- over a restart -----------------------------------------------------------------------------------


def test_a_restart_gives_no_new_tries(box: Box) -> None:
    codes = []
    for _ in range(TRIES):
        codes += box.guess(1)
        box.restart()
    assert codes == ["supervisor-wrong"] * (TRIES - 1) + ["supervisor-locked"]
    assert box.code("Meera", "2468") == "supervisor-locked"


@pytest.mark.parametrize("back_s", [0.0, 60.0, 3600.0, 1_790_000_000.0])
def test_a_restart_lifts_no_lock_and_a_clock_set_back_makes_none_for_ever(box: Box, back_s: float) -> None:
    box.guess(TRIES)
    box.restart(-back_s)
    assert box.code("Meera", "2468") == "supervisor-locked"
    assert "5 minutes" in box.text("Meera", "2468")
    box.wait(LOCKED_S + 1)
    assert box.check("Meera", "2468").ok
    box.restart(-back_s)
    assert box.check("Meera", "2468").ok, "the right PIN has ended it"


def test_a_lock_that_ran_out_while_the_box_was_off_is_over(box: Box) -> None:
    box.guess(TRIES)
    box.restart(100)
    assert "4 minutes" in box.text("Meera", "2468")
    box.restart(LOCKED_S)
    assert box.check("Meera", "2468").ok


def test_a_clock_set_back_while_the_till_runs_changes_nothing(box: Box) -> None:
    box.guess(TRIES)
    box.wall_s -= 86_400
    box.wait(LOCKED_S - 1)
    assert box.code("Meera", "2468") == "supervisor-locked"
    box.wait(2)
    assert box.check("Meera", "2468").ok


def test_power_cut_at_a_wrong_pin_has_used_it_up(box: Box) -> None:
    """Cut before the PIN is looked at: what is on the disk by then counts."""
    for _ in range(TRIES):
        box.cut = True
        with pytest.raises(PowerCut):
            box.check("Meera", "0000")
        box.cut = False
        box.restart()
    assert box.code("Meera", "2468") == "supervisor-locked"


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
    assert pin_digest(line) is None


# --- a damaged row --------------------------------------------------------------------------------------


def damaged_box(directory: Path, name: str, column: str, value: object) -> Box:
    """A till where somebody has guessed once, and whose row of that name was damaged while it was off."""
    store = open_store(directory)
    Box(store).guess(1)
    store.close()
    damage = f"UPDATE pin_tries SET {column} = ? WHERE name = ?"
    write_past_rules(directory / FILE_NAME, "pin_tries", damage, value, name)
    return Box(open_store(directory))


DAMAGES = pytest.mark.parametrize(
    ("column", "value"),
    [
        ("wrong", None),
        ("wrong", b"\x01"),
        ("wrong", -1),
        ("locked_until_ms", None),
        ("locked_until_ms", b"\x01"),
        ("locked_until_ms", -1),
    ],
)


@DAMAGES
def test_a_name_whose_row_is_damaged_is_locked_for_a_while_and_no_longer(
    tmp_path: Path, column: str, value: object
) -> None:
    box = damaged_box(tmp_path, "Meera", column, value)
    assert box.check("Vikram", "1357", "page").ok
    assert "5 minutes" in box.text("Meera", "2468")
    box.wait(LOCKED_S + 1)
    assert box.guess(TRIES) == ["supervisor-wrong"] * (TRIES - 1) + ["supervisor-locked"]
    box.restart(LOCKED_S + 1)
    assert box.check("Meera", "2468").ok
    box.store.close()


@DAMAGES
def test_where_it_is_not_known_how_often_the_box_was_guessed_at_it_is_locked_for_a_while_and_no_longer(
    tmp_path: Path, column: str, value: object
) -> None:
    box = damaged_box(tmp_path, "", column, value)
    told = box.check("Meera", "2468").refusal
    assert told is not None
    assert told.id == "supervisor-locked.everywhere"
    assert "5 minutes" in box.text("Meera", "2468")
    box.wait(LOCKED_S + 1)
    assert box.check("Meera", "2468").ok
    box.store.close()
