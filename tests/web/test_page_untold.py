"""What the agent does not tell is said: nothing is being waited for that will not come."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.web.page_driver import Screen
from tests.web.return_screens import RICE, TEA, sold
from tests.web.screens import queue

UNTOLD = "The agent does not tell this now. Try again."


def _refused(s: Screen, address: str) -> None:
    s.page.route(address, lambda route: route.fulfill(status=409, json={"ok": False, "text": "Damaged."}))


def _said(s: Screen) -> None:
    expect(s.page.locator("dialog .notice.warn")).to_have_text(UNTOLD)
    expect(s.page.locator("dialog")).not_to_contain_text("One moment")


def test_a_receipt_that_cannot_be_read_is_said_and_another_is_shown(shown: Screen) -> None:
    sold(shown, RICE)
    unread = sold(shown, TEA)
    shown.open()
    _refused(shown, f"**/api/bills/{unread}/receipt")
    shown.press("F10")
    shown.dialog("receipts")
    _said(shown)
    shown.press("ArrowDown")
    expect(shown.page.locator(".paper-picture")).to_be_visible()
    expect(shown.page.locator("dialog .notice.warn")).to_have_count(0)


@pytest.mark.parametrize("part", ["true", "false"])
def test_a_queue_that_cannot_be_read_is_said_and_comes_once_it_can_be(shown: Screen, part: str) -> None:
    queue(shown)
    shown.press("Escape")
    address = f"**/api/queue?parked={part}*"
    _refused(shown, address)
    shown.press("Alt+q")
    shown.dialog("queue")
    _said(shown)
    expect(shown.page.locator("dialog")).not_to_contain_text("Nothing is waiting")
    shown.page.unroute(address)
    shown.till.badge("queue", text="looked at again")
    expect(shown.page.locator("#call-2")).to_be_visible()
    expect(shown.page.locator("dialog .notice.warn", has_text=UNTOLD)).to_have_count(0)


def test_recent_bills_that_are_not_told_are_said_where_goods_come_back(shown: Screen) -> None:
    _refused(shown, "**/api/bills?limit=200")
    shown.press("F7")
    shown.dialog("return")
    _said(shown)
