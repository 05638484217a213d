"""On the smallest screen what a cashier must see is in sight, and where more lies below the page shows it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.web.page_driver import Screen, screen
from tests.web.return_screens import after_return, return_lines
from tests.web.screens import (
    coupon,
    discount,
    enrol,
    enrol_further,
    everything_wrong,
    history,
    idle_after_bill,
    queue_settle,
    result_unknown,
    selling,
    unknown_and_notice,
)

# Whether all of an element is inside its nearest scrolling box, and above where that box fades.
IN_SIGHT = """(el) => {
  const box = el.closest('.fields, .lines ul');
  const [one, all] = [el, box].map((each) => each.getBoundingClientRect());
  return one.top >= all.top - 1 && one.bottom <= all.bottom + 1;
}"""
# The same, in the box of an empty bill.
WHOLE = IN_SIGHT.replace(".fields, .lines ul", ".no-lines")
FADES = "(el) => getComputedStyle(el).maskImage !== 'none'"


@pytest.fixture
def low(browser: Browser) -> Iterator[Screen]:
    """1024 x 600."""
    with screen(browser, 1024, 600) as one:
        yield one
        assert one.errors == []


def test_the_newest_line_stays_in_sight_when_everything_goes_wrong(low: Screen) -> None:
    """The badges take a second row, and the list below gets shorter under the line just scanned."""
    everything_wrong(low)
    line = low.page.locator('#lines [aria-selected="true"]')
    low.until(lambda: bool(line.evaluate(IN_SIGHT)))


@pytest.mark.parametrize("language", ["en", "en-XA"])
def test_ready_for_the_next_customer_is_whole_beside_a_notice_and_a_question(
    low: Screen, language: str
) -> None:
    low.server.language = language
    unknown_and_notice(low)
    low.settled()
    low.until(lambda: low.page.locator(".ready").evaluate(WHOLE))
    assert low.page.locator(".bill-state dd").last.evaluate(WHOLE) or language != "en"


def test_the_heads_of_the_columns_never_lie_over_a_line(low: Screen) -> None:
    """They gave way when the list had no room, and the line below showed through them."""
    everything_wrong(low)
    low.settled()
    inside = "(el) => el.scrollHeight <= el.clientHeight"
    low.until(lambda: low.page.locator(".line.captions").evaluate(inside))


def test_every_reason_for_a_discount_is_in_sight(low: Screen) -> None:
    discount(low)
    chips = low.page.locator(".reasons .chip")
    expect(chips).to_have_count(4)
    assert all(chip.evaluate(IN_SIGHT) for chip in chips.all())


def test_the_consents_are_in_sight_when_somebody_is_enrolled(low: Screen) -> None:
    """Nobody should press Enrol without knowing that the customer is to be asked."""
    enrol(low)
    assert low.page.locator("dialog .consents").evaluate(IN_SIGHT)


def test_a_form_that_goes_on_below_fades_until_its_end_is_seen(low: Screen) -> None:
    """The organisation's own questions come last and may be many."""
    enrol_further(low)
    fields = low.page.locator("dialog .fields")
    assert fields.evaluate(FADES)
    asked = low.page.get_by_label("Wedding day")
    asked.focus()
    low.until(lambda: not fields.evaluate(FADES) or _above_the_fade(asked, fields))
    fields.evaluate("(el) => el.scrollTo(0, el.scrollHeight)")
    low.until(lambda: not fields.evaluate(FADES))


def _above_the_fade(field: Locator, box: Locator) -> bool:
    bottom = "(el) => el.getBoundingClientRect().bottom"
    return bool(field.evaluate(bottom) <= box.evaluate(bottom) - 36)


def test_a_form_that_is_all_in_sight_does_not_fade(low: Screen) -> None:
    coupon(low)
    assert not low.page.locator("dialog .fields").evaluate(FADES)


def test_cash_has_no_terminal_reference(low: Screen) -> None:
    queue_settle(low)
    expect(low.page.get_by_label("Terminal reference")).to_have_count(0)
    low.press("ArrowRight")
    expect(low.page.get_by_label("Terminal reference")).to_be_visible()


def test_a_bill_that_is_done_has_nothing_left_to_pay(low: Screen) -> None:
    result_unknown(low)
    expect(low.page.locator(".result-facts")).to_contain_text("Total")
    expect(low.page.locator(".result-facts")).not_to_contain_text("To pay")


def test_the_last_bill_is_told_as_done(low: Screen) -> None:
    idle_after_bill(low)
    expect(low.page.locator(".bill-state")).not_to_contain_text("To pay")


def test_the_last_return_is_told_as_given_back(low: Screen) -> None:
    after_return(low)
    expect(low.page.locator(".bill-state")).to_contain_text("Given back")


def test_the_day_a_coupon_ends_is_written_as_other_days_are(low: Screen) -> None:
    coupon(low)
    expect(low.page.locator("dialog .held")).to_contain_text("till 31 Dec 2026")


