"""A browser that the till does not know any more: the page says so, and not that the till is silent."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.web.page_driver import Screen
from tests.web.screens import RICE

SILENT, SIGNED_OUT = "not answering", "Not signed in"


def test_a_session_that_is_over_is_said_and_its_end_by_another_window_noticed(shown: Screen) -> None:
    shown.scan(RICE)
    shown.press("F3")
    shown.dialog("price")
    badge = shown.page.locator('[data-badge="agent"]')
    shown.server.stop()
    expect(badge).to_contain_text(SILENT)
    shown.till.knows_nobody = True
    shown.server.start()
    expect(badge).to_contain_text(SIGNED_OUT, timeout=15_000)
    expect(shown.page.locator("dialog .message.error")).to_contain_text(SIGNED_OUT)
    shown.till.knows_nobody = False
    expect(badge).to_have_count(0, timeout=15_000)
    shown.dialog("price")
    shown.errors.clear()


def test_a_till_that_is_gone_is_not_called_signed_out(shown: Screen) -> None:
    badge = shown.page.locator('[data-badge="agent"]')
    shown.till.knows_nobody = True
    shown.server.stop()
    expect(badge).to_contain_text(SILENT)
    shown.page.wait_for_timeout(3000)
    expect(badge).to_contain_text(SILENT)
    shown.errors.clear()
