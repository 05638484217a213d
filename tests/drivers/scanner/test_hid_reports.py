"""Reports of HID POS scanners: whole labels come out, and of what is damaged never a half one."""

from __future__ import annotations

import pytest

from drivers.message import Message
from drivers.scanner.framing import Framing
from drivers.scanner.hid_reports import ReportFramer, is_bar_code_scanner
from drivers.scanner.label import NoRead, Scan, ScannedLabel, TornScan
from drivers.simulated.hid_pos_scanner import DESCRIPTOR, report, reports

RICE = "8901030867569"
LONG = "http://example.org/01/08901030867569/10/" + "L" * 100
# As a maker's manual prints it: 60 characters in two reports (Access-IS LSR110, "HID reports").
BOARDING = "M1GATHERGOOD/MICHAEL YABCDEF LHRDURAK 3542 052Y003D23".ljust(56) + " 100"
KEYBOARD = bytes.fromhex("05010906a101050719e029e71500250175019508810295017508810195057501c0")


def fed(
    *some: bytes, framing: Framing | None = None, step_s: float = 0.004, emulated: bool = False
) -> list[Scan]:
    """What comes of reports that arrive one after the other, and of the silence behind them."""
    framer = ReportFramer(framing or Framing(), "desk", emulated=emulated)
    scans, now = [], 100.0
    for one in some:
        now += step_s
        scans += framer.feed(one, now)
    return scans + framer.idle(now + 60)


def torn(scan: Scan) -> str:
    assert isinstance(scan, TornScan)
    return scan.reason.id.removeprefix("scanner.torn.")


def test_a_label_comes_with_the_kind_the_report_names() -> None:
    assert fed(*reports(f"]E0{RICE}")) == [ScannedLabel(RICE, "]E0", "desk", RICE.encode())]
    assert fed(report("]C1", b"10LOT\x1d21X")) == [
        ScannedLabel("10LOT\x1d21X", "]C1", "desk", b"10LOT\x1d21X")
    ]


@pytest.mark.parametrize("size", [1, 55, 56, 57, 112, 113, 1000])
def test_a_long_label_comes_in_parts_and_is_one(size: int) -> None:
    text = "".join(chr(ord("A") + place % 26) for place in range(size))
    assert fed(*reports(f"]Q1{text}")) == [ScannedLabel(text, "]Q1", "desk", text.encode())]


def test_the_reports_that_a_maker_prints_are_read() -> None:
    first = b"\x02\x38]Q0" + BOARDING[:56].encode() + b"s\0\1"
    second = (b"\x02\x04]Q0" + BOARDING[56:].encode()).ljust(61, b"\0") + b"s\0\0"
    assert fed(first, second) == [ScannedLabel(BOARDING, "]Q0", "desk", BOARDING.encode())]


def test_a_character_over_the_edge_of_two_reports_is_whole() -> None:
    text = "A" * 55 + "नमक"
    assert [scan.text for scan in fed(*reports(f"]Q1{text}")) if isinstance(scan, ScannedLabel)] == [text]


def test_line_ends_inside_are_the_label_s_whatever_waits_for_silence() -> None:
    [scan] = fed(report("]Q1", b"ONE\r\nTWO\r"), framing=Framing(settle_s=0.0))
    assert isinstance(scan, ScannedLabel)
    assert scan.text == "ONE\r\nTWO"


def test_what_the_settings_say_of_labels_holds_here_too() -> None:
    framing = Framing(prefix="*", no_read="NOREAD", gs_substitutes=("{GS}",), encoding="cp1252")
    some = [
        report("]C1", b"*10L{GS}21X"),
        report("]C0", b"*NOREAD"),
        report("]C0", b"*\xe9"),
        report("]C0", b"A"),
    ]
    scans = fed(*some, framing=framing)
    assert scans[:3] == [
        ScannedLabel("10L\x1d21X", "]C1", "desk", b"*10L{GS}21X"),
        NoRead("desk", b"*NOREAD"),
        ScannedLabel("é", "]C0", "desk", b"*\xe9"),
    ]
    assert torn(scans[3]) == "no-beginning"


def test_an_identifier_in_the_data_is_taken_off_as_well() -> None:
    assert fed(report("]E0", b"]E0" + RICE.encode())) == [
        ScannedLabel(RICE, "]E0", "desk", b"]E0" + RICE.encode())
    ]
    nothing = report("]C0", RICE.encode()).replace(b"]C0", b"\0\0\0")
    assert fed(nothing) == [ScannedLabel(RICE, "", "desk", RICE.encode())]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (report("]E0", RICE.encode())[:40], "report-short"),
        (report("]E0", RICE.encode(), length=57), "report-length"),
        (report("]E0", RICE.encode(), length=255), "report-length"),
        (b"\x03" + report("]E0", RICE.encode())[1:], "report-number"),
        (b"\x00", "report-number"),
        (report("]E0", b""), "empty"),
        (report("]E0", b"\r\n"), "empty"),
        (report("]E0", b"89\x00103"), "control"),
        (report("]E0", b"\xff\xfe"), "character"),
    ],
)
def test_a_report_that_is_not_right_is_told_and_counted_as_torn(bad: bytes, reason: str) -> None:
    [scan] = fed(bad)
    assert torn(scan) == reason


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize(
    "damage", [lambda one: one[:40], lambda one: b"\x07" + one[1:], lambda one: one[:1] + b"\xf0" + one[2:]]
)
def test_a_label_of_which_one_part_is_damaged_gives_no_half_of_it(place: int, damage: object) -> None:
    parts = reports(f"]Q1{LONG}")
    assert len(parts) == 3
    parts[place] = damage(parts[place])  # type: ignore[operator]
    assert all(isinstance(scan, TornScan) for scan in fed(*parts))
    # What comes when that is over is a label again.
    framer = ReportFramer(Framing(), "desk")
    for one in parts:
        framer.feed(one, 1.0)
    assert framer.idle(9.0) is not None
    assert framer.feed(reports(RICE)[0], 9.0) == [ScannedLabel(RICE, "]E0", "desk", RICE.encode())]


