"""The in-memory till of these tests takes the agent's own commands, and from its own page alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from fastapi import FastAPI
from playwright.sync_api import Browser

from agent.web.backend import Backend
from agent.web.commands import command_routes
from agent.web.queries import query_routes
from agent.web.queue_routes import queue_routes
from agent.web.return_routes import return_routes
from tests.web.fake_server import create_app
from tests.web.page_driver import screen
from tests.web.screens import RICE


def _agent() -> dict[str, Any]:
    backend = cast(Backend, SimpleNamespace(cashier=None, labels=None, queue=None, returning=None))
    app = FastAPI()
    app.include_router(command_routes(backend))
    app.include_router(queue_routes(backend))
    app.include_router(query_routes(backend))
    app.include_router(return_routes(backend))
    return app.openapi()


def _bodies(described: dict[str, Any]) -> dict[str, Any]:
    return {
        path: verbs["post"]["requestBody"]["content"]["application/json"]["schema"]
        for path, verbs in described["paths"].items()
        if "post" in verbs
    }


def test_commands_and_their_bodies_are_the_agents_own() -> None:
    """What the page was tried with is what the agent will get; drift on either side fails here."""
    fake = create_app().openapi()
    assert _bodies(fake) == {path: body for path, body in _bodies(_agent()).items() if path in _bodies(fake)}
    assert set(_bodies(fake)) <= set(_bodies(_agent()))


def test_questions_are_the_agents_own() -> None:
    fake = create_app().openapi()["paths"]
    asked = {path for path, verbs in fake.items() if "get" in verbs and path.startswith("/api/")}
    assert asked <= set(_agent()["paths"])


def test_a_page_speaks_to_its_own_till_alone(browser: Browser) -> None:
    """What the page of one test sent last must not reach the till of the next, however late it is read."""
    with screen(browser) as earlier, screen(browser) as later:
        earlier.open()
        earlier.scan(RICE)
        earlier.press("F12")
        earlier.dialog("tender")
        assert earlier.posts("/api/tender/begin")
        assert later.till.posts == []
        assert later.till.sale.lines == ()
