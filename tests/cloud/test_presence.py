"""The cloud's badge: told by whoever speaks to the cloud, by one rule; and what a silent cloud costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from agent.cloud.badge import CloudBadge
from agent.cloud.silence import FRESH_S, Silence
from agent.cloud.silent_cloud import Probe, Unwaiting
from agent.daemon.agent import Agent
from agent.language.sentence import Sentence
from agent.loyalty.answers.verdict import Verdict
from agent.loyalty.attempt import attempt
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.customer.enrolment import Enrolment
from agent.loyalty.calls.customer_calls import customer_add, customer_get
from agent.loyalty.line.exchange import Kind, RawAnswer, idle
from agent.loyalty.questions.questions import Questions
from agent.sale.basket import Customer
from agent.sale.queue_terms import Op
from agent.simulated.cloud.serve.server import RunningCloud, running_cloud
from agent.store import outbox
from agent.till.board import Board
from tests.cloud.turning import turning
from tests.loyalty.conftest import options_for
from tests.rig.settings import SHOP

_CLOUD = """\
[cloud]
base_url = "{address}"
username = "till01"
password = "{password}"
"""
MEMBER = "9000000001"


@pytest.fixture
def cloud() -> Iterator[RunningCloud]:
    with running_cloud() as running:
        yield running


@contextmanager
def till(directory: Path, address: str, password: str = "training") -> Iterator[Agent]:
    """A till whose turns are taken and whose other threads stand still."""
    file = directory / "agent.toml"
    file.write_text((SHOP + _CLOUD).format(directory=directory, address=address, password=password), "utf-8")
    with turning(file) as agent:
        yield agent


def badge(agent: Agent) -> dict[str, Any]:
    return dict(agent.board.part("badges")["cloud"])


def until(stop: Event, over: Callable[[], bool]) -> None:
    """Give other threads time, half a minute at most."""
    for _ in range(1500):
        if over():
            return
        stop.wait(0.02)


def pulls(agent: Agent) -> None:
    agent.organisation.pull()


def asks(agent: Agent) -> None:
    assert agent.cloud
    agent.cloud.questions.customer("mobile", MEMBER)


def forwards(agent: Agent) -> None:
    """Until the call of the queue was tried."""
    assert agent.cloud
    call = customer_add(agent.cloud.options, Enrolment(at=agent.till.stamp(), mobile=f"91{MEMBER}"))
    entry = outbox.Entry(Op.CUSTOMER_ADD, "A", "A", call.to_bytes())
    agent.till.write(lambda tx: outbox.add(tx, [entry], now_ms=agent.till.now_ms()))
    stop, forwarding = Event(), agent.cloud.forwarding
    sending = Thread(target=lambda: forwarding.run(stop))
    sending.start()
    until(stop, lambda: badge(agent)["state"] != "unknown")
    stop.set()
    forwarding.wake()
    sending.join()


ASKERS = [pulls, asks, forwards]


@pytest.mark.parametrize("asks_it", ASKERS)
def test_whoever_is_answered_makes_the_badge_online(
    tmp_path: Path, cloud: RunningCloud, asks_it: Callable[[Agent], None]
) -> None:
    with till(tmp_path, cloud.base_url) as agent:
        assert badge(agent)["state"] == "unknown"
        asks_it(agent)
        assert badge(agent)["state"] == "online"


@pytest.mark.parametrize("asks_it", ASKERS)
@pytest.mark.parametrize(
    ("address", "password", "why"),
    [
        ("{cloud}/nowhere", "training", "configured address"),
        ("{cloud}", "wrong", "password"),
        ("https://no-such-host.invalid", "training", "address"),
        ("http://127.0.0.1:9", "training", "cannot be reached"),
    ],
    ids=["wrong address", "wrong password", "dead name", "nobody there"],
)
def test_whoever_is_not_let_in_or_finds_nobody_makes_it_offline_and_says_why(
    tmp_path: Path,
    cloud: RunningCloud,
    asks_it: Callable[[Agent], None],
    address: str,
    password: str,
    why: str,
) -> None:
    with till(tmp_path, address.format(cloud=cloud.base_url), password) as agent:
        asks_it(agent)
        assert badge(agent)["state"] == "offline"
        assert why in badge(agent)["reason"]


def test_a_forbidden_door_that_others_pass_is_its_own_matter(tmp_path: Path, cloud: RunningCloud) -> None:
    with till(tmp_path, cloud.base_url) as agent:
        cloud.faults.add("refused", op="organization/configs", code=403)
        pulls(agent)
        assert badge(agent)["state"] == "offline"
        for _ in range(2):
            asks(agent)
            assert badge(agent)["state"] == "online"
            pulls(agent)
            assert badge(agent)["state"] == "online"


_HTTP = [(status, form) for status in (500, 502, 503, 504, 520) for form in ("page", "envelope", "errors")]
FAILURES: list[dict[str, Any]] = [
    *({"kind": "http", "status": status, "form": form} for status, form in _HTTP),
    {"kind": "failed"},
    {"kind": "refused", "code": 4001},
]


@pytest.mark.parametrize("asks_it", ASKERS)
@pytest.mark.parametrize("failure", FAILURES, ids=str)
def test_a_cloud_that_fails_whatever_it_is_asked_is_in_trouble_and_not_online(
    tmp_path: Path, cloud: RunningCloud, asks_it: Callable[[Agent], None], failure: dict[str, Any]
) -> None:
    with till(tmp_path, cloud.base_url) as agent:
        fault = cloud.faults.add(**failure)
        asks_it(agent)
        assert badge(agent)["state"] == "trouble"
        assert badge(agent)["reason"] == "The loyalty cloud has trouble of its own just now."
        cloud.faults.clear(fault.id)
        pulls(agent)
        assert badge(agent)["state"] == "online"


@pytest.mark.parametrize("asks_it", ASKERS)
def test_a_page_that_says_not_found_is_told_as_a_wrong_address(
    tmp_path: Path, cloud: RunningCloud, asks_it: Callable[[Agent], None]
) -> None:
    with till(tmp_path, cloud.base_url) as agent:
        cloud.faults.add("http", status=404)
        asks_it(agent)
        assert badge(agent)["state"] == "offline"
        assert "not at the configured address" in badge(agent)["reason"]
        assert agent.cloud
        told = agent.cloud.questions.customer("mobile", MEMBER).sentence
        assert told
        assert "not at the configured address" in str(agent.language.text(told))


def test_a_call_that_fails_while_others_pass_is_its_own_matter(tmp_path: Path, cloud: RunningCloud) -> None:
    with till(tmp_path, cloud.base_url) as agent:
        cloud.faults.add("failed", op="customer/get")
        asks(agent)
        assert badge(agent)["state"] == "trouble", "nothing else is known yet"
        for _ in range(2):
            pulls(agent)
            assert badge(agent)["state"] == "online"
            asks(agent)
            assert badge(agent)["state"] == "online"


class Cloud:
    """An exchange that answers, or lets everybody wait; asked is what it got."""

    def __init__(self) -> None:
        self.silent = False
        self.asked: list[Call] = []

    def send(self, call: Call, deadline_s: float, meanwhile: Callable[[], None] = idle) -> RawAnswer:
        self.asked.append(call)
        if self.silent:
            return RawAnswer(Kind.UNKNOWN, reason=Sentence("line.late"), trouble="late")
        return RawAnswer(Kind.ANSWERED, 200, b'{"response":{"status":{"code":500,"success":"false"}}}')


class Counter:
    """Questions about customers to a cloud by way of the badge; now_s is the clock."""

    def __init__(self) -> None:
        self.cloud = Cloud()
        self.now_s = 1000.0
        board = Board(lambda: None, {})  # type: ignore[arg-type,return-value]
        options = replace(options_for(), fleet_tills=1)
        silence = Silence(options.question_budget_s, lambda: self.now_s)
        self.badge = CloudBadge(board.claim("cloud"), lambda: "now", silence)
        self.way = Unwaiting(self.cloud, silence, lambda: self.now_s)
        self.probe = Probe(options, self.cloud, silence, self.hears, lambda: self.now_s)

    def hears(self, verdict: Verdict, word: object = None) -> None:
        del word
        self.badge.heard(verdict)

    def ask(self, mobile: str) -> str:
        return attempt(self.way, customer_get("mobile", mobile), 2.0, listen=self.hears).trouble

    @property
    def asked(self) -> int:
        return len(self.cloud.asked)


def test_a_silent_cloud_costs_one_customer_the_budget() -> None:
    counter = Counter()
    counter.cloud.silent = True
    assert [counter.ask(f"91900000000{n}") for n in range(4)] == ["late", "silent", "silent", "silent"]
    assert counter.asked == 1


def test_a_change_behind_a_search_does_not_wait_once_more() -> None:
    """The change's own look is the call that the search made."""
    counter = Counter()
    asked = Questions(counter.way, options_for(), lambda: datetime.now(UTC), listen=counter.hears)
    changed = Enrolment(at="2026-01-05T10:00:00+05:30", firstname="Asha")
    counter.cloud.silent = True
    for mobile in ("919000000001", "919000000002", "919000000003"):
        asked.customer("mobile", mobile)
        typed = replace(changed, mobile=mobile)
        assert asked.update(Customer(mobile=mobile, source="typed"), typed).outcome != "ok"
        assert asked.enrol(typed).outcome == "offline"
        assert not asked.points_check(Customer(mobile=mobile), 1000, promised_milli=1).value
    assert counter.asked == 1, "one waited, for the first search"
    asked.customer("mobile", "919000000003")
    assert counter.asked == 2, "pressed again, it is asked"


