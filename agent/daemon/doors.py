"""The two doors to the web thread: the page's port and the command line's socket.

A till sells without either, so one that is taken or forbidden is tried again until it opens.
"""

from __future__ import annotations

import contextlib
import logging
import pwd
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

from agent.daemon.systemd import notify
from agent.language.language import in_english
from agent.language.sentence import Sentence
from agent.language.system_words import reason

log = logging.getLogger("agent.daemon")

_LISTENING = "0A"


class Door:
    """One way in. trouble: why it could not be opened when it was last tried."""

    def __init__(
        self, name: str, make: Callable[[], socket.socket], why: Callable[[OSError], Sentence]
    ) -> None:
        self.name = name
        self.trouble: Sentence | None = None
        self._make = make
        self._why = why

    def opened(self) -> socket.socket | None:
        """Try once: the socket, listening, so that a browser waits for the server instead of being refused;
        None while it cannot be had, and the log has one line about that."""
        try:
            found = self._make()
        except OSError as error:
            trouble = self._why(error)
            if trouble != self.trouble:
                log.error("%s: %s", self.name, in_english(trouble))
            self.trouble = trouble
            return None
        if self.trouble:
            log.info("%s: served now", self.name)
            notify(f"STATUS=ready to scan, {self.name} served")
        self.trouble = None
        return found


def page_door(port: int) -> Door:
    """The page's, on this machine alone. Port 0 is any free one."""
    return Door("page", lambda: _page(port), lambda error: _port_trouble(port, error))


def command_line_door(path: Path) -> Door:
    """The command line's."""

    def trouble(error: OSError) -> Sentence:
        return Sentence("door.socket", path=str(path), error=reason(error))

    return Door("socket", lambda: _local(path), trouble)


def holder(port: int) -> Sentence | None:
    """Who listens on a port of this machine: the program, or, where /proc does not show other people's, its
    user. None if nobody does."""
    for name in ("tcp", "tcp6"):
        for user, inode in _listeners(name, port):
            pid = next(_processes_with(f"socket:[{inode}]"), None)
            if pid is not None:
                return Sentence("door.program", program=_program(pid), pid=pid)
            return Sentence("door.user", user=_user(user))
    return None


def _page(port: int) -> socket.socket:
    # TCP by name, or uvicorn would lose TCP_NODELAY.
    page = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        page.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        page.bind(("127.0.0.1", port))
        page.listen(64)
    except OSError:
        page.close()
        raise
    return page


def _local(path: Path) -> socket.socket:
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    local = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        local.bind(str(path))
        path.chmod(0o660)
        local.listen(16)
    except OSError:
        local.close()
        raise
    return local


def _port_trouble(port: int, error: OSError) -> Sentence:
    if by := holder(port):
        return Sentence("door.port-held", port=str(port), holder=by)
    return Sentence("door.port", port=str(port), error=reason(error))


def _listeners(name: str, port: int) -> Iterator[tuple[int, int]]:
    """(user, inode) of each listening socket (proc_net_tcp: local address, state, uid, inode)."""
    try:
        lines = Path(f"/proc/self/net/{name}").read_text().splitlines()[1:]
    except OSError:
        return
    for fields in map(str.split, lines):
        if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
            yield int(fields[7]), int(fields[9])


def _processes_with(link: str) -> Iterator[int]:
    for place in Path("/proc").glob("[0-9]*/fd"):
        with contextlib.suppress(OSError):
            if any(_target(file) == link for file in place.iterdir()):
                yield int(place.parent.name)


def _target(file: Path) -> str:
    try:
        return str(file.readlink())
    except OSError:
        return ""


def _program(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return "?"


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
