"""`device adopt`: a device that is plugged in becomes the till's, in its settings and, where needed, in
udev's rules."""

from __future__ import annotations

import os
import shutil
import subprocess
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.output import ConfigFile, Json, fail, say, show_json
from agent.cli.place import loaded, told
from agent.cli.plugged_in import by_node, device_at, in_turn, setting_of, what
from agent.language.sentence import Sentence
from agent.language.system_words import reason
from agent.settings.adding import BEFORE, NotInPlace, changed_text, check_rights, replace_text, try_settings
from agent.settings.config import DEFAULT_FILE, Config
from agent.settings.ports import at_paths
from agent.settings.toml_sections import ConfigError

if TYPE_CHECKING:
    from drivers.plugged import Plugged

DEFAULT_RULES = Path("/etc/udev/rules.d/61-shop.rules")
_UDEV_S = 10


def adopt(
    device: Annotated[str, typer.Argument(help="A device, by any of its names.")],
    name: Annotated[str, typer.Option(help="What badge and log shall call it.")] = "",
    profile: Annotated[str, typer.Option(help="Of a printer.")] = "generic-80",
    prints: Annotated[
        list[str] | None, typer.Option(help="Of a second printer: bills, copies or labels; also repeated.")
    ] = None,
    is_scanner: Annotated[
        bool, typer.Option("--is-scanner", help="This keyboard of an unknown maker is a scanner.")
    ] = False,
    rules: Annotated[Path, typer.Option(help="The shop's own udev rules.")] = DEFAULT_RULES,
    config: ConfigFile = DEFAULT_FILE,
    as_json: Json = False,
) -> None:
    """Write the settings that read a device, and the udev rule that a keyboard scanner of an unknown maker
    needs.

    They are checked before they are written, and what a file was is kept beside it. A device that is read
    already changes nothing. Where a name in the settings is that of its model, which another of it may have
    the next time, what reads by it gets a name of its own.
    """
    from drivers.plugged import plugged

    one, found = device_at(device), plugged()
    table = "printer" if one.kind == "printer" else "scanner"
    file, rule = config, udev_rule(one)
    done = dict.fromkeys(("file", "setting", "rules", "moved", "moved_to"), "") | {"path": one.path}
    try:
        settings, tables = loaded(config)
        file = Path(tables.origins.get(table, str(config)))
        new_rule = bool(rule) and rule not in _lines(rules)
        reader, text = _reader(one, found, settings), file.read_text("utf-8")
        if apart := _apart(one, found, settings, table):
            text = _moved(text, table, apart)
            done |= {"file": str(file), "moved": apart.name, "moved_to": apart.to}
            reader = reader or (apart.name if apart.to == one.path else "")
        if not reader:
            _refuse(one, settings, prints, confirmed=is_scanner or (bool(rule) and not new_rule))
            done |= {"file": str(file), "setting": setting_of(one, name, profile, tuple(prints or ()))}
            text = _behind(text, done["setting"])
        if done["file"]:
            try_settings(config, file, text)
            check_rights(file)
        if new_rule:
            done["rules"] = str(rules)
            _add_rule(rules, rule)
        if done["file"]:
            replace_text(file, text)
    except ConfigError as error:
        fail(told(error))
    except UnicodeDecodeError:
        fail(Sentence("cli.device.not-written", file=str(rules), error=Sentence("settings.not-utf-8")))
    except OSError as error:
        fail(Sentence("cli.device.not-written", file=str(error.filename or file), error=reason(error)))
    told_udev = (new_rule or not one.ruled) and rules == DEFAULT_RULES and _tell_udev(one)
    if as_json:
        show_json(done | {"read_by": reader, "udev_told": told_udev, "missing": _missing(settings)})
        return
    _say_done(one, done, reader, settings, told_udev=told_udev)


def udev_rule(one: Plugged) -> str:
    """What gives a keyboard scanner that no rule names yet to the till; "" for everything else. Every
    keyboard of its vendor and product is the till's then."""
    if one.kind != "keyboard" or one.ruled or not one.vendor:
        return ""
    return (
        'SUBSYSTEM=="input", KERNEL=="event*", ACTION!="remove", ENV{ID_INPUT_KEYBOARD}=="1", '
        f'ATTRS{{id/vendor}}=="{one.vendor}", ATTRS{{id/product}}=="{one.product}", '
        'GROUP="pos-agent", MODE="0660", ENV{LIBINPUT_IGNORE_DEVICE}="1", '
        f'SYMLINK+="{one.pos_name.removeprefix("/dev/")}"'
    )


