"""The reply parser and its plain-language twin."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.language.language import in_english
from drivers.message import Unreadable
from drivers.printer.explain import explain
from drivers.printer.replies import (
    AutoStatus,
    Block,
    BufferCleared,
    Echo,
    Flow,
    Garbage,
    InOrder,
    PowerOff,
    Realtime,
    Reply,
    ReplyParser,
)

FOUR = bytes.fromhex("100401 100402 100403 100404")
ANSWERS = st.sampled_from(
    [
        *(b"\x16", b"\x12", b"\x1e", b"\x7e", b"\x14\x00\x00\x0f", b"\x38\x00\x63\x0f", b"\x00", b"\x0c"),
        *(
            b"\x37\x22AB01\x00",
            b"\x37\x25\x00",
            b"\x3b\x30\x00",
            b"\x5fTM-T20\x00",
            b"\x11",
            b"\x13",
            b"\xff",
        ),
    ]
)


def explained(answer: str, asked: str = "") -> list[str]:
    return [in_english(message) for message in explain(answer, asked)]


def parsed(data: bytes, asked: bytes = b"") -> list[Reply]:
    parser = ReplyParser()
    parser.asked(asked)
    return parser.feed(data) + parser.end()


@given(st.lists(ANSWERS | st.binary(max_size=6)), st.lists(st.integers(0, 60)), st.binary(max_size=12))
def test_the_pieces_in_which_bytes_arrive_change_nothing(
    answers: list[bytes], cuts: list[int], asked: bytes
) -> None:
    """Any stream, cut anywhere, gives the same replies as in one piece, and never an exception."""
    data = b"".join(answers)
    parser = ReplyParser()
    parser.asked(asked)
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[start:end] for start, end in pairwise(edges)]
    assert [reply for piece in pieces for reply in parser.feed(piece)] + parser.end() == parsed(data, asked)


def test_status_bytes_are_matched_to_the_questions_in_order() -> None:
    """A real printer's idle answers, and one byte more than was asked."""
    assert parsed(b"\x16\x12\x12\x12\x12", FOUR) == [
        Realtime(0x16, 1),
        Realtime(0x12, 2),
        Realtime(0x12, 3),
        Realtime(0x12, 4),
        Realtime(0x12, None),
    ]


def test_automatic_status_with_reserved_bits_is_one_block() -> None:
    """Epson's own example has reserved bits set in its third byte."""
    assert parsed(b"\x38\x00\x63\x0f\x14\x00\x00\x0f") == [
        AutoStatus(b"\x38\x00\x63\x0f"),
        AutoStatus(b"\x14\x00\x00\x0f"),
    ]


def test_flow_control_and_real_time_bytes_inside_a_status_block_do_not_break_it() -> None:
    replies = parsed(b"\x14\x13\x00\x16\x00\x11\x0f", b"\x10\x04\x01")
    assert replies == [Flow(xon=False), Realtime(0x16, 1), Flow(xon=True), AutoStatus(b"\x14\x00\x00\x0f")]


def test_the_rest_of_a_status_block_never_passes_for_an_in_order_answer() -> None:
    """Were it otherwise, a status change in the middle of a job would confirm the job."""
    assert not any(isinstance(reply, InOrder) for reply in parsed(b"\x14\x12\x00\x00\x0f"))


def test_blocks_end_with_nul() -> None:
    assert parsed(b"\x37\x22AB01\x00\x37\x25\x00\x3b\x30\x00\x5fTM-T88V\x00") == [
        Echo("AB01"),
        BufferCleared(),
        PowerOff(),
        Block(0x5F, b"TM-T88V"),
    ]


def test_an_echo_survives_a_status_byte_in_its_middle() -> None:
    assert parsed(b"\x37\x22A\x12B01\x00") == [Realtime(0x12, None), Echo("AB01")]


@pytest.mark.parametrize("broken", [b"\x37\x22AB1\x00", b"\x37\x22AB012\x00", b"\x37\x22AB\xff01\x00"])
def test_a_damaged_echo_is_no_echo(broken: bytes) -> None:
    replies = parsed(broken + b"\x37\x22GOOD\x00")
    assert [reply for reply in replies if isinstance(reply, Echo)] == [Echo("GOOD")]


def test_a_block_that_never_ends_is_given_up() -> None:
    """After a lost NUL the parser finds its feet again."""
    replies = parsed(b"\x5f" + b"x" * 200 + b"\x00\x37\x22AB01\x00")
    assert replies[-1] == Echo("AB01")
    assert any(isinstance(reply, Garbage) for reply in replies)


def test_a_bare_status_byte_is_not_read() -> None:
    """The same byte means something else for each request."""
    [sentence] = explained("16")
    assert "without the request" in sentence
    assert "online" not in sentence


@pytest.mark.parametrize(
    ("answer", "asked", "words"),
    [
        ("16", "10 04 01", "online"),
        ("1e", "100401", "offline"),
        ("16", "100402", "cover open"),
        ("32", "100402", "end of the paper"),
        ("1a", "100403", "autocutter"),
        ("1e", "100404", "near its end"),
        ("7e", "100404", "paper out"),
        ("72", "100404", "paper out"),
        ("1a", "100404", "nonsense"),
        ("00", "1d7201", "paper present"),
        ("0c", "1d 72 31", "paper out"),
        ("01", "1d7202", "high"),
        ("38 00 63 0f", "1d61ff", "cover open"),
        ("37 22 41 42 43 44 00", "1d 28 48 06 00 30 30 41 42 43 44", "has been printed"),
        ("37 22 31 32 33 34 00", "1d 28 48 06 00 30 30 41 42 43 44", "stale"),
        ("5f 45 50 53 4f 4e 00", "1d4942", "EPSON"),
        ("ff", "", "noise"),
        ("37 22 41", "", "the end is missing"),
    ],
)
def test_answers_are_explained(answer: str, asked: str, words: str) -> None:
    assert words in " ".join(explained(answer, asked))


def test_four_answers_are_explained_one_by_one() -> None:
    sentences = explained("1e 32 12 7e", FOUR.hex())
    assert [sentence[:2] for sentence in sentences] == ["1e", "32", "12", "7e"]


def test_silence_is_explained_too() -> None:
    assert explained("", "100401") == ["Silence: the printer sent nothing."]


def test_text_that_is_not_hex_is_refused() -> None:
    with pytest.raises(Unreadable) as refused:
        explain("1g")
    assert in_english(refused.value.message) == "the answer '1g' is not hex digits in pairs"
