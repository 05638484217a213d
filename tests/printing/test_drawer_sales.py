"""Cash at a drawer whose printer is dead: no other printer waits for it, and the journal names each sale."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from agent.printing.printer_options import PrinterOptions
from agent.printing.printers import PrinterSetup
from agent.printing.routes import Route
from agent.sale.basket import TenderType
from drivers.printer.profile import profile_named
from drivers.simulated.printer import VirtualPrinter
from tests.printing.drawer_till import DrawerTill, running, until


class TwoPrinterTill(DrawerTill):
    """The drawer hangs on the printer at the counter; bills come out of the one in the back."""

    def __init__(self, directory: Path, counter: VirtualPrinter, back: VirtualPrinter) -> None:
        self.urls = {"counter": counter.url, "back": back.url}
        super().__init__(directory, counter.url, "epson-tm-t20")

    def setups(self) -> list[PrinterSetup]:
        routes = Route("counter", ("labels",)), Route("back", ("bills", "copies"))
        return [PrinterSetup(route, partial(self._options, route.name)) for route in routes]

    def _options(self, name: str) -> PrinterOptions:
        (other,) = {"counter", "back"} - {name}
        return PrinterOptions(self.urls[name], profile_named("epson-tm-t20"), 20.0, name, (other,))

    def states(self) -> list[str]:
        return [str(one["state"]) for one in self.printers.report(lambda said: said.id)]


@pytest.fixture
def counter() -> Iterator[VirtualPrinter]:
    with VirtualPrinter() as made:
        yield made


@pytest.fixture
def back() -> Iterator[VirtualPrinter]:
    with VirtualPrinter() as made:
        yield made


def test_a_dead_printer_under_the_drawer_keeps_no_bill_from_another(
    tmp_path: Path, counter: VirtualPrinter, back: VirtualPrinter
) -> None:
    """The drawer is given up only after the three seconds that a silent printer is given."""
    counter.set_fault("silent")
    with running(TwoPrinterTill(tmp_path / "store", counter, back)) as till:
        until(lambda: till.states() == ["unknown", "ok"])
        till.pay(TenderType.CARD)
        until(lambda: back.tickets)
        for count in (1, 2):
            # It was just looked at, and is by itself five seconds later.
            looked = back.status()["bytes"]
            until(lambda so_far=looked: back.status()["bytes"] > so_far)  # type: ignore[misc]
            began = time.monotonic()
            till.pay()
            until(lambda wanted=count: len(back.tickets) == 1 + wanted)  # type: ignore[misc]
            assert time.monotonic() - began < 2.5
            until(lambda wanted=count: len(till.told()) == wanted)  # type: ignore[misc]


def test_each_cash_sale_at_a_dead_printer_is_in_the_journal_with_its_number_and_person(
    tmp_path: Path, counter: VirtualPrinter
) -> None:
    counter.set_fault("power-loss")
    with running(DrawerTill(tmp_path / "store", counter.url, "epson-tm-t20")) as till:
        for count in (1, 2):
            till.pay()
            until(lambda wanted=count: len(till.told()) == wanted)  # type: ignore[misc]
        bills = [closed.bill for closed in till.completed]
        assert [(one["number"], one["by"]) for one in till.told()] == [
            (bill.number, bill.cashier) for bill in bills
        ]
        assert len({bill.number for bill in bills}) == 2
        assert {(one["reason"], one["opened"]) for one in till.told()} == {("cash", False)}


def test_a_cash_sale_whose_drawer_nobody_knows_of_is_in_the_journal_with_its_number(tmp_path: Path) -> None:
    with (
        VirtualPrinter(port=None, pty_link=tmp_path / "printer") as printer,
        running(DrawerTill(tmp_path / "store", printer.url, "epson-tm-t20")) as till,
    ):
        until(lambda: till.badge() == "ok")
        printer.set_fault("silent")
        till.pay()
        until(till.told)
        (told,) = till.told()
        assert (told["number"], told["opened"]) == (till.last_number(), None)
        assert told["by"] == till.completed[0].bill.cashier
