"""Who opened the drawer is judged by what was seen of it, and by nothing that was seen before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.printing.drawer_watch import DrawerWatch
from agent.sale.basket import TenderType
from drivers.simulated.printer import VirtualPrinter
from tests.printing.drawer_till import LongTill, kicks, running, until
from tests.rig.till import RigTill


class WatchedTill(RigTill):
    """A till whose drawer is watched on a clock that the test moves."""

    def serve(self) -> None:
        super().serve()
        self.seconds = 100.0
        self.watch = DrawerWatch(self.till, 60.0, lambda: self.seconds)

    def said(self) -> str:
        """The code of the newest notice."""
        notice = self.board.part("notice")
        return str(notice["code"]) if notice else ""


@pytest.fixture
def till(tmp_path: Path) -> Iterator[WatchedTill]:
    made = WatchedTill(tmp_path / "store")
    yield made
    made.close()


def test_a_pulse_explains_an_opening_that_a_long_ticket_kept_from_sight(till: WatchedTill) -> None:
    """At 9600 baud a ticket takes up to 77 s, in which nobody asks the printer."""
    till.watch.seen("closed")
    till.seconds += 4.0
    till.watch.pulsed()
    till.seconds += 0.1
    till.watch.seen("closed")
    till.seconds += 77.0
    till.watch.seen("open")
    assert till.said() == ""


def test_a_pulse_long_before_the_drawer_was_last_seen_shut_explains_nothing(till: WatchedTill) -> None:
    till.watch.pulsed()
    for _ in range(5):
        till.seconds += 5.0
        till.watch.seen("closed")
    till.seconds += 1.0
    till.watch.seen("open")
    assert till.said() == "drawer-forced"


def test_one_pulse_explains_one_opening(till: WatchedTill) -> None:
    till.watch.seen("closed")
    till.watch.pulsed()
    till.seconds += 1.0
    till.watch.seen("open")
    till.seconds += 3.0
    till.watch.seen("closed")
    assert till.said() == ""
    till.seconds += 3.0
    till.watch.seen("open")
    assert till.said() == "drawer-forced"


def test_a_pulse_that_was_not_sent_explains_nothing_and_takes_no_other_away(till: WatchedTill) -> None:
    till.watch.seen("closed")
    till.watch.pulsed()
    till.watch.called_off()
    till.watch.seen("open")
    assert till.said() == "drawer-forced"
    first = till.board.part("notice")["id"]
    till.watch.seen("closed")
    till.watch.pulsed()
    till.watch.pulsed()
    till.watch.called_off()
    till.watch.seen("open")
    assert till.board.part("notice")["id"] == first


def test_force_is_told_five_seconds_after_a_pulse_that_opened_nothing(till: WatchedTill) -> None:
    """Its key was turned. For twenty seconds whoever broke it open was not told."""
    till.watch.seen("closed")
    till.watch.pulsed()
    till.watch.sent()
    till.seconds += 5.0
    till.watch.seen("closed")
    till.seconds += 1.0
    till.watch.seen("open")
    assert till.said() == "drawer-forced"


def test_a_pulse_for_a_drawer_that_is_open_explains_no_later_opening(till: WatchedTill) -> None:
    till.watch.seen("closed")
    till.watch.pulsed()
    till.watch.seen("open")
    till.watch.pulsed()
    till.seconds += 1.0
    till.watch.seen("open")
    till.seconds += 1.0
    till.watch.seen("closed")
    assert till.said() == ""
    till.seconds += 1.0
    till.watch.seen("open")
    assert till.said() == "drawer-forced"


def test_a_pulse_that_waits_for_the_line_is_one_of_when_it_is_sent(till: WatchedTill) -> None:
    """A ticket has the line for some seconds; the drawer is looked at meanwhile."""
    till.watch.pulsed()
    till.seconds += 7.0
    till.watch.seen("closed")
    till.watch.sent()
    till.seconds += 1.0
    till.watch.seen("open")
    assert till.said() == ""
    till.watch.sent()
    till.watch.seen("closed")
    till.watch.seen("open")
    assert till.said() == "drawer-forced", "the same explains no second one"


def test_what_nobody_has_seen_for_a_while_is_unknown_and_yet_judged_by(till: WatchedTill) -> None:
    till.watch.seen("closed")
    till.seconds += 20.0
    assert till.watch.state == "closed"
    till.seconds += 0.1
    till.watch.seen("unknown")
    assert till.watch.state == "unknown"
    till.seconds += 3600.0
    till.watch.seen("open")
    assert (till.watch.state, till.said()) == ("open", "drawer-forced")


def test_a_drawer_that_the_next_sale_opens_as_well_was_not_left_open(till: WatchedTill) -> None:
    """Between two looks at a printer that waits for paper it may have been shut."""
    till.watch.pulsed()
    till.watch.seen("open")
    till.seconds += 300.0
    till.watch.pulsed()
    till.seconds += 1.0
    till.watch.seen("open")
    assert till.said() == ""
    till.seconds += 60.0
    till.watch.seen("open")
    assert till.said() == "drawer-left-open"


def test_a_drawer_forced_or_left_open_while_a_ticket_waits_for_paper_is_told(tmp_path: Path) -> None:
    """The roll ends in mid-ticket, and nobody puts in another all night."""
    with (
        VirtualPrinter(roll_mm=100) as printer,
        running(LongTill(tmp_path / "store", printer.url, "epson-tm-t20")) as till,
    ):
        until(lambda: till.drawer.watch.state == "closed")
        till.pay(TenderType.CARD)
        until(lambda: till.badge() == "paper_out")
        printer.set_fault("drawer-open")
        until(lambda: len(till.told()) == 2)
        assert till.told()[0] == {"forced": True}
        assert till.told()[1]["left_open_s"] >= 1
        assert printer.tickets == [], "it still waits"
        until(lambda: printer.clear() or till.last("confirmed"))


def test_a_second_cash_sale_while_a_ticket_waits_for_paper_is_no_force(tmp_path: Path) -> None:
    with (
        VirtualPrinter(roll_mm=100) as printer,
        running(LongTill(tmp_path / "store", printer.url, "epson-tm-t20")) as till,
    ):
        until(lambda: till.drawer.watch.state == "closed")
        till.pay(TenderType.CARD)
        until(lambda: till.badge() == "paper_out")
        till.pay()
        until(lambda: kicks(printer))
        printer.set_fault("drawer-open")
        until(lambda: till.drawer.watch.state == "open")
        assert [told for told in till.told() if "forced" in told] == []
        until(lambda: printer.clear() or till.last("confirmed"))


def test_a_look_from_before_a_ticket_is_not_told_again_behind_it(tmp_path: Path) -> None:
    """The drawer was open as the ticket began, and was shut while it printed: it was not left open."""
    with (
        VirtualPrinter() as printer,
        running(LongTill(tmp_path / "store", printer.url, "epson-tm-t20", left_open_s=4.0)) as till,
    ):
        until(lambda: till.drawer.watch.state == "closed")
        assert till.drawer.open("Change needed", "press-1").ok
        printer.set_fault("slow 800")
        printer.set_fault("drawer-open")
        till.pay(TenderType.CARD)
        until(lambda: till.drawer.watch.state == "open" and printer.status()["bytes"] > 1500)
        printer.clear("drawer-open")
        until(lambda: till.last("confirmed"))
        until(lambda: till.drawer.watch.state == "closed")
        assert [told for told in till.told() if "left_open_s" in told] == []
