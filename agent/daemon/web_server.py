"""The web thread: everything heavy of HTTP is imported in it, after the till can already scan; first what
shows the page, and the rest while that answers."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from agent.daemon.doors import Door

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

    from agent.web.backend import Backend
    from agent.web.early import Early

_LOOK_S = 0.1
_BEAT_S = 0.5
_AGAIN_S = 2.0


class WebServer:
    """Serves the open sockets, and each shut door as soon as it opens.

    progress counts the rounds of its event loop in which a thread of its pool answered too: a page whose
    requests all hang makes none.
    """

    def __init__(self, backend: Backend, sockets: Sequence[socket.socket], shut: Sequence[Door]) -> None:
        self.progress = 0
        self._backend = backend
        self._sockets = sockets
        self._shut = shut
        self._servers: list[uvicorn.Server] = []

    def run(self, stop: threading.Event) -> None:
        """Until stop is set."""
        from agent.daemon.connections import Sparing

        # Asyncio tells each connection that finds no descriptor left, uvicorn each request that is none.
        for name in ("asyncio", "uvicorn.error"):
            logging.getLogger(name).addFilter(Sparing())
        asyncio.run(self._serve(stop))

    async def _serve(self, stop: threading.Event) -> None:
        import uvicorn

        from agent.daemon.connections import MOST, Connection
        from agent.web.early import Early

        early = Early(self._backend)
        settings = uvicorn.Config(
            early,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
            lifespan="off",
            http=Connection,
            ws="none",
            backlog=MOST,
        )
        async with asyncio.TaskGroup() as tasks:
            for one in self._sockets:
                tasks.create_task(self._through(one, settings))
            beside = [tasks.create_task(self._beat(early))]
            beside += [tasks.create_task(self._open(door, tasks, settings)) for door in self._shut]
            while not stop.is_set():
                await asyncio.sleep(_LOOK_S)
            for task in beside:
                task.cancel()
            for server in self._servers:
                server.should_exit = True

    async def _beat(self, early: Early) -> None:
        from starlette.concurrency import run_in_threadpool

        early.complete(await run_in_threadpool(self._whole))
        # All that is imported stays: a full collection, which holds up every thread, need not walk it.
        gc.freeze()
        while True:
            await run_in_threadpool(lambda: None)
            self.progress += 1
            await asyncio.sleep(_BEAT_S)

    def _whole(self) -> FastAPI:
        from agent.web.app import create_app

        return create_app(self._backend)

    async def _open(self, door: Door, tasks: asyncio.TaskGroup, settings: uvicorn.Config) -> None:
        while (found := door.opened()) is None:
            await asyncio.sleep(_AGAIN_S)
        tasks.create_task(self._through(found, settings))

    async def _through(self, listening: socket.socket, settings: uvicorn.Config) -> None:
        import uvicorn

        server = uvicorn.Server(settings)
        self._servers.append(server)
        await server.serve(sockets=[listening])
