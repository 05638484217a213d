"""The watchdog is fed by progress: a page or a scanner that hangs starves it as a till that hangs does."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.daemon.agent import Agent
from agent.daemon.supervision import Supervisor
from agent.daemon.web_server import WebServer
from agent.settings.config import load
from agent.till.board import Board
from drivers.message import Message
from drivers.scanner.label import Scan
from drivers.scanner.serial_port import SerialOptions, SerialScanner
from drivers.simulated.scanner import VirtualScanner
from tests.daemon.conftest import Watched
from tests.daemon.heard import Heard

SETTINGS = """
store = "{place}/store"

[till]
store_code = "S1"
till_code = "T1"
bill_prefix = "S1T1"

[shop]
name = "Shop"

[web]
port = 0
"""
POOL = 40
"""Threads that anyio gives to routes."""


class Hanging:
    """Something that does not come back until it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def text(self) -> str:
        assert self.go.wait(60)
        return ""

    def now(self) -> datetime:
        self.text()
        return datetime.now(UTC)


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    """A till without threads; its backend is what the web thread serves."""
    file = tmp_path / "agent.toml"
    file.write_text(SETTINGS.format(place=tmp_path), "utf-8")
    agent = Agent(load(file)[0])
    yield agent
    agent.close()


def _ask(requests: ExitStack, port: int, key: str, target: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    requests.callback(connection.close)
    connection.request("GET", target, headers={"Authorization": f"Bearer {key}"})


@pytest.mark.parametrize("where", ["pool", "loop"])
def test_a_page_that_hangs_is_told_and_the_watchdog_is_not_fed_until_it_answers(
    agent: Agent, heard: Heard, watched: Watched, where: str
) -> None:
    """Every route hangs in the pool of threads, or the event loop itself hangs in one."""
    hanging = Hanging()
    if where == "pool":
        backend = replace(agent.backend(), metrics=hanging.text)
    else:
        backend = replace(agent.backend(), board=Board(hanging.now, {}))
    with ExitStack() as requests:
        page = socket.create_server(("127.0.0.1", 0))
        port = page.getsockname()[1]
        web = WebServer(backend, [page], [])
        watched.start("web", lambda: web.run(watched.supervisor.stop), web)
        heard.until("WATCHDOG=1")
        for _ in range(POOL if where == "pool" else 1):
            _ask(requests, port, agent.page_key, "/metrics" if where == "pool" else "/events")
        heard.until("no progress: web")
        hanging.go.set()
        heard.until("STATUS=ready to scan")
        heard.until("WATCHDOG=1")


def test_a_scanner_that_hangs_is_told_and_the_watchdog_is_not_fed_until_it_reads_again(
    tmp_path: Path, heard: Heard, watched: Watched
) -> None:
    """It is watched with its device and without."""
    hanging = Hanging()

    def scanned(scan: Scan) -> None:
        del scan
        hanging.text()

    def told(state: str, message: Message) -> None:
        del state, message

    scanner = SerialScanner(SerialOptions(str(tmp_path / "tty")), scanned, told)
    watched.start("front", lambda: scanner.run(watched.supervisor.stop), scanner)
    heard.until("WATCHDOG=1")
    heard.until("WATCHDOG=1")
    with VirtualScanner(tmp_path / "tty") as device:
        device.wait_until_ready(20)
        device.send("8900000000012")
        heard.until("no progress: front")
        hanging.go.set()
        heard.until("STATUS=ready to scan")
        heard.until("WATCHDOG=1")


class Still:
    """A worker that makes no progress."""

    progress = 0


def test_who_waits_for_a_disk_that_may_still_answer_does_not_hang(heard: Heard) -> None:
    """The watchdog is fed while it may, and no longer."""
    supervisor, waits = Supervisor(threading.Event()), threading.Event()
    waits.set()
    watching = threading.Thread(target=supervisor.watch, args=(waits.is_set,))

    def run() -> None:
        supervisor.stop.wait(60)

    supervisor.start("till", run, Still(), 1.0)
    watching.start()
    for _ in range(6):
        heard.until("WATCHDOG=1")
    waits.clear()
    heard.until("no progress: till")
    supervisor.stop.set()
    watching.join()
    supervisor.join()
