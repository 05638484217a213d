"""What may be asked: the snapshot, items, bills, the queue. Nothing here changes anything."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from agent.language.sentence import Sentence
from agent.sale.units import is_measured
from agent.web.answers import not_done, said
from agent.web.backend import Backend
from agent.web.descriptions import NOT_FOUND, TOLD
from agent.web.door import over_tcp
from agent.web.forms import MOST


def query_routes(backend: Backend) -> APIRouter:
    """All of /api that only reads."""
    routes = APIRouter(prefix="/api")

    @routes.get("/snapshot")
    def snapshot() -> Response:
        return Response(backend.board.picture().whole, media_type="application/json")

    @routes.get("/status")
    def status() -> dict[str, Any]:
        return backend.status()

    @routes.get("/scans")
    def scans(request: Request, after: Annotated[int, Query(ge=0, lt=2**63)] = 0) -> Any:
        if over_tcp(request.scope):
            return not_done(backend.language, Sentence("socket-only"), 403)
        return {"scans": backend.scans(after)}

    @routes.get("/items")
    def items(q: Annotated[str, Query(max_length=100)]) -> dict[str, Any]:
        found = backend.cashier.items(q)
        fields = ("sku", "name", "price_minor", "unit", "gtin", "variant")
        told = ({name: getattr(item, name) for name in fields} for item in found)
        return {"items": [one | {"measured": is_measured(one["unit"])} for one in told]}

    _bills(routes, backend)

    @routes.get("/customer/history", responses=TOLD)
    def history(limit: Annotated[int, Query(ge=1, le=200)] = 50) -> JSONResponse:
        return said(backend.cashier.history(limit))

    @routes.get("/queue")
    def queue(
        after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
        parked: Annotated[bool | None, Query()] = None,
    ) -> dict[str, Any]:
        rows = backend.queue.rows(after, limit, parked=parked)
        return {"rows": rows, "supervisors": backend.queue.supervisors()}

    @routes.get("/queue/{row}", responses=NOT_FOUND)
    def queue_row(row: Annotated[int, Path(ge=0, le=MOST)]) -> Any:
        found = backend.queue.show(row)
        if found is None:
            return not_done(backend.language, Sentence("no-such-row.queued", row=row), 404)
        return found

    return routes


def _bills(routes: APIRouter, backend: Backend) -> None:
    @routes.get("/bills")
    def bills(limit: Annotated[int, Query(ge=1, le=200)] = 20) -> dict[str, Any]:
        return {"bills": backend.bills(limit)}

    @routes.get("/bills/{number:path}/receipt", responses=NOT_FOUND)
    def receipt(number: str) -> Any:
        found = backend.receipt(number)
        if found is None:
            return not_done(backend.language, Sentence("no-such-bill.printed", number=number), 404)
        return found

    @routes.get(
        "/bills/{number:path}/receipt.png",
        response_class=Response,
        responses=NOT_FOUND | {200: {"content": {"image/png": {}}}},
    )
    def receipt_picture(number: str) -> Any:
        found = backend.receipt_picture(number)
        if found is None:
            return not_done(backend.language, Sentence("no-such-bill.printed", number=number), 404)
        return Response(found, media_type="image/png")

    @routes.get(
        "/scanner/codes/{asks}.png",
        response_class=Response,
        responses=NOT_FOUND | {200: {"content": {"image/png": {}}}},
    )
    def code_picture(asks: str) -> Any:
        found = backend.codes.picture(asks)
        if found is None:
            return not_done(backend.language, Sentence("no-such-code", asks=asks), 404)
        return Response(found, media_type="image/png")
