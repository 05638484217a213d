"""What a printer says it is."""

from __future__ import annotations

from drivers.printer.replies import Block, Reply
from drivers.printer.session import ANSWER_S, Session
from drivers.printer.transport import Transport

_TEXT = 0x5F
_ASKED = {"maker": 66, "model": 67, "firmware": 65, "serial": 68}


def identity(transport: Transport, timeout_s: float = ANSWER_S) -> dict[str, str]:
    """maker, model, firmware and serial as the printer gives them (GS I 66, 67, 65, 68); what it leaves
    without an answer is not there. Clones give other makers' names. Answered in order, and not while the
    printer stands still; one that does not know the question may print its letter. Raises TransportFailed.
    """
    talk, found = Session(transport, None), dict[str, str]()
    talk.drain()
    for name, n in _ASKED.items():
        transport.write(b"\x1dI" + bytes((n,)), timeout_s)
        reply = talk.until(_is_text, timeout_s)
        if not isinstance(reply, Block):
            break
        if reply.body:
            found[name] = reply.body.decode("ascii", "replace")
    return found


def _is_text(reply: Reply) -> bool:
    return isinstance(reply, Block) and reply.header == _TEXT
