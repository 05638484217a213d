"""A cashier at the real till: scanner on a pty, page in Chromium, printer and cloud on TCP."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageChops
from playwright.sync_api import Page, expect

from agent.simulated.world import World
from tests.e2e.conftest import serve_next, settle
from tests.hil.conftest import MEMBER, RICE, TEA, paper_of

SPICE = "8900000000142"


def _lines(page: Page, count: int) -> None:
    expect(page.locator("#lines > li")).to_have_count(count, timeout=15_000)


def test_a_scan_shows_and_keys_alone_sell_it(world: World, page: Page) -> None:
    world.scan(RICE)
    _lines(page, 1)
    expect(page.locator("[data-total]")).to_contain_text("425.00")
    number = settle(page)
    world.until(lambda: paper_of(world, number) == "confirmed", "the paper", timeout_s=60)
    serve_next(page)


def test_the_preview_of_a_receipt_is_what_came_out_of_the_printer(world: World, page: Page) -> None:
    """In letters of another script too, dot for dot."""
    world.scan(SPICE)
    _lines(page, 1)
    number = settle(page)
    world.until(lambda: paper_of(world, number) == "confirmed", "the paper", timeout_s=60)
    serve_next(page)
    page.keyboard.press("F10")
    shown = page.locator(".paper-picture")
    expect(shown).to_have_js_property("complete", value=True)
    assert shown.evaluate("(picture) => picture.naturalWidth") == 640
    data = shown.evaluate(
        "async (picture) => Array.from(new Uint8Array(await (await fetch(picture.src)).arrayBuffer()))"
    )
    page.keyboard.press("Escape")
    ticket = next(file for file in world.tickets.glob("*.txt") if number in file.read_text("utf-8"))
    with Image.open(io.BytesIO(bytes(data))) as preview, Image.open(ticket.with_suffix(".png")) as paper:
        assert preview.size == paper.size
        assert ImageChops.difference(preview.convert("L"), paper.convert("L")).getbbox() is None


def test_a_member_is_found_and_a_name_in_another_script_is_text(world: World, page: Page) -> None:
    world.scan(SPICE)
    _lines(page, 1)
    expect(page.locator("#lines > li")).to_contain_text("गरम मसाला")
    page.keyboard.press("F4")
    page.keyboard.type(MEMBER)
    page.keyboard.press("Enter")
    expect(page.locator(".customer-facts")).to_contain_text("Asha", timeout=15_000)
    page.keyboard.press("Escape")
    world.press("sale/cancel", reason="test over")
    _lines(page, 0)


def test_the_page_says_offline_and_the_sale_goes_on(world: World, page: Page) -> None:
    world.cloud("fault", kind="away")
    world.scan(TEA)
    _lines(page, 1)
    world.press("customer/search", kind="mobile", value=MEMBER)
    expect(page.locator("header.head")).to_contain_text("Offline", timeout=15_000)
    world.press("tender/begin")
    world.press("tender/add", type="cash", amount_minor=14500)
    world.press("sale/complete")
    expect(page.locator("header.head")).to_contain_text("Queue: 1", timeout=15_000)
    world.cloud("clear")
    world.until(
        lambda: world.snapshot()["badges"]["queue"]["count"] == 0, "the queue to drain", timeout_s=100
    )
    expect(page.locator("header.head")).to_contain_text("Queue: empty", timeout=15_000)


def test_the_page_lives_through_a_restart_of_the_agent_with_the_same_sale(
    world: World, page: Page, tmp_path: Path
) -> None:
    world.scan(RICE)
    world.scan(TEA)
    _lines(page, 2)
    total = page.locator("[data-total]").inner_text()
    world.kill_agent()
    expect(page.locator("header.head")).to_contain_text("not answering", timeout=20_000)
    world.start_agent()
    expect(page.locator("header.head")).not_to_contain_text("not answering", timeout=30_000)
    _lines(page, 2)
    assert page.locator("[data-total]").inner_text() == total
    world.press("sale/cancel", reason="test over")
