"""`simulate cloud`, `printer`, `scanner`, `scale`, `display`: the other ends of the wires."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from agent.cli.output import fail, say
from agent.language.sentence import Sentence
from agent.language.system_words import reason

if TYPE_CHECKING:
    from drivers.simulated.fault_script import Script

Faults = Annotated[
    Path | None, typer.Option("--faults", help="What goes wrong, and when: a script (docs/devices.md).")
]
Seed = Annotated[
    int | None, typer.Option("--seed", help="What goes wrong: the script of this number.", min=0)
]

app = typer.Typer(
    help="A simulated cloud, printer, scanner, scale or display to train and test with.", no_args_is_help=True
)


@app.command()
def cloud(
    port: Annotated[
        int, typer.Option(help="Where tills call, on this machine only.", min=0, max=65535)
    ] = 8766,
    ledger: Annotated[Path | None, typer.Option(help="Keep the books in this file.")] = None,
    seed_data: Annotated[str, typer.Option(help="'demo' for invented members, '' for none.")] = "demo",
    seed: Annotated[int, typer.Option(help="The same number gives the same codes, chances and noise.")] = 0,
    control_port: Annotated[
        int | None,
        typer.Option(
            help="The page on a port of its own, which stays when the host is gone.", min=0, max=65535
        ),
    ] = None,
) -> None:
    """A loyalty cloud with a real ledger; its page /control/ shows it and switches outages."""
    from agent.simulated.cloud.books.options import CloudOptions
    from agent.simulated.cloud.serve.server import run_cloud

    try:
        run_cloud(
            port,
            seed_data=seed_data,
            ledger=ledger,
            control_port=control_port,
            options=CloudOptions(seed=seed),
        )
    except (OSError, ValueError) as error:
        not_begun(error, f"port {port}")


@app.command()
def printer(
    port: Annotated[int, typer.Option(help="TCP port of the printer, as 9100 on a real one.")] = 9100,
    directory: Annotated[Path, typer.Option("--dir", help="Where tickets go, as text and picture.")] = Path(
        "tickets"
    ),
    paper: Annotated[int, typer.Option(help="Paper width in mm: 80 or 58.")] = 80,
    control: Annotated[
        int, typer.Option(help="Port for lines such as 'fault paper-out', 'clear', 'status'.")
    ] = 0,
    faults: Faults = None,
    seed: Seed = None,
) -> None:
    """A receipt printer that speaks ESC/POS back, has paper, and shows each ticket."""
    from drivers.simulated.printer_control import serve

    try:
        serve(
            stop=_until_ended(),
            announce=_announce,
            port=port,
            directory=directory,
            paper_mm=paper,
            control_port=control,
            script=_script("printer", faults, seed),
        )
    except (OSError, ValueError) as error:
        not_begun(error, f"port {port}")


@app.command()
def scanner(
    path: Annotated[Path, typer.Argument(help="The name the scanner's port shall have.")],
    packets: Annotated[
        bool, typer.Option("--packets", help="It sends packets that want an answer (SSI).")
    ] = False,
    hid_pos: Annotated[
        bool, typer.Option("--hid-pos", help="It is no port and sends reports (HID POS).")
    ] = False,
    keyboard: Annotated[
        bool, typer.Option("--keyboard", help="It types; PATH is a recording that its keys are added to.")
    ] = False,
    faults: Faults = None,
    seed: Seed = None,
) -> None:
    """A scanner: each line typed here is a label it reads. A serial one, unless told. "!" begins a fault."""
    from drivers.simulated.hid_pos_scanner import by_reports
    from drivers.simulated.keyboard_scanner import type_keys
    from drivers.simulated.scanner import serve
    from drivers.simulated.ssi_scanner import by_packets

    if packets + hid_pos + keyboard > 1:
        fail(Sentence("cli.simulate.two-kinds"))
    device = "keyboard" if keyboard else "hid-pos" if hid_pos else "scanner"
    script = _script(device, faults, seed)
    try:
        if keyboard:
            type_keys(path, sys.stdin, script=script, say=_announce)
        else:
            by = by_packets if packets else by_reports if hid_pos else None
            serve(path, sys.stdin, device=device, script=script, by=by, say=_announce)
    except (OSError, ValueError) as error:
        not_begun(error, str(path))


@app.command()
def scale(
    path: Annotated[Path, typer.Argument(help="The name the scale's port shall have.")],
    protocol: Annotated[
        str, typer.Option(help="mettler-8217, cas, nci or dialog06, as scale.protocol.")
    ] = "mettler-8217",
    unit: Annotated[str, typer.Option(help="What it shows: kg, g, lb or oz.")] = "kg",
    faults: Faults = None,
    seed: Seed = None,
) -> None:
    """A scale: each line typed here goes onto its plate ("1.250", "1.250 800" while it moves for 800 ms), or
    is a fault, such as "!over" or "!silent for 2 s"."""
    from drivers.simulated.scale import serve

    try:
        serve(path, protocol, sys.stdin, unit=unit, script=_script("scale", faults, seed), say=_announce)
    except (OSError, ValueError) as error:
        not_begun(error, str(path))


@app.command()
def display(
    path: Annotated[Path, typer.Argument(help="The name the display's port shall have.")],
    protocol: Annotated[str, typer.Option(help="escpos, cd5220 or utf8, as display.protocol.")] = "escpos",
    columns: Annotated[int, typer.Option(help="Letters a line.", min=16, max=40)] = 20,
    faults: Faults = None,
    seed: Seed = None,
) -> None:
    """A customer's display of two lines: what it shows is drawn here."""
    from drivers.simulated.display import serve

    try:
        script = _script("display", faults, seed)
        serve(path, protocol, _until_ended(), columns=columns, script=script, say=_announce)
    except (OSError, ValueError) as error:
        not_begun(error, str(path))


def not_begun(error: Exception, what: str) -> NoReturn:
    """End because something of the simulated world could not begin; what: the place it was to have, unless
    the error names one. Its own errors, without a number, are sentences already."""
    if isinstance(error, OSError) and error.errno:
        named = str(error.filename or what) if error.filename2 is None else what
        fail(Sentence("cli.simulate.not-begun", what=named, error=reason(error)))
    fail(str(error))


def _script(device: str, faults: Path | None, seed: int | None) -> Script:
    """What shall go wrong with a device; what a seed comes to is said, as a script."""
    from drivers.simulated.fault_script import Script, generated, read

    if faults is not None and seed is not None:
        fail(Sentence("cli.simulate.two-scripts"))
    if seed is not None:
        script = generated(seed, device)
        _announce(str(script))
        return script
    if faults is None:
        return Script()
    try:
        script = read(faults.read_text("utf-8"), device)
    except (OSError, ValueError) as error:
        not_begun(error, str(faults))
    if all(fault.device != device for fault in script.faults):
        fail(Sentence("cli.simulate.no-faults", file=str(faults), device=device))
    return script


def _until_ended() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _announce(text: str) -> None:
    if text:
        say(text)
        sys.stdout.flush()
