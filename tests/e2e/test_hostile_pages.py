"""A page of somebody else's in a real browser, beside a till that is signed in there: it gets nothing and
does nothing."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from agent.simulated.world import World
from tests.hil.conftest import RICE, lines, scan_in
from tests.web.page_driver import ARGS, CHROMIUM, missing

TRIES = Path(__file__).with_name("hostile.js")


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[int]:
    """The port of a page that is not the till's."""

    class Empty(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>x</title><body></body>")

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Empty) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture(params=["127.0.0.1", "localhost", "evil.example", "another browser"])
def hostile(world: World, elsewhere: int, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Its page, in the browser that has the till's session, at another port, another name and another site;
    or in another browser. evil.example leads to this box, as a hostile resolver says."""
    if missing():
        pytest.skip(missing())
    with sync_playwright() as playwright:
        lead = "--host-resolver-rules=MAP evil.example 127.0.0.1"
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*ARGS, lead])
        signed_in = browser.new_context()
        till = signed_in.new_page()
        till.goto(world.start_page)
        till.locator("[data-total]").wait_for()
        alone = request.param == "another browser"
        page = (browser.new_context() if alone else signed_in).new_page()
        page.goto(f"http://{'127.0.0.1' if alone else request.param}:{elsewhere}/")
        page.evaluate(f"() => {{ {TRIES.read_text()} }}")
        yield page
        assert till.locator('[data-badge="agent"]').count() == 0
        browser.close()


def test_it_neither_reads_nor_sells_nor_frames_the_till(world: World, hostile: Page) -> None:
    number = _sold(world)
    scan_in(world, RICE)
    paper = f"/api/bills/{number}/receipt.png"
    found = hostile.evaluate("globalThis.tried", [world.page.rstrip("/"), paper])
    assert found == {
        "read": "TypeError",
        "opaque": "opaque 0 ",
        "json": "TypeError",
        "plain": "opaque 0 ",
        "beacon": "sent",
        "key": "TypeError",
        "events": "error",
        "socket": "error",
        "script": "error",
        "image": "error",
        "paper": "error",
        "words": "error",
        "cookie": "",
    }
    hostile.evaluate("globalThis.posted", world.page.rstrip("/"))
    assert "Training Store" not in hostile.evaluate("globalThis.framed", world.page)
    hostile.wait_for_timeout(1000)
    assert [line["sku"] for line in lines(world)] == ["RICE-5KG"]
    world.press("sale/cancel", reason="test over")


def test_a_name_that_is_led_to_this_box_is_not_the_tills(world: World, hostile: Page) -> None:
    """DNS rebinding: the browser takes it for the page's own origin, the till does not."""
    answer = hostile.goto(f"http://evil.example:{urlsplit(world.page).port}/")
    assert answer is not None
    assert answer.status == 400
    told = hostile.evaluate("async () => (await fetch('/api/snapshot')).status")
    assert told == 400
    expect(hostile.locator("[data-total]")).to_have_count(0)


def _sold(world: World) -> str:
    """The number of a bill whose picture there is to see."""
    scan_in(world, RICE)
    world.press("tender/begin")
    due_minor = world.snapshot()["sale"]["totals"]["due_minor"]
    world.press("tender/add", type="cash", amount_minor=due_minor)
    return str(world.press("sale/complete")["data"]["bill_number"])
