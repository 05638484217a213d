"""The page is shown before the commands are there, through the same door; what comes early waits for them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.daemon.agent import Agent
from agent.web.app import create_app
from agent.web.early import Early
from tests.rig.desk import settings


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    one = Agent(settings(tmp_path))
    yield one
    one.close()


async def _asked(app: Any, path: str, key: str, method: str = "GET") -> tuple[int, bytes]:
    sent: list[Any] = []
    headers = [(b"host", b"localhost"), (b"authorization", f"Bearer {key}".encode())]
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": headers}

    asked = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Any:
        return next(asked, None) or await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope | {"asgi": {"version": "3.0"}, "http_version": "1.1", "root_path": ""}, receive, send)
    return sent[0]["status"], b"".join(one.get("body", b"") for one in sent[1:])


def test_what_shows_the_page_waits_for_no_framework_of_the_commands() -> None:
    heavy = "{'fastapi', 'pydantic', 'pydantic_core'} & set(sys.modules)"
    told = f"import sys, agent.web.early; sys.exit(str({heavy} or ''))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""


def test_the_page_is_there_at_once_and_a_question_is_answered_once_it_can_be(agent: Agent) -> None:
    backend = agent.backend()

    async def early() -> None:
        app = Early(backend)
        for path in ("/", "/i18n/till.json", "/static/js/main.js"):
            status, body = await _asked(app, path, agent.page_key)
            assert (status, body) == await _asked(create_app(backend), path, agent.page_key)
            assert status == 200
        question = asyncio.ensure_future(_asked(app, "/api/snapshot", agent.page_key))
        await asyncio.sleep(0.05)
        assert not question.done()
        app.complete(create_app(backend))
        assert (await question)[0] == 200
        assert (await _asked(app, "/", agent.page_key))[0] == 200

    asyncio.run(early())


@pytest.mark.parametrize("path", ["/", "/events", "/api/snapshot", "/api/sale/cancel"])
def test_a_stranger_is_refused_at_once(agent: Agent, path: str) -> None:
    async def early() -> None:
        for method in ("GET", "POST"):
            status, _ = await asyncio.wait_for(_asked(Early(agent.backend()), path, "guessed", method), 5)
            assert status == 401

    asyncio.run(early())
