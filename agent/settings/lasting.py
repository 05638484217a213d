"""Whether the store lies where it lasts: not in memory, and not under an overlay that is in memory itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from agent.language.sentence import Sentence
from agent.settings.config import Config
from agent.settings.toml_sections import ConfigError, Problem, Tables

CONTAINERS: Final = tuple(map(Path, ("/run/systemd/container", "/.dockerenv", "/run/.containerenv")))
"""One of these is in a container: of systemd, Docker, Podman. Its own layer cannot be seen from inside."""
_MOUNTS = Path("/proc/self/mountinfo")
_MEMORY = ("tmpfs", "ramfs")
_OVERLAY = "overlay"


def check_lasting(config: Config, tables: Tables) -> None:
    """Raises ConfigError for a till that sells in earnest from a store that is gone when the power is."""
    contained = any(sign.exists() for sign in CONTAINERS)
    kind = forgets(config.store, _MOUNTS.read_text("utf-8"), contained=contained)
    if config.till.training or not kind:
        return
    forgotten = Sentence("settings.store-forgets", kind=kind)
    wrong = Sentence("settings.store-unseen") if kind == _OVERLAY else forgotten
    raise ConfigError([Problem(tables.origin("store"), "store", wrong)], tables.language)


def forgets(directory: Path, mounts: str, *, contained: bool) -> str:
    """The file system under a directory, if it is one that forgets, or may: "overlay" where its upper
    directory cannot be seen, as where an initramfs made it in memory; else "". mounts: as in proc(5)'s
    mountinfo. contained: in a container, whose own overlay counts as one that lasts."""
    kind, options = _mounted(directory, mounts)
    if kind != _OVERLAY:
        return kind if kind in _MEMORY else ""
    upper = re.search(r"(?:^|,)upperdir=([^,]+)", options)
    if upper is None:
        return ""
    place = _path(upper[1])
    below, _ = _mounted(place, mounts) if place.is_dir() else ("", "")
    # No overlay is another's upper layer: what is seen there is then something else of the same name.
    if below in ("", _OVERLAY):
        return "" if contained else _OVERLAY
    return f"{_OVERLAY}/{below}" if below in _MEMORY else ""


def _mounted(directory: Path, mounts: str) -> tuple[str, str]:
    """(type, options) of the file system of a directory, which need not be there yet."""
    place = directory.resolve()
    found: tuple[int, str, str] = (0, "", "")
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        point = _path(left.split(" ")[4])
        if place.is_relative_to(point) and len(point.parts) >= found[0]:
            kind, _, options = right.split(" ", 2)
            found = (len(point.parts), kind, options)
    return found[1], found[2]


def _path(told: str) -> Path:
    """A path as mountinfo has it: what would end it is octal there."""
    return Path(re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), told))
