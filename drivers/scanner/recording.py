"""Recorded scanner streams, decoded exactly as the drivers would have: for tests and for the workshop.

Keyboard scanners: the text that evemu-record writes, "E: sec.usec type code value" with type and code in
hexadecimal. Serial scanners: one chunk a line, "+ms hex", where ms counts from the line before; "!EOF" and
"!EIO" for a port that went away, "!REOPEN" for its return, each with or without a "+ms" in front. HID POS:
the same with one report a line. Blank lines and text after "#" are skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from drivers.message import Message, Unreadable
from drivers.scanner.framing import Framer, Framing
from drivers.scanner.hid_reports import ReportFramer
from drivers.scanner.keyboard import KeyDecoder, KeyEvent, KeyOptions
from drivers.scanner.label import Raw, Scan
from drivers.scanner.ssi import SsiFramer, framer_of

_EVENT = re.compile(r"E:\s+(\d+\.\d+)\s+([0-9a-fA-F]{1,4})\s+([0-9a-fA-F]{1,4})\s+([+-]?\d{1,10})", re.ASCII)
_EVEMU_HEADER = re.compile(r"[NIPBALS]:( .*)?")
_CHUNK = re.compile(r"(?:\+(\d{1,12}(?:\.\d{1,6})?)\s+)?(![A-Z]+|(?:[0-9a-fA-F]{2}\s*)+)", re.ASCII)
_PORT_EVENTS = {
    "!EOF": Message("scanner.torn.closed"),
    "!EIO": Message("scanner.torn.unplugged"),
    "!REOPEN": Message("scanner.torn.reopened"),
}


@dataclass(frozen=True, slots=True)
class TimedScan:
    """A scan and when it was complete, in seconds of the recording."""

    at_s: float
    scan: Scan


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str


def decode_recording(
    lines: Iterable[str],
    *,
    framing: Framing | None = None,
    keys: KeyOptions | None = None,
    protocol: str = "plain",
    device: str = "",
) -> list[TimedScan]:
    """The labels and torn scans in a recording of either kind, in order.

    framing and protocol are a serial scanner's, keys a keyboard's; protocol hid-pos means reports. A label
    still unfinished at the end is torn. Raises Unreadable naming the number of the first line that fits
    neither kind or not its neighbours."""
    kept = _kept(lines)
    if kept and _is_evemu(kept[0].text):
        return _decode_keys(kept, KeyDecoder(keys or KeyOptions(), device))
    if protocol == "hid-pos":
        return _decode_chunks(kept, ReportFramer(framing or Framing(), device))
    return _decode_chunks(kept, framer_of(protocol, framing or Framing(), device))


def raw_lines(at_s: float, raw: Raw, last_s: float) -> list[str]:
    """The lines of a recording that say what arrived (label.OnRaw); last_s: when the piece before it did."""
    if isinstance(raw, bytes):
        return [f"+{max(0.0, at_s - last_s) * 1000:.3f} {raw.hex(' ')}"]
    return [f"E: {time_s:.6f} {kind:04x} {code:04x} {value}" for time_s, kind, code, value in raw]


def parts(lines: Iterable[str]) -> Iterator[tuple[float, bytes | KeyEvent]]:
    """What arrived and when, of a recording of either kind without port events: chunks, or key events. Raises
    Unreadable as decode_recording does."""
    now = 0.0
    for line in _kept(lines):
        if event := _EVENT.fullmatch(line.text):
            now = float(event[1])
            yield now, KeyEvent(now, int(event[2], 16), int(event[3], 16), int(event[4]))
        elif (chunk := _CHUNK.fullmatch(line.text)) and not chunk[2].startswith("!"):
            now += float(chunk[1] or 0) / 1000
            yield now, bytes.fromhex(chunk[2])
        elif not _EVEMU_HEADER.fullmatch(line.text):
            raise Unreadable("scanner.recording.chunk", line=line.number, text=repr(line.text))


def is_of_keys(lines: Iterable[str]) -> bool:
    """Whether a recording is a keyboard scanner's."""
    kept = _kept(lines)
    return bool(kept) and _is_evemu(kept[0].text)


def _kept(lines: Iterable[str]) -> list[_Line]:
    return [
        _Line(number, text)
        for number, line in enumerate(lines, start=1)
        if (text := line.split("#", 1)[0].strip())
    ]


def _is_evemu(text: str) -> bool:
    return bool(_EVENT.fullmatch(text) or _EVEMU_HEADER.fullmatch(text))


def _decode_keys(lines: list[_Line], decoder: KeyDecoder) -> list[TimedScan]:
    scans: list[TimedScan] = []
    now = 0.0
    for line in lines:
        found = _EVENT.fullmatch(line.text)
        if found:
            now = float(found[1])
            event = KeyEvent(now, int(found[2], 16), int(found[3], 16), int(found[4]))
            scans += [TimedScan(now, scan) for scan in decoder.feed(event)]
        elif not _EVEMU_HEADER.fullmatch(line.text):
            raise Unreadable("scanner.recording.event", line=line.number, text=repr(line.text))
    return scans + [TimedScan(now, scan) for scan in decoder.finish()]


def _decode_chunks(lines: list[_Line], framer: Framer | SsiFramer | ReportFramer) -> list[TimedScan]:
    scans: list[TimedScan] = []
    now = 0.0
    for line in lines:
        found = _CHUNK.fullmatch(line.text)
        if not found or (found[2].startswith("!") and found[2] not in _PORT_EVENTS):
            raise Unreadable("scanner.recording.chunk", line=line.number, text=repr(line.text))
        now += float(found[1] or 0) / 1000
        if found[2].startswith("!"):
            ended = framer.idle(now) + framer.reset(_PORT_EVENTS[found[2]])
        else:
            ended = framer.feed(bytes.fromhex(found[2]), now)
        scans += [TimedScan(now, scan) for scan in ended]
    return scans + [TimedScan(now, scan) for scan in framer.finish()]
