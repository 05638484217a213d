"""`scan learn`: calibration codes are shown and scanned, and the settings follow."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli import link
from agent.cli.live_scans import Name, Seconds, scanner_of, tried_out
from agent.cli.output import FAILED, WARNING, ConfigFile, Json, fail, say, show_json, text, warn
from agent.cli.place import loaded, told
from agent.language.sentence import Said, Sentence
from agent.language.system_words import reason
from agent.settings.adding import (
    BEFORE,
    NotInPlace,
    changed_text,
    check_rights,
    in_toml,
    replace_text,
    try_settings,
)
from agent.settings.config import DEFAULT_FILE, Config
from agent.settings.toml_sections import ConfigError

if TYPE_CHECKING:
    from agent.settings.scanner_section import ScannerSection
    from drivers.scanner.calibration import Code
    from drivers.scanner.code_readings import Burst
    from drivers.scanner.learning import Habits, Learned

_OF_KINDS = {
    "serial": ("protocol", "prefix", "suffix", "suffix_text", "code_id", "gs_text", "drop"),
    "keyboard": ("layout", "prefix", "suffix", "suffix_text", "code_id", "gs_keys", "gs_text", "drop"),
}
_ASIDE = "    "


@dataclass(frozen=True, slots=True)
class _Change:
    """A setting that has to be another."""

    key: str
    was: Any
    value: Any


def learn(
    scanner: Name = "",
    paper: Annotated[bool, typer.Option("--paper", help="Codes on the receipt printer, as bars.")] = False,
    seconds: Seconds = 300,
    write: Annotated[bool, typer.Option("--write", help="Write the settings without asking.")] = False,
    config: ConfigFile = DEFAULT_FILE,
    as_json: Json = False,
) -> None:
    """Show calibration codes, scan them, and have the scanner's settings worked out: country, prefix, suffix,
    code ID, what it sends for GS.

    The codes are drawn here for scanners that read screens. Nothing that the scanner sends is sold meanwhile.
    What would change is shown first; the file keeps its comments, and what it was stays beside it. Exit 1:
    not everything could be told.
    """
    try:
        settings, tables = loaded(config)
    except ConfigError as error:
        fail(told(error))
    name, number = scanner_of(settings, scanner)
    section = settings.scanner[number]
    if section.kind == "hid-pos":
        if as_json:
            show_json({"scanner": name, "read": [], "changes": [], "notes": [], "written": ""})
        else:
            say(Sentence("cli.learn.hid-pos", scanner=name))
        return
    if paper:
        _print_codes(settings)
    learned = _Lesson(settings, name, section, quiet=as_json, drawn=not paper).held(seconds)
    changes = _changes(section, learned.habits) if learned.habits else []
    file = Path(tables.origins.get("scanner", str(config)))
    written = bool(changes) and _written(config, file, number, changes, write=write, quiet=as_json)
    if as_json:
        show_json(_as_data(name, learned, changes, str(file) if written else ""))
    elif learned.habits and not changes:
        say(Sentence("cli.learn.right", scanner=name))
    if learned.habits is None or learned.wanted or (changes and not written):
        raise typer.Exit(WARNING)


def _print_codes(settings: Config) -> None:
    status, answer = link.tell(settings.socket_path, "/api/scanner/codes/print", {})
    if status != 200:
        fail(link.words(answer))
    say(answer["text"])


def _draw(code: Code) -> None:
    """Dark on light, whatever the terminal's colours are."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for line in squares(code):
        console.print(Text(line, style="black on bright_white"), no_wrap=True, crop=False)


def squares(code: Code) -> list[str]:
    """A code as a QR code of half blocks, ink where it is dark, with its quiet zone."""
    from drivers.printer.barcodes import qr

    rows = [list(row) for row in qr(code.text, 576).rows()]
    side = len(rows[0]) + 8
    blank = [False] * side
    framed = [*[blank] * 4, *([False] * 4 + row + [False] * 4 for row in rows), *[blank] * 5]
    return [
        "".join(" ▀▄█"[upper + 2 * lower] for upper, lower in zip(*framed[at : at + 2], strict=True))
        for at in range(0, side, 2)
    ]


