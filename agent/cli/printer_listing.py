"""A printer as `printer show` has it: for programs, and in words."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from agent.cli.output import fact, fail, moment, say, text
from agent.language.figures import Figure
from agent.language.sentence import Sentence

if TYPE_CHECKING:
    from agent.settings.printer_section import PrinterSection


def printer(
    section: PrinterSection, badge: dict[str, Any] | None, known: list[dict[str, Any]]
) -> dict[str, Any]:
    """What is known without a word to the printer; badge: what the agent says of it, None where none runs.
    known: what it has shown of itself (agent.printing.known)."""
    from agent.printing.known import DEVICE
    from agent.settings.printer_profile import values_of

    shown = {one["what"]: one for one in known}
    if badge is not None:
        unproven = badge["id"] == "badge.printer.unproven"
    else:
        unproven = shown.get("fence", {}).get("value") == "none"
    return {
        "url": section.url,
        "there": _is_there(section.url),
        "state": badge["state"] if badge else None,
        "text": badge["text"] if badge else text(Sentence("cli.printer.no-agent")),
        "profile": section.profile,
        "values": [
            {"setting": name} | _value(value, shown.get(name), own=own)
            for name, value, own in values_of(section)
        ],
        "learnt": ["cannot-confirm"] if unproven else [],
        "known": [shown[what] for what in DEVICE if what in shown],
        "counts": badge.get("counts", {}) if badge else {},
        "roll": badge.get("roll") if badge else None,
    }


def _value(value: Any, shown: dict[str, Any] | None, *, own: bool) -> dict[str, Any]:
    """What is set holds; else what the printer has shown, where that is this or nobody says."""
    if own or shown is None or value not in (None, shown["value"]):
        return {"value": value, "from": "settings" if own else "profile"}
    return {"value": shown["value"], "from": shown["from"], "at": shown["at"]}


def asked(section: PrinterSection) -> dict[str, Any]:
    """What the printer says itself. Ends the command where it is not to be reached."""
    from agent.printing.questions import ask
    from agent.settings.printer_profile import profile_of
    from drivers.printer.transport import TransportFailed, open_transport

    try:
        transport = open_transport(section.url)
        try:
            found = ask(transport, profile_of(section))
        finally:
            transport.close()
    except TransportFailed as error:
        fail(error.message)
    return {"there": True} | found.told(text)


def tell(found: dict[str, Any], *, several: bool = False) -> None:
    """In words; by its name, where there are several."""
    if several:
        fact("printer", found["name"])
    fact("address", found["url"])
    if found["there"] is False:
        fact("state", Sentence("cli.printer.absent"))
    fact("state", found["text"])
    for name, words in found.get("says", {}).items():
        fact("says", Sentence(f"cli.printer.says.{name}", said=words))
    for one in found["known"] if "says" not in found else ():
        said = Sentence(f"cli.printer.says.{one['what']}", said=one["value"])
        fact("says", Sentence("cli.printer.known", said=said, origin=_origin(one)))
    fact("profile", found["profile"])
    for one in found["values"]:
        line = f"{one['setting']} = {json.dumps(one['value'])}"
        say(f"    {line:32} {text(_origin(one))}")
    if found["learnt"]:
        fact("learnt", Sentence("cli.printer.cannot-confirm"))
    if found["roll"]:
        fact("paper", roll_told(found["name"], found["roll"]))
    if found["counts"]:
        fact("life", Sentence("cli.printer.life"))
    for name, value in found["counts"].items():
        say(f"    {name:32} {value}")


def rolls_of(printers: Iterable[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """Each printer whose roll is estimated, by its name, with what the agent says of it."""
    return [(one["name"], roll) for one in printers if (roll := one.get("roll"))]


def roll_told(name: str, roll: dict[str, Any]) -> Sentence:
    """What is left of a printer's roll, and how far that may be trusted."""
    left, length = (Figure(str(roll[key] // 1000)) for key in ("left_mm", "length_mm"))
    return Sentence(
        f"cli.roll.{roll['known']}", name=name, left=left, length=length, at=moment(roll["since"])
    )


def _origin(one: dict[str, Any]) -> Sentence:
    """How something is known, and since when where that says more."""
    if "at" in one:
        return Sentence(f"cli.printer.since.{one['from']}", at=moment(one["at"]))
    return Sentence(f"cli.printer.from.{one['from']}")


def _is_there(url: str) -> bool | None:
    """Whether its device is plugged in; None for a network printer, which only an answer shows."""
    found = urlsplit(url)
    return None if found.scheme == "tcp" else Path(found.path).exists()
