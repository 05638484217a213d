"""Two lines as bytes: what the display shows is what was meant, in its own letters, and no amount is cut."""

from __future__ import annotations

import random

import pytest

from drivers.display.encoding import PROTOCOLS, centred, fitted, readable, screen
from drivers.simulated.display import SimulatedDisplay


@pytest.mark.parametrize(
    ("text", "escpos", "cd5220", "utf8"),
    [
        ("Rice 5 kg", "Rice 5 kg", "Rice 5 kg", "Rice 5 kg"),
        ("Crème brûlée", "Crème brûlée", "Creme brulee", "Crème brûlée"),
        ("Łódź – Straße", "Lódz - Straße", "Lodz - Strasse", "Łódź – Straße"),
        ("₹ 5", "Rs 5", "Rs 5", "₹ 5"),
        ("चावल", "", "", "चावल"),
        ("चावल Rice", "Rice", "Rice", "चावल Rice"),
        ("a\x1b@b\x0cc\n d", "a@b c d", "a@b c d", "a@b c d"),
        ("  two   blanks ", "two blanks", "two blanks", "two blanks"),
        ("e\u0301te\u0301", "été", "ete", "été"),
        ("\u0301 \u094d茶", "", "", "茶"),
    ],
)
def test_letters_it_lacks_are_written_otherwise_or_left_out(
    text: str, escpos: str, cd5220: str, utf8: str
) -> None:
    assert [readable(text, protocol) for protocol in ("escpos", "cd5220", "utf8")] == [escpos, cd5220, utf8]


@pytest.mark.parametrize(
    ("left", "right", "line"),
    [
        ("Rice", "425.00", "Rice          425.00"),
        ("Kaveri Sona Masoori Rice 5 kg", "425.00", "Kaveri Sona M 425.00"),
        ("Rice", "1,23,45,678.00", "Rice  1,23,45,678.00"),
        ("Rice", "12345678901234567890", "12345678901234567890"),
        ("Rice", "123456789012345678901", "Rice                "),
        ("", "", " " * 20),
    ],
)
def test_the_name_is_cut_and_the_amount_never(left: str, right: str, line: str) -> None:
    assert fitted(left, right, 20) == line


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("龍井茶", "龍井茶        425.00"),
        ("西湖龍井茶葉特級", "西湖龍井茶葉  425.00"),
        ("A西湖龍井茶葉特級", "A西湖龍井茶葉 425.00"),
        ("ＴＥＡ", "ＴＥＡ        425.00"),
        ("हिन्दी चाय", "हिन्दी चाय     425.00"),
        ("தமிழ்", "தமிழ்          425.00"),
        ("x\u0304" * 30, "x\u0304" * 13 + " 425.00"),
        ("🍎 apples", "🍎 apples     425.00"),
    ],
)
def test_wide_letters_and_marks_move_no_amount(name: str, line: str) -> None:
    """A display draws wide letters in two cells and marks in none: counted as one each they pushed the total
    out of its place, and off the glass."""
    display, total = SimulatedDisplay("utf8"), fitted("Total", "425.00", 20)
    shown = fitted(readable(name, "utf8"), "425.00", 20)
    display.feed(PROTOCOLS["utf8"].begin + screen((shown, total), "utf8", 20))
    assert display.lines == (line, "Total         425.00")
    display.feed(screen((readable(name, "utf8") * 9, total), "utf8", 20))
    assert display.lines[1] == "Total         425.00"


def test_a_text_stands_in_the_middle_however_wide_its_letters() -> None:
    assert centred("Corner Shop", 20) == "    Corner Shop     "
    assert centred("龍井茶", 20) == "       龍井茶       "
    assert centred("龍" * 12, 20) == "龍" * 10


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_is_sent_is_what_is_shown_in_any_pieces(protocol: str) -> None:
    chance, display = random.Random(5), SimulatedDisplay(protocol)
    sent = PROTOCOLS[protocol].begin
    for upper, lower in (
        ("Crème 2x", "Total         850.00"),
        ("x" * 25, ""),
        ("", "12345678901234567890"),
        ("Rs 5", "?!#$%&"),
    ):
        shown = readable(upper, protocol), readable(lower, protocol)
        sent += screen(shown, protocol, 20)
        while sent:
            size = chance.randint(1, 5)
            display.feed(sent[:size])
            sent = sent[size:]
        assert display.lines == (shown[0][:20], shown[1])
    display.feed(PROTOCOLS[protocol].clear)
    assert (display.lines, display.strange) == (("", ""), b"")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_no_text_is_an_order_to_the_display(protocol: str) -> None:
    chance, display = random.Random(3), SimulatedDisplay(protocol)
    for _ in range(500):
        text = "".join(
            chr(chance.choice((chance.randrange(256), chance.randrange(0x3000)))) for _ in range(12)
        )
        display.feed(PROTOCOLS[protocol].begin + screen((readable(text, protocol), "whole"), protocol, 20))
        assert (display.lines[1], display.strange) == ("whole", b""), text
