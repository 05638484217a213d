"""The switches of a virtual printer in another process: one line in, one line of JSON back."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from drivers.simulated.fault_script import Script
from drivers.simulated.printer import VirtualPrinter

_LINE_LIMIT = 4096


class ControlPort:
    """Listens on loopback for lines and works the printer's switches.

    "fault LINE" (a line of the fault script: "fault paper-out", "fault at byte 400: reset for 4 s"), "clear
    [FAULT]", "status", "tickets" (their texts), "ticket N", "help".
    Each answer is one line of JSON with "ok", and "error" if that is false.
    """

    def __init__(self, printer: VirtualPrinter, port: int = 0) -> None:
        self._printer = printer
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        self._stopping = False
        self._thread = threading.Thread(target=self._serve, name="virtual-printer-control", daemon=True)

    def __enter__(self) -> ControlPort:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stopping = True
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1.0):
            pass
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while not self._stopping:
            peer, _ = self._listener.accept()
            with peer, suppress(OSError):
                peer.settimeout(2.0)
                with peer.makefile("rw", encoding="utf-8", newline="\n") as lines:
                    while not self._stopping and (line := lines.readline(_LINE_LIMIT)):
                        lines.write(json.dumps(self._obey(line), ensure_ascii=False) + "\n")
                        lines.flush()

    def _obey(self, line: str) -> dict[str, object]:
        word, _, rest = line.strip().partition(" ")
        rest = rest.strip()
        tickets = self._printer.tickets
        match word:
            case "fault":
                try:
                    self._printer.set_fault(rest)
                except ValueError as exc:
                    return {"ok": False, "error": str(exc)}
                return {"ok": True}
            case "clear":
                self._printer.clear(rest or None)
                return {"ok": True}
            case "status":
                return {"ok": True, **self._printer.status()}
            case "tickets":
                return {"ok": True, "tickets": [ticket.text for ticket in tickets]}
            case "ticket" if rest.isdecimal() and 1 <= int(rest) <= len(tickets):
                return {"ok": True, "text": tickets[int(rest) - 1].text}
            case "help":
                return {"ok": True, "text": (ControlPort.__doc__ or "").strip()}
        return {"ok": False, "error": f"not understood: {line.strip()!r}; try help"}


def command(port: int, line: str, timeout_s: float = 5.0) -> dict[str, object]:
    """Send one line to a control port and return its answer; OSError if nobody is there."""
    with socket.create_connection(("127.0.0.1", port), timeout_s) as sock:
        sock.sendall(line.encode() + b"\n")
        with sock.makefile("r", encoding="utf-8") as lines:
            answer = json.loads(lines.readline())
    if not isinstance(answer, dict):
        raise OSError(f"port {port} is no control port of a virtual printer")
    return answer


def serve(
    *,
    stop: threading.Event,
    announce: Callable[[str], None],
    port: int | None = 0,
    pty_link: Path | None = None,
    directory: Path | None = None,
    control_port: int = 0,
    paper_mm: int = 80,
    roll_mm: float | None = None,
    script: Script | None = None,
) -> int:
    """Run a virtual printer until stop is set, and announce where it can be reached.

    The first line announced reads "printer URL control PORT"; the others are faults as they strike, and when
    they are over. Returns how many tickets it printed.
    """
    printer = VirtualPrinter(
        paper_mm=paper_mm,
        roll_mm=roll_mm,
        port=port,
        pty_link=pty_link,
        directory=directory,
        script=script,
        say=announce,
    )
    with printer, ControlPort(printer, control_port) as control:
        announce(f"printer {printer.url} control {control.port}")
        stop.wait()
        return len(printer.tickets)
