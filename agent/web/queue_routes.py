"""The outbox's verbs: retry, waive, settle, export. Each carries an idempotency key."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import Field

from agent.web.answers import said
from agent.web.backend import Backend
from agent.web.claims import claim_of
from agent.web.commands import Key
from agent.web.descriptions import TOLD
from agent.web.forms import Claimed, Form, Whole

_PIECE = 1 << 16


class Retry(Form):
    """One row, or every parked one with all; code narrows all to those parked with it. otp: the fresh
    one-time code of the redemption."""

    row: Whole = 0
    all: bool = False
    code: str = Field("", max_length=32)
    reason: str = Field("", max_length=255)
    otp: str = Field("", max_length=50, repr=False)


class Which(Form):
    row: Whole


class Waive(Claimed):
    row: Whole
    reason: str = Field(max_length=255)


class Settle(Claimed):
    """unchecked: also where the cloud cannot be asked whether it has taken it after all."""

    row: Whole
    tender: Literal["cash", "card", "upi", "other"]
    reference: str = Field("", max_length=64)
    reason: str = Field("", max_length=255)
    unchecked: bool = False


class Export(Claimed):
    identifiers: bool = False
    reason: str = Field("", max_length=255)


def queue_routes(backend: Backend) -> APIRouter:
    """All of /api/queue that changes something. 200 done, 409 refused with a sentence, 422 malformed."""
    routes = APIRouter(prefix="/api/queue", responses=TOLD)
    outbox = backend.queue

    @routes.post("/retry")
    def retry(form: Retry, key: Key = "") -> Any:
        if form.all:
            return said(outbox.retry_all(form.code, form.reason, key))
        return said(outbox.retry(form.row, form.reason, key, form.otp))

    @routes.post("/code")
    def code(form: Which, key: Key = "") -> Any:  # noqa: ARG001 - the cloud sends the same code again
        return said(outbox.send_code(form.row))

    @routes.post("/waive")
    def waive(form: Waive, request: Request, key: Key = "") -> Any:
        return said(outbox.waive(form.row, form.reason, key, claim_of(form, request.scope)))

    @routes.post("/settle")
    def settle(form: Settle, request: Request, key: Key = "") -> Any:
        given = (form.row, form.tender, form.reference, form.reason, key)
        return said(outbox.settle(*given, unchecked=form.unchecked, claim=claim_of(form, request.scope)))

    @routes.post("/export")
    def export(form: Export, request: Request, key: Key = "") -> Any:  # noqa: ARG001 - told anew each time
        claim = claim_of(form, request.scope)
        answer = outbox.export(identifiers=form.identifiers, reason=form.reason, claim=claim)
        if not answer.ok:
            return said(answer)
        rows = outbox.exported(identifiers=form.identifiers)
        return StreamingResponse(_in_pieces(_as_told(rows)), media_type="application/json")

    return routes


def _as_told(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """An answer with these rows, each on a line of its own, so that a program need not hold them all."""
    yield '{"ok":true,"code":"","text":"","params":{},"data":{"rows":['
    between = "\n"
    for row in rows:
        yield between + json.dumps(row, ensure_ascii=False)
        between = ",\n"
    yield "\n]}}\n"


def _in_pieces(texts: Iterable[str]) -> Iterator[bytes]:
    """Not a row at a time: each piece is a turn on the pool of threads."""
    piece: list[str] = []
    size = 0
    for text in texts:
        piece.append(text)
        size += len(text)
        if size >= _PIECE:
            yield "".join(piece).encode()
            piece, size = [], 0
    yield "".join(piece).encode()
