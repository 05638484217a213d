"""`device list`, `probe`, `identify`, `adopt` and `watch`: what is plugged in, and how it becomes the
till's."""

from __future__ import annotations

import sys
import termios
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli import adopting, link
from agent.cli.output import WARNING, ConfigFile, Json, fact, fail, say, show_json, table, text, warn
from agent.cli.plugged_in import device_at, readers_of, row_of, till_may_open, what
from agent.language.sentence import Sentence
from agent.language.system_words import reason
from agent.settings.config import DEFAULT_FILE

if TYPE_CHECKING:
    from drivers.plugged import Plugged

_LOOK_S = 0.5
_ASK_S = 0.3
# A long label that is typed key by key is over by then.
_LABEL_S = 0.5

app = typer.Typer(help="What is plugged in.", no_args_is_help=True)
app.command("adopt")(adopting.adopt)

Named = Annotated[str, typer.Argument(help="A device, by any of its names.")]


@app.command("list")
def listed(config: ConfigFile = DEFAULT_FILE, as_json: Json = False) -> None:
    """What could be a scanner or a receipt printer, what of the settings reads it, and the lines that would.
    Nothing is opened."""
    from drivers.plugged import plugged

    found = plugged()
    readers, _ = readers_of(config, found)
    rows = [row_of(one, readers) for one in found]
    if as_json:
        show_json(rows)
        return
    if not rows:
        say(Sentence("cli.device.none"))
        return
    heads = [Sentence(f"cli.head.{name}") for name in ("device", "kind", "what", "read-by")]
    table(heads, [(row["path"], row["kind"], row["what"], _reader(row)) for row in rows])
    unread = [(one, row) for one, row in zip(found, rows, strict=True) if not row["read_by"]]
    # A keyboard of an unknown maker may be the one that a person types on, which nobody is to copy into the
    # settings.
    unknown = [one for one, _ in unread if one.kind == "keyboard" and not one.ruled]
    for one, row in unread:
        if one in unknown:
            say(Sentence("cli.device.unknown-listed", path=one.path))
        else:
            say(Sentence("cli.device.to-read", device=one.path))
            _say_setting(row)
    if len(unread) > len(unknown):
        say(Sentence("cli.device.adopt"))


@app.command()
def probe(device: Named, config: ConfigFile = DEFAULT_FILE, as_json: Json = False) -> None:
    """What a device is, as far as can be told without opening it. Exit 2: nothing that the till could
    read."""
    from drivers.plugged import plugged

    one, (readers, _) = device_at(device), readers_of(config, plugged())
    row = row_of(one, readers) | {"links": list(one.links), "till_may_open": till_may_open(one.node)}
    if as_json:
        show_json(row)
        return
    fact("kind", Sentence(f"cli.device.kind.{one.kind}"))
    fact("what", what(one) or Sentence("cli.device.says-nothing"))
    for name in (one.node, *one.links):
        fact("name", name)
    fact("reader", _reader(row))
    fact("rights", Sentence("cli.device.may-open" if row["till_may_open"] else "cli.device.may-not-open"))
    if one.kind == "keyboard" and not one.ruled:
        say(Sentence("cli.device.unknown-listed", path=one.path))
    elif not row["read_by"]:
        _say_setting(row)


