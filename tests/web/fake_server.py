"""The HTTP face around a FakeTill, on loopback; it can be stopped and started again like a crashed agent."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Header, Request
from fastapi.responses import FileResponse, JSONResponse, Response, StreamingResponse
from fastapi.staticfiles import StaticFiles

import agent
from agent.language.language import page_words
from agent.web import forms, queue_routes, return_routes
from tests.web.fake_goods import GOODS
from tests.web.fake_returns import told
from tests.web.fake_till import FakeTill, free_port

STATIC = Path(agent.__file__).parent / "web" / "static"
# Stricter than the agent's own policy: what works here works there.
POLICY = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'"

BODIES: dict[str, type[forms.Form]] = {
    "/api/scan": forms.Scan,
    "/api/item/add": forms.ItemPick,
    "/api/line/quantity": forms.Quantity,
    "/api/line/price": forms.Price,
    "/api/line/discount": forms.LineDiscount,
    "/api/line/void": forms.LineNumber,
    "/api/sale/discount": forms.DiscountForm,
    "/api/sale/cancel": forms.Reason,
    "/api/sale/not-interested": forms.Reason,
    "/api/sale/complete": forms.Nothing,
    "/api/customer/search": forms.CustomerSearch,
    "/api/customer/clear": forms.Nothing,
    "/api/customer/enrol": forms.EnrolForm,
    "/api/customer/update": forms.CustomerForm,
    "/api/coupon/apply": forms.Coupon,
    "/api/coupon/remove": forms.Nothing,
    "/api/points/otp": forms.PointsAmount,
    "/api/points/apply": forms.Points,
    "/api/points/remove": forms.Nothing,
    "/api/tender/begin": forms.Nothing,
    "/api/tender/back": forms.Nothing,
    "/api/tender/add": forms.TenderForm,
    "/api/tender/remove": forms.TenderNumber,
    "/api/return/whole": return_routes.WholeReturn,
    "/api/return/lines": return_routes.LinesReturn,
    "/api/return/money": return_routes.MoneyReturn,
    "/api/return/unknown": return_routes.UnknownReturn,
    "/api/bill/tag": return_routes.Tag,
    "/api/bill/print": forms.BillNumber,
    "/api/print/resolve": forms.Resolved,
    "/api/drawer/open": forms.Reason,
    "/api/queue/retry": queue_routes.Retry,
    "/api/queue/waive": queue_routes.Waive,
    "/api/queue/settle": queue_routes.Settle,
}


def create_app(server: FakeServer) -> FastAPI:
    """The face: snapshot, stream, questions, commands, and the page's files under a strict policy."""
    app = FastAPI()

    @app.middleware("http")
    async def strict(request: Request, go_on: Any) -> Response:
        response: Response = await go_on(request)
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Cache-Control"] = "no-store"
        return response

    @app.get("/api/snapshot")
    def snapshot() -> dict[str, Any]:
        return server.till.snapshot()

    @app.get("/events")
    async def events() -> StreamingResponse:
        return StreamingResponse(_stream(server), media_type="text/event-stream")

    for path, form in BODIES.items():
        _command(app, server, path, form)
    _questions(app, server)
    _files(app, server)
    return app


def _command(app: FastAPI, server: FakeServer, path: str, form: type[forms.Form]) -> None:
    def carry_out(body: Any, idempotency_key: str = Header()) -> JSONResponse:
        return _said(server.till.command(path, idempotency_key, body))

    carry_out.__annotations__["body"] = form
    app.post(path)(carry_out)


def _said(said: tuple[bool, str, str, dict[str, Any]]) -> JSONResponse:
    done, code, text, data = said
    return JSONResponse({"ok": done, "code": code, "text": text, "data": data}, 200 if done else 409)


def _questions(app: FastAPI, server: FakeServer) -> None:
    @app.get("/api/items")
    def items(q: str) -> dict[str, Any]:
        found = [one for one in GOODS if q.lower() in one.name.lower() or q in (one.gtin, one.sku)]
        fields = ("sku", "name", "price_minor", "unit", "gtin")
        return {"items": [{name: getattr(one, name) for name in fields} for one in found]}

    @app.get("/api/bills")
    def bills(limit: int = 20) -> dict[str, Any]:
        return {"bills": server.till.bills[:limit]}

    @app.get("/api/bills/{number:path}/receipt")
    def receipt(number: str) -> dict[str, Any]:
        return server.till.receipt(number)

    @app.get("/api/bills/{number:path}/returnable")
    def returnable(number: str) -> JSONResponse:
        with server.till.lock:
            return _said(told(server.till.returns.look(number)))

    @app.get("/api/customer/history")
    def history() -> JSONResponse:
        return _said(server.till.history())

    @app.get("/api/queue")
    def queue() -> dict[str, Any]:
        return {"rows": server.till.queue_rows, "supervisors": server.till.supervisors}


def _files(app: FastAPI, server: FakeServer) -> None:
    @app.get("/")
    def index() -> FileResponse:
        return FileResponse(STATIC / "index.html")

    @app.get("/i18n/{tag}.json")
    def words(tag: str) -> JSONResponse:
        try:
            return JSONResponse(page_words(server.language if tag == "till" else tag))
        except LookupError:
            return JSONResponse({}, 404)

    app.mount("/static", StaticFiles(directory=STATIC))


async def _stream(server: FakeServer) -> AsyncIterator[bytes]:
    sent = -1
    while True:
        if server.till.version != sent:
            now = server.till.snapshot()
            sent = now["version"]
            yield f"event: snapshot\nid: {sent}\ndata: {json.dumps(now)}\n\n".encode()
        await asyncio.sleep(0.01)


class FakeServer:
    """Serves a till on a loopback port, from a thread of its own. The till may be changed for a fresh one."""

    def __init__(self, till: FakeTill, port: int = 0) -> None:
        self.till = till
        self.language = "en"
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._app = create_app(self)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        if self._server is not None:
            return
        config = uvicorn.Config(
            self._app,
            host="127.0.0.1",
            port=self.port,
            log_level="critical",
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=0,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)

    def stop(self) -> None:
        """Gone, as a killed process: streams break off, connections are refused."""
        if self._server is None or self._thread is None:
            return
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(10)
        self._server = self._thread = None
