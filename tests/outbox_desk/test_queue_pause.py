"""A pause of the queue: seen with its end wherever somebody looks, and ended by a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from agent.cli import queue_listing
from agent.cli.output import moment
from agent.loyalty.calls.call import Call
from agent.loyalty.line.exchange import Kind, RawAnswer, idle
from tests.rig.desk import DeskTill
from tests.rig.desk import till as desk_till

HOUR_MS = 3_600_000


@pytest.fixture
def till(tmp_path: Path) -> Iterator[DeskTill]:
    with desk_till(tmp_path) as opened:
        yield opened


class Busy:
    """A cloud that asks everybody to come again in an hour."""

    def send(self, call: Call, deadline_s: float, meanwhile: Callable[[], None] = idle) -> RawAnswer:
        body = b'{"errors":[{"code":429,"message":"too many"}]}'
        return RawAnswer(Kind.ANSWERED, 429, body, {"retry-after": "3600"})


def busy(till: DeskTill, *bills: int) -> list[int]:
    """Rows of these bills, of which the cloud has turned the first away for an hour."""
    rows = [till.sell(seq, mobile=f"91987654{seq:04d}", redeem=False)[0] for seq in bills]
    wire, till.sender.wire = till.sender.wire, Busy()
    while till.sender.forwarder.step() == 0:
        pass
    till.sender.wire = wire
    return rows


def test_the_pause_is_told_with_its_end_by_badge_status_metrics_and_rows(till: DeskTill) -> None:
    first, second = busy(till, 1, 2)
    badge = till.badge()
    until = datetime.fromisoformat(badge["paused_until"])
    left_ms = until.timestamp() * 1000 - till.agent.till.now_ms()
    assert HOUR_MS * 0.9 < left_ms < HOUR_MS * 1.3
    assert "nothing is sent until" in badge["text"]
    assert badge["reason"]
    assert till.agent.reports.status()["badges"]["queue"]["paused_until"] == badge["paused_until"]
    told = dict(
        line.split() for line in till.agent.reports.metrics().splitlines() if not line.startswith("#")
    )
    assert 0 < int(told["pos_agent_queue_paused_seconds"]) <= HOUR_MS * 1.3
    rows = {row["id"]: row for row in till.desk.rows()}
    assert {row["paused_until"] for row in rows.values()} == {badge["paused_until"]}
    assert rows[second]["state"] == "ready"
    assert rows[second]["next_at"] == badge["paused_until"], "it is not due now"
    assert rows[first]["next_at"] >= badge["paused_until"]
    shown = till.desk.show(second)
    assert shown
    assert badge["paused_until"] in shown["advice"][0]


def test_the_listing_says_it(till: DeskTill, capsys: pytest.CaptureFixture[str]) -> None:
    busy(till, 1, 2)
    queue_listing.show([till.desk.rows()])
    said = capsys.readouterr().out
    assert f"Nothing is sent until {moment(till.badge()['paused_until'])}" in " ".join(said.split())
    assert " now " not in said.split("Nothing")[0]


def test_a_retry_ends_the_pause_says_so_and_sends(till: DeskTill) -> None:
    first, second = busy(till, 1, 2)
    until = till.badge()["paused_until"]
    answer = till.desk.retry(first, "", "k")
    assert "It is tried again now. The pause until " in answer.text
    assert till.told("queue-retry")[0]["ended_pause"] == until
    assert till.row(first).state == "ready", "a cloud that turned it away has not got it"
    till.sender.forwarder.step()
    assert till.states() == {}
    till.sender.forwarder.step()
    assert till.badge()["paused_until"] is None
    assert second not in till.states()
    assert "pause" not in till.desk.retry(1, "", "k2").text
    till.journal_holds()


def test_retry_of_all_ends_the_pause_and_has_all_sent(till: DeskTill) -> None:
    first, second = busy(till, 1, 2)
    answer = till.desk.retry_all("", "", "k")
    assert "The pause until " in answer.text
    assert answer.data["rows"] == [first]
    till.sender.forwarder.step()
    assert till.states() == {}
    assert second


def test_a_pause_that_comes_again_is_shown_again(till: DeskTill) -> None:
    (first,) = busy(till, 1)
    before = till.badge()["paused_until"]
    till.sender.ahead_ms += 60_000
    till.desk.retry(first, "", "k")
    till.sender.wire = Busy()
    while till.sender.forwarder.step() == 0:
        pass
    assert till.badge()["paused_until"] not in (None, before)


def test_the_pause_of_an_outage_and_a_restart_is_shown_too(till: DeskTill, tmp_path: Path) -> None:
    till.sell(1, redeem=False)
    till.wire.lose = 1.0
    for _ in range(40):
        till.sender.ahead_ms += round(till.sender.forwarder.step() * 1000)
        if till.badge()["paused_until"]:
            break
    assert till.badge()["paused_until"]
    assert till.badge()["reason"]


def test_a_pause_is_known_again_after_a_restart(tmp_path: Path) -> None:
    with desk_till(tmp_path) as opened:
        busy(opened, 1)
        until = opened.badge()["paused_until"]
    with desk_till(tmp_path) as opened:
        opened.sender.forwarder.step()
        assert opened.badge()["paused_until"] == until
