"""Pictures of every state of the cashier's page: `python -m tests.web.screens DIR [WIDTHxHEIGHT ...]`.

Without sizes: every state at 1024x768 in both themes and at 1024x600 in light; the main ones at all sizes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.web.page_driver import SIZES, THEMES, Screen, launch, missing, screen
from tests.web.return_screens import RETURN_STATES

RICE = "8901234567894"
TEA = "8901234567900"
SHIRT = "8901234567924"
COMBO = "8901234567931"
LONG = "8901234567948"
BAG = "8901234567955"
EVIL = "8901234567962"
WAITING = {"count": 3, "parked": 0, "oldest_s": 740, "text": "Queue: 3"}


def idle(s: Screen) -> None:
    s.open()


def idle_after_bill(s: Screen) -> None:
    result(s)
    s.page.wait_for_timeout(700)
    s.press("Enter")
    s.no_dialog()


def selling(s: Screen) -> None:
    s.open()
    s.scan(RICE, TEA, SHIRT, COMBO)
    s.till.add("MANGO", 455)
    s.scan(LONG)


def selling_full(s: Screen) -> None:
    s.open()
    s.scan(RICE, TEA, SHIRT)
    s.till.search("mobile", "919876543210")
    s.till.coupon("DIWALI50", "")
    s.till.points(300000, "4711")
    s.scan(COMBO, BAG, EVIL)
    s.press("ArrowUp", "Delete")
    s.until(lambda: bool(s.posts("/api/line/void")))
    s.scan(BAG)


def selling_points(s: Screen) -> None:
    """Points pay a part: the largest figure is what is still to pay."""
    s.open()
    s.scan(RICE, SHIRT)
    s.till.search("mobile", "919876543210")
    s.till.points(300000, "4711")


def paying_points(s: Screen) -> None:
    selling_points(s)
    s.press("F12")
    s.dialog("tender")


def refused(s: Screen) -> None:
    selling(s)
    s.till.scan("4006381333931")
    s.page.locator(".message.error").wait_for()


def offline(s: Screen) -> None:
    selling(s)
    s.till.badge("cloud", state="offline", text="no answer", since="2026-11-23T10:00:00+05:30")
    s.till.badge("queue", **WAITING)
    s.till.badge("printer", state="near_end", text="Paper low")
    s.till.badge("scanner", state="missing", text="Scanner missing")


def everything_wrong(s: Screen) -> None:
    offline(s)
    s.till.badge("queue", parked=2)
    s.till.badge("printer", state="cover_open", text="cover")
    s.till.badge("store", state="readonly", text="read-only")
    s.till.badge("clock", state="suspect", text="clock")
    s.till.till["training"] = True
    s.till.push()
    s.page.locator(".training").wait_for()


def agent_gone(s: Screen) -> None:
    selling(s)
    s.server.stop()
    s.page.locator('[data-badge="agent"]').wait_for()


def quantity(s: Screen) -> None:
    s.open()
    s.scan(RICE)
    s.till.add("MANGO", 455)
    s.page.locator("#line-2").wait_for()
    s.press("F2")


def price(s: Screen) -> None:
    selling(s)
    s.press("F3")


def discount(s: Screen) -> None:
    selling(s)
    s.press("F11", "1", "0")


def find(s: Screen) -> None:
    selling(s)
    s.page.keyboard.type("al")
    s.page.locator(".found").first.wait_for()


def weigh(s: Screen) -> None:
    selling(s)
    s.till.add("MANGO")
    s.dialog("weigh")


def tender_unlikely(s: Screen) -> None:
    tender(s)
    s.page.keyboard.type("89000427")
    s.press("Enter")
    s.page.locator("[data-sure]").wait_for()


def find_letters(s: Screen) -> None:
    find(s)
    s.page.locator("dialog .quiet-button").last.click()
    s.page.locator(".letters").wait_for()


def customer_search(s: Screen) -> None:
    selling(s)
    s.press("F4")
    s.page.keyboard.type("98765")


def customer_missing(s: Screen) -> None:
    customer_search(s)
    s.press("Enter")
    s.page.locator(".notice").wait_for()


def with_customer(s: Screen) -> None:
    selling(s)
    s.till.search("mobile", "919876543210")
    s.page.locator(".tier").wait_for()


def customer_details(s: Screen) -> None:
    with_customer(s)
    s.press("F4")
    s.dialog("customer")


def known_before(s: Screen) -> None:
    """The cloud is away, and the till remembers the member from three days ago."""
    offline(s)
    s.till.known_before("919876543210", "2026-11-20T10:30:00+05:30")
    s.page.locator(".known-from").wait_for()


def known_before_details(s: Screen) -> None:
    known_before(s)
    s.press("F4")
    s.dialog("customer")


def customer_offline(s: Screen) -> None:
    offline(s)
    s.till.offline = True
    s.press("F4")
    s.page.keyboard.type("9876543210")
    s.press("Enter")
    s.page.locator(".customer-facts").wait_for()


def enrol(s: Screen) -> None:
    customer_missing(s)
    s.press("Enter")
    s.dialog("enrol")


def update(s: Screen) -> None:
    customer_details(s)
    s.page.locator("dialog .form-foot .button").nth(1).click()
    s.dialog("enrol")


ASKED = (
    {"name": "occupation", "label": "Occupation", "kind": "text", "choices": []},
    {"name": "anniversary", "label": "Wedding day", "kind": "date", "choices": []},
    {"name": "pays", "label": "Pays mostly by", "kind": "choice", "choices": ["Cash", "Card"]},
)


def enrol_further(s: Screen) -> None:
    s.till.till = s.till.till | {"customer_fields": list(ASKED)}
    enrol(s)


def history(s: Screen) -> None:
    customer_details(s)
    s.page.locator("dialog .form-foot .button").nth(2).click()
    s.page.locator("td").first.wait_for()


def coupon(s: Screen) -> None:
    with_customer(s)
    s.press("F5")
    s.page.keyboard.type("XYZ")
    s.press("Enter")
    s.page.locator(".refused").wait_for()


def coupon_code(s: Screen) -> None:
    """A coupon that asks for the code on the customer's phone, and a wrong one."""
    with_customer(s)
    s.press("F5")
    s.page.keyboard.type("GUARD50")
    s.press("Enter")
    s.page.locator("[data-otp]").wait_for()
    s.page.keyboard.type("0000")
    s.press("Enter")
    s.page.locator(".refused", has_text="wrong or too old").wait_for()


