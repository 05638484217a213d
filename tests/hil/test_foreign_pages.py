"""What a page of another origin may have the till do: nothing."""

from __future__ import annotations

import http.client
from contextlib import closing

import pytest

from agent.simulated.world import World


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://{host}.evil.example",
        "http://{host}@evil.example",
        "http://evil.example/{host}",
        "http://evil.example?{host}",
        "http://{host}0",
        "http://127.0.0.1",
        "http://localhost:1",
        "null",
        "",
        "file://",
    ],
)
def test_a_command_from_another_origin_is_refused(till: World, origin: str) -> None:
    """Also from one whose name begins like the till's or holds it."""
    assert _post(till, origin.format(host=_host(till)))[0] == 403


def test_a_command_of_the_tills_own_page_is_carried_out(till: World) -> None:
    status, body = _post(till, f"http://{_host(till)}")
    assert (status, '"code":"not-now"' in body) == (409, True), body


def _host(till: World) -> str:
    return till.page.removeprefix("http://").rstrip("/")


def _post(till: World, origin: str) -> tuple[int, str]:
    """Give up the sale there is not: 409 from whoever may ask."""
    with closing(http.client.HTTPConnection(_host(till))) as connection:
        headers = {"Content-Type": "application/json", "Origin": origin} | till.signed_in
        connection.request("POST", "/api/sale/cancel", '{"reason": "x"}', headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
