"""What the printer tests share: documents, a wired virtual printer, and a look at drawn strips."""

from __future__ import annotations

import io
import os
import re
import select
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from drivers.printer.job import JobOutcome, Progress, print_job
from drivers.printer.profile import PrinterProfile, profile_named
from drivers.printer.ticket import build
from drivers.printer.transport import Transport, TransportFailed, open_transport
from drivers.simulated.printer import VirtualPrinter

EPSON = profile_named("epson-tm-t20")
GENERIC_58 = profile_named("generic-58")

BARCODE = "T1/2526/000123"
QR = "upi://pay?pa=shop@upi&am=1489.50&tn=T1/25-26/000123"

_BAND = re.compile(r"\[picture(?: [0-9]+)?: (?P<width>[0-9]+)x(?P<height>[0-9]+)\]")


def row(*cells: tuple[str, int, str], **flags: bool) -> dict[str, Any]:
    """A row of (text, width, align) cells."""
    parts = [{"text": text, "width": width, "align": align} for text, width, align in cells]
    return {"kind": "row", "cells": parts, **flags}


def plain(*texts: str) -> list[dict[str, Any]]:
    """A short ticket of left-aligned lines, cut at the end."""
    return [*(row((text, 32, "left")) for text in texts), {"kind": "cut"}]


def receipt(columns: int) -> list[dict[str, Any]]:
    """A whole receipt with every kind of item and five scripts."""

    def item(name: str, quantity: str, amount: str) -> dict[str, Any]:
        return row((name, columns - 16, "left"), (quantity, 4, "right"), (amount, 12, "right"))

    half = columns // 2
    return [
        row(("SHREE KIRANA", half, "center"), bold=True, wide=True, tall=True),
        row(("GSTIN 29ABCDE1234F1Z5", columns, "center")),
        {"kind": "rule", "char": "-"},
        item("Basmati rice", "1", "645.00"),
        item("चाय पत्ती", "2", "₹ 240.00"),
        item("தமிழ் காபி", "1", "180.00"),
        item("شاي أخضر", "1", "95.50"),
        item("绿茶", "1", "320.00"),
        {"kind": "rule", "char": "="},
        row(("TOTAL", 5, "left"), ("1480.50", half - 5, "right"), wide=True),
        {"kind": "feed", "lines": 1},
        {"kind": "barcode", "symbology": "code128", "data": BARCODE, "text": True},
        {"kind": "qr", "data": QR},
        {"kind": "cut"},
    ]


def wired(wire: str, folder: Path, **options: Any) -> VirtualPrinter:
    """A virtual printer that is reached over "tcp" or a pty; not started yet."""
    if wire != "tcp":
        return VirtualPrinter(port=None, pty_link=folder / "ttyPrinter", **options)
    return VirtualPrinter(**options)


def printed(
    transport: Transport,
    document: list[dict[str, Any]],
    fence_id: str = "0001",
    profile: PrinterProfile = EPSON,
    deadline_s: float = 8.0,
    **options: Any,
) -> JobOutcome:
    """Build a document and print it."""
    return print_job(transport, build(document, profile), fence_id, profile, deadline_s, **options)


def opened(printer: VirtualPrinter) -> Transport:
    """A line to a virtual printer; one that was just unplugged is given a moment to be back."""
    until = time.monotonic() + 5.0
    while True:
        try:
            return open_transport(printer.url, 5.0)
        except TransportFailed:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


class FlowControlled(Transport):
    """A line to a virtual printer whose driver tells what it still holds, as a serial one with RTS/CTS does
    and a pty does not: what the printer has not taken. The printer is new, and on a pty."""

    def __init__(self, printer: VirtualPrinter) -> None:
        fd = os.open(printer.url, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
        super().__init__(fd, printer.url, lambda: os.close(fd))
        self._printer, self._written = printer, 0

    def write(self, data: bytes, timeout_s: float) -> int:
        taken = super().write(data, timeout_s)
        self._written += taken
        return taken

    def pending(self) -> int:
        return self._written - int(self._printer.status()["bytes"])


def as_read(text: str) -> str:
    """What stands on a piece of paper, each line without its margins. Bands of one picture are that picture,
    and have no number: that goes on in what hangs out of the printer."""
    lines: list[str] = []
    for line in text.strip().split("\n"):
        band, last = (_BAND.fullmatch(one) for one in (line.strip(), lines[-1] if lines else ""))
        if band and last and band["width"] == last["width"]:
            lines[-1] = f"[picture: {last['width']}x{int(last['height']) + int(band['height'])}]"
        else:
            lines.append(f"[picture: {band['width']}x{band['height']}]" if band else line.strip())
    return "\n".join(lines)


def strips(data: bytes) -> Iterator[Image.Image]:
    """The GS v 0 pictures in a job, read by their documented header; white is ink."""
    at = 0
    while (at := data.find(b"\x1dv0\x00", at)) >= 0:
        width, height = data[at + 4] + 256 * data[at + 5], data[at + 6] + 256 * data[at + 7]
        start = at + 8
        yield Image.frombytes("1", (width * 8, height), data[start : start + width * height])
        at = start + width * height


def codes_in(png: bytes, folder: Path) -> set[str]:
    """What zbarimg, a reader nobody here wrote, finds in a picture: lines such as "QR-Code:text"."""
    reader = shutil.which("zbarimg")
    if reader is None:
        pytest.skip("zbarimg is not installed (Debian package zbar-tools); no code was read back")
    path = folder / "paper.png"
    Image.open(io.BytesIO(png)).save(path)
    done = subprocess.run([reader, "-q", str(path)], capture_output=True, text=True, timeout=30, check=False)
    return set(done.stdout.splitlines())


def after(seconds: float) -> Callable[[], bool]:
    """Whether nobody waits any more: true from then on."""
    until = time.monotonic() + seconds
    return lambda: time.monotonic() >= until


def once_sending(act: Callable[[], None]) -> Callable[[Progress], None]:
    """Does something at the first progress report, when some of the job has left."""
    done: list[Progress] = []

    def report(progress: Progress) -> None:
        if not done:
            done.append(progress)
            act()

    return report


class Submitting:
    """The two ends of a device whose driver takes a whole transfer at once and works it off later. lost:
    whether it was closed while it had not."""

    url = "/dev/usb/lp0"

    def __init__(self) -> None:
        self.closed = self.lost = False
        self.printer, ours = socket.socketpair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4608)
        ours.setblocking(False)
        self._ours = ours
        self.line = Transport(ours.fileno(), "device", self._close, device=True)

    def _close(self) -> None:
        self.closed, self.lost = True, not select.select([], [self._ours], [], 0)[1]
        self._ours.close()

    def read_slowly(self, size: int, pause_s: float) -> threading.Thread:
        def read() -> None:
            left = size
            while left > 0:
                time.sleep(pause_s)
                left -= len(self.printer.recv(512))

        thread = threading.Thread(target=read)
        thread.start()
        return thread
