"""What a scale sends, damaged and of anything: a weight only where it was sent, whole."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import reduce
from operator import xor

from hypothesis import given
from hypothesis import strategies as st

from drivers.scale.conversation import Protocol
from drivers.scale.protocols import PROTOCOLS
from drivers.scale.reading import Reading, State, weight

ACK, NAK = b"\x06", b"\x15"
NAMES = st.sampled_from(sorted(PROTOCOLS))
WEIGHTS = st.integers(0, 29_995)
PRICES = st.integers(1, 99_999)


def sent(name: str, milli: int, price: int) -> list[bytes]:
    """A scale's answers with a weight, as the makers' pages write them."""
    figure = b"%06.3f" % (milli / 1000)
    match name:
        case "mettler-8217":
            return [b"\x02" + figure + b"\r"]
        case "nci":
            return [b"\n" + figure + b"kg\r\n00\r\x03"]
        case "cas":
            body = b"S " + figure + b"kg"
            return [ACK, b"\x01\x02" + body + bytes((reduce(xor, body),)) + b"\x03\x04"]
    told = (b"3", b"%05d" % milli, b"%06d" % price, b"%06d" % ((milli * price + 500) // 1000))
    return [ACK, b"\x0202\x1b" + b"\x1b".join(told) + b"\x03"]


def heard(protocol: Protocol, line: list[bytes], price: int) -> Reading:
    """The driver's way with a line on which these bytes come, an answer to each question; what comes behind a
    whole answer is thrown away with the next question."""
    talk, left = protocol.weigh("kg", price), list(line)
    try:
        ask = next(talk)
        while True:
            answer = b""
            if ask.whole and left:
                for byte in left.pop(0):
                    answer += bytes((byte,))
                    if ask.whole(answer):
                        break
            ask = talk.send(answer)
    except StopIteration as done:
        reading: Reading = done.value
        return reading


@given(NAMES, WEIGHTS, PRICES)
def test_each_weight_is_read_as_it_was_sent(name: str, milli: int, price: int) -> None:
    amount = (milli * price + 500) // 1000
    if amount > 999_999:
        return
    reading = heard(PROTOCOLS[name], sent(name, milli, price), price)
    assert (reading.state, reading.milli) == (State.WEIGHT if milli else State.ZERO, milli)
    assert name != "dialog06" or not milli or reading.amount_minor == amount


@given(NAMES, WEIGHTS.filter(bool), st.data())
def test_of_a_damaged_answer_no_other_weight_is_made(name: str, milli: int, data: st.DataObject) -> None:
    """Bytes lost, doubled, in between, the end of the answer before in front of it, or half of it: what has
    check characters gives this weight or none; what has none gives no weight of more digits than came. That
    a digit became another is seen by the parity of the line, and by asking twice."""
    price = data.draw(st.integers(1, 30_000))
    *before, answer = sent(name, milli, price)
    other = sent(name, data.draw(WEIGHTS), price)[-1]
    place = data.draw(st.integers(0, len(answer) - 1))
    noise = data.draw(st.binary(min_size=1, max_size=3))
    spoiled = data.draw(
        st.sampled_from(
            [
                answer[:place],
                answer[place + 1 :],
                answer[:place] + answer[place + 1 :],
                answer[:place] + answer[place : place + 1] + answer[place:],
                answer[:place] + noise + answer[place:],
                other[-place - 1 :] + answer,
                other[: place + 1] + answer,
                answer + other,
            ]
        )
    )
    reading = heard(PROTOCOLS[name], [*before, spoiled], price)
    if reading.state is not State.WEIGHT or reading.milli == milli:
        return
    assert name not in ("cas", "dialog06") or spoiled.startswith(other), spoiled
    assert _stands(reading, spoiled)


@given(WEIGHTS.filter(bool), st.integers(2, 11), st.sampled_from(b"0123456789 .-FUSkg"))
def test_a_character_that_became_another_is_seen_by_the_check_character(
    milli: int, place: int, other: int
) -> None:
    ready, answer = sent("cas", milli, 100)
    spoiled = answer[:place] + bytes((other,)) + answer[place + 1 :]
    reading = heard(PROTOCOLS["cas"], [ready, spoiled], 100)
    assert reading == (Reading(State.WEIGHT, milli, "kg") if spoiled == answer else Reading(State.UNREADABLE))


def _stands(reading: Reading, line: bytes) -> bool:
    """Whether a number of the line is this weight, in thousandths or with its point."""
    figures = re.findall(rb"[0-9]+(?:\.[0-9]+)?", line)
    wanted = Decimal(reading.milli)
    return any(Decimal(figure.decode()) in (wanted, wanted / 1000, wanted / 10) for figure in figures)


ANSWERS = st.lists(
    st.binary(max_size=30)
    | st.sampled_from([ACK, NAK, b"\x0211\x1b2A7\x03", b"\x0209\x1b21\x03", b"\x02?\x61\r", b"\nS10\r\x03"])
    | st.builds(lambda name, milli, price: sent(name, milli, price)[-1], NAMES, WEIGHTS, PRICES)
    | st.text("0123456789. kglboz\x02\x03\r\n\x1bSUF-?N", max_size=24).map(str.encode),
    max_size=3,
)


@given(NAMES, ANSWERS, st.integers(-1, 1_000_000))
def test_a_weight_is_a_number_that_came(name: str, line: list[bytes], price: int) -> None:
    """Whatever comes: no exception, no question without end, and only a weight that stands there is one."""
    reading = heard(PROTOCOLS[name], line, price)
    assert isinstance(reading.state, State)
    if reading.state is State.WEIGHT:
        assert reading.milli > 0
        assert any(_stands(reading, answer) for answer in line)
    look = PROTOCOLS[name].look("kg")
    next(look)
    for answer in (*line, b"", b"", b"", b""):
        try:
            look.send(answer)
        except StopIteration as done:
            assert isinstance(done.value, Reading)
            return
    raise AssertionError("it asks for ever")


@given(
    st.text("0123456789. -+eE_,", max_size=14) | st.text(max_size=8), st.sampled_from(["kg", "g", "lb", ""])
)
def test_a_figure_is_the_number_it_spells_or_none(figure: str, unit: str) -> None:
    reading = weight(figure, unit)
    if reading.state in (State.WEIGHT, State.ZERO):
        assert Decimal(figure.strip(" ")) * 1000 == reading.milli
        assert unit == "g" or "." in figure
