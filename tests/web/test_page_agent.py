"""The page and an agent that goes away, is slow, loses answers, or has news: nothing lost, nothing twice."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

from playwright.sync_api import Route, expect

from agent.sale.basket import Phase, TenderType
from agent.web import forms
from tests.web.page_driver import Screen
from tests.web.screens import BAG, RICE, TEA, call, receipts

PAUSED_AT = 60_000  # by a page's clock that began at 0, in milliseconds


def to_covered(s: Screen) -> None:
    s.scan(RICE)
    s.press("F12")
    s.dialog("tender")
    s.press("Enter")
    s.page.locator(".rest.covered").wait_for()


def keys(s: Screen, path: str) -> list[str]:
    return [key for _, key, _ in s.posts(path)]


def test_scan_shows_newest_line_and_says_it(shown: Screen) -> None:
    shown.scan(RICE, TEA)
    expect(shown.page.locator(".line.newest .name")).to_have_text("Assam Tea 250 g")
    assert shown.page.locator('[aria-selected="true"]').get_attribute("id") == "line-2"
    live = shown.page.locator('[data-live][aria-live="polite"]')
    expect(live).to_have_text("Assam Tea 250 g, ₹185.50. Total ₹835.00.")


def test_offline_and_queue_are_said_in_words(shown: Screen) -> None:
    s = shown
    s.till.badge("cloud", state="offline", text="no answer", since="2026-11-23T10:00:00+05:30")
    s.till.badge("queue", count=3, oldest_s=740, text="Queue: 3")
    s.till.badge("printer", state="near_end", text="Paper low")
    s.till.badge("scanner", state="missing", text="Scanner missing")
    s.till.badge("clock", state="suspect", text="Clock suspect")
    s.till.badge("store", state="readonly", text="Store read-only")
    wanted = {
        "cloud": "Offline – sales continue",
        "queue": "Queue: 3, oldest 12 min Alt Q",
        "printer": "Paper low",
        "scanner": "Scanner missing",
        "clock": "Clock suspect",
        "store": "Store read-only",
    }
    for badge, words in wanted.items():
        expect(s.page.locator(f'[data-badge="{badge}"]')).to_have_text(words)
    s.till.badge("clock", state="wrong", text="Clock is 3 days ahead of the cloud's")
    expect(s.page.locator('[data-badge="clock"]')).to_have_text("Clock is 3 days ahead of the cloud's")
    s.till.queue_rows = [call(1, state="parked", text="Refused by the cloud", created_at="", next_at="")]
    s.page.locator('button[data-badge="queue"]').click()
    expect(s.page.locator(".receipt-row .under")).to_have_text("Needs a person")
    expect(s.page.locator(".call-text")).to_have_text("Refused by the cloud")


def test_scale_and_display_are_shown_where_they_are_set_up_and_not_there(shown: Screen) -> None:
    for thing, words in (("scale", "Scale missing"), ("display", "Customer display missing")):
        badge = shown.page.locator(f'[data-badge="{thing}"]')
        for state in ("none", "ok"):
            shown.till.badge(thing, state=state)
            shown.settled()
            expect(badge).to_have_count(0)
        shown.till.badge(thing, state="missing")
        expect(badge).to_have_text(words)


def test_state_the_page_has_no_word_for_is_shown_as_the_agent_says_it(shown: Screen) -> None:
    shown.till.badge("printer", state="on_fire", text="Printer is on fire")
    badge = shown.page.locator('[data-badge="printer"]')
    expect(badge).to_have_text("Printer is on fire")
    expect(badge).to_have_class("badge warn")


def test_agent_gone_blocks_pay_keeps_cart_and_typing_and_recovers(shown: Screen) -> None:
    s, page = shown, shown.page
    s.scan(RICE, TEA)
    s.press("F2")
    page.keyboard.type("12")
    s.server.stop()
    expect(page.locator('[data-badge="agent"]')).to_have_text("Agent not answering – the cart is kept")
    assert page.locator('[data-badge="printer"]').count() == 0, (
        "old states must not be shown as if they were known"
    )
    expect(page.locator("dialog .primary")).to_be_disabled()
    s.press("Enter", "Escape")
    assert page.locator('[data-action="pay"]').is_disabled()
    s.press("F12")
    assert page.locator("#lines > li").count() == 2
    s.press("F1")
    assert page.locator("dialog[open]").count() == 0
    s.server.start()
    expect(page.locator('[data-action="pay"]')).to_be_enabled()
    assert s.posts("/api/tender/begin") == []
    s.press("F12")
    s.dialog("tender")


def test_half_typed_fields_survive_every_push_and_a_restart(shown: Screen) -> None:
    s, page = shown, shown.page
    s.scan(RICE)
    s.press("F4")
    page.keyboard.type("98765")
    box = page.locator("[data-first]")
    box.evaluate("(field) => field.setSelectionRange(2, 2)")
    s.scan(TEA, BAG)
    s.till.badge("cloud", state="offline", text="no answer")
    s.till.say("error", "unknown-item", "4006 is not in the catalogue.")
    expect(page.locator("dialog .message.error")).to_contain_text("4006 is not in the catalogue.")
    s.server.stop()
    expect(page.locator("dialog .message.error")).to_contain_text("Agent not answering")
    s.server.start()
    expect(page.locator("dialog .primary")).to_be_enabled()
    assert box.input_value() == "98765"
    assert box.evaluate("(field) => [document.activeElement === field, field.selectionStart]") == [True, 2]


def test_double_press_on_finish_makes_one_bill(shown: Screen) -> None:
    """Enter twice and a double click, while the agent takes its time: one command, one bill."""
    to_covered(shown)
    answered = shown.till.held["/api/sale/complete"] = threading.Event()
    shown.press("Enter", "Enter")
    shown.page.locator("[data-finish]").dblclick(force=True)
    answered.set()
    shown.dialog("result")
    shown.page.wait_for_timeout(600)
    assert len(shown.till.bills) == 1
    assert len(shown.posts("/api/sale/complete")) == 1
    assert shown.page.locator('[data-dialog="result"]').count() == 1, (
        "the second press must not hide the change"
    )


def test_lost_answer_is_asked_for_again_with_the_same_key(shown: Screen) -> None:
    """The agent did it but the answer never came: the retry carries the same key, so it is done once."""
    lost: list[str] = []

    def lose_first(route: Route) -> None:
        path = route.request.url.removeprefix(shown.server.url)
        if path in lost:
            route.continue_()
            return
        lost.append(path)
        route.fetch()
        route.abort()

    # Chromium lets a request or two of a page that is open already slip by: the page is loaded once more.
    shown.page.route("**/api/**", lose_first)
    shown.open()
    shown.scan(RICE)
    shown.press("F12")
    shown.dialog("tender")
    shown.press("Enter")
    shown.page.locator(".rest.covered").wait_for()
    shown.press("Enter")
    shown.dialog("result")
    for path in ("/api/tender/begin", "/api/tender/add", "/api/sale/complete"):
        shown.until(lambda path=path: len(keys(shown, path)) == 2)
        assert len(set(keys(shown, path))) == 1, path
    assert len(shown.till.bills) == 1


def test_an_answer_that_comes_late_leaves_nothing_of_its_payment_in_the_fields(shown: Screen) -> None:
    """The payment is on the screen and the cashier goes on before its answer comes: the amount was that
    payment's, the way is the next one's."""
    s, amount = shown, shown.page.locator("[data-amount]")
    s.scan(RICE)
    answered = s.till.late["/api/tender/add"] = threading.Event()
    s.press("F12")
    s.dialog("tender")
    s.press("1", "0", "0", "Enter")
    expect(s.page.locator("[data-rest]")).to_have_text("₹549.00")
    s.press("F9")
    s.page.locator("[data-reference]").wait_for()
    expect(amount).to_have_value("100")
    answered.set()
    expect(amount).to_have_value("")
    s.page.keyboard.type("TXN-7")
    s.press("Enter")
    s.page.locator(".rest.covered").wait_for()
    assert [(one.type, one.amount_minor) for one in s.till.sale.tenders] == [
        (TenderType.CASH, 10000),
        (TenderType.CARD, 54900),
    ]


def test_one_command_pressed_twice_is_one_command(shown: Screen) -> None:
    """Whatever a dialog forgets to block: the same command under way is not sent a second time."""
    shown.scan(RICE)
    answers = shown.page.evaluate(
        "async () => { const { command } = await import('/static/js/api.js');"
        " const { meantSale } = await import('/static/js/state.js');"
        " const press = () => command('/api/line/void', { line: 1 }, { sale: meantSale() });"
        " return Promise.all([1, 2, 3].map(press)); }"
    )
    assert [answer["ok"] for answer in answers] == [True, True, True]
    assert len(shown.posts("/api/line/void")) == 1


def test_every_command_has_its_own_key(shown: Screen) -> None:
    shown.scan(RICE, RICE)
    shown.press("Delete")
    expect(shown.page.locator("#line-2 .amount")).to_contain_text("Void")
    shown.press("Delete")
    shown.until(lambda: len(shown.till.posts) == 2)
    first, second = keys(shown, "/api/line/void")
    assert first != second
    assert len(first) == 36


def test_finish_key_is_made_with_the_dialog_and_outlives_a_reload(shown: Screen) -> None:
    to_covered(shown)
    before = shown.page.evaluate(
        "() => Object.entries(sessionStorage).filter(([k]) => k.startsWith('complete:'))"
    )
    shown.page.reload()
    shown.dialog("tender")
    expect(shown.page.locator("[data-finish]")).to_be_enabled()
    shown.press("Enter")
    shown.dialog("result")
    assert [key for _, key in before] == keys(shown, "/api/sale/complete")


def test_refused_finish_says_why_and_can_be_tried_again(shown: Screen) -> None:
    to_covered(shown)
    shown.till.broken = "The disk is full: the bill was not written."
    shown.press("Enter")
    expect(shown.page.locator(".tender-sum .refused")).to_have_text(shown.till.broken)
    shown.till.broken = ""
    shown.press("Enter")
    shown.dialog("result")
    assert len(shown.till.bills) == 1


def test_bill_finished_elsewhere_shows_its_result(shown: Screen) -> None:
    """A command barcode can pay and finish: the cashier must see the change all the same."""
    shown.scan(RICE)
    command = shown.till.carry_out
    command("tender/begin", forms.Nothing())
    command("tender/add", forms.TenderForm(type="cash", amount_minor=70000, reference=""))
    command("sale/complete", forms.Nothing())
    shown.dialog("result")
    assert shown.text("[data-change]") == "₹51.00"


def test_next_scan_ends_the_result(shown: Screen) -> None:
    to_covered(shown)
    shown.press("Enter")
    shown.dialog("result")
    shown.scan(TEA)
    shown.no_dialog()
    expect(shown.page.locator("[data-total]")).to_have_text("₹186.00")


def test_change_stays_on_the_screen_when_enter_bounces(shown: Screen) -> None:
    shown.page.clock.install(time=0)
    shown.open()
    to_covered(shown)
    shown.page.clock.pause_at(PAUSED_AT)
    shown.press("Enter")
    shown.dialog("result")
    shown.press("Enter")
    shown.page.clock.run_for(500)
    shown.press("Enter")
    shown.dialog("result")
    shown.page.clock.run_for(100)
    shown.press("Enter")
    shown.no_dialog()


def test_unknown_print_is_asked_about_and_does_not_hold_up_the_next_sale(shown: Screen) -> None:
    shown.till.print_state = "unknown"
    to_covered(shown)
    shown.press("Enter")
    shown.dialog("result")
    expect(shown.page.locator("dialog .question")).to_contain_text("Did the receipt print?")
    shown.scan(TEA)
    shown.no_dialog()
    shown.page.locator('main [data-printed="no"]').click()
    shown.until(lambda: shown.till.resolved == [(1, False)])
    expect(shown.page.locator(".question")).to_have_count(0)


def test_every_unknown_print_is_asked_about_oldest_first_until_answered(shown: Screen) -> None:
    shown.till.unknown_prints = [
        {"job": 7, "number": "S1T126-000004", "copy": 0},
        {"job": 8, "number": "S1T126-000006", "copy": 0},
        {"job": 9, "number": "S1T126-000004", "copy": 2},
    ]
    shown.till.push()
    question = shown.page.locator("main .question")
    for told, printed in (("000004", "yes"), ("000006", "no"), ("000004, DUPLICATE 2", "yes")):
        expect(question).to_have_count(1)
        expect(question).to_contain_text(told)
        question.locator(f'[data-printed="{printed}"]').click()
    expect(question).to_have_count(0)
    assert shown.till.resolved == [(7, True), (8, False), (9, True)]


def test_a_ticket_that_waited_too_long_is_printed_or_left_as_somebody_says(shown: Screen) -> None:
    evening = {"copy": 0, "printer": "back", "late": True, "at": "2026-11-22T21:40:00+05:30"}
    shown.till.unknown_prints = [
        {"job": 7, "number": "S1T126-000004"} | evening,
        {"job": 8, "number": "S1T126-000005"} | evening,
    ]
    shown.till.push()
    question = shown.page.locator("main .question")
    for told, wanted in (("000004", "yes"), ("000005", "no")):
        expect(question).to_have_count(1)
        expect(question).to_contain_text("Could not be printed in its time. Print it now?")
        expect(question).to_contain_text(told)
        expect(question).to_contain_text("back")
        question.locator(f'[data-wanted="{wanted}"]:not([data-all])').click()
    expect(question).to_have_count(0)
    assert shown.till.decided == [([7], True), ([8], False)]
    assert shown.till.resolved == []


def _receipt_of_one(shown: Screen) -> None:
    to_covered(shown)
    shown.press("Enter")
    shown.dialog("result")
    shown.page.wait_for_timeout(650)
    shown.press("Enter")
    shown.no_dialog()
    shown.press("F10")
    shown.dialog("receipts")


def test_all_late_tickets_of_a_kind_are_answered_with_one_touch(shown: Screen) -> None:
    told = {"printer": "", "late": True, "at": "2026-11-22T21:40:00+05:30"}
    bills = [{"job": job, "number": f"S1T126-{job:06}", "copy": 0} | told for job in range(1, 61)]
    copies = [{"job": job, "number": "S1T126-000001", "copy": job - 60} | told for job in (61, 62)]
    shown.till.unknown_prints = [*bills, *copies, {"job": 63, "number": "S1T126-000063", "copy": 0}]
    shown.till.push()
    question = shown.page.locator("main .question")
    question.get_by_role("button", name="Leave all 60 bills").click()
    expect(question).to_contain_text("DUPLICATE 1")
    expect(shown.page.locator(".message.info")).to_contain_text("60 tickets are decided on.")
    question.get_by_role("button", name="Print all 2 copies").click()
    expect(question).to_contain_text("Did the receipt print?")
    assert shown.till.decided == [([one["job"] for one in bills], False), ([61, 62], True)]
    assert shown.till.resolved == []


def test_a_late_ticket_is_asked_about_as_late_among_the_receipts_too(shown: Screen) -> None:
    """It was asked there whether it had printed, and every answer was refused."""
    _receipt_of_one(shown)
    told = {"copy": 0, "printer": "", "late": True, "at": "2026-11-22T21:40:00+05:30"}
    shown.till.unknown_prints = [{"job": 1, "number": shown.till.bills[0]["number"]} | told]
    shown.till.push()
    shown.page.locator('dialog .question [data-wanted="no"]').click()
    expect(shown.page.locator("dialog .question")).to_have_count(0)
    assert (shown.till.decided, shown.till.resolved) == ([([1], False)], [])


def test_a_receipt_is_shown_as_the_paper_and_read_out_as_its_text(shown: Screen) -> None:
    """80 mm paper in all its width; the time is the one on the bill."""
    _receipt_of_one(shown)
    paper = shown.page.locator(".paper-picture")
    expect(paper).to_have_js_property("naturalWidth", 640)
    assert paper.evaluate("(el) => el.parentElement.scrollWidth <= el.parentElement.clientWidth")
    heard = shown.page.locator(".preview pre.only-heard")
    expect(heard).to_contain_text("Total" + "649.00".rjust(43))
    expect(shown.page.locator(".receipt-row .under").first).to_have_text("23 Nov, 10:30 am")


def test_a_receipt_that_cannot_be_drawn_is_shown_as_its_text(shown: Screen) -> None:
    """80 mm paper has 48 columns, all of them in sight."""
    shown.till.undrawn = True
    _receipt_of_one(shown)
    paper = shown.page.locator("pre.paper")
    expect(paper).to_contain_text("Total" + "649.00".rjust(43))
    assert paper.evaluate("(el) => el.parentElement.scrollWidth <= el.parentElement.clientWidth")


def test_refusal_is_shown_once(shown: Screen) -> None:
    """The answer and the agent's notice say the same thing; the cashier reads it in one place."""
    shown.scan(RICE)
    shown.press("F5")
    shown.page.keyboard.type("NOPE")
    shown.press("Enter")
    expect(shown.page.locator("dialog .refused")).to_have_text("Coupon NOPE is not valid for this bill.")
    assert shown.page.locator("dialog .message").count() == 0


