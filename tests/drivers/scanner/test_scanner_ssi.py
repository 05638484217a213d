"""Scanners that send packets and want an answer: each label once, whatever is damaged, lost or sent again."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scanner_listener import Listener

from drivers.message import Message
from drivers.reconnect import Waits
from drivers.scanner.framing import Framing
from drivers.scanner.label import NoRead, Scan, ScannedLabel, TornScan
from drivers.scanner.serial_port import SerialOptions, SerialScanner
from drivers.scanner.ssi import ACK, DECODE_DATA, DECODER, RETRANSMITTED, SsiFramer, packet
from drivers.simulated.scanner import VirtualScanner, serve
from drivers.simulated.ssi_scanner import SsiScanner, by_packets

ITEM, OTHER = "8901030867569", "8900000000012"
EAN_13, GS1_128, QR = 0x0B, 0x0F, 0x1C
ACKED, ASKED_AGAIN = bytes.fromhex("04d00400ff28"), bytes.fromhex("05d1040001ff25")


def sent(text: str, kind: int = EAN_13, status: int = 0) -> bytes:
    return packet(DECODE_DATA, bytes((kind,)) + text.encode(), source=DECODER, status=status)


def damaged(data: bytes) -> bytes:
    return data[:7] + bytes((data[7] ^ 1,)) + data[8:]


def told(scans: list[Scan]) -> list[str]:
    return [
        scan.text if isinstance(scan, ScannedLabel) else "-" if isinstance(scan, NoRead) else scan.reason.id
        for scan in scans
    ]


def test_packets_are_as_the_guide_has_them() -> None:
    assert packet(ACK) == ACKED


def test_a_label_is_taken_with_its_kind_and_answered() -> None:
    framer = SsiFramer(Framing(), "front")
    assert framer.feed(sent("0108901030867569\r\n", GS1_128), 1.0) == [
        ScannedLabel("0108901030867569", "]C1", "front", b"0108901030867569")
    ]
    assert framer.answer == ACKED
    assert told(framer.feed(sent("]Q3LOT", QR), 2.0)) == ["LOT"]
    assert told(framer.feed(sent("a\x1db", QR), 2.0)) == ["a\x1db"]


def test_the_lines_inside_a_packet_are_its_labels_own_whatever_waits_for_silence() -> None:
    framer = SsiFramer(Framing(settle_s=0.0), "front")
    assert told(framer.feed(sent("ONE\r\nTWO", QR), 1.0)) == ["ONE\r\nTWO"]


@given(st.lists(st.sampled_from([ITEM, OTHER, "TEA-250", "x" * 200]), min_size=1), st.data())
def test_the_chunks_do_not_matter(labels: list[str], data: st.DataObject) -> None:
    stream = b"".join(map(sent, labels))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    framer, found = SsiFramer(Framing()), []
    for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += framer.feed(stream[begin:end], 1.0)
    assert told(found) == labels


@given(st.binary(max_size=300), st.lists(st.floats(0, 2), max_size=4))
def test_no_bytes_crash_or_become_a_label_that_no_checksum_vouches_for(
    noise: bytes, waits: list[float]
) -> None:
    framer, now = SsiFramer(Framing(), "front"), 1.0
    found = framer.feed(noise, now)
    for wait in waits:
        now += wait
        found += framer.idle(now)
    found += framer.reset(Message("scanner.torn.unplugged"))
    for scan in found:
        assert not isinstance(scan, ScannedLabel) or scan.raw in noise
    assert framer.deadline is None


def test_what_was_taken_and_is_sent_again_is_no_second_item() -> None:
    """The answer was lost on its way; the same goods once more carry no such mark."""
    framer = SsiFramer(Framing())
    assert told(framer.feed(sent(ITEM), 1.0)) == [ITEM]
    assert framer.feed(sent(ITEM, status=RETRANSMITTED), 3.0) == []
    assert framer.answer == ACKED
    assert told(framer.feed(sent(ITEM), 5.0)) == [ITEM]
    assert told(framer.feed(sent(OTHER, status=RETRANSMITTED), 7.0)) == [OTHER], "its first copy never came"


def test_a_damaged_packet_is_asked_for_again_and_taken_then() -> None:
    framer = SsiFramer(Framing())
    assert framer.feed(damaged(sent(ITEM)), 1.0) == []
    assert framer.answer == ASKED_AGAIN
    assert told(framer.feed(sent(ITEM, status=RETRANSMITTED), 1.1)) == ["scanner.torn.sent-again"], (
        "first of all"
    )
    assert told(framer.feed(sent(OTHER), 2.0)) == [OTHER]
    assert framer.feed(damaged(sent(ITEM)), 3.0) == []
    assert told(framer.feed(sent(ITEM, status=RETRANSMITTED), 3.1)) == [ITEM]


def test_where_nobody_knows_whether_it_was_taken_that_is_told() -> None:
    """The same goods twice: the second came damaged, or the first came once more and that was damaged."""
    framer = SsiFramer(Framing())
    assert told(framer.feed(sent(ITEM), 1.0)) == [ITEM]
    assert framer.feed(damaged(sent(ITEM)), 2.0) == []
    assert told(framer.feed(sent(ITEM, status=RETRANSMITTED), 2.1)) == ["scanner.torn.sent-again"]


def test_what_is_sent_again_later_than_any_scanner_waits_is_told() -> None:
    """The same goods once more, whose first packet was lost on the way: they were sold once and lay there
    twice."""
    framer = SsiFramer(Framing())
    assert told(framer.feed(sent(ITEM), 1.0)) == [ITEM]
    assert told(framer.feed(sent(ITEM, status=RETRANSMITTED), 21.0)) == ["scanner.torn.sent-again"]
    assert framer.answer == ACKED


def test_a_packet_that_stays_damaged_or_incomplete_is_a_torn_scan() -> None:
    framer = SsiFramer(Framing(stale_s=0.5))
    framer.feed(sent(OTHER), 0.5)
    assert framer.feed(damaged(sent(ITEM)), 1.0) == []
    assert told(framer.feed(damaged(sent(ITEM)), 1.1)) == ["scanner.torn.checksum"]
    assert framer.feed(sent(ITEM)[:9], 2.0) == []
    assert framer.deadline == 2.5
    assert framer.idle(2.6) == []
    assert framer.answer == ASKED_AGAIN
    assert told(framer.idle(3.2)) == ["scanner.torn.no-end"]
    assert told(framer.feed(sent(ITEM), 4.0)) == [ITEM]


def test_a_code_in_several_packets_is_not_sold_in_parts() -> None:
    framer = SsiFramer(Framing())
    assert told(framer.feed(sent("x" * 200, QR, 0x02), 1.0)) == ["scanner.torn.in-parts"]
    assert framer.answer == ACKED


def test_answers_of_the_scanner_and_news_of_its_own_are_no_labels() -> None:
    framer = SsiFramer(Framing(no_read="NR"))
    assert framer.feed(packet(ACK, source=DECODER), 1.0) == []
    assert framer.answer == b""
    assert framer.feed(packet(0xF6, b"\x03", source=DECODER), 1.0) == []
    assert framer.answer == ACKED
    assert told(framer.feed(sent("NR"), 1.0)) == ["-"]


def start(listener: Listener, path: Path) -> None:
    options = SerialOptions(str(path), "front", protocol="ssi", waits=Waits(0.02, 0.1))
    listener.start(SerialScanner(options, listener.scans.put, listener.on_state))
    listener.until("ok")


@pytest.mark.parametrize("fault", ["", "noise 1 for 1 packet", "deaf for 1 packet", "deaf for 2 packets"])
def test_on_a_line_each_label_comes_once(listener: Listener, tmp_path: Path, fault: str) -> None:
    with VirtualScanner(tmp_path / "tty") as wire:
        start(listener, tmp_path / "tty")
        scanner = SsiScanner(wire, answer_s=0.5)
        assert scanner.send("FIRST")
        assert listener.scan() == ScannedLabel("FIRST", "]C0", "front", b"FIRST")
        if fault:
            wire.faults.add(fault)
        assert scanner.send(ITEM)
        assert listener.scan() == ScannedLabel(ITEM, "]E0", "front", ITEM.encode())
        wire.faults.clear()
        assert scanner.send(ITEM), "the same goods once more"
        assert listener.scan() == ScannedLabel(ITEM, "]E0", "front", ITEM.encode())
        assert listener.scans.empty()


@pytest.mark.parametrize("taken", [True, False])
def test_the_answer_waits_until_the_label_is_taken_care_of(
    listener: Listener, tmp_path: Path, *, taken: bool
) -> None:
    """What a till that ends in between did not take is not answered, and so sent again."""
    with VirtualScanner(tmp_path / "tty") as wire:
        early: list[bytes] = []

        def take(scan: Scan) -> bool:
            early.append(wire.receive(0.2))
            listener.scans.put(scan)
            return taken

        options = SerialOptions(str(tmp_path / "tty"), "front", protocol="ssi")
        listener.start(SerialScanner(options, take, listener.on_state))
        listener.until("ok")
        wire.send_bytes(sent(ITEM))
        assert told([listener.scan()]) == [ITEM]
        assert wire.receive(1.0) == (ACKED if taken else b"")
        assert early == [b""]


def test_the_simulated_scanner_says_whether_it_was_heard(listener: Listener, tmp_path: Path) -> None:
    said: list[str] = []
    start_late = SerialOptions(str(tmp_path / "tty"), "front", protocol="ssi", waits=Waits(0.02, 0.1))
    listener.start(SerialScanner(start_late, listener.scans.put, listener.on_state))
    assert serve(tmp_path / "tty", [ITEM], by=by_packets, say=said.append) == 1
    assert said[-1] == f"sent {ITEM}, acknowledged"
    assert isinstance(listener.scan(), ScannedLabel | TornScan)
