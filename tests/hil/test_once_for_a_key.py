"""Every verb, pressed twice with one key: the second press gets the first answer and does nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from typing import Any

import pytest

from agent.sale.pin_digest import pin_line
from agent.simulated.world import World
from tests.hil.conftest import MEMBER, RICE, TEA

BOSS, PIN = "Meera", "4711-boss"
WORD = {"supervisor": BOSS, "pin": PIN}
SETTINGS = (
    "\n[returns]\nunknown_bills = true\n"
    f'\n[[supervisor]]\nname = "{BOSS}"\npin = "{pin_line(PIN, b"salt of a test..")}"\n'
)
NO_KEY = {
    "/api/points/otp": "asks for another code, which replaces the first",
    "/api/printer/roll": "what is said twice is counted from the same moment",
    "/api/queue/code": "sends the same code again",
    "/api/organisation/pull": "reads",
    "/api/printer/ask": "reads what the printer says",
    "/api/scanner/try": "reads, for as long as it is asked",
    "/api/queue/export": "tells what is queued now, and is asked about and journalled each time",
}
ELSEWHERE = {
    "/api/print/resolve": "tests/printing/test_unknown_prints.py",
    "/api/print/late": "tests/printing/test_late_tickets.py",
    "/api/printer/logo": "tests/printing/test_check_sheet.py",
}
"""Verbs that want a printer in trouble, or one with a logo, are pressed twice there."""
BY_ITSELF = ("organisation", "clock", "print")
"""Beginnings of the kinds of journal entries that nobody presses for."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A running till with a supervisor, which takes goods without their bill."""
    with World(tmp_path_factory.mktemp("world")) as running:
        running.start(SETTINGS)
        running.until(lambda: running.snapshot()["rules"]["pulled_at"], "the organisation's rules")
        yield running


