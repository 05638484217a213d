"""The states of the page where goods come back; see screens.py."""

from __future__ import annotations

from collections.abc import Callable

from tests.web.page_driver import Screen

RICE = "8901234567894"
TEA = "8901234567900"
SHIRT = "8901234567924"
COMBO = "8901234567931"
LONG = "8901234567948"


def sold(s: Screen, *labels: str, member: bool = False, kilograms: bool = False) -> str:
    """A bill of these goods, paid in cash before the page looks; its number."""
    with s.till.lock:
        for label in labels:
            s.till.scan(label)
        if kilograms:
            s.till.add("MANGO", 1455)
        if member:
            s.till.search("mobile", "919876543210")
        for verb, form in (("tender/begin", {}), ("tender/add", {"type": "cash"}), ("sale/complete", {})):
            s.till.quick(verb, **form)
        return str(s.till.bills[0]["number"])


def paid_with_points(s: Screen) -> str:
    """A shirt and rice of a member, 75.00 of them paid with points; the bill's number."""
    with s.till.lock:
        for label in (SHIRT, RICE):
            s.till.scan(label)
        s.till.search("mobile", "919876543210")
        s.till.points(300_000, "4711")
        for verb, form in (("tender/begin", {}), ("tender/add", {"type": "cash"}), ("sale/complete", {})):
            s.till.quick(verb, **form)
        return str(s.till.bills[0]["number"])


def points_back(s: Screen) -> None:
    """A whole bill comes back of which points paid a part."""
    number = paid_with_points(s)
    s.open()
    s.till.scan_bill(number)
    s.page.locator(".return-facts").wait_for()
    s.press("F8", "Enter", "ArrowDown", "Enter")
    s.no_dialog()


def points_back_tender(s: Screen) -> None:
    points_back(s)
    s.press("F12")
    s.dialog("tender")


def three_bills(s: Screen) -> list[str]:
    return [
        sold(s, RICE, TEA, TEA, COMBO, kilograms=True),
        sold(s, SHIRT, member=True),
        sold(s, RICE, TEA, SHIRT, LONG, COMBO, member=True, kilograms=True),
    ]


def open_return(s: Screen) -> None:
    three_bills(s)
    s.open()
    s.press("F7")
    s.page.locator("#back-bills li").first.wait_for()


def return_find(s: Screen) -> None:
    open_return(s)
    s.page.keyboard.type("00002")
    s.press("ArrowDown")


def return_letters(s: Screen) -> None:
    open_return(s)
    s.page.get_by_role("button", name="Show letters").click()
    s.page.locator(".letters").wait_for()


def return_not_found(s: Screen) -> None:
    open_return(s)
    s.page.keyboard.type("XYZ-1")
    s.press("Enter")
    s.page.locator(".refused").wait_for()


def _scanned(s: Screen, number: str) -> None:
    s.till.scan_bill(number)
    s.page.locator(".return-facts").wait_for()


def return_lines(s: Screen) -> None:
    number = three_bills(s)[2]
    s.open()
    _scanned(s, number)
    s.press("ArrowDown", "+")


def return_lines_wrong(s: Screen) -> None:
    return_lines(s)
    s.press("9", "Enter")
    s.page.locator(".problem").wait_for()


def return_refused(s: Screen) -> None:
    return_lines(s)
    s.till.broken = "The store is read-only: nothing was recorded. Call a technician."
    s.press("Enter", "ArrowDown", "Enter")
    s.page.locator(".refused").wait_for()


def return_no_member(s: Screen) -> None:
    number = three_bills(s)[0]
    s.open()
    _scanned(s, number)


def return_whole(s: Screen) -> None:
    return_lines(s)
    s.press("F8")
    s.page.locator(".notice").wait_for()


def return_money(s: Screen) -> None:
    return_lines(s)
    s.press("F9")
    s.page.locator("[data-back-amount]").wait_for()


def return_own_words(s: Screen) -> None:
    return_lines(s)
    s.press("Tab", "ArrowUp")
    s.page.locator("[data-own]").wait_for()
    s.page.keyboard.type("Milk turned")


def return_own_words_letters(s: Screen) -> None:
    return_own_words(s)
    s.page.get_by_role("button", name="Show letters").click()
    s.page.locator(".letters").wait_for()


def return_all_by_card(s: Screen) -> None:
    returned_on_sale(s)
    s.press("F9")
    s.dialog("tender")
    s.page.locator("[data-reference]").wait_for()
    s.page.keyboard.type("TERM-1")
    s.press("Enter")
    s.page.locator(".rest.covered").wait_for()
    s.press("Enter")
    s.dialog("result")


def return_gone(s: Screen) -> None:
    numbers = three_bills(s)
    with s.till.lock:
        s.till.quick("return/whole", number=numbers[1], reason="x")
        for verb, form in (("tender/begin", {}), ("tender/add", {"type": "cash"}), ("sale/complete", {})):
            s.till.quick(verb, **form)
    s.open()
    _scanned(s, numbers[1])


def return_unknown(s: Screen) -> None:
    s.till.rules["unknown_bill_returns"] = True
    open_return(s)
    s.page.get_by_role("button", name="Without its bill").click()
    s.dialog("return_unknown")
    s.page.keyboard.type("OTHER-17")
    s.page.get_by_label("Item: name or barcode").fill("tea")
    s.page.locator(".found").first.wait_for()


def tag(s: Screen) -> None:
    return_no_member(s)
    s.page.locator("[data-tag]").click()
    s.dialog("tag")
    s.page.keyboard.type("123")
    s.press("Enter")
    s.page.locator(".refused").wait_for()


def returned_on_sale(s: Screen) -> None:
    number = three_bills(s)[2]
    s.open()
    with s.till.lock:
        s.till.quick(
            "return/lines",
            number=number,
            lines=[{"line": 1, "qty_milli": 1000}, {"line": 4, "qty_milli": 1000}],
            reason="torn",
        )
    s.settled()


def exchange(s: Screen) -> None:
    returned_on_sale(s)
    s.scan(SHIRT, RICE)


def give_back(s: Screen) -> None:
    returned_on_sale(s)
    s.press("F12")
    s.dialog("tender")


def give_back_card(s: Screen) -> None:
    give_back(s)
    s.page.keyboard.type("1000")
    s.press("Enter")
    s.given(1)
    s.press("F9")
    s.page.locator("[data-reference]").wait_for()


def given_back(s: Screen) -> None:
    give_back_card(s)
    s.page.keyboard.type("TERM-20418")
    s.press("Enter")
    s.page.locator(".rest.covered").wait_for()


def return_result(s: Screen) -> None:
    given_back(s)
    s.press("Enter")
    s.dialog("result")


def after_return(s: Screen) -> None:
    return_result(s)
    s.page.wait_for_timeout(700)
    s.press("Enter")
    s.no_dialog()


RETURN_STATES: dict[str, Callable[[Screen], None]] = {
    state.__name__: state
    for state in (
        *(return_find, return_letters, return_not_found, return_lines, return_lines_wrong, return_refused),
        *(
            return_no_member,
            return_whole,
            return_money,
            return_own_words,
            return_gone,
            return_own_words_letters,
            return_unknown,
            tag,
        ),
        *(
            returned_on_sale,
            exchange,
            give_back,
            give_back_card,
            given_back,
            return_result,
            return_all_by_card,
            after_return,
            points_back,
            points_back_tender,
        ),
    )
}
