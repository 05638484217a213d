"""Lines to a printer: true counts, limits on every wait, and errors in our own words."""

from __future__ import annotations

import os
import re
import select
import socket
import struct
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.language.language import in_english
from drivers.printer.transport import Transport, TransportFailed, open_transport


@pytest.fixture
def pty(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """The printer's end of a pty, and the path of the other."""
    leader, follower = os.openpty()
    tty.setraw(follower)
    path = tmp_path / "ttyPrinter"
    path.symlink_to(os.ttyname(follower))
    yield leader, path
    for fd in (leader, follower):
        os.close(fd)


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def address(server: socket.socket) -> str:
    return f"tcp://127.0.0.1:{server.getsockname()[1]}"


def drained(leader: int) -> bytes:
    data = b""
    while select.select([leader], [], [], 0.1)[0]:
        data += os.read(leader, 65536)
    return data


def overfilled(line: Transport, timeout_s: float = 0.2) -> int:
    """Bytes handed over until the line takes no more."""
    handed_over = 0
    while True:
        try:
            handed_over += line.write(b"x" * 65536, timeout_s)
        except TransportFailed as exc:
            assert exc.reason == "timeout"
            return handed_over + exc.handed_over


def test_bytes_go_both_ways(pty: tuple[int, Path], server: socket.socket) -> None:
    leader, path = pty
    with open_transport(f"{path}?baudrate=115200") as line:
        assert line.write(b"ticket", 1.0) == 6
        assert os.read(leader, 10) == b"ticket"
        os.write(leader, b"\x12")
        assert line.read(1.0) == b"\x12"
    with open_transport(address(server)) as line:
        peer, _ = server.accept()
        with peer:
            assert line.write(b"ticket", 1.0) == 6
            assert peer.recv(10) == b"ticket"
            peer.sendall(b"\x12")
            assert line.read(1.0) == b"\x12"


def test_silence_is_an_empty_answer(pty: tuple[int, Path]) -> None:
    with open_transport(f"serial://{pty[1]}") as line:
        assert line.read(0.05) == b""


def test_the_count_is_true_when_nobody_reads(pty: tuple[int, Path], server: socket.socket) -> None:
    """What was counted as handed over is exactly what arrives later, on a pty and over TCP."""
    leader, path = pty
    with open_transport(str(path)) as line:
        handed_over = overfilled(line)
        assert 0 < handed_over == len(drained(leader))
    with open_transport(address(server)) as line:
        peer, _ = server.accept()
        with peer:
            handed_over = overfilled(line)
            line.close()
            received = 0
            while data := peer.recv(1 << 20):
                received += len(data)
            assert 0 < handed_over == received


def test_bytes_held_by_xoff_count_as_handed_over(pty: tuple[int, Path]) -> None:
    """They are delivered after XON all the same, so to count them as unsent would print them twice."""
    leader, path = pty
    with open_transport(f"{path}?xonxoff=1") as line:
        os.write(leader, b"\x13")
        time.sleep(0.05)
        try:
            counted = line.write(b"abc", 0.2)
        except TransportFailed as exc:
            counted = exc.handed_over
        os.write(leader, b"\x11")
        assert len(drained(leader)) == counted


def test_a_printer_that_goes_is_offline(server: socket.socket, tmp_path: Path) -> None:
    leader, follower = os.openpty()
    with open_transport(os.ttyname(follower)) as line:
        os.close(follower)
        os.close(leader)
        with pytest.raises(TransportFailed) as failed:
            line.read(1.0)
        assert failed.value.reason == "offline"
        with pytest.raises(TransportFailed) as failed:
            line.write(b"x", 1.0)
        assert (failed.value.reason, failed.value.handed_over) == ("offline", 0)
    with open_transport(address(server)) as line:
        peer, _ = server.accept()
        peer.sendall(b"\x16")
        assert line.read(1.0) == b"\x16"
        peer.close()
        with pytest.raises(TransportFailed) as failed:
            line.read(1.0)
        assert in_english(failed.value.message) == f"{address(server)} was closed by the printer"


def test_a_tty_is_claimed_for_us_alone(pty: tuple[int, Path]) -> None:
    with open_transport(str(pty[1])), pytest.raises(TransportFailed) as failed:
        open_transport(str(pty[1]))
    assert failed.value.reason == "refused"


def test_a_plain_device_is_read_without_waiting_for_ever(pty: tuple[int, Path]) -> None:
    """The way of /dev/usb/lp0, here with a node that happens to be a tty."""
    leader, path = pty
    with open_transport(f"file://{path}") as line:
        assert line.write(b"ticket", 1.0) == 6
        assert os.read(leader, 10) == b"ticket"
        assert line.read(0.05) == b""
    with open_transport("file:///dev/null") as line:
        assert line.write(b"x", 1.0) == 1
        assert line.read(0.15) == b""


def test_a_closed_line_says_so(server: socket.socket) -> None:
    line = open_transport(address(server))
    line.close()
    line.close()
    with pytest.raises(TransportFailed) as failed:
        line.write(b"x", 1.0)
    assert in_english(failed.value.message) == f"{address(server)} is closed"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("tcp://127.0.0.1:1", "refused"),
        ("tcp://printer.invalid:9100", "offline"),
        ("tcp://127.0.0.1:99999", "settings"),
        ("tcp://:9100", "settings"),
        ("printer", "settings"),
        ("http://127.0.0.1/", "settings"),
        ("/dev/usb/lp99", "offline"),
        ("/dev/ttyUSB99", "offline"),
        ("/dev/ttyUSB0?baud=9600", "settings"),
        ("/dev/ttyUSB0?baudrate=fast", "settings"),
        ("/dev/ttyUSB0?parity=maybe", "settings"),
        ("/dev/null?baudrate=9600", "settings"),
        ("/etc", "offline"),
        ("file:///etc/hostname", "settings"),
    ],
)
def test_a_line_that_cannot_be_opened_says_why(url: str, reason: str) -> None:
    with pytest.raises(TransportFailed) as failed:
        open_transport(url, 2.0)
    assert (failed.value.reason, failed.value.handed_over) == (reason, 0)
    words = in_english(failed.value.message)
    assert not re.search(
        r"Errno|[a-z]Error|could not|Connection refused|No such file|Inappropriate|\(22", words
    )


