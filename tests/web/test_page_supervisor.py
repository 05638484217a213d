"""A supervisor's word on the page: asked for over the dialog that needs it, by keyboard and by touch."""

from __future__ import annotations

import threading

import pytest
from playwright.sync_api import Browser, expect

from agent.sale import events as e
from tests.web.page_driver import Screen, screen
from tests.web.return_screens import sold
from tests.web.screens import RICE, TEA
from tests.web.test_page_touch import tap, type_by_touch

PRICE = "/api/line/price"
PIN = 'dialog[data-dialog="pin"] [type=password]'


@pytest.fixture
def asked(shown: Screen) -> Screen:
    """A price was typed that a supervisor must allow."""
    return _asked(shown)


def _asked(s: Screen) -> Screen:
    s.till.asks_supervisor = {PRICE: "price"}
    s.scan(RICE)
    s.press("F3")
    s.page.keyboard.type("1")
    s.press("Enter", "ArrowDown", "Enter")
    s.page.locator('dialog[open][data-dialog="pin"]').wait_for()
    return s


def test_a_pin_lets_the_command_go_on_by_itself_under_its_first_key(asked: Screen) -> None:
    expect(asked.page.locator("[data-asked]")).to_have_text("A supervisor must allow this.")
    expect(asked.page.locator(PIN)).to_be_focused()
    asked.page.keyboard.type("4711")
    asked.press("Enter")
    asked.no_dialog()
    first, second = asked.posts(PRICE)
    assert first[1] == second[1]
    assert second[2] == {
        "line": 1,
        "price_minor": 100,
        "reason": "Shelf price differs",
        "sure": False,
        "supervisor": "Meera",
        "pin": "4711",
        "asked": "A supervisor must allow this.",
    }
    assert asked.till.sale.lines[0].unit_price_minor == 100
    expect(asked.page.locator("#lines")).to_be_focused()


def test_money_back_without_goods_waits_for_the_word_where_the_shop_says_so(shown: Screen) -> None:
    number = sold(shown, RICE)
    shown.till.asks_supervisor = {"/api/return/money": "refund"}
    shown.till.scan_bill(number)
    shown.page.locator(".return-facts").wait_for()
    shown.press("F9")
    shown.page.locator("[data-back-amount]").wait_for()
    shown.page.keyboard.type("50")
    shown.press("Enter", "ArrowDown", "Enter")
    shown.page.locator('dialog[open][data-dialog="pin"]').wait_for()
    assert not shown.till.sale.returns
    shown.page.keyboard.type("4711")
    shown.press("Enter")
    shown.no_dialog()
    assert len(shown.till.sale.returns) == 1


def test_what_reads_otherwise_by_now_is_asked_anew(asked: Screen) -> None:
    """Something was scanned while the supervisor typed: the PIN was for what stood on the screen."""
    asked.till.asks_text = "A supervisor must allow more."
    asked.page.keyboard.type("4711")
    asked.press("Enter")
    expect(asked.page.locator("[data-asked]")).to_have_text("A supervisor must allow more.")
    assert asked.till.sale.lines[0].unit_price_minor != 100
    asked.page.keyboard.type("4711")
    asked.press("Enter")
    asked.no_dialog()
    assert [body.get("asked", "") for _, _, body in asked.posts(PRICE)] == [
        "",
        "A supervisor must allow this.",
        "A supervisor must allow more.",
    ]


def test_a_wrong_pin_is_cleared_and_asked_for_again(asked: Screen) -> None:
    asked.page.keyboard.type("0000")
    asked.press("Enter")
    refused = asked.page.locator('dialog[data-dialog="pin"] .refused')
    expect(refused).to_have_text("The supervisor's name or PIN is not right.")
    expect(asked.page.locator(PIN)).to_have_value("")
    expect(asked.page.locator(PIN)).to_be_focused()
    asked.page.keyboard.type("4711")
    asked.press("Enter")
    asked.no_dialog()


