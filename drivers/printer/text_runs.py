"""Splits a text into runs of one font and one direction, in the order they stand on paper."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from drivers.printer.bidi import bidi_levels, paper_order
from drivers.printer.fonts import Face, FontShelf

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
    """The runs of a text from left to right. Characters without a font stand alone, with face None."""
    composed = unicodedata.normalize("NFC", text)
    runs: list[tuple[int, Run]] = []
    for (cluster, level), face in _with_faces(list(_clusters(composed, bidi_levels(composed))), shelf):
        if runs and face is not None and runs[-1][0] == level and runs[-1][1].face == face:
            runs[-1] = (level, Run(runs[-1][1].text + cluster, face, rtl=bool(level % 2)))
        elif face is not None or cluster not in _SHAPELESS:
            runs.append((level, Run(cluster, face, rtl=bool(level % 2))))
    return [runs[at][1] for at in paper_order([level for level, _ in runs])]


def needs_shaping(text: str) -> bool:
    """True if letters of the text change their shape or order by their neighbours."""
    return any(
        unicodedata.bidirectional(char) in ("R", "AL")
        or unicodedata.category(char) in ("Mc", "Mn")
        or 0x0900 <= ord(char) <= 0x0DFF
        for char in text
    )


def _clusters(text: str, levels: list[int]) -> Iterator[tuple[str, int]]:
    """Base characters with the marks and joiners that belong to them."""
    cluster = ""
    level = 0
    for char, its_level in zip(text, levels, strict=True):
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
