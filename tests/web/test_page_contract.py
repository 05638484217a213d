"""The in-memory till of these tests takes the agent's own commands, and from its own page alone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser

from agent.daemon.agent import Agent
from agent.web.app import create_app
from tests.rig.desk import settings
from tests.web.fake_server import create_app as fake_app
from tests.web.page_driver import screen
from tests.web.screens import RICE


@pytest.fixture(scope="module")
def agents(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The description of the agent's own commands and questions."""
    till = Agent(settings(tmp_path_factory.mktemp("contract")))
    try:
        return create_app(till.backend()).openapi()
    finally:
        till.close()


def _bodies(described: dict[str, Any]) -> dict[str, Any]:
    return {
        path: verbs["post"]["requestBody"]["content"]["application/json"]["schema"]
        for path, verbs in described["paths"].items()
        if "post" in verbs
    }


def test_commands_and_their_bodies_are_the_agents_own(agents: Any) -> None:
    """What the page was tried with is what the agent will get; drift on either side fails here."""
    fake = fake_app().openapi()
    assert _bodies(fake) == {path: body for path, body in _bodies(agents).items() if path in _bodies(fake)}
    assert set(_bodies(fake)) <= set(_bodies(agents))


def test_questions_are_the_agents_own(agents: Any) -> None:
    fake = fake_app().openapi()["paths"]
    asked = {path for path, verbs in fake.items() if "get" in verbs and path.startswith("/api/")}
    assert asked <= set(agents["paths"])


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


@pytest.mark.parametrize(
    "asks",
    [
        "fetch('http://127.0.0.2/').catch(() => 0)",
        "new Promise(done => new Image().src = 'http://x.test/' + done())",
    ],
)
def test_a_request_to_another_host_is_an_error_of_the_page(browser: Browser, asks: str) -> None:
    """By this every other test of the page sees that it speaks to its till alone."""
    with screen(browser) as one:
        one.open()
        one.page.evaluate(f"() => {asks}")
        one.until(lambda: bool(one.errors))
        assert "Content Security Policy" in one.errors[0]
