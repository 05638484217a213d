"""`printer show`, `roll`, `test`, `logo`, `resolve`, `late` and `explain`."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from agent.cli import link
from agent.cli import printer_listing as shown
from agent.cli.output import UNREACHABLE, ConfigFile, Json, fail, say, show_json, text
from agent.cli.place import settings_of
from agent.cli.supervisors import ByWhom, allowed
from agent.language.sentence import Sentence
from agent.settings.config import DEFAULT_FILE, Config
from agent.settings.printer_section import PrinterSection, printer_names

app = typer.Typer(help="Receipt printers.", no_args_is_help=True)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="One of several; all unless named.")] = "",
    ask: Annotated[
        bool,
        typer.Option("--ask", help="Have the printer itself asked; one that knows no questions prints them."),
    ] = False,
    config: ConfigFile = DEFAULT_FILE,
    as_json: Json = False,
) -> None:
    """Each printer: where it is, how it stands, what the till takes it for and why. Nothing is sent to it."""
    settings = settings_of(config)
    chosen = _chosen(settings, name)
    says = {one: _asked(settings, one, section) for one, section in chosen.items()} if ask else {}
    told = _told(settings)
    kept = _kept(settings) if told is None else {one: badge.get("known", []) for one, badge in told.items()}
    found = []
    for one, section in chosen.items():
        badge = told.get(one) if told is not None else None
        found.append({"name": one} | shown.printer(section, badge, kept.get(one, [])) | says.get(one, {}))
    if as_json:
        show_json(found)
        return
    for printer in found:
        shown.tell(printer, several=len(settings.printer) > 1)


def _chosen(settings: Config, name: str) -> dict[str, PrinterSection]:
    """The printers of the settings, or the one of that name. Ends the command where there is none."""
    sections = dict(zip(printer_names(settings.printer), settings.printer, strict=True))
    if not sections:
        fail(Sentence("cli.printer.none"))
    if name and name not in sections:
        fail(Sentence("no-such-printer", name=name, known=", ".join(sections)))
    return {name: sections[name]} if name else sections


def _told(settings: Config) -> dict[str, dict[str, Any]] | None:
    """What the agent says of each printer; None where none runs."""
    try:
        told = link.ask(settings.socket_path, "/api/status")["printers"]
    except (link.Forbidden, link.Unanswered) as error:
        fail(error.sentence, UNREACHABLE)
    except link.Unreachable:
        return None
    except link.Refused as error:
        fail(str(error))
    return {one["name"]: one for one in told}


def _asked(settings: Config, name: str, section: PrinterSection) -> dict[str, Any]:
    """What the printer says itself, to the agent, which has its line; straight where none runs."""
    try:
        status, answer = link.post(settings.socket_path, "/api/printer/ask", {"printer": name}, None)
    except (link.Forbidden, link.Unanswered) as error:
        fail(error.sentence, UNREACHABLE)
    except link.Unreachable:
        return shown.asked(section)
    if status != 200:
        fail(link.words(answer))
    return {"there": True, **answer["data"]}


def _kept(settings: Config) -> dict[str, list[dict[str, Any]]]:
    """What the store knows of each printer; nothing where it cannot be read, which other commands tell."""
    from agent.printing.known import kept_in
    from agent.store.errors import StoreError

    try:
        return kept_in(settings.store)
    except (StoreError, OSError):
        return {}


@app.command()
def roll(
    name: Annotated[str, typer.Argument(help="One of several; with --new the first unless named.")] = "",
    new: Annotated[bool, typer.Option("--new", help="A new roll is in the printer now.")] = False,
    config: ConfigFile = DEFAULT_FILE,
    as_json: Json = False,
) -> None:
    """What is left of the paper, by estimate (printer.roll_mm), or that a new roll is in."""
    settings = settings_of(config)
    chosen = _chosen(settings, name)
    if new:
        status, answer = link.tell(settings.socket_path, "/api/printer/roll", {"printer": name})
        _end(status, answer, as_json=as_json)
        return
    known = _told(settings)
    if known is None:
        fail(Sentence("cli.printer.no-agent"), UNREACHABLE)
    rolls = dict(shown.rolls_of(known[one] for one in chosen if one in known))
    if as_json:
        show_json(rolls)
        return
    for one in chosen:
        say(shown.roll_told(one, rolls[one]) if one in rolls else Sentence("roll-unset", printer=one))


@app.command()
def resolve(
    job: Annotated[int, typer.Argument(help="The print job, as `status` names it.")],
    printed: Annotated[bool, typer.Option("--printed/--not-printed", help="What you saw.")],
    config: ConfigFile = DEFAULT_FILE,
    as_json: Json = False,
) -> None:
    """Say whether an unknown job is on paper. If it is not, a copy marked DUPLICATE is printed."""
    form = {"job": job, "printed": printed}
    status, answer = link.tell(settings_of(config).socket_path, "/api/print/resolve", form)
    _end(status, answer, as_json=as_json)


@app.command()
def late(
    which: Annotated[
        list[str],
        typer.Argument(
            metavar="JOB...", help="Print jobs, as `status` names them; `bills` or `copies`: all of these."
        ),
    ],
    wanted: Annotated[bool, typer.Option("--print/--leave", help="Whether anybody still wants it.")],
    config: ConfigFile = DEFAULT_FILE,
    as_json: Json = False,
) -> None:
    """Say what is to become of tickets that waited too long for their printer."""
    socket = settings_of(config).socket_path
    form = {"jobs": _late_jobs(socket, which), "wanted": wanted}
    status, answer = link.tell(socket, "/api/print/late", form)
    _end(status, answer, as_json=as_json)


def _late_jobs(socket: Path, which: list[str]) -> list[int]:
    """The jobs that are named, and all that are late now of the kinds that are. Ends the command where there
    are none."""
    late = [one for one in link.look(socket, "/api/snapshot")["unknown_prints"] if one["late"]]
    kinds = {
        "bills": [one["job"] for one in late if not one["copy"]],
        "copies": [one["job"] for one in late if one["copy"]],
    }
    jobs: list[int] = []
    for word in which:
        if word in kinds:
            jobs += kinds[word]
        elif word.isdecimal():
            jobs.append(int(word))
        else:
            fail(Sentence("cli.printer.which", which=word))
    if not jobs:
        fail(Sentence("cli.printer.none-late"))
    return jobs


def _end(status: int, answer: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        show_json(answer)
    if status != 200:
        fail(link.words(answer))
    if not as_json:
        say(answer["text"])


@app.command("test")
def check(
    name: Annotated[str, typer.Argument(help="One of several; the first unless named.")] = "",
    drawer: Annotated[
        bool, typer.Option("--drawer", help="Open the drawer as well, as without a sale: into the journal.")
    ] = False,
    supervisor: ByWhom = "",
    config: ConfigFile = DEFAULT_FILE,
    as_json: Json = False,
) -> None:
    """Print a page that is no bill: what this printer makes of its settings, and what you should see."""
    settings = settings_of(config)
    section = next(iter(_chosen(settings, name).values()))
    try:
        status, answer = link.post(settings.socket_path, "/api/printer/test", {"printer": name})
    except (link.Forbidden, link.Unanswered) as error:
        fail(error.sentence, UNREACHABLE)
    except link.Unreachable as error:
        if drawer:  # who opens it without a sale is asked and written down by the agent
            fail(error.sentence, UNREACHABLE)
        status, answer = 200, _straight(settings, section)
    if not drawer or status != 200:
        _end(status, answer, as_json=as_json)
        return
    if not as_json:
        say(answer["text"])
    status, opened = _open_drawer(settings, supervisor)
    if as_json:
        show_json(answer | {"drawer": opened})
    if status != 200:
        fail(link.words(opened))
    if not as_json:
        say(opened["text"])


def _open_drawer(settings: Config, supervisor: str) -> tuple[int, dict[str, Any]]:
    """As without a sale."""
    post = partial(link.post, settings.socket_path, "/api/drawer/open")
    try:
        return allowed(post, {"reason": text(Sentence("cli.printer.drawer-reason"))}, supervisor)
    except link.Unreachable as error:
        fail(error.sentence, UNREACHABLE)


def _straight(settings: Config, section: PrinterSection) -> dict[str, Any]:
    """The page where no agent runs, answered as the agent would."""
    from agent.cli.straight_paper import print_straight
    from agent.daemon.check_paper import check_document
    from agent.printing.check_sheet import proved

    now = datetime.now(ZoneInfo(settings.till.timezone))
    said = proved(print_straight(section, check_document(settings, section, now.isoformat(), text)))
    return {"ok": True, "code": said.code, "text": text(said)}


@app.command()
def logo(
    name: Annotated[str, typer.Argument(help="One of several; the first unless named.")] = "",
    store: Annotated[
        bool,
        typer.Option("--store", help="Have the printer store printer.logo as printer.stored_logo, once."),
    ] = False,
    config: ConfigFile = DEFAULT_FILE,
    as_json: Json = False,
) -> None:
    """What stands at the head of a printer's tickets; or have the printer store it, and print what it has."""
    settings = settings_of(config)
    one, section = next(iter(_chosen(settings, name).items()))
    if not store:
        if as_json:
            show_json({"name": one, "logo": section.logo, "stored_logo": section.stored_logo})
        else:
            say(_logo_told(one, section))
        return
    try:
        status, answer = link.post(settings.socket_path, "/api/printer/logo", {"printer": name})
    except (link.Forbidden, link.Unanswered) as error:
        fail(error.sentence, UNREACHABLE)
    except link.Unreachable:
        status, answer = 200, _stored_straight(section)
    _end(status, answer, as_json=as_json)


