"""Customers on the page: known, unknown, known from before; what they are asked, their bills and points."""

from __future__ import annotations

from dataclasses import replace

from playwright.sync_api import Browser, expect

from agent.sale import events as e
from agent.sale.basket import CouponRedemption, Use
from tests.web.fake_goods import ASHA, EVE
from tests.web.page_driver import Screen, screen
from tests.web.return_screens import RICE, TEA, sold
from tests.web.screens import ASKED, coupon_code, customer_details, with_customer


def test_the_organisations_own_questions_are_asked_and_sent_by_their_names(shown: Screen) -> None:
    s, page = shown, shown.page
    s.till.till = s.till.till | {"customer_fields": list(ASKED)}
    s.till.say("info", "x", "The settings are new.")
    expect(page.locator(".message.info")).to_have_text("The settings are new.")
    s.press("F4")
    page.get_by_role("button", name="New member").click()
    s.dialog("enrol")
    page.get_by_label("Mobile, with country code").fill("+91 98765 43211")
    page.get_by_label("Occupation").fill("Tea taster")
    page.get_by_label("Wedding day").fill("2010-02-28")
    page.get_by_role("group", name="Pays mostly by").get_by_label("Card").check(force=True)
    page.get_by_role("button", name="Enrol", exact=True).click()
    s.no_dialog()
    assert s.till.enrolled[-1]["fields"] == {
        "occupation": "Tea taster",
        "anniversary": "2010-02-28",
        "pays": "Card",
    }


def test_an_answer_that_was_not_given_is_not_sent(shown: Screen) -> None:
    s = shown
    s.press("F4")
    s.page.get_by_role("button", name="New member").click()
    s.dialog("enrol")
    s.page.get_by_label("Mobile, with country code").fill("+91 98765 43211")
    s.page.get_by_role("button", name="Enrol", exact=True).click()
    s.no_dialog()
    assert s.till.enrolled[-1]["fields"] == {}


def test_all_bills_of_a_member_are_shown_or_it_is_said_that_nobody_can_be_asked(shown: Screen) -> None:
    s, page = shown, shown.page
    s.till.search("mobile", "919876543210")
    s.until(lambda: page.locator(".customer-card .who").count() == 1)
    s.press("F4")
    page.get_by_role("button", name="All bills").click()
    s.dialog("history")
    expect(page.locator("dialog tbody tr")).to_have_count(6)
    back = page.locator("dialog tbody tr").first
    expect(back).to_contain_text("Return")
    expect(back).to_contain_text("-₹300.00")
    row = page.locator("dialog tbody tr").nth(1)
    expect(row).to_contain_text("BLR1-2627-000112")
    expect(row).to_contain_text("Sale")
    expect(row).to_contain_text("2.5")
    s.press("Escape")
    s.till.offline = True
    s.press("F4")
    page.get_by_role("button", name="All bills").click()
    expect(page.locator("dialog .notice.warn")).to_contain_text("cannot be asked now")
    s.errors.clear()  # the browser reports the refused question


def test_of_a_members_recent_bills_a_return_is_told_from_what_was_bought(browser: Browser) -> None:
    """By a word and by its sign, in the dialog and beside the bill."""
    with screen(browser, 1366, 900) as s:
        s.open()
        s.till.search("mobile", "919876543210")
        aside = s.page.locator(".side-facts li", has_text="000112")
        expect(aside.nth(0)).to_contain_text("Return-₹300.00")
        expect(aside.nth(1)).to_have_text("BLR1-2627-000112₹882.00")
        s.press("F4")
        bills = s.page.locator(".recent li")
        expect(bills.nth(0)).to_contain_text("-₹300.00")
        expect(bills.nth(0)).to_contain_text("Return · ")
        expect(bills.nth(1)).to_contain_text("₹882.00")
        expect(bills.nth(1)).not_to_contain_text("Return")


def test_a_coupon_that_asks_for_a_code_takes_it_in_the_same_dialog(shown: Screen) -> None:
    s = shown
    with_customer(s)
    s.press("F5")
    s.page.keyboard.type("guard50")
    s.press("Enter")
    s.page.locator("[data-otp]").wait_for()
    expect(s.page.locator("dialog .refused")).to_contain_text("needs a code")
    s.page.keyboard.type("0000")
    s.press("Enter")
    expect(s.page.locator("dialog .refused")).to_contain_text("wrong or too old")
    s.page.locator("[data-otp]").fill("4711")
    s.press("Enter")
    s.no_dialog()
    s.until(lambda: s.till.sale.coupon is not None)


def test_a_card_is_handed_out_with_an_enrolment_and_not_asked_of_a_known_customer(shown: Screen) -> None:
    s = shown
    s.press("F4")
    s.page.get_by_role("button", name="New member").click()
    s.dialog("enrol")
    s.page.get_by_label("Mobile, with country code").fill("+91 98765 43211")
    s.page.get_by_label("Card number").fill("9900000000123")
    s.page.get_by_role("button", name="Enrol", exact=True).click()
    s.no_dialog()
    assert s.till.enrolled[-1]["card"] == "9900000000123"
    customer_details(s)
    s.page.get_by_role("button", name="Update").click()
    s.dialog("enrol")
    expect(s.page.get_by_label("Card number")).to_have_count(0)


def test_what_was_typed_of_one_member_does_not_become_anothers(shown: Screen) -> None:
    """Another card is scanned while details are being typed: they went to the member of that card."""
    s = shown
    customer_details(s)
    s.page.get_by_role("button", name="Update").click()
    s.dialog("enrol")
    s.page.get_by_label("First name").fill("Aisha")
    s.till.do(e.CustomerSet(EVE))
    s.settled()
    s.press("Enter")
    s.dialog("customer")
    assert (s.till.enrolled, s.posts("/api/customer/update")) == ([], [])


