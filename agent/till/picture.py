"""The snapshot as JSON: the whole, or what is another since an earlier one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

_LINES = '"lines":['


@dataclass(frozen=True)
class Picture:
    """The till at one version. parts: each as JSON, the open sale's without its lines; lines: those, by their
    numbers."""

    version: int
    at: str
    parts: dict[str, str]
    lines: Mapping[int, str]

    @cached_property
    def whole(self) -> bytes:
        """All of it."""
        return self._written({"version": str(self.version)}, self.parts, list(self.lines.values()))

    def since(self, before: Picture) -> bytes:
        """What whoever has before needs: the parts that are others now, in which a line that before had alike
        is its number alone. from: the version of before."""
        known = before.lines
        lines = [str(no) if known.get(no) == line else line for no, line in self.lines.items()]
        parts = {name: part for name, part in self.parts.items() if before.parts.get(name) != part}
        if self.lines != known or list(self.lines) != list(known):
            parts["sale"] = self.parts["sale"]
        return self._written({"from": str(before.version), "version": str(self.version)}, parts, lines)

    def _written(self, first: dict[str, str], parts: dict[str, str], lines: list[str]) -> bytes:
        told = first | {"at": _json(self.at)} | parts
        if "sale" in parts:
            head, mark, tail = parts["sale"].partition(_LINES)
            told["sale"] = f"{head}{mark}{','.join(lines)}{tail}"
        # Half a character from whatever source must not take the whole picture away.
        return f"{{{','.join(f'{_json(name)}:{part}' for name, part in told.items())}}}".encode(
            errors="replace"
        )


class Drawing:
    """Makes pictures. A line that is the same object as in the last one is not written again: lines never
    change but are replaced."""

    def __init__(self) -> None:
        self._lines: dict[int, tuple[Any, str]] = {}

    def picture(self, version: int, at: str, parts: Mapping[str, Any]) -> Picture:
        """The parts of the board as they stand."""
        sale = parts["sale"]
        self._lines = {line["no"]: self._line(line) for line in sale.get("lines", ())}
        without = sale | {"lines": []} if "lines" in sale else sale
        texts = {name: _json(part) for name, part in {**parts, "sale": without}.items()}
        return Picture(version, at, texts, {no: text for no, (_, text) in self._lines.items()})

    def _line(self, line: Any) -> tuple[Any, str]:
        known = self._lines.get(line["no"])
        return known if known and known[0] is line else (line, _json(line))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
