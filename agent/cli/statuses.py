"""`run` and `status`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from agent.cli import link
from agent.cli.output import (
    FAILED,
    OK,
    UNREACHABLE,
    WARNING,
    ConfigFile,
    Json,
    fact,
    fail,
    moment,
    say,
    show_json,
)
from agent.cli.place import settings_of
from agent.cli.printer_listing import roll_told, rolls_of
from agent.language.sentence import Sentence
from agent.sale.money import plain_text
from agent.settings.config import DEFAULT_FILE

_GOOD = {
    "cloud": ("online", "unknown"),
    "printer": ("ok", "mute", "none"),
    "scanner": ("ok", "none"),
    "scale": ("ok", "none"),
    "display": ("ok", "none"),
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
        fail(error.sentence, UNREACHABLE)
    except link.Refused as error:
        if as_json:
            show_json({"reachable": True, **error.answer})
            raise typer.Exit(FAILED) from error
        fail(str(error))
    badges = found["badges"]
    # An agent that is older than this command has fewer.
    worried = [name for name in _GOOD if name in badges and badges[name]["state"] not in _GOOD[name]]
    if found["rules"]["warnings"]:
        worried.append("rules")
    if found["badges"]["queue"]["parked"] or found["badges"]["queue"]["paused_until"]:
        worried.append("queue")
    if any(map(_stuck, found["jobs"])) or (found["jobs"] and found["badges"]["printer"]["state"] == "none"):
        worried.append("paper")
    if found["undrawn"]:
        worried.append("letters")
    if found["page"]:
        worried.append("page")
    if as_json:
        show_json({"reachable": True, "attention": worried, **found})
    else:
        _print(found, worried)
    raise typer.Exit(WARNING if worried else OK)


def _stuck(job: dict[str, Any]) -> bool:
    """A person must look, or it was tried and could not be printed; one that waits its turn has no text."""
    stuck = job["state"] in ("unknown", "held") or job.get("late", False)
    return stuck or bool(job["state"] == "queued" and job["text"])


def _print(found: dict[str, Any], worried: list[str]) -> None:
    till, books = found["till"], found["books"]
    say(
        Sentence(
            "cli.status.head",
            store=till["store_name"],
            till=till["till_code"],
            version=found["version"],
            at=moment(found["at"]),
        )
    )
    fact("sale", Sentence(f"cli.sale.{found['phase']}"))
    for name, badge in found["badges"].items():
        reason = f" ({badge['reason']})" if badge.get("reason") else ""
        fact(name, f"{badge['text']}{reason}", "!" if name in worried else " ")
    if len(printers := found.get("printers", [])) > 1:
        for one in printers:
            fact("printer", Sentence("badge.printer.of", name=one["name"], said=one["text"]), _mark(one))
    for name, life in _lives(found):
        fact(name, life)
    for name, roll in rolls_of(found.get("printers", [])):
        fact("paper", roll_told(name, roll), "!" if roll["low"] else " ")
    pulled = found["rules"]["pulled_at"]
    fact(
        "rules",
        Sentence("cli.status.pulled", at=moment(pulled)) if pulled else Sentence("cli.status.defaults"),
    )
    for warning in found["rules"]["warnings"]:
        fact("rules", warning, "!")
    if found["page"]:
        fact("page", found["page"], "!")
    disk = found["disk"]
    free, kept = (str(disk[name] >> 20) for name in ("free_bytes", "ballast_bytes"))
    fact("disk", Sentence("cli.status.disk", free=free, kept=kept))
    if found["store_key"] == "beside":
        fact("key", Sentence("cli.status.key-beside"))
    if last := found["last_bill"]:
        fact("bills", _bills(books["bills"], last))
    queue = found["badges"]["queue"]
    if queue["owed"]:
        amount = plain_text(queue["owed_minor"])
        fact("owed", Sentence("cli.status.owed", amount=amount, count=queue["owed"]), "!")
    for line in found["undrawn"]:
        fact("paper", line, "!")
    printer = found["badges"]["printer"]["text"] if "printer" in worried else ""
    for job in found["jobs"]:
        fact("paper", _job(job, printer), "!")


def _mark(printer: dict[str, Any]) -> str:
    return " " if printer["state"] in _GOOD["printer"] else "!"


def _lives(found: dict[str, Any]) -> Iterator[tuple[str, Sentence]]:
    """What the devices have done, each by the name of its fact; an older agent tells it of scanners alone."""
    for scanner in found["scanners"]:
        yield "scans", _scans(scanner)
    for printer in found.get("printers", []):
        if "counts" in printer:
            yield "prints", _prints(printer["name"], printer["counts"])
    for device in found.get("counters", []):
        if device["class"] == "CashDrawer":
            yield "drawer", _opened(device["counts"])


def _scans(scanner: dict[str, Any]) -> Sentence:
    counts = scanner["counts"]
    return Sentence(
        "cli.status.scans",
        name=scanner["name"],
        count=counts["GoodScanCount"],
        refused=counts["RefusedScanCount"],
        torn=counts["TornScanCount"],
        unread=counts["NoReadCount"],
    )


def _prints(name: str, counts: dict[str, int]) -> Sentence:
    return Sentence(
        "cli.status.prints",
        name=name,
        count=counts["ReceiptLinePrintedCount"],
        cuts=counts["PaperCutCount"],
        unproven=counts["UnprovenPrintCount"],
        lost=counts["CommunicationErrorCount"],
    )


def _opened(counts: dict[str, int]) -> Sentence:
    good, failed = (counts.get(name, 0) for name in ("DrawerGoodOpenCount", "DrawerFailedOpenCount"))
    return Sentence("cli.status.opened", count=good, failed=failed)


def _bills(count: int, last: dict[str, Any]) -> Sentence:
    return Sentence(
        "cli.status.bills",
        bills=count,
        number=last["number"],
        amount=plain_text(last["due_minor"]),
        paper=Sentence(f"cli.paper.{last['print']}"),
        cloud=Sentence(f"cli.cloud.{last['sync']}"),
    )


def _job(job: dict[str, Any], printer: str) -> Sentence:
    """printer: what is wrong with it, which is why a job waits that was not tried itself."""
    late = Sentence("cli.status.late") if job.get("late") else ""
    state, said = Sentence(f"cli.paper.{job['state']}"), late or job["text"] or printer
    told = Sentence(
        "cli.status.copy" if job["copy"] else "cli.status.job",
        job=job["id"],
        number=job["bill_number"],
        state=state,
    )
    return Sentence("cli.status.job-said", job=told, said=said) if said else told
