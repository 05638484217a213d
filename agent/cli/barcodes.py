"""`barcode TEXT`: what the till would make of a label."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from agent.cli.output import FAILED, Json, say, show_json, text
from agent.cli.place import settings_of

SettingsFile = Annotated[Path | None, typer.Option("--settings", help="Settings whose label rules apply.")]


def barcode(
    label: Annotated[str, typer.Argument(metavar="TEXT")],
    symbology_id: Annotated[str, typer.Option(help="AIM identifier the scanner sent, such as ]E0.")] = "",
    settings: SettingsFile = None,
    as_json: Json = False,
) -> None:
    """Kind, GTIN-14, AI values, weight or price; or the reason for the refusal (exit 2)."""
    from agent.daemon.composition import label_rules
    from agent.sale.barcode import LabelRules, explain

    rules = label_rules(settings_of(settings)) if settings else LabelRules()
    found: dict[str, Any] = explain(label, symbology_id, rules, text)
    if as_json:
        show_json(found)
    else:
        for name, value in found.items():
            say(f"{name:12} {value}")
    raise typer.Exit(FAILED if found.get("kind") == "refused" else 0)
