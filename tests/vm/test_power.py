"""The box's power cut, by a kill of QEMU, and a cold boot of the same disk."""

from collections.abc import Callable

import pytest

from tests.vm.till import COUNTER, VmTill

pytestmark = pytest.mark.timeout(3600)

RICE, TEA = "8900000000012", "8900000000081"

Cut = Callable[[VmTill], VmTill]


def test_the_open_sale_is_there_after_a_cut_and_goes_on(till: VmTill, after_a_cut: Cut) -> None:
    for _ in range(5):
        till.scan(RICE)
    till.wait_lines(*["RICE-5KG"] * 5)
    till = after_a_cut(till)
    till.wait_answer()
    assert till.lines() == ["RICE-5KG"] * 5
    till.wait_badge("scanner", "ok")
    till.scan(RICE)
    till.wait_lines(*["RICE-5KG"] * 6)
    number = till.complete_for_cash()
    till.wait_paper(number, "confirmed")
    assert len(till.paper(number)) == 1


def test_a_bill_cut_in_mid_print_is_asked_about_and_is_never_a_second_original(
    till: VmTill, after_a_cut: Cut
) -> None:
    number = till.begin_a_ticket(RICE)
    till = after_a_cut(till)
    till.wait_answer()
    till.wait_badge("printer", "ok")
    assert [bill["number"] for bill in till.bills()] == [number]
    assert till.paper_state(number) == "unknown"
    (asked,) = till.snapshot()["unknown_prints"]
    later = till.sell_for_cash(RICE)
    till.wait_paper(later, "confirmed")
    assert till.paper(number) == []
    till.press("print/resolve", job=asked["job"], printed=False)
    till.wait_paper(number, "confirmed")
    (copy,) = till.paper(number)
    assert "DUPLICATE" in copy


def test_three_cuts_in_a_row_lose_nothing_and_nothing_comes_twice(till: VmTill, after_a_cut: Cut) -> None:
    """The first machine's disk has a cache at the host, that of those which boot has none."""
    numbers: list[str] = []
    for _ in range(3):
        till = _cut_in_mid_sale_and_sold_on(till, after_a_cut, numbers)
    for number in numbers:
        assert len(till.paper(number)) == 1
    till.wait_cloud()
    assert [bill["number"] for bill in till.bills()] == numbers[::-1]
    assert till.cli("store", "check")


def _cut_in_mid_sale_and_sold_on(till: VmTill, after_a_cut: Cut, numbers: list[str]) -> VmTill:
    """While labels come and a bill's paper is under way. Then the paper is asked about, and the sale ends."""
    numbers.append(till.begin_a_ticket(RICE))
    till.switch("fault slow 60")
    hand = f"for i in $(seq 40); do {COUNTER} send serial '{TEA}\n'; sleep 0.3; done"
    till.machine.must("systemd-run --quiet --unit=hand sh -c", hand)
    till.machine.until(lambda: len(till.lines()) >= 3, "some lines")
    seen = till.lines()
    till = after_a_cut(till)
    till.wait_answer()
    lines = till.lines()
    print(f"{len(seen)} lines were seen, {len(lines)} are there")  # noqa: T201
    assert set(lines) == {"TEA-250"}
    assert len(seen) <= len(lines) <= 40
    assert [bill["number"] for bill in till.bills()] == numbers[::-1]
    till.wait_badge("printer", "ok")
    (asked,) = till.snapshot()["unknown_prints"]
    assert asked["number"] == numbers[-1]
    assert till.paper(numbers[-1]) == []
    till.press("print/resolve", job=asked["job"], printed=False)
    till.wait_paper(numbers[-1], "confirmed")
    till.wait_badge("scanner", "ok")
    till.scan(RICE)
    till.wait_lines(*lines, "RICE-5KG")
    numbers.append(till.complete_for_cash())
    till.wait_paper(numbers[-1], "confirmed")
    return till


def test_a_bill_that_was_told_is_there_after_a_cut_once_on_paper_and_in_the_cloud(
    till: VmTill, after_a_cut: Cut
) -> None:
    number = till.sell_for_cash(RICE)
    till = after_a_cut(till)
    till.wait_answer()
    till.wait_badge("printer", "ok")
    (bill,) = till.bills()
    assert bill["number"] == number
    till.machine.until(lambda: till.paper_state(number) in ("confirmed", "unknown"), "its paper's end")
    originals = [ticket for ticket in till.paper(number) if "DUPLICATE" not in ticket]
    assert len(originals) == 1 or (till.paper_state(number) == "unknown" and not originals)
    till.wait_cloud()
    assert till.cli("store", "check")
    later = till.sell_for_cash(RICE)
    assert later != number
