"""`demo`: the main job, from the first label to books that balance, in about a minute."""

from __future__ import annotations

import shutil
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.output import fail, say, show_json, table

if TYPE_CHECKING:
    from agent.simulated.shopper import DemoReport
    from agent.simulated.world import World


def demo(
    keep: Annotated[
        bool, typer.Option(help="Leave everything running afterwards and print the page.")
    ] = False,
    directory: Annotated[
        Path | None, typer.Option("--dir", help="Where the store, tickets and logs go.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """A scripted shopper plays all seven events, an outage and a crash, against simulated devices and cloud.

    Needs no root, no device, no network and no configuration. Exit 0 only if the books balance.
    """
    from agent.simulated.shopper import Shopper
    from agent.simulated.world import World, WorldError

    place = directory or Path(tempfile.mkdtemp(prefix="pos-agent-demo-"))
    if (place / "store").exists():
        fail(f"{place} already holds a demo. Choose another directory.")
    with World(place) as world:
        try:
            world.start()
            report = Shopper(world, (lambda _: None) if as_json else say).play()
        except WorldError as error:
            fail(f"The demo failed: {error}\nLogs are in {place}.")
        if as_json:
            show_json(_plain(report))
        else:
            _print(report, world)
        if keep:
            _stay(world)
    if directory is None and not keep and report.books.balanced:
        _keep_only_tickets(place)
    if not report.books.balanced:
        fail("The books do not balance.")


def _print(report: DemoReport, world: World) -> None:
    say("")
    say(report.invoice)
    say(f"The same invoice as the printer drew it: {report.picture}")
    say("")
    say("The seven events, and what each did on the wire:")
    table(
        ("event", "what happened", "cloud calls (item codes)"),
        [(e.name, e.done, e.wire) for e in report.events],
    )
    say("The books, here and in the cloud's ledger:")
    table(
        ("", "till", "cloud", ""),
        [(row.what, row.here, row.cloud, "equal" if row.equal else "DIFFERENT") for row in report.books.rows],
    )
    if not (Path(__file__).parents[1] / "web" / "static" / "vendor").is_dir():
        say("The cashier's page was not built (npm is missing): the till sold without it.")
    say("Books balance." if report.books.balanced else "Books do NOT balance.")
    say(f"Tickets, as text and as pictures: {world.tickets}")


def _plain(report: DemoReport) -> dict[str, object]:
    return {
        "balanced": report.books.balanced,
        "bills": list(report.bills),
        "events": [{"event": e.name, "done": e.done, "wire": e.wire} for e in report.events],
        "books": [{"what": r.what, "here": r.here, "cloud": r.cloud} for r in report.books.rows],
        "picture": report.picture,
    }


def _stay(world: World) -> None:
    say("")
    say(f"Cashier's page:  {world.page}")
    say(f"Cloud's ledger and outage switches:  {world.cloud_page}")
    say(f"Commands:  POS_AGENT_CONFIG={world.config} pos-agent status")
    say("Press Ctrl+C to end.")
    try:
        signal.pause()
    except KeyboardInterrupt:
        say("Ending.")


def _keep_only_tickets(place: Path) -> None:
    """The tickets stay to be looked at; the store of a demo is of no use to anybody."""
    for path in place.iterdir():
        if path.name != "tickets":
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
