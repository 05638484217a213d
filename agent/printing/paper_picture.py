"""A ticket as a picture: the very bytes the printer would get, printed by the virtual one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drivers.printer.profile import PrinterProfile
    from drivers.printer.ticket import Document

_NARROW_DOTS = 400
"""Heads with fewer dots print on rolls of 58 mm, all others on 80 mm."""


def picture(document: Document, profile: PrinterProfile) -> bytes:
    """The paper as PNG, black on white. ValueError for a document that cannot be printed either.

    What the printer has stored is not seen: a logo is there where its file is, as that has it.
    """
    from drivers.printer.commands import next_command
    from drivers.printer.logo import is_numbered, storing
    from drivers.printer.ticket import compose
    from drivers.simulated.printer_head import PrintHead

    head = PrintHead(profile.dots, 58 if profile.dots < _NARROW_DOTS else 80)
    if profile.logo and profile.stored_logo and not is_numbered(profile.stored_logo):
        head.obey(next_command(storing(profile.stored_logo, profile.logo, profile.dots)))
    left = bytearray(compose(document, profile).data)
    while left:
        command = next_command(left)
        del left[: len(command.raw)]
        if command.name != "GS V":
            head.obey(command)
    return head.cut(1).png
