"""Late answers to older questions: no silence is waited out for them, and none of them is taken for news."""

from __future__ import annotations

import re
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from drivers.printer.job import JobOutcome, print_job
from drivers.printer.session import query_status
from drivers.printer.ticket import build
from drivers.printer.transport import Transport, open_transport
from tests.drivers.printer.printer_rig import EPSON, once_sending, opened, plain, wired

_ASKED = re.compile(rb"\x10\x04([\x01-\x04])|\x1d\(H\x06\x0000(.{4})", re.DOTALL)
SPEEDS = pytest.mark.parametrize("slow_s", [0.0, 0.01], ids=["in-one-read", "one-behind-the-other"])
WIRES = pytest.mark.parametrize("wire", ["tcp", "pty"])


def looked_and_printed(line: Transport, data: bytes) -> JobOutcome:
    """A job as the till prints it: a quick look, and its mark behind."""
    status = query_status(line, profile=EPSON, marks_follow=True)
    if not status.ready:
        return JobOutcome("held" if status.known else "failed", 0, status.message, status)
    return print_job(line, data, "0002", EPSON, 6.0, looked=status)


class Shifted:
    """A printer on TCP that once sends one answer too many, ahead of the first of its four, which come as
    slowly as it is told."""

    def __init__(self, stray: bytes, statuses: bytes, *, slow_s: float, always: bool = False) -> None:
        self.stray, self.statuses, self.slow_s, self.always = stray, statuses, slow_s, always
        self.got = b""
        self.server = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.serve)

    def __enter__(self) -> Shifted:
        self.thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.thread.join()
        self.server.close()

    @property
    def url(self) -> str:
        return f"tcp://127.0.0.1:{self.server.getsockname()[1]}"

    def serve(self) -> None:
        peer, _ = self.server.accept()
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        paper = self.statuses[3] & 0x60 == 0
        with peer, suppress(ConnectionError):
            while data := peer.recv(4096):
                self.got += data
                for asked in _ASKED.finditer(data):
                    if asked[1] == b"\x01":
                        peer.sendall(self.stray)
                        self.stray = self.stray if self.always else b""
                    time.sleep(self.slow_s)
                    if asked[1]:
                        peer.sendall(self.statuses[asked[1][0] - 1 :][:1])
                    elif paper:
                        peer.sendall(b"\x37\x22" + asked[2] + b"\x00")


@WIRES
def test_what_was_left_on_the_line_is_drained_before_a_job(wire: str, tmp_path: Path) -> None:
    """Automatic status left on, an echo with the very id of the job, an answer nobody waited for."""
    with wired(wire, tmp_path) as printer, opened(printer) as line:
        line.write(b"\x1da\xff" + b"\x1d(H\x06\x00000002" * 2, 1.0)
        assert line.read(1.0)
        line.write(b"\x1d(H\x06\x00000002\x1dr\x01\x10\x04\x04", 1.0)
        status = query_status(line, profile=EPSON, marks_follow=True)
        outcome = print_job(
            line,
            build(plain("x"), EPSON),
            "0002",
            EPSON,
            8.0,
            looked=status,
            on_progress=once_sending(printer.clear),
        )
        assert outcome.state == "confirmed"
        assert len(printer.tickets) == 1


@SPEEDS
def test_a_late_answer_does_not_hide_that_the_paper_is_out(slow_s: float) -> None:
    """Shifted by one, the four answers read as ready; the fourth true one comes behind them."""
    with (
        Shifted(b"\x12", b"\x12\x12\x12\x72", slow_s=slow_s) as printer,
        open_transport(printer.url) as line,
    ):
        outcome = looked_and_printed(line, b"ticket\n")
        line.close()
    assert (outcome.state, outcome.handed_over, outcome.status.paper) == ("held", 0, "out")
    assert b"ticket" not in printer.got


@SPEEDS
@pytest.mark.parametrize("first", [b"\x12", b"\x16"])
def test_one_late_answer_delays_a_ticket_and_no_more(slow_s: float, first: bytes) -> None:
    """Nor does it make a printer seem in trouble: 16 in the place of another reads as an open cover."""
    with (
        Shifted(b"\x12", first + b"\x12\x12\x12", slow_s=slow_s) as printer,
        open_transport(printer.url) as line,
    ):
        outcome = looked_and_printed(line, b"ticket\n")
        line.close()
    assert outcome.state == "confirmed"


@SPEEDS
def test_a_printer_that_always_says_too_much_gets_nothing(slow_s: float) -> None:
    with (
        Shifted(b"\x12", b"\x12\x12\x12\x12", slow_s=slow_s, always=True) as printer,
        open_transport(printer.url) as line,
    ):
        outcome = looked_and_printed(line, b"ticket\n")
        line.close()
    assert (outcome.state, outcome.handed_over) == ("failed", 0)
    assert b"ticket" not in printer.got
