"""Recorded streams: decoded as the drivers would, with errors that name the line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.language.language import in_english
from drivers.message import Message, Unreadable
from drivers.scanner.framing import Framing
from drivers.scanner.keyboard import KeyOptions
from drivers.scanner.label import ScannedLabel, TornScan
from drivers.scanner.recording import TimedScan, decode_recording
from drivers.simulated.keyboard_scanner import evemu_lines, key_events

# As evemu-record prints it: the digits 8 and 9 and Enter of a US scanner, with its comments.
EVEMU = """\
# EVEMU 1.3
# Kernel: 6.1.0-28-amd64
# Input device name: "Some Barcode Scanner"
N: Some Barcode Scanner
I: 0003 05e0 1200 0110
P: 00 00 00 00 00 00 00 00
B: 00 13 00 12 00 00 00 00 00
################################
E: 0.000001 0004 0004 458789\t# EV_MSC / MSC_SCAN             458789
E: 0.000001 0001 0009 0001\t# EV_KEY / KEY_8                1
E: 0.000001 0000 0000 0000\t# ------------ SYN_REPORT (0) ---------- +0ms
E: 0.008001 0004 0004 458789\t# EV_MSC / MSC_SCAN             458789
E: 0.008001 0001 0009 0000
E: 0.008001 0000 0000 0000
E: 0.016001 0001 000a 0001
E: 0.016001 0000 0000 0000
E: 0.024001 0001 000a 0000
E: 0.024001 0000 0000 0000
E: 0.032001 0001 001c 0001
E: 0.032001 0000 0000 0000
"""


def test_a_keyboard_recording() -> None:
    found = decode_recording(EVEMU.splitlines(), device="desk")
    assert found == [TimedScan(0.032001, ScannedLabel("89", "", "desk", b"89"))]


@given(st.text("0123456789ABCxyz-/]", min_size=1), st.sampled_from(["us", "de", "fr"]))
def test_recordings_of_other_countries(text: str, layout: str) -> None:
    lines = evemu_lines(key_events(text, layout=layout))
    found = decode_recording(lines, keys=KeyOptions(layout, framing=Framing(code_id="none")))
    assert [timed.scan.text for timed in found if isinstance(timed.scan, ScannedLabel)] == [text]


def test_a_serial_recording_with_the_port_going_away() -> None:
    lines = """
        # two labels, one of them torn
        +0 5d 45 30
        +3 383930
        +5 !EIO
        +900 !REOPEN
        +20 5D4530
        +2 3839300d0a
        +700 4131
    """.splitlines()
    assert decode_recording(lines, device="front") == [
        TimedScan(0.008, TornScan(Message("scanner.torn.unplugged"), "front", b"]E0890")),
        TimedScan(pytest.approx(0.930), ScannedLabel("890", "]E0", "front", b"]E0890")),
        TimedScan(pytest.approx(1.630), TornScan(Message("scanner.torn.no-end"), "front", b"A1")),
    ]


def test_silence_in_a_recording_ends_a_label_without_suffix() -> None:
    found = decode_recording(["+0 4131", "+500 4232"], framing=Framing(suffix="none"))
    assert [timed.scan for timed in found] == [ScannedLabel("A1", raw=b"A1"), ScannedLabel("B2", raw=b"B2")]
    closed = decode_recording(["+0 4131", "+500 !EOF"], framing=Framing(suffix="none"))
    assert [timed.scan for timed in closed] == [ScannedLabel("A1", raw=b"A1")]
    cut = decode_recording(["+0 4131", "+20 !EOF"], framing=Framing(suffix="none"))
    assert [type(timed.scan) for timed in cut] == [TornScan]


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        (["+0 41", "", "hello"], 3),
        (["+0 4"], 1),
        (["+x 41"], 1),
        (["+0 41", "!BOOM"], 2),
        (["+0 41", "E: 0.1 0001 001c 1"], 2),
        (["E: 0.1 0001 001c 1", "+0 41"], 2),
        (["E: 0.1 0001 001c"], 1),
        (["E: 0.1 0001 00zz 1"], 1),
        (["N: a scanner", "E: now 0001 0002 1"], 2),
    ],
)
def test_a_line_that_fits_nothing_is_named(lines: list[str], number: int) -> None:
    with pytest.raises(Unreadable) as refused:
        decode_recording(lines)
    assert in_english(refused.value.message).startswith(f"line {number}: expected '")


@given(st.lists(st.text(), max_size=8))
def test_any_text_is_decoded_or_refused(lines: list[str]) -> None:
    try:
        decode_recording(lines)
    except Unreadable as error:
        assert in_english(error.message).startswith("line ")


def test_nothing_recorded_is_nothing_scanned() -> None:
    assert decode_recording([]) == []
    assert decode_recording(["# EVEMU 1.3", ""]) == []
