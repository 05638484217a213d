"""From nothing to the page's first answer, against the start of a bare Python."""

import http.client
import os
import subprocess
import sys
import time
from pathlib import Path

from agent.simulated.world import World
from tests.bench.row import Row, median

_ROUNDS = 9


def serving_rows(place: Path) -> list[Row]:
    """Interleaved and compiled beforehand, as the start to ready to scan is. The page is asked for as soon as
    the till can scan: its port is open then, and the answer waits for whoever will give it."""
    place.mkdir()
    compiled = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    compiled["PYTHONPYCACHEPREFIX"] = str(place / "compiled")
    world = World(place)
    world.write_settings()
    _page(world, compiled)
    bare, page = [], []
    for _ in range(_ROUNDS):
        bare.append(_bare(compiled))
        page.append(_page(world, compiled))
    ratio = median([here / floor for here, floor in zip(page, bare, strict=True)])
    floor, here = f"{median(bare) * 1000:.1f} ms", f"{median(page) * 1000:.1f} ms"
    return [Row("start to the page's first answer / bare Python", floor, here, ratio, 45.0)]


def _bare(environment: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True, env=environment)
    return time.perf_counter() - started


def _page(world: World, environment: dict[str, str]) -> float:
    started = time.perf_counter()
    command = [sys.executable, "-m", "agent.daemon", "--config", str(world.config)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as agent:
        assert agent.stderr is not None
        next(line for line in agent.stderr if "ready to scan" in line)
        asked = http.client.HTTPConnection(world.page.split("/")[2], timeout=60)
        asked.request("GET", "/", headers=world.signed_in)
        assert asked.getresponse().status == 200
        taken = time.perf_counter() - started
        asked.close()
        agent.terminate()
        agent.stderr.read()
    return taken
