"""`device adopt`: a device that is plugged in becomes the till's, in its settings and, where needed, in
udev's rules."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.output import ConfigFile, Json, fail, say, show_json
from agent.cli.place import loaded, told
from agent.cli.plugged_in import by_node, device_at, setting_of, what
from agent.language.sentence import Sentence
from agent.language.system_words import reason
from agent.settings.adding import BEFORE, check_rights, replace_text, try_settings
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
    already changes nothing.
    """
    one = device_at(device)
    try:
        settings, tables = loaded(config)
    except ConfigError as error:
        fail(told(error))
    table = "printer" if one.kind == "printer" else "scanner"
    file, rule = Path(tables.origins.get(table, str(config))), udev_rule(one)
    done: dict[str, str] = {"path": one.path, "file": "", "setting": "", "rules": ""}
    try:
        new_rule = bool(rule) and rule not in _lines(rules)
        if not (reader := _reader(one, settings)):
            if one.kind == "printer" and settings.printer and not prints:
                fail(Sentence("cli.device.one-printer", printer=settings.printer[0].url))
            _refuse(one, confirmed=is_scanner or (bool(rule) and not new_rule))
            done |= {"file": str(file), "setting": setting_of(one, name, profile, tuple(prints or ()))}
            changed = _behind(file, done["setting"])
            try_settings(config, file, changed)
            check_rights(file)
        if new_rule:
            check_rights(rules)
            # Nothing that a device says of itself stands there: a rule is an order to root.
            replace_text(rules, _behind(rules, f"{rule}\n") if rules.exists() else f"{rule}\n")
            done["rules"] = str(rules)
        if not reader:
            replace_text(file, changed)
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


def _reader(one: Plugged, settings: Config) -> str:
    """What of the settings reads it, or will once udev has made the name; "" for nothing."""
    written = {path: name for _, name, path in at_paths(settings)}
    return by_node(settings).get(one.node) or written.get(one.path, "")


def _refuse(one: Plugged, *, confirmed: bool) -> None:
    if one.kind == "keyboard" and not (one.ruled or confirmed):
        fail(Sentence("cli.device.is-it-a-scanner", device=what(one) or one.node))


def _lines(file: Path) -> list[str]:
    return file.read_text("utf-8").splitlines() if file.exists() else []


def _behind(file: Path, more: str) -> str:
    """What a file holds, and more behind an empty line."""
    return f"{file.read_text('utf-8').rstrip()}\n\n{more}"


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
    if reader:
        say(Sentence("cli.device.already", path=one.path, reader=reader))
    else:
        before = f"{done['file']}{BEFORE}"
        say(Sentence("cli.device.written", file=done["file"], before=before))
        say("\n".join(f"    {line}" for line in done["setting"].splitlines()))
    if done["rules"]:
        say(Sentence("cli.device.rule-written", file=done["rules"], device=what(one) or one.node))
    if (done["rules"] or not one.ruled) and not told_udev:
        say(Sentence("cli.device.tell-udev"))
    for name in _missing(settings) if not reader else ():
        say(Sentence("cli.device.missing", name=name))
    if not reader:
        say(Sentence("cli.device.restart"))
