"""`barcode TEXT`: what the till would make of a label."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from agent.cli.output import FAILED, Json, say, show_json, text, warn
from agent.cli.place import settings_of
from agent.language.sentence import Sentence
from agent.settings.config import DEFAULT_FILE, Config

RulesFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        envvar="POS_AGENT_CONFIG",
        help="The till's settings, whose rules apply; those of this box unless given, if it has any.",
        show_default=False,
    ),
]


def rules_of(config: Path | None) -> Config | None:
    """The settings of this box, or None where there are none: that is said beside the output."""
    if config is not None:
        return settings_of(config)
    try:
        DEFAULT_FILE.stat()
    except FileNotFoundError:
        warn(Sentence("cli.no-settings", file=str(DEFAULT_FILE)))
        return None
    except OSError:
        pass  # there may be some, whose rules would apply: the command ends, and says why
    return settings_of(DEFAULT_FILE)


def barcode(
    label: Annotated[str, typer.Argument(metavar="TEXT")],
    symbology_id: Annotated[str, typer.Option(help="AIM identifier the scanner sent, such as ]E0.")] = "",
    config: RulesFile = None,
    as_json: Json = False,
) -> None:
    """Kind, GTIN-14, AI values, weight or price; or the reason for the refusal (exit 2)."""
    from agent.daemon.composition import label_rules
    from agent.sale.barcode import LabelRules, explain

    settings = rules_of(config)
    rules = label_rules(settings) if settings else LabelRules()
    found: dict[str, Any] = explain(label, symbology_id, rules, text)
    if as_json:
        show_json(found)
    else:
        for name, value in found.items():
            if value:
                say(f"{name:12} {value}")
    raise typer.Exit(FAILED if found.get("kind") == "refused" else 0)
