"""The web thread: everything heavy of HTTP is imported here, after the till can already scan."""

from __future__ import annotations

import gc
import socket
import threading

import uvicorn

from agent.web.app import create_app
from agent.web.backend import Backend


def serve(backend: Backend, sockets: list[socket.socket], stop: threading.Event) -> None:
    """Serve until stop is set."""
    app = create_app(backend)
    settings = uvicorn.Config(
        app, log_config=None, access_log=False, timeout_graceful_shutdown=1, lifespan="off"
    )
    server = uvicorn.Server(settings)
    threading.Thread(target=_end_with, args=(stop, server), daemon=True).start()
    # All that is imported stays: a full collection, which holds up every thread, need not walk it each time.
    gc.freeze()
    server.run(sockets=sockets)


def _end_with(stop: threading.Event, server: uvicorn.Server) -> None:
    stop.wait()
    server.should_exit = True
