"""Serving the simulated cloud: as a process of its own, or in a thread of a test."""

from __future__ import annotations

import asyncio
import errno
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from agent.simulated.cloud.books.cloud_world import Clock, system_clock
from agent.simulated.cloud.books.demo_data import seed_demo
from agent.simulated.cloud.books.ledger import Ledger
from agent.simulated.cloud.books.ledger_file import LedgerBusy, LedgerDamaged
from agent.simulated.cloud.books.options import CloudOptions
from agent.simulated.cloud.serve.app import create_cloud
from agent.simulated.cloud.serve.connections import CuttableProtocol, listening
from agent.simulated.cloud.trainer.control import ControlError
from agent.simulated.cloud.trainer.faults import Faults
from agent.simulated.cloud.trainer.faulty_world import FaultyWorld

START_WAIT_S = 20.0
GRACE_S = 1


class CloudServer(uvicorn.Server):
    """A uvicorn server whose main listener can be closed and opened again while the control one stays.

    `port` is where tills call; `control_port` is the same unless a separate one was asked for. Only then,
    or with a time to come back, may the listener be closed over HTTP.
    """

    def __init__(self, app: FastAPI, host: str, port: int, control_port: int | None = None) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=CuttableProtocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                # The answers carry a Date of the cloud's own clock, which need not be the machine's.
                date_header=False,
                timeout_graceful_shutdown=GRACE_S,
            )
        )
        self.host = host
        self._main = listening(host, port)
        self.port: int = self._main.getsockname()[1]
        self._control = None if control_port is None else listening("127.0.0.1", control_port)
        self.control_port: int = self._control.getsockname()[1] if self._control else self.port
        self.loop: asyncio.AbstractEventLoop | None = None
        app.state.listener = self._switch_over_http

    @property
    def base_url(self) -> str:
        """Where tills call."""
        return f"http://{self.host}:{self.port}"

    @property
    def control_url(self) -> str:
        """Where the trainer's page is."""
        return f"http://127.0.0.1:{self.control_port}/control/"

    async def serve_all(self) -> None:
        """Serve until told to stop."""
        self.loop = asyncio.get_running_loop()
        await self.serve(sockets=[self._main, *([self._control] if self._control else [])])

    async def close_listener(self) -> None:
        """Refuse connections: the socket closes and those that are open are cut, except control's."""
        if self.servers[0].is_serving():
            self.servers[0].close()
        for connection in list(self.server_state.connections):
            if self._control is None or connection.transport.get_extra_info("sockname")[1] == self.port:
                connection.transport.close()

    async def open_listener(self) -> None:
        """Take connections again on the same port."""
        if self.servers[0].is_serving():
            return
        loop = asyncio.get_running_loop()
        self.servers[0] = await loop.create_server(self._protocol, sock=listening(self.host, self.port))

    async def _come_back(self) -> None:
        """Open again, however long somebody else holds the port."""
        while not self.should_exit:
            try:
                await self.open_listener()
                break
            except OSError as error:
                sys.stderr.write(f"port {self.port} is taken meanwhile ({error.strerror}), trying again\n")
                await asyncio.sleep(1)

    def _protocol(self) -> CuttableProtocol:
        return CuttableProtocol(self.config, self.server_state, self.lifespan.state)

    async def _switch_over_http(self, is_open: bool, seconds: float) -> None:  # noqa: FBT001
        if is_open:
            await self.open_listener()
            return
        if self._control is None and not seconds:
            raise ControlError("this would shut you out as well: give seconds, or serve with a control port")
        loop = asyncio.get_running_loop()
        # After the answer: the connection this came on may be one of those to be cut.
        loop.call_later(0.2, lambda: loop.create_task(self.close_listener()))
        if seconds:
            loop.call_later(0.2 + seconds, lambda: loop.create_task(self._come_back()))


