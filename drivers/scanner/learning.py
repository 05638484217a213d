"""A scanner's settings, worked out of what it sends for calibration codes. Pure.

Nothing is believed that the drivers do not then decode: settings are only told once every code that was
scanned comes out of them as the one label it is. Where more than one reading is left, one more code is
asked for.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from drivers.message import Message
from drivers.scanner import code_ids
from drivers.scanner.calibration import GS, Code
from drivers.scanner.code_readings import GAP_S, Burst, Reading, Way, keyed, stranger, ways, with_goods
from drivers.scanner.framing import Framer, Framing
from drivers.scanner.keyboard import KeyDecoder, KeyOptions
from drivers.scanner.label import Scan, ScannedLabel
from drivers.scanner.ssi import SsiFramer

_LINE_ENDS = "\r\n\t"
_STX, _ETX = "\x02", "\x03"
_OF_LINES = ("any", "tab", "cr", "lf", "crlf")


@dataclass(frozen=True, slots=True)
class Habits:
    """How a scanner sends, by the names of its settings. layout and gs_keys are a keyboard's, protocol a
    serial line's."""

    layout: str = "us"
    gs_keys: tuple[str, ...] = ("ctrl+]", "ctrl+shift+]")
    gs_text: tuple[str, ...] = ()
    prefix: str = ""
    suffix: str = "any"
    suffix_text: str = ""
    code_id: str = "aim"
    drop: str = ""
    protocol: str = "plain"

    def framing(self, base: Framing) -> Framing:
        """base with these in it."""
        return replace(
            base,
            prefix=self.prefix,
            suffix=self.suffix,
            suffix_text=self.suffix_text,
            code_id=self.code_id,
            drop=self.drop,
            gs_substitutes=self.gs_text,
        )


@dataclass(frozen=True, slots=True)
class Learned:
    """habits: settings under which every code comes out right; None while they cannot be told. read: what the
    codes so far were asked for, in order. wanted: what has to be scanned next ("text", "gs", "goods"; "" for
    nothing). notes: what a person should know, the newest last."""

    habits: Habits | None
    read: tuple[str, ...]
    wanted: str
    notes: tuple[Message, ...] = ()


def learn(scans: Sequence[Burst], known: Habits, base: Framing) -> Learned:
    """What the scans so far tell. known: the settings now, of which stays what is right; base: those that
    codes cannot tell, times above all."""
    found = [with_goods(way, scans) for way in ways(scans, known.layout, known.gs_keys)]
    most = max((sum(map(bool, way.readings)) for way in found), default=0)
    best = [way for way in found if most and sum(map(bool, way.readings)) == most]
    read = tuple(one.code.asks for one in best[0].readings if one) if best else ()
    unread = [burst for at, burst in enumerate(scans) if not any(way.readings[at] for way in best)]
    notes = [*map(stranger, unread)]
    if len(scans) - len(unread) > most:
        # One way reads this code and another that one: the scanner was set otherwise between the two.
        return Learned(None, read, "text", (*notes, Message("scanner.learn.differs")))
    if "text" not in read:
        return Learned(None, read, "text", tuple(notes))
    habits, wanted, why = _settle(scans, best, known, base)
    if not wanted and "gs" not in read:
        wanted = "gs"
    return Learned(habits, read, wanted, (*notes, *why))


# --- what follows from it -------------------------------------------------------------------------


def _settle(
    scans: Sequence[Burst], best: Sequence[Way], known: Habits, base: Framing
) -> tuple[Habits | None, str, list[Message]]:
    """The settings, what has to be scanned for them, and why not; by the first way that proves right."""
    first: tuple[Habits | None, str, list[Message]] | None = None
    for way in best:
        told = _settle_one(scans, way, known, base)
        if told[0]:
            return told
        first = first or told
    return first or (None, "text", [])


def _settle_one(
    scans: Sequence[Burst], way: Way, known: Habits, base: Framing
) -> tuple[Habits | None, str, list[Message]]:
    readings = [one for one in way.readings if one]
    if len({one.back for one in readings}) > 1:
        return None, "text", [Message("scanner.learn.differs")]
    fronts, ends = _ends(readings, known)
    named = _named([(one.code, front) for one, front in zip(readings, fronts, strict=True)])
    other_kind = len({one.code.asks for one in readings}) > 1
    if any(fronts) and not other_kind:
        return None, "gs", []
    if not named:
        return None, "", [Message("scanner.learn.code-id-first", front=_shown(fronts[0]))]
    if len(named) > 1:
        return None, "goods", [_between(named)]
    prefix, code_id = named[0]
    ids = (code_id,) if code_id else _first(known.code_id, ("aim", "none"))
    gs_ways, notes = _gs(readings, known)
    told = Habits(
        layout=known.layout if way.layout == keyed(known.layout) else way.layout,
        prefix=prefix,
        drop="".join(dict.fromkeys(known.drop + ends.drop)),
        protocol=way.protocol,
    )
    suffixes = (("any", ""),) if way.protocol == "ssi" else ends.suffixes
    for (suffix, suffix_text), (gs_keys, gs_text), name in itertools.product(suffixes, gs_ways, ids):
        tried = replace(
            told,
            suffix=suffix,
            suffix_text=suffix_text,
            gs_keys=gs_keys,
            gs_text=gs_text,
            code_id=name,
        )
        if _proves(scans, way, tried, base):
            return tried, "", notes
    return None, "", [*notes, Message("scanner.learn.none-fits")]


