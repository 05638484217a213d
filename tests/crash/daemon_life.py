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

import qrcode  # type: ignore[import-untyped]
import serial
from cryptography.hazmat.primitives.ciphers import aead
from qrcode.image import pure  # type: ignore[import-untyped]

from agent.cloud import silent_cloud, store_queue
from agent.cloud.store_queue import StoreQueue
from agent.daemon.agent import Agent
from agent.loyalty import organisation_rules
from agent.loyalty.forwarder import loop
from agent.loyalty.line import http_wire, transport
from agent.loyalty.outcomes.queue import Change
from agent.loyalty.questions import questions
from agent.printing import worker
from agent.sale import events as e
from agent.sale import invoice
from agent.sale.basket import TenderType
from agent.settings.config import Config, load
from agent.simulated.world import World
from agent.store import bills
from agent.web import app
from drivers.printer import ticket
from drivers.printer.profile import profile_named
from drivers.scanner import serial_port
from drivers.simulated.scanner import VirtualScanner
from tests.crash.kill_sweep import Life, Start

# Imported here so that no life has to.
WARM = (store_queue, silent_cloud, loop, questions, organisation_rules, transport, http_wire, app)
WARM_DEVICES = (worker, invoice, serial_port, serial, qrcode, pure, aead)

LABELS = ("8900000000012", "8900000000166", "8900000000081")

Say = Callable[[str], None]


class HeadlessAgent(Agent):
    """The daemon without the page's server."""

    def start_web(self, sockets: list[Any], shut: list[Any]) -> None:
        for one in sockets:
            one.close()


class SpokenAgent(HeadlessAgent):
    """The daemon, saying aloud what leaves the box at the moment before it leaves."""

    def __init__(self, config: Config, say: Say) -> None:
        self._say = say
        super().__init__(config)
        changed = self.printers.job_changed

        def spoken(job: Any, state: str, text: str) -> None:
            if state == "sending" and job.copy == 0:
                bill = self.till.read(lambda tx: bills.load(tx, job.bill_id))
                self._say(f"PRINT {bill.number if bill else '?'}")
            changed(job, state, text)

        self.printers.job_changed = spoken  # type: ignore[method-assign]


def daemon_lives(world: World, seed: str) -> Start:
    """Lives of a daemon with this world's settings; the world's cloud and printer run already."""
    config, _ = load(world.config)
    # Nor has any to look for fonts: most lives would end before their first print begins.
    letters = {"kind": "row", "cells": [{"text": "\N{INDIAN RUPEE SIGN}", "width": 2, "align": "left"}]}
    ticket.build([letters], profile_named(config.printer[0].profile))

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
        new = {row_id for row_id in begin if queue.remembered[row_id].attempts == 0}
        begun = committed(queue, changes, begin, now_ms)
        # Later attempts read back first; what the world counts is the first time the bytes leave.
        for row_id in sorted(begun & new):
            say(f"CALL {queue.remembered[row_id].idem_key}")
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
    count = agent.till.read(lambda tx: tx.execute("SELECT count(*) FROM bill").fetchone()[0])
    say(f"READY {count} {len(agent.open_sale.sale.lines)}")
    while agent.board.part("badges")["scanner"]["state"] != "ok":
        shown.wait(0.01)
        shown.clear()
    label = ""
    while True:
        if agent.open_sale.sale.phase in ("idle", "selling"):
            for _ in range(rng.randint(1, 4)):
                # Not the one before once more: for that the scanner takes a person's time.
                label = rng.choice([one for one in LABELS if one != label])
                _scan(agent, scanner, shown, label)
                say(f"SCAN {len(agent.open_sale.sale.lines)}")
            if rng.random() < 0.1:
                sale = agent.open_sale.sale.id
                agent.cashier.do(e.Cancelled("Customer left"), "")
                say(f"CANCELLED {sale}")
                continue
        answer = agent.cashier.pay_exact(TenderType.CASH, "", f"press-{rng.random()}")
        say(f"ACK {answer.data['bill_number']}")


def _scan(agent: Agent, scanner: VirtualScanner, shown: threading.Event, label: str) -> None:
    wanted = len(agent.open_sale.sale.lines) + 1
    scanner.send(label)
    while len(agent.open_sale.sale.lines) != wanted:
        shown.wait(0.01)
        shown.clear()
