"""A bench of simulated devices, each on a wire of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from drivers.simulated import scale
from drivers.simulated.display import SimulatedDisplay
from drivers.simulated.hid_pos_scanner import by_reports
from drivers.simulated.printer import VirtualPrinter
from drivers.simulated.scanner import VirtualScanner
from drivers.simulated.ssi_scanner import by_packets
from drivers.simulated.wire import Wire
from tests.real_devices.bench import CAPABILITIES, BenchFile, Device
from tests.real_devices.hands import SimulatedHands

SCANNERS: dict[str, tuple[dict[str, str], Callable[[VirtualScanner, str], object]]] = {
    "simulated serial": ({"kind": "serial"}, lambda wire, text: wire.send("]E0" + text)),
    "simulated SSI": ({"kind": "serial", "protocol": "ssi"}, by_packets),
    "simulated HID POS": ({"kind": "hid-pos"}, by_reports),
}


_OTHERS = {
    "printer": {"profile": "epson-tm-t20"},
    "scale": {"path": "scale", "protocol": "cas"},
    "display": {"path": "display", "protocol": "cd5220"},
}
_TOLD = [
    *(
        ("scanner", name, settings | {"path": f"scanner-{number}"})
        for number, (name, (settings, _)) in enumerate(SCANNERS.items())
    ),
    *((kind, f"simulated {kind}", settings) for kind, settings in _OTHERS.items()),
]
SIMULATED = BenchFile(
    tuple(Device(kind, name, settings, frozenset(CAPABILITIES[kind])) for kind, name, settings in _TOLD),
    hands=True,
)
"""One device of each kind, and three scanners. Their paths are within the bench's directory."""


@contextmanager
def simulated_bench(directory: Path) -> Iterator[tuple[tuple[Device, ...], SimulatedHands]]:
    """The same devices where they are now, and who handles them."""
    with ExitStack() as stack:
        printer = stack.enter_context(VirtualPrinter())
        plate = stack.enter_context(scale.running(directory / "scale", "cas"))
        display = SimulatedDisplay("cd5220")
        stack.enter_context(_shown(Wire(directory / "display"), display))
        wires = {
            name: stack.enter_context(VirtualScanner(directory / f"scanner-{number}"))
            for number, name in enumerate(SCANNERS)
        }
        sends = {name: send for name, (_, send) in SCANNERS.items()}
        placed = tuple(_placed(device, directory, printer) for device in SIMULATED.devices)
        yield placed, SimulatedHands(wires, sends, printer, plate, display)


def _placed(device: Device, directory: Path, printer: VirtualPrinter) -> Device:
    path = device.settings.get("path")
    place = {"path": str(directory / path)} if path else {"url": printer.url}
    return replace(device, settings=device.settings | place)


@contextmanager
def _shown(wire: Wire, display: SimulatedDisplay) -> Iterator[None]:
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            try:
                display.feed(wire.receive(0.05))
            except OSError:
                stop.wait(0.05)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(5)
        wire.close()
