"""12 and a scan are twelve, as a cashier types it, reads it before the scan, and takes it back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.web.page_driver import Screen, screen
from tests.web.screens import RICE, TEA

CHIP = "[data-times-shown]"
SLOW_TO_TAKE_BACK = """() => {
  const send = window.fetch;
  window.fetch = async (path, options) => {
    if (options?.body === '{"qty_milli":null}') await new Promise((done) => setTimeout(done, 1000));
    return send(path, options);
  };
}"""


@pytest.fixture
def low(browser: Browser) -> Iterator[Screen]:
    """1024 x 600, by finger."""
    with screen(browser, 1024, 600, has_touch=True) as one:
        one.open()
        yield one
        assert one.errors == []


def pieces(shown: Screen) -> list[int]:
    return [line.qty_milli for line in shown.till.sale.lines]


def told(shown: Screen, qty_milli: int | None) -> None:
    """Wait until the agent has this number."""
    shown.until(lambda: shown.till.times_milli == qty_milli)
    shown.settled()


def test_a_number_is_read_before_the_scan_and_gone_after_it(shown: Screen) -> None:
    shown.scan(TEA)
    shown.page.keyboard.type("12")
    expect(shown.page.locator(CHIP)).to_contain_text("12 ×")
    expect(shown.page.locator(".message")).to_have_text("Scan the item: it counts 12 times")
    told(shown, 12_000)
    shown.scan(RICE)
    expect(shown.page.locator("#line-2 .qty")).to_have_text("12")
    expect(shown.page.locator(CHIP)).to_have_count(0)
    shown.scan(RICE)
    assert pieces(shown) == [1000, 12_000, 1000]


def test_a_number_is_rubbed_out_and_given_up(shown: Screen) -> None:
    shown.page.keyboard.type("12")
    shown.press("Backspace")
    expect(shown.page.locator(CHIP)).to_contain_text("1 ×")
    told(shown, 1000)
    shown.press("Escape")
    expect(shown.page.locator(CHIP)).to_have_count(0)
    told(shown, None)
    shown.page.keyboard.type("7")
    expect(shown.page.locator(CHIP)).to_contain_text("7 ×")
    shown.press("Backspace")
    told(shown, None)
    shown.scan(RICE)
    assert pieces(shown) == [1000]


@pytest.mark.parametrize("keys", ["890123", "0012", "12al", "al"])
def test_a_barcode_or_a_name_typed_by_hand_begins_the_search_whole(shown: Screen, keys: str) -> None:
    shown.page.keyboard.type(keys)
    shown.dialog("find")
    expect(shown.page.locator("dialog [data-first]")).to_have_value(keys)
    told(shown, None)


def test_enter_looks_for_a_short_number_instead(shown: Screen) -> None:
    shown.page.keyboard.type("12")
    shown.press("Enter")
    shown.dialog("find")
    expect(shown.page.locator("dialog [data-first]")).to_have_value("12")
    told(shown, None)


def test_an_item_picked_after_a_number_counts_as_often(shown: Screen) -> None:
    shown.page.keyboard.type("12*")
    told(shown, 12_000)
    shown.press("F1")
    shown.dialog("find")
    shown.page.keyboard.type("assam")
    shown.page.locator(".found").first.wait_for()
    shown.press("Enter")
    shown.no_dialog()
    assert pieces(shown) == [12_000]


def test_of_what_is_weighed_the_question_begins_with_the_number(shown: Screen) -> None:
    shown.page.keyboard.type("1.5")
    told(shown, 1500)
    with shown.till.lock:
        shown.till.add("MANGO")
    shown.dialog("weigh")
    expect(shown.page.locator("[data-weight]")).to_have_value("1.5")
    assert shown.till.sale.lines == ()
    shown.press("Enter")
    shown.no_dialog()
    assert pieces(shown) == [1500]


def test_none_sells_nothing_and_the_number_stays_in_sight(shown: Screen) -> None:
    shown.page.keyboard.type("0")
    told(shown, 0)
    shown.scan(RICE)
    expect(shown.page.locator(".message.error")).to_be_visible()
    expect(shown.page.locator(CHIP)).to_contain_text("0 ×")
    assert pieces(shown) == []


def test_a_number_nobody_used_goes_by_itself(shown: Screen) -> None:
    shown.page.clock.install()
    shown.open()
    shown.page.keyboard.type("12")
    told(shown, 12_000)
    shown.page.clock.fast_forward(29_000)
    expect(shown.page.locator(CHIP)).to_have_count(1)
    shown.page.clock.fast_forward(2_000)
    told(shown, None)
    expect(shown.page.locator(CHIP)).to_have_count(0)


def test_a_number_outlives_a_reload_of_the_page(shown: Screen) -> None:
    shown.page.keyboard.type("12")
    told(shown, 12_000)
    shown.open()
    expect(shown.page.locator(CHIP)).to_contain_text("12 ×")
    shown.press("Escape")
    told(shown, None)


def test_by_finger_the_number_is_typed_on_the_pad_and_a_scan_ends_it(low: Screen) -> None:
    low.page.locator("[data-action=quantity]").tap()
    low.dialog("times")
    for digit in "12":
        low.page.locator(".pad-key", has_text=digit).tap()
    told(low, 12_000)
    low.scan(RICE)
    low.no_dialog()
    assert pieces(low) == [12_000]
    low.tap_again("[data-action=quantity]")
    low.dialog("quantity")
    low.page.locator("[data-times-instead]").tap()
    low.dialog("times")
    low.page.locator("dialog [data-times]").fill("3")
    low.press("Enter")
    low.no_dialog()
    expect(low.page.locator(CHIP)).to_contain_text("3 ×")
    told(low, 3000)
    low.page.locator(CHIP).tap()
    told(low, None)


def test_a_number_beyond_sense_is_asked_about_and_stands_once_it_is_meant(low: Screen) -> None:
    low.page.locator("[data-action=quantity]").tap()
    low.dialog("times")
    expect(low.page.locator("dialog input").first).to_be_focused()
    low.page.keyboard.type("1000000")
    told(low, None)
    low.press("Enter")
    expect(low.page.locator("dialog .asked")).to_contain_text("1,000,000 of the next item?")
    assert low.till.times_milli is None
    low.press("Alt+y")
    low.no_dialog()
    told(low, 1_000_000_000)
    low.press("Escape")
    told(low, None)
    low.tap_again("[data-action=quantity]")
    low.dialog("times")
    expect(low.page.locator("dialog input").first).to_be_focused()
    low.page.keyboard.type("1000")
    low.press("Enter")
    low.page.locator("[data-sure]").wait_for()
    low.press("Alt+y")
    low.no_dialog()
    expect(low.page.locator(CHIP)).to_contain_text("1,000 ×")


def test_what_is_meant_comes_after_all_that_was_typed_before_it(low: Screen) -> None:
    """Of two commands on their way at once either may come first."""
    low.page.evaluate(SLOW_TO_TAKE_BACK)
    low.page.locator("[data-action=quantity]").tap()
    low.dialog("times")
    expect(low.page.locator("dialog input").first).to_be_focused()
    low.page.keyboard.type("1000")
    low.press("Enter")
    low.page.locator("[data-sure]").wait_for()
    low.press("Alt+y")
    low.no_dialog()
    told(low, 1_000_000)
    low.page.wait_for_timeout(1200)
    assert low.till.times_milli == 1_000_000
    expect(low.page.locator(CHIP)).to_contain_text("1,000 ×")
