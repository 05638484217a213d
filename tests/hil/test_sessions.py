"""Who may speak to the till by the page's port: a browser with a session, a program with the key."""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import pytest

from agent.cli import link
from agent.simulated.world import World
from tests.hil.conftest import RICE, lines, run

ORDERS: list[tuple[str, dict[str, Any]]] = [
    ("scan", {"label": RICE}),
    ("line/price", {"line": 1, "price_minor": 0, "reason": "x"}),
    ("drawer/open", {"reason": "x"}),
    ("queue/export", {"identifiers": True, "reason": "x"}),
    ("queue/settle", {"row": 1, "tender": "cash"}),
    ("no/such", {}),
]
QUESTIONS = ("/api/snapshot", "/api/bills", "/api/queue", "/api/status", "/api/items?q=rice", "/events", "/")


@pytest.mark.parametrize(("verb", "form"), ORDERS)
@pytest.mark.parametrize(
    "shown",
    [
        {},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer x"},
        {"Cookie": "till=a.b"},
        {"Cookie": "till="},
    ],
)
def test_a_program_of_the_box_is_no_cashier(
    till: World, verb: str, form: dict[str, Any], shown: dict[str, str]
) -> None:
    """Without the key nothing is done, whatever it shows instead."""
    status, body, _ = _ask(till, "POST", f"/api/{verb}", shown, form)
    assert (status, json.loads(body)["code"]) == (401, "no-session")
    assert lines(till) == []


@pytest.mark.parametrize("target", QUESTIONS)
def test_nor_does_it_see_anything_of_the_shop(till: World, target: str) -> None:
    status, body, _ = _ask(till, "GET", target, {})
    assert status == 401
    assert "Training Store" not in body


def test_who_opens_the_page_by_its_address_reads_what_to_do(till: World) -> None:
    status, body, headers = _ask(till, "GET", "/", {})
    assert (status, headers["content-type"]) == (401, "text/html; charset=utf-8")
    assert "the open sale is kept" in body
    assert "page.html" in body


@pytest.mark.parametrize("key", ["", "x", "é", "x" * 43])
def test_a_session_is_given_for_the_key_alone(till: World, key: str) -> None:
    status, _, headers = _ask(till, "GET", f"/start?key={key.encode().hex()}", {})
    assert (status, headers.get("set-cookie")) == (401, None)


def test_the_cookie_is_for_that_browser_and_its_own_page_alone_and_outlives_the_agent(till: World) -> None:
    cookie = _cookie(till)
    assert {"HttpOnly", "SameSite=strict"} <= set(cookie.split("; "))
    shown = {"Cookie": cookie.split(";")[0]}
    assert _ask(till, "GET", "/api/snapshot", shown)[0] == 200
    assert _ask(till, "GET", "/", shown)[0] == 200
    till.kill_agent()
    till.start_agent()
    assert _ask(till, "GET", "/api/snapshot", shown)[0] == 200
    name, _, word = shown["Cookie"].partition(".")
    for changed in (f"{name}x.{word}", f"{name}.{word}0", f"{name}.", f"{name}.é"):
        assert _ask(till, "GET", "/api/snapshot", {"Cookie": changed})[0] == 401
    assert _cookie(till).split(";")[0] != shown["Cookie"], "each browser has one of its own"


def test_key_and_start_page_are_for_those_the_socket_is_for(till: World) -> None:
    """The owner and the group. No browser's command line has the key, nor the log."""
    place = till.directory / "store"
    for name in ("page-key", "page.html"):
        assert (place / name).stat().st_mode & 0o777 == 0o640
    assert (place / "agent.sock").stat().st_mode & 0o777 == 0o660
    assert (place / "page-key").read_text() in (place / "page.html").read_text()
    assert (place / "page-key").read_text() not in till.start_page
    assert (place / "page-key").read_text() not in (till.directory / "agent.log").read_text()


def test_the_socket_needs_no_more_than_its_file_mode(till: World) -> None:
    assert (
        link.ask(till.directory / "store" / "agent.sock", "/api/snapshot")["till"]["store_name"]
        == "Training Store"
    )
    assert run(till, "status").returncode in (0, 1)


def _cookie(till: World) -> str:
    key = till.signed_in["Authorization"].split()[1]
    status, _, headers = _ask(till, "GET", f"/start?key={key}", {})
    assert status == 200
    return headers["set-cookie"]


def _ask(
    till: World, method: str, target: str, headers: dict[str, str], form: Any = None
) -> tuple[int, str, dict[str, str]]:
    with closing(http.client.HTTPConnection("127.0.0.1", urlsplit(till.page).port, timeout=30)) as line:
        line.putrequest(method, target)
        body = b"" if form is None else json.dumps(form).encode()
        given = {"Content-Type": "application/json", "Content-Length": str(len(body))} | headers
        for name, value in given.items():
            line.putheader(name, value.encode("utf-8"))
        line.endheaders(body)
        answer = line.getresponse()
        found = (
            "" if answer.getheader("Content-Type", "").startswith("text/event") else answer.read().decode()
        )
        return answer.status, found, {name.lower(): value for name, value in answer.getheaders()}
