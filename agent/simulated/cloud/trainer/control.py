"""The trainer's side, loopback only: faults and options on switches, the ledger, the call log, a page."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from difflib import get_close_matches
from typing import Any
from urllib.parse import parse_qsl

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from agent.simulated.cloud.api.operations import NAMES
from agent.simulated.cloud.books import customers, erasure, points
from agent.simulated.cloud.books.ledger_report import ledger_report
from agent.simulated.cloud.books.ledger_rows import Customer
from agent.simulated.cloud.books.options import OptionError
from agent.simulated.cloud.books.refusal import Refusal
from agent.simulated.cloud.books.wire_format import WireError, dump, load, milli_of
from agent.simulated.cloud.trainer import control_page, rules_page
from agent.simulated.cloud.trainer.faults import FaultError, Faults
from agent.simulated.cloud.trainer.faulty_world import FaultyWorld

Act = Callable[[dict[str, Any]], dict[str, Any] | Awaitable[dict[str, Any]]]
Listener = Callable[[bool, float], Awaitable[None]]
"""Set by whoever serves the application: (open, seconds until it opens again or 0)."""


class ControlError(ValueError):
    """A control call that cannot be done, with a sentence for the trainer."""


def add_control(app: FastAPI, world: FaultyWorld) -> None:
    """Mount /control/… on the application."""

    def show(path: str, what: Callable[[Request], Any]) -> None:
        app.add_api_route(f"/control/{path}", _reading(what), methods=["GET"], name=f"control/{path}")

    def do(path: str, act: Act, back: str = "/control/") -> None:
        acting = _acting(world, act, back)
        app.add_api_route(f"/control/{path}", acting, methods=["POST"], name=f"control/{path}")

    show("ledger", lambda _: ledger_report(world.ledger))
    show("faults", lambda _: {"faults": [fault.shown() for fault in world.faults.active()]})
    show("log", lambda request: {"calls": _log(world, request), "seen": world.log.count})
    show("options", lambda _: shown_options(world))
    do("fault", lambda body: add_fault(world.faults, body))
    do("clear", lambda body: clear(world.faults, body))
    do("options", lambda body: change_options(world, body), "/control/rules")
    do("expire", lambda body: expire(world, body))
    do("fraud", lambda body: mark_fraud(world, body))
    do("erase", lambda body: erase(world, body))
    do("listener", lambda body: switch_listener(app, body))
    app.add_api_route("/control/", _page(world), methods=["GET"], name="control")
    app.add_api_route("/control/rules", _rules(world), methods=["GET"], name="control/rules")
    app.add_api_route("/", _to_page, methods=["GET"], name="start")


async def _to_page(request: Request) -> Response:
    """A trainer who types the address alone means the page."""
    return RedirectResponse("/control/", 303) if _local(request) else _closed()


def _local(request: Request) -> bool:
    """Whether this comes from the machine itself and is addressed to it: no web page elsewhere may act."""
    client = request.client.host if request.client else ""
    return _loopback(client) and _loopback(request.url.hostname or "")


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _json(document: Any, status: int = 200) -> Response:
    return Response(dump(document), status, media_type="application/json")


def _closed() -> Response:
    return _json({"error": "control answers on this machine only"}, 403)


def _reading(what: Callable[[Request], Any]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return _json(what(request)) if _local(request) else _closed()

    return answer


def _acting(world: FaultyWorld, act: Act, back: str) -> Callable[[Request], Awaitable[Response]]:
    """JSON or a form in, JSON out; a browser goes back to its page, with the reason when nothing was done."""

    async def answer(request: Request) -> Response:
        if not _local(request) or not _same_site(request):
            return _closed()
        from_page = "text/html" in request.headers.get("accept", "")
        try:
            done = act(_told(await request.body()))
            result = await done if isinstance(done, Awaitable) else done
        except (ControlError, FaultError, OptionError, WireError) as error:
            return _shown(world, str(error)) if from_page else _json({"error": str(error)}, 422)
        return RedirectResponse(back, 303) if from_page else JSONResponse(result)

    return answer


def _told(raw: bytes) -> dict[str, Any]:
    """The body, whatever its sender calls it: a command line sends JSON under a form's name."""
    return _body(raw) if raw.lstrip()[:1] in (b"", b"{", b"[") else _form(raw)


def _same_site(request: Request) -> bool:
    """A form sent by a page of another site says so in these headers; a tool sends neither."""
    origin = request.headers.get("origin", "")
    return origin in ("", f"{request.url.scheme}://{request.headers.get('host', '')}")


def _body(raw: bytes) -> dict[str, Any]:
    body = load(raw) if raw else {}
    if not isinstance(body, dict):
        raise ControlError("the body is a JSON object")
    return body


def _form(raw: bytes) -> dict[str, Any]:
    return dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))


def _log(world: FaultyWorld, request: Request) -> list[dict[str, Any]]:
    query = request.query_params
    return world.log.entries(
        op=query.get("op", ""), since=_count(query, "since"), limit=_count(query, "limit")
    )


def _count(query: Any, name: str) -> int:
    text = query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else 0


_FAULT_FIELDS = {
    "kind",
    "op",
    "count",
    "chance",
    "when",
    "seconds",
    "status",
    "broken",
    "code",
    "retry_after",
    "form",
}


