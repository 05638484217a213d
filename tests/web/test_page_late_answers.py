"""An answer may come when its dialog was left long ago: what is open by then stays."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from tests.web.page_driver import Screen
from tests.web.screens import TEA, queue_settle

DONE = {"ok": True, "code": "", "text": "Done.", "params": {}, "data": {}}


def _begin(shown: Screen, command: str) -> None:
    """Up to the press that sends it."""
    match command:
        case "coupon/apply":
            shown.press("F5")
            shown.dialog("coupon")
            shown.page.keyboard.type("SAVE10")
        case "drawer/open":
            shown.press("Alt+o")
            shown.dialog("reason")
            shown.page.keyboard.type("change")
        case "queue/settle":
            queue_settle(shown)


@pytest.mark.parametrize("command", ["coupon/apply", "drawer/open", "queue/settle"])
def test_a_late_answer_takes_no_other_dialog_away(shown: Screen, command: str) -> None:
    shown.scan(TEA)
    held: list[Route] = []
    shown.page.route(f"**/api/{command}", lambda route: held.append(route))  # noqa: PLW0108
    _begin(shown, command)
    shown.press("Enter")
    shown.until(lambda: bool(held))
    while shown.page.locator("dialog[open]").count():
        shown.press("Escape")
        shown.page.wait_for_timeout(100)
    shown.press("F1")
    shown.dialog("find")
    shown.page.keyboard.type("rice")
    held[0].fulfill(json=DONE)
    shown.page.wait_for_timeout(400)
    shown.dialog("find")
    expect(shown.page.locator("dialog [role=combobox]")).to_have_value("rice")
    shown.press("Escape")
    shown.no_dialog()


def test_a_question_whose_dialog_was_left_is_not_answered_in_another(shown: Screen) -> None:
    """Alt+Y would have sent what nobody saw asked."""
    shown.scan(TEA)
    held: list[Route] = []
    shown.page.route("**/api/line/quantity", lambda route: held.append(route))  # noqa: PLW0108
    shown.press("F2")
    shown.dialog("quantity")
    shown.page.keyboard.type("5000")
    shown.press("Enter")
    shown.until(lambda: bool(held))
    shown.press("Escape", "F3")
    shown.dialog("price")
    held[0].fulfill(status=409, json=DONE | {"ok": False, "code": "unlikely", "text": "5000?"})
    shown.page.wait_for_timeout(400)
    shown.press("Alt+y")
    shown.page.wait_for_timeout(300)
    assert len(held) == 1


def test_that_nobody_knows_what_was_done_is_said_although_its_dialog_was_left(shown: Screen) -> None:
    shown.page.route("**/api/drawer/open", lambda route: route.abort())
    _begin(shown, "drawer/open")
    shown.press("Enter", "Escape")
    expect(shown.page.locator(".message.error")).to_contain_text(
        "not known whether this was done", timeout=20_000
    )
