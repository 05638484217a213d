"""Amounts and telephone numbers are grouped while they are typed, and the caret stays where it was put."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.web.page_driver import Screen
from tests.web.return_screens import RICE, SHIRT
from tests.web.screens import tender

NBSP = "\u00a0"


def amount_of(shown: Screen, locale: str = "en-IN") -> Locator:
    """The amount of a payment that is being typed."""
    shown.till.till["locale"] = locale
    shown.till.push()
    tender(shown)
    box = shown.page.locator("[data-amount]")
    expect(box).to_be_focused()
    return box


def put_caret(box: Locator, at: int) -> None:
    box.evaluate("(box, at) => box.setSelectionRange(at, at)", at)


def caret(box: Locator) -> int:
    return int(box.evaluate("(box) => box.selectionStart"))


@pytest.mark.parametrize(
    ("locale", "keys", "shown_as"),
    [
        ("en-IN", "89000427", "8,90,00,427"),
        ("en-US", "89000427", "89,000,427"),
        ("en-IN", "1234.5", "1,234.5"),
        ("de-DE", "1234567,89", "1.234.567,89"),
        ("fr-FR", "1234567", "1\u202f234\u202f567"),
        ("en-IN", "007", "007"),
        ("en-IN", "12", "12"),
    ],
)
def test_an_amount_is_grouped_as_the_locale_groups(
    shown: Screen, locale: str, keys: str, shown_as: str
) -> None:
    box = amount_of(shown, locale)
    shown.page.keyboard.type(keys)
    expect(box).to_have_value(shown_as)


def test_what_is_sent_is_the_amount(shown: Screen) -> None:
    amount_of(shown)
    shown.page.keyboard.type("10000.50")
    shown.press("Enter")
    shown.until(lambda: bool(shown.posts("/api/tender/add")))
    body = shown.posts("/api/tender/add")[0][2]
    assert isinstance(body, dict)
    assert body["amount_minor"] == 1000050


def test_the_caret_stays_between_the_same_digits(shown: Screen) -> None:
    box = amount_of(shown)
    shown.page.keyboard.type("1234567")
    expect(box).to_have_value("12,34,567")
    put_caret(box, 4)  # behind the 3
    shown.page.keyboard.type("99")
    expect(box).to_have_value("12,39,94,567")
    assert caret(box) == 7, "behind the second 9, before the sign is as good"
    shown.press("Backspace", "Backspace")
    expect(box).to_have_value("12,34,567")
    assert box.input_value()[: caret(box)].replace(",", "") == "123"
    shown.press("Delete")
    expect(box).to_have_value("1,23,567")


def test_a_rub_takes_a_digit_and_never_only_a_sign(shown: Screen) -> None:
    box = amount_of(shown)
    shown.page.keyboard.type("1234567")
    put_caret(box, 3)  # behind the first sign
    shown.press("Backspace")
    expect(box).to_have_value("1,34,567")
    put_caret(box, 1)  # before a sign
    shown.press("Delete")
    expect(box).to_have_value("14,567")
    put_caret(box, 3)
    shown.page.locator(".pad-key", has_text="⌫").click()
    expect(box).to_have_value("1,567")


def test_an_amount_can_be_pasted_with_the_signs_of_the_locale_or_without(shown: Screen) -> None:
    box = amount_of(shown)
    paste = """(box, text) => { box.select(); document.execCommand('insertText', false, text); }"""
    for text, shown_as in (("89,000,427", "8,90,00,427"), ("89000427.5", "8,90,00,427.5"), ("1,5", "1,5")):
        box.evaluate(paste, text)
        expect(box).to_have_value(shown_as)


def test_a_sign_where_no_locale_puts_one_is_refused_and_not_dropped(shown: Screen) -> None:
    """One and a half, as other countries write it, is no fifteen."""
    box = amount_of(shown)
    shown.page.keyboard.type("1,5")
    expect(box).to_have_value("1,5")
    shown.press("Enter")
    expect(shown.page.locator("dialog .problem")).to_be_visible()
    assert shown.posts("/api/tender/add") == []
    shown.page.keyboard.type("00")
    expect(box).to_have_value("1,500")


def test_a_sign_typed_into_our_groups_is_not_read_as_one_of_them(shown: Screen) -> None:
    box = amount_of(shown)
    shown.page.keyboard.type("1234,567")
    expect(box).to_have_value("1234,567")
    shown.press("Enter")
    expect(shown.page.locator("dialog .problem")).to_be_visible()


def test_the_pad_on_the_screen_types_the_same(shown: Screen) -> None:
    box = amount_of(shown)
    for digit in "1234567":
        shown.page.locator(".pad-key", has_text=digit).click()
    expect(box).to_have_value("12,34,567")
    for _ in "67":
        shown.page.locator(".pad-key", has_text="⌫").click()
    expect(box).to_have_value("12,345")


@pytest.mark.parametrize(
    ("keys", "shown_as", "sent"),
    [
        ("9876543210", f"98765{NBSP}43210", "9876543210"),
        ("98765-43210", f"98765{NBSP}43210", "9876543210"),
        ("+919876543210", f"+91{NBSP}98765{NBSP}43210", "+919876543210"),
        ("9876543", f"98765{NBSP}43", "9876543"),
    ],
)
def test_a_telephone_number_is_grouped_and_sent_plain(
    shown: Screen, keys: str, shown_as: str, sent: str
) -> None:
    shown.scan(RICE, SHIRT)
    shown.press("F4")
    shown.dialog("customer")
    shown.page.keyboard.type(keys)
    expect(shown.page.locator("dialog [data-first]")).to_have_value(shown_as)
    shown.press("Enter")
    shown.until(lambda: bool(shown.posts("/api/customer/search")))
    assert shown.posts("/api/customer/search")[0][2] == {"kind": "mobile", "value": sent}


def test_a_card_number_is_typed_as_it_is(shown: Screen) -> None:
    shown.press("F4")
    shown.dialog("customer")
    shown.page.locator("dialog .chip", has_text="Card").click()
    shown.page.keyboard.type("9876543210")
    expect(shown.page.locator("dialog [data-first]")).to_have_value("9876543210")


def test_digits_never_mirror(shown: Screen) -> None:
    shown.page.evaluate("() => { document.documentElement.dir = 'rtl'; }")
    shown.press("F4")
    shown.dialog("customer")
    shown.page.keyboard.type("9876543210")
    box = shown.page.locator("dialog [data-first]")
    style = "(box) => [getComputedStyle(box).direction, getComputedStyle(box).textAlign]"
    assert box.evaluate(style) == ["ltr", "right"]
