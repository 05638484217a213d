"""A customer brings something back to the real till: scanned invoice, page, credit note, cloud."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from agent.simulated.world import World
from tests.e2e.conftest import dialog, serve_next, settle
from tests.hil.conftest import MEMBER, RICE, TEA, paper_of, scan_in, sell


def test_buy_bring_one_back_and_exchange_the_other(world: World, page: Page) -> None:
    scan_in(world, RICE, TEA)
    world.press("customer/search", kind="mobile", value=MEMBER)
    number = sell(world)
    page.reload()
    page.locator("[data-total]").wait_for()

    world.scan(number)
    dialog(page, "return")
    expect(page.locator("dialog h2")).to_have_text(f"Return of {number}")
    for key in ("+", "Enter", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#line-1")).to_contain_text(f"Back from {number}", timeout=15_000)
    expect(page.locator("[data-total-words]")).to_have_text("To give back")
    note = settle(page)
    expect(page.locator("[data-change]")).to_have_text("₹425.00")
    serve_next(page)
    world.until(lambda: paper_of(world, note) == "confirmed", "the credit note on paper", timeout_s=60)

    world.scan(number)
    dialog(page, "return")
    expect(page.locator(".back-line").first).to_contain_text("Came back already")
    for key in ("Enter", "ArrowDown", "Enter"):  # the tea, the only thing left, is chosen already
        page.keyboard.press(key)
    expect(page.locator("#line-1")).to_contain_text("Back from", timeout=15_000)
    world.scan(RICE)
    expect(page.locator("#lines > li")).to_have_count(2, timeout=15_000)
    expect(page.locator("[data-total]")).to_have_text("₹280.00")
    exchange = settle(page)
    serve_next(page)
    assert exchange not in (number, note)

    world.until(lambda: not world.snapshot()["badges"]["queue"]["count"], "the queue to drain", timeout_s=100)
    ledger = [bill for bill in world.cloud("ledger")["bills"] if bill["number"] in (number, exchange)]
    assert sorted(bill["kind"] for bill in ledger) == ["REGULAR", "REGULAR", "RETURN", "RETURN"]

    world.scan(number)
    expect(page.locator("dialog")).to_contain_text(
        "Nothing of this bill can come back any more", timeout=15_000
    )
