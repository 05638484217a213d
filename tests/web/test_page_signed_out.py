"""A browser that the till does not know any more: the page says so, and not that the till is silent."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.web.page_driver import Screen, screen
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


@pytest.mark.parametrize("language", ["en", "en-XA"])
def test_who_opens_the_till_by_its_address_reads_what_to_do_and_it_goes_on_by_itself(
    browser: Browser, language: str
) -> None:
    """At 1024 x 600 all of it is in sight; nothing of the shop is on it."""
    with screen(browser, 1024, 600) as one:
        one.server.language = language
        one.till.knows_nobody = True
        one.page.goto(one.server.url)
        expect(one.page.locator("h1")).to_be_visible()
        steps = one.page.locator("ol li")
        expect(steps).to_have_count(3)
        assert steps.last.evaluate("(el) => el.getBoundingClientRect().bottom") < 600
        assert one.page.locator("html").get_attribute("lang") == language
        assert "Lakeside" not in one.page.content()
        one.till.knows_nobody = False
        one.page.locator("[data-total]").wait_for(timeout=15_000)
        assert one.errors == []


def test_the_page_of_a_stranger_is_refused_as_before(shown: Screen) -> None:
    shown.till.knows_nobody = True
    answer = shown.page.request.get(f"{shown.server.url}/")
    assert (answer.status, answer.headers["content-type"]) == (401, "text/html; charset=utf-8")
    assert "Not signed in" in answer.text()
