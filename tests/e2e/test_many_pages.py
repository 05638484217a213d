"""More pages of one browser than it opens connections to one host."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from agent.simulated.world import World
from tests.hil.conftest import RICE, TEA


def test_seven_pages_of_one_browser_all_see_the_bill_and_sell(world: World, page: Page) -> None:
    """A browser has six connections for a host, and each page wants to hear of every change."""
    page.close()
    assert page.context.browser
    context = page.context.browser.new_context()
    pages = [context.new_page() for _ in range(7)]
    page = pages[0]
    for one in pages:
        one.goto(world.start_page, wait_until="commit")
        one.locator("[data-total]").wait_for(timeout=10_000)
    world.scan(RICE)
    for one in pages:
        expect(one.locator("#lines > li")).to_have_count(1, timeout=10_000)
    for one in pages[1:4]:
        one.close()
    world.scan(TEA)
    for one in (page, *pages[4:]):
        expect(one.locator("#lines > li")).to_have_count(2, timeout=10_000)
    pages[-1].keyboard.press("F12")
    expect(page.locator('dialog[open][data-dialog="tender"]')).to_have_count(1, timeout=10_000)
    world.kill_agent()
    for one in (page, pages[-1]):
        expect(one.locator("header.head")).to_contain_text("not answering", timeout=20_000)
    world.start_agent()
    for one in (page, pages[-1]):
        expect(one.locator("header.head")).not_to_contain_text("not answering", timeout=30_000)
