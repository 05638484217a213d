"""Keyboard scanners of a known model that nobody reads: a second one types into whatever has the console.

Two of one model share the name that udev gives (systemd/60-pos-agent.rules), so that whoever opens the name
does not notice the second. udev gives it to the one that came last: what is read is therefore asked of the
process that reads, not of the name.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

_ENTER, _DIGITS = 28, range(2, 12)


def held(descriptors: Path = Path("/proc/self/fd")) -> list[str]:
    """The input nodes that this process has open."""
    nodes = []
    for descriptor in descriptors.iterdir():
        with contextlib.suppress(OSError):  # closed meanwhile
            nodes.append(str(descriptor.readlink()))
    return [node for node in nodes if "/input/event" in node]


def unread(read: Iterable[str], sys: Path = Path("/sys"), dev: Path = Path("/dev")) -> list[str]:
    """Where the keyboards of the same vendor and product as one of those that are read are plugged in, and
    that none of these leads to: a link by-path, or else the node. read: nodes, or links to them. Interfaces
    of a device that is read count as read. Devices that are not there, or tell nothing of themselves, are
    passed over."""
    ours = {Path(os.path.realpath(path)).name for path in read}
    inputs = {node.name: node for node in (sys / "class/input").glob("event*")}
    mine = [inputs[name] for name in sorted(ours & set(inputs))]
    models = {model for node in mine if (model := _model(node))}
    places = {usb_device(node) for node in mine}
    return [
        _called(name, dev)
        for name, node in sorted(inputs.items())
        if name not in ours
        and _model(node) in models
        and usb_device(node) not in places
        and types_digits(node)
    ]


def _model(node: Path) -> tuple[str, str] | None:
    try:
        vendor, product = ((node / "device/id" / name).read_text().strip() for name in ("vendor", "product"))
    except OSError:
        return None
    return (vendor, product) if vendor.strip("0") else None


def usb_device(node: Path) -> Path:
    """The USB device behind a node of sysfs, or the node where there is none."""
    place = node.resolve()
    return next((parent for parent in place.parents if (parent / "idVendor").exists()), place)


def types_digits(node: Path) -> bool:
    """Whether it has digits and Enter, as linux/input.h numbers them, in the kernel's words of 64 bits."""
    try:
        words = (node / "device/capabilities/key").read_text().split()
        keys = sum(int(word, 16) << 64 * place for place, word in enumerate(reversed(words)))
    except (OSError, ValueError):
        return False
    return all(keys >> key & 1 for key in (*_DIGITS, _ENTER))


def _called(name: str, dev: Path) -> str:
    node = dev / "input" / name
    links = sorted((dev / "input/by-path").glob("*"))
    return str(next((link for link in links if link.resolve() == node.resolve()), node))
