"""What a printer says it is."""

from __future__ import annotations

from drivers.printer.replies import AutoStatus, Block, Reply
from drivers.printer.session import ANSWER_S, Session
from drivers.printer.transport import Transport

_TEXT = 0x5F
# What is still on its way then is no answer to these.
_QUIET_S = 0.04
_ASKED = {"maker": 66, "model": 67, "firmware": 65, "serial": 68}


def identity(transport: Transport, timeout_s: float = ANSWER_S) -> dict[str, str] | None:
    """maker, model, firmware and serial as the printer gives them (GS I 66, 67, 65, 68); what it leaves
    without an answer is not there. Clones give other makers' names. Answered in order, and not while the
    printer stands still; one that does not know the question may print its letter. None: it told something
    by itself meanwhile (ASB), and may have come to stand still. Raises TransportFailed.
    """
    talk, found = Session(transport, None), dict[str, str]()
    if talk.until(_tells, _QUIET_S):
        return None
    for name, n in _ASKED.items():
        transport.write(b"\x1dI" + bytes((n,)), timeout_s)
        reply = talk.until(lambda reply: _is_text(reply) or _tells(reply), timeout_s)
        if isinstance(reply, AutoStatus):
            return None
        if not isinstance(reply, Block):
            break
        if reply.body:
            found[name] = reply.body.decode("ascii", "replace")
    return found


def _is_text(reply: Reply) -> bool:
    return isinstance(reply, Block) and reply.header == _TEXT


def _tells(reply: Reply) -> bool:
    return isinstance(reply, AutoStatus)
