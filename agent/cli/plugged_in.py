"""Devices that are plugged in, beside the settings that read them."""

from __future__ import annotations

import grp
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.cli.output import fail, warn
from agent.cli.place import loaded
from agent.language.sentence import Sentence
from agent.settings.adding import Value, section_text
from agent.settings.ports import at_paths
from agent.settings.toml_sections import ConfigError

if TYPE_CHECKING:
    from agent.settings.config import Config
    from drivers.plugged import Plugged

_GROUP = "pos-agent"


def device_at(name: str) -> Plugged:
    """The device that any of its names leads to; ends the command where there is none the till could read."""
    from drivers.plugged import plugged

    node = os.path.realpath(name)
    found = next((one for one in plugged() if node == one.node or name == one.path), None)
    if not found:
        there = Path(node).exists()
        fail(Sentence("cli.device.no-kind" if there else "cli.device.absent", device=name))
    return found


def readers_of(file: Path, found: Sequence[Plugged]) -> tuple[dict[str, str], Path | None]:
    """Who reads which of the devices found by the settings, by node; and the till's socket. Nothing and None
    where there are no settings yet, or wrong ones, which is told, as is a name that two devices have in
    turn."""
    try:
        config, _ = loaded(file)
    except ConfigError as error:
        # A box that has none yet has no readers; one whose settings this user may not see has.
        if _may_be_there(file):
            warn(Sentence("cli.device.settings-wrong", error=error.problems[0].sentence))
        return {}, None
    for _, name, path in in_turn(config, found):
        warn(Sentence("cli.device.in-turn", name=name, path=path))
    return by_node(config, found), config.socket_path


def _may_be_there(file: Path) -> bool:
    try:
        file.stat()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True


def by_node(config: Config, found: Sequence[Plugged]) -> dict[str, str]:
    """The name of what the settings have at a path, by the node that leads to; not where that is another one
    of the devices found the next time."""
    moving = in_turn(config, found)
    fixed = [one for one in at_paths(config) if one not in moving and "://" not in one[2]]
    return {os.path.realpath(path): name for _, name, path in fixed}


def in_turn(config: Config, found: Sequence[Plugged]) -> list[tuple[str, str, str]]:
    """What of the settings (as in at_paths) is at a name that several of the devices found have in turn."""
    shared = {link for one in found for link in one.shared}
    return [one for one in at_paths(config) if one[2] in shared]


def row_of(one: Plugged, readers: dict[str, str]) -> dict[str, Any]:
    """A device as programs read it."""
    return {
        "kind": one.kind,
        "path": one.path,
        "node": one.node,
        "what": what(one),
        "vendor": one.vendor,
        "product": one.product,
        "maker": one.maker,
        "model": one.model,
        "serial": one.serial,
        "read_by": readers.get(one.node, ""),
        "setting": setting_of(one),
    }


def what(one: Plugged) -> str:
    """What it says of itself, or else its numbers; "" for a bare port."""
    told = " ".join(filter(None, (one.maker, one.model, one.serial)))
    return told or (f"{one.vendor}:{one.product}" if one.vendor else "")


def setting_of(
    one: Plugged, name: str = "", profile: str = "generic-80", prints: tuple[str, ...] = ()
) -> str:
    """The lines of the settings that read it; prints: what of several printers this one prints."""
    values: dict[str, Value] = {"name": name} if name else {}
    if one.kind != "printer":
        return section_text("scanner", {"kind": one.kind, "path": one.path} | values)
    values |= {"profile": profile} | ({"prints": prints} if prints else {})
    return section_text("printer", {"url": one.path} | values)


def till_may_open(node: str) -> bool:
    """Whether the till's group may read and write it, as its rules would have it."""
    try:
        found = Path(node).stat()
        group = grp.getgrgid(found.st_gid).gr_name
    except (OSError, KeyError):
        return False
    return group == _GROUP and found.st_mode & 0o060 == 0o060