class Presser:
    """Presses twice, and compares."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.pressed: set[str] = set()
        self._count = count()

    def __call__(self, verb: str, **form: Any) -> dict[str, Any]:
        """The answer; both presses got it, and only the first left anything in the store."""
        key = f"press-{next(self._count)}-{verb}"
        self.pressed.add(f"/api/{verb}")
        first = self.world.ask("POST", f"/api/{verb}", form, key)
        assert first[0] == 200, (verb, first)
        after = self.holds()
        assert self.world.ask("POST", f"/api/{verb}", form, key) == first, verb
        assert self.holds() == after, verb
        return dict(first[1])

    def holds(self) -> dict[str, Any]:
        """The open sale, and how much of everything the store holds; work under way only moves rows between
        two tables."""
        database = f"file:{self.world.directory}/store/till.db?mode=ro"
        with closing(sqlite3.connect(database, uri=True)) as store:
            counts = {
                "bills": "SELECT COUNT(*) FROM bill",
                "jobs": "SELECT (SELECT COUNT(*) FROM spool) + (SELECT COUNT(*) FROM printed)",
                "calls": "SELECT (SELECT COUNT(*) FROM outbox) + (SELECT COUNT(*) FROM sent)"
                " + (SELECT COUNT(*) FROM waived)",
            }
            found = {name: int(store.execute(query).fetchone()[0]) for name, query in counts.items()}
            kinds = store.execute("SELECT kind, COUNT(*) FROM journal GROUP BY kind").fetchall()
        found |= {kind: count for kind, count in kinds if not kind.startswith(BY_ITSELF)}
        return {"sale": self.world.snapshot()["sale"]} | found


def test_a_verb_pressed_twice_with_one_key_is_done_once(world: World) -> None:
    """Every route that changes something is walked; one that is added must be walked too."""
    press = Presser(world)
    number = _sale_of_a_member(world, press)
    stranger = _plain_sale(press)
    _what_comes_back(press, number, stranger)
    _the_queue(world, press)
    press("bill/print", number=number)
    press("drawer/open", reason="Change", **WORD)
    proof = world.command_label("VOID-LAST").rpartition(":")[2]
    press("labels/print", proofs={"VOID-LAST": proof})
    press("printer/test")
    press("scanner/codes/print")
    document = world.ask("GET", "/openapi.json")[1]
    routes = {path for path, methods in document["paths"].items() if "post" in methods}
    assert routes - NO_KEY.keys() - ELSEWHERE.keys() == press.pressed


def _sale_of_a_member(world: World, press: Presser) -> str:
    """A sale with everything on it; its number."""
    press("item/times", qty_milli=3000)
    press("scan", label=RICE)
    press("item/add", sku="TEA-250", qty_milli=2000)
    press("scan", label=TEA)
    press("line/quantity", line=1, qty_milli=20_000)
    press("line/price", line=2, price_minor=15_000, reason="Label", **WORD)
    press("line/discount", line=2, minor=100, reason="Dented")
    press("line/void", line=3)
    press("line/restore", line=3)
    world.press("line/void", line=3)
    press("sale/discount", minor=50, reason="Regular")
    press("customer/search", kind="mobile", value=MEMBER)
    press("customer/update", firstname="Asha", lastname="Renamed")
    press("coupon/apply", code="FIFTY")
    press("coupon/remove")
    world.press("points/otp", points_milli=5000)
    code = [row for row in world.cloud("ledger")["otps"] if str(row["mobile"]).endswith(MEMBER)][-1]["code"]
    press("points/apply", points_milli=5000, otp=code)
    press("points/remove")
    press("tender/begin")
    press("tender/back")
    return _paid(press)


def _paid(press: Presser) -> str:
    press("tender/begin")
    press("tender/add", type="cash", amount_minor=1000)
    press("tender/remove", no=1)
    press("tender/add", type="cash", amount_minor=10_000_000, sure=True)
    return str(press("sale/complete")["data"]["bill_number"])


def _plain_sale(press: Presser) -> str:
    """A sale to nobody in particular, after one that was given up; its number."""
    press("scan", label=RICE)
    press("customer/enrol", mobile="9111111111", firstname="New", loyalty=True)
    press("customer/clear")
    press("sale/cancel", reason="Left")
    press("scan", label=RICE)
    press("sale/not-interested", reason="No phone")
    return _paid(press)


def _what_comes_back(press: Presser, number: str, stranger: str) -> None:
    press("bill/tag", number=stranger, kind="mobile", value=MEMBER)
    press("return/money", number=number, amount_minor=100, reason="Late")
    press("sale/cancel", reason="Not that way")
    press("return/lines", number=number, lines=[{"line": 1, "qty_milli": 1000}], reason="Torn")
    press("sale/cancel", reason="Not that way")
    press("return/whole", number=number, reason="Wrong")
    press("sale/cancel", reason="Not that way")
    press("customer/search", kind="mobile", value=MEMBER)
    press(
        "return/unknown",
        number="ELSEWHERE-1",
        sku="TEA-250",
        qty_milli=1000,
        reason="Torn",
        bought_on="2026-11-01",
    )
    press("sale/cancel", reason="Not that way")


def _the_queue(world: World, press: Presser) -> None:
    """Redemptions that the cloud refuses after the bill: one tried again and settled, one waived."""
    world.until(lambda: not world.snapshot()["badges"]["queue"]["count"], "the queue to drain", timeout_s=100)
    row = _owed(world)
    press("queue/retry", row=row, reason="Asked")
    world.until(lambda: _parked(world) == [row], "the row to be refused again")
    press("queue/settle", row=row, tender="cash", reference="", reason="Paid", **WORD)
    press("queue/waive", row=_owed(world), reason="Goodwill", **WORD)
    world.cloud("options", points_min_milli=0)


def _owed(world: World) -> int:
    """The row of points that the cloud took back its word of."""
    world.press("scan", label=RICE)
    world.cloud("options", points_min_milli=0)
    world.press("customer/search", kind="mobile", value="9000000002")
    world.press("points/otp", points_milli=20_000)
    code = [row for row in world.cloud("ledger")["otps"] if str(row["mobile"]).endswith("02")][-1]["code"]
    world.press("points/apply", points_milli=20_000, otp=code)
    world.cloud("options", points_min_milli=1_000_000)
    world.press("tender/begin")
    world.press("tender/add", type="cash", amount_minor=1_000_000, sure=True)
    world.press("sale/complete")
    world.until(lambda: _parked(world), "the points to be owed")
    return _parked(world)[0]


def _parked(world: World) -> list[int]:
    return [int(row["id"]) for row in world.get("queue")["rows"] if row["state"] == "parked"]
