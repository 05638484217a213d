"""`run` and `status`."""

from __future__ import annotations

from typing import Any

import typer

from agent.cli import link
from agent.cli.output import OK, UNREACHABLE, WARNING, ConfigFile, Json, fail, say, show_json
from agent.cli.place import settings_of
from agent.sale.money import plain_text
from agent.settings.config import DEFAULT_FILE

_GOOD = {
    "cloud": ("online", "unknown"),
    "printer": ("ok", "none"),
    "scanner": ("ok", "none"),
    "store": ("ok",),
    "clock": ("ok", "unknown"),
}


def run(config: ConfigFile = DEFAULT_FILE) -> None:
    """Run the till in the foreground."""
    from agent.daemon.__main__ import main

    raise typer.Exit(main(["--config", str(config)]))


def status(config: ConfigFile = DEFAULT_FILE, as_json: Json = False) -> None:
    """Store, devices, queue, cloud and clock on one screen. Exit 1 when something wants attention."""
    settings = settings_of(config)
    try:
        found = link.ask(settings.socket_path, "/api/status")
    except link.Unreachable as error:
        if as_json:
            show_json({"reachable": False})
            raise typer.Exit(UNREACHABLE) from error
        fail(str(error), UNREACHABLE)
    worried = [name for name, states in _GOOD.items() if found["badges"][name]["state"] not in states]
    if found["rules"]["warnings"]:
        worried.append("rules")
    if found["badges"]["queue"]["parked"]:
        worried.append("queue")
    if any(job["state"] == "unknown" for job in found["jobs"]):
        worried.append("paper")
    if as_json:
        show_json({"reachable": True, "attention": worried, **found})
    else:
        _print(found, worried)
    raise typer.Exit(WARNING if worried else OK)


def _print(found: dict[str, Any], worried: list[str]) -> None:
    till, books = found["till"], found["books"]
    say(f"{till['store_name']}, till {till['till_code']}: pos-agent {found['version']}, {found['at']}")
    say(f"  sale     {found['phase']}")
    for name, badge in found["badges"].items():
        mark = "!" if name in worried else " "
        reason = f" ({badge['reason']})" if badge.get("reason") else ""
        say(f"{mark} {name:8} {badge['text']}{reason}")
    pulled = found["rules"]["pulled_at"]
    say(f"  rules    {f'of the organisation, pulled {pulled}' if pulled else 'defaults, none pulled'}")
    for warning in found["rules"]["warnings"]:
        say(f"! rules    {warning}")
    if found["store_key"] == "beside":
        say("  key      lies beside the data: whoever takes the disk can read customers")
    last = found["last_bill"]
    if last:
        say(
            f"  bills    {books['bills']}, the last {last['number']} ({plain_text(last['due_minor'])}, "
            f"paper {last['print']}, cloud {last['sync']})"
        )
    queue = found["badges"]["queue"]
    if queue["owed"]:
        count = "a redemption" if queue["owed"] == 1 else f"{queue['owed']} redemptions"
        say(
            f"! owed     {plain_text(queue['owed_minor'])} for {count} that the cloud refused: retry, "
            "take the payment, or void with a return (pos-agent queue list)"
        )
    for job in found["jobs"]:
        say(f"! paper    job {job['id']} of bill {job['bill_number']}: {job['state']}. {job['text']}")
