"""A cloud on the loopback that answers from a script, byte by byte if need be: raw sockets, real HTTP."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

Step = Callable[[socket.socket, threading.Event], bool]


@dataclass(frozen=True)
class Request:
    """What the till sent, as it came over the wire."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def reply(body: object, status: int = 200, **headers: str) -> Step:
    """A whole answer; a dict goes out as JSON. Header names take underscores for hyphens."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Spoken", f"Content-Length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]

    def step(link: socket.socket, over: threading.Event) -> bool:
        link.sendall("\r\n".join([*lines, "", ""]).encode() + content)
        return True

    return step


def drip(content: bytes, pause_s: float) -> Step:
    """The given bytes, one at a time, until the other side hangs up or the test is over."""

    def step(link: socket.socket, over: threading.Event) -> bool:
        for byte in content:
            link.sendall(bytes([byte]))
            if over.wait(pause_s):
                return False
        return False

    return step


def raw(content: bytes) -> Step:
    """The given bytes as they are, then the end of the connection."""

    def step(link: socket.socket, over: threading.Event) -> bool:
        link.sendall(content)
        return False

    return step


def silence(link: socket.socket, over: threading.Event) -> bool:
    """No answer for as long as the test lasts."""
    over.wait(60)
    return False


def reset(link: socket.socket, over: threading.Event) -> bool:
    """The connection torn down without a word (RST)."""
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


@dataclass
class ScriptedCloud:
    """Answers requests with the steps in order; the last one is repeated. Records what came."""

    steps: list[Step]
    certificate: Path | None = None
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> ScriptedCloud:
        self._over = threading.Event()
        self._links: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        scheme = "https" if self.certificate else "http"
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self._spawn(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for link in self._links:
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _spawn(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                link, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._links.append(link)
            self._spawn(lambda link=link: self._serve(link))  # type: ignore[misc]

    def _serve(self, link: socket.socket) -> None:
        with contextlib.suppress(OSError), self._secured(link) as secured:
            for request in _requests(secured):
                self.requests.append(request)
                step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
                if not step(secured, self._over):
                    return

    def _secured(self, link: socket.socket) -> socket.socket:
        if self.certificate is None:
            return link
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        try:
            return context.wrap_socket(link, server_side=True)
        except OSError:
            link.close()
            raise


def _requests(link: socket.socket) -> Iterator[Request]:
    with link.makefile("rb") as stream:
        while line := stream.readline():
            method, target, _ = line.decode().split(" ", 2)
            headers = {}
            while (header := stream.readline().decode().strip()) != "":
                name, _, value = header.partition(":")
                headers[name.strip().lower()] = value.strip()
            body = stream.read(int(headers.get("content-length", "0")))
            yield Request(method, target, headers, body)
