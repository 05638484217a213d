"""From nothing to ready to scan, against the start of a bare Python."""

import os
import subprocess
import sys
import time
from pathlib import Path

from agent.simulated.world import World
from tests.bench.row import Row, median

_ROUNDS = 9


def starting_rows(place: Path) -> list[Row]:
    """Interleaved, so that a slow minute of the machine slows both.

    Compiled beforehand, as on a box, where pip compiles what it installs; the sources here may not be.
    """
    place.mkdir()
    compiled = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    compiled["PYTHONPYCACHEPREFIX"] = str(place / "compiled")
    world = World(place)
    world.write_settings()
    _ready(world.config, compiled)
    bare, ready = [], []
    for _ in range(_ROUNDS):
        bare.append(_bare(compiled))
        ready.append(_ready(world.config, compiled))
    ratio = median([here / floor for here, floor in zip(ready, bare, strict=True)])
    return [_row("start to ready to scan / bare Python", bare, ready, ratio, 20.0)]


def _row(what: str, floor: list[float], here: list[float], ratio: float, target: float) -> Row:
    return Row(what, f"{median(floor) * 1000:.1f} ms", f"{median(here) * 1000:.1f} ms", ratio, target)


def _bare(environment: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True, env=environment)
    return time.perf_counter() - started


def _ready(config: Path, environment: dict[str, str]) -> float:
    started = time.perf_counter()
    command = [sys.executable, "-m", "agent.daemon", "--config", str(config)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as agent:
        assert agent.stderr is not None
        for line in agent.stderr:
            if "ready to scan" in line:
                break
        taken = time.perf_counter() - started
        agent.terminate()
        agent.stderr.read()
    return taken
