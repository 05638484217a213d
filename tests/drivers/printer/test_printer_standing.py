"""A printer that stands still before the job's first mark, or takes nothing for a long time."""

from __future__ import annotations

import socket
import time

import pytest

from drivers.printer.job import print_job
from drivers.printer.profile import PrinterProfile, profile_named
from drivers.printer.session import query_status
from drivers.printer.ticket import build
from drivers.printer.transport import Transport
from drivers.simulated.printer import VirtualPrinter
from tests.drivers.printer.printer_rig import EPSON, opened, plain, printed
from tests.drivers.printer.test_printer_learning import GS_R


@pytest.mark.parametrize("profile", [EPSON, GS_R], ids=["process-id", "gs-r"])
@pytest.mark.parametrize("fault", ["cover-open", "paper-out", "cutter-error", "offline"])
def test_what_stops_between_the_look_and_the_first_mark_gets_no_ticket(
    profile: PrinterProfile, fault: str
) -> None:
    """Sent without a mark it would be a question; and what fills up a picture would fill the printer."""
    with VirtualPrinter(receive_buffer=4096) as printer, opened(printer) as line:
        looked = query_status(line, profile=profile, marks_follow=True)
        printer.set_fault(fault)
        outcome = print_job(line, build(plain("x"), profile), "0001", profile, 8.0, looked=looked)
        assert (looked.ready, outcome.state, outcome.handed_over) == (True, "held", 0)
        assert outcome.status.known and not outcome.status.ready
        assert int(printer.status()["held_bytes"]) < 100
        printer.clear()
        assert printed(line, plain("x"), "0002", profile).state == "confirmed"
        assert len(printer.tickets) == 1


def test_a_printer_that_takes_nothing_and_is_there_keeps_its_line() -> None:
    """Out of paper with a full buffer: the time after which a peer that is gone is given up is not its."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        sock = socket.create_connection(server.getsockname())
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1000)
        sock.setblocking(False)
        line = Transport(sock.fileno(), "tcp://127.0.0.1", sock.close, network=True)
        peer, _ = server.accept()
        with peer:
            written = line.write(b"x" * 65536, 1.0)
            until = time.monotonic() + 4.0
            while time.monotonic() < until:
                assert line.pending() > 0
                time.sleep(0.05)
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) > 60_000
            peer.settimeout(5.0)
            got = 0
            while got < written:
                got += len(peer.recv(65536))
            assert line.settle(5.0)
        line.close()


def test_how_long_nothing_moves_is_told_while_the_bytes_are_stuck_in_the_box() -> None:
    """It takes a part and no more, and is not asked: the question would be stuck behind its ticket."""
    still: list[float] = []
    profile = profile_named("clone-80-no-replies")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        sock = socket.create_connection(server.getsockname())
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2048)
        sock.setblocking(False)
        line = Transport(sock.fileno(), "tcp://127.0.0.1", sock.close, network=True)
        peer, _ = server.accept()
        with peer, line:
            outcome = print_job(
                line,
                bytes(65536),
                "0001",
                profile,
                3.0,
                on_progress=lambda progress: still.append(progress.still_s),
            )
    assert outcome.state == "unknown"
    assert min(still) < 0.5 and max(still) > 2.0
