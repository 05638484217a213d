"""A whole till whose clock is not the cloud's: learnt from answers, told to people, kept off the bills."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from agent.simulated.world import World
from tests.hil.conftest import MEMBER, RICE, lines, refused, scan_in, sell

DAY_S = 86_400


@pytest.fixture
def timed(till: World) -> Iterator[World]:
    """The till, its clock as the cloud's before and after."""
    _agreed(till)
    yield till
    till.cloud("clear")
    till.cloud("options", oldest_bill="")
    _pos(till, "config", "pull")
    _agreed(till)


def _pos(world: World, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agent.cli", *arguments]
    environment = os.environ | {"POS_AGENT_CONFIG": str(world.config), "COLUMNS": "80"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=60)


def _clock(world: World, state: str) -> dict[str, Any]:
    def shown() -> dict[str, Any] | None:
        found = world.snapshot()["badges"]["clock"]
        return dict(found) if found["state"] == state else None

    return dict(world.until(shown, f"a clock that is {state}"))


def _ask(world: World) -> None:
    """Two questions of the counter, as any two customers would bring them; no sale stays open."""
    for _ in range(2):
        world.press("customer/search", kind="mobile", value=MEMBER)
        world.press("sale/cancel", reason="only asked")


def _agreed(world: World) -> None:
    world.cloud("clear")
    _ask(world)
    _clock(world, "ok")


def _put_off(world: World, seconds: int) -> dict[str, Any]:
    """The cloud's clock put wrong, which for the till is its own; what the badge says of it."""
    world.cloud("clear")
    world.cloud("fault", kind="clock", seconds=seconds)
    _ask(world)
    return _clock(world, "wrong")


def _parked(world: World, number: str) -> dict[str, Any] | None:
    rows = [row for row in world.get("queue")["rows"] if row["bill_number"] == number]
    return dict(rows[0]) if rows and rows[0]["state"] == "parked" else None


def test_the_clock_is_compared_at_the_start_without_a_request_for_it(timed: World) -> None:
    """The pull of the rules is the first to hear the cloud."""
    timed.kill_agent()
    timed.start_agent()
    _clock(timed, "ok")
    assert {call["op"] for call in timed.cloud("log")["calls"]} >= {"organization/configs"}


def test_a_clock_three_days_ahead_stops_the_bill_and_the_sale_waits(timed: World) -> None:
    scan_in(timed, RICE)
    timed.cloud("fault", kind="clock", seconds=-3 * DAY_S)
    timed.press("customer/search", kind="mobile", value=MEMBER)
    timed.press("customer/search", kind="mobile", value=MEMBER)
    assert _clock(timed, "wrong")["text"] == "Clock is 3 days ahead of the cloud's"
    answer = refused(timed, "tender/begin")
    assert answer["code"] == "bill-future"
    assert answer["text"].startswith("The till's clock is 3 days ahead of the cloud's")
    assert "technician" in answer["text"]
    assert len(lines(timed)) == 1
    status = _pos(timed, "status")
    assert (status.returncode, "! clock    Clock is 3 days ahead of the cloud's" in status.stdout) == (
        1,
        True,
    )
    timed.cloud("clear")
    timed.press("customer/search", kind="mobile", value=MEMBER)
    timed.press("customer/search", kind="mobile", value=MEMBER)
    number = sell(timed)
    timed.until(lambda: timed.snapshot()["last_bill"]["sync"] == "done", "the bill in the cloud", 60)
    assert number in [bill["number"] for bill in timed.cloud("ledger")["bills"]]


def test_the_known_difference_stops_the_bill_offline_and_over_a_kill_too(timed: World) -> None:
    _put_off(timed, -3 * DAY_S)
    timed.cloud("fault", kind="away")
    timed.kill_agent()
    timed.start_agent()
    scan_in(timed, RICE)
    assert refused(timed, "tender/begin")["code"] == "bill-future"


def test_half_a_day_off_sells_with_a_mark_and_arrives(timed: World) -> None:
    _put_off(timed, -DAY_S // 2)
    number = sell(timed, RICE)
    timed.until(lambda: timed.snapshot()["last_bill"]["sync"] == "done", "the bill in the cloud", 60)
    assert "not certain of this time" in timed.get(f"bills/{number}/receipt")["text"]


@pytest.mark.parametrize("fault", ["portal", "http", "empty"])
def test_an_answer_that_is_not_the_clouds_is_not_believed(timed: World, fault: str) -> None:
    timed.cloud("fault", kind="clock", seconds=-3 * DAY_S)
    timed.cloud("fault", kind=fault)
    for _ in range(3):
        timed.ask("POST", "/api/customer/search", {"kind": "mobile", "value": MEMBER}, "")
    assert timed.snapshot()["badges"]["clock"]["state"] == "ok"
    sell(timed, RICE)


def test_a_bill_refused_for_its_date_tells_how_far_and_goes_by_itself_later(timed: World) -> None:
    """643: sold while nothing was known, the answer to the bill being the first from a cloud put right; sent
    when the cloud's clock allows."""
    timed.cloud("fault", kind="clock", seconds=-3 * DAY_S)
    number = sell(timed, RICE)
    row = timed.until(lambda: _parked(timed, number), "the refusal")
    assert row["code"] == "643"
    assert "3 days ahead of the cloud's clock" in row["text"]
    timed.cloud("clear")
    _ask(timed)
    timed.until(lambda: timed.snapshot()["badges"]["queue"]["count"] == 0, "the bill to go by itself", 60)
    assert [bill["number"] for bill in timed.cloud("ledger")["bills"]].count(number) == 1


def test_before_the_oldest_date_the_sale_waits_while_the_clock_may_be_wrong(timed: World) -> None:
    """644 is never asked for: the rule is known before the number."""
    timed.cloud("options", oldest_bill="2090-01-01")
    _put_off(timed, 2 * DAY_S)
    assert _pos(timed, "config", "pull").returncode == 0
    scan_in(timed, RICE)
    answer = refused(timed, "tender/begin")
    assert (answer["code"], "2090-01-01" in answer["text"]) == ("bill-date", True)
