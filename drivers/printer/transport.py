"""Bytes to and from a printer over TCP, a serial line or a device file; no call waits without a limit."""

from __future__ import annotations

import errno
import fcntl
import os
import select
import socket
import stat
import struct
import termios
import threading
import time
from array import array
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

from drivers.message import Message, Param
from drivers.printer.address import PORT, address_problem, is_device

Reason = Literal["timeout", "offline", "refused", "settings"]

_READ_SIZE = 4096
# A TCP peer that vanished without a word is noticed after this time while bytes are in flight.
_DEAD_PEER_MS = 20_000
# One that takes nothing and says so is waited for while somebody changes the paper.
_FULL_PEER_MS = 300_000
# In the kernel's struct tcp_info: probes of a closed window without an answer, and segments without one.
_PROBES_AT, _UNACKED_AT, _TCP_INFO_SIZE = 3, 24, 104
_FEW_PROBES = 2
_SETTLE_S = 0.02
# More than the bytes before anything is printed: the end of what may have been broken off, and one question.
_FIRST_QUESTION = 16
# NULs make none of a command's numbers larger than it was to be; GS v 0, all that is known of it its first
# two bytes, has the most.
_REST = bytes(8)
_SERIAL = {"baudrate": 9600, "rtscts": 0, "xonxoff": 0, "bytesize": 8, "stopbits": 1}

_REASONS: dict[int, Reason] = {
    errno.ECONNREFUSED: "refused",
    errno.EBUSY: "refused",
    errno.EACCES: "refused",
    errno.EPERM: "refused",
    errno.EWOULDBLOCK: "refused",
}
# By the end of the message's id. Held: somebody else has the printer, or it is off.
_CAUSES = {
    errno.ECONNREFUSED: "held.network",
    errno.EBUSY: "held.device",
    errno.EWOULDBLOCK: "held.device",
    errno.ENOENT: "absent",
    errno.ENODEV: "absent",
    errno.ENXIO: "absent",
    errno.EACCES: "forbidden",
    errno.EPERM: "forbidden",
    errno.EHOSTUNREACH: "unreachable",
    errno.EHOSTDOWN: "unreachable",
    errno.ENETUNREACH: "unreachable",
    errno.ENETDOWN: "unreachable",
    errno.ECONNRESET: "broke",
    errno.ECONNABORTED: "broke",
    errno.EPIPE: "broke",
    errno.EIO: "broke",
    errno.ETIMEDOUT: "broke",
    errno.ENOTTY: "no-serial",
}


class TransportFailed(Exception):
    """The line to the printer failed; message says how.

    handed_over: bytes of this one write the operating system accepted before it failed; they may be on
    paper. reason: "timeout" (nothing moved in time, the line still stands), "offline" (gone), "refused"
    (busy, not allowed, nobody listens), "settings" (the address itself is wrong).
    """

    def __init__(
        self,
        id: str,  # noqa: A002 - of the message
        /,
        *,
        reason: Reason,
        handed_over: int = 0,
        **params: Param,
    ) -> None:
        self.message = Message(id, **params)
        super().__init__(str(self.message))
        self.reason: Reason = reason
        self.handed_over = handed_over


