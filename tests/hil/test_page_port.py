"""The page's port in other hands: the till sells by scanner, says whose, and serves once it is free."""

from __future__ import annotations

import json
import os
import socket
from typing import Any
from urllib.parse import urlsplit

from agent.simulated.world import World
from tests.hil.conftest import RICE, TEA, lines, run, scan_in


def _status(till: World) -> dict[str, Any]:
    """What the command line is told while there is no page; {} until it is told anything."""
    found: dict[str, Any] = json.loads(run(till, "status", "--json").stdout)
    return found if found["reachable"] else {}


def test_a_taken_port_stops_no_scan_is_named_with_its_holder_and_served_once_it_is_free(till: World) -> None:
    port = urlsplit(till.page).port
    till.kill_agent()
    with socket.create_server(("127.0.0.1", port or 0)):
        till.start_agent(served=False)
        till.until(
            lambda: _status(till).get("badges", {}).get("scanner", {}).get("state") == "ok", "the till"
        )
        till.scan(RICE)
        till.until(lambda: _status(till)["phase"] == "selling", "the label on a bill")
        shut = _status(till)
        shown = run(till, "status")
    till.until(lambda: _served(till), "the page")
    assert f"port {port} is held by" in shut["page"]
    assert f"(process {os.getpid()})" in shut["page"]
    assert "page" in shut["attention"]
    assert (shown.returncode, "! page" in shown.stdout) == (1, True)
    assert len(lines(till)) == 1
    scan_in(till, TEA)
    assert _status(till)["page"] == ""


def _served(till: World) -> bool:
    try:
        return bool(till.snapshot())
    except OSError:
        return False
