"""The pull of the organisation's rules: a whole good answer replaces the last one, nothing else does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread, active_count
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cloud import organisation
from agent.cloud.organisation import Known, known_in, next_pull
from agent.daemon.agent import Agent
from agent.language.language import in_english
from agent.loyalty.outcomes.queue import UNKNOWN
from agent.sale import events as e
from agent.sale.basket import Product, TenderType
from agent.settings import config
from agent.simulated.cloud.serve.server import RunningCloud, running_cloud
from agent.simulated.cloud.trainer.faults import Kind
from agent.store import outbox
from tests.cloud.turning import turning
from tests.loyalty.memory_queue import MemoryRow
from tests.rig.settings import SHOP

_CLOUD = """\
[cloud]
base_url = "{cloud}"
username = "till01"
password = "training"
[cloud.tender_modes]
cash = "Cash"
card = "Card"
upi = "UPI"
other = "Other"
points = "Points"
coupon = "{coupon}"
"""

TEA, PAID = Product("TEA", "Tea", 10_000, 500), e.TenderAdded(TenderType.CASH, 10_000)


@pytest.fixture
def cloud() -> Iterator[RunningCloud]:
    with running_cloud() as running:
        yield running


@contextmanager
def till(directory: Path, cloud: RunningCloud, coupon: str = "Coupon", more: str = "") -> Iterator[Agent]:
    """A till whose turns are taken and whose other threads stand still."""
    file = directory / "agent.toml"
    text = (SHOP + _CLOUD).format(directory=directory, cloud=cloud.base_url, coupon=coupon)
    file.write_text(text + more, "utf-8")
    with turning(file) as agent:
        yield agent


def test_the_rules_are_kept_over_a_restart_and_a_cloud_that_is_gone(
    tmp_path: Path, cloud: RunningCloud
) -> None:
    cloud.set(bill_max_minor=100_000, mobile_updates=False)
    with till(tmp_path, cloud) as agent:
        assert agent.organisation.rules().max_bill_minor == 0
        assert agent.organisation.pull().ok
        assert agent.organisation.rules().max_bill_minor == 100_000
        assert agent.board.part("rules")["may_change"]["mobile"] is False
        assert agent.board.part("rules")["warnings"] == []
    cloud.refuse_connections()
    with till(tmp_path, cloud) as agent:
        assert agent.organisation.rules().max_bill_minor == 100_000
        assert not agent.organisation.pull().ok
        assert agent.organisation.rules().max_bill_minor == 100_000
    assert known_in(tmp_path / "store").tenders[0] == "Cash"


@pytest.mark.parametrize("op", ["organization/configs", "organization/tenders"])
@pytest.mark.parametrize(
    "kind",
    ["away", "reset", "lose-answer", "http", "failed", "limited", "portal", "empty", "truncated", "slow"],
)
def test_a_bad_answer_to_either_question_changes_nothing(
    tmp_path: Path, cloud: RunningCloud, kind: str, op: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(organisation, "DEADLINE_S", 1.0)
    with till(tmp_path, cloud) as agent:
        assert agent.organisation.pull().ok
        before = known_in(tmp_path / "store")
        cloud.set(bill_max_minor=100_000)
        fault = cloud.faults.add(Kind(kind), op=op, seconds=3.0)
        answer = agent.organisation.pull()
        assert (answer.ok, answer.code) == (False, "rules-not-pulled")
        assert "stay as they were" in answer.text
        assert agent.organisation.rules().max_bill_minor == 0
        assert known_in(tmp_path / "store") == before
        cloud.faults.clear(fault.id)
        assert agent.organisation.pull().ok
        assert agent.organisation.rules().max_bill_minor == 100_000


def test_who_has_a_cloud_asked_that_takes_its_time_is_told_so_at_once(
    tmp_path: Path, cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By HTTP: a hanging cloud holds up nobody, is asked once for all, and what came of it is told."""
    monkeypatch.setattr(organisation, "ANSWER_S", 0.3)
    with till(tmp_path, cloud) as agent:
        pull = agent.backend().pull_rules
        cloud.faults.add(Kind.SLOW, op="organization/configs", count=1, seconds=2.0)
        before = active_count()
        began = time.monotonic()
        answers = [pull() for _ in range(3)]
        assert time.monotonic() - began < 1.9
        assert {(answer.ok, answer.code) for answer in answers} == {(True, "rules-asked")}
        assert active_count() - before <= 1, "asked once for all"
        assert answers[0].data == {"pulled_at": None, "warnings": []}
        _until(lambda: agent.board.part("notice") and agent.board.part("notice")["code"] == "rules-pulled")
        assert (pull().ok, pull().code) == (True, "rules-pulled")
        cloud.faults.add(Kind.HTTP, op="organization/configs", count=1)
        assert (pull().ok, pull().ok) == (False, True)


