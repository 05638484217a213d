"""Talking to systemd: ready, still working, stopping. Silent where systemd is not; no till ends for it."""

from __future__ import annotations

import logging
import os
import socket

log = logging.getLogger("agent.daemon")

_PATIENCE_S = 1.0
"""A systemd that is busy takes a moment; whoever tells it something has a till to run."""


def notify(message: str) -> None:
    """Send one state to systemd (sd_notify's protocol), if it asked for any."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    target = "\0" + address[1:] if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            channel.settimeout(_PATIENCE_S)
            channel.connect(target)
            channel.sendall(message.encode())
    except (OSError, ValueError) as error:
        log.warning("systemd cannot be told %r: %s", message, error)


def watchdog_interval_s() -> float:
    """How often systemd wants to hear WATCHDOG=1: half of what it set, or 0 when it does not watch."""
    told = os.environ.get("WATCHDOG_USEC", "")
    return int(told) / 2_000_000 if told.isdecimal() else 0.0
