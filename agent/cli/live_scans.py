"""`scan raw` and `scan test`: what a scanner sends, and what it would do, beside the running agent and with
nothing of it sold."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli import link
from agent.cli.output import UNREACHABLE, ConfigFile, Json, fail, say, show_json, text, warn
from agent.cli.place import settings_of
from agent.language.sentence import Sentence
from agent.settings.config import DEFAULT_FILE, Config

if TYPE_CHECKING:
    from agent.sale.basket import Product

_LOOK_S = 0.3

Name = Annotated[str, typer.Option(help="Name of the scanner in the settings, where there are several.")]
Seconds = Annotated[int, typer.Option(min=1, max=3600, help="End after so many seconds.")]


def scanner_of(config: Config, name: str) -> tuple[str, int]:
    """(name, number in the list) of a scanner of the settings, of the only one if none is named; ends the
    command where there is no such, or more than one to choose from."""
    from agent.settings.scanner_section import scanner_names

    names = scanner_names(config.scanner)
    if not names:
        fail(Sentence("cli.scan.no-scanner"))
    if not name and len(names) > 1:
        where = (
            called if section.name else f"{called} ({section.path})"
            for called, section in zip(names, config.scanner, strict=True)
        )
        fail(Sentence("cli.scan.which", known=", ".join(where)))
    if name and name not in names:
        fail(Sentence("cli.scan.no-such-scanner", name=name, known=", ".join(names)))
    chosen = name or names[0]
    return chosen, names.index(chosen)


def tried_out(socket: Path, scanner: str, seconds: float) -> Iterator[list[str]]:
    """What a scanner sends, as lines of a recording, for so many seconds: every time it is looked, nothing
    where nothing has come. Nothing of it is sold meanwhile, nor for a moment after. Ends the command when
    there is no agent; one that starts again is waited for, and it is said that it sells until then."""
    until, after, gone = time.monotonic() + seconds, 0, False
    try:
        # What another one who looks has seen is not news.
        after = max((row["n"] for row in _asked(socket, scanner, 0)), default=0)
        yield []
        while time.monotonic() < until:
            time.sleep(_LOOK_S)
            try:
                rows = _asked(socket, scanner, after)
            except link.Unreachable:
                if not gone:
                    warn(Sentence("cli.scan.gone-sells"))
                gone, after = True, 0
                continue
            if gone:
                warn(Sentence("cli.scan.back-again"))
            gone = False
            after = max((row["n"] for row in rows), default=after)
            yield [line for row in rows for line in row["lines"]]
    except link.Unreachable as error:
        fail(error.sentence, UNREACHABLE)


def _asked(socket: Path, scanner: str, after: int) -> list[dict[str, Any]]:
    status, answer = link.post(socket, "/api/scanner/try", {"scanner": scanner, "after": after}, None)
    if status != 200:
        fail(link.words(answer))
    rows: list[dict[str, Any]] = answer["rows"]
    return rows


def raw(scanner: Name = "", seconds: Seconds = 60, config: ConfigFile = DEFAULT_FILE) -> None:
    """All that a scanner sends, as it comes: a recording, which scan decode reads. Nothing of it is sold.

    Cards of customers are in it whole.
    """
    settings = settings_of(config)
    name, _ = scanner_of(settings, scanner)
    try:
        for number, lines in enumerate(tried_out(settings.socket_path, name, seconds)):
            if not number:
                warn(Sentence("cli.scan.trying", scanner=name, seconds=seconds))
            for line in lines:
                say(line)
            sys.stdout.flush()
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


def test(
    scanner: Name = "", seconds: Seconds = 60, config: ConfigFile = DEFAULT_FILE, as_json: Json = False
) -> None:
    """What each label is and which item it would sell, as it is scanned. Nothing of it is sold.

    Cards of customers are shown whole.
    """
    settings = settings_of(config)
    name, _ = scanner_of(settings, scanner)
    told = _Told(settings, name, as_json=as_json)
    try:
        for at, _ in enumerate(tried_out(settings.socket_path, name, seconds)):
            if not at:
                told.after = max((row["n"] for row in told.rows(0)), default=0)
                if not as_json:
                    say(Sentence("cli.scan.trying", scanner=name, seconds=seconds))
            for row in told.rows(told.after):
                told.say(row)
            sys.stdout.flush()
    except link.Refused as error:
        fail(str(error))
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


def _no_label(row: dict[str, Any]) -> Sentence:
    if row["kind"] == "torn":
        return Sentence("cli.scan.damaged", reason=str(row["damage"]))
    return Sentence("cli.scan.seen.no-read")


class _Told:
    """What a label would do, by the rules and the catalogue of these settings."""

    def __init__(self, settings: Config, scanner: str, *, as_json: bool) -> None:
        from agent.daemon.composition import label_rules
        from agent.store.catalogue import Catalogue

        self._settings = settings
        self._scanner = scanner
        self._as_json = as_json
        self._rules = label_rules(settings)
        self._shelf = Catalogue(settings.catalogue_path)
        self.after = 0

    def rows(self, after: int) -> list[dict[str, Any]]:
        """What the agent has heard since; nothing while it is away."""
        try:
            rows = link.ask(self._settings.socket_path, f"/api/scans?after={after}")["scans"]
        except link.Unreachable:
            return []
        return [row for row in rows if row["scanner"] == self._scanner]

    def say(self, row: dict[str, Any]) -> None:
        """One scan."""
        from agent.sale.barcode import explain

        self.after = row["n"]
        found = (
            explain(row["label"], row["symbology_id"], self._rules, text) if row["kind"] == "label" else {}
        )
        item = self._item(found)
        if self._as_json:
            show_json({"scan": row, "found": found, "item": item.name if item else ""})
            return
        say(f"{row['raw']}")
        if row["kind"] != "label":
            say(f"  ! {text(_no_label(row))}")
        for key, value in found.items():
            if value:
                say(f"    {key:12} {value}")
        if found and found["kind"] in ("item", "measured", "sku"):
            refused = _refused(found, item)
            sold = text(refused) if refused else item.name if item else ""
            say(f"  {'!' if refused else ' '} {text(Sentence('cli.fact.item')):12} {sold}")

    def _item(self, found: dict[str, Any]) -> Product | None:
        if gtin := found.get("gtin14"):
            return self._shelf.by_gtin(gtin)
        if sku := found.get("sku"):
            return self._shelf.by_sku(sku)
        if code := found.get("item_code"):
            return self._shelf.by_scale_code(code) or self._shelf.by_gtin(code)
        return None


def _refused(found: dict[str, Any], item: Product | None) -> Sentence | None:
    """Why the till would not sell it."""
    from agent.sale.units import in_unit

    if item is None:
        return Sentence("cli.scan.not-listed")
    weight = 0 if found.get("price_minor") else found.get("weight_milli", 0)
    if weight and not in_unit(weight, "kg", item.unit):
        return Sentence("weight.other-unit", name=item.name, unit=item.unit)
    return None