def test_refused_key_is_announced_once(shown: Screen) -> None:
    """A refusal comes as an answer and as a notice: one announcement, one tone."""
    shown.scan(RICE)
    shown.page.evaluate(
        "() => { window.announced = 0;"
        " const hear = (node) => { window.announced += node.matches?.('.message.error') ? 1 : 0; };"
        " new MutationObserver((all) => all.forEach((one) => one.addedNodes.forEach(hear)))"
        ".observe(document.querySelector('.message-line'), { childList: true, subtree: true }); }"
    )
    shown.till.broken = "The disk is full."
    shown.press("F12")
    expect(shown.page.locator(".message.error")).to_contain_text("The disk is full.")
    shown.page.wait_for_timeout(100)
    assert shown.page.evaluate("() => window.announced") == 1


def test_updating_a_customer_leaves_consents_alone_unless_they_are_told(shown: Screen) -> None:
    """The page was never told the consents, so it must not send any it was not given."""
    shown.scan(RICE)
    shown.till.search("mobile", "919876543210")
    shown.page.locator(".tier").wait_for()
    shown.press("F4")
    shown.page.get_by_role("button", name="Update").click()
    shown.dialog("enrol")
    with shown.page.expect_request("**/api/customer/update") as asked:
        shown.press("Enter")
    body: Any = asked.value.post_data_json
    assert body["loyalty"] is True
    assert "sms" not in body
    assert "mail" not in body


