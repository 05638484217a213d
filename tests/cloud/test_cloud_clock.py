"""A real till whose clock the test sets: what it knows of the cloud's time, over restarts and steps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from agent.cloud import cloud_clock
from agent.cloud.organisation import Known
from agent.daemon.agent import Agent
from agent.loyalty.line.server_date import boottime_ms
from agent.sale import events as e
from agent.sale.basket import Product, TenderType
from agent.sale.clock import Word
from agent.store import key_value
from tests.rig import desk as desk_rig
from tests.rig.desk import DeskTill

RICE = Product("RICE", "Rice 5 kg", 42_500, 500)
DAYS = timedelta(days=3)


class SetAgent(Agent):
    """An agent whose wall clock somebody set."""

    ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead


class Box:
    """A till over restarts of its process and of the whole box."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._open: AbstractContextManager[DeskTill] | None = None
        self.start()

    def start(self) -> None:
        self._open = desk_rig.till(self._directory, kind=SetAgent)
        self.till = self._open.__enter__()

    def stop(self) -> None:
        if self._open:
            self._open.__exit__(None, None, None)
        self._open = None

    @property
    def agent(self) -> Agent:
        return self.till.agent

    def set_clock(self, ahead: timedelta) -> None:
        SetAgent.ahead = ahead
        self.quiet()

    def quiet(self) -> None:
        """A moment in which nobody sells."""
        assert self.agent.cloud is not None
        self.agent.clock.tidy(self.agent.open_sale.look_at_clock)
        self.agent.cloud.dated.look()

    def told(self, *cloud_is: datetime) -> None:
        """Answers of the cloud with these times."""
        for at in cloud_is:
            self.agent.clock.learn(Word(int(at.timestamp() * 1000), boottime_ms(), 600))
        self.quiet()

    def badge(self) -> tuple[str, str]:
        found = self.agent.board.part("badges")["clock"]
        return found["state"], found["text"]

    def do(self, event: e.Event) -> str:
        """The code of a refusal, "" if it was done."""
        answer = self.agent.open_sale.do(event)
        return "" if answer.ok else answer.code


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    SetAgent.ahead = timedelta()
    made = Box(tmp_path)
    yield made
    made.stop()
    SetAgent.ahead = timedelta()


def now() -> datetime:
    return datetime.now(UTC)


def test_the_badge_goes_from_unknown_to_ok_to_wrong_and_back_without_a_further_answer(box: Box) -> None:
    assert box.badge()[0] == "unknown"
    box.told(now())
    assert box.badge() == ("ok", "Clock right")
    box.set_clock(DAYS)
    assert box.badge() == ("wrong", "Clock is 3 days ahead of the cloud's")
    box.set_clock(timedelta())
    assert box.badge()[0] == "ok"


def test_a_sale_stays_until_the_clock_is_set_and_is_then_completed(box: Box) -> None:
    """Also when the clock was found wrong only after the money was taken."""
    box.told(now())
    for event in (e.ItemAdded(RICE, 1000, 42_500), e.TenderBegun(), e.TenderAdded(TenderType.CASH, 42_500)):
        assert box.do(event) == ""
    box.set_clock(DAYS)
    assert box.do(e.Completed()) == "bill-future"
    assert "technician" in box.agent.board.part("notice")["text"]
    assert len(box.agent.open_sale.sale.lines) == 1
    box.set_clock(timedelta())
    assert box.do(e.Completed()) == ""
    assert box.agent.board.part("last_bill")["number"].endswith("-000001")


