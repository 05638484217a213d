"""All commands in one tree; each group has its own file."""

from __future__ import annotations

import typer

from agent.cli import (
    barcodes,
    bills,
    catalogues,
    demos,
    devices,
    labels,
    printers,
    queues,
    scans,
    settings,
    simulations,
    statuses,
    stores,
)

app = typer.Typer(
    name="pos-agent",
    help="A standalone till: scans, sells, prints and keeps loyalty right.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.command("run", help="Run the till in the foreground.")(statuses.run)
app.command("status", help="How the till is doing, on one screen.")(statuses.status)
app.command("demo", help="Sell, go offline, die and come back, with simulated devices and cloud.")(demos.demo)
app.command("barcode", help="What a barcode is, or why it is refused.")(barcodes.barcode)
app.add_typer(bills.app, name="bill")
app.add_typer(catalogues.app, name="catalogue")
app.add_typer(settings.app, name="config")
app.add_typer(devices.app, name="device")
app.add_typer(labels.app, name="labels")
app.add_typer(printers.app, name="printer")
app.add_typer(queues.app, name="queue")
app.add_typer(scans.app, name="scan")
app.add_typer(simulations.app, name="simulate")
app.add_typer(stores.app, name="store")