def test_a_balance_that_came_with_an_old_bill_says_how_old_it_is(shown: Screen) -> None:
    """Goods come back from a bill of three days ago: its member's points are those of that day."""
    s = shown
    now = s.till.people["919876543210"]
    s.till.people[now.mobile] = replace(now, known_at="2026-11-20T10:30:00+05:30")
    number = sold(s, RICE, member=True)
    s.till.people[now.mobile] = now
    s.till.quick("return/whole", number=number, reason="torn")
    expect(s.page.locator(".customer-card")).to_contain_text("known from 3 days ago")


def test_a_member_known_from_before_is_shown_with_their_age_and_redeems_nothing(shown: Screen) -> None:
    s = shown
    s.scan(RICE)
    s.till.known_before("919876543210", "2026-11-20T10:30:00+05:30")
    card = s.page.locator("[data-action=customer]")
    expect(card.locator(".known-from")).to_have_text("known from 3 days ago; points may have changed")
    for action in ("coupon", "points"):
        expect(s.page.locator(f"[data-action={action}]")).to_be_disabled()
    s.press("F6")
    s.no_dialog()
    s.press("F4")
    s.dialog("customer")
    expect(s.page.locator(".customer-facts .notice.warn")).to_contain_text("known from 3 days ago")
    s.press("Escape")
    s.till.search("mobile", "919876543210")
    expect(s.page.locator("[data-action=points]")).to_be_enabled()
    expect(card.locator(".known-from")).to_have_count(0)


def test_offline_customer_is_kept_in_words(shown: Screen) -> None:
    shown.till.offline = True
    shown.till.badge("cloud", state="offline", text="no answer")
    shown.scan(RICE)
    shown.press("F4")
    expect(shown.page.locator("dialog .notice.warn")).to_contain_text("Offline – sales continue")
    shown.page.keyboard.type("9876543210")
    shown.press("Enter")
    expect(shown.page.locator(".balance")).to_have_text("Offline: balance not known")
    shown.press("Enter")
    shown.no_dialog()
    expect(shown.page.locator(".customer-card")).to_contain_text("98765\u00a043210")


def test_bill_without_a_member_says_why(shown: Screen) -> None:
    shown.scan(RICE)
    shown.press("F4")
    shown.page.get_by_role("button", name="No member").click()
    shown.dialog("reason")
    shown.press("ArrowDown", "ArrowDown", "Enter")
    shown.no_dialog()
    assert shown.till.sale.not_interested_reason == "In a hurry"
    expect(shown.page.locator(".customer-card")).to_contain_text("No member: In a hurry")


def test_points_that_waiting_bills_promised_are_not_shown_as_to_spend(shown: Screen) -> None:
    s, page = shown, shown.page
    s.till.promised_milli = 200_000
    with_customer(s)
    words = "1,040 points = ₹260.00, 200 more may be spent on earlier bills"
    expect(page.locator(".customer-card .quiet")).to_contain_text(words)
    s.press("F6")
    s.dialog("points")
    expect(page.locator("[data-dialog=points] .subject .quiet")).to_have_text(words)


def test_as_many_points_as_fit_can_be_paid_with(shown: Screen) -> None:
    """Of 186.00, of which a coupon pays 50.00, at 0.30 a point: 453 are worth 135.90."""
    till = shown.till
    till.people[ASHA.mobile] = replace(ASHA, point_value_minor=30)
    shown.scan(TEA)
    till.search("mobile", ASHA.mobile)
    shown.page.locator(".tier").wait_for()
    till.do(e.CouponApplied(CouponRedemption("HALF", minor=5_000, use=Use.TENDER)))
    expect(shown.page.locator("[data-total]")).to_have_text("₹136.00")
    shown.press("F6")
    shown.page.get_by_role("button", name="As many as fit").click()
    shown.press("Enter")
    shown.page.locator("[data-otp]").wait_for()
    shown.page.keyboard.type("4711")
    shown.press("Enter")
    shown.no_dialog()
    assert till.sale.points is not None
    assert till.sale.points.points_milli == 453_000
    shown.press("F12")
    shown.dialog("tender")


def test_wrong_code_keeps_the_points_off_the_bill(shown: Screen) -> None:
    shown.scan(RICE)
    shown.till.search("mobile", "919876543210")
    shown.page.locator(".tier").wait_for()
    shown.press("F6")
    shown.page.keyboard.type("100.5")
    shown.press("Enter")
    shown.page.locator("[data-otp]").wait_for()
    shown.page.keyboard.type("0000")
    shown.press("Enter")
    expect(shown.page.locator("dialog .refused")).to_have_text("That code is not right.")
    assert shown.till.sale.points is None
    expect(shown.page.locator("[data-otp]")).to_have_value("")
    shown.page.keyboard.type("4711")
    shown.press("Enter")
    shown.no_dialog()
    assert shown.till.sale.points is not None
    assert shown.posts("/api/points/otp")[0][2] == {"points_milli": 100500}


def test_a_wrong_code_of_a_coupon_is_typed_anew_and_one_nobody_judged_stays(shown: Screen) -> None:
    s, otp = shown, shown.page.locator("[data-otp]")
    coupon_code(s)
    expect(otp).to_have_value("")
    expect(otp).to_be_focused()
    s.till.offline = True
    s.page.keyboard.type("4711")
    s.press("Enter")
    expect(s.page.locator("dialog .refused")).to_contain_text("Offline")
    expect(otp).to_have_value("4711")
    s.till.offline = False
    s.press("Enter")
    s.no_dialog()
    assert s.till.sale.coupon is not None
