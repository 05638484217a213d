"""A dialog is about its sale: what is open when that ends does nothing to the next one, and says so."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from agent.sale import events as e
from agent.sale.basket import Sale, TenderType
from tests.web.fake_goods import ASHA
from tests.web.page_driver import Screen
from tests.web.screens import RICE, TEA

OPENED_BY = {
    "find": "F1",
    "quantity": "F2",
    "price": "F3",
    "customer": "F4",
    "coupon": "F5",
    "points": "F6",
    "return": "F7",
    "discount": "F11",
    "reason": "Shift+Delete",
}
TYPED = {
    "find": "tea",
    "quantity": "7",
    "price": "1.00",
    "customer": "9000000001",
    "coupon": "SAVE10",
    "points": "5",
    "return": "BLR126-000001",
    "discount": "50",
    "reason": "left",
}


def paid_elsewhere(s: Screen) -> None:
    """The sale becomes a bill, as by a command label under the scanner."""
    with s.till.lock:
        s.till.quick("tender/begin")
        s.till.quick("tender/add", type="cash")
        s.till.quick("sale/complete")


def opened(s: Screen, name: str) -> None:
    s.scan(RICE)
    if name == "points":
        with s.till.lock:
            s.till.do(e.CustomerSet(ASHA))
        s.settled()
    s.press(OPENED_BY[name])
    s.dialog(name)


def untouched(sale: Sale) -> None:
    """The next sale is as it was scanned."""
    (line,) = sale.lines
    assert (line.qty_milli, line.unit_price_minor, line.discount, line.voided) == (
        1000,
        line.product.price_minor,
        None,
        False,
    )
    assert (sale.bill_discount, sale.customer, sale.coupon, sale.points) == (None, None, None, None)


@pytest.mark.parametrize("name", OPENED_BY)
def test_a_dialog_ends_with_its_sale(shown: Screen, name: str) -> None:
    opened(shown, name)
    paid_elsewhere(shown)
    shown.dialog("result")
    shown.scan(TEA)
    shown.no_dialog()
    untouched(shown.till.sale)


@pytest.mark.parametrize("name", OPENED_BY)
def test_what_was_typed_for_a_sale_that_ended_is_not_for_the_next(shown: Screen, name: str) -> None:
    """It stays for the keys that are under way, which would be a number of the next item; Enter ends it."""
    opened(shown, name)
    shown.page.keyboard.type(TYPED[name])
    posts = len(shown.till.posts)
    paid_elsewhere(shown)
    shown.scan(TEA)
    expect(shown.page.locator("dialog .refused")).to_contain_text("That sale is over")
    shown.page.keyboard.type("9")
    shown.press("Enter")
    expect(shown.page.locator(f'dialog[data-dialog="{name}"]')).to_have_count(0)
    assert len(shown.till.posts) == posts
    untouched(shown.till.sale)
    assert shown.till.times_milli is None


@pytest.mark.parametrize("name", ["quantity", "price", "discount", "reason"])
def test_what_is_sent_before_the_page_hears_of_the_end_is_refused(shown: Screen, name: str) -> None:
    """The agent knows which sale is meant."""
    opened(shown, name)
    shown.page.keyboard.type(TYPED[name])
    if name in ("price", "discount"):
        shown.page.locator("dialog .why input").first.check()
    shown.till.skips = 100
    paid_elsewhere(shown)
    with shown.till.lock:
        shown.till.scan(TEA)
    shown.press("Enter")
    shown.until(lambda: bool(shown.till.posts) and shown.till.notice["code"] == "other-sale")  # type: ignore[index]
    untouched(shown.till.sale)
    expect(shown.page.locator("dialog .refused")).to_contain_text("meant for a sale that is over")


def test_a_press_before_the_page_hears_of_the_end_is_refused(shown: Screen) -> None:
    shown.scan(RICE)
    shown.till.skips = 100
    paid_elsewhere(shown)
    with shown.till.lock:
        shown.till.scan(TEA)
    shown.press("Delete")
    shown.until(lambda: bool(shown.posts("/api/line/void")))
    untouched(shown.till.sale)
    expect(shown.page.locator(".message.error")).to_contain_text("meant for a sale that is over")


def test_dialogs_that_are_about_no_sale_stay(shown: Screen) -> None:
    shown.scan(RICE)
    shown.press("Alt+o")
    shown.dialog("reason")
    paid_elsewhere(shown)
    shown.settled()
    shown.dialog("reason")
    shown.press("Escape")
    shown.dialog("result")
    shown.scan(TEA)
    shown.no_dialog()
    shown.press("F10")
    shown.dialog("receipts")
    paid_elsewhere(shown)
    shown.settled()
    shown.dialog("receipts")


def test_the_payment_dialog_of_the_next_sale_is_its_own(shown: Screen) -> None:
    """One sale is done and the next is being paid between two looks of the page."""
    shown.scan(RICE)
    shown.press("F12")
    shown.dialog("tender")
    shown.page.keyboard.type("123")
    with shown.till.lock:
        shown.till.quick("tender/add", type="cash")
        shown.till.quick("sale/complete")
        shown.till.scan(TEA)
        shown.till.quick("tender/begin")
    shown.settled()
    shown.dialog("tender")
    expect(shown.page.locator("[data-amount]")).to_have_value("")
    shown.press("Enter")
    shown.until(lambda: bool(shown.till.sale.tenders))
    assert [one.type for one in shown.till.sale.tenders] == [TenderType.CASH]
