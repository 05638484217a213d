"""A HID POS scanner at the whole till: its reports to the bill, its damage to the cashier, and its name."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.simulated.world import World
from drivers.simulated.hid_pos_scanner import by_reports, report
from drivers.simulated.scanner import VirtualScanner
from tests.hil.conftest import RICE, TEA, lines, notice

SETTINGS = """
[[scanner]]
kind = "hid-pos"
path = "{path}"
name = "reports"
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A till that has one beside its serial scanner."""
    place = tmp_path_factory.mktemp("world")
    with VirtualScanner(place / "hidpos") as scanner, World(place) as running:
        WIRES[running.directory] = scanner
        running.start(SETTINGS.format(path=place / "hidpos"))
        yield running


WIRES: dict[Path, VirtualScanner] = {}


def scan(till: World, label: str) -> None:
    wanted = len(lines(till)) + 1
    wire = WIRES[till.directory]
    wire.wait_until_ready(10)
    time.sleep(0.4)  # the same label sooner is a double trigger
    by_reports(wire, label)
    till.until(lambda: len(lines(till)) == wanted, f"{label} on the bill")


def counted(till: World, name: str) -> int:
    found = [one for one in till.ask("GET", "/api/status")[1]["scanners"] if one["name"] == "reports"]
    return int(found[0]["counts"].get(name, 0))


def test_its_labels_are_sold(till: World) -> None:
    scan(till, RICE)
    scan(till, TEA)
    assert [line["sku"] for line in lines(till)] == ["RICE-5KG", "TEA-250"]


def test_a_damaged_report_is_told_and_sells_nothing(till: World) -> None:
    scan(till, RICE)
    before, torn = till.snapshot()["sale"], counted(till, "TornScanCount")
    wire = WIRES[till.directory]
    wire.send_bytes(report("]E0", TEA.encode(), length=57))
    assert "damaged" in notice(till, "torn-scan")["text"]
    assert till.snapshot()["sale"] == before
    assert counted(till, "TornScanCount") == torn + 1
    time.sleep(0.6)
    scan(till, TEA)


def test_pulled_and_plugged_in_again_it_is_ready_within_a_second(till: World) -> None:
    wire = WIRES[till.directory]
    wire.unplug()
    till.until(lambda: till.snapshot()["badges"]["scanner"]["state"] == "missing", "the badge to say so")
    time.sleep(1.5)
    wire.replug()
    till.until(lambda: till.snapshot()["badges"]["scanner"]["state"] == "ok", "the scanner to be back")
    scan(till, RICE)


def test_the_running_till_names_the_scanner_that_speaks(till: World) -> None:
    if not shutil.which("umockdev-run"):
        pytest.skip("umockdev is not installed, and this machine's own ports are not to be opened")
    command = ["umockdev-run", "--", sys.executable, "-m", "agent.cli", "device", "identify", "--json"]
    asking = subprocess.Popen(
        [*command, "--seconds", "40"],
        env=os.environ | {"POS_AGENT_CONFIG": str(till.config)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 50
        while asking.poll() is None and time.monotonic() < deadline:
            scan(till, RICE)
        assert asking.returncode == 0
        assert asking.stdout
        assert json.loads(asking.stdout.read())["read_by"] == "reports"
    finally:
        asking.kill()
        asking.wait()
        if asking.stdout:
            asking.stdout.close()
