"""What comes back: looking a bill up, returning it whole, by lines or as money, giving it to a member."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import Field

from agent.web.answers import said
from agent.web.backend import Backend
from agent.web.claims import claim_of
from agent.web.commands import Key, Meant
from agent.web.descriptions import TOLD
from agent.web.forms import Claimed, CustomerSearch, Form, Whole


class BillReason(Form):
    number: str = Field(min_length=1, max_length=64)
    reason: str = Field(max_length=255)


class WholeReturn(BillReason):
    cancelled: bool = False


class BackLine(Form):
    line: Whole = Field(gt=0)
    qty_milli: Whole = Field(gt=0)


class LinesReturn(BillReason):
    lines: list[BackLine] = Field(min_length=1, max_length=500)


class MoneyReturn(BillReason, Claimed):
    amount_minor: Whole = Field(gt=0)


class Tag(CustomerSearch):
    number: str = Field(min_length=1, max_length=64)


class UnknownReturn(BillReason, Claimed):
    sku: str = Field(min_length=1, max_length=128)
    qty_milli: Whole | None = Field(None, gt=0)
    bought_on: str = Field("", pattern=r"^(\d{4}-\d{2}-\d{2})?$")


def return_routes(backend: Backend) -> APIRouter:
    """All of /api about goods that come back."""
    routes = APIRouter(prefix="/api", responses=TOLD)
    back = backend.returning

    @routes.get("/bills/{number:path}/returnable")
    def returnable(number: str) -> Any:
        return said(back.look(number))

    @routes.post("/return/whole")
    def whole(form: WholeReturn, key: Key = "", meant: Meant = "") -> Any:
        return said(back.whole(form.number, form.reason, key, cancelled=form.cancelled, sale_id=meant))

    @routes.post("/return/lines")
    def lines(form: LinesReturn, key: Key = "", meant: Meant = "") -> Any:
        wanted = {one.line: one.qty_milli for one in form.lines}
        return said(back.lines(form.number, wanted, form.reason, key, meant))

    @routes.post("/return/money")
    def money(form: MoneyReturn, request: Request, key: Key = "", meant: Meant = "") -> Any:
        claim = claim_of(form, request.scope)
        return said(back.money(form.number, form.amount_minor, form.reason, key, claim, meant))

    @routes.post("/return/unknown")
    def unknown(form: UnknownReturn, request: Request, key: Key = "", meant: Meant = "") -> Any:
        wanted = form.number, form.bought_on, form.sku, form.qty_milli, form.reason
        return said(back.unknown(*wanted, key, claim_of(form, request.scope), meant))

    @routes.post("/bill/tag")
    def tag(form: Tag, key: Key = "") -> Any:
        return said(backend.retro.give(form.number, form.kind, form.value, key))

    return routes
