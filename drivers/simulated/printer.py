"""A virtual ESC/POS printer on real wires: a TCP port, a pty, or both."""

from __future__ import annotations

import os
import select
import selectors
import socket
import struct
import threading
import time
import tty
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from drivers.simulated.fault_script import Script
from drivers.simulated.faults import Faults
from drivers.simulated.printer_firmware import Firmware
from drivers.simulated.printer_head import PrintHead
from drivers.simulated.printer_paper import PrintedTicket

_DOTS = {80: 576, 58: 384}
_READ_SIZE = 4096
# A cashier tears off what hangs out once the printer has been quiet for this long.
_TEAR_AFTER_S = 0.3


class VirtualPrinter:
    """A printer to plug in: start() it, connect to url or pty, read tickets.

    paper_mm: 80 (576 dots) or 58 (384). cutter: default for 80 mm only; without one a ticket ends where the
    job does. roll_mm: length of a roll, None for one without end. port: 0 takes a free one, None means no
    TCP. pty_link: path of a symlink that will lead to the pty. directory: where ticket-0001.txt and .png go.
    Like most network printers it serves one TCP connection at a time; others wait, or are refused while its
    fault one-connection is on. serial_number: as it says it. script: what goes wrong with it, and when; say
    is told as it does.
    """

    def __init__(
        self,
        *,
        paper_mm: int = 80,
        cutter: bool | None = None,
        roll_mm: float | None = None,
        host: str = "127.0.0.1",
        port: int | None = 0,
        pty_link: Path | None = None,
        directory: Path | None = None,
        receive_buffer: int = 65536,
        serial_number: str = "0001",
        script: Script | None = None,
        say: Callable[[str], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if paper_mm not in _DOTS:
            raise ValueError(f"paper is 80 or 58 mm wide, not {paper_mm}")
        self.directory = directory
        self._firmware = Firmware(
            PrintHead(_DOTS[paper_mm], paper_mm, roll_mm),
            answer=self._answer,
            clock=clock,
            receive_buffer=receive_buffer,
            tear=not (paper_mm == 80 if cutter is None else cutter),
            faults=Faults("printer", script, clock=clock, say=say),
            cut=self._cut,
            serial_number=serial_number,
        )
        self._clock = clock
        self._host, self._port = host, port
        self._pty_link = pty_link
        self._lock = threading.Condition()
        self._saved = 0
        self._listener: socket.socket | None = None
        self._reserved: socket.socket | None = None
        self._peer: socket.socket | None = None
        self._pty: tuple[int, int] | None = None
        self._outbox = bytearray()
        self._last_link = "tcp"
        self._quiet_since = clock()
        self._wake_read, self._wake_write = socket.socketpair()
        self._stopping = False
        self._thread = threading.Thread(target=self._serve, name="virtual-printer", daemon=True)

    # For its user -----------------------------------------------------------------------------------

    def start(self) -> VirtualPrinter:
        """Open the wires and begin to serve."""
        if self.directory is not None:
            self.directory.mkdir(parents=True, exist_ok=True)
        with self._lock:
            self._plug_in()
        self._thread.start()
        return self

    def stop(self) -> None:
        """Unplug everything and end the thread."""
        with self._lock:
            self._stopping = True
        self._wake()
        if self._thread.is_alive():
            self._thread.join()
        with self._lock:
            self._unplug()
            if self._reserved is not None:
                self._reserved.close()
        self._wake_read.close()
        self._wake_write.close()

    def __enter__(self) -> VirtualPrinter:
        return self.start()

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The TCP port it listens on."""
        if self._port is None:
            raise ValueError("this virtual printer has no TCP port")
        return self._port

    @property
    def url(self) -> str:
        """The address for a driver: the TCP port, or the pty if there is none."""
        return str(self._pty_link) if self._port is None else f"tcp://{self._host}:{self._port}"

    @property
    def tickets(self) -> list[PrintedTicket]:
        """Every ticket cut so far."""
        with self._lock:
            return list(self._firmware.tickets)

    def wait_for_tickets(self, count: int, timeout_s: float = 10.0) -> list[PrintedTicket]:
        """The tickets as soon as there are count of them; TimeoutError if they do not come."""
        with self._lock:
            if not self._lock.wait_for(lambda: len(self._firmware.tickets) >= count, timeout_s):
                raise TimeoutError(f"{len(self._firmware.tickets)} of {count} tickets in {timeout_s:g} s")
            return list(self._firmware.tickets)

    def set_fault(self, fault: str) -> None:
        """A line of the fault script, from now on. ValueError for one that is none of a printer's."""
        with self._lock:
            self._firmware.faults.add(fault)
            self._keep_tickets()
        self._wake()

    def clear(self, name: str | None = None) -> None:
        """Repair one fault, or all; what was held is printed. All, paper-out, near-end: a new roll."""
        with self._lock:
            self._firmware.clear(name)
            self._plug_in()
            self._keep_tickets()
        self._wake()

    def status(self) -> dict[str, Any]:
        """Faults, counts, drawer kicks and complaints as plain data."""
        with self._lock:
            firmware = self._firmware
            return {
                "faults": firmware.faults.now,
                "struck": list(firmware.faults.struck),
                "halted": firmware.halted,
                "held_bytes": firmware.held_bytes,
                "real_time": bytes(firmware.status_byte(n) for n in (1, 2, 3, 4)).hex(" "),
                "auto_status": firmware.auto_mask,
                **asdict(firmware.counts),
                "kicks": [asdict(kick) for kick in firmware.kicks],
                "complaints": list(firmware.complaints),
            }

    # The wires --------------------------------------------------------------------------------------

    def _plug_in(self) -> None:
        """Open what is not open, as far as the printer has cable and power and takes another connection."""
        if self._firmware.off or not self._firmware.plugged:
            return
        refuses = self._peer is not None and "one-connection" in self._firmware.faults
        if self._port is not None and self._listener is None and not refuses:
            if self._port == 0:
                self._reserve()
            self._listener = socket.create_server(
                (self._host, self._port), backlog=8, reuse_port=self._reserved is not None
            )
            self._listener.settimeout(0)
        if self._pty_link is not None and self._pty is None:
            leader, follower = os.openpty()
            tty.setraw(follower)
            os.set_blocking(leader, False)
            self._pty = (leader, follower)
            fresh = self._pty_link.with_name(self._pty_link.name + ".new")
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(os.ttyname(follower))
            fresh.replace(self._pty_link)

    def _reserve(self) -> None:
        """Choose a free port, and keep it while nobody listens there: connections are refused meanwhile."""
        self._reserved = socket.socket()
        self._reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._reserved.bind((self._host, 0))
        self._port = self._reserved.getsockname()[1]

    def _cut(self, gone: bool) -> None:  # noqa: FBT001 - the firmware's word for it
        self._outbox.clear()
        if gone:
            self._unplug()

    def _unplug(self) -> None:
        # The door first: whoever is hung up on and calls again at once is not to be let in by it.
        self._deafen()
        self._hang_up()
        self._unplug_pty()

    def _deafen(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def _unplug_pty(self) -> None:
        if self._pty is not None and self._pty_link is not None:
            for fd in self._pty:
                os.close(fd)
            self._pty = None
            self._pty_link.unlink(missing_ok=True)
        self._outbox.clear()

    def _hang_up(self) -> None:
        """Drop the connection the hard way, as a pulled plug would look to the other side."""
        if self._peer is not None:
            with suppress(OSError):
                self._peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._peer.close()
            self._peer = None
        self._outbox.clear()

    def _answer(self, data: bytes) -> None:
        self._outbox += data

    def _wake(self) -> None:
        with suppress(OSError):
            self._wake_write.send(b"!")

    def _serve(self) -> None:
        while True:
            with selectors.DefaultSelector() as selector:
                with self._lock:
                    if self._stopping:
                        return
                    wait_s = self._due()
                    self._flush()
                    # Under the lock: whoever pulls a cable closes these.
                    for what, (fd, events) in self._watched().items():
                        selector.register(fd, events, what)
                ready = [key.data for key, events in selector.select(wait_s) if events & selectors.EVENT_READ]
            with self._lock:
                self._handle(ready)
                self._keep_tickets()

    def _due(self) -> float | None:
        """Do what the time asks for; seconds until it asks again."""
        waits = [self._firmware.tick()]
        self._plug_in()
        if self._firmware.tear and not self._firmware.head.blank and not self._firmware.halted:
            left = self._quiet_since + _TEAR_AFTER_S - self._clock()
            if left <= 0:
                self._firmware.tear_off()
                self._keep_tickets()
            else:
                waits.append(left)
        return min((wait for wait in waits if wait is not None), default=None)

    def _watched(self) -> dict[str, tuple[int, int]]:
        watched = {"wake": (self._wake_read.fileno(), selectors.EVENT_READ)}
        drops = "drops-others" in self._firmware.faults
        if self._listener is not None and (self._peer is None or drops):
            watched["listener"] = (self._listener.fileno(), selectors.EVENT_READ)
        reading = selectors.EVENT_READ if self._firmware.room() > 0 else 0
        writing = selectors.EVENT_WRITE if self._outbox else 0
        wires = {
            "tcp": self._peer.fileno() if self._peer else None,
            "pty": self._pty[0] if self._pty else None,
        }
        for link, fd in wires.items():
            events = reading | (writing if link == self._last_link else 0)
            if fd is not None and events:
                watched[link] = (fd, events)
        return watched

    def _handle(self, ready: list[str]) -> None:
        if "wake" in ready:
            self._wake_read.recv(_READ_SIZE)
        if "listener" in ready and self._listener is not None and self._peer is not None:
            with suppress(BlockingIOError):
                self._listener.accept()[0].close()
        elif "listener" in ready and self._listener is not None:
            with suppress(BlockingIOError):
                self._peer, _ = self._listener.accept()
                self._peer.settimeout(0)
                if "one-connection" in self._firmware.faults:
                    self._deafen()
        for link in ("tcp", "pty"):
            if link in ready:
                self._take(link)
        self._flush()

    def _left_alone(self) -> bool:
        """Whether the other side of the connection has closed it, whatever is still to be read."""
        poller = select.poll()
        poller.register(self._peer.fileno() if self._peer else self._wake_read, select.POLLRDHUP)
        return self._peer is not None and bool(poller.poll(0))

    def _take(self, link: str) -> None:
        room = min(_READ_SIZE, self._firmware.room())
        data = self._receive(link, room) if room else None
        if data is None:
            return
        self._last_link = link
        self._quiet_since = self._clock()
        self._firmware.receive(data)

    def _receive(self, link: str, room: int) -> bytes | None:
        """Bytes from a wire, None if nothing came or the other side has gone."""
        if link == "tcp" and "loses-at-close" in self._firmware.faults and self._left_alone():
            self._hang_up()
            return None
        try:
            if link == "pty":
                return os.read(self._pty[0], room) if self._pty else None
            data = self._peer.recv(room) if self._peer else b""
        except BlockingIOError:
            return None
        except OSError:
            data = b""
        if link == "tcp" and not data:
            self._hang_up()
            if self._firmware.tear and not self._firmware.halted:
                self._firmware.tear_off()
        return data or None

    def _flush(self) -> None:
        if not self._outbox:
            return
        try:
            if self._last_link == "pty" and self._pty is not None:
                sent = os.write(self._pty[0], self._outbox)
            elif self._peer is not None:
                sent = self._peer.send(self._outbox)
            else:
                sent = len(self._outbox)
        except BlockingIOError:
            sent = 0
        except OSError:
            sent = len(self._outbox)
        del self._outbox[:sent]

    def _keep_tickets(self) -> None:
        fresh = self._firmware.tickets[self._saved :]
        if not fresh:
            return
        self._saved += len(fresh)
        if self.directory is not None:
            for ticket in fresh:
                stem = self.directory / f"ticket-{ticket.number:04d}"
                stem.with_suffix(".png").write_bytes(ticket.png)
                stem.with_suffix(".txt").write_text(ticket.text, encoding="utf-8")
        self._lock.notify_all()
