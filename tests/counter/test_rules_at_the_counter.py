"""The organisation's rules against a real store: a refused sale uses no number, a held upload is not sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.counter.rule_checks import locked_identifier
from agent.language.language import english
from agent.printing.receipts import notes
from agent.sale import events as e
from agent.sale import returns
from agent.sale.basket import Bill, CouponRedemption, Customer, PointsRedemption, Product, TenderType, Use
from agent.sale.returnable import Returnable, returnable
from agent.sale.rules import OrgRules, rule_book
from agent.store import bills, outbox
from tests.rig.till import RICE, RigTill

DUE = RICE.price_minor


class RuledTill(RigTill):
    """A till with a cloud to tell: a bill and a redemption that waits for it. configs are the rules."""

    configs: dict[str, str]

    def open(self) -> None:
        self.configs = {}
        super().open()

    def rules(self) -> OrgRules:
        return rule_book(self.configs).rules

    def calls(self, bill: Bill, points_otp: str, coupon_otp: str) -> Sequence[outbox.Entry]:
        return (
            outbox.Entry("transaction_add", "chain", f"bill:{bill.number}", b"{}"),
            outbox.Entry("coupon_redeem", "chain", f"coupon:{bill.number}", b"{}", 0),
        )

    def rows(self) -> list[outbox.Row]:
        return outbox.rows(self.store.connection)

    def notice(self) -> dict[str, Any]:
        return dict(self.board.part("notice"))


@pytest.fixture
def till(tmp_path: Path) -> Iterator[RuledTill]:
    made = RuledTill(tmp_path / "store")
    yield made
    made.close()


@pytest.fixture
def selling_till(tmp_path: Path) -> Iterator[RuledTill]:
    """A shop that sells what the organisation does not take."""
    made = RuledTill(tmp_path / "store", sell_outside=True)
    yield made
    made.close()


OUTSIDE = [
    {"CONF_LOYALTY_MAX_BILL_AMOUNT": "400"},
    {"CONF_LOYALTY_MIN_BILL_AMOUNT": "500"},
    {"CONF_LOYALTY_MAX_BILL_LINEITEM_AMOUNT": "400"},
    {"CONF_LOYALTY_MIN_BILL_LINEITEM_AMOUNT": "500"},
]


@pytest.mark.parametrize("configs", OUTSIDE)
def test_a_bill_outside_the_limits_is_refused_before_payment_and_uses_no_number(
    till: RuledTill, configs: dict[str, str]
) -> None:
    till.configs = configs
    till.open_sale.do(e.ItemAdded(RICE, 1000, DUE))
    refused = till.open_sale.do(e.TenderBegun())
    assert (refused.ok, refused.code in ("bill-amount", "line-amount")) == (False, True)
    assert "cloud.outside_limits" in refused.text
    assert bills.upcoming(till.store.connection, "S1T126") == 1
    till.configs = {}
    assert till.open_sale.do(e.TenderBegun()).ok


@pytest.mark.parametrize("configs", OUTSIDE)
def test_where_the_shop_says_so_it_is_sold_without_loyalty(
    selling_till: RuledTill, configs: dict[str, str]
) -> None:
    """Said before money is taken and after, on paper too; nothing waits for a person."""
    till = selling_till
    till.configs = configs
    till.open_sale.do(e.CustomerSet(ASHA))
    till.open_sale.do(e.ItemAdded(RICE, 1000, DUE))
    assert till.open_sale.do(e.TenderBegun()).ok
    assert (till.notice()["level"], "without loyalty" in till.notice()["text"]) == ("warn", True)
    till.open_sale.do(e.TenderAdded(TenderType.CASH, DUE))
    done = till.open_sale.do(e.Completed())
    assert "Sold without loyalty" in till.notice()["text"]
    number = done.data["bill_number"]
    assert till.rows() == []
    assert till.board.part("last_bill")["sync"] == "none"
    till.configs = {}
    bill = _bill(till, number)
    assert (bill.loyalty, bill.earns) == (False, False)
    assert _notes(bill) == ["This bill earns no points."]


def test_what_hangs_on_the_cloud_is_not_sold_without_it(selling_till: RuledTill) -> None:
    till = selling_till
    number = till.sell()
    till.configs = OUTSIDE[0]
    for event in (
        e.CustomerSet(ASHA),
        e.ItemAdded(RICE, 1000, DUE),
        e.CouponApplied(CouponRedemption("FIFTY", minor=500)),
    ):
        assert till.open_sale.do(event).ok
    refused = till.open_sale.do(e.TenderBegun())
    assert (refused.code, "take coupon and points off" in refused.text) == ("bill-amount", True)
    assert till.open_sale.do(e.CouponRemoved()).ok
    back = returns.by_lines(_found(till, number), {1: 1000}, "torn")
    for event in (back, e.ItemAdded(RICE, 2000, DUE)):
        assert till.open_sale.do(event).ok
    assert till.open_sale.do(e.TenderBegun()).code == "bill-amount"


def test_a_bill_within_the_limits_is_sent(till: RuledTill) -> None:
    till.configs = {"CONF_LOYALTY_MAX_BILL_AMOUNT": "425", "CONF_LOYALTY_MIN_BILL_AMOUNT": "425"}
    till.sell()
    assert [row.state for row in till.rows()] == ["ready", "ready"]
    assert till.board.part("last_bill")["sync"] == "queued"


def test_a_number_the_organisation_does_not_take_stops_the_sale_before_payment(till: RuledTill) -> None:
    """And uses no number: the sale goes on with the next one once the rule is mended."""
    till.configs = {"CONF_CLIENT_BILL_NO_REGEX": "X.*"}
    till.open_sale.do(e.ItemAdded(RICE, 1000, DUE))
    assert till.open_sale.do(e.TenderBegun()).code == "number-pattern"
    assert till.open_sale.sale.phase.value == "selling"
    till.configs = {}
    till.open_sale.do(e.TenderBegun())
    till.open_sale.do(e.TenderAdded(TenderType.CASH, DUE))
    assert till.open_sale.do(e.Completed()).data["bill_number"] == "S1T126-000001"


def test_a_rule_that_changes_while_money_is_taken_still_stops_the_number(till: RuledTill) -> None:
    till.open_sale.do(e.ItemAdded(RICE, 1000, DUE))
    till.open_sale.do(e.TenderBegun())
    till.open_sale.do(e.TenderAdded(TenderType.CASH, DUE))
    till.configs = {"CONF_CLIENT_BILL_NO_REGEX": "X.*"}
    assert till.open_sale.do(e.Completed()).code == "number-pattern"
    assert bills.newest(till.store.connection, 1) == []
    assert till.rows() == []


def test_the_pattern_is_held_against_the_number_that_comes_next(till: RuledTill) -> None:
    till.configs = {"CONF_CLIENT_BILL_NO_REGEX": ".*-00000[12]"}
    assert [till.sell(), till.sell()] == ["S1T126-000001", "S1T126-000002"]
    till.open_sale.do(e.ItemAdded(RICE, 1000, DUE))
    assert till.open_sale.do(e.TenderBegun()).code == "number-pattern"


def test_nonsense_stops_no_sale(till: RuledTill) -> None:
    till.configs = {"CONF_CLIENT_BILL_NO_REGEX": "(", "CONF_LOYALTY_MAX_BILL_AMOUNT": "lots"}
    till.sell()
    assert [row.state for row in till.rows()] == ["ready", "ready"]


def test_a_coupon_that_takes_nothing_off_is_kept_for_the_customer(till: RuledTill) -> None:
    """An exchange that gives money back leaves a coupon nothing; it would be redeemed all the same."""
    number = till.sell()
    coupon = e.CouponApplied(CouponRedemption("FIFTY", minor=5000, use=Use.TENDER))
    back = returns.by_lines(_found(till, number), {1: 1000}, "torn")
    for event in (e.CustomerSet(ASHA), back, e.ItemAdded(TEA, 1000, 10_000), coupon):
        assert till.open_sale.do(event).ok
    refused = till.open_sale.do(e.TenderBegun())
    assert (refused.ok, refused.code) == (False, "coupon-worthless")
    assert "FIFTY" in refused.text
    assert bills.upcoming(till.store.connection, "S1T126") == 2
    assert till.open_sale.do(e.CouponRemoved()).ok
    assert till.open_sale.do(e.TenderBegun()).ok


def test_a_coupon_that_takes_something_off_is_used_in_an_exchange(till: RuledTill) -> None:
    number = till.sell()
    back = returns.by_lines(_found(till, number), {1: 1000}, "torn")
    coupon = e.CouponApplied(CouponRedemption("FIFTY", minor=5000, use=Use.TENDER))
    for event in (e.CustomerSet(ASHA), back, e.ItemAdded(RICE, 2000, DUE), coupon, e.TenderBegun()):
        assert till.open_sale.do(event).ok
    assert till.open_sale.open_minor() == DUE - 5000


def test_points_that_are_worth_nothing_on_the_bill_are_kept_for_the_customer(till: RuledTill) -> None:
    for event in (
        e.CustomerSet(ASHA),
        e.ItemAdded(RICE, 1000, DUE),
        e.PointsApplied(PointsRedemption(1_000, 0)),
    ):
        assert till.open_sale.do(event).ok
    assert till.open_sale.do(e.TenderBegun()).code == "points-worthless"
    assert till.open_sale.do(e.PointsRemoved()).ok
    assert till.open_sale.do(e.TenderBegun()).ok


def test_a_coupon_on_a_credit_note_is_kept_as_well(till: RuledTill) -> None:
    back = returns.by_lines(_found(till, till.sell()), {1: 1000}, "torn")
    for event in (e.CustomerSet(ASHA), back, e.CouponApplied(CouponRedemption("TENTH", bp=1000))):
        assert till.open_sale.do(event).ok
    assert till.open_sale.do(e.TenderBegun()).code == "coupon-worthless"


@pytest.mark.parametrize(
    "key",
    [
        {"CONF_OUTLIER_ITEM_SKU": "RICE"},
        {"IGNORE_POINTS_FOR_BILL_NUMBER_STARTS_WITH": "S1"},
        {"MARK_BILLS_OUTLIER_STARTING_WITH": "S1"},
    ],
)
def test_a_bill_without_points_promises_none_on_paper(till: RuledTill, key: dict[str, str]) -> None:
    """Nor does its copy, when the rule has gone since."""
    till.configs = key
    till.open_sale.do(e.CustomerSet(ASHA))
    number = till.sell()
    assert till.rows()[0].state == "ready"
    till.configs = {}
    assert _notes(_bill(till, number)) == ["This bill earns no points."]
    till.open_sale.do(e.CustomerSet(ASHA))
    assert "are added" in _notes(_bill(till, till.sell()))[0]


def _notes(bill: Bill) -> list[str]:
    return [english().text(note) for note in notes(bill)]


@pytest.mark.parametrize(("key", "words"), [("", "taken back"), ("1", "taken back"), ("0", "stay with")])
def test_the_paper_says_whether_points_of_returned_goods_stay(till: RuledTill, key: str, words: str) -> None:
    till.configs = {"CONF_POINTS_RETURN_ENABLED": key}
    till.open_sale.do(e.CustomerSet(ASHA))
    note = _returned(till, till.sell())
    (told,) = _notes(_bill(till, note))
    assert words in told


def test_an_exchange_says_in_one_sentence_which_points_come_and_which_go(till: RuledTill) -> None:
    till.open_sale.do(e.CustomerSet(ASHA))
    number = till.sell()
    bill = _bill(till, _returned(till, number))
    (told,) = _notes(replace(bill, kind="mixed", lines=(*bill.lines, *_bill(till, number).lines)))
    assert told == (
        "Points for what was bought are added and those for what was returned are taken back when this bill "
        "reaches the loyalty system."
    )


def test_the_words_stay_when_the_rule_changes_afterwards(till: RuledTill) -> None:
    """A copy says what the original said."""
    till.configs = {"CONF_POINTS_RETURN_ENABLED": "0"}
    till.open_sale.do(e.CustomerSet(ASHA))
    note = _returned(till, till.sell())
    till.configs = {}
    assert "stay with" in _notes(_bill(till, note))[0]


def test_goods_of_a_bill_without_a_member_have_no_points_to_take_back(till: RuledTill) -> None:
    number = till.sell()
    till.open_sale.do(e.CustomerSet(ASHA))
    assert notes(_bill(till, _returned(till, number))) == ()


def test_who_collects_no_points_is_promised_none_and_loses_none(till: RuledTill) -> None:
    visitor = replace(ASHA, loyalty=False)
    till.open_sale.do(e.CustomerSet(visitor))
    number = till.sell()
    assert notes(_bill(till, number)) == ()
    till.open_sale.do(e.CustomerSet(visitor))
    assert notes(_bill(till, _returned(till, number))) == ()


def test_of_a_bill_that_earned_none_no_points_are_taken_back(till: RuledTill) -> None:
    till.configs = {"IGNORE_POINTS_FOR_BILL_NUMBER_STARTS_WITH": "S1"}
    till.open_sale.do(e.CustomerSet(ASHA))
    number = till.sell()
    till.configs = {}
    assert notes(_bill(till, _returned(till, number))) == ()


TEA = Product("TEA", "Tea", 10_000, 500)


def _found(till: RuledTill, number: str) -> Returnable:
    return returnable(_bill(till, number), [])


def _bill(till: RuledTill, number: str) -> Bill:
    bill = bills.load(till.store.connection, bills.find(till.store.connection, number) or 0)
    assert bill is not None
    return bill


def _returned(till: RuledTill, number: str) -> str:
    """The credit note of all of a bill."""
    selling = till.open_sale
    assert selling.do(returns.by_lines(_found(till, number), {1: 1000}, "torn")).ok
    assert selling.do(e.TenderBegun()).ok
    assert selling.do(e.TenderAdded(TenderType.CASH, selling.open_minor())).ok
    return str(selling.do(e.Completed()).data["bill_number"])


ASHA = Customer(mobile="919000000001", email="asha@example.com")
LOCKED = rule_book({"CONF_ALLOW_MOBILE_UPDATE": "0", "CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE": "0"}).rules


@pytest.mark.parametrize(
    ("rules", "form", "locked"),
    [
        (LOCKED, {"mobile": "919000000002"}, "identifier-locked.mobile"),
        (LOCKED, {"mobile": "9000000001"}, None),
        (LOCKED, {"mobile": "+91 90000 00001"}, None),
        (LOCKED, {"mobile": "", "email": None}, None),
        (LOCKED, {"email": "other@example.com"}, None),
        (LOCKED, {"external_id": "E-1"}, None),
        (OrgRules(), {"mobile": "919000000002"}, None),
    ],
)
def test_an_identifier_is_filled_in_or_repeated_but_not_replaced(
    rules: OrgRules, form: dict[str, Any], locked: str | None
) -> None:
    told = locked_identifier(rules, ASHA, form)
    assert (told.id if told else None) == locked
