"""Cut a scanner's byte stream into labels, whatever the chunks it comes in."""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass

from drivers.message import Message, Unreadable
from drivers.scanner import code_ids
from drivers.scanner.label import NoRead, Scan, ScannedLabel, TornScan, split_symbology_id

GS = "\x1d"
_STX, _ETX = 0x02, 0x03
_LINE_ENDS = b"\r\n\t"
# Scanners set up for a form send CR TAB or TAB CR; that ends a label whatever was expected.
_FORM_ENDS = (b"\r\t", b"\t\r")
_ENDINGS = {
    "any": (b"\r", b"\n"),
    "cr": (b"\r",),
    "lf": (b"\n", *_FORM_ENDS),
    "crlf": (b"\r\n", *_FORM_ENDS),
    "tab": (b"\t",),
    "etx": (),
    "none": (),
}

_ALONE_ENDS = {"any": rb"(?:\r\n?|\n)", "cr": rb"\r", "lf": rb"\n", "crlf": rb"\r\n", "tab": rb"\t"}
_DIGITS_AS_ASCII = frozenset(("utf-8", "ascii", "iso8859-1", "cp1252"))

SUFFIXES = (*_ENDINGS, "text")
"""The ways a label can end: a line end of any form, one exact form, STX...ETX, silence, or a text."""

# ISO/IEC 15434 messages in 2D codes use these four between their parts; everything else is line noise.
_DATA_CONTROLS = frozenset("\x04\x1c\x1d\x1e")

_SETTLE_S = 0.06
"""Keys of one scan are up to 50 ms apart, bytes less; nobody shows the next label so soon."""

_SHORTEST_S = 0.001
_TAIL_S = 5.0
"""A stall of the line that lasts longer is told from a new label by nothing; shorter ones are not guessed."""

_HEAD = 3
"""So many characters again that came before a silence are that label anew; of fewer that says nothing."""

_LETTER = re.compile(rb"[\x21-\xfe]")
"""What a label has, before a silence; NULs and the like are the noise of a line that was plugged in."""


@dataclass(frozen=True, slots=True)
class Framing:
    """How one scanner marks its labels; the values mirror what its configuration barcodes can set.

    suffix: one of SUFFIXES; suffix_text: the text, where it is "text". prefix: text in front of every label,
    demanded and taken off. drop: characters that are no part of anything and are passed over.
    idle_s: silence that ends a label when suffix is "none". stale_s: silence after which a label without
    its end counts as torn, so that it cannot stick to the next one. settle_s: silence that must follow the
    suffix, for 2D codes that carry line ends inside. A number such as goods have is a label as soon as its
    suffix is there, a code that the scanner names as one of two dimensions always waits; with 0, nothing else
    does, and a text of several lines from a scanner that names nothing is several labels.
    max_length: bytes. gs_substitutes: texts this scanner sends in place of GS (0x1D), such as "<GS>".
    code_id: one of code_ids.CODE_IDS, what names the kind of code and is taken off the front. no_read: the
    text sent when nothing could be read. Raises ValueError for values that cannot work.
    """

    suffix: str = "any"
    suffix_text: str = ""
    prefix: str = ""
    drop: str = ""
    idle_s: float = 0.15
    stale_s: float = 0.5
    settle_s: float = 0.0
    max_length: int = 8192
    encoding: str = "utf-8"
    gs_substitutes: tuple[str, ...] = ()
    code_id: str = "aim"
    no_read: str = ""

    def __post_init__(self) -> None:
        if self.suffix not in SUFFIXES:
            raise ValueError(f"suffix {self.suffix!r} is not one of {', '.join(SUFFIXES)}")
        if (self.suffix == "text") != bool(self.suffix_text):
            raise ValueError('suffix_text goes with suffix "text", and that with it')
        if self.code_id not in code_ids.CODE_IDS:
            raise ValueError(f"code_id {self.code_id!r} is not one of {', '.join(code_ids.CODE_IDS)}")
        if self.idle_s <= 0 or self.stale_s <= 0 or self.settle_s < 0:
            raise ValueError("idle_s and stale_s must be above 0, settle_s at least 0")
        if self.max_length < 1:
            raise ValueError("max_length must be at least 1")
        if not all(self.gs_substitutes):
            raise ValueError("an empty text cannot stand for GS")
        try:
            codecs.lookup(self.encoding)
        except LookupError:
            raise ValueError(f"encoding {self.encoding!r} is not known") from None


