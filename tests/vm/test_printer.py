"""A printer on a kernel's own usblp node: its word, its paper, its cable, its power, and one that is mute."""

import pytest

from tests.vm.till import SETTINGS, UNIT, VmTill

pytestmark = pytest.mark.timeout(2400)

RICE, SPICE = "8900000000012", "8900000000142"
# Bytes a second: a ticket takes some seconds then.
SLOW = 400


def test_the_kernel_s_word_and_the_printer_s_are_what_the_till_says_of_paper(till: VmTill) -> None:
    till.switch("fault paper-out")
    till.wait_badge("printer", "paper_out")
    number = till.sell_for_cash(RICE)
    till.wait_paper(number, "held")
    assert till.paper(number) == []
    till.switch("clear paper-out")
    till.wait_paper(number, "confirmed")
    assert len(till.paper(number)) == 1


def test_paper_that_runs_out_in_mid_ticket_is_waited_for_and_the_ticket_comes_once(till: VmTill) -> None:
    number = _in_mid_ticket(till)
    till.switch("fault paper-out")
    till.wait_badge("printer", "paper_out")
    till.switch("clear slow")
    till.switch("clear paper-out")
    till.wait_paper(number, "confirmed")
    assert len(till.paper(number)) == 1


def test_a_cable_pulled_in_mid_ticket_is_asked_about_and_nothing_comes_twice_by_itself(till: VmTill) -> None:
    number = _in_mid_ticket(till)
    till.pull("printer")
    till.wait_paper(number, "unknown")
    till.wait_badge("printer", "offline")
    till.switch("clear slow")
    till.insert("printer")
    took_s = till.wait_badge("printer", "ok")
    print(f"ready {took_s:.1f} s after the cable")  # noqa: T201
    (asked,) = till.snapshot()["unknown_prints"]
    assert asked["number"] == number
    later = till.sell_for_cash(RICE)
    till.wait_paper(later, "confirmed")
    assert till.paper_state(number) == "unknown"
    assert till.snapshot()["unknown_prints"] == [asked]
    till.press("print/resolve", job=asked["job"], printed=False)
    till.wait_paper(number, "confirmed")
    copies = till.paper("DUPLICATE")
    assert len(copies) == 1
    assert number in copies[0]
    assert till.snapshot()["unknown_prints"] == []


def test_a_printer_whose_power_goes_and_comes_prints_what_waited_once(till: VmTill) -> None:
    till.switch("fault power-loss")
    till.pull("printer")
    till.wait_badge("printer", "offline")
    number = till.sell_for_cash(RICE)
    assert till.paper_state(number) == "queued"
    till.switch("clear power-loss")
    till.insert("printer")
    till.wait_paper(number, "confirmed")
    assert len(till.paper(number)) == 1


def test_a_printer_without_replies_gets_the_end_of_its_receipt_though_the_till_is_stopped(
    till: VmTill,
) -> None:
    """usblp calls a transfer written when it is submitted, and cancels it when the node is closed."""
    machine = till.machine
    settings = machine.must("cat", SETTINGS)
    settings = settings.replace("printer-04b8-0202", "printer-0416-5011")
    settings = settings.replace("epson-tm-t20", "clone-80-no-replies")
    machine.must(f"cat > {SETTINGS}", feed=settings)
    machine.must("systemctl restart", UNIT)
    till.wait_badge("printer", "mute")
    till.switch("fault slow 4000", "clone")
    for _ in range(20):
        till.press("scan", label=SPICE)
    number = till.complete_for_cash()
    till.wait_paper(number, "sent")
    machine.must("systemctl stop", UNIT)
    # Its last command is the cut, without which there is no ticket.
    till.machine.until(lambda: till.paper(number, "clone"), "the whole receipt")
    assert len(till.paper(number, "clone")) == 1


def _in_mid_ticket(till: VmTill) -> str:
    """A bill of which a slow printer has a part."""
    till.switch(f"fault slow {SLOW}")
    had = till.switch("status")["bytes"]
    number = till.sell_for_cash(RICE)
    till.machine.until(lambda: till.switch("status")["bytes"] > had + SLOW, "half a ticket")
    assert till.paper_state(number) == "sending"
    return number
