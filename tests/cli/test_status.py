"""`status` on a technician's screen: 80 columns, times a person reads, and why a paper waits."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import UnixStreamServer
from typing import Any

import pytest
from typer.testing import CliRunner

from agent.cli.app import app
from agent.language.language import english
from agent.language.sentence import Sentence
from agent.till.board import Board

SETTINGS = """
store = "{place}"
[shop]
name = "Shop"
[till]
store_code = "S1"
till_code = "T1"
bill_prefix = "S1T1"
training = true
"""
AWAY = "The printer does not answer: it is off, or of a make that cannot, and then it has another profile."
STATUS: dict[str, Any] = {
    "version": "0.1.0",
    "at": "2026-11-23T08:20:17+05:30",
    "till": {"store_name": "Corner Shop", "till_code": "till01"},
    "phase": "idle",
    "last_bill": {"number": "S1T126-000002", "due_minor": 14500, "print": "confirmed", "sync": "queued"},
    "badges": {
        "cloud": {"state": "online", "text": "Online"},
        "queue": {"text": "Queue: empty", "parked": 0, "paused_until": None, "owed": 0},
        "printer": {"state": "unknown", "text": AWAY},
        "scanner": {"state": "ok", "text": "front is ready"},
        "store": {"state": "ok", "text": "Store ready"},
        "clock": {"state": "ok", "text": "Clock right"},
    },
    "rules": {"pulled_at": "2026-11-23T02:13:40+05:30", "warnings": []},
    "books": {"bills": 2},
    "store_key": "beside",
    "page": "",
    "disk": {"free_bytes": 21480 << 20, "ballast_bytes": 64 << 20},
    "undrawn": [],
    "scanners": [],
    "printers": [
        {
            "name": "front",
            "state": "unknown",
            "text": AWAY,
            "id": "printer.silent",
            "counts": {
                "ReceiptLinePrintedCount": 41230,
                "PaperCutCount": 902,
                "UnprovenPrintCount": 2,
                "CommunicationErrorCount": 3,
            },
            "roll": {
                "length_mm": 80000,
                "left_mm": 7900,
                "low": True,
                "since": "2026-11-20T18:02:11+05:30",
                "known": "unseen",
            },
        }
    ],
    "counters": [
        {"class": "CashDrawer", "name": "front", "counts": {"DrawerGoodOpenCount": 12}},
        {"class": "LineDisplay", "name": "pole", "counts": {"CommunicationErrorCount": 1}},
    ],
    "jobs": [
        {"id": 3, "bill_number": "S1T126-000002", "copy": 0, "state": "held", "text": "The paper is out."},
        {"id": 4, "bill_number": "S1T126-000001", "copy": 1, "state": "queued", "text": ""},
    ],
}


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps(STATUS).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the address of a Unix socket is empty."""


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[str]:
    file = tmp_path / "agent.toml"
    file.write_text(SETTINGS.format(place=tmp_path), "utf-8")
    with UnixStreamServer(str(tmp_path / "agent.sock"), _Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield str(file)
        server.shutdown()


def on_a_terminal(*arguments: str, columns: int) -> list[str]:
    """What a terminal of so many columns is given, before it breaks anything itself."""
    screen, wire = pty.openpty()
    command = [sys.executable, "-m", "agent.cli", *arguments]
    running = subprocess.Popen(command, stdout=wire, stderr=wire, env=os.environ | {"COLUMNS": str(columns)})
    os.close(wire)
    said = b""
    try:
        while piece := os.read(screen, 4096):
            said += piece
    except OSError:  # Linux says so when the other end is closed
        pass
    running.wait(30)
    os.close(screen)
    return said.decode().splitlines()


def test_nothing_is_broken_within_a_word_at_eighty_columns(settings: str) -> None:
    lines = on_a_terminal("status", "--config", settings, columns=80)
    assert max(map(len, lines)) <= 80
    assert lines[0] == "Corner Shop, till till01: pos-agent 0.1.0, 2026-11-23 08:20"
    first = next(no for no, line in enumerate(lines) if line.startswith("! printer"))
    assert lines[first + 1].startswith(" " * 11)
    assert " ".join(line.strip() for line in lines[first : first + 2]) == f"! printer  {AWAY}"


def test_a_program_is_given_every_fact_on_a_line(settings: str) -> None:
    done = CliRunner().invoke(app, ["status", "--config", settings])
    assert f"! printer  {AWAY}" in done.output.splitlines()
    assert done.exit_code == 1


def test_a_paper_that_waits_says_whether_it_is_a_copy_and_why_it_waits(settings: str) -> None:
    told = CliRunner().invoke(app, ["status", "--config", settings]).output
    assert "! paper    job 3 of bill S1T126-000002: held. The paper is out." in told
    assert f"! paper    job 4, a copy of bill S1T126-000001: queued. {AWAY}" in told


def test_what_the_devices_have_done_and_what_is_left_of_the_roll_is_told(settings: str) -> None:
    told = CliRunner().invoke(app, ["status", "--config", settings]).output.splitlines()
    assert "  prints   front: 41230 lines, 902 cuts; 2 tickets not proven, 3 times lost" in told
    assert "  drawer   opened 12 times, and not when told to: 0" in told
    [paper] = [line for line in told if "m are left" in line]
    assert paper.startswith(
        "! paper    front: at most 7 of 80 m are left of a roll that was in before 2026-11-20"
    )


def test_what_config_check_says_is_broken_between_words_too(settings: str) -> None:
    lines = on_a_terminal("config", "check", "--config", settings, columns=60)
    told = [line for line in lines if settings not in line]
    assert any(line.startswith("No supervisor is set up") for line in told)
    assert max(map(len, told)) <= 60


def test_every_badge_has_a_name() -> None:
    badges = Board(lambda: datetime.now(UTC), {}).snapshot()["badges"]
    names = {name: english().text(Sentence(f"cli.fact.{name}")) for name in badges}
    assert [name for name, said in names.items() if said.startswith("cli.")] == []
