"""Runs in the guest: the USB devices of a counter, made by the kernel's own gadget drivers on virtual ports.

usb.py plug [NAME...]   make these devices, or those that are always there, and plug them in
usb.py pull NAME        take its cable out; usb.py insert NAME: put it back
usb.py send NAME TEXT   what the scanner reads: keys, bytes or reports; a line's end is Enter

A cable is the port of the virtual hub, switched off. The gadget stays bound all its life: to unbind an
f_printer whose node is open hangs Linux 6.1, and soft_connect does not enumerate again.
"""

import os
import subprocess
import sys
import tty
from dataclasses import dataclass
from pathlib import Path

from drivers.scanner import hid_reports
from drivers.simulated import hid_pos_scanner

GADGETS = Path("/sys/kernel/config/usb_gadget")
PORTS = 7
GADGET_SIDE = ("libcomposite", "usb_f_hid", "usb_f_printer", "usb_f_acm")
HOST_SIDE = ("usblp", "usbhid", "hid_generic", "evdev", "cdc_acm")

# The boot keyboard of the HID specification 1.11, appendix B.1.
KEYBOARD = bytes.fromhex(
    "05010906a101050719e029e71500250175019508810295017508810395057501050819012905910295017503910395067508"
    "150025650507190029658100c0"
)
ENTER, SHIFT = 0x28, 0x02
USAGES = {char: 0x04 + place for place, char in enumerate("abcdefghijklmnopqrstuvwxyz")}
USAGES |= {char: 0x1E + place for place, char in enumerate("1234567890")}
USAGES |= {"\n": ENTER, "-": 0x2D}


@dataclass(frozen=True)
class Device:
    """One device: the gadget's function, its port, and how it calls itself."""

    function: str
    port: int
    vendor: int
    product: int
    serial: str
    title: str
    always: bool = True


DEVICES = {
    "keyboard": Device("hid", 0, 0x05E0, 0x1200, "K1", "Keyboard Scanner"),
    "serial": Device("acm", 1, 0x0C2E, 0x0CA1, "S1", "Serial Scanner"),
    "printer": Device("printer", 2, 0x04B8, 0x0202, "P1", "Receipt Printer"),
    "clone": Device("printer", 3, 0x0416, 0x5011, "P2", "Printer without Replies"),
    "hidpos": Device("hid", 4, 0x0C2E, 0x0B87, "R1", "HID POS Scanner"),
    "twin": Device("hid", 5, 0x05E0, 0x1200, "K2", "Keyboard Scanner", always=False),
    "modem": Device("acm", 6, 0x1A86, 0x55D4, "M1", "Another Port", always=False),
}


def main(verb: str, *arguments: str) -> None:
    """Carry out one command line."""
    if verb == "plug":
        load()
        for name in arguments or [name for name, device in DEVICES.items() if device.always]:
            make(name, DEVICES[name])
    elif verb in ("pull", "insert"):
        switch = next(
            Path(f"/sys/devices/platform/dummy_hcd.{DEVICES[arguments[0]].port}").glob("usb*/*/*-port1")
        )
        (switch / "disable").write_text("1" if verb == "pull" else "0")
    elif verb == "send":
        send(arguments[0], arguments[1])
    else:
        raise SystemExit(__doc__)


def load() -> None:
    """Virtual ports, drivers of both sides, and the place where gadgets are made."""
    subprocess.run(("modprobe", "dummy_hcd", f"num={PORTS}"), check=True)
    subprocess.run(("modprobe", "--all", *GADGET_SIDE, *HOST_SIDE), check=True)
    if not GADGETS.is_dir():
        subprocess.run(("mount", "-t", "configfs", "none", "/sys/kernel/config"), check=True)


def make(name: str, device: Device) -> None:
    """Describe the gadget in configfs and bind it to its port, which plugs it in."""
    gadget, function = GADGETS / name, GADGETS / name / "functions" / f"{device.function}.{name}"
    for place in (gadget / "strings/0x409", gadget / "configs/c.1/strings/0x409", function):
        place.mkdir(parents=True)
    (gadget / "idVendor").write_text(hex(device.vendor))
    (gadget / "idProduct").write_text(hex(device.product))
    for key, text in {
        "manufacturer": "Virtual",
        "product": device.title,
        "serialnumber": device.serial,
    }.items():
        (gadget / "strings/0x409" / key).write_text(text)
    if device.function == "hid":
        boot = int(name != "hidpos")
        length = 8 if boot else hid_reports.SIZE
        # Without its own way out, what the host sets (a feature report) is taken and not refused.
        figures = {"protocol": boot, "subclass": boot, "report_length": length, "no_out_endpoint": 1 - boot}
        for key, figure in figures.items():
            (function / key).write_text(str(figure))
        (function / "report_desc").write_bytes(KEYBOARD if boot else hid_pos_scanner.DESCRIPTOR)
    if device.function == "printer":
        (function / "pnp_string").write_text("MFG:Virtual;MDL:POS80;CMD:ESC/POS;CLS:PRINTER;")
        # One transfer of 8 kB each way: more would hide from usblp that the printer does not take it.
        (function / "q_len").write_text("1")
    (gadget / "configs/c.1" / function.name).symlink_to(function)
    (gadget / "UDC").write_text(f"dummy_udc.{device.port}")


def node(name: str) -> str:
    """The device's own side of its wire."""
    function = next((GADGETS / name / "functions").iterdir())
    if function.name.startswith("acm"):
        return f"/dev/ttyGS{(function / 'port_num').read_text().strip()}"
    if function.name.startswith("printer"):
        return f"/dev/g_printer{('printer', 'clone').index(name)}"
    told = Path(f"/sys/dev/char/{(function / 'dev').read_text().strip()}/uevent").read_text()
    return "/dev/" + dict(line.split("=") for line in told.splitlines())["DEVNAME"]


def send(name: str, text: str) -> None:
    """A write of keys waits until the host has fetched the report before it, so that none is lost."""
    with Path(node(name)).open("wb", buffering=0) as wire:
        if DEVICES[name].function == "acm":
            tty.setraw(wire.fileno())
            wire.write(text.replace("\n", "\r").encode())
            return
        if name == "hidpos":
            for report in hid_pos_scanner.reports(text.strip()):
                wire.write(report)
            return
        for char in text:
            wire.write(bytes((SHIFT if char.isupper() else 0, 0, USAGES[char.lower()], 0, 0, 0, 0, 0)))
            wire.write(bytes(8))


if __name__ == "__main__":
    os.umask(0o022)
    main(*sys.argv[1:])
