"""CAS (AP-1, SW-II and their kind): ENQ, and once that is acknowledged DC1, which is answered with the
weight.

    ENQ  ->  ACK, or NAK while it is not ready
    DC1  ->  SOH STX state sign weight unit BCC ETX EOT

state: S stable, U not. sign: space, "-", or F for more than it can weigh. weight: 6 characters with the
point, of some 7, which then leave out the EOT. BCC: XOR of everything from state to unit. Sources: CAS
SW-II's manual, the protocol of AP-1 (9600 8N1), Ohaus Aviator 7000 (page 36), r-keeper's list of scale
drivers (7 characters).
"""

from __future__ import annotations

import re
from functools import reduce
from operator import xor

from drivers.scale.conversation import Ask, Conversation, Protocol, long
from drivers.scale.reading import Reading, State, nothing_in, weight

_ENQ, _ACK, _NAK, _DC1 = b"\x05", b"\x06", b"\x15", b"\x11"
_SIZE = 15
_ANSWER = re.compile(
    rb"[\x01\x81]\x02(([SU])([ F-])([ 0-9.]{6,7})([a-z ]{2}))(.)\x03\x04?", re.DOTALL | re.IGNORECASE
)


def _weigh(unit: str, price_minor: int) -> Conversation:  # noqa: ARG001 - it tells the unit, and does not reckon
    ready = yield Ask(_ENQ, long(1))
    if ready == _NAK:
        return Reading(State.MOTION)
    if ready != _ACK:
        return nothing_in(ready)
    answer = yield Ask(_DC1, long(_SIZE))
    return _read(answer)


def _look(unit: str) -> Conversation:
    return _weigh(unit, 0)


def _read(answer: bytes) -> Reading:
    found = _ANSWER.fullmatch(answer)
    if len(answer) != _SIZE or not found or reduce(xor, found[1]) != found[6][0]:
        return nothing_in(answer)
    state, sign, figure, unit = (found[place].decode().upper() for place in (2, 3, 4, 5))
    if sign == "F":
        return Reading(State.OVERLOAD)
    if state == "U":
        return Reading(State.MOTION)
    read = weight(figure, unit.strip().lower())
    return Reading(State.UNDER_ZERO) if sign == "-" and read.state is not State.UNREADABLE else read


CAS = Protocol(_weigh, _look, data_bits=8, parity="none")
