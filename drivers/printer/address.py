"""Addresses of printers: what each form may hold, before anything is opened."""

from __future__ import annotations

import ipaddress
from contextlib import suppress
from urllib.parse import SplitResult, parse_qsl, urlsplit

from drivers.message import Message

PORT = 9100
"""Of a printer on the network, unless its address names another."""
_FLAGS, _STOP_BITS, _PARITIES = ("0", "1"), ("1", "2"), ("N", "E", "O", "M", "S")
_BAUD_MOST = 4_000_000


def address_problem(url: str) -> Message | None:
    """What keeps url from being an address for open_transport; None if nothing."""
    wrong = Message("printer.line.no-address")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return wrong
    if any(map(str.isspace, url)) or parts.fragment:
        return wrong
    if parts.scheme == "tcp":
        right = host and is_host(host) and port != 0 and parts.path in ("", "/")
        return None if right and not (parts.query or "@" in parts.netloc) else wrong
    if parts.scheme not in ("", "serial", "file") or parts.netloc or not parts.path.startswith("/"):
        return wrong
    if parts.path.endswith("/"):
        return wrong
    return _option_problem(parts)


def is_device(parts: SplitResult, node: str) -> bool:
    """Whether it is a device that takes what is written, and no serial line; node: the end of its path."""
    return parts.scheme == "file" or (not parts.scheme and node.startswith("lp"))


def is_host(host: str) -> bool:
    """False for numbers with a wrong one among them, of which a resolver would make a name, for addresses
    that are nobody's, and for names that no resolver takes."""
    if not host.strip("0123456789.") or ":" in host:
        with suppress(ValueError):
            address = ipaddress.ip_address(host)
            return not (address.is_unspecified or address.is_multicast or host == "255.255.255.255")
        return False
    try:
        return bool(host.encode("idna"))
    except UnicodeError:
        return False


def _option_problem(parts: SplitResult) -> Message | None:
    options = parse_qsl(parts.query, keep_blank_values=True)
    if options and is_device(parts, parts.path.rpartition("/")[2]):
        return Message("printer.line.no-options")
    for at, (key, value) in enumerate(options):
        if key in dict(options[:at]) or not _is_option(key, value):
            return Message("printer.line.option", option=f"{key}={value}")
        if (key, value) == ("bytesize", "7"):
            return Message("printer.line.seven-bits")
    return None


def _is_option(key: str, value: str) -> bool:
    match key:
        case "baudrate":
            return value.isascii() and value.isdecimal() and 0 < int(value) <= _BAUD_MOST
        case "rtscts" | "xonxoff":
            return value in _FLAGS
        case "stopbits":
            return value in _STOP_BITS
        case "parity":
            return value in _PARITIES
    return key == "bytesize" and value in ("7", "8")
