"""Threads under a supervisor, and systemd's end of the line it talks to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.daemon.supervision import Progressing, Supervisor
from tests.daemon.heard import Heard


@pytest.fixture
def heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Heard]:
    """What systemd would hear of this process, with a watchdog that wants to be fed twice a second."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "1000000")
        yield Heard(line)


class Watched:
    """A supervisor that watches on a thread of its own."""

    def __init__(self) -> None:
        self.supervisor = Supervisor(threading.Event())
        self._watching = threading.Thread(target=self.supervisor.watch)

    def start(self, name: str, run: object, subject: Progressing) -> None:
        self.supervisor.start(name, run, subject, 1.0)  # type: ignore[arg-type]
        self._watching.start()

    def end(self) -> None:
        self.supervisor.stop.set()
        self._watching.join()
        self.supervisor.join()


@pytest.fixture
def watched() -> Iterator[Watched]:
    """A worker of it may stand still for a second."""
    watched = Watched()
    yield watched
    watched.end()
