"""The board: the newest snapshot of the till, which the page and the status command show."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from agent.language.language import Language, english
from agent.language.sentence import Said, Sentence
from agent.till.picture import Drawing, Picture

CANNOT_PRINT = ("unknown", "offline", "paper_out", "cover_open", "error")
"""States of the printer's badge in which it is known that nothing comes out now."""


class Badge:
    """One badge of the board, in the hands of its one owner."""

    def __init__(self, show: Callable[..., bool], look: Callable[[], dict[str, Any]]) -> None:
        self._show = show
        self._look = look

    def show(self, sentence: Said | None = None, /, **values: Any) -> bool:
        """Change it: what it says, and values besides. False, and no new version, when nothing changed."""
        return self._show(sentence, values)

    def look(self) -> dict[str, Any]:
        """As it stands."""
        return self._look()

    @property
    def state(self) -> str:
        """Its state as it stands."""
        return str(self._look()["state"])


class Board:
    """Holds the parts of the snapshot; any thread may set its own part. Readers get whole snapshots.

    Every change makes a new version; listeners are told that there is one, not what it is. A part may be
    given as a function without arguments: it is worked out once, by whoever looks first, so that the next
    label need not wait for a picture nobody may want. language: notices and badges are sentences until here.
    """

    def __init__(
        self, now: Callable[[], datetime], till: dict[str, Any], language: Language | None = None
    ) -> None:
        self._now = now
        self._language = language or english()
        self._lock = threading.Lock()
        self._listeners: set[Callable[[], None]] = set()
        self._version = 0
        self._notices = 0
        self._drawing = Drawing()
        self._picture: Picture | None = None
        self._claimed: set[str] = set()
        self._shown: dict[str, tuple[Said | None, dict[str, Any]]] = {}
        self._parts: dict[str, Any] = {
            "till": till,
            "sale": {},
            "last_bill": None,
            "unknown_prints": [],
            "found_bill": "",
            "weigh": None,
            "times_milli": None,
            "notice": None,
            "refused_scans": [],
            "badges": {
                "cloud": self._said(Sentence("badge.cloud.not-asked"))
                | {"state": "unknown", "since": None, "reason": ""},
                "queue": self._said(Sentence("badge.queue.empty"))
                | {
                    "count": 0,
                    "parked": 0,
                    "oldest_s": None,
                    "owed": 0,
                    "owed_minor": 0,
                    "paused_until": None,
                    "reason": "",
                },
                "printer": self._said(Sentence("badge.printer.none"))
                | {"state": "none", "plain": "", "copies_wait": "", "lines": 0, "cuts": 0},
                "scanner": self._said(Sentence("badge.scanner.none"))
                | {"state": "none", "labels": 0, "unread": 0},
                "scale": self._said(Sentence("badge.scale.none")) | {"state": "none"},
                "display": self._said(Sentence("badge.display.none")) | {"state": "none"},
                "store": self._said(Sentence("badge.store.ok")) | {"state": "ok"},
                "clock": self._said(Sentence("clock.not-compared")) | {"state": "unknown"},
            },
        }

    def set(self, **parts: Any) -> None:
        """Replace parts (sale, last_bill) in one version."""
        with self._lock:
            self._parts.update(parts)
            self._bump()
        self._tell()

    def notice(self, level: str, sentence: Sentence, **parts: Any) -> dict[str, Any]:
        """Say something to the cashier, together with any other parts that changed; what was said."""
        text, params = self._language.text(sentence), self._language.params(sentence)
        with self._lock:
            self._notices += 1
            self._parts.update(parts)
            notice = self._parts["notice"] = {
                "id": self._notices,
                "level": level,
                "code": sentence.code,
                "text": text,
                "params": params,
                "at": self._now().isoformat(timespec="seconds"),
            }
            self._bump()
        self._tell()
        return notice

    def claim(self, name: str) -> Badge:
        """Become the owner of a badge. ValueError if it has one: nobody else may clear it."""
        if name in self._claimed:
            raise ValueError(f"the badge {name} has an owner")
        self._claimed.add(name)
        return Badge(partial(self._badge, name), lambda: dict(self.part("badges")[name]))

    def part(self, name: str) -> Any:
        """One part as it stands."""
        with self._lock:
            return self._drawn(name)

    def snapshot(self) -> dict[str, Any]:
        """The whole, with its version and the time."""
        with self._lock:
            return self._whole()

    def clock(self) -> str:
        """The till's own time now, ISO 8601 with its offset."""
        return self._now().isoformat(timespec="seconds")

    def picture(self) -> Picture:
        """The whole as JSON; drawn once per version however many watch."""
        with self._lock:
            if self._picture is None or self._picture.version != self._version:
                at = self._now().isoformat(timespec="milliseconds")
                parts = {name: self._drawn(name) for name in self._parts}
                self._picture = self._drawing.picture(self._version, at, parts)
            return self._picture

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Be told of new versions, on whatever thread made them; returns how to stop that."""
        with self._lock:
            self._listeners.add(listener)

        def stop() -> None:
            with self._lock:
                self._listeners.discard(listener)

        return stop

    def _said(self, sentence: Said) -> dict[str, Any]:
        return {
            "id": sentence.id,
            "text": self._language.text(sentence),
            "params": self._language.params(sentence),
        }

    def _badge(self, name: str, sentence: Said | None, values: dict[str, Any]) -> bool:
        shown = sentence, values
        with self._lock:
            if self._shown.get(name) == shown:
                # Its one owner said so last: no need to make text of it.
                return False
        if sentence:
            values = self._said(sentence) | values
        with self._lock:
            self._shown[name] = shown
            badges = self._parts["badges"]
            if badges[name] | values == badges[name]:
                return False
            self._parts["badges"] = badges | {name: badges[name] | values}
            self._bump()
        self._tell()
        return True

    def _whole(self) -> dict[str, Any]:
        at = self._now().isoformat(timespec="milliseconds")
        return {"version": self._version, "at": at, **{name: self._drawn(name) for name in self._parts}}

    def _drawn(self, name: str) -> Any:
        part = self._parts[name]
        if callable(part):
            part = self._parts[name] = part()
        return part

    def _bump(self) -> None:
        self._version += 1

    def _tell(self) -> None:
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener()
