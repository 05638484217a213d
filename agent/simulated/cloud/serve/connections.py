"""The uvicorn end of the simulated cloud: connections that can be cut without an answer."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any, cast

from starlette.types import Receive, Scope
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

BACKLOG = 2048
"""Waiting connections the kernel keeps; uvicorn's own figure."""
_CONNECTION = "pos_agent.connection"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class CuttableProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, with each connection within the reach of the application."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        # Of its own, not the server's: uvicorn copies it into the scope of every request here.
        super().__init__(config, server_state, dict(app_state), _loop)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember the connection where a request can find it."""
        self.app_state[_CONNECTION] = transport
        super().connection_made(transport)


async def drop(scope: Scope, receive: Receive, *, reset: bool = False) -> None:
    """Close the connection of this request as it stands, after what was sent already; `reset` with a RST.

    Returns when the server has noticed, so that it does not make up an answer of its own.
    """
    transport = cast(asyncio.Transport, scope["state"][_CONNECTION])
    if reset:
        peer = transport.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.abort()
    else:
        transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass


def listening(host: str, port: int) -> socket.socket:
    """A bound TCP socket for uvicorn.

    The protocol is named because asyncio turns Nagle's delay off only on sockets that say they are TCP:
    without it every keep-alive answer waits about 40 ms for the peer's acknowledgement.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((host, port))
    # From here on a caller waits instead of being refused, even if the server is still starting.
    sock.listen(BACKLOG)
    return sock
