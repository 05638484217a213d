"""The counter of the tests: questions over real HTTP to a cloud that answers from a script."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any

from agent.loyalty.line.transport import Transport
from agent.loyalty.questions.questions import Questions
from agent.sale.basket import Customer

from .checker import faults
from .conftest import options_for
from .scripted import ScriptedCloud, Step, reply

IST = timezone(timedelta(hours=5, minutes=30))
NOW = datetime(2026, 4, 1, 10, 0, tzinfo=IST)
TOM = Customer(mobile="919876543210")


@contextmanager
def asked(*steps: Step, **settings: Any) -> Iterator[tuple[Questions, ScriptedCloud]]:
    """Questions to a cloud that answers with the steps; every request must be a documented one."""
    with ScriptedCloud(list(steps)) as cloud:
        transport = Transport(options_for(cloud.url, **settings))
        yield Questions(transport, options_for(cloud.url, **settings), lambda: NOW), cloud
        transport.close()
    for request in cloud.requests:
        assert faults(request.method, request.target, request.body, request.headers) == []


def v11(entity: str, item: dict[str, Any] | list[Any], code: int = 200) -> Step:
    outer, inner = entity.split(".")
    return reply({"response": {"status": {"success": "true", "code": code}, outer: {inner: item}}})


def item(code: int, /, success: str = "true", **more: Any) -> dict[str, Any]:
    return {**more, "item_status": {"success": success, "code": code, "message": "said"}}
