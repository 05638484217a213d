"""A queue of a long outage is told a page at a time, whoever asks."""

from __future__ import annotations

import contextlib
import io
import json
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.cli import queue_listing, waiting
from agent.store import outbox
from tests.rig import desk as desk_rig
from tests.rig.desk import DeskTill

BACKLOG = 5_000


@pytest.fixture
def till(tmp_path: Path) -> Iterator[DeskTill]:
    with desk_rig.till(tmp_path) as opened:
        yield opened


def _backlog(till: DeskTill, rows: int) -> None:
    """Bills of many customers, four each; every seventh call waits for the one before it."""
    entries = [
        outbox.Entry(
            "transaction_add", f"c{at % (rows // 4)}", f"B{at}", b"{}", at - 1 if at % 7 == 6 else None
        )
        for at in range(rows)
    ]
    till.agent.till.write(lambda tx: outbox.add(tx, entries, now_ms=till.agent.till.now_ms()))
    park = (
        "UPDATE outbox SET state = 'parked', code = CASE id % 2 WHEN 0 THEN '611' ELSE '620' END"
        " WHERE id % 9 = 4"
    )
    till.agent.till.write(lambda tx: tx.execute(park))


def _pages(till: DeskTill, limit: int, **only: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while page := till.desk.rows(found[-1]["id"] if found else 0, limit, **only):
        assert len(page) <= limit
        found += page
    return found


def test_pages_say_of_each_call_what_the_whole_queue_says(till: DeskTill) -> None:
    """What it waits for may stand on another page."""
    _backlog(till, 120)
    whole = till.desk.rows(0, 1000)
    assert len(whole) == 120
    assert any(row["behind"] for row in whole)
    assert _pages(till, 7) == whole
    parts = [_pages(till, 7, parked=parked) for parked in (True, False)]
    assert {row["state"] for row in parts[0]} == {"parked"}
    assert sorted((*parts[0], *parts[1]), key=lambda row: row["id"]) == whole
    shown = [till.desk.show(row["id"]) for row in whole]
    assert [one and one["behind"] for one in shown] == [row["behind"] for row in whole]


def test_a_long_queue_is_told_a_page_at_a_time(till: DeskTill) -> None:
    _backlog(till, BACKLOG)
    till.desk.rows()
    tracemalloc.start()
    try:
        page = till.desk.rows()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(page) == 200
    assert peak < 2_000_000


def test_a_long_queue_is_listed_to_its_end(till: DeskTill) -> None:
    """By `queue list`, without the agent: every call once, however many pages; its end is told."""
    _backlog(till, BACKLOG)
    config = till.agent.config
    out, said = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
        parked = queue_listing.show_json(waiting.every(config))
    rows = json.loads(out.getvalue())
    assert [row["id"] for row in rows] == list(range(1, BACKLOG + 1))
    assert parked == sum(row["state"] == "parked" for row in rows) > 0
    assert said.getvalue().count("not running") == 1
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
        assert queue_listing.show(waiting.every(config)) == parked
    assert f"{BACKLOG} " in out.getvalue().splitlines()[-1]


def test_trying_all_again_takes_as_long_for_each_call_of_a_long_queue_as_of_a_short_one(
    tmp_path: Path,
) -> None:
    """The till cannot scan meanwhile. Each call was looked for among all."""
    took = {}
    for calls in (2_000, 12_000):
        with desk_rig.till(tmp_path / str(calls)) as till:
            _backlog(till, calls)
            till.agent.till.write(lambda tx: tx.execute("UPDATE outbox SET state = 'parked', code = '611'"))
            began = time.thread_time()
            assert till.desk.retry_all("", "again", "key").data["left"] == []
            took[calls] = time.thread_time() - began
    assert took[12_000] < 12 * took[2_000], took


def test_an_empty_queue_is_an_empty_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert queue_listing.show_json([]) == 0
    assert json.loads(capsys.readouterr().out) == []
