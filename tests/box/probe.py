"""Runs inside the unit's sandbox, with the box's bare Python, and tells as JSON what it can and cannot do."""

import ctypes
import errno
import json
import mmap
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def outcome(attempt: Callable[[], Any]) -> str:
    """Gives ok, or the name of the error."""
    try:
        attempt()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))
    return "ok"


def opened(path: Path) -> None:
    """Open and close a device."""
    os.close(os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK))


def written(directory: str) -> None:
    """Write a file and take it away."""
    file = Path(directory) / "probe"
    file.write_text("probe")
    file.unlink()


def executable_and_writable() -> None:
    """What an attacker needs in order to run code of his own."""
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()


def new_namespace() -> None:
    """The first step of most escapes."""
    if ctypes.CDLL(None, use_errno=True).unshare(0x10000000):
        raise OSError(ctypes.get_errno(), "unshare")


findings = {
    "devices": {node.name: outcome(lambda node=node: opened(node)) for node in Path("/dev/probe").iterdir()},
    "write": {place: outcome(lambda place=place: written(place)) for place in sys.argv[1:]},
    "read /root": outcome(lambda: list(Path("/root").iterdir())),
    "write and execute": outcome(executable_and_writable),
    "raw packets": outcome(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()),
    "user namespace": outcome(new_namespace),
    "priority": outcome(lambda: os.setpriority(os.PRIO_PROCESS, 0, 1)),
    "see PID 1": outcome(lambda: Path("/proc/1").stat()),
}
sys.stdout.write(json.dumps(findings))