@dataclass(frozen=True, slots=True)
class _Ends:
    """What can end a label, as (suffix, suffix_text), the best first, and what is no part of anything."""

    suffixes: tuple[tuple[str, str], ...]
    drop: str = ""


def _ends(readings: Sequence[Reading], known: Habits) -> tuple[list[str], _Ends]:
    """What is left in front of each code, and how a label ends."""
    fronts, back = [one.front for one in readings], readings[0].back
    marked = all(front.startswith(_STX) for front in fronts) and back[:1] == _ETX
    if marked and not back[1:].strip(_LINE_ENDS):
        return [front[1:] for front in fronts], _Ends((("etx", ""),))
    noise = "".join(char for char in "".join((*fronts, back)) if _is_noise(char))
    clean = str.maketrans("", "", noise)
    fronts, back = [front.translate(clean) for front in fronts], back.translate(clean)
    if not back:
        return fronts, _Ends((("none", ""),), noise)
    if back.strip(_LINE_ENDS):
        return fronts, _Ends((("text", back),), noise)
    return fronts, _Ends(tuple((one, "") for one in _first(known.suffix, _OF_LINES)), noise)


def _is_noise(char: str) -> bool:
    return unicodedata.category(char) == "Cc" and char not in f"{_LINE_ENDS}\x04\x1c\x1d\x1e"


def _first(wanted: str, among: tuple[str, ...]) -> tuple[str, ...]:
    """among, beginning with wanted if that is one of them."""
    return (wanted, *(one for one in among if one != wanted)) if wanted in among else among


def _named(fronts: Sequence[tuple[Code, str]]) -> list[tuple[str, str]]:
    """(prefix, whose code ID) that fit what stands in front of each code; "" for no code ID."""
    found = [set(_splits(code, front)) for code, front in fronts]
    both = set.intersection(*found)
    # A prefix that ends like an AIM identifier is one.
    aim = {one for one in both if one[1] == "aim"}
    return sorted(aim or both)


def _splits(code: Code, front: str) -> Iterator[tuple[str, str]]:
    yield front, ""
    for at in range(len(front)):
        for name in code_ids.CODE_IDS:
            named = code_ids.split_code_id(front[at:] + code.text, name)
            if name != "none" and named and named[1] == code.text and _is_of(code, named[0]):
                yield front[:at], name


def _is_of(code: Code, symbology_id: str) -> bool:
    return symbology_id.startswith(code.kind)


def _between(named: Sequence[tuple[str, str]]) -> Message:
    bare = next((prefix for prefix, name in named if not name), "")
    makers = ", ".join(name.capitalize() for _, name in named if name)
    return Message("scanner.learn.prefix-or-id", front=_shown(bare), maker=makers)


def _gs(
    readings: Sequence[Reading], known: Habits
) -> tuple[list[tuple[tuple[str, ...], tuple[str, ...]]], list[Message]]:
    """(gs_keys, gs_text) to be tried, the settings' own first."""
    found: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    notes: list[Message] = []
    for one in readings:
        if one.code.asks == "gs" and one.gs == GS:
            found += [(known.gs_keys, ()), (one.gs_keys or known.gs_keys, ())]
        elif one.code.asks == "gs" and not one.gs:
            notes.append(Message("scanner.learn.gs-lost"))
        elif one.code.asks == "gs" and one.gs.isalnum():
            notes.append(Message("scanner.learn.gs-letters", text=one.gs))
        elif one.code.asks == "gs":
            found += [(known.gs_keys, known.gs_text)] if one.gs in known.gs_text else []
            found.append((known.gs_keys, (one.gs,)))
    return list(dict.fromkeys(found or [(known.gs_keys, known.gs_text), (known.gs_keys, ())])), notes


# --- whether it is so -----------------------------------------------------------------------------


def _proves(scans: Sequence[Burst], way: Way, habits: Habits, base: Framing) -> bool:
    """Whether each code comes out of the driver, so set, as the one label it is. A packet that nobody has
    answered comes again, as a label that may have been taken: the first of each code counts."""
    by_code = {one: burst for burst, one in reversed([*zip(scans, way.readings, strict=True)]) if one}
    return all(_is_right(decoded(burst, habits, base), one) for one, burst in by_code.items())


def decoded(burst: Burst, habits: Habits, base: Framing) -> list[Scan]:
    """What a driver so set makes of a burst and the silence after it."""
    framing = habits.framing(base)
    late = GAP_S + framing.stale_s + framing.idle_s + framing.settle_s
    if burst.keys:
        keys = KeyDecoder(KeyOptions(keyed(habits.layout), habits.gs_keys, framing))
        scans = [scan for event in burst.keys for scan in keys.feed(event)]
        return scans + keys.idle(burst.keys[-1].time_s + late)
    framer = SsiFramer(framing) if habits.protocol == "ssi" else Framer(framing)
    scans = [scan for at, data in burst.chunks for scan in framer.feed(data, at)]
    return scans + framer.idle(burst.chunks[-1][0] + late)


def _is_right(scans: Sequence[Scan], reading: Reading) -> bool:
    if len(scans) != 1 or not isinstance(label := scans[0], ScannedLabel):
        return False
    wanted = reading.code.text if _tells_gs(reading) else reading.code.text.replace(GS, reading.gs)
    named = not label.symbology_id or _is_of(reading.code, label.symbology_id)
    return named and label.text.removeprefix(GS) == wanted


def _tells_gs(reading: Reading) -> bool:
    """Whether what was sent for GS can be told from everything else."""
    return bool(reading.gs) and (reading.gs == GS or not reading.gs.isalnum())


def _shown(text: str) -> str:
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
