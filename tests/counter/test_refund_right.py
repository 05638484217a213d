"""Money back where nobody sees goods or a bill: by a supervisor's word, where the shop says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.counter.returning import Returning
from agent.sale import events as e
from agent.sale.basket import Customer
from agent.sale.pin_digest import pin_line
from agent.sale.rules import rule_book
from agent.settings.config import RightsSection
from agent.till.answer import Answer
from agent.till.rights import NOBODY, Claim, Right, Rights
from tests.rig.till import RICE, RigTill

PINS = {"Meera": pin_line("2468", b"sixteen of salt.")}
MEERA = Claim("Meera", "2468", "session abc")
RULES = rule_book({"CONF_ALLOW_NOT_EXISTING_BILL_RETURN": "1"}).rules


class Desk:
    """A till with a bill of rice of 425.00. free: what is left to its cashiers."""

    def __init__(self, directory: Path) -> None:
        self.till = RigTill(directory)
        self.number = self.till.sell()
        self.till.at += timedelta(days=1)
        self.serve()

    def serve(self, *free: Right) -> None:
        rights = Rights(self.till.till, PINS, free)
        self.returning = Returning(
            self.till.till,
            self.till.open_sale,
            by_sku={"RICE": RICE}.get,
            rules=lambda: RULES,
            rights=rights,
        )

    def money(self, claim: Claim = NOBODY, key: str = "key", minor: int = 5000) -> Answer:
        return self.returning.money(self.number, minor, "a stain", key, claim)

    def unknown(self, claim: Claim = NOBODY, key: str = "key") -> Answer:
        return self.returning.unknown("OTHER-1", "2026-03-01", "RICE", 1000, "gift", key, claim)

    def rung(self) -> int:
        return len(self.till.open_sale.sale.returns)

    def allowed(self) -> list[dict[str, Any]]:
        rows = self.till.till.read(
            lambda tx: tx.execute("SELECT body FROM journal WHERE kind = 'allowed' ORDER BY n").fetchall()
        )
        return [json.loads(body) for (body,) in rows]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "store")
    yield made
    made.till.close()


def test_money_without_goods_is_given_back_by_a_supervisors_word_once(desk: Desk) -> None:
    asked = desk.money()
    assert (asked.code, asked.data) == ("needs-supervisor", {"right": "refund", "supervisors": ["Meera"]})
    assert (
        asked.text == f"A supervisor must allow 50.00 to be given back on bill {desk.number} without goods."
    )
    assert desk.money(Claim("Meera", "0000", "session abc")).code == "supervisor-wrong"
    assert (desk.rung(), desk.allowed()) == (0, [])
    done = desk.money(MEERA)
    assert done.ok
    assert desk.money() == done
    assert desk.rung() == 1
    told = {"number": desk.number, "amount_minor": 5000, "reason": "a stain"}
    assert desk.allowed() == [{"right": "refund", "by": "Meera", "through": "page"} | told]


def test_goods_without_their_bill_too(desk: Desk) -> None:
    assert desk.till.open_sale.do(e.CustomerSet(Customer(mobile="919000000001"))).ok
    asked = desk.unknown()
    assert asked.text == "A supervisor must allow Rice to come back without its bill, for 425.00."
    assert desk.rung() == 0
    assert desk.unknown(MEERA).ok
    assert desk.unknown().ok
    assert desk.rung() == 1


def test_the_word_is_for_what_the_supervisor_read(desk: Desk) -> None:
    read = desk.money().text
    more = desk.money(Claim("Meera", "2468", "session abc", read), minor=40_000)
    assert (more.code, "400.00" in more.text, desk.rung()) == ("needs-supervisor", True, 0)


def test_nobody_is_fetched_for_what_is_refused_anyway(desk: Desk) -> None:
    assert desk.money(minor=42_501).code == "more-than-left"
    assert desk.unknown().code == "no-customer"
    desk.till.open_sale.do(e.ItemAdded(RICE, 1000, RICE.price_minor))
    desk.till.open_sale.do(e.TenderBegun())
    assert desk.money().code == "not-now"
    assert desk.allowed() == []


def test_a_bill_that_is_there_with_its_goods_needs_nobody(desk: Desk) -> None:
    assert desk.returning.lines(desk.number, {1: 1000}, "torn", "").ok
    assert desk.till.open_sale.do(e.LineVoided(1)).ok
    assert desk.returning.whole(desk.number, "torn", "").ok


def test_it_is_the_cashiers_own_unless_the_shop_says_otherwise(desk: Desk) -> None:
    assert RightsSection().refund == "cashier"
    desk.serve(Right.REFUND)
    assert desk.money().ok
    assert desk.allowed() == []
