"""What is plugged in and could be a scanner or a receipt printer, as the kernel and udev show it. Nothing is
opened."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from drivers.scanner.hid_pos import EMULATION
from drivers.scanner.hid_reports import is_bar_code_scanner
from drivers.scanner.twins import types_digits, usb_device

# What systemd/60-pos-agent.rules calls each kind below /dev/pos.
_POS = {"serial": "serial", "keyboard": "scanner", "hid-pos": "hidpos", "printer": "printer"}
_LINKS = ("pos", "serial/by-id", "input/by-id", "serial/by-path", "input/by-path")
_TTYS = ("ttyUSB*", "ttyACM*", "ttyS*", "ttyAMA*", "rfcomm*")
# linux/input.h: BUS_USB, BUS_BLUETOOTH. A keyboard of the board itself is nobody's scanner.
_BUSES = ("0003", "0005")
_NUMBER = re.compile("[0-9a-f]{4}")


@dataclass(frozen=True, slots=True)
class Plugged:
    """A device node. kind: serial, keyboard, hid-pos or printer. path: the name of it that lasts longest.
    links: all its names; shared: those of them that another of its model may have next. vendor and product:
    four hexadecimal digits of USB, "" for a port that has none. maker, model and serial: what it says of
    itself, "" for nothing. ruled: whether a udev rule of the till has named it."""

    kind: str
    node: str
    path: str = ""
    links: tuple[str, ...] = ()
    vendor: str = ""
    product: str = ""
    maker: str = ""
    model: str = ""
    serial: str = ""
    ruled: bool = False
    shared: tuple[str, ...] = ()

    @property
    def of_model(self) -> tuple[str, str, str]:
        """What it has in common with others of its model."""
        return self.kind, self.vendor, self.product

    @property
    def pos_name(self) -> str:
        """What the till's rules call its model, "" without numbers to call it by."""
        return f"/dev/pos/{_POS[self.kind]}-{self.vendor}-{self.product}" if self.vendor else ""


def plugged(sys: Path = Path("/sys"), dev: Path = Path("/dev")) -> list[Plugged]:
    """Every candidate, by kind and node. One that goes away while it is looked at is left out or tells
    less."""
    links = _links(dev)
    found = [
        _described(kind, node, place, links.get(node, ()), dev)
        for kind, node, place in sorted(_nodes(sys, dev))
    ]
    models = Counter(one.of_model for one in found if one.vendor)
    return [
        replace(one, path=_lasting(one, dev, alone=alone), shared=() if alone else _shared(one, dev))
        for one in found
        for alone in (models[one.of_model] < 2,)
    ]


def _nodes(sys: Path, dev: Path) -> Iterator[tuple[str, str, Path]]:
    """(kind, node, its place in sysfs)."""
    consoles = _text(sys / "class/tty/console/active").split()
    for pattern in _TTYS:
        for place in (sys / "class/tty").glob(pattern):
            # A port of type 0 has no chip behind it, and on a console somebody works.
            if _text(place / "type") != "0" and place.name not in consoles:
                yield "serial", str(dev / place.name), place
    for place in (sys / "class/input").glob("event*"):
        if _text(place / "device/id/bustype") in _BUSES and types_digits(place):
            yield "keyboard", str(dev / "input" / place.name), place
    for place in (sys / "class/hidraw").glob("hidraw*"):
        if _is_scanner(place):
            yield "hid-pos", str(dev / place.name), place
    for place in (sys / "class/usbmisc").glob("lp*"):
        yield "printer", str(dev / "usb" / place.name), place


def _is_scanner(place: Path) -> bool:
    try:
        descriptor = (place / "device/report_descriptor").read_bytes()
    except OSError:
        return False
    usb = usb_device(place)
    numbers = (_text(usb / "idVendor"), _text(usb / "idProduct"))
    return is_bar_code_scanner(descriptor) or numbers == tuple(f"{one:04x}" for one in EMULATION)


def _described(kind: str, node: str, place: Path, links: tuple[str, ...], dev: Path) -> Plugged:
    usb = usb_device(place)
    told = {
        name: _text(usb / name) for name in ("idVendor", "idProduct", "manufacturer", "product", "serial")
    }
    if kind == "keyboard" and not told["idVendor"]:
        told |= {
            "idVendor": _text(place / "device/id/vendor"),
            "idProduct": _text(place / "device/id/product"),
        }
        told["product"] = _text(place / "device/name")
    numbered = all(_NUMBER.fullmatch(told[name]) for name in ("idVendor", "idProduct"))
    return Plugged(
        kind,
        node,
        links=links,
        vendor=told["idVendor"] if numbered else "",
        product=told["idProduct"] if numbered else "",
        maker=told["manufacturer"],
        model=told["product"],
        serial=told["serial"],
        ruled=any(Path(link).parent == dev / "pos" for link in links),
    )


def _shared(one: Plugged, dev: Path) -> tuple[str, ...]:
    """udev gives a name of the model alone to whichever came last."""
    models = [link for link in one.links if Path(link).parent == dev / "pos" and "-at-" not in link]
    return (*models, *(link for link in one.links if "/by-id/" in link and not one.serial))


def _lasting(one: Plugged, dev: Path, *, alone: bool) -> str:
    """The name that leads to this device, and to no other of its model, after a night and in another port."""
    pos = [link for link in one.links if Path(link).parent == dev / "pos"]
    by_id = [link for link in one.links if "/by-id/" in link]
    places = [link for link in pos if "-at-" in link] + [link for link in one.links if "/by-path/" in link]
    if not alone:
        return [*(by_id if one.serial else []), *places, one.node][0]
    if one.kind == "serial" and one.serial and by_id:
        # Its numbers are those of the chip, which many a device has.
        return by_id[0]
    models = [link for link in pos if "-at-" not in link]
    expected = [one.pos_name] if one.pos_name and one.kind != "serial" else []
    # The rules of the till name every printer and HID POS scanner, and keyboards of makers they know.
    further = [*places, *expected] if one.kind == "keyboard" else [*expected, *places]
    return [*models, *by_id, *further, one.node][0]


def _links(dev: Path) -> dict[str, tuple[str, ...]]:
    """The links that udev has made, by the node they lead to."""
    found: dict[str, tuple[str, ...]] = {}
    for directory in _LINKS:
        for link in sorted((dev / directory).glob("*")):
            node = str(link.resolve())
            found[node] = (*found.get(node, ()), str(link))
    return found


def _text(file: Path) -> str:
    """One line, whatever a device says of itself: it may try to be more."""
    try:
        told = file.read_text("utf-8", "replace")
    except OSError:
        return ""
    return " ".join("".join(char if char.isprintable() else " " for char in told).split())
