"""What was found annoying when a cashier's hour was played on the smallest screen, 1024 x 600."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.web.page_driver import SIZES, Screen, screen
from tests.web.return_screens import paid_with_points, returned_on_sale, sold
from tests.web.screens import (
    RICE,
    SHIRT,
    TEA,
    agent_gone,
    coupon,
    customer_missing,
    enrol,
    refused,
    selling,
    tender,
    tender_unlikely,
    unknown_on_sale,
    with_customer,
)

NOT_CUT = "(el) => el.scrollHeight <= el.clientHeight + 1 && el.scrollWidth <= el.clientWidth + 1"
# The drawn width of a text, against the box around it.
INSIDE = """(el) => { const words = document.createRange(); words.selectNodeContents(el);
  const box = el.closest('.line, .rest, .tender-sum, .total');
  const [one, all] = [words, box].map((it) => it.getBoundingClientRect());
  const room = box.matches('.total') ? parseFloat(getComputedStyle(box).paddingInlineStart) - 1 : 0;
  return one.left >= all.left + room && one.right <= all.right - room; }"""
# Where the ends of a text stand on the screen.
LEFT = """(el) => { const words = document.createRange(); words.selectNodeContents(el);
  return words.getBoundingClientRect().left; }"""
RIGHT = LEFT.replace(".left;", ".right;")
TWO_ROWS = "(el) => el.clientHeight > 1.5 * parseFloat(getComputedStyle(el).lineHeight)"
# Whether all of a notice is inside the fields it stands in.
WHOLE = """(el) => { const [one, all] = [el, el.closest('.fields')].map((it) => it.getBoundingClientRect());
  return one.top >= all.top && one.bottom <= all.bottom; }"""
AT = "2026-11-23T10:30:00+05:30"
TV = "8901234567993"


@pytest.fixture
def low(browser: Browser) -> Iterator[Screen]:
    """1024 x 600."""
    with screen(browser, 1024, 600) as one:
        yield one
        assert one.errors == []


def test_a_refused_scan_is_read_whole_beside_its_button(low: Screen) -> None:
    """The commonest refusal of all brings a button along, and was cut for it."""
    low.till.refused_scans = [
        {
            "no": 1,
            "at": "2026-11-23T10:30:00+05:30",
            "label": "4006381333931",
            "text": "Not in the catalogue.",
        }
    ]
    refused(low)
    low.page.locator('[data-action="refused"]').wait_for()
    low.until(lambda: bool(low.page.locator(".message .words").evaluate(NOT_CUT)))


def test_a_line_whose_price_says_nothing_new_has_room_for_its_name(low: Screen) -> None:
    """Two packs of one name were told apart by their prices alone, as the price took the second row."""
    selling(low)
    name = low.page.locator("#line-6 .name")
    low.press("Home")
    expect(low.page.locator("#line-6 .under")).to_have_count(0)
    low.until(
        lambda: bool(
            name.evaluate("(el) => el.clientHeight > 1.5 * parseFloat(getComputedStyle(el).lineHeight)")
        )
    )
    expect(low.page.locator("#line-5 .each")).to_have_text("₹240.00 / kg")


def test_the_last_digits_of_a_very_large_amount_are_on_the_screen(low: Screen) -> None:
    low.open()
    low.scan(TV)
    low.press("F2")
    low.dialog("quantity")
    low.page.keyboard.type("99")
    low.press("Enter")
    low.no_dialog()
    amount = low.page.locator("#line-1 .amount")
    expect(amount).to_have_text("₹12,22,22,133.00")
    assert amount.evaluate(INSIDE)
    low.press("F12")
    low.dialog("tender")
    for figure in ("[data-due]", "[data-rest]"):
        assert low.page.locator(figure).evaluate(INSIDE)


@pytest.mark.parametrize("size", SIZES)
def test_a_total_of_lakhs_is_whole_on_every_screen(browser: Browser, size: tuple[int, int]) -> None:
    with screen(browser, *size) as one:
        one.open()
        one.scan(TV)
        assert one.page.locator("[data-total]").evaluate(INSIDE)


def test_what_came_off_goods_that_come_back_has_no_sign_of_its_own(low: Screen) -> None:
    low.open()
    low.scan(SHIRT)
    with low.till.lock:
        low.till.quick("line/discount", line=1, minor=5000, bp=0, reason="torn")
        for verb, form in (("tender/begin", {}), ("tender/add", {"type": "cash"}), ("sale/complete", {})):
            low.till.quick(verb, **form)
        low.till.quick("return/whole", number=low.till.bills[0]["number"], reason="x")
    low.settled()
    expect(low.page.locator("#line-1 .under")).to_contain_text("less ₹50.00")
    expect(low.page.locator("#line-1 .under")).not_to_contain_text("-")
    # 1,299.00 less 50.00 are given back: the discount lowers it here as it lowered the bill.
    expect(low.page.locator(".total .explained").last).to_contain_text("Discount-₹50.00")


def test_nothing_is_taken_off_where_nothing_is_sold(low: Screen) -> None:
    returned_on_sale(low)
    expect(low.page.locator('[data-action="discount"]')).to_be_disabled()
    low.scan(RICE)
    expect(low.page.locator('[data-action="discount"]')).to_be_enabled()


def test_a_line_that_comes_back_says_from_where_in_one_row(low: Screen) -> None:
    returned_on_sale(low)
    back = low.page.locator("#line-2 .from")
    assert not back.evaluate(TWO_ROWS)


def test_a_refusal_in_the_search_is_as_high_as_its_words(low: Screen) -> None:
    """It was a red wall down to the dialog's end."""
    low.open()
    low.press("F1")
    low.dialog("find")
    low.page.keyboard.type("zzz")
    low.page.get_by_text("No item has this in its name.").wait_for()
    low.press("Enter")
    box = low.page.locator("dialog .refused")
    box.wait_for()
    assert box.evaluate("(el) => el.clientHeight") < 80