def points(s: Screen) -> None:
    with_customer(s)
    s.press("F6")
    s.page.keyboard.type("400")
    s.press("Enter")
    s.page.locator("[data-otp]").wait_for()


def cancel(s: Screen) -> None:
    selling(s)
    s.press("Shift+Delete")
    s.dialog("reason")


def tender(s: Screen) -> None:
    selling(s)
    s.press("F12")
    s.dialog("tender")


def tender_card(s: Screen) -> None:
    tender(s)
    s.page.keyboard.type("2000")
    s.press("Enter")
    s.given(1)
    s.press("F9")
    s.page.locator("[data-reference]").wait_for()


def tender_covered(s: Screen) -> None:
    tender_card(s)
    s.page.keyboard.type("TXN-20418")
    s.press("Shift+Tab")
    s.page.keyboard.type("1500")
    s.press("Enter")
    s.given(2)
    s.page.locator(".quick .button").nth(2).click()
    s.page.locator(".rest.covered").wait_for()


def tender_agent_gone(s: Screen) -> None:
    tender_covered(s)
    s.server.stop()
    s.page.locator("dialog .message.error").wait_for()


def result(s: Screen) -> None:
    tender_covered(s)
    s.press("Enter")
    s.dialog("result")


def result_unknown(s: Screen) -> None:
    tender(s)
    s.till.print_state = "unknown"
    s.press("Enter")
    s.page.locator(".rest.covered").wait_for()
    s.press("Enter")
    s.dialog("result")


def unknown_on_sale(s: Screen) -> None:
    result_unknown(s)
    s.scan(RICE, TEA)
    s.no_dialog()


def late_tickets(s: Screen) -> None:
    """A printer is back after a night without paper."""
    s.open()
    told = {"copy": 0, "printer": "", "late": True, "at": "2026-11-22T21:40:00+05:30"}
    s.till.unknown_prints = [{"job": job, "number": f"BLR126-{job:06}"} | told for job in range(4, 64)]
    s.till.push()
    s.page.locator(".question").wait_for()


LONG_NOTICE = (
    "The printer was cut off while the receipt of BLR126-000001 was printing, and nobody knows whether the "
    "customer has it. Look at the printer, then answer below whether the receipt came out."
)


def unknown_and_notice(s: Screen) -> None:
    """Between two customers, when the header has two rows, a notice is up and a print is asked about."""
    result_unknown(s)
    s.page.wait_for_timeout(700)
    s.press("Enter")
    s.no_dialog()
    s.till.badge("cloud", state="trouble", text="trouble")
    s.till.badge("queue", **WAITING | {"paused_until": "2026-11-23T18:30:00+05:30", "reason": "Stocktaking"})
    s.till.badge("store", state="low", text="The disk is nearly full.")
    s.till.say("warn", "print-unknown", LONG_NOTICE)
    s.page.locator(".message.warn").wait_for()


def receipts(s: Screen) -> None:
    result_unknown(s)
    s.page.wait_for_timeout(700)
    s.press("Enter")
    s.no_dialog()
    s.press("F10")
    s.page.locator(".paper-picture").wait_for()
    s.page.wait_for_timeout(200)