def test_a_clock_within_the_limit_sells_and_marks_the_bill(box: Box) -> None:
    box.told(now())
    box.set_clock(timedelta(hours=20))
    for event in (e.ItemAdded(RICE, 1000, 42_500), e.TenderBegun(), e.TenderAdded(TenderType.CASH, 42_500)):
        assert box.do(event) == ""
    assert box.do(e.Completed()) == ""
    assert box.agent.till.read(lambda tx: tx.execute("SELECT clock_state FROM bill").fetchall()) == [
        ("suspect",)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_wherever_the_clock_is_set_no_bill_is_made_that_the_cloud_refuses_for_its_date(
    box: Box, seed: int
) -> None:
    """It jumps before every step of a sale; what was refused changed nothing, so each sale is completed."""
    rng, right = Random(seed), now()
    box.told(right)
    jumps = [timedelta(hours=hours) for hours in (-3, 3, 23, 25, 48, 24 * 45, -24 * 40, 0, 0, 0)]
    battery = datetime(1970, 1, 1, tzinfo=UTC) - right
    steps = (
        e.ItemAdded(RICE, 1000, 42_500),
        e.TenderBegun(),
        e.TenderAdded(TenderType.CASH, 42_500),
        e.Completed(),
    )
    refusals = 0
    for event in steps * 12:
        box.set_clock(rng.choice([*jumps, battery]))
        while code := box.do(event):
            assert code in ("bill-future", "clock-wrong")
            refusals += 1
            box.set_clock(rng.choice([*jumps, battery]))
    made = box.agent.till.read(lambda tx: tx.execute("SELECT number, at FROM bill ORDER BY id").fetchall())
    assert refusals > 0
    assert len({number for number, _ in made}) == 12
    for _, at in made:
        assert right - timedelta(days=31) < datetime.fromisoformat(at) < now() + timedelta(days=1)


def test_a_clock_that_was_set_is_in_the_journal_once(box: Box) -> None:
    for ahead in (timedelta(), timedelta(seconds=1), timedelta(hours=3), timedelta(hours=3)):
        box.set_clock(ahead)
    (step,) = box.till.told("clock")
    assert abs(step["set_by_ms"] - 3 * 3_600_000 + 1000) < 1000
    box.till.journal_holds()


def test_what_the_cloud_told_holds_over_a_restart_of_the_agent(box: Box) -> None:
    box.told(now())
    box.stop()
    SetAgent.ahead = DAYS
    box.start()
    assert box.badge() == ("wrong", "Clock is 3 days ahead of the cloud's")


@pytest.mark.parametrize(
    ("ahead", "state", "code"),
    [
        (timedelta(days=200), "unknown", ""),
        (timedelta(minutes=-4), "unknown", ""),
        (-DAYS, "wrong", ""),
        (timedelta(days=-40), "wrong", "clock-wrong"),
        (timedelta(days=-365 * 30), "wrong", "clock-wrong"),
    ],
    ids=["later", "a little earlier", "earlier", "far earlier", "battery dead"],
)
def test_a_box_that_starts_offline_knows_only_that_it_is_later(
    box: Box, monkeypatch: pytest.MonkeyPatch, ahead: timedelta, state: str, code: str
) -> None:
    box.told(now())
    box.stop()
    monkeypatch.setenv("POS_AGENT_BOOT", "another run of the box")
    SetAgent.ahead = ahead
    box.start()
    assert box.badge()[0] == state
    assert box.do(e.ItemAdded(RICE, 1000, 42_500)) == ""
    assert box.do(e.TenderBegun()) == code


@pytest.mark.parametrize(
    "kept", ["", "nonsense", "[]", '{"cloud_ms": "x"}', '{"cloud_ms": 1}', '{"cloud_ms": 1e999}', "null"]
)
def test_nonsense_in_the_store_is_as_good_as_nothing(box: Box, kept: str) -> None:
    box.agent.till.write(lambda tx: key_value.save(tx, cloud_clock.FACT, kept))
    box.stop()
    box.start()
    assert box.badge()[0] == "unknown"


def test_what_is_learnt_is_written_down_rarely(box: Box) -> None:
    """The cloud tells its time all day; a commit for each would wear out the card."""
    box.told(now())
    first = key_value.load(box.agent.store.connection, cloud_clock.FACT)
    box.told(now() + timedelta(seconds=5))
    assert key_value.load(box.agent.store.connection, cloud_clock.FACT) == first
    box.told(*[now() + timedelta(hours=1)] * 2)
    assert key_value.load(box.agent.store.connection, cloud_clock.FACT) != first


def refused_for_its_date(box: Box, code: int, at: datetime) -> int:
    row_id = box.till.sell(1, redeem=False, at=at.isoformat(timespec="seconds"))[0]
    box.till.wire.refuse["transaction_add"] = code
    box.till.sender.drain()
    box.till.wire.refuse.clear()
    assert box.till.states() == {row_id: "parked"}
    return row_id


def test_a_bill_too_far_ahead_goes_by_itself_when_its_day_has_come(box: Box) -> None:
    row_id = refused_for_its_date(box, 643, now() + DAYS)
    box.told(now())
    assert box.till.states() == {row_id: "parked"}
    box.told(*[now() + timedelta(days=2, minutes=1)] * 2)
    assert box.till.states() == {row_id: "unknown"}
    assert box.till.badge()["parked"] == 0
    box.till.sender.drain()
    assert box.till.states() == {}
    assert box.till.wire.count("transaction_add") == 2
    assert box.till.told("queue-retry")[0]["rows"] == [row_id]
    box.till.journal_holds()


def test_a_bill_refused_again_waits_for_a_person(box: Box) -> None:
    row_id = refused_for_its_date(box, 643, now() + timedelta(hours=1))
    box.told(now())
    box.till.wire.refuse["transaction_add"] = 643
    for _ in range(4):
        box.till.sender.drain()
        box.quiet()
    assert box.till.states() == {row_id: "parked"}
    assert box.till.wire.count("transaction_add") == 2


def test_a_bill_too_old_goes_by_itself_when_the_organisation_takes_its_date(box: Box) -> None:
    at = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    row_id = refused_for_its_date(box, 644, at)
    rules = box.agent.organisation
    for oldest, state in (("2026-06-01", "parked"), ("2026-03-02", "parked"), ("2026-03-01", "unknown")):
        rules.take(Known(at="x", configs={"CONF_MIN_BILLING_DATE": oldest}))
        box.quiet()
        assert box.till.states() == {row_id: state}


def test_other_parked_calls_are_left_alone(box: Box) -> None:
    row_id = refused_for_its_date(box, 620, now())
    box.told(now())
    box.quiet()
    assert box.till.states() == {row_id: "parked"}
