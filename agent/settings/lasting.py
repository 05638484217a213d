"""Whether the store lies where it lasts: not in memory, and not under an overlay that is in memory itself."""

from __future__ import annotations

import re
from pathlib import Path

from agent.language.sentence import Sentence
from agent.settings.config import Config
from agent.settings.toml_sections import ConfigError, Problem, Tables

_MOUNTS = Path("/proc/self/mountinfo")
_MEMORY = ("tmpfs", "ramfs")


def check_lasting(config: Config, tables: Tables) -> None:
    """Raises ConfigError for a till that sells in earnest from a store that is gone when the power is."""
    if config.till.training or not (kind := forgets(config.store, _MOUNTS.read_text("utf-8"))):
        return
    wrong = Sentence("settings.store-forgets", kind=kind)
    raise ConfigError([Problem(tables.origin("store"), "store", wrong)], tables.language)


def forgets(directory: Path, mounts: str) -> str:
    """The file system under a directory, if it is one that forgets, else "". mounts: as in proc(5)'s
    mountinfo. An overlay whose upper directory cannot be seen from here, as a container's, counts as one that
    lasts."""
    kind, options = _mounted(directory, mounts)
    if kind != "overlay":
        return kind if kind in _MEMORY else ""
    upper = re.search(r"(?:^|,)upperdir=([^,]+)", options)
    if upper is None or not (place := Path(upper[1])).is_dir():
        return ""
    below, _ = _mounted(place, mounts)
    return f"overlay/{below}" if below in _MEMORY else ""


def _mounted(directory: Path, mounts: str) -> tuple[str, str]:
    """(type, options) of the file system of a directory, which need not be there yet."""
    place = directory.resolve()
    found: tuple[int, str, str] = (0, "", "")
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        point = Path(re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), left.split(" ")[4]))
        if place.is_relative_to(point) and len(point.parts) >= found[0]:
            kind, _, options = right.split(" ", 2)
            found = (len(point.parts), kind, options)
    return found[1], found[2]