def test_an_identifier_the_organisation_locks_cannot_be_typed_over(shown: Screen) -> None:
    """A field that may not change says so; one the customer lacks stays open to be filled in."""
    shown.till.rules["may_change"] = {"mobile": False, "email": True, "external_id": False}
    shown.till.people["919876543210"] = replace(shown.till.people["919876543210"], external_id="")
    shown.scan(RICE)
    shown.till.search("mobile", "919876543210")
    shown.page.locator(".tier").wait_for()
    shown.press("F4")
    shown.page.get_by_role("button", name="Update").click()
    shown.dialog("enrol")
    mobile, external = shown.page.get_by_label("Mobile"), shown.page.get_by_label("External id")
    expect(mobile).to_be_disabled()
    expect(mobile).to_have_value("91\u00a098765\u00a043210")
    expect(external).to_be_enabled()
    expect(shown.page.get_by_label("First name")).to_be_focused()
    expect(shown.page.locator("dialog .hint").first).to_contain_text("does not let this be changed")


def test_silent_stream_is_not_believed(shown: Screen) -> None:
    """A stream that stays open over a hung agent proves nothing: the page says so within five seconds."""
    shown.scan(RICE)
    shown.till.hung = True
    expect(shown.page.locator('[data-badge="agent"]')).to_be_visible(timeout=6000)
    shown.till.hung = False
    expect(shown.page.locator('[data-badge="agent"]')).to_have_count(0)