def test_a_refusal_of_one_way_to_pay_goes_with_that_way(low: Screen) -> None:
    tender(low)
    low.till.broken = "Type the reference the payment terminal shows."
    low.press("F9", "Enter")
    low.page.locator("dialog .refused").wait_for()
    low.press("F7")
    expect(low.page.locator("dialog .refused")).to_have_count(0)


def test_a_question_about_an_amount_goes_with_its_way_to_pay(low: Screen) -> None:
    tender_unlikely(low)
    low.press("F8")
    expect(low.page.locator("[data-sure]")).to_have_count(0)
    low.press("Alt+y")
    low.settled()
    assert len(low.posts("/api/tender/add")) == 1


def test_a_button_that_waits_stays_in_its_place(low: Screen) -> None:
    """It grew by its key and jumped to a row of its own, and the dialog with it."""
    low.open()
    low.press("F4")
    low.dialog("customer")
    low.page.keyboard.type("98765")
    button = low.page.locator("dialog .primary")
    before = button.bounding_box()
    let_go = low.till.held["/api/customer/search"] = threading.Event()
    low.press("Enter")
    expect(button).to_contain_text("One moment")
    assert button.bounding_box() == before
    let_go.set()
    low.page.locator("dialog .notice").wait_for()


def test_the_button_beside_an_amount_stays_level_with_it(low: Screen) -> None:
    """What was wrong with the amount pushed it down, off the row it belongs to."""
    tender(low)
    add = low.page.locator(".tender-entry [type=submit]")
    before = add.bounding_box()
    low.page.keyboard.type("x")
    low.press("Enter")
    low.page.locator(".tender-entry .problem").wait_for()
    after = add.bounding_box()
    assert before and after and after["y"] == pytest.approx(before["y"], abs=2)


def test_why_the_scale_does_not_say_it_stands_where_the_weight_is_typed(low: Screen) -> None:
    """The dialog lay over the line that said so."""
    low.till.scale = "The scale was not empty since the last weight."
    low.open()
    low.till.add("MANGO")
    low.dialog("weigh")
    expect(low.page.locator("dialog [data-why]")).to_have_text(low.till.scale)
    low.press("Escape")
    low.no_dialog()
    low.till.scale = ""
    low.till.add("MANGO")
    low.dialog("weigh")
    expect(low.page.locator("dialog [data-why]")).to_have_count(0)


def test_nobody_is_told_to_scan_while_no_scan_is_heard(low: Screen) -> None:
    agent_gone(low)
    expect(low.page.locator(".message")).to_have_text("Wait: scan nothing until the till answers")


def test_what_follows_a_receipt_that_did_not_print_is_said(low: Screen) -> None:
    unknown_on_sale(low)
    low.page.locator('[data-printed="no"]').click()
    expect(low.page.locator(".message")).to_contain_text("A copy marked DUPLICATE is being printed.")


def test_nobody_known_by_a_number_is_said_once(low: Screen) -> None:
    customer_missing(low)
    low.settled()
    expect(low.page.locator("dialog")).to_contain_text("Nobody is known by")
    expect(low.page.locator("dialog .message")).to_have_count(0)


