"""Packets of a scanner (SSI) that waits for an answer, on a line that loses and damages both."""

from __future__ import annotations

from collections import Counter

from hypothesis import assume, given
from hypothesis import strategies as st

from drivers.message import Message
from drivers.scanner.framing import Framing
from drivers.scanner.label import Scan, ScannedLabel, TornScan
from drivers.scanner.ssi import ACK, DECODE_DATA, DECODER, NAK, RETRANSMITTED, SsiFramer, packet

ANSWER_S, TRIES = 2.0, 4
QUIET = [b""] * 4
"""How long the scanner waits for an answer, and how often it sends a label (Zebra's guides)."""

LABELS = st.lists(
    st.sampled_from(["8901030867569", "8900000000012", "TEA-250", "x" * 180])
    | st.text("0123456789ABC\x1d\r\n", min_size=1, max_size=12).filter(lambda text: text.strip("\r\n")),
    min_size=1,
    max_size=5,
)
DAMAGE = st.sampled_from(["", "", "", "lost", "byte", "short", "more", "noise", "in pieces", "answer lost"])


def vouched(stream: bytes) -> Counter[bytes]:
    """The data of every stretch of the stream that reads as a packet of the decoder, wherever it begins."""
    found: Counter[bytes] = Counter()
    for at, size in enumerate(stream):
        whole = stream[at : at + size + 2]
        if size < 4 or len(whole) < size + 2 or whole[1] != DECODE_DATA or whole[2] != DECODER:
            continue
        if (sum(whole[:-2]) + int.from_bytes(whole[-2:], "big")) & 0xFFFF == 0:
            found[whole[5:-2]] += 1
    return found


@given(LABELS, st.data())
def test_what_a_scanner_sends_until_it_is_answered_comes_once(labels: list[str], data: st.DataObject) -> None:
    """Whatever is lost or damaged on either way: of each scan comes its label or nothing, once; and one
    that the scanner was told to be taken came, or is told as torn.

    The same goods scanned again within ten seconds, of which the first packet is lost whole, are taken for
    the packet before sent again: scans are further apart here."""
    framer, now, stream = SsiFramer(Framing()), 1.0, b""
    for label in labels:
        now += 20.0
        scans, acknowledged = framer.feed(b"", now), False
        for status in (0, *[RETRANSMITTED] * (TRIES - 1)):
            sent = packet(DECODE_DATA, b"\x0b" + label.encode(), source=DECODER, status=status)
            damage, answers = data.draw(DAMAGE), set[bytes]()
            for piece in [*spoiled(sent, damage, data), *QUIET]:
                stream += piece
                scans += framer.feed(piece, now)
                answers.add(framer.answer)
                now += 0.01 if piece else ANSWER_S / len(QUIET)
            assert answers <= {b"", packet(ACK), packet(NAK, b"\x01")}
            acknowledged = packet(ACK) in answers and damage != "answer lost"
            if acknowledged:
                break
        come = [scan.text for scan in scans if isinstance(scan, ScannedLabel)]
        assert come in ([], [shown(label)])
        assert come or not acknowledged or any(isinstance(scan, TornScan) for scan in scans)
    assume(set(vouched(stream)) <= {label.encode() for label in labels})


def shown(label: str) -> str:
    """What stands between the ends of a label."""
    return label.strip("\r\n\t")


def spoiled(sent: bytes, damage: str, data: st.DataObject) -> list[bytes]:
    """What of a packet arrives, in pieces."""
    place = data.draw(st.integers(0, len(sent) - 1))
    match damage:
        case "lost":
            return []
        case "byte":
            return [sent[:place] + bytes((sent[place] ^ data.draw(st.integers(1, 255)),)) + sent[place + 1 :]]
        case "short":
            return [sent[:place]]
        case "more":
            return [sent[:place] + data.draw(st.binary(min_size=1, max_size=2)) + sent[place:]]
        case "noise":
            return [data.draw(st.binary(max_size=6)), sent]
        case "in pieces":
            return [sent[:place], sent[place:]]
    return [sent]


@given(st.lists(st.binary(max_size=40) | st.sampled_from([0.01, 1.0, None]), max_size=24), st.data())
def test_no_label_but_one_that_a_checksum_vouches_for(
    steps: list[bytes | float | None], data: st.DataObject
) -> None:
    """Also of packets with other bytes around them, with silences and pulled cables between."""
    framer, now, stream, scans = SsiFramer(Framing(), "front"), 1.0, b"", list[Scan]()
    for step in steps:
        if step is None:
            scans += framer.reset(Message("scanner.torn.unplugged"))
            continue
        if isinstance(step, float):
            now += step
            scans += framer.idle(now)
            continue
        some = step
        if data.draw(st.booleans()):
            some += packet(DECODE_DATA, b"\x1c" + step, source=DECODER, status=data.draw(st.integers(0, 3)))
        stream += some
        scans += framer.feed(some, now)
    scans += framer.idle(now + 1.0) + framer.idle(now + 2.0)
    assert framer.deadline is None
    assert all(len(scan.raw) <= 257 for scan in scans)
    labels = Counter(scan.raw for scan in scans if isinstance(scan, ScannedLabel))
    for raw, times in labels.items():
        assert times <= sum(count for body, count in vouched(stream).items() if body.strip(b"\r\n\t") == raw)