class Transport:
    """An open line to a printer. Made by open_transport; use it as a context manager or close() it."""

    def __init__(
        self,
        fd: int,
        name: str,
        close: Callable[[], None],
        *,
        device: bool = False,
        network: bool = False,
    ) -> None:
        self.name = name
        #: Other computers reach this printer too.
        self.network = network
        #: A command may have been broken off, of who had the line before or of a job on it: see ask().
        self.broken_off = True
        self._fd = fd
        self._close: Callable[[], None] | None = close
        self._device = device
        # What left on it and whether anything came.
        self._handed_over = 0
        self._answered = False

    def __enter__(self) -> Transport:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def write(self, data: bytes, timeout_s: float) -> int:
        """Hand all of data over and return its length, or raise TransportFailed with the true count.

        The count is what the operating system took: a time-out in the middle never hides bytes that a
        later moment will deliver all the same.
        """
        fd = self._open_fd()
        view = memoryview(data)
        done = 0
        until = time.monotonic() + timeout_s
        while done < len(view):
            try:
                taken = os.write(fd, view[done:])
                done, self._handed_over = done + taken, self._handed_over + taken
                continue
            except (BlockingIOError, InterruptedError):
                pass
            except OSError as exc:
                raise _translated(exc, self.name, done) from exc
            if not _wait(fd, select.POLLOUT, until):
                raise TransportFailed(
                    "printer.line.stuck",
                    reason="timeout",
                    handed_over=done,
                    name=self.name,
                    done=done,
                    all=len(view),
                    seconds=f"{timeout_s:g}",
                )
        return done

    def ask(self, request: bytes, timeout_s: float) -> None:
        """Hand a request over, and ahead of it what ends a command that was broken off inside its numbers.

        Else a printer takes the request for the size of a picture, and waits for megabytes of that. In idle
        it does nothing with it. Raises as write().
        """
        self.write(_REST + request if self.broken_off else request, timeout_s)
        self.broken_off = False

    def read(self, timeout_s: float) -> bytes:
        """Whatever has arrived, waiting at most timeout_s for the first byte; b"" on silence.

        TransportFailed (offline) when the other end is gone.
        """
        fd = self._open_fd()
        until = time.monotonic() + timeout_s
        while _wait(fd, select.POLLIN, until):
            try:
                data = os.read(fd, _READ_SIZE)
            except (BlockingIOError, InterruptedError):
                data = None
            except OSError as exc:
                raise _translated(exc, self.name, 0) from exc
            if data:
                self._answered = True
                return data
            # usblp answers a read with nothing at all when the printer has nothing to say.
            if data == b"" and not self._device:
                raise self._hung_up()
            # Such a device may call itself readable for ever, so the clock is asked here too.
            left = until - time.monotonic()
            if left <= 0:
                break
            time.sleep(min(0.05, left))
        return b""

    def _hung_up(self) -> TransportFailed:
        """Printers that serve one computer at a time may take the connection of a second, and close it."""
        if self.network and not self._answered and self._handed_over <= _FIRST_QUESTION:
            return TransportFailed("printer.line.os.held.network", reason="offline", name=self.name)
        return TransportFailed("printer.line.hung-up", reason="offline", name=self.name)

    def pending(self) -> int:
        """Bytes that the system and its driver still hold, as far as they tell; a device tells only whether.

        To close the line now would lose them. 0 for a line that is dead: nothing leaves on it any more.
        usblp calls a transfer written when it is submitted, cancels it at close, and polls writable when it
        is done. Over TCP what the other side's system took counts as gone; a pty tells nothing.
        """
        poller = select.poll()
        poller.register(self._open_fd(), select.POLLOUT)
        events = sum(event for _, event in poller.poll(0))
        if events & (select.POLLERR | select.POLLHUP | select.POLLNVAL):
            return 0
        if self._device:
            return 0 if events & select.POLLOUT else 1
        held = array("i", [0])
        # SIOCOUTQ, the same question to a socket, has the same number.
        with suppress(OSError):
            fcntl.ioctl(self._fd, termios.TIOCOUTQ, held)
            if held[0] and self.network:
                _bear_with_peer(self._fd)
        return held[0]

    def settle(self, timeout_s: float) -> bool:
        """Wait until nothing is pending; False if something still is."""
        until = time.monotonic() + timeout_s
        while self.pending():
            if time.monotonic() >= until:
                return False
            time.sleep(_SETTLE_S)
        return True

    def close(self) -> None:
        """Let go of the line, and of what is pending; harmless when repeated. A tty may take the kernel up to
        30 s to drain."""
        closing, self._close = self._close, None
        if closing is not None:
            with suppress(OSError):
                closing()

    def _open_fd(self) -> int:
        if self._close is None:
            raise TransportFailed("printer.line.closed", reason="offline", name=self.name)
        return self._fd


def open_transport(url: str, timeout_s: float = 3.0) -> Transport:
    """Open a line to a printer; TransportFailed says why not.

    url: "tcp://host:port" (9100 if no port is given); "/dev/usb/lp0", or any link to such a node, or
    "file:///dev/other" for another plain device; else a tty: "/dev/ttyUSB0?baudrate=19200&rtscts=1" or
    "serial:///dev/ttyUSB0?...". Serial options: baudrate (9600), rtscts, xonxoff (0 or 1), bytesize (8),
    parity (N), stopbits (1).
    """
    if problem := address_problem(url):
        failed = TransportFailed(problem.id, reason="settings")
        failed.message = problem
        raise failed
    parts = urlsplit(url)
    if parts.scheme == "tcp":
        return _open_tcp(url, str(parts.hostname), parts.port or PORT, timeout_s)
    # A udev name such as /dev/pos/printer stands for the node it points to.
    device = is_device(parts, Path(parts.path).resolve().name)
    return _open_device(parts.path) if device else _open_serial(parts.path, dict(parse_qsl(parts.query)))