@app.command()
def identify(
    seconds: Annotated[int, typer.Option(min=1, max=600, help="Give up after so many seconds.")] = 30,
    config: ConfigFile = DEFAULT_FILE,
    as_json: Json = False,
) -> None:
    """Scan something, or hold the feed button of a printer on USB: the device that speaks is named. Of those
    that the running till reads, the till is asked. Exit 1: none spoke."""
    from drivers.listening import first_to_speak
    from drivers.plugged import plugged

    found = plugged()
    readers, socket = readers_of(config, found)
    asked = _heard_by_till(socket) if socket else None
    if not as_json:
        say(Sentence("cli.device.speak", seconds=seconds))
    try:
        spoke = first_to_speak(
            [one for one in found if asked is None or one.node not in readers],
            time.monotonic() + seconds,
            besides=asked or str,
            deaf=_deaf,
        )
    except KeyboardInterrupt:
        raise typer.Exit(WARNING) from None
    finally:
        _forget_typed()
    if spoke is None:
        if as_json:
            show_json({})
        fail("" if as_json else Sentence("cli.device.silent", seconds=seconds), WARNING)
    if isinstance(spoke, str):
        device = next((one for one in found if readers.get(one.node) == spoke), None)
        row: dict[str, Any] = (
            row_of(device, readers) if device else {"path": "", "what": "", "read_by": spoke}
        )
    else:
        row = row_of(spoke, readers)
    if as_json:
        show_json(row)
    elif row["read_by"]:
        say(Sentence("cli.device.spoke-read", name=row["read_by"], path=row["path"]))
    else:
        say(Sentence("cli.device.spoke", path=row["path"], device=row["what"]))


def _forget_typed() -> None:
    """What a keyboard scanner has typed meanwhile is no order to the shell, which would read it next."""
    if sys.stdin.isatty():
        time.sleep(_LABEL_S)
        termios.tcflush(sys.stdin, termios.TCIFLUSH)


def _heard_by_till(socket: Any) -> Callable[[], str] | None:
    """What asks the running till for the scanner that it has heard since; None if no till answers."""
    try:
        rows = link.ask(socket, "/api/scans?after=0")["scans"]
    except link.Unreachable:
        return None
    after, asked_at = rows[-1]["n"] if rows else 0, time.monotonic()

    def heard() -> str:
        nonlocal asked_at
        if time.monotonic() - asked_at < _ASK_S:
            return ""
        asked_at = time.monotonic()
        try:
            rows = link.ask(socket, f"/api/scans?after={after}")["scans"]
        except link.Unreachable:
            return ""
        return str(rows[0]["scanner"]) if rows else ""

    return heard


@app.command()
def watch(
    seconds: Annotated[int, typer.Option(min=0, help="End after so many seconds; 0: never.")] = 0,
    config: ConfigFile = DEFAULT_FILE,
    as_json: Json = False,
) -> None:
    """What is plugged in and pulled, as it happens, until Ctrl-C."""
    from drivers.plugged import plugged

    found = plugged()
    readers, _ = readers_of(config, found)
    until = time.monotonic() + seconds if seconds else None
    known = {one.node: one for one in found}
    if not as_json:
        say(Sentence("cli.device.watching", count=len(known)))
    try:
        while until is None or time.monotonic() < until:
            time.sleep(_LOOK_S)
            now = {one.node: one for one in plugged()}
            for node in known.keys() - now.keys():
                _say_change(known[node], "pulled", readers, as_json=as_json)
            for node in now.keys() - known.keys():
                # Its names come a moment after the node.
                _say_change(now[node], "plugged", readers_of(config, [*now.values()])[0], as_json=as_json)
            known = now
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


def _say_change(one: Plugged, change: str, readers: dict[str, str], *, as_json: bool) -> None:
    row = row_of(one, readers)
    if as_json:
        show_json({"change": change} | row)
    else:
        said = Sentence(
            "cli.device.plugged" if change == "plugged" else "cli.device.pulled",
            path=row["path"],
            kind=row["kind"],
            device=row["what"],
            reader=_reader(row),
        )
        say(said)


def _deaf(one: Plugged, error: OSError) -> None:
    warn(Sentence("cli.device.deaf", device=one.path, error=reason(error)))


def _reader(row: dict[str, Any]) -> str:
    return str(row["read_by"]) or text(Sentence("cli.device.nobody"))


def _say_setting(row: dict[str, Any]) -> None:
    say("\n".join(f"    {line}" for line in str(row["setting"]).splitlines()))
