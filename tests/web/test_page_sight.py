"""On the smallest screen what a cashier must see is in sight, and where more lies below the page shows it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.web.page_driver import Screen, screen
from tests.web.return_screens import after_return
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
