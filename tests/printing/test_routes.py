"""Which printer prints what: its own, and a stand-in only in time and only if it can."""

from __future__ import annotations

import pytest

from agent.printing.routes import Route, Routes
from agent.till.board import CANNOT_PRINT


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def routes(clock: Clock) -> Routes:
    return Routes([Route("counter", (), "back", 20.0), Route("back", ("labels",))], clock)


def test_the_first_prints_what_no_other_names(routes: Routes) -> None:
    assert [routes.home(kind) for kind in ("bills", "copies", "labels")] == ["counter", "counter", "back"]
    assert [routes.takes("back", kind) for kind in ("bills", "copies", "labels")] == [False, False, True]


@pytest.mark.parametrize("state", CANNOT_PRINT)
def test_a_stand_in_has_the_job_after_its_time_and_the_first_keeps_it_too(
    routes: Routes, clock: Clock, state: str
) -> None:
    """Whoever can first takes it: the spool gives it to one."""
    routes.told("counter", state)
    clock.now += 19.9
    assert not routes.takes("back", "bills")
    routes.told("counter", "paper_out")
    clock.now += 0.1
    assert routes.takes("back", "bills") and routes.takes("counter", "bills")
    assert routes.now("bills") == "back"
    routes.told("counter", "near_end")
    assert not routes.takes("back", "bills")
    assert routes.now("bills") == "counter"
    routes.told("counter", state)
    clock.now += 19.9
    assert not routes.takes("back", "bills"), "its time begins anew"


def test_a_stand_in_that_cannot_print_takes_nothing(routes: Routes, clock: Clock) -> None:
    routes.told("counter", "offline")
    routes.told("back", "cover_open")
    clock.now += 60
    assert not routes.takes("back", "bills")
    assert routes.now("bills") == "counter"
    assert routes.takes("back", "labels"), "its own wait for it all the same"


def test_nobody_stands_in_for_the_stand_in(routes: Routes, clock: Clock) -> None:
    routes.told("back", "offline")
    clock.now += 60
    assert routes.now("labels") == "back"
    assert not routes.takes("counter", "labels")


def test_one_that_is_ready_and_loses_ticket_after_ticket_is_passed_over_and_tried_ever_more_seldom(
    routes: Routes, clock: Clock
) -> None:
    """It was never stood in for: between two tickets it said that it is ready."""

    def who() -> list[str]:
        return [name for name in ("counter", "back") if routes.takes(name, "bills")]

    routes.ended("counter", "unknown")
    assert who() == ["counter"], "one may have been a cable"
    for pause_s in (60, 120, 240, 480, 600, 600):
        routes.ended("counter", "unknown")
        assert (who(), routes.now("bills")) == (["back"], "back")
        clock.now += pause_s - 0.1
        routes.told("counter", "ok")
        assert who() == ["back"]
        clock.now += 0.1
        assert who() == ["counter"], "with one ticket"
    routes.ended("counter", "confirmed")
    routes.ended("counter", "unknown")
    assert who() == ["counter"]


@pytest.mark.parametrize("loses", [False, True])
def test_where_the_stand_in_is_no_better_the_first_keeps_its_tickets(routes: Routes, loses: bool) -> None:
    for _ in range(2):
        routes.ended("counter", "unknown")
        routes.ended("back", "unknown" if loses else "sent")
    if not loses:
        routes.told("back", "paper_out")
    assert (routes.takes("counter", "bills"), routes.takes("back", "bills")) == (True, False)
