"""Mettler-Toledo 8217 (8213 alike): W is answered with the weight, or with a status byte while there is none.

    W  ->  STX 01.234 [kg] [N] CR   stable and not below zero; N: net, a tare is taken
           STX ? status CR          anything else

Bits of the status: 0 motion, 1 over capacity, 2 under zero, 3 outside the range in which it zeroes itself, 4
centre of zero; what 5 and 6 mean differs by maker. No check characters but the parity.
Sources: manuals of Transcell PC-150 (B.1.4, 8213), Ohaus Courier 7000, Rice Lake BenchPro and Brecknell 67xx
(table 7.6; these add the unit); 9600 7E1 in Brecknell 3700LP's.
"""

from __future__ import annotations

import re

from drivers.scale.conversation import Ask, Conversation, Protocol, ends
from drivers.scale.reading import Reading, State, nothing_in, weight

_WEIGHT = re.compile(rb"\x02([ 0-9]*[.]?[0-9]+) *(kg|lb|oz|g)?N?\r")
_STATUS = re.compile(rb"\x02\?(.)\r", re.DOTALL)
# An item that is still moving is outside the zero range as well, so that motion comes first.
_BITS = (
    (0x02, State.OVERLOAD),
    (0x04, State.UNDER_ZERO),
    (0x01, State.MOTION),
    (0x08, State.UNZEROED),
    (0x10, State.ZERO),
)


def _weigh(unit: str, price_minor: int) -> Conversation:  # noqa: ARG001 - it does not reckon
    answer = yield Ask(b"W", ends(b"\r"))
    return _read(answer, unit)


def _look(unit: str) -> Conversation:
    return _weigh(unit, 0)


def _read(answer: bytes, unit: str) -> Reading:
    if found := _WEIGHT.fullmatch(answer):
        return weight(found[1].decode(), (found[2] or unit.encode()).decode())
    if found := _STATUS.fullmatch(answer):
        bits = found[1][0]
        return Reading(next((state for bit, state in _BITS if bits & bit), State.UNREADABLE))
    return nothing_in(answer)


METTLER_8217 = Protocol(_weigh, _look)
