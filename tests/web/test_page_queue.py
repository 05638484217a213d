"""The queue in the cashier's hands: retry, payment taken, waive; by keyboard alone and by touch alone."""

from __future__ import annotations

from playwright.sync_api import Browser, Route, expect

from tests.web.page_driver import Screen, screen
from tests.web.screens import COUPON_OWED, POINTS_OWED, call, queue


def _body(s: Screen, verb: str) -> object:
    (post,) = s.posts(f"/api/queue/{verb}")
    return post[2]


def test_a_redemption_owed_says_how_much_and_what_can_be_done(shown: Screen) -> None:
    queue(shown)
    expect(shown.page.locator(".call-facts .notice")).to_have_text("The customer owes ₹250.00.")
    expect(shown.page.locator(".call-facts")).to_contain_text("void the bill with a return")
    expect(shown.page.locator('[data-badge="queue"]')).to_contain_text("2 need a person, ₹300.00 owed")
    for verb in ("retry", "settle", "waive"):
        expect(shown.page.locator(f'[data-verb="{verb}"]')).to_be_enabled()
    shown.press("ArrowDown", "ArrowDown")
    expect(shown.page.locator('[data-verb="settle"]')).to_be_disabled()
    expect(shown.page.locator(".call-facts")).to_contain_text("The till tries this by itself")


def test_what_can_be_sent_as_it_is_is_retried_with_one_key(shown: Screen) -> None:
    queue(shown)
    shown.press("ArrowDown", "F7")
    expect(shown.page.locator(".notice.good")).to_have_text("It is tried again now.")
    assert _body(shown, "retry") == {"row": 2, "all": False, "code": "", "reason": "", "otp": ""}
    expect(shown.page.locator("#call-2 .under")).to_have_text("Outcome not known")
    assert shown.page.locator("#call-2").get_attribute("aria-selected") == "true"


def test_a_call_that_moves_on_while_the_list_is_asked_for_is_listed_once(shown: Screen) -> None:
    """Those that need a person and the others are asked for one after the other."""
    queue(shown)
    shown.press("Escape")

    def between(route: Route) -> None:
        row = shown.till.queued(2)
        assert row is not None
        row["state"] = "unknown"
        route.continue_()

    shown.page.route("**/api/queue?parked=false*", between)
    shown.press("Alt+q")
    expect(shown.page.locator("#call-3")).to_be_visible()
    expect(shown.page.locator("#call-2 .under")).to_have_text(["Outcome not known"])


def test_an_overtaken_list_is_not_shown(shown: Screen) -> None:
    queue(shown)
    held: list[Route] = []
    shown.page.route(
        "**/api/queue?parked=true*", lambda route: held.append(route) if not held else route.continue_()
    )
    shown.till.badge("queue", text="looked at while it changes")
    while not held:
        shown.page.wait_for_timeout(20)
    old = held[0].fetch()
    row = shown.till.queued(2)
    assert row is not None
    row["state"] = "unknown"
    shown.till.count_queue()
    expect(shown.page.locator("#call-2 .under")).to_have_text("Outcome not known")
    held[0].fulfill(response=old)
    shown.page.wait_for_timeout(300)
    expect(shown.page.locator("#call-2 .under")).to_have_text(["Outcome not known"])


def test_a_refused_redemption_asks_for_a_reason_first(shown: Screen) -> None:
    queue(shown)
    shown.press("F7")
    shown.dialog("queue_word")
    shown.press("ArrowDown", "ArrowDown", "Enter")
    shown.dialog("queue")
    assert _body(shown, "retry") == {
        "row": 1,
        "all": False,
        "code": "",
        "reason": "Cloud was put right",
        "otp": "",
    }


def test_a_redemption_that_wants_a_code_is_retried_with_a_fresh_one(shown: Screen) -> None:
    queue(shown)
    shown.till.queue_rows[0] |= {"code": "808", "choices": ["retry-code", "retry-anew", "settle", "waive"]}
    shown.press("Escape", "Alt+q")
    expect(shown.page.locator("#call-1")).to_have_attribute("aria-selected", "true")
    shown.press("F7")
    shown.dialog("queue_word")
    shown.press("Enter")
    expect(shown.page.locator("dialog .notice.good")).to_have_text("A code is on its way to …0001.")
    assert _body(shown, "code") == {"row": 1}
    shown.page.keyboard.type("482913")
    shown.press("Enter")
    shown.dialog("queue")
    expect(shown.page.locator(".notice.good")).to_have_text("It is tried again now.")
    assert _body(shown, "retry") == {"row": 1, "all": False, "code": "", "reason": "", "otp": "482913"}


