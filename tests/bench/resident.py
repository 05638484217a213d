"""Memory of the daemon: when it is ready, and when every part of it has been used."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.simulated.shopper import Shopper
from agent.simulated.world import World
from tests.bench.row import Row


def resident_rows(place: Path) -> list[Row]:
    """In MB; the floor column is not used. Of compiled code, as on a box: what compiles it at the start keeps
    its memory."""
    with _compiled(place.with_suffix(".compiled")):
        _started(place.with_suffix(".first"))
        return _measured(place)


@contextmanager
def _compiled(place: Path) -> Iterator[None]:
    kept = dict(os.environ)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(place)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


def _started(place: Path) -> None:
    with World(place) as world:
        world.start()
        Shopper(world, lambda _: None).play()


def _measured(place: Path) -> list[Row]:
    with World(place) as world:
        world.start()
        time.sleep(3.0)
        ready = _resident(world.agent_pid)
        Shopper(world, lambda _: None).play()
        for what in ("bills", "queue", "items?q=rice", "status"):
            world.get(what)
        used = _resident(world.agent_pid)
    return [
        Row("resident when ready, MB", "", f"{ready:.1f} MB", ready, 80.0),
        Row("resident after the whole demo, MB", "", f"{used:.1f} MB", used, 120.0),
    ]


def _resident(pid: int) -> float:
    rows = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith("VmRSS")) / 1024