def _until(met: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not met():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_answers_in_the_looser_shapes_of_the_samples_are_read(tmp_path: Path, cloud: RunningCloud) -> None:
    cloud.set(bill_max_minor=100_000)
    cloud.faults.add(Kind.SHAPE)
    with till(tmp_path, cloud) as agent:
        assert agent.organisation.pull().ok
        assert agent.organisation.rules().max_bill_minor == 100_000


def test_nonsense_and_a_missing_way_to_pay_are_warnings_and_stop_nothing(
    tmp_path: Path, cloud: RunningCloud
) -> None:
    cloud.set(
        bill_regex="(", further_keys="CONF_ALLOW_EMAIL_UPDATE=perhaps\nBILL_OUTLIER_BASKET_SIZE_LIMIT=40"
    )
    with till(tmp_path, cloud, coupon="Voucher") as agent:
        assert agent.organisation.pull().ok
        warnings = agent.board.part("rules")["warnings"]
        assert len(warnings) == 3
        assert "CONF_CLIENT_BILL_NO_REGEX" in warnings[0]
        assert "'perhaps'" in warnings[1]
        assert "'Voucher'" in warnings[2]
        assert agent.organisation.rules().basket_limit == 40
        assert agent.organisation.rules().identifier_may_change("email")


def test_ways_to_pay_that_the_organisation_does_not_have_are_one_line(
    tmp_path: Path, cloud: RunningCloud
) -> None:
    """A till without cloud.tender_modes said it in five long lines."""
    with till(tmp_path, cloud, coupon="Voucher") as agent:
        file = tmp_path / "agent.toml"
        file.write_text(file.read_text("utf-8").replace('"Card"', '"Plastic"'), "utf-8")
    with turning(tmp_path / "agent.toml") as agent:
        assert agent.organisation.pull().ok
        (warning,) = agent.board.part("rules")["warnings"]
    assert "card = 'Plastic', coupon = 'Voucher'. It has: Cash, Card" in warning


def test_a_long_pattern_arrives_whole(tmp_path: Path, cloud: RunningCloud) -> None:
    pattern = "|".join(f"X{number:04d}.*" for number in range(200)) + "|S.*"
    cloud.set(bill_regex=pattern)
    with till(tmp_path, cloud) as agent:
        agent.organisation.pull()
        assert agent.organisation.rules().number_pattern == pattern


@given(st.text(max_size=200))
def test_whatever_stands_in_the_store_is_read_or_is_nothing(text: str) -> None:
    assert isinstance(Known.from_text(text), Known)


@given(
    st.integers(0, 365 * 86_400),
    st.text(max_size=20),
    st.sampled_from(["Asia/Kolkata", "Europe/Berlin", "America/New_York"]),
)
def test_the_nightly_moment_is_ahead_within_a_day_and_between_one_and_five(
    second: int, code: str, zone: str
) -> None:
    local = datetime(2026, 1, 1, tzinfo=ZoneInfo(zone)) + timedelta(seconds=second)
    due = next_pull(local, code)
    assert local < due <= local + timedelta(days=1)
    assert 1 <= due.hour < 5
    assert next_pull(due, code) == due + timedelta(days=1)


def test_tills_are_spread_over_the_night() -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=ZoneInfo("Asia/Kolkata"))
    moments = {next_pull(now, f"ST01:till{number}") for number in range(50)}
    assert len({moment.hour for moment in moments}) == 4
    assert len(moments) > 45


