"""Reports of scanners that are neither keyboard nor port (HID POS), made into labels. Pure.

A report of 64 bytes: its number (2), how many data bytes it holds, the AIM identifier of three, 56 places for
data, the maker's own number of the kind, one reserved, and whether more of the same label follows (bit 0).
Sources: USB-IF, HID Point of Sale Usage Tables 1.02 (usage page 0x8C); the frame as makers' manuals print it
(Access-IS LSR110, "HID reports"). Symbol's "Simple COM Port Emulation" has another one: a length, data, and
zeros up to 64 bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from drivers.message import Message, Unreadable
from drivers.scanner.framing import Framer, Framing
from drivers.scanner.label import Scan, ScannedLabel, TornScan, split_symbology_id

SIZE = 64
"""Bytes of a report, of either form."""

DATA_REPORT = 2
_DATA_AT, _MORE_AT = 5, 63
_MOST = 56
_MOST_EMULATED = SIZE - 1
_SCANNER_PAGE, _SCANNER = 0x8C, 0x02
_SETTLE_S = 0.06
_TAIL_S = 5.0
_TAIL = Message("scanner.torn.tail")


@dataclass(frozen=True, slots=True)
class Part:
    """What one report holds of a label, and whether more of it follows."""

    symbology_id: str
    data: bytes
    more: bool


def is_bar_code_scanner(descriptor: bytes) -> bool:
    """Whether a report descriptor begins a collection of its own as a bar code scanner (usage page 0x8C,
    usage 2)."""
    page, usage, depth = 0, 0, 0
    for tag, value in _items(descriptor):
        if tag == 0x04:
            page = value
        elif tag == 0x08:
            usage = value if value > 0xFFFF else page << 16 | value
        elif tag == 0xA0:
            if depth == 0 and usage == _SCANNER_PAGE << 16 | _SCANNER:
                return True
            depth += 1
        elif tag == 0xC0:
            depth -= 1
    return False


def _items(descriptor: bytes) -> Iterator[tuple[int, int]]:
    """(tag and type, value) of each item (HID 1.11, 6.2.2.2); what is cut off ends it."""
    at = 0
    while at < len(descriptor):
        prefix = descriptor[at]
        if prefix == 0xFE:
            at += 3 + (descriptor[at + 1] if at + 1 < len(descriptor) else 0)
            continue
        size = (0, 1, 2, 4)[prefix & 3]
        yield prefix & 0xFC, int.from_bytes(descriptor[at + 1 : at + 1 + size], "little")
        at += 1 + size


def read_report(report: bytes) -> Part:
    """A report of the standard's form. Raises Unreadable."""
    if report[:1] != bytes((DATA_REPORT,)):
        raise Unreadable("scanner.torn.report-number", number=report[0] if report else 0)
    if len(report) < SIZE:
        raise Unreadable("scanner.torn.report-short", bytes=len(report))
    length = report[1]
    if length > _MOST:
        raise Unreadable("scanner.torn.report-length", length=length, most=_MOST)
    named, _ = split_symbology_id(report[2:_DATA_AT].decode("latin-1"))
    return Part(named, report[_DATA_AT : _DATA_AT + length], bool(report[_MORE_AT] & 1))


def read_emulated(report: bytes) -> Part:
    """A report of Symbol's COM port emulation. Nothing in it says whether more follows: of a full one nobody
    knows. Raises Unreadable."""
    if len(report) < SIZE:
        raise Unreadable("scanner.torn.report-short", bytes=len(report))
    length = report[0]
    if length > _MOST_EMULATED:
        raise Unreadable("scanner.torn.report-length", length=length, most=_MOST_EMULATED)
    if length == _MOST_EMULATED:
        raise Unreadable("scanner.torn.in-parts")
    return Part("", report[1 : 1 + length], more=False)


@dataclass(frozen=True, slots=True)
class _Half:
    """Half a label whose next part was overdue. begun: with its beginning. until: the rest may come."""

    data: bytes
    symbology_id: str
    begun: bool
    until: float

    def may_go_on(self, symbology_id: str, data: bytes, now: float) -> bool:
        """Whether what came now may be the rest; the same label scanned once more is none."""
        anew = self.begun and data.startswith(self.data) and data != self.data
        return now <= self.until and symbology_id in ("", self.symbology_id) and not anew


