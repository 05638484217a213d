"""However a scanner is connected and set, a label is what it is: one item, weight and lot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest

from agent.sale.barcode import ItemLabel, MeasuredLabel, decode
from agent.sale.labels import Label
from drivers.scanner import keymap as km
from drivers.scanner.framing import SUFFIXES, Framer, Framing
from drivers.scanner.hid_reports import ReportFramer
from drivers.scanner.keyboard import KeyDecoder, KeyEvent, KeyOptions
from drivers.scanner.label import Scan, ScannedLabel
from drivers.scanner.layouts import LAYOUTS
from drivers.scanner.ssi import DECODE_DATA, DECODER, SsiFramer, packet
from drivers.simulated import keyboard_scanner as typist
from drivers.simulated.hid_pos_scanner import reports

GS = "\x1d"
LABEL = f"0108901030867569310300125010Ab-7{GS}21x/9"
WEIGHED = MeasuredLabel(
    "08901030867569",
    "",
    1250,
    None,
    (("01", "08901030867569"), ("3103", "001250"), ("10", "Ab-7"), ("21", "x/9")),
)
GOODS = "8901030867569"

GS_KEYS = ("ctrl+]", "ctrl+shift+]", "f8", "down")
GS_TEXTS = ("{GS}", "|", "^]")
NAMES = {"aim": ("]C1", "]d2", "]Q3", ""), "honeywell": ("I",), "zebra": ("K", "P0G", "P0Q")}
LOCKS = ("shift", "caps", "alt", "caps on", "keypad")
"""How capitals and digits are typed: Shift, taps of Caps Lock around them, Alt with digits; Caps Lock on
for the whole label, digits of the keypad with taps of Num Lock."""


def normalised(scans: list[Scan]) -> Label:
    """What the one label is, without the bytes it came in."""
    [scan] = scans
    assert isinstance(scan, ScannedLabel), scan
    found = decode(scan.text, scan.symbology_id)
    assert isinstance(found, ItemLabel | MeasuredLabel), found
    return replace(found, raw="")


def typed(text: str, layout: str, suffix: str, gs_key: str, locks: str) -> Iterator[KeyEvent]:
    """The events of a label and its end, a millisecond apart."""
    at = 1.0
    around = {"caps on": km.CAPS_LOCK, "keypad": km.NUM_LOCK}.get(locks)
    keypad = {char: code for code, char in km.KEYPAD.items()}
    parts = [_tap(around)] if around else []
    for char in text:
        if locks == "keypad" and char.isdigit():
            parts.append(_tap(keypad[char]))
        elif locks == "caps on":
            parts.append(typist.key_events(char.swapcase(), layout=layout, suffix="none", gs_key=gs_key))
        else:
            style = "shift" if locks == "keypad" else locks
            parts.append(typist.key_events(char, layout=layout, suffix="none", gs_key=gs_key, style=style))
    parts += [_tap(around)] if around else []
    parts.append(typist.key_events("", layout=layout, suffix=suffix))
    for event in (event for part in parts for event in part):
        at += 0.001 / 3
        yield event._replace(time_s=at)


def _tap(code: int) -> list[KeyEvent]:
    moves = [(4, 4, 0x70000 | code), (1, code, 1), (0, 0, 0), (4, 4, 0x70000 | code), (1, code, 0), (0, 0, 0)]
    return [KeyEvent(0.0, *move) for move in moves]


def decoded(events: Iterator[KeyEvent], options: KeyOptions) -> list[Scan]:
    decoder = KeyDecoder(options)
    return [scan for event in events for scan in decoder.feed(event)] + decoder.idle(9.0)


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
@pytest.mark.parametrize("locks", LOCKS)
def test_a_keyboard_of_any_country_end_and_lock(layout: str, locks: str) -> None:
    """With every way to send GS; the names of the kind of code take turns, so that each meets each of the
    others somewhere."""
    ways = [(key, "") for key in GS_KEYS] + [("ctrl+]", text) for text in GS_TEXTS]
    names, turn = _names(), sorted(LAYOUTS).index(layout) + 3 * LOCKS.index(locks)
    for at, (suffix, (key, substitute)) in enumerate(product(typist.SUFFIXES, ways)):
        code_id, name = names[(at + turn) % len(names)]
        framing = Framing(
            suffix=suffix if suffix in ("tab", "none") else "any",
            gs_substitutes=(substitute,) if substitute else (),
            code_id=code_id,
        )
        sent = name + (LABEL.replace(GS, substitute) if substitute else LABEL)
        scans = decoded(typed(sent, layout, suffix, key, locks), KeyOptions(layout, (key,), framing))
        assert normalised(scans) == WEIGHED, (suffix, key, substitute, name)


def _names() -> list[tuple[str, str]]:
    return [(code_id, name) for code_id, names in NAMES.items() for name in names]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_serial_line_of_any_end(suffix: str) -> None:
    ends = {"any": "\r\n", "cr": "\r", "lf": "\n", "crlf": "\r\n", "tab": "\t", "text": "##", "none": ""}
    for (code_id, name), substitute, settle_s in product(_names(), ("", *GS_TEXTS), (0.0, 0.06)):
        framing = Framing(
            suffix=suffix,
            suffix_text="##" if suffix == "text" else "",
            settle_s=settle_s,
            gs_substitutes=(substitute,) if substitute else (),
            code_id=code_id,
        )
        sent = name + (LABEL.replace(GS, substitute) if substitute else LABEL)
        line = f"\x02{sent}\x03" if suffix == "etx" else sent + ends[suffix]
        framer = Framer(framing)
        scans = framer.feed(line.encode(), 1.0) + framer.idle(9.0)
        assert normalised(scans) == WEIGHED, (name, substitute)


def test_packets_and_reports() -> None:
    for name in ("]C1", "]d2", "]Q3", ""):
        ssi, hid = SsiFramer(Framing()), ReportFramer(Framing())
        kind = b"\x0f" if not name else b"\x03"
        scans = ssi.feed(packet(DECODE_DATA, kind + (name + LABEL).encode(), source=DECODER), 1.0)
        assert normalised(scans) == WEIGHED
        scans = [scan for report in reports((name or "]C1") + LABEL) for scan in hid.feed(report, 1.0)]
        assert normalised(scans) == WEIGHED


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (GOODS, ""),
        (GOODS, "]E0"),
        (GOODS, "]C0"),
        ("0" + GOODS, "]I1"),
        ("01" + "0" + GOODS, "]C1"),
        (f"(01)0{GOODS}", "]C0"),
        (f"https://id.gs1.org/01/0{GOODS}", "]Q1"),
    ],
)
def test_goods_are_one_item_whatever_code_they_carry(text: str, name: str) -> None:
    options = KeyOptions("fr", framing=Framing(settle_s=0.06))
    scans = decoded(typed(name + text, "fr", "enter", "ctrl+]", "shift"), options)
    found = normalised(scans)
    assert isinstance(found, ItemLabel)
    assert found.gtin14 == "0" + GOODS
