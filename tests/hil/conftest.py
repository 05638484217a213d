"""One world for a module's tests; each test leaves it healthy and idle."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from agent.simulated.world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A running till with everything simulated around it."""
    with World(tmp_path_factory.mktemp("world")) as running:
        running.start()
        yield running


@pytest.fixture
def till(world: World) -> Iterator[World]:
    """The same, made healthy and idle again afterwards."""
    yield world
    world.cloud("clear")
    world.printer("clear")
    if world.snapshot()["sale"]["phase"] in ("tendering", "covered"):
        for tender in world.snapshot()["sale"]["tenders"]:
            world.press("tender/remove", no=tender["no"])
    if world.snapshot()["sale"]["phase"] != "idle":
        world.press("sale/cancel", reason="test over")


def refused(world: World, verb: str, **form: Any) -> dict[str, Any]:
    """A command the till must refuse; its answer."""
    status, answer = world.ask("POST", f"/api/{verb}", form, str(uuid.uuid4()))
    assert status == 409, answer
    return dict(answer)


def run(
    world: World, *arguments: str, typed: str = "", columns: int = 200
) -> subprocess.CompletedProcess[str]:
    """A command of the till's, as somebody types it."""
    command = [sys.executable, "-m", "agent.cli", *arguments]
    environment = os.environ | {"POS_AGENT_CONFIG": str(world.config), "COLUMNS": str(columns)}
    return subprocess.run(
        command, input=typed, capture_output=True, text=True, env=environment, check=False, timeout=60
    )


def notice(world: World, code: str) -> dict[str, Any]:
    """Wait for the page to say something; returns it."""

    def said() -> dict[str, Any] | None:
        found = world.snapshot()["notice"]
        return dict(found) if found and found["code"] == code else None

    return dict(world.until(said, f"the notice {code}"))


def lines(world: World) -> list[dict[str, Any]]:
    """The lines of the open sale."""
    return list(world.snapshot()["sale"]["lines"])


def scan_in(world: World, *labels: str) -> None:
    """Scan labels and wait until each is on the bill."""
    for label in labels:
        wanted = len(lines(world)) + 1
        world.scan(label)
        world.until(lambda count=wanted: len(lines(world)) == count, f"{label} on the bill")


def sell(world: World, *labels: str) -> str:
    """A whole cash sale; the number of its bill."""
    scan_in(world, *labels)
    world.press("tender/begin")
    due = world.snapshot()["sale"]["totals"]["due_minor"]
    world.press("tender/add", type="cash", amount_minor=due)
    return str(world.press("sale/complete")["data"]["bill_number"])


def paper_of(world: World, number: str) -> str:
    """How the paper of a bill stands."""
    rows = world.get("bills?limit=200")["bills"]
    return str(next(row["print"] for row in rows if row["number"] == number))


RICE, TEA = "8900000000012", "8900000000081"
MEMBER = "9000000001"


@pytest.fixture(autouse=True)
def nothing_stays_behind() -> None:
    """Not here: a world's processes live for a module, and some tests restart one of them."""
