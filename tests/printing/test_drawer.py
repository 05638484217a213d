"""The drawer is not paper: it opens now, whatever the printer's paper does, or it says that it does not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.printing.drawer_watch import DrawerWatch
from agent.sale.basket import TenderType
from drivers.simulated.printer import VirtualPrinter
from tests.printing.drawer_till import LINE, DrawerTill, LongTill, kicks, running, until
from tests.rig.till import RigTill


@pytest.fixture
def printer() -> Iterator[VirtualPrinter]:
    with VirtualPrinter() as made:
        yield made


@pytest.fixture
def till(tmp_path: Path, printer: VirtualPrinter) -> Iterator[DrawerTill]:
    with running(DrawerTill(tmp_path / "store", printer.url, "epson-tm-t20")) as made:
        until(lambda: made.badge() == "ok")
        yield made


@pytest.mark.parametrize(("fault", "seen"), [("paper-out", "paper_out"), ("cover-open", "cover_open")])
def test_a_cash_sale_opens_the_drawer_without_paper_and_the_held_ticket_does_not(
    till: DrawerTill, printer: VirtualPrinter, fault: str, seen: str
) -> None:
    printer.set_fault(fault)
    till.pay()
    until(lambda: kicks(printer))
    assert kicks(printer)[0][seen], "while it cannot print"
    until(lambda: till.last("held"))
    printer.clear()
    till.printers.wake()
    until(lambda: printer.tickets)
    assert len(kicks(printer)) == 1, "once, and not again with the ticket"


def test_the_drawer_does_not_wait_behind_a_ticket_that_waits_for_paper(tmp_path: Path) -> None:
    """The roll ends in mid-ticket: the printer holds the rest, and its thread waits for the proof."""
    with (
        VirtualPrinter(roll_mm=100) as printer,
        running(DrawerTill(tmp_path / "store", printer.url, "epson-tm-t20")) as till,
    ):
        till.pay(TenderType.CARD)
        until(lambda: printer.status()["held_bytes"] and printer.status()["halted"])
        answer = till.drawer.open("Change needed", "press-1")
        assert (answer.ok, answer.code) == (True, "drawer-told")
        until(lambda: kicks(printer))
        assert [(kick["real_time"], kick["paper_out"]) for kick in kicks(printer)] == [(True, True)]
        assert printer.tickets == []


def test_a_sale_without_cash_leaves_the_drawer_shut(till: DrawerTill, printer: VirtualPrinter) -> None:
    till.pay(TenderType.CARD)
    until(lambda: till.last("sending") or till.last("confirmed"))
    assert kicks(printer) == []


def test_a_press_is_written_down_and_carried_out_once(till: DrawerTill, printer: VirtualPrinter) -> None:
    first, second = (till.drawer.open("Change needed", "press-1") for _ in range(2))
    assert first.ok
    assert first == second
    until(lambda: kicks(printer))
    assert len(kicks(printer)) == 1
    assert till.told() == [{"reason": "Change needed", "by": "Asha"}]
    assert not till.drawer.open(" ", "press-2").ok


def test_a_press_that_cannot_be_carried_out_says_so_and_so_does_the_journal(
    till: DrawerTill, printer: VirtualPrinter
) -> None:
    printer.set_fault("power-loss")
    answer = till.drawer.open("Change needed", "press-1")
    assert (answer.ok, answer.code) == (False, "drawer-shut")
    assert [told.get("opened") for told in till.told()] == [None, False]
    assert till.told()[1]["why"]
    till.pay()
    until(lambda: len(till.told()) == 3)
    assert (till.told()[2]["reason"], till.told()[2]["opened"]) == ("cash", False)
    assert till.board.part("notice")["code"] == "drawer-shut"
    printer.clear()
    until(lambda: till.badge() == "ok")
    until(lambda: printer.tickets)
    assert kicks(printer) == [], "and never later by itself"


def test_the_printers_address_is_for_status_alone(till: DrawerTill, printer: VirtualPrinter) -> None:
    printer.set_fault("power-loss")
    until(lambda: till.badge() == "offline")
    answer = till.drawer.open("Change needed", "press-1")
    badge = till.board.part("badges")["printer"]
    assert till.url in badge["text"]
    assert badge["text"].startswith("Printer: ")
    assert "The printer is off" in badge["plain"]
    till.pay()
    copy = till.past_bills.print_copy(till.last_number())
    for said in (answer.text, badge["plain"], copy.text, str(till.board.part("notice"))):
        assert till.url not in said
    assert "The printer is off" in copy.text


def test_a_printer_without_the_pulse_in_real_time_opens_nothing_later(
    tmp_path: Path, printer: VirtualPrinter
) -> None:
    printer.set_fault("cover-open")
    with running(DrawerTill(tmp_path / "store", printer.url, "generic-80")) as till:
        until(lambda: till.badge() == "cover_open")
        answer = till.drawer.open("Change needed", "press-1")
        assert not answer.ok
        assert "cover" in answer.text
        printer.clear()
        assert till.drawer.open("Change needed", "press-2").ok
        until(lambda: kicks(printer))
        assert [kick["cover_open"] for kick in kicks(printer)] == [False]


@pytest.mark.parametrize(("profile", "real_time"), [("epson-tm-t20", True), ("generic-80", False)])
@pytest.mark.parametrize("buffer", [4096, 65536])
def test_a_second_cash_sale_opens_the_drawer_while_the_first_bill_is_printed(
    tmp_path: Path, profile: str, buffer: int, *, real_time: bool
) -> None:
    with (
        VirtualPrinter(receive_buffer=buffer) as printer,
        running(LongTill(tmp_path / "store", printer.url, profile)) as till,
    ):
        until(lambda: till.badge() == "ok")
        printer.set_fault("slow 2000")
        till.pay(TenderType.CARD)
        until(lambda: printer.status()["bytes"] > 1500)
        began = time.monotonic()
        till.pay()
        until(lambda: kicks(printer))
        assert time.monotonic() - began < 3.0
        assert printer.tickets == [], "the first bill is still being printed"
        assert [kick["real_time"] for kick in kicks(printer)] == [real_time]
        assert till.told() == []
        printer.clear("slow")
        until(lambda: len(printer.tickets) == 2)
        assert len(kicks(printer)) == 1
        assert printer.status()["complaints"] == []
        assert {ticket.text for ticket in printer.tickets} == {f"{LINE}\n" * 200}


def test_a_pulse_in_its_turn_is_not_sent_behind_a_ticket_that_waits_for_paper(tmp_path: Path) -> None:
    with (
        VirtualPrinter(roll_mm=100) as printer,
        running(LongTill(tmp_path / "store", printer.url, "generic-80")) as till,
    ):
        till.pay(TenderType.CARD)
        until(lambda: till.badge() == "paper_out")
        answer = till.drawer.open("Change needed", "press-1")
        assert (answer.ok, answer.code) == (False, "drawer-shut")
        assert "out of paper" in answer.text and "busy" not in answer.text, "what keeps it is not the ticket"
        assert till.board.part("unknown_prints") == [], "it is out of paper, and no question yet"
        until(lambda: printer.clear("paper-out") or printer.tickets)
        assert kicks(printer) == []
        until(lambda: till.badge() == "ok")


@pytest.fixture
def on_a_tty(tmp_path: Path) -> Iterator[VirtualPrinter]:
    with VirtualPrinter(port=None, pty_link=tmp_path / "printer") as made:
        yield made


def test_a_cash_sale_opens_the_drawer_of_a_printer_that_has_fallen_silent(
    tmp_path: Path, on_a_tty: VirtualPrinter
) -> None:
    """The pulse finds it now or never, so it is tried; that it opened nobody says."""
    with running(DrawerTill(tmp_path / "store", on_a_tty.url, "epson-tm-t20")) as till:
        until(lambda: till.badge() == "ok")
        on_a_tty.set_fault("silent")
        till.pay()
        until(till.told)
        assert len(kicks(on_a_tty)) == 1
        (told,) = till.told()
        assert (told["reason"], told["opened"]) == ("cash", None)
        assert told["why"]
        assert till.board.part("notice")["code"] == "drawer-told"
        assert till.board.part("notice")["level"] == "warn"
        assert "nobody knows" in till.board.part("notice")["text"]
        answer = till.drawer.open("Change needed", "press-1")
        assert (answer.ok, answer.text) == (True, till.board.part("notice")["text"])
        assert [told.get("opened", "") for told in till.told()] == [None, "", None]
        on_a_tty.clear()
        until(lambda: on_a_tty.tickets)
        assert len(kicks(on_a_tty)) == 2, "and never later by itself"


@pytest.mark.parametrize("fault", ["silent", "stop-reading"])
def test_on_a_line_that_others_share_a_silent_printer_opens_nothing(
    till: DrawerTill, printer: VirtualPrinter, fault: str
) -> None:
    """It may be serving another till, and would open the drawer when that is done."""
    printer.set_fault(fault)
    till.pay()
    until(till.told)
    (told,) = till.told()
    assert (told["reason"], told["opened"]) == ("cash", False)
    printer.clear()
    until(lambda: printer.tickets)
    assert kicks(printer) == []


def test_a_silent_printer_that_opens_in_its_turn_opens_nothing(
    tmp_path: Path, on_a_tty: VirtualPrinter
) -> None:
    with running(DrawerTill(tmp_path / "store", on_a_tty.url, "generic-80")) as till:
        until(lambda: till.badge() == "ok")
        on_a_tty.set_fault("silent")
        till.pay()
        until(till.told)
        assert till.told()[0]["opened"] is False
        on_a_tty.clear()
        until(lambda: on_a_tty.tickets)
        assert kicks(on_a_tty) == []


def test_a_cash_sale_at_a_printer_that_says_nothing_opens_the_drawer_ahead_of_its_ticket(
    tmp_path: Path, printer: VirtualPrinter
) -> None:
    printer.set_fault("silent")
    with running(DrawerTill(tmp_path / "store", printer.url, "clone-80-no-replies")) as till:
        until(lambda: till.badge() == "mute")
        till.pay()
        until(lambda: printer.tickets)
        assert len(kicks(printer)) == 1
        assert till.told() == []


def test_of_a_printer_that_says_nothing_it_is_said_that_the_drawer_may_open_later(
    tmp_path: Path, printer: VirtualPrinter
) -> None:
    printer.set_fault("silent")
    with running(DrawerTill(tmp_path / "store", printer.url, "clone-80-no-replies")) as till:
        until(lambda: till.badge() == "mute")
        answer = till.drawer.open("Change needed", "press-1")
        assert (answer.ok, answer.code) == (True, "drawer-told")
        assert "never says whether it did" in answer.text


def test_a_drawer_opened_by_force_and_one_left_open_are_said_and_written_down(
    till: DrawerTill, printer: VirtualPrinter
) -> None:
    until(lambda: till.drawer.watch.state == "closed")
    printer.set_fault("drawer-open")
    till.printers.wake()
    until(till.told)
    assert till.told() == [{"forced": True}]
    assert till.board.part("notice")["code"] == "drawer-forced"
    assert till.board.part("notice")["level"] == "warn"
    until(lambda: till.printers.wake() or len(till.told()) == 2)
    assert till.told()[1]["left_open_s"] >= 1
    assert till.board.part("notice")["code"] == "drawer-left-open"
    printer.clear()
    until(lambda: till.printers.wake() or till.drawer.watch.state == "closed")
    assert len(till.told()) == 2, "once for an opening"


def test_a_drawer_that_the_till_opened_was_not_forced(till: DrawerTill, printer: VirtualPrinter) -> None:
    until(lambda: till.drawer.watch.state == "closed")
    assert till.drawer.open("Change needed", "press-1").ok
    printer.set_fault("drawer-open")
    until(lambda: till.printers.wake() or till.drawer.watch.state == "open")
    assert [told for told in till.told() if told.get("forced")] == []


def test_what_the_sensor_says_is_judged_by_what_it_said_before(tmp_path: Path) -> None:
    """Open when the till starts is nobody's force, and a moment in which nothing is known ends no opening."""
    now = [100.0]
    rig = RigTill(tmp_path)
    watch = DrawerWatch(rig.till, 30.0, lambda: now[0])
    watch.seen("open")
    now[0] += 29.9
    watch.seen("open")
    assert rig.board.part("notice") is None
    now[0] += 0.1
    watch.seen("unknown")
    assert watch.state == "open"
    watch.seen("open")
    assert rig.board.part("notice")["code"] == "drawer-left-open"
    assert "30 seconds" in rig.board.part("notice")["text"]
    first = rig.board.part("notice")["id"]
    now[0] += 60
    watch.seen("open")
    assert rig.board.part("notice")["id"] == first
    watch.seen("closed")
    watch.pulsed()
    now[0] += 19.9
    watch.seen("open")
    assert rig.board.part("notice")["id"] == first
    watch.seen("closed")
    now[0] += 0.2
    watch.seen("open")
    assert rig.board.part("notice")["code"] == "drawer-forced"
    rig.close()
