"""What no page sends: each is refused with a 4xx, and nobody's name gets into the log for it."""

from __future__ import annotations

import http.client
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from agent.simulated.world import World

NAME = "Parvathi Unheardof"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("scan", rb'{"label": "\ud800"}'),
        ("item/add", rb'{"sku": "a\udfff"}'),
        ("customer/enrol", rb'{"mobile": "\ud800", "firstname": "Parvathi Unheardof"}'),
        ("customer/enrol", rb'{"mobile": "9", "fields": {"a\ud800": "Parvathi Unheardof"}}'),
        ("customer/enrol", rb'{"mobile": "9", "\ud800": 1, "firstname": "Parvathi Unheardof"}'),
        ("tender/add", b'{"type": "cash", "amount_minor": NaN}'),
        ("tender/add", b'{"type": "cash", "amount_minor": -Infinity}'),
        ("tender/add", b'{"type": "cash", "amount_minor": 1e999}'),
        ("tender/add", b'{"type": "cash", "amount_minor": 99999999999999999999999}'),
        ("line/quantity", b'{"line": 99999999999999999999999, "qty_milli": 1000}'),
        ("queue/retry", b'{"row": 99999999999999999999999}'),
        ("queue/code", b'{"row": 9223372036854775808}'),
        ("scan", b'{"label": ' + b"9" * 5000 + b"}"),
        ("scan", b'{"label": ' + b"[" * 50000 + b"]" * 50000 + b"}"),
        ("scan", b"\xff\xfe{"),
        ("scan", b"[1]"),
        ("scan", b""),
    ],
)
def test_a_body_that_is_none_is_refused(till: World, path: str, body: bytes) -> None:
    assert _sent(till, "POST", f"/api/{path}", body) in (400, 422)
    assert NAME not in _log(till)
    assert "Traceback" not in _log(till)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_a_command_that_is_not_called_json_is_refused(till: World, kind: str) -> None:
    """Whatever it holds; it was told as a mistake of the till's, of which nobody knows what it has done."""
    assert _sent(till, "POST", "/api/scan", b'{"label": "8900000000012"}', **{"Content-Type": kind}) == 422
    assert till.snapshot()["sale"]["lines"] == []
    assert "Traceback" not in _log(till)


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "http://]", "http://\xe9", "//["])
def test_an_origin_that_is_none_is_another_page(till: World, origin: str) -> None:
    assert _sent(till, "POST", "/api/sale/cancel", b'{"reason": "x"}', Origin=origin) == 403
    assert "Traceback" not in _log(till)


@pytest.mark.parametrize("host", ["agent", "agent:80", "evil.example", "127.0.0.1.evil.example", "[", ""])
def test_over_tcp_a_host_of_another_name_is_refused(till: World, host: str) -> None:
    """The name of the command line's socket too: a page elsewhere may have it resolved to this machine."""
    assert _sent(till, "GET", "/api/snapshot", None, Host=host) == 400


@pytest.mark.parametrize(
    "target", ["/api/queue/99999999999999999999", "/api/bills/%ED%A0%80/receipt", "/api/items?q=%ED%A0%80%00"]
)
def test_an_address_that_is_none_is_no_failure(till: World, target: str) -> None:
    assert _sent(till, "GET", target, None) < 500
    assert "Traceback" not in _log(till)


def test_the_description_tells_what_is_answered(till: World) -> None:
    """A thousand requests made from it, right and wrong ones: nothing fails, no status and no body is another
    than described."""
    described = schemathesis.openapi.from_url(f"{till.page}openapi.json")
    for found in described.exclude(path="/events").get_all_operations():
        _ask(found.ok(), till.signed_in)
    assert "Traceback" not in _log(till)


def _ask(operation: Any, signed_in: dict[str, str]) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=20,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def asked(case: schemathesis.Case) -> None:
        case.call_and_validate(
            headers=signed_in,
            checks=[not_a_server_error, status_code_conformance, response_schema_conformance],
        )

    asked()


# --- underneath -----------------------------------------------------------------------------------------


def _sent(till: World, method: str, target: str, body: bytes | None, **headers: str) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", urlsplit(till.page).port, timeout=30)) as line:
        line.putrequest(method, target, skip_host="Host" in headers)
        given = (
            {"Content-Type": "application/json", "Content-Length": str(len(body or b""))}
            | till.signed_in
            | headers
        )
        for name, value in given.items():
            line.putheader(name, value.encode("latin-1"))
        line.endheaders(body)
        return line.getresponse().status


def _log(till: World) -> str:
    return (till.directory / "agent.log").read_text()
