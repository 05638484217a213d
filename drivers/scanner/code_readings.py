"""The codes in what a scanner sends, read in every country and protocol there is. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from drivers.message import Message
from drivers.scanner import keymap
from drivers.scanner.calibration import CODES, GS, Code
from drivers.scanner.framing import Framing
from drivers.scanner.keyboard import EV_KEY, EV_MSC, KeyDecoder, KeyEvent, KeyOptions
from drivers.scanner.label import Scan, TornScan
from drivers.scanner.layouts import LAYOUTS
from drivers.scanner.ssi import SsiFramer

GAP_S = 0.5
"""Silence between two scans: no scanner pauses so long inside one, and nobody shows two so soon."""

_NEVER = "\x00\x00\x00"
_LONGEST_GS = 8
_CUT = Message("scanner.torn.no-end")


@dataclass(frozen=True, slots=True)
class Burst:
    """What came between two silences: chunks of a serial line with their times (seconds), or keys."""

    chunks: tuple[tuple[float, bytes], ...] = ()
    keys: tuple[KeyEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """A code in a burst: what stood before and behind it, and between its parts in place of GS, by a key of
    this name where it was one."""

    code: Code
    front: str
    back: str
    gs: str = ""
    gs_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """One way to read a scanner: a country, or a protocol."""

    layout: str
    protocol: str
    readings: tuple[Reading | None, ...]


def bursts(parts: Iterable[tuple[float, bytes | KeyEvent]]) -> list[Burst]:
    """The scans of a recording, each with all that came until the next silence."""
    found: list[list[tuple[float, bytes | KeyEvent]]] = []
    last = float("-inf")
    for at, part in parts:
        if at - last >= GAP_S:
            found.append([])
        found[-1].append((at, part))
        last = at
    return [
        Burst(
            tuple((at, part) for at, part in one if isinstance(part, bytes)),
            tuple(part for _, part in one if isinstance(part, KeyEvent)),
        )
        for one in found
    ]


def ways(scans: Sequence[Burst], layout: str, gs_keys: tuple[str, ...]) -> list[Way]:
    """Every way to read these scans, that of the settings first."""
    if any(burst.keys for burst in scans):
        layouts = dict.fromkeys(map(keyed, (layout, *LAYOUTS)))
        return [
            Way(one, "plain", tuple(_read_keys(burst, one, gs_keys) for burst in scans)) for one in layouts
        ]
    protocols: dict[str, Callable[[Burst], str]] = {"plain": _plain, "ssi": _packets}
    return [
        Way(layout, protocol, tuple(_found(text_of(burst)) for burst in scans))
        for protocol, text_of in protocols.items()
    ]


def keyed(layout: str) -> str:
    """India types as the US does."""
    return "us" if layout == "in" else layout


def _plain(burst: Burst) -> str:
    return b"".join(data for _, data in burst.chunks).decode("utf-8", "surrogateescape")


def _packets(burst: Burst) -> str:
    """The data of the packets; the same label that is sent again counts once."""
    framer = SsiFramer(Framing(code_id="none"))
    scans = [scan for at, data in burst.chunks for scan in framer.feed(data, at)]
    return next((scan.raw.decode("utf-8", "surrogateescape") for scan in scans), "")


def _read_keys(burst: Burst, layout: str, gs_keys: tuple[str, ...]) -> Reading | None:
    """Its code, with the key that gives GS where one does."""
    rest = None
    for keys in dict.fromkeys((gs_keys, (), *((name,) for name in _pressed(burst.keys)))):
        found = _found(_typed(burst.keys, layout, keys))
        if found and (found.gs == GS or found.code.asks != "gs"):
            return replace(found, gs_keys=keys)
        rest = found if found and not keys else rest
    return rest


def _typed(keys: Sequence[KeyEvent], layout: str, gs_keys: tuple[str, ...]) -> str:
    """All characters of a scan, line ends and control characters among them; "" where a key has none.

    An arrow behind everything types nothing: it goes to the next row of a form."""
    framing = Framing(suffix="text", suffix_text=_NEVER, stale_s=3600.0, code_id="none")
    decoder = KeyDecoder(KeyOptions(layout, gs_keys, framing))
    scans: list[Scan] = []
    for event in _without_moves(keys):
        scans += decoder.feed(event)
    scans += decoder.finish()
    whole = len(scans) == 1 and isinstance(scans[0], TornScan) and scans[0].reason == _CUT
    return scans[0].raw.decode() if whole else ""


def _without_moves(keys: Sequence[KeyEvent]) -> Iterator[KeyEvent]:
    presses = [at for at, event in enumerate(keys) if event.type == EV_KEY and event.value == 1]
    telling = [at for at in presses if keys[at].code not in keymap.MODIFIERS | keymap.SILENT]
    while telling and keys[telling[-1]].code in keymap.MOVES:
        telling.pop()
    last = telling[-1] if telling else -1
    for at, event in enumerate(keys):
        if event.type != EV_MSC and not (at > last and event.code in keymap.MOVES and event.type == EV_KEY):
            yield event


def _pressed(keys: Sequence[KeyEvent]) -> list[str]:
    """The keys that can stand for GS and were pressed, by name."""
    held: set[int] = set()
    pressed: set[keymap.GsKey] = set()
    for event in keys:
        if event.type != EV_KEY or event.value == 2:
            continue
        if not event.value:
            held.discard(event.code)
            continue
        held.add(event.code)
        pressed.add(keymap.GsKey(event.code, bool(held & keymap.CTRLS), bool(held & keymap.SHIFTS)))
    brackets = ("ctrl+]", "ctrl+shift+]") if any(one.ctrl for one in pressed) else ()
    return [*brackets, *(name for name, key in keymap.GS_KEYS.items() if key in pressed)]


def _found(text: str) -> Reading | None:
    for code in CODES:
        between = f"(.{{0,{_LONGEST_GS}}}?)".join(map(re.escape, code.text.split(GS)))
        whole = re.fullmatch(rf"(?s:(?P<front>.*?){between}(?P<back>.*))", text)
        if whole:
            gs = whole[2] if code.asks == "gs" else ""
            # FNC1 in front of all may be sent, too; no label means it.
            return Reading(code, whole["front"].removesuffix(GS), whole["back"], gs)
    return None


def with_goods(way: Way, scans: Sequence[Burst]) -> Way:
    """The same, where what follows a label is known, with labels of goods among the scans."""
    ends = {one.back for one in way.readings if one}
    if len(ends) != 1 or all(way.readings):
        return way
    back = next(iter(ends))
    return replace(
        way,
        readings=tuple(
            one or _goods(_text_of(burst, way), back) for one, burst in zip(way.readings, scans, strict=True)
        ),
    )


def _text_of(burst: Burst, way: Way) -> str:
    if burst.keys:
        return _typed(burst.keys, way.layout, ())
    return _packets(burst) if way.protocol == "ssi" else _plain(burst)


def _goods(text: str, back: str) -> Reading | None:
    found = re.fullmatch(rf"(?s:(.*?)([0-9]{{12,13}}|[0-9]{{8}}){re.escape(back)})", text)
    if not found or _check_sum(found[2]) % 10:
        return None
    return Reading(Code("goods", found[2], "]E"), found[1], back)


def _check_sum(digits: str) -> int:
    """GS1 General Specifications, 7.9.1: ends in 0 where the check digit is right."""
    return sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(reversed(digits)))


def stranger(burst: Burst) -> Message:
    """What is known of a scan that no code was found in."""
    if burst.keys:
        swapped = (_typed(burst.keys, layout, ()).swapcase() for layout in LAYOUTS)
        capitals = any(_found(text) for text in swapped)
        return Message("scanner.learn.capitals" if capitals else "scanner.learn.stranger")
    data = b"".join(data for _, data in burst.chunks)
    if _found(bytes(byte & 0x7F for byte in data).decode()):
        ones = {byte.bit_count() % 2 for byte in data}
        parity = {frozenset((0,)): "even", frozenset((1,)): "odd"}.get(frozenset(ones), "mark")
        return Message("scanner.learn.parity", parity=parity)
    return Message("scanner.learn.stranger-bytes")
