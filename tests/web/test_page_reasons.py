"""Why: no reason is recorded that nobody chose; what is typed beside the fields of a dialog is not lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.web.page_driver import Screen
from tests.web.return_screens import RICE, TEA, return_lines, return_money, return_unknown, sold
from tests.web.screens import discount, price, queue_retry, queue_waive


def drawer(s: Screen) -> None:
    s.open()
    s.press("Alt+o")
    s.dialog("reason")


def cancel(s: Screen) -> None:
    s.open()
    s.scan(RICE)
    s.press("Shift+Delete")
    s.dialog("reason")


def no_member(s: Screen) -> None:
    s.open()
    s.scan(RICE)
    s.press("F4")
    s.page.get_by_role("button", name="No member").click()
    s.dialog("reason")


def priced(s: Screen) -> None:
    price(s)
    s.page.locator("dialog [data-first]").fill("99")


def one_back(s: Screen) -> None:
    return_lines(s)
    s.page.locator("[data-back-qty]").first.fill("1")


def without_bill(s: Screen) -> None:
    return_unknown(s)
    s.page.get_by_label("Bought on", exact=False).fill("2026-11-20")


def waived(s: Screen) -> None:
    queue_waive(s)
    s.page.locator("dialog [type=password]").fill("4711")


DIALOGS: list[tuple[Callable[[Screen], None], str]] = [
    (drawer, "drawer/open"),
    (cancel, "sale/cancel"),
    (no_member, "sale/not-interested"),
    (priced, "line/price"),
    (discount, "line/discount"),
    (one_back, "return/lines"),
    (without_bill, "return/unknown"),
    (waived, "queue/waive"),
    (queue_retry, "queue/retry"),
]


def sent(s: Screen, verb: str) -> Any:
    """What was sent, once it was."""
    s.until(lambda: bool(s.posts(f"/api/{verb}")))
    return s.posts(f"/api/{verb}")[-1][2]


@pytest.mark.parametrize(("begun", "verb"), DIALOGS, ids=[verb for _, verb in DIALOGS])
def test_a_reason_is_somebodys_choice(shown: Screen, begun: Callable[[Screen], None], verb: str) -> None:
    """Without one nothing is sent, and it is asked for where the next arrow chooses it."""
    begun(shown)
    reasons = shown.page.locator("dialog .why input")
    assert reasons.count() > 1
    assert not any(one.is_checked() for one in reasons.all())
    shown.press("Enter")
    expect(shown.page.locator("dialog .why .problem")).to_have_text(
        "Choose a reason, or type it in your own words"
    )
    assert shown.posts(f"/api/{verb}") == []
    expect(reasons.first).to_be_focused()
    shown.press("ArrowDown")
    expect(reasons.first).to_be_checked()
    expect(shown.page.locator("dialog .why .problem")).to_have_count(0)
    first = reasons.first.get_attribute("value")
    shown.press("Enter")
    assert sent(shown, verb)["reason"] == first


@pytest.mark.parametrize(("begun", "verb"), DIALOGS, ids=[verb for _, verb in DIALOGS])
def test_words_typed_at_the_reasons_are_ones_own(
    shown: Screen, begun: Callable[[Screen], None], verb: str
) -> None:
    begun(shown)
    shown.page.locator("dialog .why input").first.focus()
    shown.page.keyboard.type("for the 2nd bank")
    expect(shown.page.locator("dialog [data-own]")).to_have_value("for the 2nd bank")
    shown.press("Enter")
    assert sent(shown, verb)["reason"] == "for the 2nd bank"


def test_a_number_typed_after_a_choice_goes_into_its_field(shown: Screen) -> None:
    """By pointer: the choice has the focus then, and what was typed went nowhere."""
    discount(shown)
    shown.page.locator("dialog").get_by_label("Amount", exact=True).click()
    shown.page.get_by_label("Manager agreed").click()
    shown.page.keyboard.type("2")
    expect(shown.page.locator("dialog input[data-first]")).to_have_value("102")
    shown.press("Enter")
    body = sent(shown, "line/discount")
    assert (body["minor"], body["reason"]) == (10_200, "Manager agreed")


def test_money_typed_after_the_reason_of_a_return_goes_into_its_field(shown: Screen) -> None:
    return_money(shown)
    amount = shown.page.locator("[data-back-amount]")
    amount.fill("")
    shown.page.get_by_label("Changed their mind").click()
    shown.page.keyboard.type("50")
    expect(amount).to_have_value("50")


def test_arrows_choose_the_reason_of_a_return_without_its_bill(shown: Screen) -> None:
    """They moved in the list of items that was not in sight any more."""
    without_bill(shown)
    reasons = shown.page.locator("dialog .why input")
    reasons.first.focus()
    shown.press("ArrowDown", "ArrowDown")
    expect(reasons.nth(1)).to_be_checked()


def test_after_an_item_is_picked_its_quantity_is_typed(shown: Screen) -> None:
    return_unknown(shown)
    shown.page.locator("#back-items li").first.click()
    shown.page.keyboard.type("3")
    expect(shown.page.get_by_label("How many")).to_have_value("3")


def test_letters_below_a_supervisors_question_are_no_reason(shown: Screen) -> None:
    sold(shown, TEA)
    shown.till.asks_supervisor = {"/api/line/price": "price"}
    priced(shown)
    shown.page.locator("dialog .why input").first.check()
    shown.press("Enter")
    shown.dialog("pin")
    shown.page.locator('[data-dialog="pin"] .button').first.focus()
    shown.page.keyboard.type("x")
    expect(shown.page.locator('[data-dialog="price"] [data-own]')).to_have_count(0)