def test_what_was_read_in_a_dialog_is_not_left_behind_it(low: Screen) -> None:
    """A red word stood over the bill until the next scan, of a coupon that was given up long ago."""
    coupon(low)
    low.press("Escape")
    low.no_dialog()
    expect(low.page.locator(".message.error")).to_have_count(0)
    low.press("F4")
    low.dialog("customer")
    low.page.get_by_role("button", name="Other customer").click()
    low.page.keyboard.type("12345")
    low.press("Enter")
    low.page.locator("dialog .notice").wait_for()
    low.press("Escape")
    low.no_dialog()
    expect(low.page.locator(".message.warn")).to_have_count(0)


def test_a_refused_scan_that_was_looked_at_in_the_list_is_not_left_behind_it(low: Screen) -> None:
    text = "4006381333931 is not in the catalogue. It was not sold."
    low.till.refused_scans = [{"no": 1, "at": AT, "label": "4006381333931", "item": "", "text": text}]
    refused(low)
    low.press("Alt+s")
    low.dialog("refused")
    low.press("Escape")
    low.no_dialog()
    expect(low.page.locator(".message.error")).to_have_count(0)


def test_that_a_member_is_needed_is_in_sight_on_a_touch_screen(browser: Browser) -> None:
    """The letters left it no room, and nothing can be typed yet that would do."""
    with screen(browser, 1024, 600, has_touch=True, is_mobile=True) as finger:
        finger.till.rules["unknown_bill_returns"] = True
        finger.open()
        finger.press("F7")
        finger.page.get_by_role("button", name="Without its bill").tap()
        finger.dialog("return_unknown")
        assert finger.page.locator("dialog .notice").evaluate(WHOLE)


def test_what_one_dialog_said_is_news_in_the_next(low: Screen) -> None:
    low.open()
    low.scan(RICE)
    low.press("F1")
    low.dialog("find")
    low.page.keyboard.type("4006381333931")
    low.press("Enter")
    low.page.locator("dialog .refused").wait_for()
    low.press("Escape")
    low.no_dialog()
    low.press("F3")
    low.dialog("price")
    low.till.scan("4006381333931")
    expect(low.page.locator("dialog .message.error")).to_contain_text("4006381333931")


def test_a_receipt_whose_picture_does_not_come_is_read_as_text(low: Screen) -> None:
    sold(low, RICE)
    low.page.route("**/receipt.png", lambda _: None)
    low.open()
    low.press("F10")
    low.dialog("receipts")
    expect(low.page.locator("dialog pre.paper")).to_contain_text("LAKESIDE STORES")
    low.page.unroute("**/receipt.png")


def test_a_new_member_is_first_asked_for_the_name(low: Screen) -> None:
    """The number that was searched by stands there; beside the letters there is room for one row."""
    enrol(low)
    expect(low.page.get_by_label("First name")).to_be_focused()
    tops = [low.page.get_by_label(name).bounding_box() for name in ("Mobile", "First name", "Last name")]
    assert len({box and box["y"] for box in tops}) == 1


def test_only_coupons_that_can_be_used_are_counted(low: Screen) -> None:
    """One of three has lapsed, and one is on the bill in the end."""
    with_customer(low)
    card = low.page.locator(".customer-card")
    expect(card).to_contain_text("2 coupons")
    low.till.coupon("DIWALI50", "")
    expect(card).to_contain_text("1 coupon")


def test_a_coupon_whose_time_is_over_is_not_named_beside_the_sale(shown: Screen) -> None:
    with_customer(shown)
    aside = shown.page.locator(".side-facts")
    expect(aside).to_contain_text("TEA10")
    expect(aside).not_to_contain_text("MONSOON")


def test_a_notice_that_is_whole_has_no_button_to_read_it_whole(low: Screen) -> None:
    """Three rows are: what reaches below the last of them is no fourth."""
    low.open()
    text = (
        "Bill ST01T126-000007 is given to Bala Sample. Points come when the loyalty system has it, or later."
    )
    low.till.say("ok", "retro", text)
    words = low.page.locator(".message .words")
    expect(words).to_contain_text("given to Bala")
    low.settled()
    assert (
        words.evaluate("(el) => Math.round(el.clientHeight / parseFloat(getComputedStyle(el).lineHeight))")
        == 3
    )
    expect(low.page.locator(".message .button")).to_have_count(0)


