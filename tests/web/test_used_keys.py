"""One key is for one command: another under it is refused, and never answered with what the first was."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from agent.daemon.agent import Agent
from agent.language.language import english
from agent.sale.events import ItemAdded
from agent.sale.pin_digest import pin_line
from agent.settings import config
from agent.web.used_keys import UsedKeys
from tests.rig.settings import SHOP
from tests.rig.till import RICE
from tests.web.test_damaged_rows import Asked

BOSS, PIN = "Meera", "4711-boss"
SUPERVISOR = f'\n[[supervisor]]\nname = "{BOSS}"\npin = "{pin_line(PIN, b"salt of a test..")}"\n'


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Asked]:
    """A till with a supervisor and an item on the bill."""
    file = tmp_path / "agent.toml"
    file.write_text(SHOP.format(directory=tmp_path) + SUPERVISOR, "utf-8")
    agent = Agent(config.load(file)[0])
    agent.open_sale.do(ItemAdded(RICE, 1000, RICE.price_minor))
    yield Asked(agent)
    agent.close()


def journal(page: Asked, kind: str) -> int:
    found = page.agent.till.read(
        lambda tx: tx.execute("SELECT count(*) FROM journal WHERE kind = ?", (kind,)).fetchone()
    )
    return int(found[0])


def quantity(page: Asked) -> int:
    (line,) = page.agent.open_sale.sale.lines
    return line.qty_milli


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("line/quantity", {"line": 1, "qty_milli": 3000}),
        ("line/void", {"line": 1}),
        ("sale/cancel", {"reason": "Left"}),
        ("organisation/pull", {}),
    ],
)
def test_a_used_key_is_no_key_of_another_command(page: Asked, path: str, form: dict[str, Any]) -> None:
    first = {"line": 1, "qty_milli": 2000}
    done = page.ask("POST", "/api/line/quantity", first, key="k1")
    assert done[0] == 200
    status, answer = page.ask("POST", f"/api/{path}", form, key="k1")
    assert (status, answer["code"], answer["ok"]) == (409, "key-reused", False)
    assert quantity(page) == 2000
    reordered = {"qty_milli": 2000, "line": 1}
    assert page.ask("POST", "/api/line/quantity", reordered, key="k1") == done, "the same is answered again"
    assert page.ask("POST", "/api/line/quantity", {"line": 1, "qty_milli": 3000}, key="k2")[0] == 200


def test_the_key_of_what_was_refused_may_be_used_for_something_else(page: Asked) -> None:
    assert page.ask("POST", "/api/line/quantity", {"line": 7, "qty_milli": 2000}, key="k1")[0] == 409
    assert page.ask("POST", "/api/line/quantity", {"line": "x"}, key="k1")[0] == 422
    assert page.ask("POST", "/api/line/quantity", {"line": 1, "qty_milli": 2000}, key="k1")[0] == 200


def test_a_supervisors_word_makes_no_other_command_of_it(page: Asked) -> None:
    form = {"line": 1, "price_minor": 100, "reason": "Label"}
    status, asked = page.ask("POST", "/api/line/price", form, key="k1")
    assert (status, asked["code"]) == (409, "needs-supervisor")
    word = {"supervisor": BOSS, "pin": PIN, "asked": asked["text"]}
    done = page.ask("POST", "/api/line/price", form | word, key="k1")
    assert done[0] == 200
    assert page.ask("POST", "/api/line/price", form | word, key="k1") == done
    assert page.ask("POST", "/api/line/price", form, key="k1") == done, "also without it"
    assert page.ask("POST", "/api/line/price", form | {"price_minor": 1} | word, key="k1")[0] == 409
    assert journal(page, "allowed") == 1


def test_two_presses_of_one_key_at_once_are_allowed_once(page: Asked) -> None:
    form = {"line": 1, "price_minor": 100, "reason": "Label", "supervisor": BOSS, "pin": PIN}
    with ThreadPoolExecutor(2) as hands:
        asked = [hands.submit(page.ask, "POST", "/api/line/price", form, "", "k1") for _ in range(2)]
        first, second = (one.result() for one in asked)
    assert first == second
    assert first[0] == 200
    assert journal(page, "allowed") == 1


def test_a_command_that_ends_without_an_answer_leaves_its_key_free() -> None:
    """The line broke, or the till made a mistake: nobody was told that it is done."""
    told: list[int] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        if scope["path"] == "/api/first":
            raise ConnectionResetError
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            told.append(message["status"])

    async def receive() -> Message:
        return {"type": "http.request", "body": b"{}"}

    keys = UsedKeys(app, english())
    asked = {"type": "http", "method": "POST", "headers": [(b"idempotency-key", b"k")]}
    with pytest.raises(ConnectionResetError):
        asyncio.run(keys(asked | {"path": "/api/first"}, receive, send))
    asyncio.run(keys(asked | {"path": "/api/second"}, receive, send))
    assert told == [200]
