"""The till by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from agent.sale import events as e
from agent.sale.basket import Phase, Product, TenderType
from tests.web.page_driver import Screen
from tests.web.screens import BAG, RICE, SHIRT, TEA


def test_whole_sale_without_a_pointer(shown: Screen) -> None:
    """Scan, find, customer, coupon, points with a code, two ways of paying, finish."""
    till, page = shown.till, shown.page
    shown.scan(RICE, TEA)
    page.keyboard.type(SHIRT)
    shown.dialog("find")
    shown.press("Enter")
    shown.no_dialog()
    shown.press("F2", "2", "Enter")
    shown.until(lambda: till.sale.lines[-1].qty_milli == 2000)
    shown.no_dialog()

    shown.press("F4")
    page.keyboard.type("9876543210")
    shown.press("Enter")
    expect(page.locator(".customer-facts .balance")).to_have_text("1,240 points = ₹310.00")
    shown.press("Enter")
    shown.no_dialog()

    shown.press("F5")
    page.keyboard.type("diwali50")
    shown.press("Enter")
    shown.no_dialog()
    shown.press("F6")
    page.keyboard.type("400")
    shown.press("Enter")
    page.locator("[data-otp]").wait_for()
    page.keyboard.type("4711")
    shown.press("Enter")
    shown.no_dialog()
    assert till.sale.points is not None
    assert till.sale.points.points_milli == 400000

    shown.press("F12")
    shown.dialog("tender")
    expect(page.locator("[data-due]")).to_have_text("₹3,283.00")
    page.keyboard.type("1000")
    shown.press("Enter")
    expect(page.locator("[data-rest]")).to_have_text("₹2,283.00")
    assert page.locator("[data-finish]").is_disabled()
    shown.given(1)
    shown.press("F9")
    page.locator("[data-reference]").wait_for()
    page.keyboard.type("TXN-7")
    shown.press("Enter")
    page.locator(".rest.covered").wait_for()
    assert [tender.type for tender in till.sale.tenders] == [TenderType.CASH, TenderType.CARD]
    shown.press("Enter")
    shown.dialog("result")
    assert shown.text("[data-bill]") == "BLR126-000001"
    assert till.bills[0]["due_minor"] == 338300
    page.wait_for_timeout(650)
    shown.press("Enter")
    shown.no_dialog()
    assert till.sale.phase is Phase.IDLE


def test_exact_cash_is_three_keys(shown: Screen) -> None:
    """F12, Enter for the whole balance, Enter to finish."""
    shown.scan(RICE)
    shown.press("F12")
    shown.dialog("tender")
    shown.press("Enter")
    shown.page.locator(".rest.covered").wait_for()
    shown.press("Enter")
    shown.dialog("result")
    assert shown.till.bills[0]["change_minor"] == 0


def test_arrows_choose_the_line_that_delete_voids(shown: Screen) -> None:
    shown.scan(RICE, TEA, BAG)
    shown.press("ArrowUp", "ArrowUp", "Delete")
    shown.until(lambda: shown.till.sale.lines[0].voided)
    assert not any(line.voided for line in shown.till.sale.lines[1:])
    expect(shown.page.locator("#line-1 .amount")).to_contain_text("Void")


def test_a_key_held_down_is_one_press(shown: Screen) -> None:
    """A keyboard with auto-repeat must not void the whole bill."""
    shown.scan(RICE, TEA, BAG)
    shown.page.keyboard.down("Delete")
    expect(shown.page.locator("#line-3 .amount")).to_contain_text("Void")
    for _ in range(5):
        shown.page.keyboard.down("Delete")
    shown.page.keyboard.up("Delete")
    shown.page.wait_for_timeout(100)
    assert [line.voided for line in shown.till.sale.lines] == [False, False, True]


def test_cancel_asks_why(shown: Screen) -> None:
    shown.scan(RICE)
    shown.press("Shift+Delete")
    shown.dialog("reason")
    shown.press("ArrowDown", "ArrowDown", "Enter")
    shown.no_dialog()
    assert shown.till.sale.phase is Phase.IDLE
    assert shown.posts("/api/sale/cancel")[0][2] == {"reason": "Wrong items scanned"}


def test_escape_goes_back_and_changes_nothing(shown: Screen) -> None:
    shown.scan(RICE)
    for key in ("F1", "F2", "F3", "F4", "F5", "F6", "F7", "F10", "F11", "Alt+q", "Alt+o"):
        shown.press(key)
        shown.page.locator("dialog[open]").wait_for()
        shown.press("Escape")
        shown.no_dialog()
    shown.press("F12")
    shown.dialog("tender")
    shown.press("Escape")
    shown.no_dialog()
    assert {path for path, _, _ in shown.till.posts} == {"/api/tender/begin", "/api/tender/back"}


def test_browser_shortcuts_are_suppressed(shown: Screen) -> None:
    """F5 must not reload, F12 not open tools, F11 not change the window, with and without a dialog."""
    shown.page.evaluate(
        "() => { window.let_through = []; addEventListener('keydown', (e) => {"
        " if (!e.defaultPrevented) window.let_through.push(e.key); }); }"
    )
    for _ in range(2):
        for number in range(1, 13):
            shown.press(f"F{number}", "Escape")
        shown.scan(RICE)
        shown.press("F2")
    assert shown.page.evaluate("() => window.let_through") == []


def test_every_action_has_its_key_printed(shown: Screen) -> None:
    buttons = shown.page.locator("main button:visible, header button:visible")
    count = buttons.count()
    assert count >= 13
    for at in range(count):
        button = buttons.nth(at)
        assert button.locator("kbd").inner_text(), button.inner_text()
        assert button.get_attribute("aria-keyshortcuts")


@pytest.mark.parametrize(
    ("typed", "minor"),
    [("99", 9900), ("99.5", 9950), ("1,299.00", 129900), ("0.05", 5), ("1,00,000", 10000000)],
)
def test_price_is_exactly_what_was_typed(shown: Screen, typed: str, minor: int) -> None:
    shown.scan(RICE)
    shown.press("F3")
    shown.page.keyboard.type(typed)
    shown.press("Enter", "ArrowDown", "Enter")
    shown.no_dialog()
    assert shown.posts("/api/line/price")[0][2] == {
        "line": 1,
        "price_minor": minor,
        "reason": "Shelf price differs",
        "sure": False,
    }


@pytest.mark.parametrize("typed", ["12.345", "1,5", "1234,567", "-5", "1e3", "ten", "1.2.3", ""])
def test_what_is_no_amount_is_not_sent(shown: Screen, typed: str) -> None:
    shown.scan(RICE)
    shown.press("F3")
    shown.page.keyboard.type(typed)
    shown.press("Enter")
    expect(shown.page.locator(".problem")).to_have_text("Not an amount")
    assert shown.posts("/api/line/price") == []


def test_discount_on_the_line_and_on_the_bill(shown: Screen) -> None:
    shown.scan(RICE, TEA)
    shown.press("F11")
    shown.page.keyboard.type("12.5")
    shown.press("Enter", "ArrowDown", "Enter")
    shown.no_dialog()
    assert shown.posts("/api/line/discount")[0][2] == {
        "minor": 0,
        "bp": 1250,
        "reason": "Damaged goods",
        "line": 2,
    }
    shown.press("F11")
    shown.page.get_by_label("Whole bill").check()
    shown.page.get_by_label("Amount", exact=True).check()
    shown.page.locator("[data-first]").fill("20")
    shown.press("Enter", "ArrowDown", "Enter")
    shown.no_dialog()
    assert shown.posts("/api/sale/discount")[0][2] == {"minor": 2000, "bp": 0, "reason": "Damaged goods"}


def test_bottles_are_counted_on_the_page_as_the_agent_counts_them(shown: Screen) -> None:
    cola = Product("COLA", "Cola", 4000, 500, unit="bottle")
    shown.till.do(e.ItemAdded(cola, 3000, 4000))
    expect(shown.page.locator("#line-1 .qty")).to_have_text("3")
    expect(shown.page.locator("#line-1 .price")).to_have_text("₹40.00")
    expect(shown.page.locator(".total .caption")).to_contain_text("3 items")
    shown.press("F2")
    shown.dialog("quantity")
    expect(shown.page.locator("dialog")).to_contain_text("How many")


def test_weight_is_typed_and_shown_with_three_places(shown: Screen) -> None:
    shown.till.add("MANGO", 1000)
    shown.settled()
    expect(shown.page.locator("#line-1 .qty")).to_have_text("1.000 kg")
    shown.press("F2")
    shown.page.keyboard.type("0.455")
    shown.press("Enter")
    expect(shown.page.locator("#line-1 .qty")).to_have_text("0.455 kg")
    assert shown.till.sale.lines[0].qty_milli == 455


def test_find_by_name_takes_the_chosen_item(shown: Screen) -> None:
    shown.press("F1")
    shown.page.keyboard.type("al")
    expect(shown.page.locator(".found")).to_have_count(2)
    shown.press("ArrowDown", "Enter")
    shown.dialog("weigh")
    expect(shown.page.locator("dialog .subject")).to_contain_text("Alphonso Mango")
    shown.page.keyboard.type("0.5")
    shown.press("Enter")
    shown.no_dialog()
    assert [(line.product.sku, line.qty_milli) for line in shown.till.sale.lines] == [("MANGO", 500)]


def test_unknown_barcode_is_refused_where_it_was_typed(shown: Screen) -> None:
    shown.page.keyboard.type("4006381333931")
    shown.press("Enter")
    expect(shown.page.locator(".refused")).to_contain_text("not in the catalogue")
    assert shown.page.locator("[data-first]").input_value() == "4006381333931"
    assert not shown.till.sale.lines
