"""The till by finger alone: no key of a keyboard is ever pressed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from agent.sale.basket import Phase
from tests.web.page_driver import Screen, screen
from tests.web.screens import RICE, TEA


@pytest.fixture
def touched(browser: Browser) -> Iterator[Screen]:
    with screen(browser, 1024, 600, has_touch=True) as one:
        one.open()
        yield one
        assert one.errors == []


def tap(s: Screen, name: str, within: str = "body") -> None:
    s.page.locator(within).get_by_role("button", name=name, exact=True).tap()


def type_by_touch(s: Screen, text: str, keys: str = ".pad") -> None:
    for char in text:
        tap(s, "Space" if char == " " else char, keys)


def test_whole_sale_by_touch(touched: Screen) -> None:
    """Letters to find an item, the pad for quantity and mobile number, ready amounts for cash."""
    s, till = touched, touched.till
    s.scan(RICE)
    s.page.locator('[data-action="find"]').tap()
    if s.page.locator(".letters").count() == 0:
        tap(s, "Show letters")
    type_by_touch(s, "tea", ".letters")
    s.page.locator(".found", has_text="Assam Tea").tap()
    s.no_dialog()
    assert till.sale.lines[-1].product.sku == "TEA-250"

    s.page.locator('[data-action="quantity"]').tap()
    type_by_touch(s, "3")
    tap(s, "Set", "dialog")
    s.until(lambda: till.sale.lines[-1].qty_milli == 3000)

    s.page.locator('[data-action="customer"]').tap()
    type_by_touch(s, "9876543210")
    tap(s, "Search", "dialog")
    s.page.locator(".customer-facts").wait_for()
    s.page.get_by_role("button", name="DIWALI50").tap()
    s.until(lambda: till.sale.coupon is not None)
    tap(s, "Go on", "dialog")
    s.no_dialog()

    s.page.locator('[data-action="pay"]').tap()
    s.dialog("tender")
    type_by_touch(s, "500")
    tap(s, "Add", "dialog")
    expect(s.page.locator("[data-rest]")).to_have_text("₹656.00")
    s.page.locator('[data-quick="70000"]').tap()
    expect(s.page.locator(".rest.covered [data-rest]")).to_have_text("₹44.00")
    s.page.locator("[data-finish]").tap()
    s.dialog("result")
    assert s.text("[data-change]") == "₹44.00"
    s.page.wait_for_timeout(650)
    s.page.locator("[data-next]").tap()
    s.no_dialog()
    assert till.sale.phase is Phase.IDLE

    s.page.locator('[data-action="receipts"]').tap()
    s.page.locator(".paper-picture").wait_for()
    tap(s, "Print again (DUPLICATE)", "dialog")
    s.until(lambda: till.copies == ["BLR126-000001"])


def test_rubbing_out_and_a_touched_line(touched: Screen) -> None:
    s = touched
    s.scan(RICE, TEA)
    s.page.locator("#line-1").tap()
    s.page.locator('[data-action="quantity"]').tap()
    type_by_touch(s, "12")
    tap(s, "Rub out", ".pad")
    tap(s, "Set", "dialog")
    s.until(lambda: s.till.sale.lines[0].qty_milli == 1000 and bool(s.posts("/api/line/quantity")))
    assert s.posts("/api/line/quantity")[0][2] == {"line": 1, "qty_milli": 1000, "sure": False}


def test_a_double_tap_on_void_takes_one_line(touched: Screen) -> None:
    s = touched
    s.scan(RICE, TEA, RICE)
    button = s.page.locator('[data-action="void"]')
    button.click()
    expect(s.page.locator("#line-3 .amount")).to_contain_text("Void")
    button.hover()
    s.page.mouse.down(click_count=2)  # the second half of a double click whose first half was the one above
    s.page.mouse.up(click_count=2)
    s.page.wait_for_timeout(100)
    assert [line.voided for line in s.till.sale.lines] == [False, False, True]


def test_enrolment_sends_what_was_agreed(touched: Screen) -> None:
    """Consents are asked one by one; nothing is agreed to by default but the programme itself."""
    s = touched
    s.scan(RICE)
    s.page.locator('[data-action="customer"]').tap()
    type_by_touch(s, "+919000000001")
    tap(s, "Search", "dialog")
    s.page.locator(".notice", has_text="Nobody is known by").wait_for()
    tap(s, "Enrol", "dialog")
    s.dialog("enrol")
    s.page.get_by_label("First name").tap()
    if s.page.locator(".letters").count() == 0:
        tap(s, "Show letters", "dialog")
    tap(s, "Shift", ".letters")
    type_by_touch(s, "R", ".letters")
    tap(s, "Shift", ".letters")
    type_by_touch(s, "avi", ".letters")
    s.page.get_by_role("group", name="Messages by SMS").get_by_label("Agrees", exact=True).check(force=True)
    tap(s, "Enrol", "dialog")
    s.no_dialog()
    assert s.till.enrolled == [
        {
            "mobile": "+919000000001", "email": "", "external_id": "", "firstname": "Ravi", "lastname": "",
            "birthday": "", "gender": "", "loyalty": True, "sms": True, "mail": False,
            "fields": {},
            "card": "",
        }
    ]  # fmt: skip
    expect(s.page.locator(".customer-card .who")).to_contain_text("Ravi")