def _reader(one: Plugged, found: Sequence[Plugged], settings: Config) -> str:
    """What of the settings reads it, or will once udev has made the name; "" for nothing."""
    written = {path: name for _, name, path in at_paths(settings)}
    return by_node(settings, found).get(one.node) or written.get(one.path, "")


@dataclass(frozen=True, slots=True)
class _Apart:
    """A section, by its number in the list, that reads by a name which several have in turn, and the name of
    the one that it is to keep."""

    number: int
    name: str
    path: str
    to: str


def _apart(one: Plugged, found: Sequence[Plugged], settings: Config, table: str) -> _Apart | None:
    """Keeps two of a model apart, once one of them is to be the till's: the section that has read by their
    common name keeps the other, or this one if every other has a section of its own. Ends the command where a
    person has to say which."""
    model = [other for other in found if other.of_model == one.of_model]
    moving = in_turn(settings, model)
    if not moving:
        return None
    key, name, path = moving[0]
    readers = by_node(settings, found)
    others = [other.path for other in model if other.node != one.node and other.node not in readers] or [
        one.path
    ]
    if len(others) > 1 or not key.startswith(f"{table}["):
        fail(Sentence("cli.device.apart-by-hand", name=name, path=path, names=", ".join(others)))
    return _Apart(int(key.removeprefix(f"{table}[").rstrip("]")), name, path, others[0])


def _moved(text: str, table: str, apart: _Apart) -> str:
    """A file with the section's own name for its device."""
    key = "url" if table == "printer" else "path"
    try:
        was = str(tomllib.loads(text)[table][apart.number][key])
        return changed_text(text, table, apart.number, {key: was.replace(apart.path, apart.to)})
    except (NotInPlace, LookupError, TypeError, tomllib.TOMLDecodeError):
        fail(Sentence("cli.device.apart-by-hand", name=apart.name, path=apart.path, names=apart.to))


def _refuse(one: Plugged, settings: Config, prints: Sequence[str] | None, *, confirmed: bool) -> None:
    if one.kind == "printer" and settings.printer and not prints:
        fail(Sentence("cli.device.one-printer", printer=settings.printer[0].url))
    if one.kind == "keyboard" and not (one.ruled or confirmed):
        fail(Sentence("cli.device.is-it-a-scanner", device=what(one) or one.node))


def _add_rule(rules: Path, rule: str) -> None:
    """Nothing that a device says of itself stands there: a rule is an order to root."""
    check_rights(rules)
    replace_text(rules, _behind(rules.read_text("utf-8"), f"{rule}\n") if rules.exists() else f"{rule}\n")


def _lines(file: Path) -> list[str]:
    return file.read_text("utf-8").splitlines() if file.exists() else []


def _behind(text: str, more: str) -> str:
    """A file's text, and more behind an empty line."""
    return f"{text.rstrip()}\n\n{more}"


def _tell_udev(one: Plugged) -> bool:
    """Have udev read its rules and name the device by them, as root alone may. Whether it was done."""
    udevadm = shutil.which("udevadm")
    if os.geteuid() != 0 or not udevadm:
        return False
    orders = (
        ("control", "--reload"),
        ("trigger", "--action=change", f"--name-match={one.node}"),
        ("settle", "--timeout=5"),
    )
    try:
        return all(
            subprocess.run([udevadm, *order], capture_output=True, check=False, timeout=_UDEV_S).returncode
            == 0
            for order in orders
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


def _missing(settings: Config) -> list[str]:
    """Scanners of the settings whose device is not there: a scanner that was replaced is one of them."""
    paths = {section.path: section.name or section.path for section in settings.scanner}
    return [name for path, name in paths.items() if "://" not in path and not Path(path).exists()]


def _say_done(one: Plugged, done: dict[str, str], reader: str, settings: Config, *, told_udev: bool) -> None:
    if done["file"]:
        before = f"{done['file']}{BEFORE}"
        say(Sentence("cli.device.written", file=done["file"], before=before))
        if done["setting"]:
            say("\n".join(f"    {line}" for line in done["setting"].splitlines()))
    else:
        say(Sentence("cli.device.already", path=one.path, reader=reader))
    if done["moved"]:
        say(Sentence("cli.device.moved", name=done["moved"], path=done["moved_to"]))
    if done["rules"]:
        say(Sentence("cli.device.rule-written", file=done["rules"], device=what(one) or one.node))
    if (done["rules"] or not one.ruled) and not told_udev:
        say(Sentence("cli.device.tell-udev"))
    for name in _missing(settings) if not reader else ():
        say(Sentence("cli.device.missing", name=name))
    if done["file"]:
        say(Sentence("cli.device.restart"))
