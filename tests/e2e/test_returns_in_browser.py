"""A customer brings something back to the real till: scanned invoice, page, credit note, cloud."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from agent.training.world import World
from tests.hil.conftest import MEMBER, RICE, TEA, paper_of, scan_in, sell
from tests.web.page_driver import launch, missing


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(tmp_path_factory.mktemp("e2e")) as running:
        running.start()
        yield running


@pytest.fixture
def page(world: World) -> Iterator[Page]:
    if missing():
        pytest.skip(missing())
    with sync_playwright() as playwright:
        browser = launch(playwright)
        shown = browser.new_page(viewport={"width": 1024, "height": 600})
        shown.goto(world.page)
        shown.locator("[data-total]").wait_for()
        yield shown
        browser.close()


@pytest.fixture(autouse=True)
def nothing_stays_behind() -> None:
    """Not here: the browser's driver and the world live as long as they are needed."""


def _dialog(page: Page, name: str) -> None:
    page.locator(f'dialog[open][data-dialog="{name}"]').wait_for(timeout=15_000)


def _settle(page: Page) -> str:
    """F12, Enter for all of it, Enter to finish; the number of the bill or credit note."""
    page.keyboard.press("F12")
    _dialog(page, "tender")
    page.keyboard.press("Enter")
    page.locator(".rest.covered").wait_for()
    page.keyboard.press("Enter")
    _dialog(page, "result")
    return page.locator("[data-bill]").inner_text().strip()


def _next(page: Page) -> None:
    page.wait_for_timeout(700)
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_buy_bring_one_back_and_exchange_the_other(world: World, page: Page) -> None:
    scan_in(world, RICE, TEA)
    world.press("customer/search", kind="mobile", value=MEMBER)
    number = sell(world)
    page.reload()
    page.locator("[data-total]").wait_for()

    world.scan(number)
    _dialog(page, "return")
    expect(page.locator("dialog h2")).to_have_text(f"Return of {number}")
    page.keyboard.press("+")
    page.keyboard.press("Enter")
    expect(page.locator("#line-1")).to_contain_text(f"Returned from bill {number}", timeout=15_000)
    expect(page.locator("[data-total-words]")).to_have_text("To give back")
    note = _settle(page)
    expect(page.locator("[data-change]")).to_have_text("₹425.00")
    _next(page)
    world.until(lambda: paper_of(world, note) == "confirmed", "the credit note on paper", timeout_s=60)

    world.scan(number)
    _dialog(page, "return")
    expect(page.locator(".back-line").first).to_contain_text("Came back already")
    page.keyboard.press("Enter")  # the tea, the only thing left, is chosen already
    expect(page.locator("#line-1")).to_contain_text("Returned from bill", timeout=15_000)
    world.scan(RICE)
    expect(page.locator("#lines > li")).to_have_count(2, timeout=15_000)
    expect(page.locator("[data-total]")).to_have_text("₹280.00")
    exchange = _settle(page)
    _next(page)
    assert exchange not in (number, note)

    world.until(lambda: not world.snapshot()["badges"]["queue"]["count"], "the queue to drain", timeout_s=100)
    ledger = [bill for bill in world.cloud("ledger")["bills"] if bill["number"] in (number, exchange)]
    assert sorted(bill["kind"] for bill in ledger) == ["REGULAR", "REGULAR", "RETURN", "RETURN"]

    world.scan(number)
    expect(page.locator("dialog")).to_contain_text("Nothing of this bill is left", timeout=15_000)