@dataclass(frozen=True, slots=True)
class RunningCloud:
    """A cloud in a thread of this process, its parts within reach."""

    server: CloudServer
    world: FaultyWorld

    @property
    def base_url(self) -> str:
        """Where tills call."""
        return self.server.base_url

    @property
    def ledger(self) -> Ledger:
        """The books."""
        return self.world.ledger

    @property
    def faults(self) -> Faults:
        """The faults that are switched on."""
        return self.world.faults

    def set(self, **switches: object) -> None:
        """Change options by name. OptionError on a wrong one."""
        self.world.options = self.world.options.changed(**switches)

    def refuse_connections(self) -> None:
        """Close the listener, as if the host were gone; returns when it is closed."""
        self._do(close=True)

    def accept_connections(self) -> None:
        """Open it again on the same port."""
        self._do(close=False)

    def _do(self, *, close: bool) -> None:
        loop = self.server.loop
        if loop is None:
            raise RuntimeError("the cloud is not running")
        work = self.server.close_listener() if close else self.server.open_listener()
        asyncio.run_coroutine_threadsafe(work, loop).result(START_WAIT_S)


@contextmanager
def running_cloud(
    *,
    options: CloudOptions | None = None,
    ledger: Ledger | None = None,
    faults: Faults | None = None,
    clock: Clock = system_clock,
    demo: bool = False,
    port: int = 0,
) -> Iterator[RunningCloud]:
    """A cloud on 127.0.0.1 in a thread, for tests and the demo; stopped when the block ends."""
    options = options or CloudOptions()
    app = create_cloud(ledger or Ledger(), faults or Faults(options.seed), options, clock=clock)
    world: FaultyWorld = app.state.world
    if demo:
        seed_demo(world.ledger, world.now())
    server = CloudServer(app, "127.0.0.1", port)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve_all()), name="cloud", daemon=True)
    thread.start()
    try:
        _await_start(server, thread)
        yield RunningCloud(server, world)
    finally:
        server.should_exit = True
        thread.join(START_WAIT_S)


def _await_start(server: CloudServer, thread: threading.Thread) -> None:
    pause = threading.Event()
    for _ in range(int(START_WAIT_S / 0.01)):
        if server.started:
            return
        if not thread.is_alive():
            break
        pause.wait(0.01)
    raise RuntimeError("the simulated cloud did not start")


def serve(
    host: str,
    port: int,
    options: CloudOptions | None = None,
    *,
    ledger_path: Path | None = None,
    demo: bool = False,
    control_port: int | None = None,
    clock: Clock = system_clock,
) -> None:
    """Serve in this process until SIGINT or SIGTERM, the addresses printed when it listens.

    OSError when a port is taken; LedgerBusy, LedgerDamaged for the ledger's file.
    """
    options = options or CloudOptions()
    ledger = Ledger(ledger_path)
    try:
        app = create_cloud(ledger, Faults(options.seed), options, clock=clock)
        world: FaultyWorld = app.state.world
        if demo:
            seed_demo(ledger, world.now())
        server = CloudServer(app, host, port, control_port)
        _announce(server, ledger_path, world)
        with suppress(KeyboardInterrupt):
            asyncio.run(server.serve_all())
    finally:
        ledger.close()


def _announce(server: CloudServer, ledger_path: Path | None, world: FaultyWorld) -> None:
    kept = f"ledger in {ledger_path}" if ledger_path else "ledger in memory"
    accounts = world.options.accounts
    lines = (
        f"simulated cloud: {server.base_url}",
        f"control page: {server.control_url}",
        f"{kept}, cloud clock {world.now().isoformat()}",
        f"tills: {', '.join(one.code for one in accounts)}, password {accounts[0].password}",
    )
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def run_cloud(
    port: int,
    *,
    host: str = "127.0.0.1",
    seed_data: str = "",
    ledger: Path | None = None,
    control_port: int | None = None,
    options: CloudOptions | None = None,
) -> None:
    """`pos-agent simulate cloud`: serve until stopped. seed_data is '' or 'demo'.

    ValueError, with a sentence, for other seed data, a port that is taken and a ledger that cannot be used.
    """
    if seed_data not in ("", "demo"):
        raise ValueError(f"seed data is 'demo' or nothing, not {seed_data!r}")
    try:
        serve(host, port, options, ledger_path=ledger, demo=seed_data == "demo", control_port=control_port)
    except (LedgerBusy, LedgerDamaged) as error:
        raise ValueError(f"The ledger cannot be used: {error}") from error
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        wanted = " or ".join(str(one) for one in (port, control_port) if one)
        raise ValueError(f"Port {wanted} is taken: another cloud may be running. Choose another.") from error
