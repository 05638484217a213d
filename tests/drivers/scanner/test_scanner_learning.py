"""A scanner that is set up in any way shows its calibration codes: settings come out under which its labels
are the labels they are, or what cannot be told is said."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scanner import ssi
from drivers.scanner.calibration import BARS, CODES, GS, SQUARES, Code, is_calibration
from drivers.scanner.code_readings import Burst
from drivers.scanner.framing import Framing
from drivers.scanner.keyboard import EV_KEY, EV_SYN, KeyEvent
from drivers.scanner.label import ScannedLabel
from drivers.scanner.learning import Habits, Learned, decoded, learn
from drivers.simulated.keyboard_scanner import key_events

BASE = Framing(settle_s=0.06)
UNSET = Habits()
_DOWN = 108

ENDS = {
    "cr": "\r",
    "lf": "\n",
    "crlf": "\r\n",
    "tab": "\t",
    "cr-tab": "\r\t",
    "none": "",
    "text": "#;",
    "etx": "",
}
KEY_ENDS = ("enter", "kp-enter", "tab", "ctrl-m", "ctrl-j", "crlf", "none")
GS_KEYS = ("ctrl+]", "ctrl+shift+]", "down", "f8", "ctrl+f3")
GS_TEXTS = ("{GS}", "<GS>", "^]", "|")
PREFIXES = ("", "#", "D", "s", "]", "ab1", "P01", "j")
LAYOUTS = ("us", "gb", "de", "fr", "es", "it")

# What each maker sends for Code 128, GS1-128, a QR code and EAN-13.
LETTERS = {
    "none": ("", "", "", ""),
    "aim": ("]C0", "]C1", "]Q1", "]E0"),
    "zebra": ("D", "K", "P01", "A"),
    "honeywell": ("j", "I", "s", "d"),
}
ITEM = "8901030867569"


@dataclass(frozen=True)
class Twin:
    """A scanner as its own configuration codes have set it."""

    prefix: str = ""
    code_id: str = "aim"
    end: str = "cr"
    gs: str = GS

    def says(self, code: Code) -> str:
        """The text of one scan, without its end."""
        kind = ("]C0", "]C1", "]Q", "]E").index(code.kind)
        return self.prefix + LETTERS[self.code_id][kind] + code.text

    def sends(self, code: Code, at: float) -> Burst:
        data = (self.says(code).replace(GS, self.gs) + ENDS[self.end]).encode()
        if self.end == "etx":
            data = b"\x02" + data + b"\x03"
        return Burst(chunks=((at, data[:5]), (at + 0.004, data[5:])))


@dataclass(frozen=True)
class KeyTwin(Twin):
    """One that plays a keyboard."""

    layout: str = "us"
    style: str = "shift"
    gs_key: str = "ctrl+]"
    end: str = "enter"

    def sends(self, code: Code, at: float) -> Burst:
        said = self.says(code)
        if self.gs != GS:
            said = said.replace(GS, self.gs)
        typed = key_events(
            said, layout=self.layout, suffix=self.end, style=self.style, gs_key=self.gs_key, start_s=at
        )
        return Burst(keys=tuple(typed))


def shown(twin: Twin, *codes: Code, known: Habits = UNSET) -> tuple[Learned, list[Burst]]:
    scans = [twin.sends(code, 10.0 * (at + 1)) for at, code in enumerate(codes)]
    return learn(scans, known, BASE), scans


GOODS = Code("goods", ITEM, "]E")
OTHERS = (GOODS, Code("gs", f"0108901030867569{GS}10LOT", "]C1"), Code("text", "TEA-250", "]C0"))


def labels(twin: Twin, habits: Habits, codes: tuple[Code, ...] = OTHERS) -> list[str]:
    """What the till makes of other labels of this scanner, so set."""
    out = []
    for at, code in enumerate(codes):
        scans = decoded(twin.sends(code, 100.0 + 10 * at), habits, BASE)
        out += [scan.text.removeprefix(GS) if isinstance(scan, ScannedLabel) else "torn" for scan in scans]
    return out


def judged(twin: Twin, codes: tuple[Code, ...], known: Habits = UNSET) -> Learned:
    """Show the codes and, where it is asked for, goods; every label is right then, or nothing is told."""
    told, _ = shown(twin, *codes, known=known)
    if told.wanted == "goods":
        assert told.notes[-1].id == "scanner.learn.prefix-or-id"
        told, _ = shown(twin, *codes, GOODS, known=known)
    assert told.wanted == ""
    if told.habits is None:
        assert told.notes
    else:
        assert labels(twin, told.habits) == [code.text for code in OTHERS]
    return told


# --- serial ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("codes", [BARS, SQUARES], ids=["bars", "squares"])
def test_every_serial_scanner_is_learned_or_it_is_said_why_not(codes: tuple[Code, ...]) -> None:
    for prefix, code_id, end, gs in itertools.product(("", "#", "s"), LETTERS, ENDS, (GS, "{GS}")):
        twin = Twin(prefix, code_id, end, gs)
        told = judged(twin, codes)
        assert told.habits, (twin, told)
        wanted = (GS,) if gs == GS else (gs,)
        assert gs == GS or told.habits.gs_text == wanted


known_habits = st.builds(
    Habits,
    layout=st.sampled_from((*LAYOUTS, "in")),
    gs_keys=st.sampled_from([("ctrl+]", "ctrl+shift+]"), ("f8",), ("down",)]),
    gs_text=st.sampled_from([(), ("|",), ("{GS}",)]),
    prefix=st.sampled_from(PREFIXES),
    suffix=st.sampled_from(["any", "cr", "lf", "crlf", "tab", "etx", "none"]),
    code_id=st.sampled_from(["aim", "zebra", "honeywell", "none"]),
)


@given(
    st.builds(
        Twin,
        st.sampled_from(PREFIXES),
        st.sampled_from(list(LETTERS)),
        st.sampled_from(list(ENDS)),
        st.sampled_from([GS, *GS_TEXTS]),
    ),
    known_habits,
    st.sampled_from([BARS, SQUARES]),
)
def test_it_does_not_matter_what_the_settings_were(
    twin: Twin, known: Habits, codes: tuple[Code, ...]
) -> None:
    assert judged(twin, codes, replace(known, layout="us", gs_keys=Habits().gs_keys)).habits


def test_what_is_right_already_stays() -> None:
    known = Habits(suffix="cr", code_id="none")
    told, _ = shown(Twin(code_id="none"), *BARS, known=known)
    assert told.habits == known
    told, _ = shown(Twin(code_id="aim"), *BARS, known=Habits())
    assert told.habits == Habits()


def test_packets_are_known_by_themselves_and_a_repeated_one_is_no_trouble() -> None:
    def sent(code: Code, at: float, status: int = 0) -> Burst:
        kind = b"\x0f" if code.asks == "gs" else b"\x03"
        body = ssi.packet(ssi.DECODE_DATA, kind + code.text.encode(), source=ssi.DECODER, status=status)
        return Burst(chunks=((at, body),))

    scans = [sent(BARS[0], 1), sent(BARS[0], 3, ssi.RETRANSMITTED), sent(BARS[1], 9)]
    told = learn(scans, Habits(suffix="tab"), BASE)
    assert told.habits == Habits(protocol="ssi")


def test_bytes_with_a_parity_bit_are_told() -> None:
    data = bytes(b | 0x80 if b.bit_count() % 2 else b for b in (BARS[0].text + "\r").encode())
    told = learn([Burst(chunks=((1.0, data),))], Habits(), BASE)
    assert (told.habits, told.wanted) == (None, "text")
    assert [(note.id, note.params) for note in told.notes] == [("scanner.learn.parity", {"parity": "even"})]


def test_control_bytes_around_every_label_are_dropped() -> None:
    twin = Twin(prefix="\x06", end="cr")
    told = judged(twin, BARS)
    assert told.habits
    assert told.habits.drop == "\x06"


# --- keyboards ------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_keyboard_scanner_is_learned_or_it_is_said_why_not(layout: str) -> None:
    for end, style, gs_key in itertools.product(KEY_ENDS, ("shift", "caps"), ("ctrl+]", "f8")):
        twin = KeyTwin(layout=layout, end=end, style=style, gs_key=gs_key)
        told = judged(twin, BARS)
        assert told.habits, (twin, told)
        assert told.habits.layout == layout


@given(
    st.builds(
        KeyTwin,
        prefix=st.sampled_from(PREFIXES),
        code_id=st.sampled_from(list(LETTERS)),
        end=st.sampled_from(KEY_ENDS),
        gs=st.sampled_from([GS, GS, *GS_TEXTS]),
        layout=st.sampled_from(LAYOUTS),
        style=st.sampled_from(["shift", "caps", "alt"]),
        gs_key=st.sampled_from(GS_KEYS),
    ),
    known_habits,
    st.sampled_from([BARS, SQUARES]),
)
def test_a_keyboard_scanner_comes_out_of_any_settings(
    twin: KeyTwin, known: Habits, codes: tuple[Code, ...]
) -> None:
    told = judged(twin, codes, known)
    assert told.habits, told
    if twin.style != "alt":
        assert told.habits.layout.replace("in", "us") == twin.layout


def test_a_country_is_not_told_by_signs_that_two_of_them_share() -> None:
    """Spain and Italy type the code of GS1 alike."""
    told, _ = shown(KeyTwin(layout="it"), BARS[1])
    assert (told.habits, told.wanted) == (None, "text")


def test_an_arrow_behind_enter_is_no_separator() -> None:
    twin = KeyTwin(gs_key="f8")

    def with_down(burst: Burst) -> Burst:
        at = burst.keys[-1].time_s
        more = (KeyEvent(at + 0.001, EV_KEY, _DOWN, 1), KeyEvent(at + 0.001, EV_SYN, 0, 0))
        more += (KeyEvent(at + 0.002, EV_KEY, _DOWN, 0), KeyEvent(at + 0.002, EV_SYN, 0, 0))
        return Burst(keys=burst.keys + more)

    scans = [with_down(twin.sends(code, 10.0 * at)) for at, code in enumerate(BARS, 1)]
    told = learn(scans, Habits(), BASE)
    assert told.habits
    assert told.habits.gs_keys == ("f8",)
    # With Down for both nothing of the settings can read it.
    scans = [with_down(KeyTwin(gs_key="down").sends(code, 10.0 * at)) for at, code in enumerate(BARS, 1)]
    told = learn(scans, Habits(), BASE)
    assert (told.habits, told.notes[-1].id) == (None, "scanner.learn.none-fits")


def test_letters_of_the_other_case_are_told() -> None:
    swapped = Code("text", BARS[0].text.swapcase(), "]C0")
    told, _ = shown(KeyTwin(), swapped)
    assert (told.wanted, told.notes[-1].id) == ("text", "scanner.learn.capitals")


# --- what cannot be told --------------------------------------------------------------------------


def test_a_letter_in_front_is_a_prefix_or_a_code_id_and_goods_tell_which() -> None:
    for prefix, code_id, wanted in (("s", "none", ("s", "aim")), ("", "honeywell", ("", "honeywell"))):
        twin = Twin(prefix, code_id)
        told, _ = shown(twin, *SQUARES)
        assert (told.habits, told.wanted) == (None, "goods")
        assert told.notes[-1].params == {"front": "s", "maker": "Honeywell"}
        told, _ = shown(twin, *SQUARES, GOODS)
        assert told.habits
        assert (told.habits.prefix, told.habits.code_id) == wanted


def test_with_something_in_front_one_code_is_not_enough() -> None:
    told, _ = shown(Twin("#", "none"), BARS[0])
    assert (told.habits, told.wanted) == (None, "gs")
    told, _ = shown(Twin("", "none"), BARS[0])
    assert told.habits, "nothing stands in front, and only GS is still open"
    assert told.wanted == "gs"


def test_a_code_id_in_front_of_the_prefix_is_told() -> None:
    scans = [
        Burst(chunks=((at * 10.0, data),))
        for at, data in enumerate(
            (b"]C0#" + BARS[0].text.encode() + b"\r", b"]C1#" + BARS[1].text.encode() + b"\r"), 1
        )
    ]
    told = learn(scans, Habits(), BASE)
    assert (told.habits, told.notes[-1].id) == (None, "scanner.learn.code-id-first")


def test_a_lost_separator_and_one_of_letters_are_told_and_set_nothing() -> None:
    for gs, note in (("", "scanner.learn.gs-lost"), ("029", "scanner.learn.gs-letters")):
        told, _ = shown(Twin(gs=gs), *BARS)
        assert told.habits
        assert told.habits.gs_text == ()
        assert [one.id for one in told.notes] == [note]


def test_a_scanner_that_changes_between_two_codes_is_told() -> None:
    scans = [Twin(end="cr").sends(BARS[0], 1.0), Twin(end="tab").sends(BARS[1], 9.0)]
    told = learn(scans, Habits(), BASE)
    assert (told.habits, told.notes[-1].id) == (None, "scanner.learn.differs")


def test_a_keyboard_that_gets_another_country_between_two_scans_is_told() -> None:
    """Each is read by a way of its own, and no way reads both."""
    scans = [KeyTwin(layout="de").sends(BARS[0], 1.0), KeyTwin().sends(BARS[0], 9.0)]
    told = learn(scans, Habits(), BASE)
    assert (told.habits, told.wanted, told.notes[-1].id) == (None, "text", "scanner.learn.differs")


def test_another_label_is_no_code_and_spoils_nothing() -> None:
    told = learn([Twin().sends(GOODS, 1.0)], Habits(), BASE)
    assert (told.habits, told.wanted, told.notes[-1].id) == (None, "text", "scanner.learn.stranger-bytes")
    told = learn([Burst(chunks=((1.0, b"\xff\x00nonsense"),))], Habits(), BASE)
    assert (told.habits, told.wanted) == (None, "text")
    scans = [Twin().sends(Code("text", "TEA", "]C0"), 0.0), *(Twin().sends(c, 5.0) for c in BARS)]
    assert learn(scans, Habits(), BASE).habits == Habits()


@given(st.binary(max_size=60))
def test_nothing_that_comes_breaks_it(data: bytes) -> None:
    told = learn([Burst(chunks=((1.0, data),))], Habits(), BASE)
    assert told.habits is None or BARS[0].text.encode() in data


@given(st.lists(st.tuples(st.integers(1, 120), st.sampled_from([0, 1, 2])), max_size=40))
def test_no_keys_break_it(keys: list[tuple[int, int]]) -> None:
    events = tuple(KeyEvent(1 + at / 1000, EV_KEY, code, value) for at, (code, value) in enumerate(keys))
    if events:
        assert learn([Burst(keys=events)], Habits(), BASE).habits is None


def test_a_calibration_code_is_known_as_one_whatever_stands_around_it() -> None:
    for code in CODES:
        assert is_calibration(code.text)
        assert is_calibration(f"#D{code.text.replace(GS, '')}!")
    assert not is_calibration(ITEM)