def test_a_number_of_the_cloud_is_shown_as_one_dials_it(low: Screen) -> None:
    with_customer(low)
    low.press("F4")
    low.dialog("customer")
    expect(low.page.locator("dialog .facts")).to_contain_text("+91\u00a098765\u00a043210")


@pytest.mark.parametrize(("key", "dialog"), [("F2", "quantity"), ("F4", "customer"), ("F5", "coupon")])
def test_a_dialog_tells_the_total_it_lies_over(low: Screen, key: str, dialog: str) -> None:
    low.open()
    low.scan(RICE, TEA)
    low.press(key)
    low.dialog(dialog)
    expect(low.page.locator("[data-running-total]")).to_have_text("₹835.00")


def test_money_alone_comes_back_without_a_fade_over_the_reasons(low: Screen) -> None:
    number = paid_with_points(low)
    low.open()
    low.till.scan_bill(number)
    low.page.locator(".return-facts").wait_for()
    low.press("F9")
    low.page.locator("dialog .notice.warn").wait_for()
    fields = low.page.locator("dialog .fields")
    assert fields.evaluate("(el) => el.scrollHeight <= el.clientHeight")


def test_a_price_of_measured_goods_says_of_how_much(low: Screen) -> None:
    low.open()
    low.till.add("MANGO", 455)
    low.settled()
    low.press("F3")
    low.dialog("price")
    expect(low.page.locator("dialog .subject")).to_contain_text("now ₹240.00 / kg")


def _before(low: Screen, one: Locator, other: Locator) -> bool:
    return bool(one.evaluate(RIGHT) <= other.evaluate(LEFT))


def test_a_name_from_the_right_leaves_the_figures_beside_it_where_they_are(low: Screen) -> None:
    """A figure behind such a name joined its order, and stood in front of it."""
    low.open()
    low.till.add("URDU")
    low.dialog("weigh")
    subject = low.page.locator("dialog .subject")
    assert _before(low, subject.locator("bdi"), subject.locator(".quiet"))
    low.page.keyboard.type("2")
    low.press("Enter")
    low.no_dialog()
    row = low.page.locator("#line-1")
    assert row.locator(".name").evaluate(LEFT) == pytest.approx(row.locator(".each").evaluate(LEFT), abs=3)
    heard = "\u2068زیتون 9 عدد\u2069, ₹1,280.00. Total ₹1,280.00."
    expect(low.page.locator("[data-live]")).to_have_text(heard)


def test_a_name_from_the_right_is_kept_to_itself_in_what_the_agent_says(low: Screen) -> None:
    low.open()
    low.till.say("ok", "weighed", "زیتون: 1.235 kg, as the scale shows.", name="زیتون", weight="1.235")
    expect(low.page.locator(".message .words")).to_have_text(
        "\u2068زیتون\u2069: 1.235 kg, as the scale shows."
    )


@pytest.mark.parametrize("size", [(512, 300), (683, 400), (819, 480)], ids=["200%", "150%", "125%"])
def test_the_page_is_whole_when_it_is_zoomed(browser: Browser, size: tuple[int, int]) -> None:
    """Keys lay over keys, and no total was to be seen: it stands on top, and nothing is beyond the side."""
    with screen(browser, *size) as small:
        selling(small)
        total = small.page.locator("[data-total]")
        assert total.evaluate(IN_VIEW)
        apart(small, ".softkeys .button")
        for key, name in (
            ("F4", "customer"),
            ("F3", "price"),
            ("F7", "return"),
            ("F1", "find"),
            ("F12", "tender"),
        ):
            small.press(key)
            small.dialog(name)
            assert small.page.locator("[data-first]").evaluate(IN_VIEW), name
            assert small.page.locator("dialog").evaluate("(el) => el.scrollWidth <= el.clientWidth"), name
            apart(small, "dialog .button, dialog input[type=text]")
            small.press("Escape")
            small.no_dialog()
        assert small.page.evaluate("() => document.documentElement.scrollWidth") <= size[0]


IN_VIEW = """(el) => { const box = el.getBoundingClientRect();
  return box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight && box.right <= innerWidth; }"""


def apart(s: Screen, selector: str) -> None:
    """None of them lies over another."""
    boxes = [box for one in s.page.locator(selector).all() if (box := one.bounding_box())]
    for at, one in enumerate(boxes):
        for other in boxes[at + 1 :]:
            beside = one["x"] + one["width"] <= other["x"] + 1 or other["x"] + other["width"] <= one["x"] + 1
            under = one["y"] + one["height"] <= other["y"] + 1 or other["y"] + other["height"] <= one["y"] + 1
            assert beside or under, (one, other)
