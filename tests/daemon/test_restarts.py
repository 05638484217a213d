"""Growing pauses between runs that come to nothing."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from agent.daemon.restarts import LONGEST_S, STEADY_S, Restarts
from tests.daemon.heard import Heard


def _pauses(restarts: Restarts, runs: int, lasting_s: float) -> list[float]:
    now_s, pauses = 1000.0, []
    for _ in range(runs):
        pauses.append(restarts.begin(now_s)[1])
        now_s += pauses[-1] + lasting_s + 1.0
    return pauses


def test_the_first_restart_comes_at_once_and_the_next_ones_wait_longer_and_longer(tmp_path: Path) -> None:
    assert _pauses(Restarts(tmp_path), 9, 0.2) == [0, 0, 2, 4, 8, 16, 32, LONGEST_S, LONGEST_S]


def test_runs_that_lasted_are_started_again_at_once(tmp_path: Path) -> None:
    assert _pauses(Restarts(tmp_path), 5, STEADY_S) == [0] * 5


def test_an_hour_of_runs_that_come_to_nothing_is_less_than_a_hundred_starts(tmp_path: Path) -> None:
    restarts, now_s, starts = Restarts(tmp_path), 0.0, 0
    while now_s < 3600:
        now_s += restarts.begin(now_s)[1] + 1.0
        starts += 1
    assert starts < 100


def test_what_somebody_ended_is_forgotten(tmp_path: Path) -> None:
    restarts = Restarts(tmp_path)
    _pauses(restarts, 5, 0.2)
    restarts.over()
    restarts.over()
    assert _pauses(restarts, 2, 0.2) == [0, 0]


def test_a_file_that_tells_nothing_and_a_place_that_takes_nothing_stop_no_start(tmp_path: Path) -> None:
    (tmp_path / "short-runs").write_text('{"short": "many"}')
    assert Restarts(tmp_path).begin(0.0) == (0, 0.0)
    assert Restarts(tmp_path / "absent").begin(0.0) == (0, 0.0)
    assert Restarts(None).begin(0.0) == (0, 0.0)


def test_a_daemon_that_waits_tells_systemd_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    """The next start by a person's hand comes at once."""
    for _ in range(10):
        Restarts(tmp_path).begin(time.monotonic())
    command = [sys.executable, "-m", "agent.daemon", "--config", str(tmp_path / "absent.toml")]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "notify"))
        environment = os.environ | {
            "NOTIFY_SOCKET": str(tmp_path / "notify"),
            "RUNTIME_DIRECTORY": str(tmp_path),
        }
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as daemon:
            Heard(line).until("EXTEND_TIMEOUT_USEC=120000000")
            daemon.send_signal(signal.SIGTERM)
            _, said = daemon.communicate(timeout=30)
    assert daemon.returncode == 0
    assert "waits 60 s: the last 10 runs were short" in said
    assert Restarts(tmp_path).begin(time.monotonic()) == (0, 0.0)
