"""Supervisors: who may give something up for the shop, known by a PIN of which only a digest is kept."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from agent.language.sentence import Sentence
from agent.sale.pin_digest import pin_digest
from agent.store import pin_tries

T = TypeVar("T")

TRIES = 5
LOCKED_S = 300.0
MOST_LOCKED_S = 3600.0
BOX_TRIES, BOX_S = 10, 3600.0
_BOX = ""
"""The name under which the wrong tries of all places are kept, with the end of their hour."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a name and a PIN are right: refusal is None, or says why not. locked: this try locked the
    name, or with box every place that has shown no right PIN."""

    refusal: Sentence | None = None
    locked: bool = False
    box: bool = False

    @property
    def ok(self) -> bool:
        """Both are right."""
        return self.refusal is None


@dataclass(slots=True)
class _Guesser:
    """Somewhere PINs come from: how many more wrong ones there were than right ones, until when none is
    taken, and how often that was so. A right one takes one back and no more: a guesser had four for each."""

    wrong: int = 0
    until: float = 0.0
    locks: int = 0


class Write(Protocol):
    """Runs a change of the store in a turn and a transaction of its own; it is committed on return."""

    def __call__(self, work: Callable[[Any], T]) -> T: ...


class Supervisors:
    """Checks PINs, one at a time. After TRIES wrong ones more than right ones, of whatever names, the source
    they came from is locked for LOCKED_S, and by each further one for twice as long, up to MOST_LOCKED_S.
    After TRIES wrong ones in a row for a name, from wherever, the name is locked for LOCKED_S: but not where
    its right PIN was given, or a guesser would keep the supervisor from working. A guesser makes places at
    will, so all those that have shown no right PIN have BOX_TRIES wrong ones between them in an hour.

    lines: the setting of each name; kept: earlier tries, as pin_tries.load has them, None is locked for
    LOCKED_S from now; clock: seconds that never go back, for as long as this process lives; now_ms: the wall
    clock, which alone tells over a restart how long a name is still locked.
    """

    def __init__(
        self,
        lines: Mapping[str, str],
        kept: Mapping[str, pin_tries.Tries | None],
        write: Write,
        now_ms: Callable[[], int],
        clock: Callable[[], float],
    ) -> None:
        found = {name: pin_digest(line) for name, line in lines.items()}
        self._known = {name: digest for name, digest in found.items() if digest}
        # An unknown name costs a digest like a known one. Names are no secret: the page offers them.
        self._nobody = next(iter(self._known.values()), None)
        self._write, self._now_ms, self._clock = write, now_ms, clock
        self._guessers: dict[str, _Guesser] = {}
        self._proved: set[tuple[str, str]] = set()
        self._lock = threading.Lock()
        locked_ms = now_ms() + round(LOCKED_S * 1000)
        untold = pin_tries.Tries(0, locked_ms)
        names = {name: tries or untold for name, tries in kept.items() if name != _BOX}
        self._wrong = {name: tries.wrong for name, tries in names.items()}
        self._until = {name: self._clock() + self._left_s(tries, LOCKED_S) for name, tries in names.items()}
        hour = kept.get(_BOX, pin_tries.Tries(0, 0)) or pin_tries.Tries(BOX_TRIES, locked_ms)
        self._in_hour, self._hour_ends = hour.wrong, self._clock() + self._left_s(hour, BOX_S)

    def check(self, name: str, pin: str, source: str = "", *, trusted: bool = False) -> Verdict:
        """Whether this is one of the shop's supervisors; source: where it was typed, such as a session.
        trusted: nobody can be there who could not do it without the till. Raises StoreError, the PIN
        unseen."""
        if self._nobody is None:
            return Verdict(Sentence("no-supervisor"))
        with self._lock:
            guesser = self._guessers.setdefault(source, _Guesser())
            if (left_s := guesser.until - self._clock()) > 0:
                return Verdict(_here(left_s))
            left_s = self._until.get(name, 0.0) - self._clock()
            if left_s > 0 and (name, source) not in self._proved:
                return Verdict(_locked(name, left_s))
            strange = not trusted and all(source != place for _, place in self._proved)
            if strange and (left_s := self._box_left_s()) > 0:
                return Verdict(_everywhere(left_s))
            # Counted before it is looked at: whoever cuts the power at a wrong one has used it up.
            if name in self._known:
                self._count(name, strange=strange)
            digest = self._known.get(name, self._nobody)
            right = digest.matches(pin) and name in self._known
            self._remember(guesser, name, source, right=right)
            return self._told(name, guesser, right=right, strange=strange)

    def _remember(self, guesser: _Guesser, name: str, source: str, *, right: bool) -> None:
        if right:
            guesser.wrong, guesser.locks = max(0, guesser.wrong - 1), max(0, guesser.locks - 1)
            self._proved.add((name, source))
            return
        guesser.wrong += 1
        if guesser.wrong >= TRIES:
            guesser.until = self._clock() + min(LOCKED_S * 2**guesser.locks, MOST_LOCKED_S)
            guesser.wrong, guesser.locks = TRIES - 1, guesser.locks + 1

    def _count(self, name: str, *, strange: bool) -> None:
        wrong = self._wrong.get(name, 0) + 1
        locked = wrong >= TRIES
        # A lock that holds elsewhere is not lifted by a wrong PIN.
        until = self._clock() + LOCKED_S if locked else self._until.get(name, 0.0)
        until_ms = self._now_ms() + round(left_s * 1000) if (left_s := until - self._clock()) > 0 else 0
        tries = pin_tries.Tries(0 if locked else wrong, until_ms)
        if strange and self._hour_ends <= self._clock():
            self._in_hour, self._hour_ends = 0, self._clock() + BOX_S
        hour = self._hour(self._in_hour + strange)

        def kept(tx: Any) -> None:
            pin_tries.save(tx, name, tries)
            if strange:
                pin_tries.save(tx, _BOX, hour)

        self._write(kept)
        self._wrong[name], self._until[name], self._in_hour = tries.wrong, until, hour.wrong

    def _hour(self, wrong: int) -> pin_tries.Tries:
        return pin_tries.Tries(wrong, self._now_ms() + round((self._hour_ends - self._clock()) * 1000))

    def _box_left_s(self) -> float:
        """How long no place that has shown no right PIN may try."""
        return self._hour_ends - self._clock() if self._in_hour >= BOX_TRIES else 0.0

    def _right(self, name: str, *, strange: bool) -> Verdict:
        hour = self._hour(self._in_hour - strange)

        def kept(tx: Any) -> None:
            pin_tries.forget(tx, name)
            if strange:
                pin_tries.save(tx, _BOX, hour)

        self._write(kept)
        self._wrong[name], self._until[name], self._in_hour = 0, 0.0, hour.wrong
        return Verdict()

    def _told(self, name: str, guesser: _Guesser, *, right: bool, strange: bool) -> Verdict:
        if right:
            return self._right(name, strange=strange)
        if strange and (left_s := self._box_left_s()) > 0:
            return Verdict(_everywhere(left_s), locked=True, box=True)
        if self._until.get(name, 0.0) > self._clock() and not self._wrong.get(name, 0):
            return Verdict(_locked(name, LOCKED_S), locked=True)
        if (left_s := guesser.until - self._clock()) > 0:
            return Verdict(_here(left_s))
        return Verdict(Sentence("supervisor-wrong"))

    def _left_s(self, tries: pin_tries.Tries, most_s: float) -> float:
        """A clock that was set back neither lifts a lock nor makes one that lasts for years."""
        return min(max(0.0, (tries.locked_until_ms - self._now_ms()) / 1000), most_s)


def _locked(name: str, left_s: float) -> Sentence:
    return Sentence("supervisor-locked", name=name, count=math.ceil(left_s / 60))


def _here(left_s: float) -> Sentence:
    return Sentence("supervisor-locked.here", count=math.ceil(left_s / 60))


def _everywhere(left_s: float) -> Sentence:
    return Sentence("supervisor-locked.everywhere", count=math.ceil(left_s / 60))
