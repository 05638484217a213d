"""The cloud as a process of its own: it says where it listens, and its ledger outlives being killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.simulated.cloud_rig import ASHA, basic

ROOT = Path(__file__).resolve().parents[4]
START = (
    "import sys\n"
    "from pathlib import Path\n"
    "from agent.simulated.cloud.serve.server import run_cloud\n"
    "run_cloud(0, seed_data='demo', ledger=Path(sys.argv[1]), control_port=0)\n"
)


class Process:
    """A running cloud process."""

    def __init__(self, ledger: Path) -> None:
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", START, str(ledger)]
        self.child = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
        )
        assert self.child.stdout is not None
        self.lines = [self.child.stdout.readline() for _ in range(3)]
        self.base, self.control = (line.split(": ", 1)[1].strip() for line in self.lines[:2])
        self.headers = {"Authorization": basic("till01", "training")}

    def bill(self, number: str) -> requests.Response:
        body = {"type": "REGULAR", "billNumber": number, "billAmount": 500}
        query = {"identifierName": "mobile", "identifierValue": ASHA}
        url = f"{self.base}/v2/transactions"
        return requests.post(url, json=body, params=query, headers=self.headers, timeout=20)

    def books(self) -> dict[str, Any]:
        books: dict[str, Any] = requests.get(f"{self.control}ledger", timeout=20).json()
        return books

    def stop(self, how: signal.Signals) -> str:
        self.child.send_signal(how)
        _, errors = self.child.communicate(timeout=20)
        return errors


@contextmanager
def process(ledger: Path) -> Iterator[Process]:
    running = Process(ledger)
    try:
        yield running
    finally:
        if running.child.poll() is None:
            running.stop(signal.SIGKILL)


def test_it_says_where_it_is_and_what_it_did_survives_kill_nine(tmp_path: Path) -> None:
    ledger = tmp_path / "cloud.ledger"
    with process(ledger) as first:
        assert first.lines[0].startswith("simulated cloud: http://127.0.0.1:")
        assert "control page" in first.lines[1]
        assert first.bill("B1").json()["createdId"]
        first.stop(signal.SIGKILL)
    with process(ledger) as second:
        assert second.bill("B1").json()["errors"][0]["code"] == 604
        totals = second.books()["totals"]
        assert (totals["bills"], totals["customers"], totals["balanced"]) == (8, 5, True)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_without_a_traceback(tmp_path: Path, how: signal.Signals) -> None:
    with process(tmp_path / "cloud.ledger") as running:
        running.bill("B1")
        assert running.stop(how) == ""


def test_with_a_control_port_the_main_one_can_be_closed_and_opened_from_outside(tmp_path: Path) -> None:
    with process(tmp_path / "cloud.ledger") as running:
        assert (
            requests.post(f"{running.control}listener", json={"open": False}, timeout=20).status_code == 200
        )
        for _ in range(500):
            try:
                running.bill("B1")
            except requests.ConnectionError as error:
                if "refused" in str(error):
                    break
        else:
            pytest.fail("the listener stayed open")
        assert requests.post(f"{running.control}listener", json={"open": True}, timeout=20).status_code == 200
        running.bill("B2").raise_for_status()


def _started(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agent.cli", "simulate", "cloud", *arguments]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    return subprocess.run(command, capture_output=True, text=True, env=env, timeout=60, check=False)


def test_what_cannot_be_started_is_a_sentence(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.ledger"
    damaged.write_text("this is no ledger\n", encoding="utf-8")
    with process(tmp_path / "cloud.ledger") as running:
        port = running.base.rpartition(":")[2]
        taken = _started("--port", port)
        assert (taken.returncode, taken.stdout) == (2, "")
        assert f"Port {port} is taken" in taken.stderr
        busy = _started("--port", "0", "--ledger", str(tmp_path / "cloud.ledger"))
        assert (busy.returncode, "held by another process" in busy.stderr) == (2, True)
    broken = _started("--port", "0", "--ledger", str(damaged))
    assert (broken.returncode, "The ledger cannot be used" in broken.stderr) == (2, True)
    assert damaged.read_text(encoding="utf-8") == "this is no ledger\n"
    assert _started("--port", "99999").returncode == 2
    assert "Traceback" not in taken.stderr + busy.stderr + broken.stderr


def test_seed_data_it_does_not_have_is_refused() -> None:
    from agent.simulated.cloud.serve.server import run_cloud

    with pytest.raises(ValueError, match="demo"):
        run_cloud(0, seed_data="production")
