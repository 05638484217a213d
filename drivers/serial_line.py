"""A serial port that is open: read with patience, written, and every failure of it is DeviceGone."""

from __future__ import annotations

import contextlib
import termios
import time
from typing import Any

from drivers.reconnect import DeviceGone

POLL_S = 0.1
_WRITE_S = 1.0


def open_line(
    url: str,
    title: str,
    *,
    baudrate: int,
    bytesize: int,
    parity: str,
    stopbits: float,
    checked: bool = False,
) -> SerialLine:
    """Open a path or pyserial URL. parity: N, E, O, M or S. title: what people call the device. checked: a
    byte whose parity is wrong arrives as NUL, where pyserial would let it through as it came. Raises
    DeviceGone. The lock (flock) keeps out only programs that ask for it too."""
    import serial

    try:
        port = serial.serial_for_url(
            url,
            baudrate=baudrate,
            bytesize=bytesize,
            parity=parity,
            stopbits=stopbits,
            timeout=POLL_S,
            write_timeout=_WRITE_S,
            exclusive=True,
        )
    except (OSError, ValueError, termios.error) as error:
        raise DeviceGone.because(title, error) from error
    if checked and parity != "N":
        _check_parity(port)
    return SerialLine(port, title)


def _check_parity(port: Any) -> None:
    # What is no terminal (a socket) has no parity either. Another time-out would set the port anew, without
    # it.
    with contextlib.suppress(OSError, AttributeError, termios.error):
        flags = termios.tcgetattr(port.fileno())
        flags[0] = (flags[0] | termios.INPCK) & ~(termios.IGNPAR | termios.PARMRK)
        termios.tcsetattr(port.fileno(), termios.TCSANOW, flags)


class SerialLine:
    """An open port whose every failure is DeviceGone.

    `at` is the time up to which silence on the line is proven. A stalled thread finds bytes that have waited;
    they leave `at` where it was, since when they came is unknown and must not look like a gap.
    """

    def __init__(self, port: Any, title: str) -> None:
        self._port = port
        self._title = title
        self.at = time.monotonic()

    def read(self, timeout_s: float) -> bytes:
        """The bytes at hand; one at least, unless the time-out passed."""
        asked = time.monotonic()
        try:
            waiting = self._port.in_waiting
            if not waiting and self._port.timeout != timeout_s:
                self._port.timeout = timeout_s
            data = bytes(self._port.read(waiting or 1))
            if data and not waiting and (more := self._port.in_waiting):
                data += bytes(self._port.read(more))
        except (OSError, termios.error) as error:
            raise DeviceGone("device.gone.absent", name=self._title) from error
        if not waiting:
            self.at = min(time.monotonic(), asked + timeout_s)
        return data

    def drain(self) -> None:
        """Throw away what has come and was not read."""
        try:
            while waiting := self._port.in_waiting:
                self._port.read(waiting)
        except (OSError, termios.error) as error:
            raise DeviceGone("device.gone.absent", name=self._title) from error

    def write(self, data: bytes) -> None:
        """Send bytes to the device."""
        try:
            self._port.write(data)
        except (OSError, termios.error) as error:
            raise DeviceGone("device.gone.absent", name=self._title) from error

    def close(self) -> None:
        """Give the port back; a port whose device is gone may refuse, and nothing is left to lose then."""
        # With a peer that hung up first, pyserial's socket:// leaves its socket to the garbage collector.
        sock = getattr(self._port, "_socket", None)
        with contextlib.suppress(OSError):
            self._port.close()
        if sock:
            sock.close()
