"""Whatever the page asks of a store with damaged rows: one sentence with a code, and the store's badge."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.counter.returning import Returning
from agent.daemon.agent import Agent
from agent.sale.basket import TenderType
from agent.sale.events import ItemAdded
from agent.store.opening import FILE_NAME
from agent.till.answer import Answer
from agent.web.app import create_app
from tests.rig.damage import damage_first_page
from tests.rig.desk import settings
from tests.rig.till import RICE


class Asked:
    """The till's page, asked without a socket."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self._app = create_app(agent.backend())

    def ask(
        self, method: str, path: str, form: Any = None, query: str = "", key: str = "", meant: str = ""
    ) -> tuple[int, dict[str, Any]]:
        """meant: the sale that the command is for."""
        body = json.dumps(form or {}).encode()
        return asyncio.run(self._asked(method, path, query.encode(), body, key, meant))

    async def _asked(
        self, method: str, path: str, query: bytes, body: bytes, key: str, meant: str
    ) -> tuple[int, dict[str, Any]]:
        sent: list[Any] = []
        headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
        headers.append((b"authorization", f"Bearer {self.agent.page_key}".encode()))
        headers += [(b"idempotency-key", key.encode())] if key else []
        headers += [(b"sale-id", meant.encode())] if meant else []
        scope = {"type": "http", "method": method, "path": path, "query_string": query, "headers": headers}

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self._app(scope | {"asgi": {"version": "3.0"}, "http_version": "1.1"}, receive, send)
        return sent[0]["status"], json.loads(b"".join(one.get("body", b"") for one in sent[1:]))

    def badge(self) -> str:
        return str(self.agent.board.part("badges")["store"]["state"])


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Asked]:
    """A till that has sold one bill."""
    agent = Agent(settings(tmp_path))
    agent.open_sale.do(ItemAdded(RICE, 1000, RICE.price_minor))
    assert agent.cashier.pay_exact(TenderType.CASH, "", "").ok
    yield Asked(agent)
    agent.close()


def damage(page: Asked, statement: str) -> None:
    """Past the triggers that would not let it."""
    connection = page.agent.store.connection
    for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    assert connection.execute(statement).rowcount


@pytest.mark.parametrize(
    ("statement", "method", "path", "form"),
    [
        ("UPDATE bill_line SET rest = '[1]'", "GET", "receipt", None),
        ("UPDATE bill_line SET rest = '[1]'", "GET", "returnable", None),
        ("UPDATE bill_line SET amount_minor = 0, taxable_minor = 0", "POST", "money", {"amount_minor": 100}),
        ("UPDATE bill SET redemptions = '{'", "POST", "whole", {}),
    ],
)
def test_a_damaged_row_is_told_in_words(
    page: Asked, statement: str, method: str, path: str, form: dict[str, Any] | None
) -> None:
    number = page.agent.board.part("last_bill")["number"]
    assert page.badge() == "ok"
    damage(page, statement)
    if method == "GET":
        status, answer = page.ask("GET", f"/api/bills/{number}/{path}")
    else:
        status, answer = page.ask(
            "POST", f"/api/return/{path}", {"number": number, "reason": "r", **(form or {})}
        )
    assert (status, answer["code"]) == (409, "row-damaged"), answer
    assert answer["text"].endswith((".", "check"))
    assert page.badge() == "error"
    # And the till sells.
    page.agent.open_sale.do(ItemAdded(RICE, 1000, RICE.price_minor))
    assert page.agent.cashier.pay_exact(TenderType.CASH, "", "").ok
    assert (page.agent.store.path.name, page.agent.supervisor.failed) == (FILE_NAME, "")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "return/whole"),
        ("POST", "bill/print"),
        ("GET", "bills/{}/returnable"),
        ("GET", "bills/{}/receipt"),
        ("GET", "bills?limit=200"),
    ],
)
def test_a_damaged_page_that_is_read_is_told_and_the_till_sells_on(
    tmp_path: Path, method: str, path: str
) -> None:
    agent = Agent(settings(tmp_path))
    numbers = []
    for _ in range(120):
        agent.open_sale.do(ItemAdded(RICE, 1000, RICE.price_minor))
        numbers.append(agent.cashier.pay_exact(TenderType.CASH, "", "").data["bill_number"])
    agent.close()
    damage_first_page(agent.store.path, "bill")
    page = Asked(Agent(settings(tmp_path)))
    assert page.badge() == "ok"
    query = path.partition("?")[2]
    form = {"number": numbers[0], "reason": "r"} if path.startswith("return") else {"number": numbers[0]}
    status, answer = page.ask(method, f"/api/{path.partition('?')[0].format(numbers[0])}", form, query)
    assert (status, answer["code"]) == (409, "row-damaged"), answer
    assert "cannot be read" in answer["text"]
    assert page.badge() == "error"
    assert not page.agent.till.turn.broken
    page.agent.open_sale.do(ItemAdded(RICE, 1000, RICE.price_minor))
    assert page.agent.cashier.pay_exact(TenderType.CASH, "", "").ok
    page.agent.close()


def test_a_mistake_of_ours_in_a_question_is_no_damage(page: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: Returning, __: str) -> Answer:
        raise ValueError("of ours")

    monkeypatch.setattr(Returning, "look", fails)
    status, answer = page.ask("GET", "/api/bills/S1T126-000001/returnable")
    assert (status, answer["code"]) == (409, "fault"), answer
    assert "mistake" in answer["text"]
    assert page.badge() == "ok"
