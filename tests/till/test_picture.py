"""Changes of the snapshot: one after the other they make the till's whole picture, whatever happened."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.counter.sale_view import sale_view
from agent.sale.basket import Sale
from agent.sale.events import ItemAdded
from agent.sale.state_machine import apply
from agent.sale.totals import Pricing, Worked
from agent.till.board import Board
from agent.till.picture import Picture
from tests.rig.shopping import History, histories, replayed
from tests.rig.till import RICE


def applied(before: dict[str, Any], change: bytes) -> dict[str, Any]:
    """As docs/http.md tells a program to do it."""
    told: dict[str, Any] = json.loads(change)
    assert told.pop("from") == before["version"]
    if "sale" in told:
        known = {line["no"]: line for line in before["sale"]["lines"]}
        lines = [known[line] if isinstance(line, int) else line for line in told["sale"]["lines"]]
        told["sale"]["lines"] = lines
    return before | told


def board() -> Board:
    one = Board(lambda: datetime(2026, 11, 30, tzinfo=UTC), {"currency": "INR"})
    one.set(sale=sale_view(Sale("sale-0"), Pricing()))
    return one


def pictures(days: list[History]) -> list[Picture]:
    """The till after each event of some sales, one after the other; every third passes unseen."""
    shown, found = board(), []
    found.append(shown.picture())
    for number, history in enumerate(days, 1):
        worked = Worked()
        for step in range(len(history.events) + 1):
            sale = replayed(history.events[:step], history.pricing, f"sale-{number}")
            shown.set(sale=sale_view(sale, history.pricing, worked=worked), found_bill="x" * (step % 3))
            if step % 3 != 2:
                found.append(shown.picture())
    return found


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(histories(8, returning=True), min_size=1, max_size=2))
def test_changes_put_together_are_the_whole_picture(days: list[History]) -> None:
    before, *rest = pictures(days)
    held = json.loads(before.whole)
    for now in rest:
        held = applied(held, now.since(before))
        assert held == json.loads(now.whole)
        before = now


def test_a_change_tells_no_line_again() -> None:
    """Of a bill of 490 lines what a scan added, and the numbers of the others."""
    item = ItemAdded(RICE, 1000, RICE.price_minor)
    worked, shown, seen = Worked(), board(), []
    for count in (489, 490):
        sale = replayed([item] * count, Pricing())
        shown.set(sale=sale_view(sale, Pricing(), worked=worked))
        seen.append(shown.picture())
    change = json.loads(seen[1].since(seen[0]))
    assert change["sale"]["lines"][:-1] == list(range(1, 490))
    assert change["sale"]["lines"][-1]["no"] == 490
    assert set(change) == {"from", "version", "at", "sale"}
    assert len(seen[1].since(seen[0])) < len(seen[1].whole) / 30


def test_a_line_is_written_once() -> None:
    """However often the till is looked at: text of a line that stays is the same object."""
    item = ItemAdded(RICE, 1000, RICE.price_minor)
    worked, shown, seen = Worked(), board(), []
    sale = Sale("sale-1")
    for _ in range(3):
        sale = apply(sale, item, Pricing())
        shown.set(sale=sale_view(sale, Pricing(), worked=worked))
        seen.append(shown.picture())
    assert seen[0].lines[1] is seen[1].lines[1] is seen[2].lines[1]


def test_whoever_looks_again_without_a_change_gets_the_same_picture() -> None:
    shown = board()
    assert shown.picture() is shown.picture()
    shown.set(found_bill="B1")
    assert json.loads(shown.picture().whole)["found_bill"] == "B1"
