"""The outbox's verbs: retry, waive, settle, export. Each carries an idempotency key."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import Field

from agent.web.answers import said
from agent.web.backend import Backend
from agent.web.claims import claim_of, source
from agent.web.commands import Key
from agent.web.descriptions import TOLD
from agent.web.forms import Claimed, Form, Whole


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
        return said(
            outbox.waive(form.row, form.reason, form.supervisor, form.pin, key, source(request.scope))
        )

    @routes.post("/settle")
    def settle(form: Settle, request: Request, key: Key = "") -> Any:
        given = (form.row, form.tender, form.reference, form.reason, key)
        return said(outbox.settle(*given, unchecked=form.unchecked, claim=claim_of(form, request.scope)))

    @routes.post("/export")
    def export(form: Export, request: Request, key: Key = "") -> Any:
        claim = claim_of(form, request.scope)
        return said(outbox.export(identifiers=form.identifiers, reason=form.reason, key=key, claim=claim))

    return routes
