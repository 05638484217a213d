"""The organisation's rules against a real store: a refused sale uses no number, a held upload is not sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.counter.board import Board
from agent.counter.checking import locked_identifier
from agent.counter.options import CounterOptions
from agent.counter.selling import Selling
from agent.counter.waiting import Waiting
from agent.sale import events as e
from agent.sale.basket import Customer, TenderType
from agent.sale.rules import OrgRules, rule_book
from agent.store import bills, outbox
from agent.store.opening import open_store
from tests.counter.test_selling import RICE, ZONE, Till

DUE = RICE.price_minor


class RuledTill(Till):
    """A till with a cloud to tell: a bill and a redemption that waits for it. configs are the rules."""

    configs: dict[str, str]

    def open(self) -> None:
        self.configs = {}
        self.store = open_store(self.directory)
        self.board = Board(lambda: self.at, {})
        self.waiting = Waiting()
        self.selling = Selling(
            self.store,
            CounterOptions("S1", "T1", "test", "S1T1", ZONE),
            self.board,
            now=lambda: self.at,
            new_id=lambda: f"sale-{next(self.ids)}",
            calls=lambda bill, *_: (
                outbox.Entry("transaction_add", "chain", f"bill:{bill.number}", b"{}"),
                outbox.Entry("coupon_redeem", "chain", f"coupon:{bill.number}", b"{}", 0),
            ),
            settled=self.settled.append,
            waiting=self.waiting,
            rules=lambda: rule_book(self.configs).rules,
        )

    def rows(self) -> list[outbox.Row]:
        return outbox.rows(self.store.connection)

    def notice(self) -> dict[str, Any]:
        return dict(self.board.part("notice"))


@pytest.fixture
def till(tmp_path: Path) -> Iterator[RuledTill]:
    made = RuledTill(tmp_path / "store")
    yield made
    made.store.close()


def test_a_bill_beyond_the_limits_is_said_before_payment_sold_and_held(till: RuledTill) -> None:
    till.configs = {"CONF_LOYALTY_MAX_BILL_AMOUNT": "400"}
    till.selling.do(e.ItemAdded(RICE, 1000, DUE))
    assert till.selling.do(e.TenderBegun()).ok
    assert till.notice()["level"] == "warn"
    assert "above 400.00" in till.notice()["text"]
    till.selling.do(e.TenderAdded(TenderType.CASH, DUE))
    assert till.selling.do(e.Completed()).ok
    bill, coupon = till.rows()
    assert (bill.state, bill.code, bill.attempts) == ("parked", "bill-amount", 0)
    assert "S1T126-000001 is held" in bill.text
    assert (coupon.state, coupon.depends_on) == ("ready", bill.id)
    assert till.board.part("last_bill")["sync"] == "parked"
    assert till.waiting.tally()[1] == 1


def test_a_bill_within_the_limits_is_sent(till: RuledTill) -> None:
    till.configs = {"CONF_LOYALTY_MAX_BILL_AMOUNT": "425", "CONF_LOYALTY_MIN_BILL_AMOUNT": "425"}
    till.sell()
    assert [row.state for row in till.rows()] == ["ready", "ready"]
    assert till.board.part("last_bill")["sync"] == "queued"


def test_a_number_the_organisation_does_not_take_stops_the_sale_before_payment(till: RuledTill) -> None:
    """And uses no number: the sale goes on with the next one once the rule is mended."""
    till.configs = {"CONF_CLIENT_BILL_NO_REGEX": "X.*"}
    till.selling.do(e.ItemAdded(RICE, 1000, DUE))
    assert till.selling.do(e.TenderBegun()).code == "number-pattern"
    assert till.selling.sale.phase.value == "selling"
    till.configs = {}
    till.selling.do(e.TenderBegun())
    till.selling.do(e.TenderAdded(TenderType.CASH, DUE))
    assert till.selling.do(e.Completed()).data["bill_number"] == "S1T126-000001"


def test_a_rule_that_changes_while_money_is_taken_still_stops_the_number(till: RuledTill) -> None:
    till.selling.do(e.ItemAdded(RICE, 1000, DUE))
    till.selling.do(e.TenderBegun())
    till.selling.do(e.TenderAdded(TenderType.CASH, DUE))
    till.configs = {"CONF_CLIENT_BILL_NO_REGEX": "X.*"}
    assert till.selling.do(e.Completed()).code == "number-pattern"
    assert bills.newest(till.store.connection, 1) == []
    assert till.rows() == []


def test_the_pattern_is_held_against_the_number_that_comes_next(till: RuledTill) -> None:
    till.configs = {"CONF_CLIENT_BILL_NO_REGEX": ".*-00000[12]"}
    assert [till.sell(), till.sell()] == ["S1T126-000001", "S1T126-000002"]
    till.selling.do(e.ItemAdded(RICE, 1000, DUE))
    assert till.selling.do(e.TenderBegun()).code == "number-pattern"


def test_nonsense_stops_no_sale(till: RuledTill) -> None:
    till.configs = {"CONF_CLIENT_BILL_NO_REGEX": "(", "CONF_LOYALTY_MAX_BILL_AMOUNT": "lots"}
    till.sell()
    assert [row.state for row in till.rows()] == ["ready", "ready"]


ASHA = Customer(mobile="919000000001", email="asha@example.com")
LOCKED = rule_book({"CONF_ALLOW_MOBILE_UPDATE": "0", "CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE": "0"}).rules


@pytest.mark.parametrize(
    ("rules", "form", "locked"),
    [
        (LOCKED, {"mobile": "919000000002"}, "mobile number"),
        (LOCKED, {"mobile": "9000000001"}, ""),
        (LOCKED, {"mobile": "+91 90000 00001"}, ""),
        (LOCKED, {"mobile": "", "email": None}, ""),
        (LOCKED, {"email": "other@example.com"}, ""),
        (LOCKED, {"external_id": "E-1"}, ""),
        (OrgRules(), {"mobile": "919000000002"}, ""),
    ],
)
def test_an_identifier_is_filled_in_or_repeated_but_not_replaced(
    rules: OrgRules, form: dict[str, Any], locked: str
) -> None:
    told = locked_identifier(rules, ASHA, form)
    assert (locked in told) if locked else told == ""
