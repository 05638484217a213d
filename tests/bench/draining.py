"""Draining a backlog: one by one against its floor, in bulk, over a round trip, and beside a question."""

from __future__ import annotations

import dataclasses
import gc
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from agent.cloud.options import cloud_options
from agent.cloud.store_queue import StoreQueue
from agent.daemon.agent import Agent
from agent.language.language import english
from agent.loyalty.calls.bill_calls import transaction_add
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.forwarder.loop import Forwarder
from agent.loyalty.line.transport import Transport
from agent.loyalty.questions.questions import Questions
from agent.sale.basket import Customer
from agent.settings.config import Config, load
from agent.simulated.world import World
from agent.store import delivery, outbox
from tests.bench.loopback import loopback
from tests.bench.row import Row
from tests.loyalty.bills import bill, line
from tests.loyalty.herd import stampede

ROWS = 9_999
TURNS = 9
QUESTIONS = 80
TILLS = 10_000
ROUND_TRIP_MS = 50
_LINES = tuple(line(no, 12_500) for no in (1, 2))


def draining_rows(place: Path) -> list[Row]:
    """The four figures of the queue: bills of two lines, an agent without page or paper."""
    place.mkdir()
    with loopback() as near, _till(place / "near", near) as agent:
        options = cloud_options(agent.config)
        alone = dataclasses.replace(options, bulk_rows=1)
        turns = []
        for _ in range(TURNS):  # a busy moment of the machine meets all three of a turn, and not every turn
            floor = _floor(agent, options, ROWS // TURNS)
            single = _drain(agent, alone, ROWS // TURNS)
            turns.append((floor, single, _drain(agent, options, ROWS)))
    with loopback(ROUND_TRIP_MS) as far, _till(place / "far", far) as agent:
        options = cloud_options(agent.config)
        distant = _drain(agent, options, ROWS)
        idle, busy = _questions(agent, options)
    floor, single, together = (median(each) for each in zip(*turns, strict=True))
    return [
        Row(
            f"drain {ROWS} rows one by one / call and commit each",
            _us(floor),
            _us(single),
            median(single / floor for floor, single, _ in turns),
            1 / 0.95,
        ),
        Row(
            f"one by one / {ROWS} rows in bulk of 50, at least 20",
            _us(single),
            _us(together),
            median(20 * together / single for _, single, together in turns),
            1.0,
        ),
        Row(
            f"{ROWS} rows at {ROUND_TRIP_MS} ms round trip, 900 rows/s",
            "900 rows/s",
            f"{1 / distant:.0f} rows/s",
            900 * distant,
            1.0,
        ),
        Row(
            "question p95 while a backlog drains / idle",
            f"{idle * 1e3:.1f} ms",
            f"{busy * 1e3:.1f} ms",
            busy / idle,
            1.15,
        ),
    ]


def herd_rows() -> list[Row]:
    """Ten thousand tills with ten bills each after an outage, simulated; about half a minute."""
    limit = 1_500
    herd = stampede(TILLS, 10, limit)
    assert herd.lost_or_doubled == 0
    due_s = max(herd.ideal_s, herd.spread_s)
    share = 100 * herd.rejected / herd.calls
    return [
        Row(
            f"{TILLS} tills return: calls in the fullest minute / limit",
            f"{limit}",
            f"{herd.peak_minute}",
            herd.peak_minute / limit,
            1.0,
        ),
        Row(f"{TILLS} tills return: calls turned away, %", f"{herd.calls}", f"{herd.rejected}", share, 1.0),
        Row(
            f"{TILLS} tills return: drained / spread",
            f"{due_s:.0f} s",
            f"{herd.drain_s:.0f} s",
            herd.drain_s / due_s,
            1.1,
        ),
    ]


def _us(seconds: float) -> str:
    return f"{seconds * 1e6:.0f} us"


@contextmanager
def _till(place: Path, base_url: str) -> Iterator[Agent]:
    """An agent whose store is in its steady state; none of its threads run but the ones measured."""
    place.mkdir(parents=True)
    world = World(place)
    world.write_settings()
    config, _ = load(world.config)
    config = _pointed(config, base_url)
    config.store.mkdir(parents=True)
    agent = Agent(config)
    gc.freeze()  # as the daemon does when it serves
    try:
        yield agent
    finally:
        agent.close()
        gc.unfreeze()


def _pointed(config: Config, base_url: str) -> Config:
    return dataclasses.replace(config, cloud=dataclasses.replace(config.cloud, base_url=base_url))


def queue_bills(agent: Agent, options: CloudOptions, rows: int) -> None:
    """A backlog of bills, each of a customer of its own."""
    series = time.monotonic_ns()
    entries = []
    for number in range(rows):
        who = Customer(mobile=f"91{9_000_000_000 + number}")
        call = transaction_add(options, bill(f"B{series % 10**9}-{number}", _LINES, customer=who))
        entries.append(outbox.Entry(str(call.op), call.chain, call.key, call.to_bytes()))
    now_ms = agent.till.now_ms()
    ids = agent.till.write(lambda tx: outbox.add(tx, entries, now_ms=now_ms))
    agent.tally.add(ids, [entry.op for entry in entries], 0, now_ms)


def _drain(agent: Agent, options: CloudOptions, rows: int) -> float:
    """Seconds a row until the backlog is gone."""
    queue_bills(agent, options, rows)
    queue, transport = _made(agent), Transport(options)
    transport.warm()
    queue.open()
    forwarder = Forwarder(queue, transport, options, agent.till.now_ms, Random(1), text=english().text)
    gc.collect()
    started = time.perf_counter()
    while agent.tally.tally()[0]:
        assert forwarder.step() < 1
    spent = time.perf_counter() - started
    queue.close()
    transport.close()
    return spent / rows


def _made(agent: Agent) -> StoreQueue:
    assert agent.cloud is not None
    return agent.cloud.make_queue()


def _floor(agent: Agent, options: CloudOptions, rows: int) -> float:
    """Seconds a row of nothing but a kept-alive requests call and the commit that moves the row to sent."""
    import requests

    queue_bills(agent, options, rows)
    found = agent.till.read(outbox.rows)
    from agent.loyalty.calls.call import Call

    ready = [(row.id, Call.from_bytes(row.payload)) for row in found]
    gc.collect()
    with requests.Session() as session:
        session.auth = (options.username, options.password)
        session.get(options.base_url + "/v1.1/customer/get", timeout=5)
        started = time.perf_counter()
        for row_id, call in ready:
            session.post(options.base_url + call.target, data=call.body, timeout=30).json()
            agent.till.write(lambda tx, row_id=row_id: delivery.done(tx, row_id, "5", 1))  # type: ignore[misc]
        spent = time.perf_counter() - started
    agent.tally.done(row_id for row_id, _ in ready)
    return spent / rows


def _questions(agent: Agent, options: CloudOptions) -> tuple[float, float]:
    """p95 of a customer search: with nothing to send, and while a backlog drains in another thread."""
    transport = Transport(options)
    questions = Questions(transport, options, agent.now)
    idle = _asked(questions, lambda: True)
    over = threading.Event()
    queue_bills(agent, options, 12_000)

    def drain() -> None:
        queue, sending = _made(agent), Transport(options)
        queue.open()
        forwarder = Forwarder(queue, sending, options, agent.till.now_ms, Random(1), text=english().text)
        while not over.is_set():
            forwarder.step(over)
        sending.close()
        queue.close()

    thread = threading.Thread(target=drain)
    thread.start()
    time.sleep(1.0)
    try:
        busy = _asked(questions, lambda: agent.tally.tally()[0] > 0)
    finally:
        over.set()
        thread.join()
        transport.close()
    return idle, busy


def _asked(questions: Questions, drains: Any) -> float:
    """p95 in seconds."""
    spent = []
    for _ in range(QUESTIONS):
        assert drains()
        started = time.perf_counter()
        assert questions.customer("mobile", "919000000001").outcome == "ok"
        spent.append(time.perf_counter() - started)
        time.sleep(0.01)
    return sorted(spent)[int(QUESTIONS * 0.95)]