def test_asked_again_it_is_really_asked() -> None:
    counter = Counter()
    counter.cloud.silent = True
    counter.ask("919000000001")
    counter.ask("919000000002")
    assert counter.ask("919000000002") == "late"
    assert counter.asked == 2
    counter.cloud.silent = False
    assert counter.ask("919000000002") == ""
    assert counter.ask("919000000003") == "", "it is known to be back"
    assert counter.asked == 4


def test_who_waited_in_vain_is_asked_about_again_with_all_that_was_asked_before() -> None:
    counter = Counter()
    assert counter.ask("919000000001") == ""
    counter.cloud.silent = True
    assert counter.ask("919000000002") == "late"
    counter.cloud.silent = False
    assert counter.ask("919000000001") == "", "the first call of a question that has two"
    counter.cloud.silent = True
    assert counter.ask("919000000002") == "late"
    assert counter.ask("919000000003") == "silent"


def test_a_regular_of_this_morning_does_not_wait_for_a_cloud_that_is_silent_now() -> None:
    counter = Counter()
    assert counter.ask("919000000001") == ""
    counter.now_s += 600
    counter.cloud.silent = True
    assert counter.ask("919000000002") == "late"
    assert counter.ask("919000000001") == "silent"
    assert counter.ask("919000000001") == "late", "pressed again, it is asked"


