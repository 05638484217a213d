"""Key events to labels: every layout, suffix and style; lost keys always show."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.language.language import in_english
from drivers.message import Message
from drivers.scanner.framing import Framing
from drivers.scanner.keyboard import KeyDecoder, KeyEvent, KeyOptions
from drivers.scanner.label import Scan, ScannedLabel, TornScan
from drivers.scanner.layouts import LAYOUTS
from drivers.simulated.keyboard_scanner import STYLES, SUFFIXES, key_events

UNPLUGGED = Message("scanner.torn.unplugged")

PRINTABLE = string.digits + string.ascii_letters + string.punctuation + " \x1d"
DOWN, UP = 1, 0
SHIFT, CTRL, ALT, ALTGR, CAPS, NUM_LOCK, ENTER = 42, 29, 56, 100, 58, 69, 28


def run(decoder: KeyDecoder, events: list[KeyEvent]) -> list[Scan]:
    return [scan for event in events for scan in decoder.feed(event)]


def texts(scans: list[Scan]) -> list[str]:
    return [
        scan.text if isinstance(scan, ScannedLabel) else f"torn: {in_english(scan.reason)}" for scan in scans
    ]


def keys(*moves: tuple[int, int], start_s: float = 1.0) -> list[KeyEvent]:
    """Bare EV_KEY events, a millisecond apart: what was seen on the wire, not what our encoder makes."""
    return [KeyEvent(start_s + n / 1000, 1, code, value) for n, (code, value) in enumerate(moves)]


def tap(*codes: int) -> list[tuple[int, int]]:
    return [move for code in codes for move in ((code, DOWN), (code, UP))]


@settings(max_examples=150)
@given(
    st.text(PRINTABLE, min_size=1, max_size=30),
    st.sampled_from(sorted(LAYOUTS)),
    st.sampled_from(SUFFIXES),
    st.sampled_from(STYLES),
)
def test_what_is_typed_is_what_is_read(text: str, layout: str, suffix: str, style: str) -> None:
    """For every country, end and typing style, two scans in a row give exactly their two texts."""
    framing = Framing(suffix=suffix if suffix in ("tab", "none") else "any", code_id="none")
    decoder = KeyDecoder(KeyOptions(layout=layout, framing=framing), "front")
    found: list[Scan] = []
    for start in (1.0, 3.0):
        found += run(decoder, key_events(text, layout=layout, suffix=suffix, style=style, start_s=start))
        found += decoder.idle(start + 1.9)
    assert texts(found) == [text, text]


def test_the_label_is_the_one_a_serial_scanner_gives() -> None:
    found = run(KeyDecoder(KeyOptions(), "front"), key_events("]E08901030867569"))
    assert found == [ScannedLabel("8901030867569", "]E0", "front", b"]E08901030867569")]


@pytest.mark.parametrize(
    ("layout", "moves", "text"),
    [
        ("us", tap(9, 10), "89"),
        ("de", [(ALTGR, DOWN), *tap(10), (ALTGR, UP), (SHIFT, DOWN), *tap(18), (SHIFT, UP), *tap(11)], "]E0"),
        ("de", tap(44, 21), "yz"),
        ("fr", [(SHIFT, DOWN), *tap(9, 10), (SHIFT, UP), *tap(16, 30)], "89aq"),
        ("fr", tap(26, 18), "\u00ea"),
        ("es", [(SHIFT, DOWN), *tap(26), (SHIFT, UP), *tap(57)], "^"),
        ("de", [(CTRL, DOWN), (ALT, DOWN), *tap(16), (ALT, UP), (CTRL, UP)], "@"),
        ("us", [*tap(CAPS), *tap(30), *tap(CAPS), *tap(30)], "Aa"),
        ("us", [*tap(NUM_LOCK), (ALT, DOWN), *tap(82, 76, 80), (ALT, UP)], "4"),
        ("us", [(CTRL, DOWN), *tap(27), (CTRL, UP), *tap(2)], "\x1d1"),
        ("it", [(CTRL, DOWN), (SHIFT, DOWN), *tap(27), (SHIFT, UP), (CTRL, UP), *tap(2)], "\x1d1"),
        ("us", [(SHIFT, DOWN), (30, DOWN), (48, DOWN), (30, UP), (SHIFT, UP), (48, UP)], "AB"),
        ("fr", [*tap(79), (CTRL, DOWN), *tap(50), (CTRL, UP)], "1"),
        ("us", tap(79, 80, 55, 98), "12*/"),
    ],
)
def test_recorded_keys(layout: str, moves: list[tuple[int, int]], text: str) -> None:
    """Key codes written down by hand, from what each country's keyboard has where."""
    decoder = KeyDecoder(KeyOptions(layout=layout, framing=Framing(code_id="none")))
    assert texts(run(decoder, keys(*moves, *tap(ENTER)))) == [text]


