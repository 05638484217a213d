"""`scan refused`: what did nothing lately. `scan watch`: what comes now. `scan decode`: what was recorded.
`scan raw`, `scan test` and `scan learn` stand in files of their own."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli import link, live_scans, scan_learning
from agent.cli.barcodes import RulesFile, rules_of
from agent.cli.output import (
    FAILED,
    UNREACHABLE,
    WARNING,
    ConfigFile,
    Json,
    fail,
    say,
    show_json,
    table,
    text,
    warn,
)
from agent.cli.place import settings_of
from agent.language.sentence import Sentence
from agent.language.system_words import reason
from agent.settings.config import DEFAULT_FILE

if TYPE_CHECKING:
    from agent.settings.scanner_section import ScannerSection
    from drivers.scanner.label import Scan

_LOOK_S = 0.3

app = typer.Typer(help="Barcode scanners.", no_args_is_help=True)
app.command()(live_scans.raw)
app.command()(live_scans.test)
app.command()(scan_learning.learn)


@app.command()
def refused(config: ConfigFile = DEFAULT_FILE, as_json: Json = False) -> None:
    """The last scans that did nothing, newest first, each with its reason. Numbers of people are masked."""
    rows = link.look(settings_of(config).socket_path, "/api/snapshot")["refused_scans"]
    if as_json:
        show_json(rows)
    elif not rows:
        say(Sentence("cli.scan.none-refused"))
    else:
        heads = [Sentence(f"cli.head.{name}") for name in ("at", "scanner", "found", "item", "reason")]
        table(heads, [(row["at"], row["scanner"], row["label"], row["item"], row["text"]) for row in rows])


@app.command()
def watch(
    seconds: Annotated[int, typer.Option(min=1, max=3600, help="End after so many seconds.")] = 60,
    config: ConfigFile = DEFAULT_FILE,
    as_json: Json = False,
) -> None:
    """What the scanners send, as it comes, beside the selling till: bytes, label and what became of it. Cards
    of customers are shown whole."""
    socket, until = settings_of(config).socket_path, time.monotonic() + seconds
    if not as_json:
        say(Sentence("cli.scan.watching", seconds=seconds))
    try:
        # What came before anybody watched is not news.
        after = max((row["n"] for row in _scans_after(socket, 0)), default=0)
        gone = False
        while time.monotonic() < until:
            time.sleep(_LOOK_S)
            try:
                rows = _scans_after(socket, after)
            except link.Unreachable:
                if not gone:
                    warn(Sentence("cli.scan.gone"))
                gone = True
                continue
            if gone:
                warn(Sentence("cli.scan.back"))
            gone = False
            for row in rows:
                after = row["n"]
                if as_json:
                    show_json(row)
                else:
                    _say_scan(row)
    except link.Unreachable as error:
        fail(error.sentence, UNREACHABLE)
    except link.Refused as error:
        fail(str(error))
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


def _scans_after(socket: Path, number: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = link.ask(socket, f"/api/scans?after={number}")["scans"]
    return rows


def _say_scan(row: dict[str, Any]) -> None:
    said = row["text"] or text(Sentence(f"cli.scan.seen.{'sold' if row['ok'] else row['kind']}"))
    say(f"{row['scanner']}  {row['raw']}")
    if row["kind"] == "label":
        say(f"    {_one_line(row['label'])}  {row['symbology_id']}".rstrip())
    say(f"  {' ' if row['ok'] else '!'} {said}")


def _one_line(label: object) -> str:
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in str(label))


@app.command()
def decode(
    file: Annotated[
        Path, typer.Argument(help="What evemu-record wrote, or '+ms hex' lines of a serial line.")
    ],
    config: RulesFile = None,
    scanner: Annotated[
        str, typer.Option(help="Name of the scanner in the settings; the first if not told.")
    ] = "",
    tried: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="KEY=VALUE", help="Try a setting of the scanner, such as suffix=tab."),
    ] = None,
    as_json: Json = False,
) -> None:
    """The labels a recording holds, and the scans that arrived damaged (exit 1)."""
    from agent.daemon.composition import key_options, scanner_framing
    from drivers.message import Unreadable
    from drivers.scanner.label import ScannedLabel
    from drivers.scanner.recording import decode_recording, is_of_keys

    settings = rules_of(config)
    known = settings.scanner if settings else ()
    try:
        lines = file.read_text("utf-8").splitlines()
        section = _section(known, scanner, keys=is_of_keys(lines), tried=tried or [])
        keys = key_options(section) if section.kind == "keyboard" else None
        protocol = section.kind if section.kind == "hid-pos" else section.protocol
        timed = decode_recording(lines, framing=scanner_framing(section), keys=keys, protocol=protocol)
    except Unreadable as error:
        fail(Sentence("cli.scan.unreadable", file=str(file), error=error.message))
    except UnicodeDecodeError:
        fail(Sentence("cli.scan.unreadable", file=str(file), error=Sentence("cli.scan.no-text")))
    except OSError as error:
        fail(Sentence("cli.scan.unreadable", file=str(file), error=reason(error)))
    rows = [{"at_ms": round(found.at_s * 1000), **_shown(found.scan)} for found in timed]
    if as_json:
        show_json(rows)
    else:
        for row in rows:
            say(f"+{row['at_ms']} ms  {_line(row)}".rstrip())
        whole = sum(isinstance(found.scan, ScannedLabel) for found in timed)
        torn = sum("torn" in row for row in rows)
        say(Sentence("cli.scan.found", labels=Sentence("cli.scan.labels", count=whole), damaged=torn))
    raise typer.Exit(WARNING if any("torn" in row for row in rows) else 0)


def _section(known: tuple[ScannerSection, ...], name: str, *, keys: bool, tried: list[str]) -> ScannerSection:
    """The scanner's settings with those that are tried in their place; keys: the recording is a keyboard's.
    Ends with what is wrong with them."""
    from dataclasses import asdict

    from agent.settings.scanner_section import ScannerSection, contradictions
    from agent.settings.toml_sections import ConfigError, Problem, read_section

    if name and name not in [one.name for one in known]:
        names = ", ".join(one.name for one in known if one.name)
        fail(Sentence("cli.scan.no-such-scanner", name=name, known=names))
    found = next((one for one in known if one.name == name or not name), None)
    kind = "keyboard" if keys else found.kind if found and found.kind != "keyboard" else "serial"
    values = asdict(found or ScannerSection(kind, "recording"))
    values = {key: list(one) if isinstance(one, tuple) else one for key, one in values.items()} | {
        "kind": kind
    }
    try:
        section = read_section(ScannerSection, values | dict(map(_assigned, tried)), "scanner")
    except ConfigError as error:
        problems = error.problems
    else:
        problems = [Problem("", f"scanner.{key}", wrong) for key, wrong in contradictions(section)]
        if not problems:
            return section
    for problem in problems:
        warn(problem.told(text))
    raise typer.Exit(FAILED)


def _assigned(text_of_setting: str) -> tuple[str, Any]:
    """(name, value) of KEY=VALUE, the value as TOML has it; a text may stand without its quotes."""
    import tomllib

    name, _, value = text_of_setting.partition("=")
    try:
        return name.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return name.strip(), value.strip()


def _shown(scan: Scan) -> dict[str, Any]:
    from drivers.scanner.label import NoRead, TornScan

    if isinstance(scan, TornScan):
        return {"torn": text(scan.reason)}
    if isinstance(scan, NoRead):
        return {"no_read": True}
    return {"label": scan.text, "symbology_id": scan.symbology_id}


def _line(row: dict[str, Any]) -> str:
    if "torn" in row:
        return text(Sentence("cli.scan.damaged", reason=str(row["torn"])))
    if "no_read" in row:
        return text(Sentence("cli.scan.seen.no-read"))
    return f"{_one_line(row['label'])}  {row['symbology_id']}"
