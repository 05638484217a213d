"""A till whose turns are taken and whose other threads stand still."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from agent.daemon.agent import Agent
from agent.settings import config


@contextmanager
def turning(file: Path) -> Iterator[Agent]:
    """The one of these settings."""
    agent, stop = Agent(config.load(file)[0]), Event()
    turns = Thread(target=lambda: agent.till.turn.run(stop, lambda: None))
    turns.start()
    try:
        yield agent
    finally:
        stop.set()
        turns.join()
        agent.close()
