"""What is answered, for /openapi.json; and the answer to a request that is malformed."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel


class Told(BaseModel):
    """The answer to a command: ok, code, a sentence for the cashier with its parameters, data."""

    ok: bool
    code: str
    text: str
    params: dict[str, Any]
    data: dict[str, Any]


class Rows(BaseModel):
    """What a scanner sent: rows of n and lines."""

    rows: list[dict[str, Any]]


class Problem(BaseModel):
    """One part of a request that is not as it should be."""

    loc: list[str | int]
    msg: str
    type: str


class Malformed(BaseModel):
    """Every problem; what was sent is not repeated, since it may name somebody."""

    detail: list[Problem]


class NoBody(BaseModel):
    """What could not even be read."""

    detail: str


ANSWERS: dict[int | str, dict[str, Any]] = {
    400: {"model": Told | NoBody},
    401: {"model": Told},
    403: {"model": Told},
    409: {"model": Told},
    413: {"model": Told},
    422: {"model": Malformed},
    503: {"model": Told},
}
"""What any route may answer besides 200."""
TOLD: dict[int | str, dict[str, Any]] = {200: {"model": Told}}
ROWS: dict[int | str, dict[str, Any]] = {200: {"model": Rows}}
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": Told}}


async def malformed(_: Request, error: Exception) -> JSONResponse:
    """422, without anything that was sent but the names of fields, and those in writable letters."""
    assert isinstance(error, RequestValidationError)
    return JSONResponse({"detail": [_problem(one) for one in error.errors()]}, 422)


def _problem(one: dict[str, Any]) -> dict[str, Any]:
    loc = [part if isinstance(part, int) else _writable(part) for part in one["loc"]]
    return {"loc": loc, "msg": _writable(one["msg"]), "type": one["type"]}


def _writable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
