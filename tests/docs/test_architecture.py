"""docs/architecture.md against the house: its rooms, their floors, and that a room's tests exist."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tests.docs.tables import DOCS, rows, section

REPOSITORY = DOCS.parent
PAGE = DOCS / "architecture.md"


def _floors() -> list[set[str]]:
    """Rooms by floor, from the top, as the page tells them."""
    told: dict[str, set[str]] = {}
    for floor, room, *_ in rows(section(PAGE, "The rooms")):
        told.setdefault(floor, set()).add(room.strip("`"))
    return [told[floor] for floor in sorted(told, key=int, reverse=True)]


def test_the_floors_are_those_of_the_contract() -> None:
    contracts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    layers = next(one for one in contracts["contracts"] if one.get("containers") == ["agent"])["layers"]
    assert _floors() == [set(layer.split(" | ")) for layer in layers]


def test_every_room_is_told_and_no_other() -> None:
    agent = REPOSITORY / "agent"
    rooms = {path.relative_to(agent).parts[0] for path in agent.glob("*/*.py")}
    assert set().union(*_floors()) == rooms


def test_every_picture_of_the_rooms_names_them_all() -> None:
    drawn = section(PAGE, "The rooms").split("```mermaid")[1].split("```")[0]
    assert all(room in drawn for room in set().union(*_floors()))


def test_where_to_put_a_thing_names_places_that_exist() -> None:
    """Whole paths are held by test_references; here the bare names beside them."""
    for _, here, *_ in rows(section(PAGE, "Where do I put …")):
        paths = [part for part in here.split("`")[1::2] if "/" in part]
        assert paths, here
        for part in here.split("`")[1::2]:
            if part.endswith(".py") and "/" not in part:
                beside = Path(paths[0]).parent
                assert (REPOSITORY / beside / part).exists(), part