def test_the_probe_notices_that_a_silent_cloud_is_back_and_asks_nobody_else() -> None:
    counter = Counter()
    counter.probe.look()
    assert counter.asked == 0, "nobody was silent"
    counter.cloud.silent = True
    counter.ask("919000000001")
    for _ in range(60):
        counter.probe.look()
        counter.now_s += 1
    assert 20 < counter.asked <= 32
    assert counter.ask("919000000002") == "silent", "the probe knows that it is still silent"
    counter.cloud.silent = False
    for _ in range(3):
        counter.probe.look()
        counter.now_s += 1
    assert counter.ask("919000000003") == ""
    known = counter.asked
    counter.now_s += 60
    counter.probe.look()
    assert counter.asked == known


def test_a_silence_nobody_looked_at_for_a_while_is_not_taken_for_one_of_now() -> None:
    counter = Counter()
    counter.cloud.silent = True
    counter.ask("919000000001")
    counter.now_s += FRESH_S
    counter.cloud.silent = False
    assert counter.ask("919000000002") == ""


def test_the_tills_own_questions_and_its_thread_of_pulls_do_so(
    tmp_path: Path, cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agent.cloud import organisation

    monkeypatch.setattr(organisation, "DEADLINE_S", 0.5)
    with till(tmp_path, cloud.base_url) as agent:
        assert agent.cloud
        fault = cloud.faults.add("slow", seconds=5.0)
        asks(agent)
        assert badge(agent)["state"] == "offline"
        known = cloud.world.log.count
        reply = agent.cloud.questions.customer("mobile", "9000000002")
        assert reply.sentence
        assert "does not answer" in str(agent.language.text(reply.sentence))
        assert cloud.world.log.count == known
        stop = Event()
        thread = Thread(target=lambda: agent.organisation.run(stop))
        thread.start()
        until(stop, lambda: agent.organisation.progress > 0)
        assert badge(agent)["state"] == "offline", (
            "the pull found it silent, and the next one is minutes away"
        )
        cloud.faults.clear(fault.id)
        until(stop, lambda: badge(agent)["state"] == "online")
        stop.set()
        thread.join()
        assert badge(agent)["state"] == "online"
        assert agent.cloud.questions.customer("mobile", "9000000002").outcome != "offline"