def test_waiving_by_keyboard_alone(shown: Screen) -> None:
    s = shown
    queue(s)
    s.press("Shift+Delete")
    s.dialog("queue_word")
    expect(s.page.locator("dialog .primary")).to_be_disabled()
    s.press("ArrowDown", "ArrowDown", "Tab", "Tab")
    s.page.keyboard.type("0000")
    expect(s.page.locator("dialog input[type=password]")).to_have_value("0000")
    s.press("Enter")
    expect(s.page.locator(".refused")).to_have_text("The supervisor's name or PIN is not right.")
    s.press("Control+a")
    s.page.keyboard.type("4711")
    s.press("Enter")
    s.dialog("queue")
    expect(s.page.locator(".notice.good")).to_have_text("It is waived: the cloud will not hear of it.")
    assert s.posts("/api/queue/waive")[-1][2] == {
        "row": 1,
        "reason": "Entered twice",
        "supervisor": "Meera",
        "pin": "4711",
    }
    expect(s.page.locator(".receipt-row")).to_have_count(3)
    assert "4711" not in s.page.content()


def test_a_pin_is_typed_anew_only_where_it_was_found_wrong(shown: Screen) -> None:
    s = shown
    queue(s)
    s.press("Shift+Delete")
    s.dialog("queue_word")
    told = {"ok": False, "code": "being-sent", "text": "It is being sent.", "params": {}, "data": {}}
    s.page.route("**/api/queue/waive", lambda route: route.fulfill(status=409, json=told))
    s.press("ArrowDown", "Tab", "Tab")
    s.page.keyboard.type("4711")
    s.press("Enter")
    expect(s.page.locator(".refused")).to_have_text("It is being sent.")
    expect(s.page.locator("dialog input[type=password]")).to_have_value("4711")


def test_a_payment_by_card_needs_the_terminals_reference(shown: Screen) -> None:
    s = shown
    queue(s)
    s.press("F9")
    s.dialog("queue_word")
    expect(s.page.locator("dialog .balance")).to_have_text("Take ₹250.00 from the customer")
    expect(s.page.locator("dialog .primary")).to_be_enabled()
    s.press("ArrowRight", "ArrowRight")
    expect(s.page.locator("dialog .primary")).to_be_disabled()
    s.press("Tab")
    s.page.keyboard.type("T-20418")
    s.press("Enter")
    s.dialog("queue")
    assert _body(s, "settle") == {
        "row": 1,
        "tender": "card",
        "reference": "T-20418",
        "reason": "",
        "unchecked": False,
    }
    expect(s.page.locator('[data-badge="queue"]')).to_contain_text("₹50.00 owed")


def test_a_payment_that_cannot_be_checked_is_taken_at_the_second_press(shown: Screen) -> None:
    s = shown
    s.till.cannot_ask = True
    queue(s)
    s.press("F9")
    s.dialog("queue_word")
    s.press("Enter")
    expect(s.page.locator("dialog .refused")).to_contain_text("cannot be asked now")
    s.press("Enter")
    s.dialog("queue")
    expect(s.page.locator(".notice.good")).to_have_text("The payment is noted.")
    assert [post[2]["unchecked"] for post in s.posts("/api/queue/settle")] == [False, True]  # type: ignore[index]


def test_by_touch_alone_from_the_badge_to_the_waive(browser: Browser) -> None:
    with screen(browser, 1024, 600, has_touch=True) as s:
        s.open()
        s.till.queue_rows = [call(1, **POINTS_OWED), call(2, **COUPON_OWED)]
        s.till.count_queue()
        s.page.locator('button[data-badge="queue"]').tap()
        s.page.locator("#call-2").tap()
        s.page.locator('[data-verb="waive"]').tap()
        s.dialog("queue_word")
        if not s.page.locator(".letters").count():
            s.page.locator("dialog .form-foot .quiet-button").tap()
        s.page.locator("dialog .chip", has_text="Shop carries it").tap()
        s.page.locator("dialog input[type=password]").tap()
        s.page.locator(".letters .pad-key", has_text="123").tap()
        for digit in "4711":
            s.page.locator(".letters .pad-key").get_by_text(digit, exact=True).tap()
        s.page.locator("dialog .primary").tap()
        s.dialog("queue")
        expect(s.page.locator(".receipt-row")).to_have_count(1)
        assert s.errors == []


