"""The quickest printer there could be: a process that answers at once and draws nothing.

python -m tests.bench.quick_printer PTY_LINK says its TCP port on stdout, serves that port and the pty,
answers what it is asked at once, and says for each ticket when its first byte (ESC @) came, on the clock of
time.perf_counter. It ends when nobody holds stdin open.
"""

from __future__ import annotations

import os
import re
import selectors
import socket
import subprocess
import sys
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_ASKED = re.compile(
    rb"\x10\x04(?P<status>[\x01-\x04])|\x1d\(H\x06\x0000(?P<mark>.{4})|(?P<paper>\x1dr[\x011])"
    # receiptio asks for automatic status before its ticket, which begins with a font; the till asks for it,
    # and how the printer is, behind an ESC @ that no ticket follows.
    rb"|(?P<automatic>\x1da\xff)|(?P<first>\x1b@(?=.{3})(?!\x1da\xff|\x10\x04)|\x1bM0\x1c\(A)",
    re.DOTALL,
)
_LONGEST = 10


class QuickPrinter:
    """The printer as its user sees it."""

    def __init__(self, said: IO[bytes], pty: Path) -> None:
        self._said = said
        self.tcp = f"tcp://127.0.0.1:{int(said.readline())}"
        self.pty = str(pty)

    def first_byte(self) -> float:
        """When the next ticket began."""
        return float(self._said.readline())


@contextmanager
def quick_printer(place: Path) -> Iterator[QuickPrinter]:
    """The printer in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.quick_printer", str(place)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        try:
            yield QuickPrinter(process.stdout, place)
        finally:
            process.stdin.close()


def _answers(kept: bytes, now: float) -> tuple[bytes, bytes]:
    """What is said to kept, and what of it may still be the head of a request."""
    said, end = b"", 0
    for found in _ASKED.finditer(kept):
        end = found.end()
        if found["status"]:
            said += b"\x16" if found["status"] == b"\x01" else b"\x12"
        elif found["mark"]:
            said += b"\x37\x22" + found["mark"] + b"\x00"
        elif found["paper"]:
            said += b"\x00"
        elif found["automatic"]:
            said += b"\x10\x00\x00\x00"
        else:
            sys.stdout.write(f"{now}\n")
    return said, kept[max(end, len(kept) - _LONGEST) :]


def main() -> None:
    """Serve until nobody holds stdin open."""
    leader, follower = os.openpty()
    tty.setraw(follower)
    Path(sys.argv[1]).symlink_to(os.ttyname(follower))
    server = socket.create_server(("127.0.0.1", 0))
    sys.stdout.write(f"{server.getsockname()[1]}\n")
    sys.stdout.flush()
    kept: dict[int, bytes] = {}
    peers: dict[int, socket.socket] = {}
    with selectors.DefaultSelector() as selector:
        for fd in (server.fileno(), leader, 0):
            selector.register(fd, selectors.EVENT_READ)
        while True:
            ready = [key.fd for key, _ in selector.select()]
            now = time.perf_counter()
            for fd in ready:
                if fd == 0:
                    return
                if fd == server.fileno():
                    peer, _ = server.accept()
                    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    peers[peer.fileno()] = peer
                    selector.register(peer.fileno(), selectors.EVENT_READ)
                    continue
                data = os.read(fd, 65536)
                if not data:
                    selector.unregister(fd)
                    peers.pop(fd).close()
                    kept.pop(fd, None)
                    continue
                said, kept[fd] = _answers(kept.get(fd, b"") + data, now)
                if said:
                    os.write(fd, said)
            sys.stdout.flush()


if __name__ == "__main__":
    main()