def test_whoever_goes_back_is_where_they_were(asked: Screen) -> None:
    """The price as it was typed, the reason in focus, and why it was not set."""
    asked.press("Escape")
    asked.dialog("price")
    expect(asked.page.locator('dialog[data-dialog="pin"]')).to_have_count(0)
    expect(asked.page.locator("dialog .why :checked")).to_be_focused()
    expect(asked.page.locator("dialog [data-first]")).to_have_value("1")
    expect(asked.page.locator("dialog .refused")).to_have_text("A supervisor must allow this.")
    assert len(asked.posts(PRICE)) == 1


def test_another_supervisor_may_be_chosen(asked: Screen) -> None:
    asked.page.get_by_label("Vikram").check()
    asked.page.locator(PIN).fill("4711")
    asked.press("Enter")
    expect(asked.page.locator('dialog[data-dialog="pin"] .refused')).to_be_visible()
    assert asked.posts(PRICE)[-1][2]["supervisor"] == "Vikram"  # type: ignore[index]


def test_what_is_scanned_meanwhile_is_said(asked: Screen) -> None:
    asked.page.keyboard.type("47")
    asked.scan(TEA)
    expect(asked.page.locator('dialog[data-dialog="pin"] .dialog-head [role=status]')).to_contain_text("Tea")
    expect(asked.page.locator(PIN)).to_have_value("47")
    asked.page.keyboard.type("11")
    asked.press("Enter")
    asked.no_dialog()
    assert asked.till.sale.lines[0].unit_price_minor == 100


def test_a_word_for_a_line_of_another_sale_is_void(asked: Screen) -> None:
    """Whoever closes the sale elsewhere meanwhile: line 1 is somebody else's now."""
    with asked.till.lock:
        asked.till.do(e.Cancelled("Left"))
    expect(asked.page.locator('dialog[data-dialog="pin"]')).to_have_count(0)
    assert len(asked.posts(PRICE)) == 1


def test_an_answer_that_got_lost_is_asked_for_under_the_same_key(asked: Screen) -> None:
    asked.till.late = {PRICE: threading.Event()}
    asked.page.keyboard.type("4711")
    asked.press("Enter")
    asked.until(lambda: len(asked.posts(PRICE)) == 2)
    asked.server.stop()
    asked.till.late[PRICE].set()
    asked.till.late = {}
    asked.server.start()
    asked.no_dialog()
    assert len({post[1] for post in asked.posts(PRICE)}) == 1


def test_by_touch_alone(browser: Browser) -> None:
    with screen(browser, 1024, 600, has_touch=True) as s:
        s.open()
        s.till.asks_supervisor = {PRICE: "price"}
        s.scan(RICE)
        s.page.locator('[data-action="price"]').tap()
        type_by_touch(s, "1")
        s.page.locator("dialog .chip", has_text="Damaged goods").tap()
        tap(s, "Set", "dialog")
        pin = 'dialog[data-dialog="pin"]'
        type_by_touch(s, "4711", f"{pin} .pad")
        tap(s, "Allow", pin)
        s.no_dialog()
        assert s.till.sale.lines[0].unit_price_minor == 100
        assert s.errors == []


def test_a_pin_that_nobody_found_wrong_stays(asked: Screen) -> None:
    """The store had failed: the same PIN goes out again."""
    told = {"ok": False, "code": "store-error", "text": "Not now.", "params": {}, "data": {}}
    asked.page.route(f"**{PRICE}", lambda route: route.fulfill(status=503, json=told))
    asked.page.keyboard.type("4711")
    asked.press("Enter")
    expect(asked.page.locator('dialog[data-dialog="pin"] .refused')).to_be_visible()
    expect(asked.page.locator(PIN)).to_have_value("4711")
    asked.page.unroute(f"**{PRICE}")
    asked.press("Enter")
    asked.no_dialog()


def test_a_question_that_ends_twice_closes_no_newer_one(asked: Screen) -> None:
    stays = asked.page.evaluate(
        """async () => {
            const { asked } = await import('/static/js/supervisor_asked.js');
            const first = asked.value;
            first.end(first.answer);
            const newer = asked.value = { ...first, answer: { ...first.answer, key: 'newer' } };
            first.end(first.answer);
            return asked.value === newer;
        }"""
    )
    assert stays