def test_without_supervisors_the_dialog_says_so_before_anything_is_typed(shown: Screen) -> None:
    shown.till.supervisors = []
    queue(shown)
    shown.press("Shift+Delete")
    shown.dialog("queue_word")
    expect(shown.page.locator(".notice.warn")).to_contain_text("No supervisor is set up")
    expect(shown.page.locator("dialog .primary")).to_be_disabled()


def test_the_way_back_leads_to_the_call_it_came_from(shown: Screen) -> None:
    queue(shown)
    shown.press("ArrowDown", "F9")
    shown.dialog("queue_word")
    shown.press("Escape")
    shown.dialog("queue")
    expect(shown.page.locator("#call-2")).to_have_attribute("aria-selected", "true")
    shown.press("Escape")
    shown.no_dialog()
    assert shown.posts("/api/queue/settle") == []


def test_a_call_that_went_meanwhile_is_refused_in_words_and_gone(shown: Screen) -> None:
    queue(shown)
    shown.press("ArrowDown")
    shown.till.queue_rows = [row for row in shown.till.queue_rows if row["id"] != 2]
    shown.press("F7")
    expect(shown.page.locator("dialog .refused")).to_contain_text("not in the queue any more")
    expect(shown.page.locator("#call-2")).to_have_count(0)


def test_with_the_agent_gone_nothing_can_be_pressed(shown: Screen) -> None:
    queue(shown)
    shown.server.stop()
    for verb in ("retry", "settle", "waive"):
        expect(shown.page.locator(f'[data-verb="{verb}"]')).to_be_disabled()
    shown.press("F9")
    assert shown.page.locator('dialog[data-dialog="queue_word"]').count() == 0


def test_a_call_behind_another_is_not_said_to_go_by_itself(shown: Screen) -> None:
    shown.till.queue_rows = [call(1, **COUPON_OWED), call(2, behind=1)]
    shown.till.count_queue()
    shown.press("Alt+q")
    shown.page.locator("#call-2").click()
    expect(shown.page.locator(".call-facts")).to_contain_text("This waits for an earlier call of the same")
    expect(shown.page.locator(".call-facts")).not_to_contain_text("by itself")


def test_one_call_is_not_told_as_several(shown: Screen) -> None:
    shown.till.queue_rows = [call(no) for no in range(1, 201)] + [call(201, **COUPON_OWED)]
    shown.till.count_queue()
    expect(shown.page.locator('[data-badge="queue"]')).to_contain_text("1 needs a person")
    shown.press("Alt+q")
    expect(shown.page.locator(".receipt-list > li").last).to_have_text("1 more waits behind these")


def test_after_a_long_outage_what_needs_a_person_comes_first_and_the_rest_is_counted(shown: Screen) -> None:
    shown.till.queue_rows = [call(no) for no in range(1, 1001)] + [call(1001, **COUPON_OWED)]
    shown.till.count_queue()
    shown.press("Alt+q")
    expect(shown.page.locator(".receipt-list > li").first).to_have_attribute("id", "call-1001")
    expect(shown.page.locator(".receipt-list > li").last).to_have_text("801 more wait behind these")


def test_a_queue_that_is_held_says_until_when_and_why(shown: Screen) -> None:
    shown.till.badge(
        "queue",
        paused_until="2026-11-23T15:40:00+05:30",
        reason="the cloud asked for a pause",
        text="Queue: 3",
    )
    expect(shown.page.locator('[data-badge="queue"]')).to_contain_text("paused until 23 Nov, 03:40")
    queue(shown)
    notice = shown.page.locator(".receipt-side > .notice.warn")
    expect(notice).to_contain_text("Nothing is sent until 23 Nov, 03:40")
    expect(notice).to_contain_text("the cloud asked for a pause")
    shown.till.badge("queue", paused_until=None, reason="", text="Queue: 4")
    expect(notice).to_have_count(0)