def _logo_told(name: str, section: PrinterSection) -> Sentence:
    if section.stored_logo:
        return Sentence("cli.printer.logo-stored", printer=name, name=section.stored_logo)
    if section.logo:
        return Sentence("cli.printer.logo-drawn", printer=name, file=section.logo)
    return Sentence("cli.printer.no-logo", printer=name)


def _stored_straight(section: PrinterSection) -> dict[str, Any]:
    """Stored where no agent runs, answered as the agent would."""
    from agent.cli.straight_paper import print_straight
    from agent.daemon.check_paper import logo_document
    from agent.printing.check_sheet import proved

    document = logo_document(section, text)
    if isinstance(document, Sentence):
        fail(document)
    said = proved(print_straight(section, document))
    return {"ok": True, "code": said.code, "text": text(said)}


@app.command()
def explain(
    answer: Annotated[
        str, typer.Argument(metavar="HEX", help="Bytes the printer sent, such as 16 or 1400000f.")
    ],
    asked: Annotated[str, typer.Option(help="The request it answers, in hex, such as 100401.")] = "",
    as_json: Json = False,
) -> None:
    """What a printer's answer means. A bare status byte means nothing without the request it answers."""
    from drivers.message import Unreadable
    from drivers.printer.explain import explain as explained

    try:
        sentences = [text(message) for message in explained(answer, asked)]
    except Unreadable as error:
        fail(error.message)
    if as_json:
        show_json(sentences)
    else:
        for sentence in sentences:
            say(sentence)
