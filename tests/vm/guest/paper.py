"""Runs in the guest: the simulated printer behind a real USB printer, its tickets laid out of the guest.

paper.py printer|clone. Its switches (drivers.simulated.printer_control) are at its port. Each ticket is a
line of JSON on the second serial port, which QEMU writes to a file: what is on paper stays when the guest's
power is cut. A printer without power (power-loss) or cable (unplug) is gone from the bus.
"""

import contextlib
import fcntl
import json
import os
import select
import socket
import sys
import termios
import time
import tty

import usb

from drivers.simulated.printer import VirtualPrinter
from drivers.simulated.printer_control import ControlPort

NODES = {"printer": "/dev/g_printer0", "clone": "/dev/g_printer1"}
PORTS = {"printer": 9100, "clone": 9101}
BUFFER = 4096
PACKET = 512
TICK_S = 0.2
BUSY_MS = 50
OFF = {"power-loss", "unplug"}

# GADGET_SET_PRINTER_STATUS and its bits, of linux/usb/g_printer.h: what usblp tells by LPGETSTATUS.
SET_STATUS = 0xC0016722
FINE, NO_PAPER = 0x18, 0x38
NO_PAPER_BITS = 0x60


class Device:
    """A printer on its gadget's node. Bytes are fetched from the wire only as the firmware takes them."""

    def __init__(self, printer: VirtualPrinter, node: str) -> None:
        self._printer = printer
        self._line = socket.create_connection(("127.0.0.1", printer.port))
        self._line.setblocking(False)
        try:
            self._fd = os.open(node, os.O_RDWR | os.O_NONBLOCK)
        except OSError:
            self._line.close()
            raise
        self._answers = bytearray()
        self._given = 0
        self._before = printer.status()["bytes"]
        self._told = FINE

    def close(self) -> None:
        """Let go of the node; the gadget stays where it is."""
        self._line.close()
        os.close(self._fd)

    def forget(self) -> None:
        """What came and was not taken is lost with the power."""
        with contextlib.suppress(OSError):
            while os.read(self._fd, BUFFER):
                pass

    def turn(self) -> None:
        """Move what can be moved. OSError when the cable is out or the printer has no power."""
        status = self._printer.status()
        takes = self._given == status["bytes"] - self._before
        self._tell(NO_PAPER if int(status["real_time"].split()[3], 16) & NO_PAPER_BITS else FINE)
        poll = select.poll()
        poll.register(self._line, select.POLLIN)
        poll.register(self._fd, (select.POLLIN if takes else 0) | (select.POLLOUT if self._answers else 0))
        ready = dict(poll.poll(TICK_S * 1000 if takes else BUSY_MS))
        if ready.get(self._line.fileno()):
            answer = self._line.recv(BUFFER)
            if not answer:
                raise ConnectionResetError
            self._answers += answer
        events = ready.get(self._fd, 0)
        if events & (select.POLLERR | select.POLLHUP):
            raise OSError("the cable is out")
        if events & select.POLLIN:
            data = os.read(self._fd, PACKET)
            self._line.sendall(data)
            self._given += len(data)
        if events & select.POLLOUT:
            del self._answers[: os.write(self._fd, self._answers)]

    def _tell(self, status: int) -> None:
        """As the printer's port status, by the kernel's own way of asking."""
        if status != self._told:
            fcntl.ioctl(self._fd, SET_STATUS, bytes((status,)))
            self._told = status


def main(name: str) -> None:
    """Print until killed."""
    outside = os.open("/dev/ttyS1", os.O_WRONLY | os.O_NOCTTY)
    tty.setraw(outside, termios.TCSANOW)
    laid = 0
    with VirtualPrinter(receive_buffer=BUFFER) as printer, ControlPort(printer, PORTS[name]):
        if name == "clone":
            printer.set_fault("silent")
        while True:
            device = None
            with contextlib.suppress(OSError):
                device = Device(printer, NODES[name])
                while True:
                    with contextlib.suppress(BlockingIOError):
                        device.turn()
                    for ticket in printer.tickets[laid:]:
                        laid += 1
                        os.write(outside, json.dumps({"printer": name, "text": ticket.text}).encode() + b"\n")
            if off := OFF & set(printer.status()["faults"]):
                usb.main("pull", name)
            if device:
                if "power-loss" in off:
                    device.forget()
                device.close()
            while OFF & set(printer.status()["faults"]):
                time.sleep(TICK_S)
            if off:
                usb.main("insert", name)
            time.sleep(TICK_S)


if __name__ == "__main__":
    main(sys.argv[1])
