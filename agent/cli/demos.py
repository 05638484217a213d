"""`demo`: the main job, from the first label to books that balance, in about a minute."""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.output import fail, say, show_json, table, text, warn
from agent.cli.simulations import Faults, not_begun
from agent.language.sentence import Said, Sentence

if TYPE_CHECKING:
    from agent.simulated.shopper import DemoReport
    from agent.simulated.world import World


Tell = Callable[[Said | str], None]


def demo(
    keep: Annotated[
        bool, typer.Option(help="Leave everything running afterwards and print the page.")
    ] = False,
    directory: Annotated[
        Path | None, typer.Option("--dir", help="Where the store, tickets and logs go.")
    ] = None,
    faults: Faults = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """A scripted shopper plays all seven events, an outage and a crash, against simulated devices and cloud.

    Needs no root, no device, no network and no configuration. Exit 0 only if the books balance.
    """
    from agent.simulated.shopper import Shopper
    from agent.simulated.world import World, WorldError, supervised

    place = directory or Path(tempfile.mkdtemp(prefix="pos-agent-demo-"))
    if (place / "store").exists():
        fail(Sentence("cli.demo.taken", directory=str(place)))
    try:
        script = faults.read_text("utf-8") if faults else ""
        made = World(place, faults=script)
    except (OSError, ValueError) as error:
        not_begun(error, str(faults))
    with made as world:
        try:
            world.start(supervised())
            report = Shopper(world, (lambda _: None) if as_json else say).play()
        except OSError as error:
            not_begun(error, str(place))
        except WorldError as error:
            fail(Sentence("cli.demo.failed", error=str(error), directory=str(place)))
        if as_json:
            show_json(_plain(report))
        else:
            _print(report, world)
        if keep:
            _stay(world, warn if as_json else say)
    if directory is None and not keep and report.books.balanced:
        _keep_only_tickets(place)
    if not report.books.balanced:
        fail(Sentence("cli.demo.unbalanced"))


def _print(report: DemoReport, world: World) -> None:
    say("")
    say(report.invoice)
    say(Sentence("cli.demo.picture", file=str(report.picture)))
    say("")
    say(Sentence("cli.demo.events"))
    table(
        [Sentence(f"cli.head.{name}") for name in ("event", "happened", "calls")],
        [(e.name, e.done, e.wire) for e in report.events],
    )
    say(Sentence("cli.demo.books"))
    table(
        ("", Sentence("cli.head.till"), Sentence("cli.head.cloud"), ""),
        [
            (
                row.what,
                row.here,
                row.cloud,
                text(Sentence("cli.demo.equal" if row.equal else "cli.demo.different")),
            )
            for row in report.books.rows
        ],
    )
    if not (Path(__file__).parents[1] / "web" / "static" / "vendor").is_dir():
        say(Sentence("cli.demo.no-page"))
    say(Sentence("cli.demo.balance" if report.books.balanced else "cli.demo.no-balance"))
    say(Sentence("cli.demo.tickets", directory=str(world.tickets)))


def _plain(report: DemoReport) -> dict[str, object]:
    return {
        "balanced": report.books.balanced,
        "bills": list(report.bills),
        "events": [{"event": e.name, "done": e.done, "wire": e.wire} for e in report.events],
        "books": [{"what": r.what, "here": r.here, "cloud": r.cloud} for r in report.books.rows],
        "picture": report.picture,
    }


def _stay(world: World, tell: Tell) -> None:
    tell("")
    for sentence in ways(world):
        tell(sentence)
    try:
        scan_typed(world, sys.stdin, tell)
        signal.pause()
    except KeyboardInterrupt:
        tell(Sentence("cli.demo.ending"))


def ways(world: World) -> list[Sentence]:
    """What there is to try in a world that stays, and how."""
    from agent.simulated.shopper import RICE, SOAP
    from agent.simulated.world import SUPERVISOR, SUPERVISOR_PIN

    return [
        Sentence("cli.demo.page", address=world.start_page),
        Sentence("cli.demo.scan", one=RICE, another=SOAP),
        Sentence("cli.demo.supervisor", name=SUPERVISOR, pin=SUPERVISOR_PIN),
        Sentence("cli.demo.ledger", address=world.cloud_page),
        Sentence("cli.demo.faults"),
        Sentence("cli.demo.commands", file=str(world.config), program=str(Path(sys.argv[0]).absolute())),
        Sentence("cli.demo.stop"),
    ]


def scan_typed(world: World, lines: Iterable[str], tell: Tell) -> None:
    """Hold each line under the scanner as it is typed; one that begins with "!" is a fault."""
    from agent.simulated.world import WorldError

    for line in lines:
        if label := line.strip():
            try:
                if label.startswith("!"):
                    world.fault(label[1:])
                    continue
                world.scan(label)
            except ValueError as error:
                tell(str(error))
            except (WorldError, OSError, TimeoutError):
                tell(Sentence("cli.demo.unscanned", label=label))


def _keep_only_tickets(place: Path) -> None:
    """The tickets stay to be looked at; the store of a demo is of no use to anybody."""
    for path in place.iterdir():
        if path.name != "tickets":
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
