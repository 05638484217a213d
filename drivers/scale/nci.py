"""NCI (Weigh-Tronix SCP-01, also called ECR): W CR is answered with what the display shows, and a status.

    W CR  ->  LF 1.234kg CR LF [S] status CR ETX   what is shown, its unit, two to four status bytes
              LF [S] status CR ETX                 some scales, while there is nothing to sell by

Instead of figures: ^ over capacity, _ under it, - zeroing error. Status, each byte with bits 4 and 5 set:
first 0 motion, 1 at zero, 2 RAM, 3 EEPROM; second 0 under capacity, 1 over, 2 ROM, 3 calibration, 6 another
follows; third 2 net, 3 initial zero error. Sources: manuals of NCI 6702 and 7800, Avery Weigh-Tronix 7821,
Ohaus Aviator 7000 (pages 47 and 49). How the line is set differs by model.
"""

from __future__ import annotations

import re

from drivers.scale.conversation import Ask, Conversation, Protocol, ends
from drivers.scale.reading import Reading, State, nothing_in, weight

_ANSWER = re.compile(rb"(?:\n([^\r\n]*)\r)?\nS?([0-?][0-?p-\x7f]{1,3})\r\x03")
_SHOWN = re.compile(rb" *(-?) *([0-9]*[.]?[0-9]+) *(kg|lb|oz|g) *", re.IGNORECASE)
_INSTEAD = {b"^": State.OVERLOAD, b"_": State.UNDER_ZERO, b"-": State.UNZEROED}
_FIRST = ((0x0C, State.FAULT), (0x01, State.MOTION))
_SECOND = ((0x0C, State.FAULT), (0x01, State.UNDER_ZERO), (0x02, State.OVERLOAD))


def _weigh(unit: str, price_minor: int) -> Conversation:  # noqa: ARG001 - it tells the unit, and does not reckon
    answer = yield Ask(b"W\r", ends(b"\x03"))
    return _read(answer)


def _look(unit: str) -> Conversation:
    return _weigh(unit, 0)


def _read(answer: bytes) -> Reading:
    found = _ANSWER.fullmatch(answer)
    if not found:
        return nothing_in(answer)
    if (against := _against(found[2])) is not None:
        return Reading(against)
    if found[1] is None:
        return Reading(State.ZERO if found[2][0] & 0x02 else State.NOTHING)
    shown = _SHOWN.fullmatch(found[1])
    if not shown:
        return Reading(_INSTEAD.get(found[1].strip()[:1], State.UNREADABLE))
    read = weight(shown[2].decode(), shown[3].decode().lower())
    return Reading(State.UNDER_ZERO) if shown[1] and read.state is not State.UNREADABLE else read


def _against(status: bytes) -> State | None:
    """What speaks against a weight; None for nothing."""
    first, second, third = status[0], status[1], status[2] if len(status) > 2 else 0
    told = [state for bits, state in _SECOND if second & bits] + [s for bits, s in _FIRST if first & bits]
    if third & 0x08:
        told.append(State.UNZEROED)
    return State.FAULT if State.FAULT in told else next(iter(told), None)


NCI = Protocol(_weigh, _look)