def add_fault(faults: Faults, body: dict[str, Any]) -> dict[str, Any]:
    """Switch a fault on; numbers may be text, as a form sends them. Returns it."""
    body = {name: value for name, value in body.items() if value not in (None, "")}
    unknown = set(body) - _FAULT_FIELDS
    if unknown or "kind" not in body:
        raise ControlError(f"a fault has the fields {sorted(_FAULT_FIELDS)}, kind always")
    settings: dict[str, Any] = {"op": _op(str(body.get("op", "*"))), "when": str(body.get("when", ""))}
    if "count" in body:
        settings["count"] = int(_number(body, "count"))
    for name in ("chance", "seconds"):
        if name in body:
            settings[name] = _number(body, name)
    for name in ("status", "code", "retry_after"):
        if name in body:
            settings[name] = int(_number(body, name))
    if "form" in body:
        settings["form"] = str(body["form"])
    settings["broken"] = body.get("broken") in (True, "true", "on", "1")
    return {"fault": faults.add(str(body["kind"]), **settings).shown()}


def _op(told: str) -> str:
    """A call's name, `prefix/*` of some, or `*`."""
    if told == "*" or told in NAMES or (told.endswith("/*") and any(n.startswith(told[:-1]) for n in NAMES)):
        return told
    near = get_close_matches(told, NAMES, 3, 0.4)
    also = f"; near it are {', '.join(near)}" if near else ""
    raise ControlError(f"no call is named {told!r}{also}")


def _number(body: dict[str, Any], name: str) -> float:
    try:
        number = float(body[name])
    except (TypeError, ValueError) as error:
        raise ControlError(f"{name} is a number, not {body[name]!r}") from error
    if not math.isfinite(number):
        raise ControlError(f"{name} is a number, not {body[name]!r}")
    return number


def clear(faults: Faults, body: dict[str, Any]) -> dict[str, Any]:
    """Switch off one fault (`id`), those of one call (`op`), or all."""
    fault_id = int(_number(body, "id")) if body.get("id") else None
    return {"cleared": faults.clear(fault_id, op=body.get("op") or None)}


def shown_options(world: FaultyWorld) -> dict[str, Any]:
    """The options as JSON, without passwords and secrets."""
    told = asdict(world.options)
    del told["oauth_clients"]
    told["accounts"] = [
        {"code": one.code, "store": one.store, "store_name": one.store_name} for one in world.options.accounts
    ]
    return told


def change_options(world: FaultyWorld, body: dict[str, Any]) -> dict[str, Any]:
    """Change switches by name, numbers and yes or no as text too; the options now in force."""
    changes = {name: _typed(getattr(world.options, name, None), value) for name, value in body.items()}
    world.options = world.options.changed(**changes)
    return shown_options(world)


def _typed(now: Any, value: Any) -> Any:
    """A form's text as the type the option has; anything else as it is."""
    if not isinstance(value, str) or isinstance(now, str):
        return value.replace("\r\n", "\n") if isinstance(value, str) else value
    if isinstance(now, bool):
        return {"true": True, "on": True, "false": False, "off": False}.get(value.lower(), value)
    number = value.removeprefix("-")
    return int(value) if isinstance(now, int) and number.isascii() and number.isdigit() else value


def _wanted(world: FaultyWorld, body: dict[str, Any]) -> Customer:
    row = customers.find(world, "mobile", str(body.get("mobile") or ""))
    if row is None:
        raise ControlError("no customer has this mobile")
    return row


def erase(world: FaultyWorld, body: dict[str, Any]) -> dict[str, Any]:
    """Delete the personal data of a customer: `mobile`."""
    return {"erased": erasure.erase(world, _wanted(world, body)).id}


def mark_fraud(world: FaultyWorld, body: dict[str, Any]) -> dict[str, Any]:
    """Mark a customer as fraudulent, or take the mark away: `mobile` and `marked`."""
    row = _wanted(world, body)
    marked = body.get("marked", True) in (True, "true", "on", "1")
    with world.ledger.transaction():
        world.ledger.put(replace(row, fraud=marked))
    return {"marked": marked}


def expire(world: FaultyWorld, body: dict[str, Any]) -> dict[str, Any]:
    """Let points of a customer lapse: `mobile` and `points`."""
    row = _wanted(world, body)
    try:
        points.expire(world, row, milli_of(body.get("points")))
    except Refusal as refusal:
        raise ControlError(refusal.text) from refusal
    return {"available_milli": world.ledger.balance(row.id).available_milli}


async def switch_listener(app: FastAPI, body: dict[str, Any]) -> dict[str, Any]:
    """Stop or start taking connections at all: `open`, and `seconds` after which it opens by itself."""
    listener: Listener | None = getattr(app.state, "listener", None)
    if listener is None:
        raise ControlError("whoever serves this cloud cannot close its listener")
    is_open = body.get("open") in (True, "true", "on", "1")
    seconds = _number(body, "seconds") if "seconds" in body else 0.0
    await listener(is_open, seconds)
    return {"open": is_open, "seconds": seconds}


def _page(world: FaultyWorld) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return _shown(world, every=_count(request.query_params, "every")) if _local(request) else _closed()

    return answer


def _shown(world: FaultyWorld, error: str = "", *, every: int = 0) -> Response:
    """The page; with a reason above it and 422 when something could not be done."""
    calls = world.log.entries(limit=25)
    text = control_page.render(
        ledger_report(world.ledger), world.faults.active(), calls, error=error, every=every
    )
    return _html(text, 422 if error else 200)


def _html(text: str, status: int = 200) -> Response:
    headers = {"Content-Security-Policy": control_page.POLICY, "Cache-Control": "no-store"}
    return HTMLResponse(text, status, headers)


def _rules(world: FaultyWorld) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return _html(rules_page.render(world.options)) if _local(request) else _closed()

    return answer