class _Lesson:
    """A scanner is shown the codes until its settings are known."""

    def __init__(
        self, settings: Config, scanner: str, section: ScannerSection, *, quiet: bool, drawn: bool
    ) -> None:
        self._socket = settings.socket_path
        self._scanner = scanner
        self._section = section
        self._quiet = quiet
        self._drawn = drawn and not quiet
        self._asked_for = ""
        self._scans: list[Burst] = []

    def held(self, seconds: int) -> Learned:
        """What was learned by the time everything is, or the time is over, or Ctrl-C."""
        from drivers.scanner.code_readings import GAP_S
        from drivers.scanner.learning import Learned

        learned, news_at = Learned(None, (), "text"), time.monotonic()
        lines: list[str] = []
        try:
            for at, more in enumerate(tried_out(self._socket, self._scanner, seconds)):
                if not at:
                    self._tell(Sentence("cli.learn.begin", scanner=self._scanner))
                    self._ask("text")
                lines += more
                if more:
                    news_at = time.monotonic()
                elif lines and time.monotonic() - news_at > GAP_S:
                    learned, lines = self._looked(lines, learned), []
                    if learned.habits and not learned.wanted:
                        break
        except KeyboardInterrupt:
            say("")
        if learned.habits is None or learned.wanted:
            warn(Sentence("cli.learn.gave-up"))
        return learned

    def _looked(self, lines: list[str], before: Learned) -> Learned:
        """What is known after one more scan; what is none of the codes is told and left out."""
        from agent.daemon.composition import scanner_framing
        from drivers.scanner.code_readings import bursts
        from drivers.scanner.learning import Learned, learn
        from drivers.scanner.recording import parts

        scans = [*self._scans, *bursts(parts(lines))]
        found = learn(scans, _habits(self._section), scanner_framing(self._section))
        differs = any(note.id == "scanner.learn.differs" for note in found.notes)
        if found.read == before.read and not differs:
            self._tell(found.notes[-1])
            return before
        self._scans = scans
        self._tell(Sentence("cli.learn.again" if found.read[-1] in before.read else "cli.learn.read"))
        for note in found.notes:
            self._tell(note)
        if differs:
            self._scans, found = [], Learned(None, (), "text")
        if found.wanted:
            self._ask(found.wanted)
        return found

    def _ask(self, wanted: str) -> None:
        from drivers.scanner.calibration import SQUARES

        if self._drawn and wanted != self._asked_for:
            # One at a time: with two in sight nobody knows which one is read.
            for code in SQUARES:
                if code.asks == wanted:
                    _draw(code)
        self._asked_for = wanted
        self._tell(Sentence(f"cli.learn.show.{wanted}"))

    def _tell(self, words: Said) -> None:
        if not self._quiet:
            say(words)
            sys.stdout.flush()


def _habits(section: ScannerSection) -> Habits:
    from dataclasses import fields

    from drivers.scanner.learning import Habits

    return Habits(**{field.name: getattr(section, field.name) for field in fields(Habits)})


def _changes(section: ScannerSection, habits: Habits) -> list[_Change]:
    found = ((key, getattr(section, key), getattr(habits, key)) for key in _OF_KINDS[section.kind])
    return [_Change(key, was, value) for key, was, value in found if was != value]


def _written(
    config: Path, file: Path, number: int, changes: Iterable[_Change], *, write: bool, quiet: bool
) -> bool:
    """Show what changes and write it, if somebody says so. Ends the command where that cannot be done."""
    if not quiet:
        say(Sentence("cli.learn.changes", file=str(file)))
        for one in changes:
            line, was = f"{one.key} = {in_toml(one.value)}", Sentence("cli.learn.was", value=in_toml(one.was))
            say(f"{_ASIDE}{line:32}  # {text(was)}")
    try:
        changed = changed_text(
            file.read_text("utf-8"), "scanner", number, {one.key: one.value for one in changes}
        )
        try_settings(config, file, changed)
        if not (write or _agreed()):
            return False
        check_rights(file)
        replace_text(file, changed)
    except NotInPlace:
        fail(Sentence("cli.learn.by-hand", file=str(file)), FAILED)
    except ConfigError as error:
        fail(told(error))
    except OSError as error:
        fail(Sentence("cli.device.not-written", file=str(error.filename or file), error=reason(error)))
    if not quiet:
        say(Sentence("cli.learn.written", file=str(file), before=f"{file}{BEFORE}"))
    return True


def _agreed() -> bool:
    return sys.stdin.isatty() and typer.confirm(text(Sentence("cli.learn.write")))


def _as_data(name: str, learned: Learned, changes: Sequence[_Change], written: str) -> dict[str, Any]:
    return {
        "scanner": name,
        "read": list(learned.read),
        "wanted": learned.wanted,
        "changes": [{"key": one.key, "was": one.was, "value": one.value} for one in changes],
        "notes": [text(note) for note in learned.notes],
        "written": written,
    }
