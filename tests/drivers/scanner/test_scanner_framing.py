"""Bytes to labels: every suffix, every chunking, and damage that is always reported."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.language.language import in_english
from drivers.message import Message
from drivers.scanner.framing import SUFFIXES, Framer, Framing
from drivers.scanner.label import Scan, ScannedLabel, TornScan

UNPLUGGED = Message("scanner.torn.unplugged")
LOST = Message("scanner.torn.keys-lost")

BYTES = {"any": "\r\n", "cr": "\r", "lf": "\n", "crlf": "\r\n", "tab": "\t", "none": "", "text": "##"}
TEXT = {"text": {"suffix_text": "##"}}


def wire(text: str, suffix: str) -> bytes:
    return f"\x02{text}\x03".encode() if suffix == "etx" else (text + BYTES[suffix]).encode()


def scans(data: bytes, framing: Framing, cuts: list[int] | None = None) -> list[Scan]:
    framer = Framer(framing, "front")
    edges = [0, *sorted(cuts or []), len(data)]
    out: list[Scan] = []
    for begin, end in itertools.pairwise(edges):
        out += framer.feed(data[begin:end], 1.0)
    return out + framer.idle(100.0)


def texts(found: list[Scan]) -> list[str]:
    return [
        scan.text if isinstance(scan, ScannedLabel) else f"torn: {in_english(scan.reason)}" for scan in found
    ]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_each_suffix_ends_a_label(suffix: str) -> None:
    """Two labels in a row come out as two, and the suffix is in neither."""
    framer = Framer(Framing(suffix=suffix, **TEXT.get(suffix, {})), "front")
    first = framer.feed(wire("]E08901030867569", suffix), 1.0) + framer.idle(1.2)
    second = framer.feed(wire("ABC", suffix), 2.0) + framer.idle(2.2)
    assert first == [ScannedLabel("8901030867569", "]E0", "front", b"]E08901030867569")]
    assert second == [ScannedLabel("ABC", "", "front", b"ABC")]


@pytest.mark.parametrize(
    ("suffix", "end"),
    [("any", "\r"), ("any", "\n"), ("any", "\r\n"), ("cr", "\r\n"), ("lf", "\r\n"), ("cr", "\r")],
)
def test_a_scanner_that_sends_crlf_is_understood_by_each_line_end_setting(suffix: str, end: str) -> None:
    found = scans((f"A{end}B{end}").encode(), Framing(suffix=suffix))
    assert texts(found) == ["A", "B"]


@given(st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=6), st.sampled_from(SUFFIXES))
def test_the_chunks_do_not_matter_and_no_bytes_crash(data: bytes, cuts: list[int], suffix: str) -> None:
    """Any bytes, cut anywhere or one at a time, give the same scans as in one piece."""
    framing = Framing(suffix=suffix, max_length=20, **TEXT.get(suffix, {}))
    whole = scans(data, framing)
    assert scans(data, framing, [min(cut, len(data)) for cut in cuts]) == whole
    assert scans(data, framing, list(range(len(data)))) == whole


@pytest.mark.parametrize(
    "framing",
    [
        *[Framing(suffix=suffix) for suffix in SUFFIXES if suffix != "text"],
        *[Framing(encoding=encoding) for encoding in ("cp1252", "utf-16-le", "cp037")],
        *[Framing(code_id=code_id) for code_id in ("none", "honeywell")],
        *[Framing(max_length=most) for most in (8, 13, 17)],
        Framing(settle_s=0.2),
        Framing(prefix="8"),
        Framing(no_read="89010308"),
        Framing(drop="0"),
        Framing(gs_substitutes=("01",)),
    ],
)
@pytest.mark.parametrize("end", ["", "\r", "\n", "\r\n", "\n\r", "\t", "\r\t", "\r\r", "\r\n\n", "#"])
def test_a_label_of_goods_in_one_piece_is_what_it_is_byte_by_byte(framing: Framing, end: str) -> None:
    """Also for what comes after it, and how long it is waited for."""
    digits = ["8901030867569000"[:length] for length in (7, 8, 11, 12, 13, 14, 15)]
    for name, number in itertools.product(["", "]E0", "]E4", "]C1", "]Q1", "E0", "A"], digits):
        whole, pieces = Framer(framing, "front"), Framer(framing, "front")
        data = f"{name}{number}{end}".encode()
        found = whole.feed(data, 1.0)
        single = [scan for byte in data for scan in pieces.feed(bytes([byte]), 1.0)]
        assert (found, whole.between, whole.deadline) == (single, pieces.between, pieces.deadline), data
        assert whole.feed(b"\n12", 1.1) == pieces.feed(b"\n12", 1.1)
        assert (whole.between, whole.deadline) == (pieces.between, pieces.deadline)
        assert whole.idle(9.0) == pieces.idle(9.0)


@pytest.mark.parametrize("tail", ["89010308", "8901030867569", "]E08901030867569"])
def test_digits_behind_half_a_label_are_its_tail_and_no_goods_of_their_own(tail: str) -> None:
    """A stall cut a label in two: what comes in one piece then sells nothing, unless it names itself."""
    framer = Framer(Framing(stale_s=0.5))
    framer.feed(b"010890103", 1.0)
    framer.idle(1.6)
    (found,) = framer.feed(f"{tail}\r".encode(), 2.0)
    assert isinstance(found, ScannedLabel if tail.startswith("]") else TornScan)


@given(
    st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1), min_size=1, max_size=5)
)
def test_every_printable_label_arrives_unchanged(labels: list[str]) -> None:
    data = b"".join(wire(label, "etx") for label in labels)
    found = scans(data, Framing(suffix="etx", code_id="none"))
    assert texts(found) == labels


@pytest.mark.parametrize("noise", [b"\x00", b"\xff", b"\x07", b"\x7f", b"\xc3(", b"\xc2\x85"])
def test_noise_in_a_label_tears_it(noise: bytes) -> None:
    """A label with a byte that no label has is reported with all it held, and the next one is clean."""
    found = scans(b"890" + noise + b"103\rGOOD\r", Framing())
    assert isinstance(found[0], TornScan)
    assert found[0].raw == b"890" + noise + b"103"
    assert texts(found[1:]) == ["GOOD"]


def test_a_label_without_its_end_does_not_stick_to_the_next() -> None:
    """Half a label is torn when silence follows, not glued to the label after it."""
    framer = Framer(Framing(stale_s=0.5))
    assert framer.feed(b"89010", 1.0) == []
    assert framer.deadline == 1.5
    assert framer.idle(1.4) == []
    assert texts(framer.feed(b"8901030867569\r", 1.6)) == [
        "torn: the end of the label never came",
        "8901030867569",
    ]


def test_a_slow_scanner_is_not_torn() -> None:
    framer = Framer(Framing(stale_s=0.5))
    found = [
        scan for number, byte in enumerate(b"12345\r") for scan in framer.feed(bytes([byte]), number * 0.4)
    ]
    assert texts(found) == ["12345"]


@pytest.mark.parametrize("suffix", ["any", "crlf", "etx"])
def test_an_overlong_label_is_reported_once_and_its_tail_is_no_label(suffix: str) -> None:
    data = wire("x" * 50, suffix) + wire("y" * 10, suffix)
    found = scans(data, Framing(suffix=suffix, max_length=10))
    assert texts(found) == ["torn: the label is longer than 10 characters", "y" * 10]


def test_one_character_above_the_limit_is_too_long() -> None:
    assert texts(scans(b"x" * 11 + b"\r", Framing(max_length=10))) == [
        "torn: the label is longer than 10 characters"
    ]


def test_missing_marks_show_the_tear() -> None:
    """STX without ETX, ETX without STX and bytes between the marks are each reported once."""
    found = scans(b"\x02one\x02two\x03three\x03\r\n..\x02four\x03", Framing(suffix="etx"))
    assert texts(found) == [
        "torn: a new label began before the last one ended",
        "two",
        "torn: the beginning of the label is missing",
        "torn: line noise between labels",
        "four",
    ]


def test_group_separators_are_kept_and_substitutes_become_them() -> None:
    framing = Framing(gs_substitutes=("<GS>", "^]"))
    found = scans(b"]C110A\x1d21B<GS>17C^]99\r", framing)
    assert found == [
        ScannedLabel("10A\x1d21B\x1d17C\x1d99", "]C1", "front", b"]C110A\x1d21B<GS>17C^]99"),
    ]


def test_line_ends_inside_a_2d_code_stay_when_silence_must_follow() -> None:
    """With settle_s, only a suffix followed by silence ends the label."""
    framer = Framer(Framing(settle_s=0.05))
    assert framer.feed(b"BEGIN\r", 1.0) + framer.feed(b"END\r", 1.02) == []
    assert framer.deadline == pytest.approx(1.07)
    assert texts(framer.idle(1.08)) == ["BEGIN\rEND"]
    assert texts(scans(b"a\rb\r\n", Framing(suffix="cr"))) == ["a", "b"]


def test_a_prefix_is_demanded_and_taken_off() -> None:
    found = scans(b"#890\r90\r", Framing(prefix="#"))
    assert texts(found) == ["890", "torn: the beginning of the label is missing"]


def test_known_loss_tears_the_label_to_its_end() -> None:
    """After tear() the rest of the label is dropped, and the one behind it is good."""
    framer = Framer(Framing())
    framer.feed(b"890", 1.0)
    assert texts(framer.tear(LOST, 1.0)) == ["torn: the computer lost key presses of this scan"]
    assert framer.tear(LOST, 1.0) == []
    assert texts(framer.feed(b"1030\rNEXT\r", 1.1)) == ["NEXT"]


def test_a_lost_line_tears_half_a_label_even_where_silence_would_end_it() -> None:
    for suffix in ("any", "none", "etx"):
        framer = Framer(Framing(suffix=suffix))
        framer.feed(wire("890", suffix)[:3], 1.0)
        assert texts(framer.reset(UNPLUGGED)) == ["torn: the scanner was unplugged in the middle of a label"]
        assert framer.reset(UNPLUGGED) == []
        assert framer.deadline is None


def test_a_bare_symbology_identifier_is_no_label() -> None:
    assert texts(scans(b"]E0\r", Framing())) == ["torn: the label is empty"]


def test_a_codec_that_names_no_position_tears_the_label_too() -> None:
    [torn] = scans(b"caf-!\r", Framing(encoding="punycode"))
    assert isinstance(torn, TornScan)


def test_line_ends_alone_are_nothing() -> None:
    assert scans(b"\r\n\n\r\r", Framing()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"suffix": "enter"},
        {"idle_s": 0.0},
        {"stale_s": -1.0},
        {"settle_s": -0.1},
        {"max_length": 0},
        {"gs_substitutes": ("",)},
        {"encoding": "utf-9"},
        {"suffix": "text"},
        {"suffix_text": "#"},
        {"code_id": "acme"},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Framing(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("suffix", ["any", "cr", "lf", "crlf", "tab", "none"])
@pytest.mark.parametrize("end", [b"\r\t", b"\t\r", b"\r\n\t", b"\t\r\n"])
@pytest.mark.parametrize("settle_s", [0.0, 0.06])
def test_cr_and_tab_end_a_label_in_either_order(suffix: str, end: bytes, settle_s: float) -> None:
    """Scanners set up for a form send both; no mode takes one of them for a part of the next label."""
    framer = Framer(Framing(suffix=suffix, settle_s=settle_s))
    found: list[Scan] = []
    for second, label in enumerate((b"8900000000012", b"TEA-250", b"8900000000036"), 1):
        found += framer.feed(label + end, float(second)) + framer.idle(second + 0.3)
    assert texts(found) == ["8900000000012", "TEA-250", "8900000000036"]
    assert framer.idle(10.0) == []


def test_form_ends_between_the_marks_of_labels_are_no_noise() -> None:
    found = scans(b"\x02one\x03\r\t\x02two\x03\t\r", Framing(suffix="etx"))
    assert texts(found) == ["one", "two"]


PDF417 = b"]L2@\n\x1e\rANSI 636014040002DL00410288\nDAQ12345\nDCSSAMPLE\r8900000000012\rDAJCA\r"


@pytest.mark.parametrize("settle_s", [0.0, 0.06])
@pytest.mark.parametrize("suffix", ["any", "cr", "lf"])
@pytest.mark.parametrize("label", [b"]Q1Some line\r breaks\nin here.", PDF417, b"]d1A\r8900000000012\rCMD:X"])
def test_a_code_of_two_dimensions_is_one_label_with_its_line_breaks(
    label: bytes, suffix: str, settle_s: float
) -> None:
    """The scanner says that it is one: its lines sell nothing, and the label behind it is whole."""
    framer = Framer(Framing(suffix=suffix, settle_s=settle_s))
    found = framer.feed(label + b"\r\n", 1.0) + framer.idle(1.1)
    assert texts(found) == [label[3:].decode().strip()]
    assert texts(framer.feed(b"]E08900000000036\r\n", 2.0)) == ["8900000000036"]


@pytest.mark.parametrize("settle_s", [0.0, 0.06])
def test_a_suffix_of_ones_own_is_no_part_of_a_code_of_two_dimensions(settle_s: float) -> None:
    """It may stand inside as well; the label behind it is one of its own."""
    framer = Framer(Framing(suffix="text", settle_s=settle_s, **TEXT["text"]))
    found = framer.feed(b"]Q1a##b##\r\n", 1.0) + framer.idle(1.1)
    found += framer.feed(b"]d2ONE##]E08900000000036##", 2.0) + framer.idle(2.1)
    assert texts(found) == ["a##b", "ONE", "8900000000036"]


def test_lines_of_a_text_whose_scanner_names_nothing_are_one_label_too() -> None:
    framer = Framer(Framing(settle_s=0.06))
    assert framer.feed(b"Some line\r breaks\nin here.\r\n", 1.0) == []
    assert texts(framer.idle(1.07)) == ["Some line\r breaks\nin here."]


def test_labels_that_a_base_hands_over_in_one_go_are_as_many() -> None:
    """A number such as goods have ends what stands before it; identifiers part everything."""
    framer = Framer(Framing(settle_s=0.06))
    found = framer.feed(b"8900000000012\rNO-SUCH\r8900000000036\r8900000000037\r96385074\r", 1.0)
    assert texts(found) == ["8900000000012", "NO-SUCH", "8900000000036", "8900000000037", "96385074"]
    found = framer.feed(b"]Q1SOME\r]E08900000000012\r]Q1OTHER\rLINE\r", 2.0) + framer.idle(2.1)
    assert texts(found) == ["SOME", "8900000000012", "OTHER\rLINE"]


def test_goods_are_not_kept_waiting() -> None:
    framer = Framer(Framing(settle_s=0.06))
    assert texts(framer.feed(b"]E08900000000012\r", 1.0)) == ["8900000000012"]
    assert texts(framer.feed(b"8900000000012\r", 1.0)) == ["8900000000012"]
    assert framer.deadline is None


@pytest.mark.parametrize("pause_s", [0.6, 1.0, 4.0])
def test_the_rest_of_a_label_behind_a_stall_is_no_label(pause_s: float) -> None:
    framer = Framer(Framing())
    found = framer.feed(b"890103", 1.0) + framer.idle(1.55) + framer.feed(b"0867569\r", 1.0 + pause_s)
    assert texts(found) == [
        "torn: the end of the label never came",
        "torn: it may be the rest of the label before it",
    ]
    assert texts(framer.feed(b"4711\r", 6.0)) == ["4711"]


def test_behind_half_a_label_one_with_its_own_mark_of_a_beginning_is_trusted() -> None:
    framer = Framer(Framing(suffix="etx"))
    found = framer.feed(b"\x02471", 1.0) + framer.idle(1.55) + framer.feed(b"1\x03", 2.0)
    assert [type(scan) for scan in found] == [TornScan, TornScan]
    assert texts(framer.feed(b"\x024712\x03", 3.0)) == ["4712"]


def test_a_rest_that_is_the_half_once_more_is_no_label() -> None:
    framer = Framer(Framing())
    found = framer.feed(b"4711", 1.0) + framer.idle(1.55) + framer.feed(b"4711\r", 2.0)
    assert [type(scan) for scan in found] == [TornScan, TornScan]
    assert texts(framer.feed(b"47114711\r", 8.0)) == ["47114711"]


def test_the_label_scanned_again_after_a_stall_is_trusted() -> None:
    framer = Framer(Framing())
    found = framer.feed(b"890103", 1.0) + framer.feed(b"8901030867569\r", 2.0)
    assert texts(found)[1:] == ["8901030867569"]
    found = framer.feed(b"]E0890103", 10.0) + framer.feed(b"]E08900000000012\r", 11.0)
    assert texts(found)[1:] == ["8900000000012"]
    found = framer.feed(b"890103", 20.0) + framer.feed(b"4711\r", 26.0)
    assert texts(found)[1:] == ["4711"]


@pytest.mark.parametrize("half", [b"4", b"47", b"]C", b"]"])
def test_the_rest_of_a_label_is_no_label_however_little_came_before_the_stall(half: bytes) -> None:
    framer = Framer(Framing())
    found = framer.feed(half, 1.0) + framer.idle(1.55) + framer.feed(b"47110815\r", 1.7)
    assert texts(found)[1:] == ["torn: it may be the rest of the label before it"]
    assert texts(framer.feed(b"4711\r", 2.5)) == ["4711"]


def test_the_noise_of_a_line_that_was_plugged_in_costs_no_label() -> None:
    framer = Framer(Framing())
    found = framer.feed(b"\x00\x00\xff", 1.0) + framer.idle(1.55) + framer.feed(b"4711\r", 1.7)
    assert texts(found)[1:] == ["4711"]
