"""Checkout-Dialog 06 (02 and 04 alike): the price goes to the scale, which reckons what the goods cost.

    EOT STX 01 ESC price(6) ESC ETX  ->  ACK, NAK, or record 11
    EOT ENQ                          ->  STX 02 ESC unit ESC weight(5) ESC price(5, 6) ESC amount(6) ETX, NAK
    EOT STX 08 ETX  (why NAK?)       ->  STX 09 ESC s1 s0 ETX
    EOT                                  resets the interface; whatever the scale said is answered with it

unit: 0 lb and oz, 1 lb in hundredths, 2 lb in thousandths, 3 kg in thousandths. The scale gives each weight
out once and says 21 until its plate was moved. Record 11 asks for checksums over the certified parts of a
till's program, made with a polynomial that only maker and certified till know: a scale that insists on them
is told to be locked. No check characters but the parity; price and amount must fit instead. Sources:
Mettler-Toledo DIVA's service manual (records 02, 09, 11), Ohaus Aviator 7000 (6.1.3, 6.1.6), Dibal DPOS-400
and PI100 (some end record 02 with EOT); 9600 7O1 as a published driver for Odoo sets it.
"""

from __future__ import annotations

import re

from drivers.scale.conversation import Ask, Conversation, Protocol
from drivers.scale.reading import Reading, State, nothing_in

_EOT, _ENQ, _ACK, _NAK = b"\x04", b"\x05", b"\x06", b"\x15"
_MOST_PRICE = 999_999
_RESULT = re.compile(
    rb"\x0202\x1b([0-3])\x1b([0-9]{5})\x1b([0-9]{5,6})\x1b([0-9]{6})[\x03\x04]",
)
_STATUS = re.compile(rb"\x0209\x1b([0-9]{2})[\x03\x04]")
_CHECKSUMS = re.compile(rb"\x0211\x1b.*[\x03\x04]")
_UNITS = {b"1": ("lb", 10), b"2": ("lb", 1), b"3": ("kg", 1)}
_CAUSES = {
    b"00": State.NOTHING,
    b"11": State.PRICE,
    b"20": State.MOTION,
    b"21": State.NOT_EMPTIED,
    b"22": State.MOTION,
    b"30": State.ZERO,
    b"31": State.UNDER_ZERO,
    b"32": State.OVERLOAD,
}


def _whole(answer: bytes) -> bool:
    return answer in (_ACK, _NAK) or answer.endswith((b"\x03", b"\x04"))


def _weigh(unit: str, price_minor: int) -> Conversation:  # noqa: ARG001 - it tells the unit
    if not 0 < price_minor <= _MOST_PRICE:
        return Reading(State.PRICE)
    taken = yield Ask(b"\x04\x0201\x1b%06d\x1b\x03" % price_minor, _whole)
    if taken == _NAK:
        return (yield from _why())
    if _CHECKSUMS.fullmatch(taken):
        yield Ask(_EOT)
        return Reading(State.LOCKED)
    if taken != _ACK:
        return nothing_in(taken)
    answer = yield Ask(_EOT + _ENQ, _whole)
    if answer == _NAK:
        return (yield from _why())
    yield Ask(_EOT)
    return _result(answer, price_minor)


def _why() -> Conversation:
    answer = yield Ask(b"\x04\x0208\x03", _whole)
    yield Ask(_EOT)
    found = _STATUS.fullmatch(answer)
    return Reading(_CAUSES.get(found[1], State.FAULT)) if found else nothing_in(answer)


def _look(unit: str) -> Conversation:  # noqa: ARG001
    return _why()


def _result(answer: bytes, price_minor: int) -> Reading:
    found = _RESULT.fullmatch(answer)
    if not found:
        return nothing_in(answer)
    if found[1] not in _UNITS:
        return Reading(State.OTHER_UNIT)
    (unit, times), amount = _UNITS[found[1]], int(found[4])
    milli = int(found[2]) * times
    if int(found[3]) != price_minor or abs(amount * 1000 - milli * price_minor) > 1000:
        return Reading(State.UNREADABLE)
    return Reading(State.WEIGHT, milli, unit, amount) if milli else Reading(State.ZERO)


DIALOG06 = Protocol(_weigh, _look, parity="odd", once=True)
