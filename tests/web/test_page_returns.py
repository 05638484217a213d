"""Goods come back at the page: by keyboard, by finger, scanned or typed, and the money goes the right way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from agent.sale.basket import Phase, TenderType
from agent.sale.return_values import ReturnHow
from tests.web.page_driver import Screen, screen
from tests.web.return_screens import COMBO, RICE, SHIRT, TEA, paid_with_points, points_back, sold
from tests.web.screens import BAG
from tests.web.test_page_touch import tap, type_by_touch


@pytest.fixture
def touched(browser: Browser) -> Iterator[Screen]:
    with screen(browser, 1024, 600, has_touch=True) as one:
        one.open()
        yield one
        assert one.errors == []


def _found(s: Screen, number: str) -> None:
    s.till.scan_bill(number)
    s.page.locator(".return-facts").wait_for()


def _body(s: Screen, path: str) -> object:
    return s.posts(path)[-1][2]


def test_a_line_comes_back_by_keyboard_alone(shown: Screen) -> None:
    """Return, the last digits, the quantity, the reason, cash back, done: no pointer."""
    number = sold(shown, RICE, TEA, TEA)
    sold(shown, SHIRT)
    shown.open()
    shown.press("F7")
    shown.dialog("return")
    shown.page.locator("#back-bills li").first.wait_for()
    shown.page.keyboard.type("00001")
    expect(shown.page.locator("#back-bills li")).to_have_count(1)
    shown.press("Enter")
    shown.page.locator(".return-facts").wait_for()
    shown.press("ArrowDown", "+", "Tab", "ArrowRight", "ArrowRight", "Enter")
    shown.no_dialog()
    assert _body(shown, "/api/return/lines") == {
        "number": number, "reason": "Wrong item or size", "lines": [{"line": 2, "qty_milli": 1000}],
    }  # fmt: skip

    line = shown.page.locator("#line-1")
    expect(line).to_contain_text(f"Back from {number}")
    expect(line.locator(".qty")).to_have_text("-1")
    expect(line.locator(".amount")).to_have_text("-₹185.50")
    expect(shown.page.locator("[data-total-words]")).to_have_text("To give back")
    expect(shown.page.locator("[data-total]")).to_have_text("₹186.00")

    shown.press("F12")
    shown.dialog("tender")
    expect(shown.page.locator("[data-due-words]")).to_have_text("To give back")
    expect(shown.page.locator("[data-rest-words]")).to_have_text("Still to give back")
    shown.press("Enter")
    shown.page.locator(".rest.covered").wait_for()
    assert [(one.type, one.amount_minor) for one in shown.till.sale.tenders] == [(TenderType.CASH, -18600)]
    shown.press("Enter")
    shown.dialog("result")
    expect(shown.page.locator(".result .caption")).to_have_text("Cash to give back")
    expect(shown.page.locator("[data-change]")).to_have_text("₹186.00")


def test_a_scanned_invoice_opens_its_return_by_itself(shown: Screen) -> None:
    number = sold(shown, RICE)
    shown.open()
    _found(shown, number)
    expect(shown.page.locator("dialog h2")).to_have_text(f"Return of {number}")
    expect(shown.page.locator("[data-back-qty]")).to_have_value("1")  # the only thing on the bill
    shown.press("Escape")
    shown.no_dialog()
    shown.till.scan_bill(number)  # the same invoice again is a new wish
    shown.dialog("return")


def test_a_scanned_invoice_takes_no_other_dialog_away(shown: Screen) -> None:
    number = sold(shown, RICE)
    shown.open()
    shown.scan(TEA)
    shown.press("F4")
    shown.dialog("customer")
    shown.page.keyboard.type("98")
    shown.till.scan_bill(number)
    shown.page.locator(".dialog .message").wait_for()
    shown.dialog("customer")
    expect(shown.page.locator("dialog input[data-first]")).to_have_value("98")


def test_a_reload_does_not_offer_an_old_finding(shown: Screen) -> None:
    number = sold(shown, RICE)
    shown.till.scan_bill(number)
    shown.open()
    shown.page.wait_for_timeout(300)
    assert shown.page.locator("dialog[open]").count() == 0


def test_another_invoice_scanned_into_the_dialog_is_looked_at(shown: Screen) -> None:
    first, second = sold(shown, RICE), sold(shown, SHIRT, member=True)
    shown.open()
    _found(shown, first)
    shown.till.scan_bill(second)
    expect(shown.page.locator("dialog h2")).to_have_text(f"Return of {second}")
    expect(shown.page.locator(".return-facts")).to_contain_text("Asha Rao")


def test_an_exchange_asks_for_the_difference(shown: Screen) -> None:
    """A shirt back, rice out: the page pays the right way whichever is dearer."""
    number = sold(shown, SHIRT, member=True)
    shown.open()
    _found(shown, number)
    shown.press("Enter", "ArrowDown", "Enter")
    shown.no_dialog()
    shown.scan(RICE)
    expect(shown.page.locator("[data-total-words]")).to_have_text("To give back")
    expect(shown.page.locator('[data-action="pay"]')).to_contain_text("Give back")
    shown.scan(RICE, RICE)
    expect(shown.page.locator("[data-total-words]")).to_have_text("Total")
    expect(shown.page.locator("[data-total]")).to_have_text("₹648.00")
    expect(shown.page.locator('[data-action="pay"]')).to_contain_text("Pay")
    shown.press("F12")
    shown.dialog("tender")
    shown.press("Enter")
    shown.page.locator(".rest.covered").wait_for()
    shown.press("Enter")
    shown.dialog("result")
    assert shown.till.bills[0]["due_minor"] == 64800


def test_what_the_bill_does_not_allow_is_not_offered(shown: Screen) -> None:
    number = sold(shown, RICE, COMBO)
    shown.open()
    _found(shown, number)
    expect(shown.page.locator("dialog .ways .chip")).to_have_text(
        ["Single itemsF7", "Whole billF8", "Money onlyF9"]
    )
    expect(shown.page.locator(".back-line", has_text="Breakfast combo")).to_contain_text("A set")
    expect(shown.page.locator("[data-back-qty]")).to_have_count(1)
    shown.press("Enter", "ArrowDown", "Enter")
    shown.no_dialog()
    _found(shown, number)  # its rice is in the open sale already: the set is left, as money
    expect(shown.page.locator("dialog .ways .chip")).to_have_text(["Money onlyF9"])
    expect(shown.page.locator("dialog .hint").first).to_contain_text("Breakfast combo ₹399.00.")
    shown.page.locator("[data-back-amount]").fill("399")
    shown.press("Enter", "ArrowDown", "Enter")
    shown.no_dialog()
    expect(shown.page.locator("[data-total]")).to_have_text("₹1,048.00")
    _found(shown, number)
    expect(shown.page.locator(".notice.warn")).to_have_text("Nothing of this bill can come back any more.")
    expect(shown.page.locator("dialog .ways .chip")).to_have_count(0)


def test_more_than_is_left_is_not_sent(shown: Screen) -> None:
    number = sold(shown, RICE, TEA)
    shown.open()
    _found(shown, number)
    shown.press("Enter")
    expect(shown.page.locator("dialog .problem")).to_have_text("Choose how many of which item come back.")
    shown.press("2", "Enter")
    expect(shown.page.locator("dialog .problem")).to_contain_text("More than is left")
    assert shown.posts("/api/return/lines") == []


def test_part_of_a_weighed_item_is_typed(shown: Screen) -> None:
    number = sold(shown, RICE, kilograms=True)
    shown.open()
    _found(shown, number)
    shown.press("ArrowDown", "+")
    kilograms = shown.page.locator("[data-back-qty]").nth(1)
    expect(kilograms).to_have_value("1.455")
    shown.until(lambda: bool(kilograms.evaluate("(box) => box.selectionEnd - box.selectionStart === 5")))
    shown.page.keyboard.type("0.5")
    shown.press("Enter", "ArrowDown", "Enter")
    shown.no_dialog()
    assert shown.till.sale.lines[0].qty_milli == 500


@pytest.mark.parametrize(("key", "how"), [("F8", ReturnHow.FULL), ("F11", ReturnHow.CANCELLED)])
def test_a_whole_bill_comes_back_with_nothing_typed(shown: Screen, key: str, how: ReturnHow) -> None:
    number = sold(shown, RICE, COMBO, member=True)
    shown.open()
    _found(shown, number)
    shown.press(key)
    shown.page.locator("dialog .notice").wait_for()
    shown.press("Enter", "ArrowDown", "Enter")
    shown.no_dialog()
    assert [line.back.how for line in shown.till.sale.returns if line.back] == [how, how]
    assert shown.till.sale.customer is not None


def test_money_alone_and_own_words(shown: Screen) -> None:
    number = sold(shown, RICE)
    shown.open()
    _found(shown, number)
    shown.press("F9")
    shown.page.locator("[data-back-amount]").wait_for()
    expect(shown.page.locator("[data-back-amount]")).to_be_focused()
    shown.page.keyboard.type("50")
    shown.press("Tab", "ArrowUp")
    expect(shown.page.locator("[data-own]")).to_be_focused()
    shown.page.keyboard.type("A stain + a hole - both small")
    shown.press("Enter")
    shown.no_dialog()
    assert _body(shown, "/api/return/money") == {
        "number": number, "reason": "A stain + a hole - both small", "amount_minor": 5000,
    }  # fmt: skip


def test_refusals_stand_in_the_dialog_in_words(shown: Screen) -> None:
    number = sold(shown, RICE, member=True)
    shown.open()
    shown.press("F7")
    shown.page.keyboard.type("NOPE")
    shown.press("Enter")
    expect(shown.page.locator("dialog .refused")).to_have_text("There is no bill NOPE at this till.")
    _found(shown, number)
    shown.till.broken = "The disk is full: nothing was recorded."
    shown.press("Enter", "ArrowDown", "Enter")
    expect(shown.page.locator("dialog .refused")).to_have_text("The disk is full: nothing was recorded.")
    expect(shown.page.locator("[data-back-qty]")).to_have_value("1")


def test_a_return_whose_line_was_lost_is_looked_for_again(shown: Screen) -> None:
    """No answer is not "no such bill"."""
    shown.page.route("**/api/bills/**", lambda route: route.abort())
    shown.open()
    shown.press("F7")
    shown.dialog("return")
    shown.page.keyboard.type("X1")
    shown.press("Enter")
    expect(shown.page.locator("dialog .refused")).to_have_text("The agent did not answer. Try again.")


def test_a_return_by_touch_goes_back_to_card_and_cash(touched: Screen) -> None:
    s, till = touched, touched.till
    sold(s, RICE, TEA, TEA, SHIRT)
    s.open()
    s.page.locator('[data-action="back"]').tap()
    s.dialog("return")
    type_by_touch(s, "01")
    s.page.locator("#back-bills li").first.tap()
    s.page.get_by_role("button", name="One more: Cotton Shirt").tap()
    s.page.get_by_role("button", name="One more: Basmati Rice 5 kg").tap()
    s.page.get_by_role("button", name="One less: Basmati Rice 5 kg").tap()
    s.page.locator("dialog .chip", has_text="Changed their mind").tap()
    tap(s, "Take back", "dialog")
    s.no_dialog()
    assert [line.product.sku for line in till.sale.returns] == ["SHIRT-M"]

    s.page.locator('[data-action="pay"]').tap()
    s.dialog("tender")
    type_by_touch(s, "299")
    tap(s, "Give", "dialog")
    expect(s.page.locator("[data-rest]")).to_have_text("₹1,000.00")
    s.page.locator("dialog .chip", has_text="Card").tap()
    tap(s, "All of it", "dialog")
    expect(s.page.locator("dialog .refused")).to_contain_text("Type the reference")
    s.page.locator("[data-reference]").tap()
    type_by_touch(s, "4711")
    tap(s, "All of it", "dialog")
    s.page.locator(".rest.covered").wait_for()
    expect(s.page.locator("[data-rest-words]")).to_have_text("Given back")
    s.page.locator("[data-finish]").tap()
    s.dialog("result")
    expect(s.page.locator(".result .caption")).to_have_text("Cash to give back")
    expect(s.page.locator("[data-change]")).to_have_text("₹299.00")
    expect(s.page.locator(".result-facts")).to_contain_text("Card 4711")
    assert till.sale.phase is Phase.IDLE


def test_more_than_is_owed_is_not_given_back(shown: Screen) -> None:
    number = sold(shown, RICE)
    shown.open()
    _found(shown, number)
    shown.press("Enter", "ArrowDown", "Enter")
    shown.no_dialog()
    shown.settled()
    shown.press("F12")
    shown.dialog("tender")
    shown.page.keyboard.type("700")
    shown.press("Enter")
    expect(shown.page.locator("dialog .refused")).to_have_text("That is more than is to be given back.")
    assert shown.till.sale.tenders == ()


def test_goods_without_their_bill(shown: Screen) -> None:
    """Item, number and reason are enough. What is refused although it was offered is said in words."""
    shown.till.rules["unknown_bill_returns"] = True
    shown.open()
    shown.till.search("mobile", "919876543210")
    shown.press("F7")
    shown.dialog("return")
    shown.page.keyboard.type("OTHER-7")
    shown.page.get_by_role("button", name="Without its bill").click()
    shown.dialog("return_unknown")
    expect(shown.page.get_by_label("Number on the customer's invoice")).to_have_value("OTHER-7")
    shown.press("Tab")
    shown.page.keyboard.type("2026-11-01")
    shown.press("Tab")
    shown.page.keyboard.type("tea")
    shown.page.locator(".found").first.wait_for()
    shown.press("Enter", "ArrowDown", "Enter")
    expect(shown.page.locator("dialog .refused")).to_have_text("Without its bill nothing is taken back here.")
    shown.till.returns.take_unknown()
    shown.press("Enter")
    shown.no_dialog()
    expect(shown.page.locator("#line-1")).to_contain_text("Back from OTHER-7")
    assert _body(shown, "/api/return/unknown") == {
        "number": "OTHER-7", "reason": "Damaged goods", "sku": "TEA-250", "qty_milli": 1000,
        "bought_on": "2026-11-01",
    }  # fmt: skip


def test_goods_without_their_bill_are_offered_where_this_till_takes_them(shown: Screen) -> None:
    button = shown.page.get_by_role("button", name="Without its bill")
    for taken in (False, True):
        shown.till.rules["unknown_bill_returns"] = taken
        shown.open()
        shown.press("F7")
        shown.dialog("return")
        expect(button).to_have_count(int(taken))


def test_a_bill_is_given_to_a_member_from_the_receipts(shown: Screen) -> None:
    number = sold(shown, RICE)
    shown.open()
    shown.press("F10")
    shown.dialog("receipts")
    shown.page.locator(".receipt-row").first.wait_for()
    shown.press("F8")
    shown.dialog("tag")
    shown.page.keyboard.type("123")
    shown.press("Enter")
    expect(shown.page.locator("dialog .refused")).to_have_text("The loyalty system knows no such member.")
    shown.press("Control+a")
    shown.page.keyboard.type("9876543210")
    shown.press("Enter")
    shown.no_dialog()
    expect(shown.page.locator(".message.ok")).to_contain_text(f"Bill {number} is given to Asha Rao.")
    _found(shown, number)
    expect(shown.page.locator(".return-facts")).to_contain_text("Asha Rao")
    assert shown.page.locator("[data-tag]").count() == 0


def test_a_bill_is_given_to_a_member_after_it_was_found_by_touch(touched: Screen) -> None:
    number = sold(touched, RICE)
    touched.open()
    _found(touched, number)
    touched.page.locator("[data-tag]").tap()
    touched.dialog("tag")
    type_by_touch(touched, "9876543210")
    tap(touched, "Give", "dialog")
    touched.no_dialog()
    member = touched.till.returns.member(number)
    assert member is not None
    assert member.firstname == "Asha"


def test_a_return_begins_from_the_receipts(shown: Screen) -> None:
    number = sold(shown, RICE)
    sold(shown, SHIRT)
    shown.open()
    shown.press("F10")
    shown.page.locator(".receipt-row").nth(1).wait_for()
    shown.press("ArrowDown", "F7")
    shown.page.locator(".return-facts").wait_for()
    expect(shown.page.locator("dialog h2")).to_have_text(f"Return of {number}")


def test_a_returned_line_keeps_its_quantity_and_price(shown: Screen) -> None:
    """What the agent would refuse is not offered; voiding it is."""
    number = sold(shown, RICE)
    shown.open()
    _found(shown, number)
    shown.press("Enter", "ArrowDown", "Enter")
    shown.no_dialog()
    for action, there in (("price", False), ("void", True)):
        assert shown.page.locator(f'[data-action="{action}"]').is_enabled() is there
    shown.press("F2")
    shown.dialog("times")  # a number for the next item, not for this one
    shown.press("Escape")
    shown.no_dialog()
    shown.press("Delete")
    expect(shown.page.locator("#line-1 .amount")).to_contain_text("Void")


def test_a_bill_is_not_given_away_where_the_organisation_forbids_it(shown: Screen) -> None:
    number = sold(shown, RICE)
    shown.till.rules["retro"] = False
    shown.open()
    _found(shown, number)
    assert shown.page.locator("[data-tag]").count() == 0
    shown.press("Escape", "F10")
    shown.page.locator(".receipt-row").first.wait_for()
    assert shown.page.get_by_role("button", name="Give to a member").is_disabled()
    shown.press("F8")
    shown.dialog("receipts")


def test_what_points_paid_is_not_told_as_money_to_give_back(shown: Screen) -> None:
    """75.00 of the bill were points: the largest figure is what goes over the counter, everywhere."""
    points_back(shown)
    back = shown.till.bills[0]["settled_minor"]
    assert back == shown.till.bills[0]["due_minor"] - 7_500
    money = f"₹{back // 100:,}.{back % 100:02d}"
    expect(shown.page.locator("[data-total-words]")).to_have_text("To give back")
    expect(shown.page.locator("[data-total]")).to_have_text(money)
    expect(shown.page.locator(".total .redeemed")).to_contain_text("Points or coupon, not money-₹75.00")
    shown.press("F12")
    shown.dialog("tender")
    for figure in ("[data-due]", "[data-rest]"):
        expect(shown.page.locator(figure)).to_have_text(money)
    shown.press("Enter")
    shown.given(1)
    expect(shown.page.locator("[data-rest]")).to_have_text(money)
    shown.press("Enter")
    shown.dialog("result")
    expect(shown.page.locator("[data-change]")).to_have_text(money)
    shown.press("Enter")
    assert shown.till.bills[0]["settled_minor"] == -back


def test_what_points_paid_for_comes_back_for_nothing_and_the_last_bill_says_so(shown: Screen) -> None:
    till = shown.till
    with till.lock:
        till.scan(BAG)
        till.search("mobile", "919876543210")
        till.points(20_000, "4711")
        for verb in ("tender/begin", "sale/complete"):
            assert till.quick(verb)[0]
        till.returns.verbs.lines(str(till.bills[0]["number"]), {1: 1000}, "torn", "key-1")
        for verb in ("tender/begin", "sale/complete"):
            assert till.quick(verb)[0]
    last = shown.page.locator(".bill-state")
    expect(last).to_contain_text(str(till.bills[0]["number"]))
    expect(last).to_contain_text("Given back₹0.00")
    expect(last).not_to_contain_text("Change")


def test_the_last_of_a_bill_partly_paid_with_points_comes_back_for_its_money(shown: Screen) -> None:
    """Line by line: no way is offered that is not there, and at the end all of the money is back."""
    number = paid_with_points(shown)
    money = shown.till.bills[0]["settled_minor"]
    shown.open()
    for line in (1, 2):
        _found(shown, number)
        expect(shown.page.locator(".notice.warn")).to_contain_text("can be given back in money.")
        shown.page.locator(f"[data-back-qty='{line}']").fill("1")
        shown.press("Enter", "ArrowDown", "Enter")
        shown.no_dialog()
    shown.press("F12")
    shown.dialog("tender")
    shown.press("Enter")
    shown.given(1)
    shown.press("Enter")
    shown.dialog("result")
    assert shown.till.bills[0]["settled_minor"] == -money
