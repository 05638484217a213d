"""Splits a text into runs of one font and one direction, in the order they stand on paper."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from drivers.printer.fonts import Face, FontShelf

_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_JOINERS = "\u200c\u200d"
# Marks that direct the text and have no shape: bidi controls, byte order mark, soft hyphen, joiners.
_SHAPELESS = frozenset("\u00ad\u061c\u200b\u200c\u200d\u200e\u200f\u2060\ufeff") | frozenset(
    chr(code)
    for start, end in ((0x202A, 0x202E), (0x2066, 0x2069), (0xFE00, 0xFE0F))
    for code in range(start, end + 1)
)


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text in one font. face None: no font has it, draw its code in a box."""

    text: str
    face: Face | None
    rtl: bool = False


def visual_runs(text: str, shelf: FontShelf) -> list[Run]:
    """The runs of a text from left to right. Characters without a font stand alone, with face None.

    Directions follow the Unicode bidirectional algorithm without explicit embeddings, which is what item
    names and addresses need: levels from strong characters, numbers inside right-to-left text, neutrals
    between.
    """
    chars = list(unicodedata.normalize("NFC", text))
    levels = _levels(chars)
    runs: list[tuple[int, Run]] = []
    for (cluster, level), face in _with_faces(list(_clusters(chars, levels)), shelf):
        if runs and face is not None and runs[-1][0] == level and runs[-1][1].face == face:
            runs[-1] = (level, Run(runs[-1][1].text + cluster, face, rtl=bool(level % 2)))
        elif face is not None or cluster not in _SHAPELESS:
            runs.append((level, Run(cluster, face, rtl=bool(level % 2))))
    return _reordered(runs)


def needs_shaping(text: str) -> bool:
    """True if letters of the text change their shape or order by their neighbours."""
    return any(
        unicodedata.bidirectional(char) in ("R", "AL")
        or unicodedata.category(char) in ("Mc", "Mn")
        or 0x0900 <= ord(char) <= 0x0DFF
        for char in text
    )


def _levels(chars: list[str]) -> list[int]:
    kinds = [_kind(char) for char in chars]
    base = next((kind for kind in kinds if kind in "LR"), "L")
    for opening, closing in _bracket_pairs(chars):
        kinds[opening] = kinds[closing] = _bracket_kind(kinds[:opening], kinds[opening + 1 : closing], base)
    return [_level(kind, base) for kind in _resolved(kinds, base)]


def _bracket_pairs(chars: list[str]) -> Iterator[tuple[int, int]]:
    open_at: list[tuple[int, str]] = []
    for at, char in enumerate(chars):
        if char in _BRACKETS:
            open_at.append((at, _BRACKETS[char]))
        elif open_at and char == open_at[-1][1]:
            yield open_at.pop()[0], at


def _bracket_kind(before: list[str], inside: list[str], base: str) -> str:
    """The direction of a pair of brackets (rule N0): the base's, unless all inside and before it differ."""
    if base in inside or not any(kind in "LR" for kind in inside):
        return base
    return next((kind for kind in reversed(before) if kind in "LR"), base)


def _kind(char: str) -> str:
    """L and R strong, E number, N neutral, M takes the kind of what it stands on."""
    bidi = unicodedata.bidirectional(char)
    if bidi in ("R", "AL"):
        return "R"
    if bidi in ("EN", "AN"):
        return "E"
    if bidi in ("NSM", "BN"):
        return "M"
    # A currency sign, a decimal point or a per cent sign goes with its number.
    return "T" if bidi in ("ET", "CS", "ES") else ("L" if bidi == "L" else "N")


def _resolved(kinds: list[str], base: str) -> list[str]:
    out = list(kinds)
    for at, kind in enumerate(out):
        if kind == "M":
            out[at] = out[at - 1] if at else base
        elif kind == "T":
            beside = out[at - 1 : at] + kinds[at + 1 : at + 2]
            out[at] = "E" if "E" in beside else "N"
    strong = base
    for at, kind in enumerate(out):
        if kind in "LR":
            strong = kind
        elif kind == "E" and strong == "L":
            out[at] = "L"
    at = 0
    while at < len(out):
        end = at
        while end < len(out) and out[end] == "N":
            end += 1
        if end > at:
            before = _side(out[at - 1]) if at else base
            after = _side(out[end]) if end < len(out) else base
            out[at:end] = [before if before == after else base] * (end - at)
        at = end + 1
    return out


def _side(kind: str) -> str:
    return "L" if kind == "L" else "R"


def _level(kind: str, base: str) -> int:
    if kind == "R":
        return 1
    if kind == "E":
        return 2
    return 0 if base == "L" else 2


def _clusters(chars: list[str], levels: list[int]) -> Iterator[tuple[str, int]]:
    """Base characters with the marks and joiners that belong to them."""
    cluster = ""
    level = 0
    for char, its_level in zip(chars, levels, strict=True):
        joined = cluster and (
            unicodedata.category(char) in ("Mn", "Mc", "Me") or char in _JOINERS or cluster[-1] == _JOINERS[1]
        )
        if cluster and not joined:
            yield cluster, level
            cluster = ""
        if not cluster:
            level = its_level
        cluster += char
    if cluster:
        yield cluster, level


def _with_faces(
    clusters: list[tuple[str, int]], shelf: FontShelf
) -> Iterator[tuple[tuple[str, int], Face | None]]:
    """A face for each cluster; a space stays in the font before it, so that words are shaped together."""
    previous: Face | None = None
    for cluster, level in clusters:
        if cluster == " " and previous is not None and previous.covers(" "):
            face: Face | None = previous
        else:
            face = _face(cluster, shelf)
        if face is None and len(cluster) > 1:
            for char in cluster:
                yield (char, level), _face(char, shelf)
            previous = None
            continue
        previous = face
        yield (cluster, level), face


def _face(cluster: str, shelf: FontShelf) -> Face | None:
    shapes = [char for char in cluster if char not in _SHAPELESS]
    if not shapes or unicodedata.category(shapes[0]) in ("Cc", "Cs"):
        return None
    face = shelf.face_for(shapes[0])
    return face if face is not None and all(face.covers(char) for char in shapes) else None


def _reordered(runs: list[tuple[int, Run]]) -> list[Run]:
    """From reading order to paper order: every stretch of level n or more is reversed, highest n first."""
    row = list(runs)
    for level in range(max((level for level, _ in row), default=0), 0, -1):
        at = 0
        while at < len(row):
            end = at
            while end < len(row) and row[end][0] >= level:
                end += 1
            row[at:end] = row[at:end][::-1]
            at = end + 1
    return [run for _, run in row]
