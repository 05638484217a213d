"""Talking to systemd: ready, still working, stopping. Silent where systemd is not."""

from __future__ import annotations

import os
import socket


def notify(message: str) -> None:
    """Send one state to systemd (sd_notify's protocol), if it asked for any."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    target = "\0" + address[1:] if address.startswith("@") else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        channel.connect(target)
        channel.sendall(message.encode())


def watchdog_interval_s() -> float:
    """How often systemd wants to hear WATCHDOG=1: half of what it set, or 0 when it does not watch."""
    return int(os.environ.get("WATCHDOG_USEC", "0")) / 2_000_000