def _alone(framing: Framing) -> re.Pattern[bytes] | None:
    """A chunk that is one label of goods with its end, as most are, and needs no other look: what the rest of
    this file makes of it is the same. None where the settings could make something else of digits."""
    end = _ALONE_ENDS.get(framing.suffix)
    other = framing.prefix or framing.drop or framing.gs_substitutes or framing.no_read
    known = codecs.lookup(framing.encoding).name in _DIGITS_AS_ASCII
    if end is None or other or not known or framing.code_id != "aim" or framing.max_length < _HEAD + 14:
        return None
    return re.compile(rb"(?P<raw>(?P<id>\]E[0-9])?(?P<text>[0-9]{8}|[0-9]{12,14}))" + end)


class Framer:
    """Bytes in, scans out. Time is handed in (seconds, monotonic), never read.

    feed() with each chunk, idle() when `deadline` has passed without one, tear() when bytes are known to be
    missing, reset() when the line is gone. Nothing but bare line ends passes in silence: what is not a label
    is reported as torn, once.
    """

    def __init__(self, framing: Framing, device: str = "") -> None:
        self._framing = framing
        self._device = device
        text = (self._bytes(framing.suffix_text),)
        self._endings = text if framing.suffix == "text" else _ENDINGS[framing.suffix]
        self._longest = max((2, *map(len, self._endings)))
        last = bytes((_STX, _ETX)) if framing.suffix == "etx" else _LINE_ENDS
        self._ends = re.compile(b"[%s]" % re.escape(last + b"".join(end[-1:] for end in self._endings)))
        self._settle_s = framing.settle_s or _SETTLE_S
        self._mark = self._bytes(framing.prefix)
        self._drop = self._bytes(framing.drop)
        self._goods = code_ids.goods(framing.code_id)
        follows = re.escape(self._mark) + code_ids.begins_label(framing.code_id)
        ends = rb"[\r\n\t]" + (b"|" + re.escape(text[0]) if text[0] else b"")
        self._next_label = re.compile(rb"(?:%s)+(?=%s)" % (ends, follows))
        self._alone = _alone(framing)
        self._buffer = bytearray()
        self._last = 0.0
        self._inside = False
        self._ended = False
        self._discarding = False
        self._head, self._head_until = b"", 0.0

    @property
    def between(self) -> bool:
        """Whether no label is under way: nothing came, or the end of one did."""
        return self._ended or not (self._buffer or self._inside or self._discarding)

    @property
    def deadline(self) -> float | None:
        """When idle() has something to decide; None while nothing is pending."""
        if not self._buffer and not self._discarding and not self._inside:
            return None
        framing = self._framing
        if self._ended:
            return self._last + self._settle_s
        return self._last + (framing.idle_s if framing.suffix == "none" else framing.stale_s)

    def patience(self, now: float, most_s: float) -> float:
        """How long to wait for the next byte: until the deadline, if that is sooner than `most_s`."""
        deadline = self.deadline
        return most_s if deadline is None else min(most_s, max(_SHORTEST_S, deadline - now))

    def feed(self, data: bytes, now: float) -> list[Scan]:
        """Take a chunk that arrived at `now`. Returns the scans it completes, in order."""
        if self._alone and self.deadline is None and not self._head and (one := self._alone.fullmatch(data)):
            self._last = now
            return [ScannedLabel(one["text"].decode(), (one["id"] or b"").decode(), self._device, one["raw"])]
        scans = self.idle(now)
        if data and now > self._head_until:
            self._head = b""
        marked, at = self._framing.suffix == "etx", 0
        data = data.translate(None, self._drop)
        # Most bytes of a label can end nothing: they are taken together, and looked at no further.
        for found in self._ends.finditer(data):
            scans += self._take_plain(data[at : found.start()], marked=marked)
            scans += self._take_marked(found[0][0]) if marked else self._take(found[0][0])
            at = found.end()
        scans += self._take_plain(data[at:], marked=marked)
        if data:
            self._last = now
        return scans

    def idle(self, now: float) -> list[Scan]:
        """Nothing came until `now`: end or give up what is pending, if its time is over."""
        deadline = self.deadline
        if deadline is None or now < deadline:
            return []
        head = b"" if self._ended or self._discarding else bytes(self._buffer).strip(_LINE_ENDS)
        last = self._last
        scans = self._conclude(Message("scanner.torn.no-end"))
        # What has its own mark of a beginning is no rest.
        if self._framing.suffix != "etx" and any(isinstance(scan, TornScan) for scan in scans):
            self._head, self._head_until = head if _LETTER.search(head) else b"", last + _TAIL_S
        return scans

    def tear(self, reason: Message, now: float) -> list[Scan]:
        """Something of the current scan is missing: report it and drop the rest of it."""
        if self._discarding:
            return []
        torn = TornScan(reason, self._device, bytes(self._buffer))
        self._clear()
        self._discarding, self._last = True, now
        return [torn]

    def reset(self, reason: Message) -> list[Scan]:
        """The line is gone: whatever is unfinished is torn, and the next byte starts afresh."""
        if self._framing.suffix == "none" and self._buffer and not self._discarding:
            torn = TornScan(reason, self._device, bytes(self._buffer))
            self._clear()
            return [torn]
        return self._conclude(reason)

    def whole(self, body: bytes) -> list[Scan]:
        """The label of bytes that are known to be all of one, whatever ends them."""
        return self._label(body)

    def finish(self) -> list[Scan]:
        """No more bytes will ever come (the end of a recording): decide what is pending now."""
        return self._conclude(Message("scanner.torn.no-end"))

    def _conclude(self, reason: Message) -> list[Scan]:
        body = bytes(self._buffer)
        complete = self._ended or (self._framing.suffix == "none" and bool(body))
        pending = bool(body.strip(_LINE_ENDS)) or self._inside
        discarding = self._discarding
        self._clear()
        if discarding:
            return []
        if complete and self._framing.suffix == "text":
            # A code of two dimensions waited for silence with its suffix.
            body = body.rstrip(_LINE_ENDS).removesuffix(self._endings[0].rstrip(_LINE_ENDS))
        if complete:
            return [scan for one in self._next_label.split(body) for scan in self._label(one)]
        return [TornScan(reason, self._device, body)] if pending else []

    def _take_plain(self, some: bytes, *, marked: bool) -> list[Scan]:
        """Bytes none of which can end a label."""
        if not some:
            return []
        if len(self._buffer) + len(some) > self._framing.max_length:
            take = self._take_marked if marked else self._take
            return [scan for byte in some for scan in take(byte)]
        if self._discarding and marked:
            return []
        self._buffer += some
        self._ended = False
        if self._discarding:
            del self._buffer[: 1 - self._longest]
        return []

    def _take(self, byte: int) -> list[Scan]:
        self._buffer.append(byte)
        ending = next((end for end in self._endings if self._buffer.endswith(end)), None)
        self._ended = bool(ending) or (self._ended and byte in _LINE_ENDS)
        if self._discarding:
            del self._buffer[: 1 - self._longest]
            if ending:
                self._clear()
            return []
        if ending and (bodies := self._complete(bytes(self._buffer[: -len(ending)]))) is not None:
            self._clear()
            return [scan for one in bodies for scan in self._label(one)]
        # As many more than the limit are let in as the suffix may have.
        return self._too_long() if len(self._buffer) > self._framing.max_length + self._longest else []

    def _complete(self, body: bytes) -> tuple[bytes, ...] | None:
        """The labels that the ending of `body` has completed; None if only silence can tell."""
        begun = body.strip(_LINE_ENDS).removeprefix(self._mark)
        if self._has_two_dimensions(begun):
            return None
        if self._framing.suffix == "text" or not (begun and self._framing.settle_s):
            return (body,)
        *before, last = re.split(rb"[\r\n\t]+", begun)
        if not self._goods.fullmatch(last.removeprefix(self._mark)):
            return None
        return (body[: -len(last)], last) if before else (body,)

    def _take_marked(self, byte: int) -> list[Scan]:
        """STX...ETX: bytes outside the marks are no label, and a missing mark shows the tear."""
        if byte == _STX:
            scans = self._conclude(
                Message("scanner.torn.next-began" if self._inside else "scanner.torn.noise")
            )
            self._inside = True
            return scans
        if byte == _ETX:
            body, inside, discarding = bytes(self._buffer), self._inside, self._discarding
            self._clear()
            if discarding:
                return []
            if not inside:
                return [TornScan(Message("scanner.torn.no-beginning"), self._device, body)]
            return self._label(body)
        if not self._discarding:
            self._buffer.append(byte)
        return self._too_long() if len(self._buffer) > self._framing.max_length else []

    def _too_long(self) -> list[Scan]:
        return self.tear(Message("scanner.torn.too-long", most=self._framing.max_length), self._last)

    def _clear(self) -> None:
        self._buffer.clear()
        self._inside = self._ended = self._discarding = False

    def _label(self, body: bytes) -> list[Scan]:
        if self._framing.suffix != "etx":
            # CR LF sent to a till that was told only one of them: the other is no part of the data.
            body = body.strip(_LINE_ENDS)
        if not body:
            return []
        head, self._head = self._head, b""
        if head and not self._begins_anew(body, head):
            return [TornScan(Message("scanner.torn.tail"), self._device, body)]
        try:
            return [self._read(body)]
        except Unreadable as damage:
            return [TornScan(damage.message, self._device, body)]

    def _begins_anew(self, body: bytes, head: bytes) -> bool:
        """Whether what came after half a label is a label of its own and not the rest of that one: it names
        its kind, or is that label anew, and then more than the half."""
        anew = len(head) >= _HEAD and body.startswith(head) and body != head
        return anew or bool(split_symbology_id(body.decode("latin-1"))[0])

    def _read(self, body: bytes) -> ScannedLabel | NoRead:
        if len(body) > self._framing.max_length:
            raise Unreadable("scanner.torn.too-long", most=self._framing.max_length)
        try:
            text = body.decode(self._framing.encoding)
        except UnicodeDecodeError as error:
            raise Unreadable("scanner.torn.character", position=error.start + 1) from None
        except UnicodeError as error:  # codecs such as punycode name no position
            raise Unreadable("scanner.torn.encoding", error=str(error)) from None
        many = self._framing.settle_s or self._has_two_dimensions(body.removeprefix(self._mark))
        allowed = _DATA_CONTROLS | frozenset("\r\n\t") if many else _DATA_CONTROLS
        for char in "" if text.isprintable() else text:
            if unicodedata.category(char) == "Cc" and char not in allowed:
                raise Unreadable("scanner.torn.control", code=f"0x{ord(char):02X}")
        if not text.startswith(self._framing.prefix):
            raise Unreadable("scanner.torn.no-beginning")
        text = text.removeprefix(self._framing.prefix)
        if text and text == self._framing.no_read:
            return NoRead(self._device, body)
        named = code_ids.split_code_id(text, self._framing.code_id)
        if named is None:
            raise Unreadable("scanner.torn.code-id", maker=self._framing.code_id.capitalize())
        symbology_id, text = named
        for substitute in self._framing.gs_substitutes:
            text = text.replace(substitute, GS)
        if not text:
            raise Unreadable("scanner.torn.empty")
        return ScannedLabel(text, symbology_id, self._device, body)

    def _has_two_dimensions(self, begun: bytes) -> bool:
        named = code_ids.split_code_id(begun[:_HEAD].decode("latin-1"), self._framing.code_id)
        return named is not None and code_ids.has_two_dimensions(named[0])

    def _bytes(self, text: str) -> bytes:
        return text.encode(self._framing.encoding, "replace")
