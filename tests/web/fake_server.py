"""The HTTP face around a FakeTill, on loopback; it can be stopped and started again like a crashed agent."""

from __future__ import annotations

import asyncio
import mimetypes
import socket
import threading
import time
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Header, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.datastructures import MutableHeaders
from starlette.types import Message, Receive, Scope, Send

import agent
from agent.language.language import Language, page_words
from agent.printing.calibration_sheet import picture as code_picture
from agent.sale.units import is_measured
from agent.till.picture import Drawing, Picture
from agent.web import forms
from agent.web.page import HEARTBEAT_S, event, index_page, signed_out_page
from tests.web.bodies import BODIES
from tests.web.fake_goods import GOODS
from tests.web.fake_returns import told
from tests.web.fake_till import AT, FakeTill

STATIC = Path(agent.__file__).parent / "web" / "static"
# Stricter than the agent's own policy: what works here works there.
POLICY = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'"
HEADERS = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}


@cache
def create_app() -> FastAPI:
    """The face: snapshot, stream, questions, commands, and the page's files. Each request brings the till it
    is for in its scope, so that one application serves every till of a run."""
    app = FastAPI()

    @app.get("/api/snapshot")
    def snapshot(request: Request) -> dict[str, Any]:
        return _till(request).snapshot()

    @app.get("/events")
    async def events(request: Request, *, changes: bool = False) -> StreamingResponse:
        return StreamingResponse(_stream(_till(request), changes=changes), media_type="text/event-stream")

    for path, form in BODIES.items():
        _command(app, path, form)
    _questions(app)
    _files(app)
    return app


def _till(request: Request) -> FakeTill:
    till: FakeTill = request.scope["till"]
    return till


def _command(app: FastAPI, path: str, form: type[forms.Form]) -> None:
    def carry_out(
        request: Request, body: Any, idempotency_key: str = Header(), sale_id: str = Header("")
    ) -> JSONResponse:
        return _said(_till(request).command(path, idempotency_key, body, sale_id))

    carry_out.__annotations__["body"] = form
    app.post(path)(carry_out)


def _said(said: tuple[bool, str, str, dict[str, Any]]) -> JSONResponse:
    done, code, text, data = said
    body = {"ok": done, "code": code, "text": text, "params": {}, "data": data}
    return JSONResponse(body, 200 if done else 409)


def _questions(app: FastAPI) -> None:
    @app.get("/api/items")
    def items(q: str) -> dict[str, Any]:
        found = [one for one in GOODS if q.lower() in one.name.lower() or q in (one.gtin, one.sku)]
        fields = ("sku", "name", "price_minor", "unit", "gtin")
        told = ({name: getattr(one, name) for name in fields} for one in found)
        return {"items": [one | {"measured": is_measured(one["unit"])} for one in told]}

    @app.get("/api/bills")
    def bills(request: Request, limit: int = 20) -> dict[str, Any]:
        return {"bills": _till(request).bills[:limit]}

    @app.get("/api/bills/{number:path}/receipt.png")
    def receipt_picture(request: Request, number: str) -> Response:
        if _till(request).undrawn:
            return Response(status_code=500)
        return Response(_till(request).receipt_picture(number), media_type="image/png")

    @app.get("/api/bills/{number:path}/receipt")
    def receipt(request: Request, number: str) -> dict[str, Any]:
        return _till(request).receipt(number)

    @app.get("/api/bills/{number:path}/returnable")
    def returnable(request: Request, number: str) -> JSONResponse:
        with _till(request).lock:
            return _said(told(_till(request).returns.verbs.look(number)))

    @app.get("/api/scanner/codes/{asks}.png")
    def code(asks: str) -> Response:
        return Response(code_picture(asks), media_type="image/png")

    @app.get("/api/customer/history")
    def history(request: Request) -> JSONResponse:
        return _said(_till(request).history())

    @app.get("/api/queue")
    def queue(request: Request, limit: int = 200, parked: bool | None = None) -> dict[str, Any]:
        rows = [row for row in _till(request).queue_rows if parked in (None, row["state"] == "parked")]
        return {"rows": rows[:limit], "supervisors": _till(request).supervisors}


def _files(app: FastAPI) -> None:
    @app.get("/")
    async def index(request: Request) -> Response:
        return HTMLResponse(index_page(Language(request.scope["language"])))

    @app.get("/i18n/{tag}.json")
    def words(request: Request, tag: str) -> JSONResponse:
        try:
            return JSONResponse(page_words(request.scope["language"] if tag == "till" else tag))
        except LookupError:
            return JSONResponse({}, 404)


def _file(name: str) -> Response:
    """From the disk each time: whoever looks at the page with this server changes it meanwhile."""
    path = STATIC / name
    if not path.is_file():
        return Response(status_code=404)
    return Response(path.read_bytes(), media_type=mimetypes.guess_type(name)[0])


async def _stream(till: FakeTill, *, changes: bool) -> AsyncIterator[bytes]:
    sent: Picture | None = None
    beat, drawing = 0.0, Drawing()
    while True:
        if till.hung:
            await asyncio.sleep(0.01)
            continue
        if time.monotonic() - beat >= HEARTBEAT_S:
            beat = time.monotonic()
            yield f"event: beat\ndata: {AT}\n\n".encode()
        if sent is None or till.version != sent.version:
            parts = till.snapshot()
            now = drawing.picture(parts.pop("version"), parts.pop("at"), parts)
            if till.skips:
                till.skips -= 1
            else:
                yield event(now, sent if changes else None)
            sent = now
        await asyncio.sleep(0.01)


class FakeServer:
    """Serves one till on a loopback port of its own, from a thread of its own: what the page of an earlier
    test still sends reaches no other till. The port stays taken while nobody listens."""

    def __init__(self, till: FakeTill, port: int = 0) -> None:
        self.till = till
        self.language = "en"
        self._held = _bound(port)
        self.port = int(self._held.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def strict(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        if self.till.knows_nobody and scope["path"] in ("/events", "/api/bills"):
            await Response(status_code=401)(scope, receive, strict)
            return
        if self.till.knows_nobody and scope["path"] == "/":
            page = signed_out_page(Language(self.language))
            await HTMLResponse(page, 401)(scope, receive, strict)
            return
        if scope["path"].startswith("/static/"):
            await _file(scope["path"].removeprefix("/static/"))(scope, receive, strict)
            return
        await create_app()(scope | {"till": self.till, "language": self.language}, receive, strict)

    def start(self) -> None:
        if self._server is not None:
            return
        config = uvicorn.Config(
            self._serve,
            interface="asgi3",
            log_level="critical",
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=0,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([_bound(self.port)],), daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.002)

    def stop(self) -> None:
        """Gone, as a killed process: streams break off, connections are refused."""
        self.ask_to_stop()
        if self._thread is not None:
            self._thread.join(10)
        self._server = self._thread = None

    def ask_to_stop(self) -> None:
        """Does not wait for it: uvicorn looks up only ten times a second."""
        if self._server is not None:
            self._server.should_exit = self._server.force_exit = True

    def close(self) -> None:
        """Gone for good, and the till with it; the port is anybody's."""
        self.stop()
        self._held.close()
        self.till.close()


def _bound(port: int) -> socket.socket:
    # TCP by name, or each answer would wait 40 ms for the acknowledgement of its head: no TCP_NODELAY.
    one = socket.socket(proto=socket.IPPROTO_TCP)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    one.bind(("127.0.0.1", port))
    return one
