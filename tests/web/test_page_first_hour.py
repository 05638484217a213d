"""Small things that a cashier meets in the first hour, each as it is seen, heard or pressed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.web.page_driver import Screen, screen
from tests.web.return_screens import RICE, SHIRT, TEA, sold
from tests.web.screens import (
    BAG,
    call,
    customer_details,
    enrol,
    queue_waive,
    refused,
    selling,
    tender,
    tender_unlikely,
)


@pytest.fixture
def low(browser: Browser) -> Iterator[Screen]:
    """1024 x 600, by finger."""
    with screen(browser, 1024, 600, has_touch=True) as one:
        yield one
        assert one.errors == []


def test_a_red_word_goes_when_the_next_thing_succeeds(shown: Screen) -> None:
    refused(shown)
    shown.scan(TEA)
    expect(shown.page.locator(".message.error")).to_have_count(0)


def test_a_red_word_goes_when_the_next_command_succeeds(shown: Screen) -> None:
    sold(shown, RICE)
    shown.till.unknown_prints = [{"job": 1, "number": "BLR126-000001", "copy": 0}]
    refused(shown)
    shown.no_dialog()
    shown.page.locator('[data-printed="yes"]').click()
    expect(shown.page.locator(".message.error")).to_have_count(0)


def test_a_warning_stays_when_goods_are_scanned(shown: Screen) -> None:
    """What it warns of may be about the bill before."""
    shown.till.say("warn", "print-unknown", "Look at the printer.")
    shown.scan(TEA)
    expect(shown.page.locator(".message.warn")).to_contain_text("Look at the printer.")


def test_after_a_void_the_neighbour_is_chosen(shown: Screen) -> None:
    shown.scan(RICE, TEA, SHIRT, BAG)
    shown.press("ArrowUp", "ArrowUp", "Delete")
    expect(shown.page.locator("#line-3")).to_have_attribute("aria-selected", "true")
    shown.press("End", "Delete")
    expect(shown.page.locator("#line-3")).to_have_attribute("aria-selected", "true")


def test_home_and_end_choose_the_first_and_the_last(shown: Screen) -> None:
    shown.scan(RICE, TEA, SHIRT)
    shown.press("Home")
    expect(shown.page.locator("#line-1")).to_have_attribute("aria-selected", "true")
    shown.press("End")
    expect(shown.page.locator("#line-3")).to_have_attribute("aria-selected", "true")


@pytest.mark.parametrize(("key", "dialog"), [("F10", "receipts"), ("Alt+q", "queue")])
def test_home_and_end_reach_the_ends_of_a_list(shown: Screen, key: str, dialog: str) -> None:
    for label in (RICE, TEA, SHIRT):
        sold(shown, label)
    shown.till.queue_rows = [call(n, bill_number=f"B{n}") for n in (1, 2, 3)]
    shown.open()
    shown.press(key)
    shown.dialog(dialog)
    rows = shown.page.locator("dialog .receipt-row")
    expect(rows).to_have_count(3)
    shown.press("End")
    expect(rows.nth(2)).to_have_attribute("aria-selected", "true")
    shown.press("Home")
    expect(rows.nth(0)).to_have_attribute("aria-selected", "true")


def test_a_scan_behind_an_open_dialog_is_said(shown: Screen) -> None:
    shown.scan(RICE)
    shown.press("F4")
    shown.dialog("customer")
    shown.scan(TEA)
    expect(shown.page.locator("dialog .message")).to_contain_text("Assam Tea")
    assert shown.page.locator("dialog").get_by_text("Basmati").count() == 0


def test_the_drawer_says_what_happened(shown: Screen) -> None:
    shown.press("Alt+o")
    shown.dialog("reason")
    shown.press("ArrowDown", "Enter")
    shown.no_dialog()
    expect(shown.page.locator(".message")).to_contain_text("The drawer is open.")


def test_no_change_is_a_word_and_no_giant_zero(shown: Screen) -> None:
    tender(shown)
    shown.press("Enter")
    shown.page.locator(".rest.covered").wait_for()
    expect(shown.page.locator("dialog [data-rest]")).not_to_contain_text("0.00")
    shown.press("Enter")
    shown.dialog("result")
    expect(shown.page.locator("[data-change]")).to_have_text("No change to give")
    assert "₹0.00" not in shown.text(".result-body")


def test_a_wrong_pin_is_cleared_and_typed_anew(shown: Screen) -> None:
    queue_waive(shown)
    shown.press("ArrowDown")
    pin = shown.page.locator("dialog [type=password]")
    pin.fill("9999")
    shown.press("Enter")
    shown.page.locator(".refused").wait_for()
    expect(pin).to_have_value("")
    expect(pin).to_be_focused()


@pytest.mark.parametrize(("kind", "due_minor"), [("sale", 5000), ("mixed", -5000)])
@pytest.mark.parametrize("given_minor", [5000, 0])
def test_the_return_finder_prefers_bills_to_credit_notes(
    shown: Screen, kind: str, due_minor: int, given_minor: int
) -> None:
    """A credit note and a bill that end alike: the bill is what goods come back from, also when the note gave
    nothing, or the bill is an exchange that gave money back."""
    number = sold(shown, RICE)
    note = {"number": f"CN{number[-6:]}", "kind": "return", "due_minor": -given_minor}
    shown.till.bills[0] |= {"kind": kind, "due_minor": due_minor}
    shown.till.bills.insert(0, shown.till.bills[0] | note | {"at": "2026-11-23T10:31:00+05:30"})
    shown.open()
    shown.press("F7")
    shown.page.locator("#back-bills li").nth(1).wait_for()
    shown.page.keyboard.type(number[-6:])
    expect(shown.page.locator('#back-bills [aria-selected="true"]')).to_contain_text(number)


def test_a_telephone_number_is_grouped(shown: Screen) -> None:
    customer_details(shown)
    mobile = shown.page.locator("dialog dd", has_text="43210")
    expect(mobile).to_have_text("+91\u00a098765\u00a043210", use_inner_text=False)


def test_the_digits_of_the_pad_never_mirror(shown: Screen) -> None:
    tender(shown)
    shown.page.evaluate("() => { document.documentElement.dir = 'rtl'; }")
    seven, nine = (shown.page.locator(".pad").get_by_text(digit, exact=True).bounding_box() for digit in "79")
    assert seven and nine and seven["x"] < nine["x"]


def test_every_ready_amount_is_whole(low: Screen) -> None:
    low.open()
    low.scan(BAG)
    low.press("F12")
    low.dialog("tender")
    buttons = low.page.locator(".quick .button")
    expect(buttons).to_have_count(5)
    box = low.page.locator(".tender-entry").bounding_box()
    for button in buttons.all():
        one = button.bounding_box()
        assert box and one
        assert one["y"] + one["height"] <= box["y"] + box["height"]
        assert button.evaluate("(el) => el.scrollWidth <= el.clientWidth")


def test_an_amount_of_lakhs_is_whole(low: Screen) -> None:
    low.till.add("MANGO", 999_000)
    low.open()
    low.press("F12")
    low.dialog("tender")
    for figure in ("[data-due]", "[data-rest]"):
        assert low.page.locator(figure).evaluate("(el) => el.scrollWidth <= el.clientWidth"), figure


def test_a_refusal_is_heard_low_and_a_scan_softly(browser: Browser) -> None:
    """By whoever looks at the goods; a browser makes no sound before the page was touched once."""
    with screen(browser) as s:
        s.page.add_init_script(
            "window.tones = []; const start = OscillatorNode.prototype.start;"
            "OscillatorNode.prototype.start = function () {"
            " window.tones.push(this.frequency.value); start.call(this); };"
        )
        s.open()
        s.page.locator(".side").click(position={"x": 5, "y": 200})
        s.scan(RICE)
        s.until(lambda: s.page.evaluate("() => window.tones.length") == 1)
        s.till.scan("4006381333931")
        s.until(lambda: s.page.evaluate("() => window.tones.length") == 2)
        soft, low = s.page.evaluate("() => window.tones")
        assert soft > 2 * low
        assert s.errors == []


def test_that_the_browser_is_silent_is_said_until_the_first_touch(low: Screen) -> None:
    """Where it is started without leave to sound; a refusal is not hidden by it. What drives the browser here
    counts as a touch to it, so that it is told otherwise."""
    low.page.add_init_script(
        "window.touched = false; addEventListener('pointerup', () => { window.touched = true; }, true);"
        "const state = { get: () => (window.touched ? 'running' : 'suspended') };"
        "Object.defineProperty(AudioContext.prototype, 'state', state);"
        "const active = { get: () => ({ hasBeenActive: window.touched }) };"
        "Object.defineProperty(navigator, 'userActivation', active);"
    )
    low.open()
    words = low.page.get_by_text("The browser is silent until the screen is touched once")
    expect(words).to_have_count(0)
    low.scan(RICE)
    expect(words).to_be_visible()
    low.till.scan("4006381333931")
    expect(low.page.locator(".message.error")).to_be_visible()
    expect(words).to_have_count(0)
    low.scan(TEA)
    expect(words).to_be_visible()
    low.page.locator(".side").tap(position={"x": 5, "y": 200})
    expect(words).to_have_count(0)
    low.scan(TEA)
    expect(low.page.locator(".message")).to_have_text("Scan the next item")


def test_nobody_is_enrolled_before_the_consents_were_seen(low: Screen) -> None:
    """The letters leave little room: the first press shows the consents, the second enrols."""
    enrol(low)
    if low.page.locator(".letters").count() == 0:
        low.page.get_by_role("button", name="Show letters").tap()
    low.page.locator(".letters").wait_for()
    low.page.locator("dialog .primary").tap()
    low.page.wait_for_timeout(200)
    assert low.till.enrolled == []
    expect(low.page.locator("dialog .consents")).to_be_in_viewport(ratio=1)
    low.tap_again("dialog .primary")
    low.until(lambda: len(low.till.enrolled) == 1)


def test_five_lines_are_whole_on_the_smallest_screen(low: Screen) -> None:
    low.open()
    low.scan(RICE, TEA, SHIRT, BAG)
    low.till.add("MANGO", 455)
    low.settled()
    box = low.page.locator("#lines").bounding_box()
    for line in low.page.locator("#lines li").all():
        one = line.bounding_box()
        assert box and one
        assert box["y"] <= one["y"] and one["y"] + one["height"] <= box["y"] + box["height"] + 1


def test_a_void_is_undone_by_its_key_and_the_line_is_where_and_as_it_was(shown: Screen) -> None:
    shown.scan(RICE, TEA, SHIRT)
    before = [shown.text(f"#line-{no}") for no in (1, 2, 3)], shown.text("[data-total]")
    shown.press("ArrowUp", "Delete")
    voided = shown.page.locator("#line-2.voided")
    expect(voided).to_be_visible()
    expect(shown.page.locator(".message")).to_have_text("Assam Tea 250 g is off the bill. Undo: Alt Z")
    shown.press("Alt+z")
    expect(voided).to_have_count(0)
    shown.settled()
    expect(shown.page.locator(".message")).to_have_text("Assam Tea 250 g is on the bill again")
    assert ([shown.text(f"#line-{no}") for no in (1, 2, 3)], shown.text("[data-total]")) == before
    expect(shown.page.locator("#line-2")).to_have_attribute("aria-selected", "true")
    expect(shown.page.locator("[data-live]")).to_contain_text("Assam Tea")


def test_a_void_is_undone_by_touch_on_its_line_and_the_key_takes_the_newest(low: Screen) -> None:
    low.open()
    low.scan(RICE, TEA, SHIRT)
    low.page.locator("#line-1").tap()
    low.press("Delete")
    low.page.locator("#line-1.voided").wait_for()
    low.press("End", "Delete")
    low.page.locator("#line-3.voided").wait_for()
    undo = low.page.locator("[data-restore]")
    expect(undo).to_have_count(2)
    assert [undo.nth(at).locator("kbd").count() for at in (0, 1)] == [0, 1], "the key takes the newest"
    undo.nth(0).tap()
    expect(low.page.locator("#line-1.voided")).to_have_count(0)
    low.press("Alt+z")
    expect(low.page.locator(".line.voided")).to_have_count(0)
    low.press("Alt+z")
    low.settled()
    assert [post[2] for post in low.posts("/api/line/restore")] == [{"line": 1}, {"line": 3}]


SCROLLS = """() => [...document.querySelectorAll('dialog *')]
    .filter((box) => ['auto', 'scroll'].includes(getComputedStyle(box).overflowY))
    .filter((box) => box.scrollHeight > box.clientHeight + 1).map((box) => box.className)"""


@pytest.mark.parametrize("query", ["", "?lang=en-XA"])
def test_on_a_low_screen_the_pad_stays_whole_under_a_question_and_a_refusal(low: Screen, query: str) -> None:
    begin = low.open
    low.open = lambda _="": begin(query)  # type: ignore[method-assign]
    tender_unlikely(low)
    assert low.page.evaluate(SCROLLS) == []
    zero = low.page.locator(".pad-key", has_text="0")
    expect(zero).to_be_in_viewport(ratio=1)
    expect(low.page.locator("[data-sure]")).to_be_in_viewport(ratio=1)
    low.press("F9")
    low.page.locator("[data-reference]").fill("TXN-1")
    low.page.locator("[data-amount]").fill("89000427")
    low.press("Enter")
    low.page.locator(".refused:not(.asked)").wait_for()
    assert low.page.evaluate(SCROLLS) == []
    expect(low.page.locator("[data-exact]")).to_be_in_viewport(ratio=1)


def test_a_low_screen_shows_more_than_four_lines_and_the_chosen_one_whole(low: Screen) -> None:
    selling(low)
    low.press("Home", "End")
    whole = """() => { const all = document.getElementById('lines').getBoundingClientRect();
        return [...document.querySelectorAll('#lines > li')].filter((line) => {
            const box = line.getBoundingClientRect();
            return box.top >= all.top - 1 && box.bottom <= all.bottom + 1; }).length }"""
    assert low.page.evaluate(whole) > 4
    low.press("ArrowUp", "ArrowUp")
    parts = low.page.locator("#line-4 .under")
    expect(parts).to_contain_text("Rolled Oats")
    assert parts.evaluate("(box) => box.scrollWidth <= box.clientWidth + 1")
