"""What systemd hears of a process under its watchdog."""

from __future__ import annotations

import socket
import time


class Heard:
    """The receiving end of sd_notify's socket."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._line.settimeout(30)

    def until(self, words: str) -> None:
        """Wait for a message that has these words, whatever else is said meanwhile."""
        deadline = time.monotonic() + 30
        while words not in (said := self._line.recv(4096).decode()):
            assert time.monotonic() < deadline, f"{words!r} is not said, but {said!r}"
