"""What a program on the box may do to the door without being let in: little, and never at the shop's cost."""

from __future__ import annotations

import http.client
import resource
import socket
import time
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from agent.daemon.connections import MOST
from agent.simulated.world import World
from tests.hil.conftest import RICE, TEA, run, scan_in

MANY = 1500
LIMIT = 1024  # what systemd gives a service


def test_a_body_of_a_hundred_megabytes_is_refused_and_costs_no_memory(till: World) -> None:
    """Declared or in chunks."""
    till.snapshot()
    before = _most_mb(till)
    piece, pieces = b"x" * 1_000_000, 100
    with closing(_connection(till)) as declared:
        declared.putrequest("POST", "/api/scan")
        declared.putheader("Content-Type", "application/json")
        declared.putheader("Authorization", till.signed_in["Authorization"])
        declared.putheader("Content-Length", str(len(piece) * pieces))
        declared.endheaders()
        assert _answered(declared, [piece] * pieces) == 413
    with closing(_connection(till)) as chunked:
        chunked.putrequest("POST", "/api/scan")
        chunked.putheader("Content-Type", "application/json")
        chunked.putheader("Authorization", till.signed_in["Authorization"])
        chunked.putheader("Transfer-Encoding", "chunked")
        chunked.endheaders()
        framed = [b"%x\r\n%b\r\n" % (len(piece), piece)] * pieces
        assert _answered(chunked, [*framed, b"0\r\n\r\n"]) == 413
    assert _most_mb(till) - before < 40


BEGUN = {
    "headers": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
    "body": b"POST /api/scan HTTP/1.1\r\nHost: 127.0.0.1\r\n{key}Content-Length: 1000\r\n\r\n",
    "nothing": b"",
}


def test_who_does_not_finish_asking_is_hung_up(till: World) -> None:
    """Whatever trickles in meanwhile; all at once, since each is given ten seconds."""
    key = f"Authorization: {till.signed_in['Authorization']}\r\n"
    with ExitStack() as held:
        open_still = {}
        for what, begun in BEGUN.items():
            open_still[what] = line = held.enter_context(closing(_line(till)))
            line.sendall(begun.replace(b"{key}", key.encode()))
            line.settimeout(0.2)
        deadline = time.monotonic() + 20
        while open_still:
            assert time.monotonic() < deadline, f"still held open: {', '.join(open_still)}"
            for what, line in list(open_still.items()):
                if _hung_up(line, b"x" if BEGUN[what] else b""):
                    del open_still[what]


def test_a_thousand_connections_starve_neither_page_nor_command_line_nor_log(till: World) -> None:
    resource.prlimit(till.agent_pid, resource.RLIMIT_NOFILE, (LIMIT, LIMIT))
    with ExitStack() as held:
        for _ in range(MANY):
            held.enter_context(closing(_line(till)))
        lines = _log_lines(till)
        asked = time.monotonic()
        assert till.snapshot()["badges"]["scanner"]["state"] == "ok"
        assert time.monotonic() - asked < 3
        assert run(till, "status").returncode in (0, 1)
        scan_in(till, RICE)
        assert psutil.Process(till.agent_pid).num_fds() < 250
        time.sleep(2)
        assert _log_lines(till) - lines < 20


def test_connections_that_read_nothing_of_their_answers_keep_the_page_in(till: World) -> None:
    """As many as there may be, of somebody who was not let in, each with answers that wait for it."""
    asking = b"GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 60
    with ExitStack() as held:
        for _ in range(MOST):
            held.enter_context(closing(_line(till))).sendall(asking)
        time.sleep(3)
        for _ in range(5):
            assert till.snapshot()["badges"]["scanner"]["state"] == "ok"


def test_garbage_at_the_door_does_not_fill_the_log(till: World) -> None:
    lines = _log_lines(till)
    for _ in range(300):
        with closing(_line(till)) as line:
            line.sendall(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
            while _read(line):
                pass
    assert till.snapshot()["sale"]["phase"] == "idle"
    assert _log_lines(till) - lines < 20


def test_without_a_file_descriptor_left_no_label_is_lost_without_a_word_and_no_thread_ends(
    till: World,
) -> None:
    """Whoever took them; the log stays short, and the door opens again afterwards."""
    lines, process = _log_lines(till), psutil.Process(till.agent_pid)
    before = till.snapshot()["notice"]
    resource.prlimit(till.agent_pid, resource.RLIMIT_NOFILE, (process.num_fds(), LIMIT))
    with ExitStack() as held:
        for _ in range(20):
            held.enter_context(closing(_line(till)))
        till.scan(TEA)
        time.sleep(5)
        assert process.is_running()
        assert _log_lines(till) - lines < 40
    resource.prlimit(till.agent_pid, resource.RLIMIT_NOFILE, (LIMIT, LIMIT))

    def told() -> bool:
        now = till.snapshot()
        skus = [line["sku"] for line in now["sale"]["lines"]]
        return skus == ["TEA-250"] or (
            now["notice"] != before and now["notice"]["level"] in ("warn", "error")
        )

    till.until(told, "the label on a bill, or a word about it")


# --- underneath -----------------------------------------------------------------------------------------


def _address(till: World) -> tuple[str, int]:
    return "127.0.0.1", urlsplit(till.page).port or 0


def _line(till: World) -> socket.socket:
    return socket.create_connection(_address(till), 10)


def _connection(till: World) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(*_address(till), timeout=30)


def _answered(connection: http.client.HTTPConnection, pieces: list[bytes]) -> int:
    """Send on, also when nobody listens any more, and read what was said."""
    try:
        for piece in pieces:
            connection.send(piece)
    except OSError:
        pass
    return connection.getresponse().status


def _hung_up(line: socket.socket, trickle: bytes) -> bool:
    try:
        line.sendall(trickle)
        return not line.recv(4096)
    except TimeoutError:
        return False
    except OSError:
        return True


def _read(line: socket.socket) -> bytes:
    try:
        return line.recv(4096)
    except OSError:
        return b""


def _most_mb(till: World) -> int:
    """The most memory the till ever had."""
    status = Path(f"/proc/{till.agent_pid}/status").read_text()
    return next(int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def _log_lines(till: World) -> int:
    return (till.directory / "agent.log").read_bytes().count(b"\n")
