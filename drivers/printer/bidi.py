"""Which way each character of a line runs: the Unicode Bidirectional Algorithm (UAX 9)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence

_BRACKETS = {"(": ")", "[": "]", "{": "}"}
# The classes of the algorithm as one letter each, a for Arabic letters; all others are neutral, N.
_LETTERS = {"L": "L", "R": "R", "AL": "a", "EN": "E", "AN": "A", "ES": "S", "CS": "C", "ET": "T", "NSM": "M"}
_IGNORED = frozenset(("BN", "LRE", "RLE", "LRO", "RLO", "PDF"))
# Without one of these all that is weak or neutral runs as the letters do, from left to right.
_RIGHTWARDS = frozenset(("R", "AL", "AN"))


def bidi_levels(text: str) -> list[int]:
    """The embedding level of each character: even from left to right, odd from right to left.

    The line's own direction is that of its first letter, else left to right. Embeddings, overrides and
    isolates, which names and addresses do not have, are passed over; a joiner gets its neighbour's level.
    """
    kinds = [unicodedata.bidirectional(char) for char in text]
    if _RIGHTWARDS.isdisjoint(kinds):
        return [0] * len(text)
    kept = [at for at, kind in enumerate(kinds) if kind not in _IGNORED]
    classes = "".join(_LETTERS.get(kinds[at], "N") for at in kept)
    first = re.search("[LRa]", classes)
    base = "R" if first and first[0] != "L" else "L"
    own = dict(zip(kept, _resolved(classes, [text[at] for at in kept], base), strict=True))
    level_of = {"L": 0 if base == "L" else 2, "R": 1, "E": 2, "A": 2}
    levels: list[int] = []
    for at in range(len(text)):
        if at in own:
            levels.append(level_of[own[at]])
        else:
            levels.append(levels[-1] if levels else level_of[base])
    return levels


def paper_order(levels: Sequence[int]) -> list[int]:
    """The places of these levels as they stand on paper from left to right (rule L2)."""
    order = list(range(len(levels)))
    for level in range(max(levels, default=0), 0, -1):
        at = 0
        while at < len(order):
            end = at
            while end < len(order) and levels[order[end]] >= level:
                end += 1
            order[at:end] = order[at:end][::-1]
            at = end + 1
    return order


def _resolved(classes: str, chars: list[str], base: str) -> str:
    """Every class made L, R, E or A. The line's own direction stands at both ends while rules look around."""
    row = _numbers(base + classes + base)
    row = _brackets(row, classes, chars, base)
    row = re.sub("(?<=L)N+(?=L)", _all("L"), row)
    row = re.sub("(?<=[REA])N+(?=[REA])", _all("R"), row)
    return row.replace("N", base)[1:-1]


def _numbers(row: str) -> str:
    """The weak classes (rules W1 to W7): marks, digits, and the signs that belong to digits."""
    row = re.sub("(.)M+", lambda found: found[1] * len(found[0]), row)
    row = re.sub("a[^LRa]*", lambda found: found[0].replace("E", "A"), row).replace("a", "R")
    row = re.sub("(?<=E)[SC](?=E)", "E", row)
    row = re.sub("(?<=A)C(?=A)", "A", row)
    row = re.sub("T+(?=E)|(?<=E)T+", _all("E"), row)
    row = re.sub("[SCT]", "N", row)
    return re.sub("L[^LR]*", lambda found: found[0].replace("E", "L"), row)


def _brackets(row: str, classes: str, chars: list[str], base: str) -> str:
    """Both brackets of a pair run the line's way, or the other if all within and what is before does (N0)."""
    out = list(row)
    for opening, closing in sorted(_pairs(chars)):
        within = {_side(kind) for kind in out[opening + 2 : closing + 1]} - {"N"}
        if not within:
            continue
        before = next(side for kind in reversed(out[: opening + 1]) if (side := _side(kind)) != "N")
        side = base if base in within else before
        for at in (opening, closing):
            # The row begins one place earlier, and marks go with the bracket they stand on.
            last = at + 1 + len(classes[at + 1 :]) - len(classes[at + 1 :].lstrip("M"))
            out[at + 1 : last + 1] = side * (last - at)
    return "".join(out)


def _pairs(chars: list[str]) -> Iterator[tuple[int, int]]:
    waiting: list[tuple[int, str]] = []
    for at, char in enumerate(chars):
        if char in _BRACKETS:
            waiting.append((at, _BRACKETS[char]))
        while char in _BRACKETS.values() and any(wanted == char for _, wanted in waiting):
            opening, wanted = waiting.pop()
            if wanted == char:
                yield opening, at
                break


def _side(kind: str) -> str:
    return "R" if kind in "REA" else kind


def _all(letter: str) -> Callable[[re.Match[str]], str]:
    return lambda found: letter * len(found[0])
