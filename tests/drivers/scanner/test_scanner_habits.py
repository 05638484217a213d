"""What one maker's scanners do and another's do not: texts around a label, letters for its kind, no-reads."""

from __future__ import annotations

import itertools

import pytest

from agent.language.language import in_english
from drivers.message import Message
from drivers.scanner.framing import Framer, Framing
from drivers.scanner.keyboard import KeyDecoder, KeyOptions
from drivers.scanner.label import NoRead, Scan, ScannedLabel, TornScan
from drivers.simulated.keyboard_scanner import key_events

ITEM = "8901030867569"


def scans(data: bytes, framing: Framing) -> list[Scan]:
    framer = Framer(framing, "front")
    return [scan for byte in data for scan in framer.feed(bytes([byte]), 1.0)] + framer.idle(100.0)


def told(found: list[Scan]) -> list[tuple[str, str]]:
    return [
        (scan.text, scan.symbology_id)
        if isinstance(scan, ScannedLabel)
        else ("torn", in_english(scan.reason))
        if isinstance(scan, TornScan)
        else ("", "no read")
        for scan in found
    ]


@pytest.mark.parametrize("end", ["#", "--", "END", "<CR>", "\x04"])
def test_any_text_may_end_a_label(end: str) -> None:
    framing = Framing(suffix="text", suffix_text=end, prefix="*")
    found = scans(f"*{ITEM}{end}*ABC{end}\r\n*TEA-250{end}".encode(), framing)
    assert told(found) == [(ITEM, ""), ("ABC", ""), ("TEA-250", "")]


def test_after_a_tear_the_text_that_ends_a_label_is_still_known() -> None:
    framer = Framer(Framing(suffix="text", suffix_text="END"))
    framer.feed(b"890", 1.0)
    framer.tear(Message("scanner.torn.keys-lost"), 1.0)
    found = [scan for byte in b"103ENDABCEND" for scan in framer.feed(bytes([byte]), 1.1)]
    assert told(found) == [("ABC", "")]


@pytest.mark.parametrize(
    ("maker", "letter", "text", "symbology_id"),
    [
        ("zebra", "A", ITEM, "]E0"),
        ("zebra", "A", "012345678905", "]E0"),
        ("zebra", "A", "96385074", ""),  # EAN-8 or UPC-E: the letter is the same
        ("zebra", "A", "978019853453612345"[:18], "]E3"),
        ("zebra", "K", "0108901030867569", "]C1"),
        ("zebra", "R", "0108901030867569", "]e0"),
        ("zebra", "B", "TEA-250", "]A0"),
        ("zebra", "P00", "10LOT", "]d1"),
        ("zebra", "P0Q", "0108901030867569", "]Q3"),
        ("zebra", "N", "123", ""),
        ("honeywell", "d", ITEM, "]E0"),
        ("honeywell", "c", "012345678905", "]E0"),
        ("honeywell", "D", "96385074", "]E4"),
        ("honeywell", "I", "0108901030867569", "]C1"),
        ("honeywell", "}", "0108901030867569", "]e0"),
        ("honeywell", "j", "TEA-250", "]C0"),
    ],
)
def test_a_makers_letter_names_the_kind_and_is_no_part_of_the_label(
    maker: str, letter: str, text: str, symbology_id: str
) -> None:
    """Also behind a prefix, and from a keyboard."""
    for prefix in ("", "~"):
        framing = Framing(code_id=maker, prefix=prefix)
        assert told(scans(f"{prefix}{letter}{text}\r".encode(), framing)) == [(text, symbology_id)]
    decoder = KeyDecoder(KeyOptions(framing=Framing(code_id=maker)), "front")
    typed = [scan for event in key_events(letter + text) for scan in decoder.feed(event)]
    assert told(typed + decoder.finish()) == [(text, symbology_id)]


def test_a_label_without_its_makers_letter_is_torn_and_not_cut() -> None:
    [(word, why)] = told(scans(f"{ITEM}\r".encode(), Framing(code_id="zebra")))
    assert (word, why) == (
        "torn",
        "it does not begin with a letter that Zebra scanners send for a kind of code",
    )


def test_a_bare_letter_is_an_empty_label() -> None:
    assert told(scans(b"A\r", Framing(code_id="zebra"))) == [("torn", "the label is empty")]


@pytest.mark.parametrize("settle_s", [0.0, 0.06])
def test_a_code_of_lines_stays_one_label_where_a_makers_letter_names_it(settle_s: float) -> None:
    """Its lines may begin with letters of kinds; goods scanned behind it are their own."""
    framer = Framer(Framing(code_id="zebra", settle_s=settle_s))
    data = b"P01BEGIN:CARD\rA NAME\r8900000000012\r"
    found = [scan for n, byte in enumerate(data) for scan in framer.feed(bytes([byte]), 1.0 + n / 1e4)]
    found += framer.feed(f"A{ITEM}\r".encode(), 1.01)
    assert told(found + framer.idle(2.0)) == [
        ("BEGIN:CARD\rA NAME\r8900000000012", "]Q1"),
        (ITEM, "]E0"),
    ]


@pytest.mark.parametrize(("prefix", "code_id"), list(itertools.product(("", "~"), ("aim", "zebra", "none"))))
def test_what_says_that_nothing_was_read_is_no_label(prefix: str, code_id: str) -> None:
    framing = Framing(prefix=prefix, code_id=code_id, no_read="NOREAD")
    assert scans(f"{prefix}NOREAD\r".encode(), framing) == [NoRead("front", f"{prefix}NOREAD".encode())]


def test_bytes_that_mean_nothing_are_passed_over() -> None:
    """NULs of a line that pads, marks of a protocol nobody speaks here; others still tear the label."""
    found = scans(b"\x00\x06890\x001030867569\x00\r\x00ABC\x07\r", Framing(drop="\x00\x06"))
    assert told(found) == [(ITEM, ""), ("torn", "the label holds the control character 0x07")]


def test_what_a_label_may_be_long_does_not_count_what_ends_it() -> None:
    framing = Framing(suffix="text", suffix_text="<END>", max_length=4)
    assert told(scans(b"1234<END>12345<END>", framing))[0] == ("1234", "")
    assert [word for word, _ in told(scans(b"1234<END>12345<END>", framing))] == ["1234", "torn"]


@pytest.mark.parametrize("end", ["#;", "#\r"])
def test_a_text_behind_a_code_of_two_dimensions_is_taken_off_too(end: str) -> None:
    framing = Framing(suffix="text", suffix_text=end, settle_s=0.06)
    found = scans(f"]Q1one\r\ntwo{end}]Q1three{end}".encode(), framing)
    assert told(found) == [("one\r\ntwo", "]Q1"), ("three", "]Q1")]
