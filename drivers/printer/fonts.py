"""Finds a font on the machine for any character, by what the font's own character map says."""

from __future__ import annotations

import os
import re
import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

DIRECTORIES = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("~/.local/share/fonts").expanduser(),
    Path("~/.fonts").expanduser(),
)

# A package with nothing in it but fonts, so that a bare box has the letters of India's languages too.
_PACKAGE = "manimgx_fonts"

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
# More than a shop's paper has.
_LETTERS = 1024


@dataclass(frozen=True, slots=True)
class Face:
    """One font in one file. path None is the font built into Pillow. mono: its letters are equally wide."""

    path: Path | None
    index: int = 0
    mono: bool = False

    def covers(self, char: str) -> bool:
        """Whether the font has a glyph of its own for the character; none while it cannot be read."""
        try:
            starts, ends = _coverage(self)
        except OSError:
            # Not kept: it may be there again for the next ticket.
            return False
        at = bisect_right(starts, ord(char)) - 1
        return at >= 0 and ord(char) <= ends[at]


class FontShelf:
    """The fonts found below some directories. The same directories give the same choice every time."""

    def __init__(self, directories: Iterable[Path] = DIRECTORIES) -> None:
        self._files: dict[str, Path] = {}
        for directory in directories:
            for path in _font_files(directory):
                self._files.setdefault(_plain_name(path), path)

    def face_for(self, char: str) -> Face | None:
        """The best font with a glyph for the character, or None if no font has one."""
        return _best(self, char)

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

    def candidates(self, code: int) -> Iterator[Face]:
        """The fonts that may have a glyph for a code, the best first."""
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


@lru_cache(_LETTERS)
def _best(shelf: FontShelf, char: str) -> Face | None:
    return next((face for face in shelf.candidates(ord(char)) if face.covers(char)), None)


@cache
def system_fonts() -> FontShelf:
    """The fonts of this machine and, behind them, those that came with the till; searched for
    once, until look_anew."""
    return FontShelf((*DIRECTORIES, *packaged()))


def look_anew() -> None:
    """Have the fonts searched for again: some may have been replaced since, under other names."""
    system_fonts.cache_clear()


def packaged() -> tuple[Path, ...]:
    """Where the fonts are that came with the till."""
    spec = find_spec(_PACKAGE)
    return tuple(Path(place) for place in (spec.submodule_search_locations or ())) if spec else ()


def _plain_name(path: Path) -> str:
    """NotoSansTamil[wght].ttf, a font of all weights, is drawn in its regular one and so found as that."""
    return re.sub(r"\[[^\]]*\](?=\.\w+$)", "-Regular", path.name)


def _font_files(directory: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(directory):
        folders.sort()
        for name in sorted(names):
            if name.endswith(_SUFFIXES):
                yield Path(parent) / name


@cache
def _coverage(face: Face) -> tuple[list[int], list[int]]:
    """First and last code of every run of characters the font has, sorted. OSError if it cannot be read."""
    if face.path is None:
        # Pillow's own font: Latin letters and signs, which is all that a till needs of it.
        return [0x20, 0xA1], [0x7E, 0xFF]
    try:
        codes = _character_map(face.path, face.index)
    except ValueError:
        return [], []
    return _ranges(codes)


def _character_map(path: Path, index: int) -> list[int]:
    """The codes the font has a glyph for, sorted. ValueError if the file is not a font that can be read."""
    from fontTools.ttLib import TTFont, TTLibError

    try:
        # Checksums are compared, since a map with a damaged byte can take seconds and 100 MB to unfold.
        with path.open("rb") as file, TTFont(file, checkChecksums=2, fontNumber=index, lazy=True) as font:
            # Only the codes are wanted: without this every glyph's name would be read as well.
            font.setGlyphOrder(["."] * 0x10000)
            return sorted(font["cmap"].getBestCmap() or ())
    except (TTLibError, struct.error, AssertionError, LookupError, ImportError) as exc:
        raise ValueError(f"{path} is no font: {exc}") from exc


def _ranges(codes: list[int]) -> tuple[list[int], list[int]]:
    """First and last code of every unbroken run of codes."""
    starts = [code for before, code in pairwise([-2, *codes]) if code != before + 1]
    ends = [code for code, after in pairwise([*codes, -2]) if after != code + 1]
    return starts, ends
