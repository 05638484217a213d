"""Parts of tickets, drawn while the customer still pays: the paper of 200 lines then comes as soon as that of
ten."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from agent.sale.basket import BillLine

if TYPE_CHECKING:
    from agent.sale.shop import Make, Shop
    from drivers.printer.fonts import FontShelf
    from drivers.printer.profile import PrinterProfile
    from drivers.printer.ticket import Ticket

# Those of a few sales: of some hundred bytes a line, of some 4 kB where its name is drawn.
_KEPT = 24
_PRINTERS = 2

Part = Callable[["Make", Any], "Ticket"]


def parts(shop: Shop, profile: PrinterProfile) -> Part:
    """What makes the bytes of a part of a ticket for a printer, and keeps them: they are found again by all
    that they are made of."""
    from drivers.printer.fonts import system_fonts

    return _parts(shop, profile, system_fonts())


def draw_ahead(lines: tuple[BillLine, ...], due_minor: int, shop: Shop, profile: PrinterProfile) -> None:
    """Draw what is known of the ticket of a sale that is being paid."""
    from agent.sale.invoice import parts_known

    part = parts(shop, profile)
    for make, of in parts_known(lines, due_minor):
        part(make, of)


@lru_cache(_PRINTERS)
def _parts(shop: Shop, profile: PrinterProfile, fonts: FontShelf) -> Part:
    """Fonts that were replaced and a shop that is called otherwise have others."""
    from drivers.printer.ticket import part

    @lru_cache(_KEPT)
    def drawn(make: Make, of: Any) -> Ticket:
        return part(make(of, shop, profile.columns), profile, fonts)

    return drawn
