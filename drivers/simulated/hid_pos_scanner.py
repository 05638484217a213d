"""A HID POS scanner without the scanner: its reports, whole or in parts, as drivers.scanner.hid_reports reads
them.

A pseudo terminal stands for the hidraw node: 64 bytes are written and read at a time. It cannot show what
only a kernel has: descriptor, feature reports, the maker's numbers."""

from __future__ import annotations

from drivers.scanner.hid_reports import DATA_REPORT, SIZE
from drivers.scanner.label import split_symbology_id
from drivers.simulated.scanner import VirtualScanner

DESCRIPTOR = bytes.fromhex(
    # Bar code scanner; report 2, scanned data: its length, the AIM identifier, data,
    "058c0902a1018502 0912a102 0501093b150026ff00750895018102 058c09fb09fc09fd95038102 09fe953882020100"
    # the maker's two bytes, whether more follows, and the rest of that byte.
    "0666ff0904950209008102 058c7501950109ff8102 95078103 c0c0"
)
"""What a scanner of this kind says of its reports, as the usage tables of USB-IF have it."""

DATA = 56
"""Bytes of a label in one report."""

_BY_DIGITS = {8: "]E4", 12: "]E0", 13: "]E0"}


def reports(text: str, encoding: str = "utf-8") -> list[bytes]:
    """The reports of a label. An AIM identifier at its front is sent as such; without one, digits are an EAN
    or UPC and everything else is Code 128."""
    named, plain = split_symbology_id(text)
    named = named or (_BY_DIGITS.get(len(text), "]C0") if text.isdigit() else "]C0")
    data = plain.encode(encoding)
    parts = [data[at : at + DATA] for at in range(0, len(data), DATA)] or [b""]
    return [report(named, part, more=part is not parts[-1]) for part in parts]


def report(symbology_id: str, data: bytes, *, more: bool = False, length: int | None = None) -> bytes:
    """One report. length: what it says of its data, if that is not the truth."""
    told = len(data) if length is None else length
    head = bytes((DATA_REPORT, told)) + symbology_id.encode()
    return (head + data).ljust(SIZE - 1, b"\0") + bytes((more,))


def by_reports(wire: VirtualScanner, text: str) -> None:
    """A label as its reports, for VirtualScanner.send: nobody acknowledges them."""
    if "silent" in wire.faults:
        return
    if "half" in wire.faults:
        named, plain = split_symbology_id(text)
        wire.send_bytes(report(named or "]C0", plain.encode()[: min(len(plain) // 2, DATA)], more=True))
        return
    for one in reports(text):
        wire.send_bytes(one)