@pytest.mark.parametrize("hard", [True, False], ids=["reset", "closed"])
@pytest.mark.parametrize("asked", [b"", b"\x10\x04\x01"], ids=["at once", "asked"])
def test_a_printer_that_takes_a_second_connection_and_drops_it_is_in_use_by_another(
    hard: bool, asked: bytes
) -> None:
    """Not "connection reset": a shop where two tills share it sees this every day."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        with open_transport(f"tcp://127.0.0.1:{server.getsockname()[1]}") as line:
            peer, _ = server.accept()
            line.write(asked, 2.0)
            if asked:
                peer.recv(len(asked))  # closed with it unread, it would be a reset
            if hard:
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            peer.close()
            with pytest.raises(TransportFailed) as failed:
                line.read(2.0)
        assert "another till" in in_english(failed.value.message)


@pytest.mark.parametrize("answer", [b"", b"\x16"], ids=["mute", "answering"])
def test_a_printer_that_closes_its_line_behind_a_ticket_is_in_use_by_nobody(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        with open_transport(f"tcp://127.0.0.1:{server.getsockname()[1]}") as line:
            peer, _ = server.accept()
            peer.sendall(answer)
            if answer:
                assert line.read(2.0) == answer
            else:
                line.write(b"a ticket of two lines\n", 2.0)
                peer.recv(32)
            peer.close()
            with pytest.raises(TransportFailed) as failed:
                line.read(2.0)
        assert "another till" not in in_english(failed.value.message)
