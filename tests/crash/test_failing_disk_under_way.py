"""The daemon on a disk that fails or stalls in mid-commit: what is not known is called so, until it is."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from agent.simulated.world import World
from agent.store import journal
from agent.store.opening import open_store
from tests.crash.failing_disk import fails

RICE, DAL = "8900000000012", "8900000000166"
FIRST, SECOND = "ST01T126-000001", "ST01T126-000002"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A till with everything simulated around it, running."""
    with World(tmp_path) as made:
        made.start()
        yield made


def paid(world: World, label: str) -> None:
    """A sale of which only the completion is missing."""
    world.press("scan", label=label)
    world.press("tender/begin")
    due = world.snapshot()["sale"]["totals"]["due_minor"]
    world.press("tender/add", type="cash", amount_minor=due)


def quiet(world: World) -> None:
    """Nobody writes of itself any more, so that it is the cashier's own commit that fails: paper, calls,
    rules and the cloud's time are on the disk."""
    log = world.directory / "store" / "till.db-wal"
    world.until(lambda: world.snapshot()["rules"]["pulled_at"], "the rules")
    world.until(lambda: world.snapshot()["badges"]["queue"]["count"] == 0, "the queue to drain")
    seen, since = 0, time.monotonic()
    while time.monotonic() - since < 2.0:
        if (now := log.stat().st_mtime_ns) != seen:
            seen, since = now, time.monotonic()
        time.sleep(0.1)


def starts_again(world: World) -> Any:
    """As systemd does it; what the cashier is told then."""
    assert world.agent_ended() == 1
    world.start_agent()
    return world.snapshot()["notice"]


def recorded(world: World) -> list[str]:
    """The numbers in the store, which is whole."""
    world.stop()
    store = open_store(world.directory / "store")
    try:
        assert list(journal.verify(store.connection)) == []
        return [number for (number,) in store.connection.execute("SELECT number FROM bill ORDER BY id")]
    finally:
        store.close()


def test_a_bill_whose_sync_failed_is_not_known_and_then_named(world: World) -> None:
    """It is in the log although nobody was told so: rung up again it would be sold twice."""
    paid(world, RICE)
    assert world.press("sale/complete")["data"]["bill_number"] == FIRST
    paid(world, DAL)
    due = world.snapshot()["sale"]["totals"]["due_minor"]
    quiet(world)
    with fails(world.agent_pid, "fdatasync", "error=EIO"):
        status, answer = world.ask("POST", "/api/sale/complete", {}, "the-key")
        assert (status, answer["code"]) == (503, "store-unsure")
        assert "not known" in answer["text"]
        told = starts_again(world)
    assert (told["level"], told["code"]) == ("warn", "recovered")
    assert f"Bill {SECOND} over {due // 100}.{due % 100:02d} was recorded" in told["text"]
    assert world.press("sale/complete", "the-key")["data"]["bill_number"] == SECOND
    assert recorded(world) == [FIRST, SECOND]


def test_a_bill_that_did_not_reach_the_log_is_still_open_and_the_last_one_is_named(world: World) -> None:
    paid(world, RICE)
    assert world.press("sale/complete")["data"]["bill_number"] == FIRST
    world.press("scan", label=RICE)
    paid(world, DAL)
    quiet(world)
    with fails(world.agent_pid, "pwrite64", "error=EIO"):
        status, answer = world.ask("POST", "/api/sale/complete", {}, "the-key")
        assert (status, answer["code"]) == (503, "store-unsure")
        told = starts_again(world)
    assert (told["level"], told["code"]) == ("warn", "recovered")
    assert "not recorded as a bill: it is open, with 2 items" in told["text"]
    assert f"The last bill that was recorded is {FIRST} over 425.00." in told["text"]
    assert world.press("sale/complete", "the-key")["data"]["bill_number"] == SECOND
    assert recorded(world) == [FIRST, SECOND]


def test_a_scan_whose_sync_failed_is_named_too(world: World) -> None:
    """It has no key: nobody will ask for it again."""
    world.press("scan", label=RICE)
    quiet(world)
    with fails(world.agent_pid, "fdatasync", "error=EIO"):
        world.scan(DAL)
        told = starts_again(world)
    lines = world.snapshot()["sale"]["lines"]
    assert f"with {len(lines)} items, the last of them {lines[-1]['name']}." in told["text"]
    assert len(lines) == 2


def test_damage_is_looked_at_once_more_before_it_is_for_a_person(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite calls damage also what the disk did not give it for a moment: a start tells the two apart."""
    world.kill_agent()
    store = open_store(world.directory / "store")
    (page,) = store.connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'spool'").fetchone()
    store.close()
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    world.start_agent()
    with (world.directory / "store" / "till.db").open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xa5" * 4096)
    world.press("scan", label=RICE)
    assert world.agent_ended() == 1
    world.start_agent(served=False)
    assert world.agent_ended() == 2
    said = (world.directory / "agent.log").read_text("utf-8").splitlines()
    assert "The store's file is damaged" in said[-1]


def test_a_disk_that_does_not_answer_is_told_as_that_and_the_press_is_done_once(world: World) -> None:
    """The page is served meanwhile; the same press sent again waits with the first."""
    pid = world.agent_pid
    paid(world, RICE)
    quiet(world)

    def complete() -> tuple[int, Any]:
        return world.ask("POST", "/api/sale/complete", {}, "the-key")

    with ThreadPoolExecutor(2) as presses:
        with fails(pid, "fdatasync", "delay_enter=8000000:when=1"):
            answers = [presses.submit(complete), presses.submit(complete)]

            def badge() -> Any:
                return world.snapshot()["badges"]["store"]

            world.until(lambda: badge()["state"] == "stalled", "the badge to tell", 20)
            assert "The disk does not answer since " in badge()["text"]
            assert world.snapshot()["notice"]["text"] == badge()["text"]
            told = [one.result() for one in answers]
        world.until(lambda: badge()["state"] == "ok", "the badge to be ok again")
    assert [(status, answer["data"]["bill_number"]) for status, answer in told] == [(200, FIRST)] * 2
    assert world.agent_pid == pid
    os.kill(pid, 0)
    assert recorded(world) == [FIRST]
