"""Automatic status (ASB, GS a): a printer says of itself how it is, now and whenever that changes."""

from __future__ import annotations

from collections.abc import Callable

from drivers.printer.replies import AutoStatus, Reply
from drivers.printer.session import Session
from drivers.printer.transport import Transport

# Drawer, line and cover, errors, paper; not its buttons.
_ON, _OFF = b"\x1da\x0f", b"\x1da\x00"
# Initialise. Should one tell by itself from then on, that is switched off ahead of the next ticket.
_THROW_AWAY = b"\x1b@"
# Of its four bytes what Epson's page gives a meaning; the others are set as each make likes.
_MEANS = (0x6C, 0x6F, 0x0F, 0x00)


def meaning(told: AutoStatus) -> bytes:
    """The bits of it that mean something: to be compared with what it told before."""
    return bytes(byte & means for byte, means in zip(told.block, _MEANS, strict=True))


def switch_on(
    transport: Transport, timeout_s: float, heard: Callable[[Reply], None] = lambda _: None
) -> bool:
    """Have the printer tell each change from now on. True once it has told how it is, which one that knows
    the command does at once (Epson's page on GS a). False after timeout_s: it does not know it, and a letter
    of it that it keeps in its line is thrown away, or it has come to stand still, since the command is worked
    off in its turn.

    Raises TransportFailed. Until it is switched off what it tells may come between any two answers:
    where it was on already, what comes first may be a change. heard is shown each reply.
    """
    talk = Session(transport, None, heard)
    transport.write(_ON, timeout_s)
    if talk.until(lambda reply: isinstance(reply, AutoStatus), timeout_s):
        return True
    transport.write(_THROW_AWAY, timeout_s)
    return False


def switch_off(transport: Transport, timeout_s: float) -> None:
    """Have it tell nothing any more, once it works this off. ESC @ does the same with most (Epson), and so
    does a loss of power. Raises TransportFailed."""
    transport.write(_OFF, timeout_s)