@pytest.mark.parametrize(("name", "code"), [("down", 108), ("f8", 66)])
def test_gs_keys_are_per_scanner(name: str, code: int) -> None:
    """A key that stands for GS at one scanner tears the label at one that was not told of it."""
    events = keys(*tap(2), *tap(code), *tap(3), *tap(ENTER))
    told = KeyDecoder(KeyOptions(gs_keys=(name,)))
    assert texts(run(told, events)) == ["1\x1d2"]
    untold = run(KeyDecoder(KeyOptions()), events)
    assert [type(scan) for scan in untold] == [TornScan]


def test_autorepeat_is_not_typing() -> None:
    events = [KeyEvent(1.0, 1, 2, DOWN), *(KeyEvent(1.2, 1, 2, 2) for _ in range(9)), KeyEvent(1.3, 1, 2, UP)]
    assert texts(run(KeyDecoder(KeyOptions()), events + keys(*tap(ENTER), start_s=1.4))) == ["1"]


def test_dropped_events_tear_the_scan_and_spare_the_next() -> None:
    """SYN_DROPPED: nothing until the next report is believed, nor the rest of that label."""
    decoder = KeyDecoder(KeyOptions(), "front")
    whole = key_events("8901030867569")
    middle = whole[len(whole) // 2].time_s
    dropped = [KeyEvent(middle, 0, 3, 0), *keys(*tap(ENTER), start_s=middle), KeyEvent(middle, 0, 0, 0)]
    found = run(decoder, whole[:60] + dropped + whole[72:] + key_events("A1", start_s=2.0))
    [torn, good] = texts(found)
    assert "more labels of this moment may be missing" in torn
    assert good == "A1"


@given(st.data())
def test_a_lost_key_event_is_never_a_wrong_label(data: st.DataObject) -> None:
    """Any one key event missing from a scan: the text is right or the scan is torn, and the next is right."""
    text = data.draw(st.text(string.digits + string.ascii_letters, min_size=1, max_size=14))
    first, second = key_events(text, start_s=1.0), key_events("NEXT", start_s=3.0)
    lost = data.draw(st.sampled_from([n for n, event in enumerate(first) if event.type == 1]))
    decoder = KeyDecoder(KeyOptions())
    found = run(decoder, first[:lost] + first[lost + 1 :]) + decoder.idle(2.9) + run(decoder, second)
    assert set(texts(found[:-1])) <= {text, "torn: the computer lost key presses of this scan"}
    assert len(found) >= 2
    assert texts(found[-1:]) == ["NEXT"]


@given(st.data())
def test_a_lost_key_shows_even_without_scan_codes(data: st.DataObject) -> None:
    """Drivers that send no MSC_SCAN: a release without its press, or a second press, gives the loss away."""
    text = data.draw(st.text(string.digits + string.ascii_lowercase, min_size=1, max_size=14))
    events = [event for event in key_events(text, start_s=1.0) if event.type != 4]
    lost = data.draw(st.sampled_from([n for n, event in enumerate(events[:-4]) if event.type == 1]))
    decoder = KeyDecoder(KeyOptions())
    found = run(decoder, events[:lost] + events[lost + 1 :]) + decoder.idle(2.9)
    if events[lost].value == DOWN:
        assert texts(found) == ["torn: the computer lost key presses of this scan"]
    else:
        again = events[lost].code in [event.code for event in events[lost + 1 :]]
        assert isinstance(found[0], TornScan) == again


def test_a_key_held_through_silence_tears_nothing() -> None:
    """Someone leans on a key: when it goes up at last, no scan is blamed for it."""
    decoder = KeyDecoder(KeyOptions())
    found = run(decoder, keys(*tap(2), *tap(ENTER), (SHIFT, DOWN)))
    found += decoder.idle(5.0)
    found += run(decoder, keys((SHIFT, UP), *tap(3), *tap(ENTER), start_s=6.0))
    assert texts(found) == ["1", "2"]


def test_a_key_going_up_before_any_went_down_is_not_ours() -> None:
    """The Enter that started the recording is released after it began: no scan, no tear."""
    found = run(KeyDecoder(KeyOptions()), keys((ENTER, UP), *tap(2), *tap(ENTER)))
    assert texts(found) == ["1"]


def test_a_label_whose_first_key_is_lost_right_after_opening_is_torn() -> None:
    """Its other digits were a label of their own."""
    lost = ["torn: the computer lost key presses of this scan"]
    assert texts(run(KeyDecoder(KeyOptions()), keys((9, UP), *tap(2), *tap(3), *tap(ENTER)))) == lost
    decoder = KeyDecoder(KeyOptions())
    run(decoder, keys((9, DOWN)))
    decoder.reset(UNPLUGGED)
    assert texts(run(decoder, keys((9, UP), *tap(2), *tap(3), *tap(ENTER), start_s=2.0))) == lost


def test_a_scan_that_stops_half_way_is_torn_and_leaves_no_shift_behind() -> None:
    decoder = KeyDecoder(KeyOptions())
    found = run(decoder, keys((SHIFT, DOWN), *tap(30)))
    found += run(decoder, keys(*tap(30), *tap(ENTER), start_s=8.0))
    assert texts(found) == ["torn: the end of the label never came", "a"]


def test_reset_forgets_keys_and_caps_lock() -> None:
    decoder = KeyDecoder(KeyOptions(), "front")
    run(decoder, keys(*tap(CAPS), (SHIFT, DOWN), *tap(30)))
    assert decoder.reset(UNPLUGGED) == [TornScan(UNPLUGGED, "front", b"a")]
    assert texts(run(decoder, keys(*tap(30), *tap(ENTER), start_s=1.1))) == ["a"]


def test_a_tap_of_caps_lock_that_was_dropped_turns_no_later_letter() -> None:
    """Which way round the letters are nobody knows until the scanner falls silent; digits are what they
    are."""
    decoder = KeyDecoder(KeyOptions())
    found = run(decoder, keys(*tap(CAPS), *tap(30)))
    found += run(decoder, [KeyEvent(1.0, 0, 3, 0), KeyEvent(1.0, 0, 0, 0), *keys(*tap(ENTER))])
    found += run(decoder, keys(*tap(2), *tap(ENTER), *tap(30), *tap(ENTER), start_s=1.1))
    found += run(decoder, keys(*tap(CAPS), *tap(30), *tap(CAPS), *tap(30), *tap(ENTER), start_s=3.0))
    lost = "torn: the computer lost key presses of this scan"
    assert texts(found)[1:] == ["1", lost, "Aa"]


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 130), st.integers(-1, 3)),
        max_size=80,
    ),
    st.sampled_from(sorted(LAYOUTS)),
)
def test_no_events_crash(raw: list[tuple[int, int, int]], layout: str) -> None:
    decoder = KeyDecoder(KeyOptions(layout=layout))
    for number, (kind, code, value) in enumerate(raw):
        decoder.feed(KeyEvent(number / 100, kind, code, value))
    decoder.finish()


def test_settings_that_cannot_work_are_refused() -> None:
    with pytest.raises(ValueError, match="layout"):
        KeyOptions(layout="azerty")
    with pytest.raises(ValueError, match="GS"):
        KeyOptions(gs_keys=("ctrl+q",))


def test_a_key_that_moves_on_behind_enter_is_no_damage() -> None:
    """A scanner set up for a table presses Down after each label; inside a label it would be damage."""
    decoder = KeyDecoder(KeyOptions(framing=Framing(settle_s=0.06)))
    found = run(decoder, keys(*tap(9, 10, ENTER, 108)))
    found += run(decoder, keys(*tap(9, 10, ENTER, 108), start_s=2.0)) + decoder.idle(3.0)
    assert texts(found) == ["89", "89"]
    torn = run(decoder, keys(*tap(9, 108, 10, ENTER), start_s=5.0))
    assert [text.split(":")[0] for text in texts(torn)] == ["torn"]