def _wait(fd: int, event: int, until: float) -> bool:
    poller = select.poll()
    poller.register(fd, event)
    # Trouble on the line (hang-up, error) wakes the poll too; the read or write that follows names it.
    return bool(poller.poll(max(0, round((until - time.monotonic()) * 1000))))


def _bear_with_peer(fd: int) -> None:
    """Give a peer that takes nothing and says so more time than one that is gone.

    TCP_USER_TIMEOUT ends the line of one that answers the probes of its closed window just as that of one
    that is gone; a printer without paper, whose buffer is full, is there.
    """
    with socket.socket(fileno=os.dup(fd)) as sock:
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_SIZE)
        (unacked,) = struct.unpack_from("=I", info, _UNACKED_AT)
        there = unacked == 0 and info[_PROBES_AT] <= _FEW_PROBES
        patience_ms = _FULL_PEER_MS if there else _DEAD_PEER_MS
        if sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) != patience_ms:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, patience_ms)


def _translated(exc: OSError, name: str, handed_over: int) -> TransportFailed:
    number = exc.errno or 0
    reason = _REASONS.get(number, "offline")
    # Printers that serve one computer at a time may take the connection of a second, and drop it.
    dropped = number == errno.ECONNRESET and handed_over == 0 and name.startswith("tcp:")
    if cause := "held.network" if dropped else _CAUSES.get(number):
        return TransportFailed(f"printer.line.os.{cause}", reason=reason, handed_over=handed_over, name=name)
    if not number:  # pyserial's own: the line opened, and did not take its settings
        return TransportFailed("printer.line.os.no-serial", reason="settings", name=name)
    error = errno.errorcode.get(number, str(number))
    return TransportFailed(
        "printer.line.error", reason=reason, handed_over=handed_over, name=name, error=error
    )


def _open_tcp(url: str, host: str, port: int, timeout_s: float) -> Transport:
    address = _resolved(host, timeout_s)
    try:
        sock = socket.create_connection((address, port), timeout_s)
    except TimeoutError as exc:
        seconds = f"{timeout_s:g}"
        raise TransportFailed(
            "printer.line.no-connection", reason="timeout", url=url, seconds=seconds
        ) from exc
    except OSError as exc:
        raise _translated(exc, url, 0) from exc
    sock.settimeout(0)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _DEAD_PEER_MS)
    return Transport(sock.fileno(), url, sock.close, network=True)


def _resolved(host: str, timeout_s: float) -> str:
    """The address of host. The resolver has no time-out of its own, so a thread asks it."""
    import ipaddress

    with suppress(ValueError):
        return str(ipaddress.ip_address(host))
    found: list[str] = []

    def ask() -> None:
        with suppress(OSError, UnicodeError):
            entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            found.extend(str(entry[4][0]) for entry in entries)

    asking = threading.Thread(target=ask, name="printer-resolve", daemon=True)
    asking.start()
    asking.join(timeout_s)
    if not found:
        raise TransportFailed("printer.line.unknown-host", reason="offline", host=repr(host))
    return found[0]


def _open_device(path: str) -> Transport:
    try:
        fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError as exc:
        raise _translated(exc, path, 0) from exc
    if not stat.S_ISCHR(os.fstat(fd).st_mode):
        os.close(fd)
        raise TransportFailed("printer.line.no-device", reason="settings", path=path)
    return Transport(fd, path, lambda: os.close(fd), device=True)


def _open_serial(path: str, options: dict[str, str]) -> Transport:
    import serial

    numbers = {key: int(options.get(key, value)) for key, value in _SERIAL.items()}
    try:
        port = serial.Serial(
            path,
            baudrate=numbers["baudrate"],
            rtscts=bool(numbers["rtscts"]),
            xonxoff=bool(numbers["xonxoff"]),
            bytesize=numbers["bytesize"],
            stopbits=numbers["stopbits"],
            parity=options.get("parity", "N"),
            timeout=0,
            write_timeout=0,
            exclusive=True,
        )
    except (ValueError, termios.error) as exc:
        # A number no serial line has; the path of something else has it too.
        raise TransportFailed("printer.line.os.no-serial", reason="settings", name=path) from exc
    except OSError as exc:
        raise _translated(exc, path, 0) from exc
    return Transport(port.fileno(), path, port.close)
