"""Made-up devices as sysfs shows them: enough for udev's real rules to tell printers from keyboards."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

# Bit masks as the kernel prints them: every key of a keyboard; the buttons and axes of a mouse.
KEYBOARD = {"ev": "120013", "key": "10000 7 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe"}
MOUSE = {"ev": "17", "key": "1f0000 0 0 0 0", "rel": "903"}

_PORTS = "devices/pci0000:00/0000:00:14.0/usb1"


@dataclass(frozen=True, slots=True)
class Usb:
    """The numbers a device announces itself with; port is where it is plugged in."""

    vendor: str
    product: str
    serial: str = ""
    port: str = "1-1"
    maker: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A device node: its place in sysfs, its name below /dev, its numbers."""

    place: str
    name: str
    major: int
    minor: int


class Sysfs:
    """A tree of made-up devices below a directory, to be put in the place of /sys."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def printer(self, usb: Usb) -> Node:
        """A receipt printer under usblp."""
        interface = self._interface(usb, "usblp", "07")
        return self._node(f"{interface}/usbmisc/lp0", "usbmisc", "usb/lp0", 180, 0)

    def bridge(self, usb: Usb) -> Node:
        """A serial port on a USB bridge; its driver puts a device of its own below the interface."""
        interface = self._interface(usb, "ftdi_sio", "ff")
        self._device(f"{interface}/ttyUSB0", "bus/usb-serial", "DRIVER=ftdi_sio")
        return self._node(f"{interface}/ttyUSB0/tty/ttyUSB0", "tty", "ttyUSB0", 188, 0)

    def modem(self, usb: Usb, number: int = 0) -> Node:
        """A serial port that calls itself a modem (CDC-ACM), as most USB scanners in serial mode do."""
        interface = self._interface(usb, "cdc_acm", "02")
        return self._node(f"{interface}/tty/ttyACM{number}", "tty", f"ttyACM{number}", 166, number)

    def board_port(self, kind: str) -> Node:
        """A serial port of the board; kind "4" is a 16550A, "0" a port without a chip."""
        self._device("devices/platform/serial8250", "bus/platform", "DRIVER=serial8250")
        return self._node("devices/platform/serial8250/tty/ttyS1", "tty", "ttyS1", 4, 65, type=kind)

    def input(self, usb: Usb, bits: dict[str, str], number: int = 0) -> Node:
        """An input device, keyboard or mouse by its bits."""
        interface = self._interface(usb, "usbhid", "03")
        hid = f"{interface}/0003:{usb.vendor.upper()}:{usb.product.upper()}.0001"
        self._device(hid, "bus/hid", "DRIVER=hid-generic")
        found = {f"capabilities/{name}": value for name, value in bits.items()}
        found |= {"id/bustype": "0003", "id/vendor": usb.vendor, "id/product": usb.product}
        place = f"{hid}/input/input{number}"
        self._device(place, "class/input", "PRODUCT=3/0/0/0", **found)
        node = self._node(f"{place}/event{number}", "input", f"input/event{number}", 13, 64 + number)
        (self.root / node.place / "device").symlink_to("..")
        return node

    def reports(self, usb: Usb, descriptor: bytes, number: int = 0) -> Node:
        """A device whose reports are read as they are (hidraw), whatever else it is."""
        interface = self._interface(usb, "usbhid", "03")
        hid = f"{interface}/0003:{usb.vendor.upper()}:{usb.product.upper()}.0001"
        self._device(hid, "bus/hid", "DRIVER=hid-generic")
        (self.root / hid / "report_descriptor").write_bytes(descriptor)
        node = self._node(f"{hid}/hidraw/hidraw{number}", "hidraw", f"hidraw{number}", 245, number)
        (self.root / node.place / "device").symlink_to(
            os.path.relpath(self.root / hid, self.root / node.place)
        )
        return node

    def _interface(self, usb: Usb, driver: str, kind: str) -> str:
        """Host controller, root hub, device and interface; the place of the interface."""
        self._device("devices/pci0000:00/0000:00:14.0", "bus/pci", "PCI_SLOT_NAME=0000:00:14.0")
        self._usb_device(_PORTS, Usb("1d6b", "0002"))
        device = f"{_PORTS}/{usb.port}"
        self._usb_device(device, usb)
        place = f"{device}/{usb.port}:1.0"
        numbers = {"bInterfaceNumber": "00", "bInterfaceClass": kind}
        numbers |= {"bInterfaceSubClass": "01", "bInterfaceProtocol": "01"}
        self._device(place, "bus/usb", f"DEVTYPE=usb_interface\nDRIVER={driver}", **numbers)
        return place

    def _usb_device(self, place: str, usb: Usb) -> None:
        numbers = {"idVendor": usb.vendor, "idProduct": usb.product, "bDeviceClass": "00"}
        told = {"serial": usb.serial, "manufacturer": usb.maker, "product": usb.model}
        numbers |= {name: value for name, value in told.items() if value}
        self._device(place, "bus/usb", "DEVTYPE=usb_device\nDRIVER=usb", **numbers)

    def _node(self, place: str, kind: str, name: str, major: int, minor: int, **attributes: str) -> Node:
        event = f"MAJOR={major}\nMINOR={minor}\nDEVNAME={name}"
        self._device(place, f"class/{kind}", event, dev=f"{major}:{minor}", **attributes)
        shown = self.root / "class" / kind / Path(place).name
        shown.unlink(missing_ok=True)
        shown.symlink_to(os.path.relpath(self.root / place, shown.parent))
        return Node(place, name, major, minor)

    def _device(self, place: str, subsystem: str, event: str, **attributes: str) -> None:
        directory, kind = self.root / place, self.root / subsystem
        kind.mkdir(parents=True, exist_ok=True)
        for name, value in {"uevent": event, **attributes}.items():
            file = directory / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{value}\n")
        link = directory / "subsystem"
        if not link.is_symlink():
            link.symlink_to(os.path.relpath(kind, directory))