def test_the_head_of_a_column_of_figures_stands_over_them(low: Screen) -> None:
    history(low)
    right = "(el) => { const end = document.createRange(); end.selectNodeContents(el);"
    right += " return end.getBoundingClientRect().right; }"
    head = low.page.locator("th").nth(5).evaluate(right)
    assert head == pytest.approx(low.page.locator("td").nth(5).evaluate(right), abs=2)


LONG = " ".join(f"word{number}" for number in range(10, 40))
CUT = "(el) => el.scrollHeight > el.clientHeight + 1"


@pytest.mark.parametrize("name", ["", "discount"])
def test_a_long_notice_leaves_room_and_is_read_whole_by_a_press(low: Screen, name: str) -> None:
    """Also in a dialog's head."""
    selling(low)
    if name:
        low.press("F11")
        low.dialog(name)
    low.till.say("warn", "amount-outside", f"{LONG} {LONG}" if name else LONG)
    notice = low.page.locator("dialog .message.warn" if name else ".message-line .message.warn")
    words = notice.locator(".words")
    expect(words).to_contain_text("word39")
    assert words.evaluate(CUT)
    assert notice.evaluate("(el) => el.clientHeight") < 100
    rows = low.page.locator(".fields" if name else ".lines ul")
    before = rows.evaluate("(el) => el.clientHeight")
    assert before > 200
    notice.get_by_role("button", name="Read all").click()
    low.until(lambda: not words.evaluate(CUT))
    notice.get_by_role("button", name="Shorten").click()
    low.until(lambda: bool(words.evaluate(CUT)))
    assert rows.evaluate("(el) => el.clientHeight") == before


def test_the_longest_notice_of_all_scrolls_once_it_is_shown_whole(low: Screen) -> None:
    selling(low)
    low.till.say("warn", "amount-outside", LONG * 4)
    low.page.get_by_role("button", name="Read all").click()
    low.page.get_by_role("button", name="Shorten").wait_for()
    assert (
        low.page.locator('[data-action="pay"]').evaluate("(el) => el.getBoundingClientRect().bottom") <= 600
    )
    words = low.page.locator(".message .words")
    words.evaluate("(el) => el.scrollTo(0, el.scrollHeight)")
    assert words.evaluate("(el) => el.scrollTop") > 0


def test_a_short_notice_has_no_button(low: Screen) -> None:
    selling(low)
    low.till.say("warn", "amount-outside", "Something short.")
    expect(low.page.locator(".message.warn")).to_be_visible()
    expect(low.page.locator(".message.warn .button")).to_have_count(0)


@pytest.mark.parametrize(("language", "cloud"), [("en", "offline"), ("en-XA", "online")])
@pytest.mark.parametrize(
    ("thing", "state"),
    [
        ("store", "low"),
        ("clock", "suspect"),
        ("printer", "near_end"),
        ("scale", "missing"),
        ("display", "missing"),
    ],
)
def test_a_fifth_badge_takes_no_second_row(
    low: Screen, thing: str, state: str, language: str, cloud: str
) -> None:
    low.server.language = language
    selling(low)
    low.till.badge("cloud", state=cloud)
    low.till.badge("queue", count=1, oldest_s=20)
    low.till.badge(thing, state=state)
    badge = low.page.locator(f'[data-badge="{thing}"]')
    expect(badge).to_be_visible()
    head = low.page.locator("header.head")
    low.until(lambda: bool(head.evaluate("(el) => el.clientHeight < 70")))


def test_a_call_that_waits_a_moment_takes_no_badge_away(low: Screen) -> None:
    """After each bill one does: what comes and goes would only distract."""
    selling(low)
    low.till.badge("queue", count=1, oldest_s=1)
    low.settled()
    expect(low.page.locator('[data-badge="printer"]')).to_be_visible()
    expect(low.page.locator('[data-badge="scanner"]')).to_be_visible()


def test_what_is_well_takes_no_second_row_in_a_language_of_long_words(low: Screen) -> None:
    low.server.language = "en-XA"
    selling(low)
    low.till.till["training"] = True
    low.till.push()
    low.page.locator(".training").wait_for()
    low.settled()
    assert low.page.locator("header.head").evaluate("(el) => el.clientHeight") < 70
    queue = low.page.locator('[data-badge="queue"]')
    assert queue.evaluate("(el) => el.getBoundingClientRect().right") <= 1024


@pytest.mark.parametrize("language", ["en", "en-XA"])
def test_that_a_reason_is_missing_is_in_sight(low: Screen, language: str) -> None:
    low.server.language = language
    for begin in (discount, return_lines):
        begin(low)
        low.press("Enter")
        asked = low.page.locator("dialog .why .problem")
        asked.wait_for()
        low.until(lambda asked=asked: bool(asked.evaluate(IN_SIGHT)))