def test_a_quiet_agent_is_believed(shown: Screen) -> None:
    """Nothing happens for a while, and nothing is wrong."""
    shown.page.wait_for_timeout(6000)
    expect(shown.page.locator('[data-badge="agent"]')).to_have_count(0)


def test_the_clock_on_the_page_is_the_tills(shown: Screen) -> None:
    """The browser stands in New York here, and its clock may be wrong altogether."""
    shown.page.set_viewport_size({"width": 1920, "height": 1080})
    expect(shown.page.locator(".clock")).to_contain_text("10:30")


def test_taken_back_payment_reopens_the_rest(shown: Screen) -> None:
    to_covered(shown)
    shown.page.get_by_role("button", name="Remove").click()
    expect(shown.page.locator("[data-rest]")).to_have_text("₹649.00")
    expect(shown.page.locator("[data-finish]")).to_be_disabled()
    shown.press("Escape")
    shown.no_dialog()
    assert shown.till.sale.phase is Phase.SELLING


def refused_scan(no: int, **more: str) -> dict[str, object]:
    """As the snapshot has it."""
    at, scanner = "2026-11-23T10:29:07+05:30", "front"
    told = {
        "at": at,
        "scanner": scanner,
        "label": "…0037",
        "item": "",
        "code": "check_digit",
        "text": "Misread.",
    }
    return {"no": no} | told | more