def test_a_bill_dated_too_far_ahead_is_held_with_the_clocks_story(tmp_path: Path) -> None:
    """643: the cloud's clock stands a week behind the till's."""
    behind = running_cloud(clock=lambda: datetime.now(UTC) - timedelta(days=7))
    with behind as cloud, till(tmp_path, cloud) as agent:
        assert agent.cloud is not None
        forwarding, stop = agent.cloud.forwarding, Event()
        work = Thread(target=lambda: forwarding.run(stop))
        for event in (e.ItemAdded(TEA, 1000, 10_000), e.TenderBegun(), PAID, e.Completed()):
            assert agent.cashier.do(event, "").ok
        work.start()
        deadline = time.monotonic() + 20
        while not agent.tally.tally()[1] and time.monotonic() < deadline:
            time.sleep(0.05)
        stop.set()
        work.join()
        row = agent.till.read(outbox.rows)[0]
    assert (row.state, row.code) == ("parked", "643")
    assert "Check this till's clock" in row.text


def test_a_queue_older_than_the_window_is_a_warning_and_its_bills_are_stale(
    tmp_path: Path, cloud: RunningCloud
) -> None:
    cloud.set(bill_days=20)
    with till(tmp_path, cloud) as agent:
        agent.organisation.pull()
        assert agent.organisation.late(20 * 86_400 - 1) == ""
        assert "within 20 days" in agent.organisation.late(20 * 86_400)
        young = MemoryRow(1, "transaction_add", "", "", UNKNOWN, 1, 0, 0, agent.till.now_ms())
        old = replace(young, created_ms=agent.till.now_ms() - 21 * 86_400_000)
        assert agent.organisation.stale(young) is None
        assert "within 20 days" in in_english(agent.organisation.stale(old))
        assert agent.organisation.stale(replace(old, op="customer_add")) is None


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("theirs", [False, True])
def test_goods_without_their_bill_are_offered_as_they_are_taken(
    tmp_path: Path, cloud: RunningCloud, own: bool, theirs: bool
) -> None:
    """By this till's own switch or the organisation's; the page believes the snapshot."""
    cloud.set(unknown_bill_returns=theirs)
    with till(tmp_path, cloud, more=f"[returns]\nunknown_bills = {str(own).lower()}\n") as agent:
        assert agent.board.part("rules")["unknown_bill_returns"] is own
        assert agent.organisation.pull().ok
        assert agent.board.part("rules")["unknown_bill_returns"] is (own or theirs)
        refusal = agent.returning.unknown("OTHER-1", "", "TEA", 1000, "gift", "")
        assert (refusal.code != "no-such-bill") is (own or theirs)


def test_amounts_the_organisation_keeps_with_fewer_decimals_are_a_warning(
    tmp_path: Path, cloud: RunningCloud
) -> None:
    cloud.set(further_keys="AMOUNT_ROUNDING_OFF_TO_DECIMAL_PLACES=0")
    with till(tmp_path, cloud) as agent:
        assert agent.organisation.pull().data["warnings"] == []
    fine = (tmp_path / "agent.toml").read_text("utf-8").replace("[cloud]", "round_to_minor = 1\n[cloud]", 1)
    (tmp_path / "agent.toml").write_text(fine, "utf-8")
    agent = Agent(config.load(tmp_path / "agent.toml")[0])
    try:
        (warning,) = agent.board.part("rules")["warnings"]
        assert "till.round_to_minor" in warning
    finally:
        agent.close()


@pytest.mark.parametrize("scope", ["org", "store", "till", "off"])
def test_a_second_bill_of_a_number_is_surely_refused_only_where_the_organisation_told_so(
    tmp_path: Path, cloud: RunningCloud, scope: str
) -> None:
    cloud.set(bill_scope=scope)
    with till(tmp_path, cloud) as agent:
        assert not agent.organisation.unique(), "nothing was ever pulled"
        assert agent.organisation.pull().ok
        assert agent.organisation.unique() is (scope != "off")
        agent.organisation.take(Known("2026-01-01T00:00:00+05:30", {}, ()))
        assert not agent.organisation.unique(), "the keys were not told"
