"""Finds a font on the machine for any character, by what the font's own character map says."""

from __future__ import annotations

import os
import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

DIRECTORIES = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("~/.local/share/fonts").expanduser(),
    Path("~/.fonts").expanduser(),
)

_MONO = ("DejaVuSansMono", "NotoSansMono-Regular", "LiberationMono-Regular", "FreeMono")

# Script by script, the files that draw it well: Debian's fonts-noto-core first, then what else is common.
_BY_SCRIPT: tuple[tuple[int, int, tuple[str, ...]], ...] = (
    (0x0590, 0x05FF, ("NotoSansHebrew-Regular",)),
    (0x0600, 0x06FF, ("NotoSansArabic-Regular", "NotoNaskhArabic-Regular")),
    (0x0750, 0x077F, ("NotoSansArabic-Regular", "NotoNaskhArabic-Regular")),
    (0x0900, 0x097F, ("NotoSansDevanagari-Regular", "Lohit-Devanagari")),
    (0x0980, 0x09FF, ("NotoSansBengali-Regular", "Lohit-Bengali")),
    (0x0A00, 0x0A7F, ("NotoSansGurmukhi-Regular", "Lohit-Gurmukhi")),
    (0x0A80, 0x0AFF, ("NotoSansGujarati-Regular", "Lohit-Gujarati")),
    (0x0B00, 0x0B7F, ("NotoSansOriya-Regular", "Lohit-Odia")),
    (0x0B80, 0x0BFF, ("NotoSansTamil-Regular", "Lohit-Tamil")),
    (0x0C00, 0x0C7F, ("NotoSansTelugu-Regular", "Lohit-Telugu")),
    (0x0C80, 0x0CFF, ("NotoSansKannada-Regular", "Lohit-Kannada")),
    (0x0D00, 0x0D7F, ("NotoSansMalayalam-Regular", "Lohit-Malayalam")),
    (0x0D80, 0x0DFF, ("NotoSansSinhala-Regular",)),
    (0x0E00, 0x0E7F, ("NotoSansThai-Regular",)),
    (0x0E80, 0x0EFF, ("NotoSansLao-Regular",)),
    (0x1000, 0x109F, ("NotoSansMyanmar-Regular",)),
    (0x1780, 0x17FF, ("NotoSansKhmer-Regular",)),
    (0x2E80, 0x9FFF, ("NotoSansCJK-Regular", "DroidSansFallbackFull", "DroidSansFallback")),
    (0xAC00, 0xD7AF, ("NotoSansCJK-Regular", "DroidSansFallbackFull", "DroidSansFallback")),
    (0xF900, 0xFAFF, ("NotoSansCJK-Regular", "DroidSansFallbackFull", "DroidSansFallback")),
    (0xFB50, 0xFEFF, ("NotoSansArabic-Regular", "NotoNaskhArabic-Regular")),
    (0xFF00, 0xFFEF, ("NotoSansCJK-Regular", "DroidSansFallbackFull", "DroidSansFallback")),
)
_ANYWHERE = (
    "DejaVuSans",
    "NotoSans-Regular",
    "NotoSansSymbols-Regular",
    "NotoSansSymbols2-Regular",
    "NotoSansMath-Regular",
    "DroidSansFallbackFull",
    "NotoSansCJK-Regular",
)
_SUFFIXES = (".ttf", ".otf", ".ttc")
# Third face of the collection: simplified Chinese forms, with Japanese and Korean in it as well.
_COLLECTION_FACE = {"NotoSansCJK-Regular.ttc": 2, "NotoSansCJK-Bold.ttc": 2}
_BOLD_NAMES = (("-Regular", "-Bold"), ("", "-Bold"))


@dataclass(frozen=True, slots=True)
class Face:
    """One font in one file. path None is the font built into Pillow. mono: every letter is as wide."""

    path: Path | None
    index: int = 0
    mono: bool = False

    def covers(self, char: str) -> bool:
        """Whether the font has a glyph of its own for the character."""
        starts, ends = _coverage(self)
        at = bisect_right(starts, ord(char)) - 1
        return at >= 0 and ord(char) <= ends[at]


