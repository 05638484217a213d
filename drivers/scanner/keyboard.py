"""Key events of a scanner that plays a keyboard, decoded into labels. Pure: times are handed in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from drivers.message import Message
from drivers.scanner import keymap as km
from drivers.scanner.framing import GS, Framer, Framing
from drivers.scanner.label import Scan

EV_SYN, EV_KEY, EV_MSC = 0, 1, 4
SYN_REPORT, SYN_DROPPED = 0, 3
MSC_SCAN = 4
_LOST = Message("scanner.torn.keys-lost")
_DROPPED = Message("scanner.torn.keys-dropped")


class KeyEvent(NamedTuple):
    """One event as the kernel gives it (linux/input.h): time in seconds, type, code, value."""

    time_s: float
    type: int
    code: int
    value: int


@dataclass(frozen=True, slots=True)
class KeyOptions:
    """How one keyboard scanner types. layout: its country setting. gs_keys: what it presses for GS.

    Raises ValueError for a layout or key that is not known.
    """

    layout: str = "us"
    gs_keys: tuple[str, ...] = ("ctrl+]", "ctrl+shift+]")
    framing: Framing = field(default_factory=Framing)

    def __post_init__(self) -> None:
        km.keymap(self.layout)
        for key in self.gs_keys:
            km.gs_key(key)


class KeyDecoder:
    """Events in, scans out; the same calls as framing.Framer.

    Only key-downs make characters, auto-repeat none. Modifiers and Caps Lock are those of this device
    alone, and off before each label. Damage shows as TornScan: dropped events (SYN_DROPPED), a key that
    goes up without having gone down, a scan code without its key, a key this layout has no character for. A
    tap of Caps Lock may have been lost with the rest: until the next silence no letter is believed that it
    would turn."""

    def __init__(self, options: KeyOptions, device: str = "") -> None:
        self._map = km.keymap(options.layout)
        self._gs_keys = frozenset(km.gs_key(key) for key in options.gs_keys)
        self._framing = replace(options.framing, encoding="utf-8")
        self._framer = Framer(self._framing, device)
        self._held: set[int] = set()
        self._forgotten: set[int] = set()
        self._last = 0.0
        self._caps = self._caps_lost = False
        self._dead = ""
        self._alt_digits = ""
        self._unpaired = 0
        self._dropping = False
        self._started = False

    @property
    def deadline(self) -> float | None:
        """When idle() has something to decide; None while nothing is pending."""
        return self._framer.deadline

    def patience(self, now: float, most_s: float) -> float:
        """How long to wait for the next event: until the deadline, if that is sooner than `most_s`."""
        return self._framer.patience(now, most_s)

    def feed(self, event: KeyEvent) -> list[Scan]:
        """Take one event. Returns the scans it completes."""
        scans = self.idle(event.time_s)
        self._last = event.time_s
        if event.type == EV_SYN:
            return scans + self._take_syn(event)
        if self._dropping:
            return scans
        if event.type == EV_MSC and event.code == MSC_SCAN:
            self._unpaired += 1
        elif event.type == EV_KEY and event.value != 2:
            self._unpaired -= 1
            scans += self._press(event) if event.value else self._release(event)
        return scans

    def idle(self, now: float) -> list[Scan]:
        """Nothing came until `now`: end or give up what is pending, if its time is over."""
        if now - self._last >= self._framing.stale_s:
            self._forget()
        return self._framer.idle(now)

    def tear(self, reason: Message, now: float) -> list[Scan]:
        """Something of the current scan is missing: report it and drop the rest of it."""
        self._dead = self._alt_digits = ""
        return self._framer.tear(reason, now)

    def _lose(self, reason: Message, now: float) -> list[Scan]:
        self._caps_lost = True
        return self.tear(reason, now)

    def reset(self, reason: Message) -> list[Scan]:
        """The device is gone: whatever is unfinished is torn; keys and Caps Lock count as up."""
        self._forget()
        self._forgotten.clear()
        self._dropping = self._started = False
        return self._framer.reset(reason)

    def finish(self) -> list[Scan]:
        """No more events will ever come (the end of a recording): decide what is pending now."""
        return self._framer.finish()

    def _forget(self) -> None:
        """No scanner holds a key between two scans, or leaves Caps Lock on: one still down then will never be
        seen to go up."""
        self._forgotten |= self._held
        self._held.clear()
        self._caps = self._caps_lost = False
        self._dead = self._alt_digits = ""
        self._unpaired = 0

    def _take_syn(self, event: KeyEvent) -> list[Scan]:
        if event.code == SYN_DROPPED:
            self._dropping = True
            self._forget()
            return self._lose(_DROPPED, event.time_s)
        unpaired, self._unpaired = self._unpaired, 0
        dropping, self._dropping = self._dropping, False
        if unpaired > 0 and not dropping:
            return self._lose(_LOST, event.time_s)
        return []

    def _release(self, event: KeyEvent) -> list[Scan]:
        if event.code not in self._held:
            # The first release of all may be that of the Enter which started a recording.
            expected = event.code in self._forgotten or (not self._started and event.code in km.FIXED)
            self._forgotten.discard(event.code)
            return [] if expected else self._lose(_LOST, event.time_s)
        self._held.discard(event.code)
        if event.code not in {km.LEFT_ALT, km.RIGHT_ALT} or not self._alt_digits:
            return []
        digits, self._alt_digits = self._alt_digits, ""
        char = km.alt_code(digits)
        if char is None:
            return self.tear(Message("scanner.torn.alt-code", digits=digits), event.time_s)
        return self._emit(char, event.time_s)

    def _press(self, event: KeyEvent) -> list[Scan]:
        # A key that goes down twice has lost its release, and who knows what else.
        scans = self._lose(_LOST, event.time_s) if event.code in self._held else []
        self._started = True
        self._forgotten.discard(event.code)
        self._held.add(event.code)
        if event.code == km.CAPS_LOCK:
            self._caps = not self._caps
            return scans
        if event.code in km.MODIFIERS or event.code in km.SILENT:
            return scans
        char = self._character(event.code)
        if char and char.isalpha() and self._caps_lost and self._map.turned_by_caps(event.code):
            return scans + self.tear(_LOST, event.time_s)
        if char is None and event.code in km.MOVES and self._framer.between:
            return scans
        if char is None:
            missing = Message("scanner.torn.key", key=event.code, layout=self._map.name)
            return scans + self.tear(missing, event.time_s)
        return scans + self._emit(char, event.time_s)

    def _character(self, code: int) -> str | None:
        """What a key-down gives, None for nothing; "" while an Alt code is being typed."""
        ctrl = bool(self._held & km.CTRLS)
        shift = bool(self._held & km.SHIFTS)
        left_alt, right_alt = km.LEFT_ALT in self._held, km.RIGHT_ALT in self._held
        altgr = self._map.has_altgr and (right_alt or (left_alt and ctrl))
        if self._is_gs(code, ctrl=ctrl, shift=shift):
            return GS
        if code in km.FIXED or code in km.KEYPAD:
            return km.FIXED.get(code) or self._keypad(km.KEYPAD[code])
        if altgr or not (ctrl or left_alt or right_alt):
            return self._map.character(code, shift=shift, altgr=altgr, caps=self._caps)
        control = self._map.control(code) if ctrl else None
        return None if control == GS else control

    def _keypad(self, char: str) -> str:
        if self._held & {km.LEFT_ALT, km.RIGHT_ALT} and char.isdigit():
            self._alt_digits += char
            return ""
        return char

    def _is_gs(self, code: int, *, ctrl: bool, shift: bool) -> bool:
        """One of this scanner's GS keys; Ctrl+] wherever its country has the bracket."""
        if km.GsKey(code, ctrl, shift) in self._gs_keys:
            return True
        bracket = km.gs_key("ctrl+shift+]" if shift else "ctrl+]")
        return ctrl and bracket in self._gs_keys and self._map.control(code) == GS

    def _emit(self, char: str, now: float) -> list[Scan]:
        if not char:
            return []
        dead, self._dead = self._dead, ""
        if char in km.DEAD_KEYS and not dead:
            self._dead = char
            return []
        return self._framer.feed((km.compose(dead, char) if dead else char).encode(), now)