@pytest.mark.parametrize("lost", range(2))
def test_a_label_whose_end_never_comes_is_torn_and_the_next_one_stands_for_itself(lost: int) -> None:
    parts = reports(f"]Q1{LONG}")[: lost + 1]
    framer = ReportFramer(Framing(stale_s=0.5), "desk")
    for one in parts:
        assert framer.feed(one, 1.0) == []
    assert framer.deadline == 1.5
    scans = framer.feed(reports(f"]E0{RICE}")[0], 1.6)
    assert [torn(scans[0]), scans[1]] == ["no-end", ScannedLabel(RICE, "]E0", "desk", RICE.encode())]


def test_the_rest_of_a_label_that_comes_too_late_is_no_label() -> None:
    """It is of the same kind; that label scanned once more is trusted, and so is any after five seconds."""
    first, *rest = reports(f"]Q1{LONG}")
    framer = ReportFramer(Framing(stale_s=0.5), "desk")
    scans = framer.feed(first, 1.0)
    for part in rest:
        scans += framer.feed(part, 1.7)
    assert [torn(scan) for scan in scans] == ["no-end", "tail"]
    assert framer.feed(first, 10.0) + framer.idle(11.0) != []
    again = [scan for part in (first, *rest) for scan in framer.feed(part, 12.0)]
    assert [scan.raw for scan in again if isinstance(scan, ScannedLabel)] == [LONG.encode()]
    assert framer.feed(first, 20.0) + framer.idle(21.0) != []
    later = framer.feed(reports(f"]Q1{RICE}")[0], 27.0)
    assert later == [ScannedLabel(RICE, "]Q1", "desk", RICE.encode())]


def test_of_half_a_label_without_its_beginning_nothing_is_known_by_how_the_rest_begins() -> None:
    framer = ReportFramer(Framing(stale_s=0.5), "desk")
    part = report("]Q1", b"A" * 56, more=True)
    scans = framer.feed(part[:9], 1.0) + framer.feed(part, 1.1)
    scans += framer.feed(part, 2.0) + framer.feed(report("]Q1", b"A" * 9), 2.1)
    assert [torn(scan) for scan in scans] == ["report-short", "no-end", "tail"]


def test_another_kind_inside_a_label_is_no_part_of_it() -> None:
    first, *_ = reports(f"]Q1{LONG}")
    scans = fed(first, *reports(f"]E0{RICE}"))
    assert [torn(scan) for scan in scans] == ["next-began", "tail"]


def test_more_follows_for_ever_is_one_long_label_and_torn_once() -> None:
    endless = [report("]Q1", b"A" * 56, more=True)] * 400
    scans = fed(*endless, report("]Q1", b"END"), framing=Framing(max_length=1000))
    assert [torn(scan) for scan in scans] == ["too-long"]
    assert len(scans[0].raw) <= 1056, "no more is kept than is needed to see it"


def test_the_cable_pulled_inside_a_label_tears_it() -> None:
    framer = ReportFramer(Framing(), "desk")
    framer.feed(reports(f"]Q1{LONG}")[0], 1.0)
    assert framer.reset(Message("scanner.torn.unplugged")) == [
        TornScan(Message("scanner.torn.unplugged"), "desk", LONG[:56].encode())
    ]
    assert framer.reset(Message("scanner.torn.unplugged")) == []


def test_symbols_com_port_emulation_is_a_length_and_data() -> None:
    some = [
        (bytes((len(RICE),)) + RICE.encode()).ljust(64, b"\0"),
        (b"\x10]E0" + RICE.encode()).ljust(64, b"\0"),
    ]
    assert fed(*some, emulated=True, step_s=0.5) == [
        ScannedLabel(RICE, "", "desk", RICE.encode()),
        ScannedLabel(RICE, "]E0", "desk", b"]E0" + RICE.encode()),
    ]
    full = b"\x3f" + b"A" * 63
    assert [torn(scan) for scan in fed(full, some[0], emulated=True)] == ["in-parts", "tail"]
    assert [torn(scan) for scan in fed(b"\x40" + b"A" * 63, emulated=True)] == ["report-length"]
    assert [torn(scan) for scan in fed(b"\x02AB", emulated=True)] == ["report-short"]


def test_a_scanner_is_known_by_its_descriptor_and_a_keyboard_is_none() -> None:
    assert is_bar_code_scanner(DESCRIPTOR)
    assert is_bar_code_scanner(KEYBOARD + DESCRIPTOR)
    assert is_bar_code_scanner(bytes.fromhex("0b02008c00a101c0")), (
        "a usage of four bytes brings its page along"
    )
    assert not is_bar_code_scanner(KEYBOARD)
    assert not is_bar_code_scanner(b"")
    # Neither a page that is only spoken of, nor a scanner's collection inside of another.
    assert not is_bar_code_scanner(bytes.fromhex("058c0501 0902a101c0".replace(" ", "")))
    assert not is_bar_code_scanner(bytes.fromhex("05010906a101058c0902a102c0c0"))
    assert not is_bar_code_scanner(bytes.fromhex("fe03aa058c09" + "0902"))
