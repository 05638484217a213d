"""Lives of the real daemon for the kill sweep: its threads, its scanner's pty, its printer and cloud on TCP.

Forked from a parent that has imported everything, so that a thousand starts do not pay for Python's start a
thousand times. Only the page's server is left out: it holds no state.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from agent.config import Config, load
from agent.daemon import forwarding, serving
from agent.daemon.agent import Agent
from agent.daemon.forwarding import StoreQueue
from agent.loyalty import wire
from agent.loyalty.queue import Change
from agent.sale import events as e
from agent.sale.basket import TenderType
from agent.simulated.world import World
from agent.store import bills
from drivers.printer import ticket
from drivers.scanner import serial_port
from drivers.simulated.scanner import VirtualScanner
from tests.crash.kill_sweep import Life, Start

# Imported here so that no life has to.
WARM = (forwarding, serving, ticket, serial_port, wire)

LABELS = ("8900000000012", "8900000000166", "8900000000081")

Say = Callable[[str], None]


class HeadlessAgent(Agent):
    """The daemon without the page's server."""

    def _start_web(self, sockets: list[Any]) -> None:
        for one in sockets:
            one.close()


class SpokenAgent(HeadlessAgent):
    """The daemon, saying aloud what leaves the box at the moment before it leaves."""

    def __init__(self, config: Config, say: Say) -> None:
        self._say = say
        super().__init__(config)
        changed = self.paper._job_changed

        def spoken(job: Any, state: str, text: str) -> None:
            if state == "sending" and job.copy == 0:
                bill = self.read(lambda tx: bills.load(tx, job.bill_id))
                self._say(f"PRINT {bill.number if bill else '?'}")
            changed(job, state, text)

        self.paper._job_changed = spoken  # type: ignore[method-assign, assignment]


def daemon_lives(world: World, seed: str) -> Start:
    """Lives of a daemon with this world's settings; the world's cloud and printer run already."""
    config, _ = load(world.config)

    def start(life: int) -> Life:
        ours, theirs = os.pipe()
        pid = os.fork()
        if not pid:
            os.close(ours)
            _live(config, world.directory, theirs, f"{seed}:{life}")
        os.close(theirs)
        return Life(pid, ours, group=False)

    return start


def _live(config: Config, directory: Path, words: int, seed: str) -> None:
    def say(line: str) -> None:
        os.write(words, f"{line}\n".encode())

    committed = StoreQueue.commit

    def commit(queue: StoreQueue, changes: Sequence[Change], begin: Sequence[int], now_ms: int) -> set[int]:
        new = {row_id for row_id in begin if queue._chains.rows[row_id].attempts == 0}
        begun = committed(queue, changes, begin, now_ms)
        # Later attempts read back first; what the world counts is the first time the bytes leave.
        for row_id in sorted(begun & new):
            say(f"CALL {queue._chains.rows[row_id].idem_key}")
        return begun

    StoreQueue.commit = commit  # type: ignore[method-assign]
    try:
        scanner = VirtualScanner(directory / "scanner")
        agent = SpokenAgent(config, say)
        agent.start()
        _sell(agent, scanner, say, random.Random(seed))
    finally:
        os._exit(1)


def _sell(agent: Agent, scanner: VirtualScanner, say: Say, rng: random.Random) -> None:
    shown = threading.Event()
    agent.board.listen(shown.set)
    count = agent.read(lambda tx: tx.execute("SELECT count(*) FROM bill").fetchone()[0])
    say(f"READY {count} {len(agent.selling.sale.lines)}")
    while agent.board.part("badges")["scanner"]["state"] != "ok":
        shown.wait(0.01)
        shown.clear()
    while True:
        if agent.selling.sale.phase in ("idle", "selling"):
            for _ in range(rng.randint(1, 4)):
                _scan(agent, scanner, shown, rng.choice(LABELS))
                say(f"SCAN {len(agent.selling.sale.lines)}")
            if rng.random() < 0.1:
                sale = agent.selling.sale.id
                agent.desk.do(e.Cancelled("Customer left"), "")
                say(f"CANCELLED {sale}")
                continue
        answer = agent.desk.pay_exact(TenderType.CASH, "", f"press-{rng.random()}")
        say(f"ACK {answer.data['bill_number']}")


def _scan(agent: Agent, scanner: VirtualScanner, shown: threading.Event, label: str) -> None:
    wanted = len(agent.selling.sale.lines) + 1
    scanner.send(label)
    while len(agent.selling.sale.lines) != wanted:
        shown.wait(0.01)
        shown.clear()
