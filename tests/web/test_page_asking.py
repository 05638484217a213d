"""What the page asks before it believes: a weight nobody told, an amount nobody means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect

from agent.sale import events as e
from agent.sale.basket import TenderType
from tests.web.fake_goods import ASHA, GOODS
from tests.web.page_driver import Screen, screen
from tests.web.screens import RICE

MANGO = next(one for one in GOODS if one.sku == "MANGO")
FIGS = replace(MANGO, sku="FIGS", name="Dried Figs")


def test_an_item_sold_by_weight_asks_for_it_when_picked(shown: Screen) -> None:
    """By keyboard: found, asked, typed, sold; and nothing weighs a kilogram by itself."""
    shown.page.keyboard.type("mango")
    shown.page.locator("#found li").first.wait_for()
    shown.press("Enter")
    shown.dialog("weigh")
    assert shown.till.sale.lines == ()
    shown.press("Enter")
    expect(shown.page.locator(".problem")).to_have_text("Not a quantity above zero")
    shown.page.keyboard.type("0.455")
    shown.press("Enter")
    shown.no_dialog()
    assert [line.qty_milli for line in shown.till.sale.lines] == [455]
    expect(shown.page.locator("#line-1 .qty")).to_have_text("0.455 kg")


def test_cancelling_the_weight_sells_nothing(shown: Screen) -> None:
    shown.till.add("MANGO")
    shown.dialog("weigh")
    shown.press("Escape")
    shown.no_dialog()
    assert shown.till.sale.lines == ()
    shown.scan(RICE)
    shown.till.add("MANGO")
    shown.dialog("weigh")


def test_a_weight_that_is_wanted_takes_no_dialog_away(shown: Screen) -> None:
    shown.press("F4")
    shown.dialog("customer")
    shown.till.add("MANGO")
    expect(shown.page.locator("dialog .message")).to_contain_text(
        "Alphonso Mango is sold by kg: type how much."
    )
    shown.dialog("customer")


def test_cash_that_nobody_means_is_asked_about(shown: Screen) -> None:
    """89,000,427 of cash, which is a barcode: Enter twice does not take it, the answer does."""
    shown.scan(RICE)
    shown.press("F12")
    shown.dialog("tender")
    shown.page.keyboard.type("89000427")
    for _ in range(2):
        shown.press("Enter")
        expect(shown.page.locator("dialog .refused")).to_contain_text("88,999,778.00 change?")
        assert shown.till.sale.tenders == ()
    shown.press("Alt+y")
    shown.given(1)
    assert shown.till.sale.tenders[0].amount_minor == 8_900_042_700


@pytest.mark.parametrize("pressed", ["700", "5000"])
def test_the_question_goes_when_another_amount_is_typed(browser: Browser, pressed: str) -> None:
    with screen(browser, 1024, 600, has_touch=True) as touched:
        touched.open()
        touched.scan(RICE)
        touched.press("F12")
        touched.dialog("tender")
        box = touched.page.locator("[data-amount]")
        box.fill("89000427")
        touched.press("Enter")
        sure = touched.page.locator("[data-sure]")
        expect(sure).to_be_visible()
        box.fill(pressed)
        touched.press("Enter")
        if pressed == "5000":
            expect(touched.page.locator("dialog .refused")).to_contain_text("4,351.00 change?")
            touched.page.locator("[data-sure]").tap()
        touched.given(1)
        assert [(t.type, t.amount_minor) for t in touched.till.sale.tenders] == [
            (TenderType.CASH, int(pressed) * 100)
        ]


def test_a_quantity_that_nobody_means_is_asked_about(shown: Screen) -> None:
    shown.scan(RICE)
    shown.press("F2")
    shown.dialog("quantity")
    shown.page.keyboard.type("4011")
    shown.press("Enter")
    expect(shown.page.locator("dialog .refused p")).to_have_text(
        "4,011 pcs of Basmati Rice 5 kg? If that is right, confirm it once more."
    )
    assert shown.till.sale.lines[0].qty_milli == 1000
    shown.page.locator("[data-sure]").click()
    shown.no_dialog()
    assert shown.till.sale.lines[0].qty_milli == 4_011_000


def test_the_question_how_much_goes_when_it_is_answered(shown: Screen) -> None:
    with shown.till.lock:
        shown.till.add("MANGO")
    shown.dialog("weigh")
    shown.page.keyboard.type("1.2")
    shown.press("Enter")
    shown.no_dialog()
    expect(shown.page.locator("#lines > li")).to_have_count(1)
    expect(shown.page.locator(".message.warn")).to_have_count(0)


def test_the_question_how_much_goes_when_something_else_is_sold(shown: Screen) -> None:
    with shown.till.lock:
        shown.till.add("MANGO")
    shown.dialog("weigh")
    shown.press("Escape")
    expect(shown.page.locator(".message.warn")).to_contain_text("type how much")
    shown.scan(RICE)
    expect(shown.page.locator(".message.warn")).to_have_count(0)


def ask_for_mango(s: Screen) -> None:
    with s.till.lock:
        s.till.add("MANGO")
    s.dialog("weigh")


def weighed(s: Screen, milli: int) -> None:
    """It was scanned again, and the scale has its weight."""
    with s.till.lock:
        s.till.do(e.ItemAdded(MANGO, milli, MANGO.price_minor))
    s.settled()


def test_the_question_how_much_goes_when_the_scale_answers_it(shown: Screen) -> None:
    """The goods were taken off, put on and scanned again, as the question says. A weight typed into it then
    sold them a second time."""
    ask_for_mango(shown)
    weighed(shown, 455)
    shown.no_dialog()
    expect(shown.page.locator("#lines > li")).to_have_count(1)


def test_a_weight_that_is_being_typed_when_the_scale_answers_sells_nothing(shown: Screen) -> None:
    """And its last keys are no number of the next item."""
    ask_for_mango(shown)
    shown.page.keyboard.type("0.4")
    weighed(shown, 455)
    shown.page.keyboard.type("55")
    expect(shown.page.locator("[data-weight]")).to_have_value("0.455")
    shown.press("Enter")
    shown.no_dialog()
    assert [line.qty_milli for line in shown.till.sale.lines] == [455]
    assert [path for path, _, _ in shown.till.posts] == []


def test_a_weight_typed_before_the_page_hears_that_the_scale_sold_it_is_refused(shown: Screen) -> None:
    """The answer names its question, which was answered; and then the page has heard it."""
    ask_for_mango(shown)
    shown.page.keyboard.type("0.455")
    with shown.till.lock:
        shown.till.over.add(shown.till.questions[-1])
    shown.press("Enter")
    expect(shown.page.locator("dialog .refused")).to_contain_text("answered already")
    assert dict(shown.till.posts[-1][2])["question"] == "question-1"
    weighed(shown, 455)
    shown.press("Enter")
    shown.no_dialog()
    assert [line.qty_milli for line in shown.till.sale.lines] == [455]
    assert len(shown.posts("/api/item/add")) == 1


def test_the_question_how_much_is_about_what_was_asked_last(shown: Screen) -> None:
    ask_for_mango(shown)
    shown.page.keyboard.type("0.4")
    with shown.till.lock:
        shown.till.typed(e.ItemAdded(FIGS, 0, FIGS.price_minor), sure=True)
    expect(shown.page.locator("dialog .subject")).to_contain_text("Dried Figs")
    expect(shown.page.locator("[data-weight]")).to_have_value("")
    shown.page.keyboard.type("0.2")
    shown.press("Enter")
    shown.until(lambda: bool(shown.posts("/api/item/add")))
    body = dict(shown.till.posts[-1][2])
    assert (body["sku"], body["qty_milli"]) == ("FIGS", 200)


def test_what_is_typed_stays_while_the_same_goods_or_none_are_asked_about(shown: Screen) -> None:
    """Scanned again without a weight; and a member is found, which answers no question how much."""
    ask_for_mango(shown)
    shown.page.keyboard.type("0.4")
    with shown.till.lock:
        shown.till.add("MANGO")
    shown.settled()
    shown.page.keyboard.type("5")
    with shown.till.lock:
        shown.till.do(e.CustomerSet(ASHA))
    shown.settled()
    shown.page.keyboard.type("5")
    expect(shown.page.locator("[data-weight]")).to_have_value("0.455")
    shown.press("Enter")
    shown.no_dialog()
    assert [line.qty_milli for line in shown.till.sale.lines] == [455]


def stalled(s: Screen, *, over: bool) -> None:
    s.till.badge("store", state="ok" if over else "stalled")


def parked(s: Screen, *, over: bool) -> None:
    s.till.badge("queue", parked=0 if over else 1)


def paper_out(s: Screen, *, over: bool) -> None:
    s.till.badge("printer", state="ok" if over else "paper_out", copies_wait="" if over else "no paper")


def print_unknown(s: Screen, *, over: bool) -> None:
    s.till.unknown_prints = [] if over else [{"job": 1, "number": "BLR126-000001", "copy": 0}]
    s.till.push()


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("print-unknown", print_unknown),
        ("queue-parked", parked),
        ("copy-waits", paper_out),
        ("badge", stalled),
    ],
)
def test_a_notice_that_asks_for_something_goes_when_that_is_done(
    shown: Screen, code: str, asked: Callable[..., None]
) -> None:
    """Said before what it is about is seen, as the agent says it; and not once more when the page is loaded
    again."""
    shown.till.say("warn", code, "Do something about it.")
    notice = shown.page.locator(".message.warn")
    expect(notice).to_have_count(1)
    asked(shown, over=False)
    shown.settled()
    expect(notice).to_have_count(1)
    shown.till.say("warn", "amount-outside", "Of another matter.")
    asked(shown, over=True)
    shown.settled()
    expect(notice).to_have_count(1)
    asked(shown, over=False)
    shown.till.say("warn", code, "Do something about it.")
    shown.settled()
    asked(shown, over=True)
    shown.settled()
    expect(notice).to_have_count(0)
    shown.open()
    expect(notice).to_have_count(0)


SHUT, ELSEWHERE = "The drawer was not opened. Use its key.", "This ticket comes out of back."


@pytest.mark.parametrize("first", ["error", "warn"])
def test_a_refusal_and_a_warning_of_one_moment_both_stand(shown: Screen, first: str) -> None:
    """Whose drawer's printer is dead hears of the drawer and of the ticket within moments. The warning stays
    when the refusal is history."""
    said = [("error", "drawer-shut", SHUT), ("warn", "print-elsewhere", ELSEWHERE)]
    for level, code, text in sorted(said, key=lambda one: one[0] != first):
        shown.till.say(level, code, text)
        shown.settled()
        shown.page.wait_for_timeout(50)
    both = shown.page.locator(".message.error")
    expect(both).to_contain_text(SHUT)
    expect(both).to_contain_text(ELSEWHERE)
    shown.scan(RICE)
    left = shown.page.locator(".message.warn")
    expect(left).to_contain_text(ELSEWHERE)
    expect(left).not_to_contain_text(SHUT)


def test_a_question_beside_a_refusal_goes_when_it_is_answered(shown: Screen) -> None:
    shown.till.say("error", "drawer-shut", SHUT)
    shown.settled()
    shown.till.say("warn", "print-unknown", "Did the receipt print?")
    print_unknown(shown, over=False)
    shown.settled()
    expect(shown.page.locator(".message.error")).to_contain_text("Did the receipt print?")
    print_unknown(shown, over=True)
    shown.settled()
    expect(shown.page.locator(".message.error")).to_contain_text(SHUT)
    expect(shown.page.locator(".message.error")).not_to_contain_text("Did the receipt print?")


def test_a_warning_that_comes_long_behind_a_refusal_takes_its_place(shown: Screen) -> None:
    shown.till.say("error", "drawer-shut", SHUT)
    expect(shown.page.locator(".message.error")).to_contain_text(SHUT)
    shown.page.wait_for_timeout(3100)
    shown.till.say("warn", "print-elsewhere", ELSEWHERE)
    expect(shown.page.locator(".message.warn")).to_contain_text(ELSEWHERE)
    expect(shown.page.locator(".message.error")).to_have_count(0)
