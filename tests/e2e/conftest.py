"""The real till of tests/hil with a cashier's browser at it, and what cashiers do at every sale."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from agent.simulated.world import World
from tests.hil.conftest import nothing_stays_behind, world
from tests.web.page_driver import launch, missing

__all__ = ["dialog", "nothing_stays_behind", "page", "serve_next", "settle", "world"]


@pytest.fixture
def page(world: World) -> Iterator[Page]:
    if missing():
        pytest.skip(missing())
    with sync_playwright() as playwright:
        browser = launch(playwright)
        shown = browser.new_page(viewport={"width": 1024, "height": 600})
        shown.goto(world.start_page)
        shown.locator("[data-total]").wait_for()
        yield shown
        browser.close()


def dialog(shown: Page, name: str) -> None:
    """Wait until it is open."""
    shown.locator(f'dialog[open][data-dialog="{name}"]').wait_for(timeout=15_000)


def settle(shown: Page) -> str:
    """F12, Enter for all of it, Enter to finish; the number of the bill or credit note. What was asked before
    is answered first: the line may be on the page an instant before its dialog is gone."""
    expect(shown.locator("dialog[open]")).to_have_count(0)
    shown.keyboard.press("F12")
    dialog(shown, "tender")
    shown.keyboard.press("Enter")
    shown.locator(".rest.covered").wait_for()
    shown.keyboard.press("Enter")
    dialog(shown, "result")
    return shown.locator("[data-bill]").inner_text().strip()


def serve_next(shown: Page) -> None:
    """Enter once the eye has seen the change."""
    shown.wait_for_timeout(700)
    shown.keyboard.press("Enter")
    expect(shown.locator("dialog[open]")).to_have_count(0)
