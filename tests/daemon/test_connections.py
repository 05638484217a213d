"""Whose connection goes when there are too many, and how long one may take, on a port of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from agent.daemon import connections
from agent.daemon.connections import MOST, Connection
from agent.web.claims import HOLDER

ANSWER = b"x" * 30_000
LET_IN = b"x-who: cashier\r\n"


class App:
    """Lets in who says so; /slow answers when it is told to, and reads what is sent."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.asked = threading.Semaphore(0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[HOLDER] = dict(scope["headers"]).get(b"x-who")
        if scope["method"] == "POST":
            await receive()
        if scope["path"] == "/slow":
            self.asked.release()
            await asyncio.to_thread(self.go_on.wait, 30)
        length = (b"content-length", b"%d" % len(ANSWER))
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": ANSWER})


class Served:
    """A port with this protocol, whose kernel keeps little of what nobody reads."""

    def __init__(self) -> None:
        self.app = App()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        settings = uvicorn.Config(
            self.app, log_config=None, access_log=False, lifespan="off", ws="none", http=Connection
        )
        self._server = uvicorn.Server(settings)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listening]})
        self._thread.start()

    def stop(self) -> None:
        self.app.go_on.set()
        self._server.should_exit = self._server.force_exit = True
        self._thread.join()
        self._listening.close()

    @property
    def held(self) -> int:
        """How many connections hold a descriptor."""
        return len(self._server.server_state.connections)

    def line(self) -> socket.socket:
        found = socket.socket()
        found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        found.settimeout(10)
        found.connect(self._listening.getsockname())
        return found


@pytest.fixture
def served() -> Iterator[Served]:
    running = Served()
    yield running
    running.stop()


def get(path: bytes = b"/", more: bytes = b"") -> bytes:
    return b"GET %b HTTP/1.1\r\nHost: x\r\n%b\r\n" % (path, more)


def answered(line: socket.socket) -> bytes:
    """The status line of the next answer, which is read whole; b"" for a connection that was ended."""
    found = b""
    try:
        while not found.endswith(ANSWER):
            if not (piece := line.recv(65536)):
                return b""
            found += piece
    except ConnectionError:
        return b""
    return found.partition(b"\r\n")[0]


def many(served: Served, held: ExitStack, count: int, asking: bytes) -> list[socket.socket]:
    """Connections that ask and read nothing of what they are answered; returns when all have come so far."""
    lines = []
    for _ in range(count):
        lines.append(held.enter_context(closing(served.line())))
        lines[-1].sendall(asking)
    time.sleep(0.5)
    return lines


OK = b"HTTP/1.1 200 OK"


@pytest.mark.parametrize("asking", [get() * 20, get(b"/slow")], ids=["unread", "waiting"])
def test_who_was_not_let_in_keeps_nobody_out(served: Served, asking: bytes) -> None:
    """Neither by reading nothing of what is answered nor by a request that takes its time."""
    with ExitStack() as held:
        many(served, held, MOST, asking)
        with closing(served.line()) as line:
            line.sendall(get(more=LET_IN))
            assert answered(line) == OK


def test_nor_ends_what_was_let_in(served: Served) -> None:
    """Idle or at work: it stays while strangers come and go."""
    with ExitStack() as held, closing(served.line()) as idle, closing(served.line()) as working:
        idle.sendall(get(more=LET_IN))
        assert answered(idle) == OK
        working.sendall(get(b"/slow", LET_IN))
        assert served.app.asked.acquire(timeout=10)
        many(served, held, 2 * MOST, get(b"/") * 20)
        idle.sendall(get(more=LET_IN))
        assert answered(idle) == OK
        served.app.go_on.set()
        assert answered(working) == OK


def test_a_command_under_way_is_not_ended_for_one_more(served: Served) -> None:
    with ExitStack() as held:
        working = many(served, held, MOST, get(b"/slow", LET_IN))
        for _ in working:
            assert served.app.asked.acquire(timeout=10)
        with closing(served.line()) as one_more:
            assert answered(one_more) == b""
        served.app.go_on.set()
        assert {answered(line) for line in working} == {OK}


def test_one_that_is_closed_counts_for_as_long_as_nobody_reads_its_last_answer(served: Served) -> None:
    with ExitStack() as held:
        many(served, held, 3 * MOST, get(more=b"Connection: close\r\n"))
        assert served.held <= MOST


def test_a_request_behind_another_one_has_its_time_too(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its beginning came with the request before, and nothing after it."""
    monkeypatch.setattr(connections, "REQUEST_S", 1.0)
    begun = b"POST / HTTP/1.1\r\nHost: x\r\n%bContent-Length: 9\r\n\r\n" % LET_IN
    with closing(served.line()) as line:
        line.sendall(get(more=LET_IN) + begun)
        assert answered(line) == OK
        asked = time.monotonic()
        assert line.recv(1) == b""
        assert time.monotonic() - asked < 4