def call(row_id: int, **more: Any) -> dict[str, Any]:
    """A call that waits, as GET /api/queue has it."""
    return {
        "id": row_id,
        "op": "transaction_add",
        "bill_number": "BLR126-000007",
        "state": "ready",
        "attempts": 4,
        "created_at": "2026-11-23T10:18:00+05:30",
        "next_at": "2026-11-23T10:31:00+05:30",
        "code": "",
        "text": "no answer",
        "owed_minor": 0,
        "behind": 0,
        "choices": ["retry", "waive"],
    } | more


POINTS_OWED = {
    "op": "points_redeem",
    "state": "parked",
    "code": "828",
    "owed_minor": 25_000,
    "choices": ["retry-anew", "settle", "waive"],
    "text": "Redeeming the points of bill BLR126-000007 was refused: the customer has not so many "
    "points. Redemption owed: the invoice gave the discount and stays as it is. Retry, take the payment, or "
    "void the bill with a return.",
}
COUPON_OWED = POINTS_OWED | {
    "op": "coupon_redeem",
    "code": "711",
    "owed_minor": 5_000,
    "choices": ["retry", "settle", "waive"],
    "text": "The coupon was used before.",
}


def queue(s: Screen) -> None:
    offline(s)
    enrolment = call(3, op="customer_add", bill_number="", state="unknown")
    s.till.queue_rows = [call(1, **POINTS_OWED), call(2, **COUPON_OWED), enrolment, call(4)]
    s.till.count_queue()
    s.press("Alt+q")
    s.page.locator('[data-dialog="queue"] .receipt-row').nth(3).wait_for()


def queue_waive(s: Screen) -> None:
    queue(s)
    s.press("Shift+Delete")
    s.dialog("queue_word")


def queue_settle(s: Screen) -> None:
    queue(s)
    s.press("F9")
    s.dialog("queue_word")


def queue_not_checked(s: Screen) -> None:
    """The cloud cannot be asked before money is taken: the second press is a person's own word."""
    queue_settle(s)
    s.till.cannot_ask = True
    s.press("Enter")
    s.page.locator(".refused").wait_for()


def queue_code(s: Screen) -> None:
    """A redemption that wants a fresh code, which is on its way."""
    offline(s)
    s.till.queue_rows = [call(1, **POINTS_OWED | {"choices": ["retry-code", "settle", "waive"]})]
    s.till.count_queue()
    s.press("Alt+q")
    s.page.locator('[data-dialog="queue"] .receipt-row').wait_for()
    s.press("F7")
    s.dialog("queue_word")
    s.press("Enter")
    s.page.locator("dialog .notice.good").wait_for()


def queue_retry(s: Screen) -> None:
    queue(s)
    s.press("F7")
    s.dialog("queue_word")


STATES: dict[str, Callable[[Screen], None]] = {
    state.__name__: state
    for state in (
        *(
            idle,
            idle_after_bill,
            selling,
            selling_full,
            selling_points,
            paying_points,
            refused,
            offline,
            everything_wrong,
            agent_gone,
        ),
        *(
            quantity,
            price,
            discount,
            find,
            find_letters,
            weigh,
            tender_unlikely,
            cancel,
            coupon,
            coupon_code,
            points,
        ),
        *(customer_search, customer_missing, customer_details, customer_offline, enrol, update),
        *(enrol_further, history),
        *(known_before, known_before_details),
        *(tender, tender_card, tender_covered, tender_agent_gone, result, result_unknown, unknown_on_sale),
        *(unknown_and_notice, late_tickets, receipts),
        *(queue, queue_waive, queue_settle, queue_not_checked, queue_retry, queue_code),
    )
} | RETURN_STATES
MAIN = ("idle", "selling_full", "everything_wrong", "tender_covered", "result", "customer_details")


def take(browser: Browser, folder: Path, name: str, size: tuple[int, int], theme: str) -> None:
    """One state as a PNG."""
    with screen(browser, *size) as shown:
        shown.page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
        STATES[name](shown)
        shown.page.wait_for_timeout(120)
        shown.page.screenshot(path=folder / f"{name}-{size[0]}x{size[1]}-{theme}.png")


def plan(asked: list[str]) -> list[tuple[str, tuple[int, int], str]]:
    """What to take: (state, size, theme)."""
    if asked:
        sizes = [(int(w), int(h)) for w, h in (size.split("x") for size in asked)]
        return [(name, size, theme) for name in STATES for size in sizes for theme in THEMES]
    every = [(name, (1024, 768), theme) for name in STATES for theme in THEMES]
    small = [(name, (1024, 600), "light") for name in STATES]
    return every + small + [(name, size, "light") for name in MAIN for size in SIZES[2:]]


def main(argv: list[str]) -> int:
    """The command line: 0 taken, 2 when asked wrongly or when there is nothing to take them with."""
    if not argv or argv[0].startswith("-") or missing():
        sys.stderr.write(f"{missing() or __doc__}\n")
        return 2
    folder = Path(argv[0])
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for name, size, theme in plan(argv[1:]):
            take(browser, folder, name, size, theme)
        browser.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