def test_every_refused_scan_can_be_looked_at(shown: Screen) -> None:
    s = shown
    s.till.refused_scans = [refused_scan(2, item="Basmati Rice", text="Payment is open."), refused_scan(1)]
    s.till.badge("clock", state="ok", text="Clock")
    expect(s.page.locator('[data-action="refused"]')).to_contain_text("2 scans refused")
    s.press("Alt+s")
    rows = s.page.locator('[data-dialog="refused"] tbody tr')
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("Basmati Rice")
    expect(rows.nth(1)).to_contain_text("…0037")
    expect(rows.nth(1)).to_contain_text("Misread.")
    expect(rows.nth(1)).to_contain_text("10:29:07")


def test_refused_scans_that_were_looked_at_ask_for_no_look_any_more(shown: Screen) -> None:
    """They stay to be looked at again; what comes later does ask, also of an agent that counts anew."""
    s, button = shown, shown.page.locator('[data-action="refused"]')
    s.till.refused_scans = [refused_scan(2), refused_scan(1)]
    s.till.push()
    expect(button).to_contain_text("2 scans refused")
    s.press("Alt+s")
    s.dialog("refused")
    s.till.refused_scans = [refused_scan(3), *s.till.refused_scans]
    s.till.push()
    rows = s.page.locator('[data-dialog="refused"] tbody tr')
    expect(rows).to_have_count(3)
    s.press("Escape")
    s.no_dialog()
    expect(button).to_have_count(0)
    s.press("Alt+s")
    expect(rows).to_have_count(3)
    s.press("Escape")
    s.no_dialog()
    s.till.refused_scans = [refused_scan(4), *s.till.refused_scans]
    s.till.push()
    expect(button).to_contain_text("1 scan refused")
    s.till.refused_scans = [refused_scan(1, at="2026-11-23T10:29:58+05:30")]
    s.till.push()
    s.settled()  # it is the one scan before that is still shown until then
    expect(button).to_contain_text("1 scan refused")
    s.press("Alt+s")
    s.dialog("refused")
    s.press("Escape")
    expect(button).to_have_count(0)


def test_an_overtaken_list_of_receipts_is_not_shown(shown: Screen) -> None:
    """The list is asked for anew with each news of the last bill; the answers may come in another order."""
    receipts(shown)
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    shown.page.route("**/api/bills?limit=20", hold_the_first)
    news = dict(shown.till.last_bill or {})
    for state in ("failed", "confirmed"):
        shown.till.bills[0] |= {"print": state}
        shown.till.last_bill = news | {"print": state}
        shown.till.push()
        shown.until(lambda: bool(held))
        if state == "failed":
            old = held[0].fetch()
            shown.page.wait_for_timeout(100)
    word = shown.page.locator(".receipt-row .under").nth(1)
    expect(word).to_contain_text("Printed")
    held[0].fulfill(response=old)
    shown.page.wait_for_timeout(300)
    expect(word).to_contain_text("Printed")
