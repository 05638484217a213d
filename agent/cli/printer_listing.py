"""A printer as `printer show` has it: for programs, and in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from agent.cli.output import fact, fail, say, text
from agent.language.sentence import Sentence

if TYPE_CHECKING:
    from agent.settings.printer_section import PrinterSection


def printer(section: PrinterSection, badge: dict[str, Any] | None) -> dict[str, Any]:
    """What is known without a word to the printer; badge: what the agent says of it, None where none runs."""
    from agent.settings.printer_profile import values_of

    unproven = badge is not None and badge["id"] == "badge.printer.unproven"
    return {
        "url": section.url,
        "there": _is_there(section.url),
        "state": badge["state"] if badge else None,
        "text": badge["text"] if badge else text(Sentence("cli.printer.no-agent")),
        "profile": section.profile,
        "values": [
            {"setting": name, "value": value, "from": "settings" if own else "profile"}
            for name, value, own in values_of(section)
        ],
        "learnt": ["cannot-confirm"] if unproven else [],
    }


def asked(section: PrinterSection) -> dict[str, Any]:
    """What the printer says itself. Ends the command where it is not to be reached."""
    from agent.printing.printer_badge import badge_state
    from agent.settings.printer_profile import profile_of
    from drivers.printer.identity import identity
    from drivers.printer.session import query_status
    from drivers.printer.transport import TransportFailed, open_transport

    try:
        transport = open_transport(section.url)
        try:
            status = query_status(transport, profile=profile_of(section))
            said = identity(transport) if status.known else {}
        finally:
            transport.close()
    except TransportFailed as error:
        fail(error.message)
    state = badge_state(status)
    if status.pin3_high is not None:
        said |= {"pin-3": "high" if status.pin3_high else "low"}
    return {"there": True, "state": state, "text": text(status.message), "says": said}


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
    fact("profile", found["profile"])
    for one in found["values"]:
        line = f"{one['setting']} = {json.dumps(one['value'])}"
        origin = text(Sentence(f"cli.printer.from.{one['from']}"))
        say(f"    {line:32} {origin}")
    if found["learnt"]:
        fact("learnt", Sentence("cli.printer.cannot-confirm"))


def _is_there(url: str) -> bool | None:
    """Whether its device is plugged in; None for a network printer, which only an answer shows."""
    found = urlsplit(url)
    return None if found.scheme == "tcp" else Path(found.path).exists()
