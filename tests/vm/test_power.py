"""The box's power cut, by a kill of QEMU, and a cold boot of the same disk."""

from collections.abc import Callable

import pytest

from tests.vm.till import VmTill

pytestmark = pytest.mark.timeout(2400)

RICE = "8900000000012"
SLOW = 400

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
    till.switch(f"fault slow {SLOW}")
    had = till.switch("status")["bytes"]
    number = till.sell_for_cash(RICE)
    till.machine.until(lambda: till.switch("status")["bytes"] > had + SLOW, "half a ticket")
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
    till.machine.until(lambda: till.bills()[0]["sync"] == "done", "the bill in the cloud")
    assert till.cli("store", "check")
    later = till.sell_for_cash(RICE)
    assert later != number