class FontShelf:
    """The fonts found below some directories. The same directories give the same choice every time."""

    def __init__(self, directories: Iterable[Path] = DIRECTORIES) -> None:
        self._files: dict[str, Path] = {}
        for directory in directories:
            for path in _font_files(directory):
                self._files.setdefault(path.name, path)

    def face_for(self, char: str) -> Face | None:
        """The best font with a glyph for the character, or None if no font has one."""
        return next((face for face in self._candidates(ord(char)) if face.covers(char)), None)

    def bold_of(self, face: Face) -> Face | None:
        """The bold sister of a font, if it is there."""
        if face.path is None:
            return None
        stem = face.path.stem
        for plain, bold in _BOLD_NAMES:
            if stem.endswith(plain):
                name = stem[: len(stem) - len(plain)] + bold + face.path.suffix
                if name in self._files:
                    return Face(self._files[name], _COLLECTION_FACE.get(name, 0), face.mono)
        return None

    @property
    def bare(self) -> bool:
        """True if no font file is there and Pillow's own has to do."""
        return not self._files

    def _candidates(self, code: int) -> Iterator[Face]:
        for first, last, names in _BY_SCRIPT:
            if first <= code <= last:
                yield from self._faces(names)
        yield from self._faces(_MONO, mono=True)
        yield from self._faces(_ANYWHERE)
        yield Face(None)

    def _faces(self, names: Iterable[str], *, mono: bool = False) -> Iterator[Face]:
        for name in names:
            for suffix in _SUFFIXES:
                path = self._files.get(name + suffix)
                if path is not None:
                    yield Face(path, _COLLECTION_FACE.get(path.name, 0), mono)


@cache
def system_fonts() -> FontShelf:
    """The fonts of this machine, searched for once."""
    return FontShelf()


def _font_files(directory: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(directory):
        folders.sort()
        for name in sorted(names):
            if name.endswith(_SUFFIXES):
                yield Path(parent) / name


@cache
def _coverage(face: Face) -> tuple[list[int], list[int]]:
    """First and last code of every run of characters the font has, sorted."""
    if face.path is None:
        # Pillow's own font: Latin letters and signs, which is all that a till needs of it.
        return [0x20, 0xA1], [0x7E, 0xFF]
    try:
        with face.path.open("rb") as file:
            codes = _read_cmap(file, face.index)
    except (OSError, struct.error, ValueError):
        return [], []
    return [first for first, _ in codes], [last for _, last in codes]


def _read_cmap(file: BinaryIO, index: int) -> list[tuple[int, int]]:
    """The character ranges of an OpenType file (tables ttcf and cmap, formats 4 and 12)."""
    offset = 0
    head = file.read(12 + 4 * (index + 1))
    if head[:4] == b"ttcf":
        (offset,) = struct.unpack_from(">I", head, 12 + 4 * index)
    file.seek(offset)
    (tables,) = struct.unpack(">4xH6x", file.read(12))
    records = file.read(16 * tables)
    for at in range(0, len(records), 16):
        tag, start, length = struct.unpack_from(">4s4xII", records, at)
        if tag == b"cmap":
            file.seek(start)
            return _ranges(file.read(length))
    raise ValueError("no cmap table")


def _ranges(cmap: bytes) -> list[tuple[int, int]]:
    (count,) = struct.unpack_from(">2xH", cmap)
    starts = sorted({struct.unpack_from(">4xI", cmap, 4 + 8 * at)[0] for at in range(count)})
    formats = {struct.unpack_from(">H", cmap, start)[0]: start for start in starts}
    if 12 in formats:
        return _format_12(cmap, formats[12])
    if 4 in formats:
        return _format_4(cmap, formats[4])
    raise ValueError("no readable character map")


def _format_12(cmap: bytes, start: int) -> list[tuple[int, int]]:
    (groups,) = struct.unpack_from(">12xI", cmap, start)
    rows = struct.iter_unpack(">III", cmap[start + 16 : start + 16 + 12 * groups])
    return [(first, last) for first, last, _ in rows]


def _format_4(cmap: bytes, start: int) -> list[tuple[int, int]]:
    (doubled,) = struct.unpack_from(">6xH", cmap, start)
    count = doubled // 2
    column = f">{count}H"
    ends = struct.unpack_from(column, cmap, start + 14)
    firsts = struct.unpack_from(column, cmap, start + 16 + doubled)
    deltas = struct.unpack_from(column, cmap, start + 16 + 2 * doubled)
    shifts_at = start + 16 + 3 * doubled
    shifts = struct.unpack_from(column, cmap, shifts_at)
    found: list[tuple[int, int]] = []
    for at, (first, last, delta, shift) in enumerate(zip(firsts, ends, deltas, shifts, strict=True)):
        if not shift:
            found.append((first, last))
            continue
        base = shifts_at + 2 * at + shift
        for code in range(first, last + 1):
            (glyph,) = struct.unpack_from(">H", cmap, base + 2 * (code - first))
            if glyph and (glyph + delta) & 0xFFFF:
                found.append((code, code))
    return found