class ReportFramer:
    """Reports in, scans out: the same calls as framing.Framer, but that feed() takes one whole report.

    emulated: whether they are of Symbol's form. A label is sold when its last part is there and every part
    could be read. What comes soon behind a part that could not may be the rest of that label, and is told,
    not sold; so is what comes within five seconds of half a label, unless it is of another kind or begins
    as that one did. The kernel keeps 64 reports for a reader that is late and drops further ones without a
    word."""

    def __init__(self, framing: Framing, device: str = "", *, emulated: bool = False) -> None:
        # A report ends by itself, and whatever lines are in it are its label's.
        whole = replace(framing, suffix="none", suffix_text="", settle_s=framing.settle_s or _SETTLE_S)
        self._framer = Framer(whole, device)
        self._device = device
        self._stale_s = framing.stale_s
        self._most = framing.max_length
        self._read = read_emulated if emulated else read_report
        self._parts = bytearray()
        self._symbology_id = ""
        self._inside = self._rest = False
        self._doubt: Message | None = None
        self._until = 0.0
        self._half: _Half | None = None

    @property
    def deadline(self) -> float | None:
        """When idle() has something to decide; None while nothing is pending."""
        return self._until if self._inside or self._rest or self._doubt else None

    def patience(self, now: float, most_s: float) -> float:
        """How long to wait for the next report: until the deadline, if that is sooner than `most_s`."""
        deadline = self.deadline
        return most_s if deadline is None else min(most_s, max(0.001, deadline - now))

    def doubt(self, reason: Message, until: float) -> None:
        """The label whose end comes before `until` may have lost its beginning: torn for this reason."""
        self._doubt, self._until = reason, until

    def feed(self, report: bytes, now: float) -> list[Scan]:
        """Take a report that arrived at `now`. Returns the scans it completes, in order."""
        scans = self.idle(now)
        try:
            part = self._read(report)
        except Unreadable as damage:
            scans.append(TornScan(damage.message, self._device, bytes(self._parts) + report))
            self._clear()
            self.doubt(_TAIL, now + self._stale_s)
            return scans
        return scans + self._take(part, now)

    def idle(self, now: float) -> list[Scan]:
        """Nothing came until `now`: a label whose next part is overdue is torn."""
        deadline = self.deadline
        if deadline is None or now < deadline:
            return []
        half = _Half(bytes(self._parts), self._symbology_id, self._doubt is None, now + _TAIL_S)
        torn = self.reset(Message("scanner.torn.no-end"))
        self._half = half if half.data else None
        return torn

    def reset(self, reason: Message) -> list[Scan]:
        """The device is gone: whatever is unfinished is torn, and the next report starts afresh."""
        torn: list[Scan] = [TornScan(reason, self._device, bytes(self._parts))] if self._inside else []
        self._clear()
        self._half = None
        return torn

    def finish(self) -> list[Scan]:
        """No more reports will ever come (the end of a recording): decide what is pending now."""
        return self.reset(Message("scanner.torn.no-end"))

    def _take(self, part: Part, now: float) -> list[Scan]:
        if self._inside and part.symbology_id not in ("", self._symbology_id):
            torn = self.reset(Message("scanner.torn.next-began"))
            self.doubt(_TAIL, now + self._stale_s)
            return torn + self._take(part, now)
        self._parts += part.data
        self._symbology_id = self._symbology_id or part.symbology_id
        if self._rest:
            # Torn already, and known to go on: nothing of it is news.
            self._parts.clear()
            self._rest, self._until = part.more, now + self._stale_s
            return []
        if len(self._parts) > self._most:
            scans: list[Scan] = [
                TornScan(Message("scanner.torn.too-long", most=self._most), self._device, bytes(self._parts))
            ]
            self._clear()
            self._rest, self._until = part.more, now + self._stale_s
            return scans
        if part.more:
            self._inside = True
            self._until = now + self._stale_s
            return []
        return self._complete(now)

    def _complete(self, now: float) -> list[Scan]:
        data, named, doubt = bytes(self._parts), self._symbology_id, self._doubt
        self._clear()
        half, self._half = self._half, None
        if half and half.may_go_on(named, data, now):
            doubt = _TAIL
        if doubt:
            return [TornScan(doubt, self._device, data)]
        scans = self._framer.whole(data) or [TornScan(Message("scanner.torn.empty"), self._device, data)]
        return [
            replace(scan, symbology_id=scan.symbology_id or named) if isinstance(scan, ScannedLabel) else scan
            for scan in scans
        ]

    def _clear(self) -> None:
        self._parts.clear()
        self._symbology_id = ""
        self._inside = self._rest = False
        self._doubt = None
