"""The rehearsal of docs/operations.md, step by step as it is written, on ports that are free."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.simulated.world import CATALOGUE, free_ports
from tests.docs.tables import section

RECIPE = section("operations.md", "Rehearsing with a simulated cloud")
PORTS = ("8766", "9100", "9101")


class Rehearsal:
    """A directory with the settings of the recipe, and its commands with other ports."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._ports = dict(zip(PORTS, map(str, free_ports(3)), strict=True))
        self.running: list[subprocess.Popen[str]] = []
        settings = RECIPE.partition("```toml\n")[2].partition("```")[0]
        (place / "agent.toml").write_text(self._moved(settings) + "[web]\nport = 0\n", "utf-8")

    def typed(self) -> list[list[str]]:
        """Every command of the recipe, in order."""
        lines = re.findall(r"^    pos-agent (.+)$", RECIPE, re.MULTILINE)
        return [self._moved(line).replace("...", str(CATALOGUE.parents[2])).split() for line in lines]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._command(*arguments), cwd=self.place, capture_output=True, text=True, check=False, timeout=90
        )

    def start(self, *arguments: str) -> None:
        """In a terminal of its own; back when what is started listens, as a person waits for its line."""
        log = (self.place / f"{len(self.running)}.log").open("w")
        command = self._command(*arguments)
        self.running.append(
            subprocess.Popen(
                command, cwd=self.place, stdin=subprocess.PIPE, stdout=log, stderr=log, text=True
            )
        )
        log.close()
        for port in set(arguments) & set(self._ports.values()):
            self._await(int(port))

    @staticmethod
    def _await(port: int) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                assert time.monotonic() < deadline, port
                time.sleep(0.1)
            else:
                return

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "agent.cli", *arguments]

    def _moved(self, text: str) -> str:
        for known, free in self._ports.items():
            text = text.replace(known, free)
        return text


@pytest.fixture
def rehearsal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rehearsal]:
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    monkeypatch.delenv("POS_AGENT_CONFIG", raising=False)
    one = Rehearsal(tmp_path)
    yield one
    for process in reversed(one.running):
        process.terminate()
        process.communicate(timeout=20)


def test_the_rehearsal_as_it_is_written_comes_out_clean(rehearsal: Rehearsal) -> None:
    check, items, *parts = rehearsal.typed()
    checked = rehearsal.run(*check)
    assert (checked.returncode, checked.stdout.strip()) == (0, "agent.toml: all settings are right.")
    assert rehearsal.run(*items).returncode == 0
    assert [words[1] for words in parts] == ["cloud", "printer", "scanner", "--config"]
    for words in parts:
        rehearsal.start(*words)
    told = _settled(rehearsal)
    assert not [line for line in told.splitlines() if line.startswith("!")], told
    assert "Online" in told
    typed = rehearsal.running[2].stdin
    assert typed is not None
    typed.write("8900000000012\n")
    typed.flush()
    assert _until(rehearsal, lambda status: status["phase"] == "selling")


def _settled(rehearsal: Rehearsal) -> str:
    """What status says once the till has spoken to everything it has."""
    _until(rehearsal, lambda status: status["rules"]["pulled_at"] and not status["attention"])
    return rehearsal.run("status", "--config", "agent.toml").stdout


def _until(rehearsal: Rehearsal, met: Callable[[dict[str, Any]], object]) -> bool:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        told = rehearsal.run("status", "--config", "agent.toml", "--json").stdout
        status = json.loads(told) if told.strip() else {}
        if status.get("reachable") and met(status):
            return True
        time.sleep(0.5)
    return False
