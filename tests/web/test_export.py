"""A queue of any length is exported row by row: the till's memory does not grow with it."""

from __future__ import annotations

import asyncio
import gc
import json
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.web.app import create_app
from tests.rig.desk import DeskTill, till

FEW, MANY = 140, 560
BODY = json.dumps({"identifiers": True, "reason": "x"}).encode()
SCOPE = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "method": "POST",
    "scheme": "http",
    "path": "/api/queue/export",
    "raw_path": b"/api/queue/export",
    "query_string": b"",
    "root_path": "",
    "headers": [
        (b"host", b"agent"),
        (b"content-type", b"application/json"),
        (b"content-length", str(len(BODY)).encode()),
    ],
    "server": ("agent", None),
    "client": ("user", 0),
}


@pytest.fixture
def made(tmp_path: Path) -> Iterator[DeskTill]:
    with till(tmp_path) as one:
        yield one


def _export(app: Any, take: Callable[[bytes], object]) -> None:
    """Asked by the socket; each piece of the answer is taken as it comes."""
    asked = [{"type": "http.request", "body": BODY, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if not asked:
            await asyncio.sleep(3600)
        return asked.pop()

    async def send(message: Any) -> None:
        take(message.get("body", b""))

    asyncio.run(app(dict(SCOPE), receive, send))


def _peak(app: Any) -> int:
    """Bytes of memory at most while nobody keeps a piece."""
    gc.collect()
    tracemalloc.start()
    _export(app, len)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_the_answer_is_one_whole_and_each_row_is_a_line_of_it(made: DeskTill) -> None:
    app = create_app(made.agent.backend())
    pieces: list[bytes] = []
    _export(app, pieces.append)
    assert json.loads(b"".join(pieces)) == {
        "ok": True,
        "code": "",
        "text": "",
        "params": {},
        "data": {"rows": []},
    }
    made.sell(1)
    pieces.clear()
    _export(app, pieces.append)
    whole = b"".join(pieces)
    rows = json.loads(whole)["data"]["rows"]
    assert [row["op"] for row in rows] == ["transaction_add", "points_redeem", "coupon_redeem"]
    assert [json.loads(line.rstrip(b",")) for line in whole.splitlines()[1:-1]] == rows


def test_the_memory_of_an_export_does_not_grow_with_the_queue(made: DeskTill) -> None:
    app = create_app(made.agent.backend())
    for seq in range(FEW):
        made.sell(seq + 1, mobile=f"9198{seq:08d}")
    _export(app, len)
    few = _peak(app)
    for seq in range(FEW, MANY):
        made.sell(seq + 1, mobile=f"9198{seq:08d}")
    assert _peak(app) < 2 * few
