"""Regular expressions of others, the organisation's and the shop's: which can be used, and which never end.

They are tried on the till's way, where nothing can stop one that has begun, and no other thread runs
meanwhile: ((.*)*)*x needs longer for a bill's number than the shop is open.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from typing import Any

from agent.language.sentence import Sentence

with warnings.catch_warnings(action="ignore"):
    # Deprecated, with nothing in their place.
    import sre_constants as op
    import sre_parse

_MOST_STEPS = 1_000_000
"""They take some milliseconds."""
_MOST_TURNS = 1000
_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
_ONE_LETTER = (op.LITERAL, op.NOT_LITERAL, op.IN, op.ANY)
_Ways = dict[int, int]
"""In how many ways a number of letters can be taken, for each number."""
_NOTHING: _Ways = {0: 1}


def unusable(pattern: str) -> Sentence | None:
    """Why a text does not compile here, however oddly it is written; None if it does."""
    try:
        with warnings.catch_warnings(action="ignore"):
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return Sentence("rules.expected.pattern", error=str(error))
    return None


def is_quick(pattern: str, letters: int) -> bool:
    """Whether a pattern that compiles is surely decided at once for any text of at most so many letters."""
    try:
        with warnings.catch_warnings(action="ignore"):
            _Bound(letters).of_all(sre_parse.parse(pattern).data)
    except _TooMany:
        return False
    return True


class _TooMany(Exception):
    """More than _MOST_STEPS."""


class _Bound:
    """Counts what trying everything comes to. Each part gives its ways, and the steps of trying it once; no
    text of so many letters needs more."""

    def __init__(self, letters: int) -> None:
        self._letters = letters

    def of_all(self, parts: Iterable[tuple[Any, Any]]) -> tuple[_Ways, int]:
        """Parts one behind the other: each is tried behind every way of those before it."""
        ways, steps = _NOTHING, 1
        for kind, about in parts:
            more, cost = self._of(kind, about)
            steps = _checked(steps + sum(ways.values()) * cost)
            ways = self._behind(ways, more)
        return ways, steps

    def _of(self, kind: Any, about: Any) -> tuple[_Ways, int]:
        if kind in _ONE_LETTER:
            return {1: 1}, 1
        if kind in _REPEATS:
            return self._repeated(about[0], about[1], *self.of_all(about[2]))
        if kind in (op.ASSERT, op.ASSERT_NOT):
            return _NOTHING, self.of_all(about[1])[1]
        if kind is op.BRANCH:
            return _either(map(self.of_all, about[1]))
        if kind is op.GROUPREF_EXISTS:
            return _either(self.of_all(each or ()) for each in about[1:])
        if kind is op.SUBPATTERN:
            return self.of_all(about[3])
        if kind is op.ATOMIC_GROUP:
            return self.of_all(about)
        # A group once more, of whatever length; or a place, such as the end.
        return dict.fromkeys(range(self._letters + 1), 1) if kind is op.GROUPREF else _NOTHING, 1

    def _repeated(self, least: int, most: int, ways: _Ways, cost: int) -> tuple[_Ways, int]:
        """Behind those that are asked for, a turn that takes nothing is the last one."""
        found: _Ways = {}
        turns, steps = _NOTHING, 0
        for turn in range(min(most, least + self._letters + 1) + 1):
            if turn >= least:
                found = _sum(found, turns)
            steps = _checked(steps + sum(turns.values()) * cost if turn < _MOST_TURNS else _MOST_STEPS + 1)
            turns = self._behind(turns, ways)
            if not turns:
                break
        return found, steps

    def _behind(self, first: _Ways, second: _Ways) -> _Ways:
        found: _Ways = {}
        for a, ways in first.items():
            for b, more in second.items():
                if a + b <= self._letters:
                    found[a + b] = found.get(a + b, 0) + ways * more
        return found


def _either(several: Iterable[tuple[_Ways, int]]) -> tuple[_Ways, int]:
    found: _Ways = {}
    steps = 0
    for ways, cost in several:
        found, steps = _sum(found, ways), steps + cost
    return found, steps


def _sum(first: _Ways, second: _Ways) -> _Ways:
    return first | {length: first.get(length, 0) + ways for length, ways in second.items()}


def _checked(steps: int) -> int:
    if steps > _MOST_STEPS:
        raise _TooMany
    return steps
