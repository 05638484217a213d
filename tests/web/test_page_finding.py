"""Nothing is taken, or called absent, that the agent has not told."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from tests.web.page_driver import Screen


def _held(shown: Screen, address: str) -> list[Route]:
    """Questions that wait for their answer."""
    held: list[Route] = []
    shown.page.route(address, lambda route: held.append(route))  # noqa: PLW0108 - it writes on what it gets
    return held


def test_enter_takes_no_item_of_another_text_than_stands_there(shown: Screen) -> None:
    """Who types on is ahead of the list, which still shows what was typed before."""
    shown.press("F1")
    shown.page.keyboard.type("al")
    expect(shown.page.locator(".found")).to_have_count(2)
    held = _held(shown, "**/api/items?q=rice*")
    shown.page.locator("[data-first]").fill("rice")
    shown.until(lambda: bool(held))
    shown.press("Enter")
    expect(shown.page.locator(".refused")).to_contain_text("not in the catalogue")
    assert not shown.posts("/api/item/add")
    held[0].continue_()
    expect(shown.page.locator(".found")).to_have_count(1)
    shown.press("Enter")
    shown.no_dialog()
    assert [line.product.sku for line in shown.till.sale.lines] == ["RICE-5"]


def test_what_comes_back_is_no_item_of_another_text_either(shown: Screen) -> None:
    shown.till.rules["unknown_bill_returns"] = True
    shown.open()
    shown.press("F7")
    shown.dialog("return")
    shown.page.keyboard.type("OTHER-7")
    shown.page.get_by_role("button", name="Without its bill").click()
    shown.dialog("return_unknown")
    take = shown.page.locator("dialog [type=submit]")
    item = shown.page.locator('dialog [role="combobox"]')
    item.fill("tea")
    expect(take).to_be_enabled()
    held = _held(shown, "**/api/items?q=rice*")
    item.fill("rice")
    shown.until(lambda: bool(held))
    expect(take).to_be_disabled()
    held[0].continue_()
    expect(take).to_be_enabled()


def _refuse(shown: Screen, address: str) -> None:
    """As of a store whose page is damaged."""
    shown.page.route(address, lambda route: route.fulfill(status=409, json={"ok": False, "text": "Damaged."}))


def test_items_that_nobody_told_are_not_called_absent(shown: Screen) -> None:
    _refuse(shown, "**/api/items?*")
    shown.press("F1")
    shown.page.keyboard.type("soap")
    expect(shown.page.locator("dialog .notice")).to_contain_text("does not tell")
    assert "No item" not in shown.text("dialog")


def test_bills_that_nobody_told_are_not_called_none(shown: Screen) -> None:
    _refuse(shown, "**/api/bills?limit=20")
    shown.press("F10")
    expect(shown.page.locator("dialog .notice")).to_contain_text("does not tell")
    assert "No bills" not in shown.text("dialog")


@pytest.mark.parametrize("late", [True, False])
def test_of_bills_that_nobody_told_none_is_said_to_have_another_number(shown: Screen, *, late: bool) -> None:
    address = "**/api/bills?limit=200"
    if late:
        _held(shown, address)
    else:
        _refuse(shown, address)
    shown.press("F7")
    shown.dialog("return")
    shown.page.keyboard.type("77")
    shown.page.wait_for_timeout(200)
    assert "None of the last bills" not in shown.text("dialog")
