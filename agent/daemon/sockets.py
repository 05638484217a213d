"""The two ways to the web thread: the page's port and the command line's socket."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path


def bound(port: int, path: Path) -> list[socket.socket]:
    """Both, listening before the server is even imported: a browser waits instead of being refused. TCP by
    name, or uvicorn would lose TCP_NODELAY. OSError for a port or a path that is taken or forbidden."""
    page = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    page.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    page.bind(("127.0.0.1", port))
    page.listen(64)
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    local = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    local.bind(str(path))
    path.chmod(0o660)
    local.listen(16)
    return [page, local]
