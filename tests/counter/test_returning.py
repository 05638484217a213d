"""Bills that come back at the counter: what is asked of the store, what stands in the way of an undo."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from agent.counter.returning import Redeemed, Returning
from agent.loyalty.calls.call import decode
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.calls.return_calls import return_calls
from agent.sale import events as e
from agent.sale.basket import BundlePart, Customer, PointsRedemption, Product, TenderType
from agent.sale.money import plain_text
from agent.sale.rules import OrgRules, rule_book
from agent.store import customers
from tests.rig.till import RICE, ZONE, RigTill

ASHA = Customer(mobile="919000000001", firstname="Asha")
POINTS = PointsRedemption(10_000, 1000, otp="123456")


class Desk:
    """A till with a member's bill that was partly paid with points, and the returns of it."""

    def __init__(self, directory: Path) -> None:
        self.till = RigTill(directory, undo_redemptions=True)
        self.redeemed: list[Redeemed] = []
        self.undo = True
        self.rules = OrgRules()
        self.number = self.sell(e.CustomerSet(ASHA), e.PointsApplied(POINTS))
        self.till.at += timedelta(days=1)

    @property
    def returning(self) -> Returning:
        self.till.open_sale.options = replace(self.till.options, undo_redemptions=self.undo)
        return Returning(
            self.till.till,
            self.till.open_sale,
            by_sku={"RICE": RICE, "SWEET": SWEET}.get,
            redeemed=lambda _: self.redeemed,
            rules=lambda: self.rules,
        )

    def sell(self, *events: e.Event, item: Product = RICE, pieces: int = 2) -> str:
        selling = self.till.open_sale
        for event in (e.ItemAdded(item, 1000 * pieces, item.price_minor), *events, e.TenderBegun()):
            assert selling.do(event).ok
        assert selling.do(e.TenderAdded(TenderType.CASH, selling.open_minor())).ok
        return str(selling.do(e.Completed()).data["bill_number"])

    def give_back(self) -> int:
        """Settle the open return; how much money went back."""
        selling = self.till.open_sale
        assert selling.do(e.TenderBegun()).ok
        refund = selling.open_minor()
        assert not refund or selling.do(e.TenderAdded(TenderType.CASH, refund)).ok
        assert selling.do(e.Completed()).ok
        return refund


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "store")
    yield made
    made.till.close()


def test_a_redemption_the_cloud_has_is_undone_by_its_own_name(desk: Desk) -> None:
    desk.redeemed = [Redeemed("points", "org-S1-T1-1-P2")]
    assert desk.returning.whole(desk.number, "torn", "").ok
    (undo,) = desk.till.open_sale.sale.undos
    assert (undo.reference, undo.given_back) == ("org-S1-T1-1-P2", True)
    assert desk.give_back() == 2 * 42500 - 1000


def test_a_redemption_that_is_not_settled_stands_in_the_way_of_the_whole_bill_alone(desk: Desk) -> None:
    desk.redeemed = [Redeemed("points", "", waits=True)]
    assert desk.returning.whole(desk.number, "torn", "").code == "redemption-waits"
    assert desk.returning.lines(desk.number, {1: 1000}, "torn", "").ok


def test_a_redemption_the_customer_paid_after_all_comes_back_as_money(desk: Desk) -> None:
    desk.redeemed = [Redeemed("points", "", waits=True, settled=True)]
    assert desk.returning.whole(desk.number, "torn", "").ok
    assert desk.till.open_sale.sale.undos == ()
    assert desk.give_back() == 2 * 42500


def test_parts_give_back_what_the_customer_paid_after_all_too(desk: Desk) -> None:
    desk.redeemed = [Redeemed("points", "", settled=True)]
    for _ in range(2):
        assert desk.returning.lines(desk.number, {1: 1000}, "torn", "").ok
    assert desk.give_back() == 2 * 42500


def test_what_is_given_back_in_money_is_said_and_shown(desk: Desk) -> None:
    """850.00, of which points paid 10.00: the customer gets 840.00 in money, on every screen."""
    desk.redeemed = [Redeemed("points", "org-S1-T1-1-P2")]
    told = desk.returning.whole(desk.number, "torn", "").text
    assert told == (
        f"840.00 of bill {desk.number} comes back in money."
        " Points or a coupon paid 10.00 more, given back as such."
    )
    assert desk.till.board.part("sale")["totals"]["settled_minor"] == -84_000
    assert desk.give_back() == 84_000
    assert desk.till.board.part("last_bill")["settled_minor"] == -84_000
    assert desk.till.board.part("notice")["text"] == "Bill S1T126C000001 is done. Give back 840.00."


def test_a_set_comes_back_as_money_after_the_other_goods_of_its_bill(desk: Desk) -> None:
    """Rice of 425.00 and a set of 300.00, paid in cash: the cloud takes money after money."""
    number = desk.sell(e.ItemAdded(BOX, 1000, BOX.price_minor), pieces=1)
    desk.till.at += timedelta(days=1)
    assert desk.returning.lines(number, {1: 1000}, "torn", "").ok
    assert desk.give_back() == 42_500
    seen = desk.returning.look(number).data
    assert (seen["hows"], seen["cash_minor"]) == (["AMOUNT"], 30_000)
    assert (
        desk.returning.lines(number, {2: 1000}, "torn", "").text == "Cups is a set. Give back money for it."
    )
    assert desk.returning.money(number, 30_000, "torn", "").ok
    assert desk.give_back() == 30_000
    assert desk.returning.look(number).data["hows"] == []
    told = [return_calls(CLOUD, closed.bill, lambda _: None) for closed in desk.till.completed[-2:]]
    bodies = [decode(call.body) for (call,) in told]
    assert [(body["returnType"], body["billAmount"]) for body in bodies] == [("AMOUNT", 425), ("AMOUNT", 300)]
    assert not any(body["lineItemsV2"] for body in bodies)


def test_one_of_two_lines_that_come_back_as_money_is_voided_alone_and_put_back(desk: Desk) -> None:
    sweet = e.ItemAdded(SWEET, 1000, SWEET.price_minor)
    number = desk.sell(sweet, e.ItemAdded(BOX, 1000, BOX.price_minor), pieces=1)
    selling = desk.till.open_sale
    assert desk.returning.lines(number, {1: 1000, 2: 1000}, "torn", "").ok
    assert selling.do(e.LineVoided(2)).ok
    assert [line.product.sku for line in selling.sale.live_lines] == ["RICE"]
    assert selling.do(e.LineRestored(2)).ok
    assert desk.returning.money(number, 30_000, "torn", "").ok
    assert selling.do(e.LineVoided(1)).ok
    assert not selling.sale.live_lines


def test_the_last_piece_of_a_bill_partly_paid_with_points_says_what_it_gives(desk: Desk) -> None:
    first, last = (desk.returning.lines(desk.number, {1: 1000}, "torn", "").text for _ in range(2))
    assert first == f"425.00 of bill {desk.number} comes back."
    assert last == (
        f"415.00 of bill {desk.number} comes back in money."
        " Points or a coupon paid 10.00 more, which is not given back."
    )
    assert desk.give_back() == 84_000
    assert desk.returning.look(desk.number).data["hows"] == []


@pytest.mark.parametrize("allowed", [True, False])
def test_a_redemption_that_never_happened_or_may_not_be_undone_gives_nobody_anything(
    desk: Desk, allowed: bool
) -> None:
    desk.undo = allowed
    desk.redeemed = [] if allowed else [Redeemed("points", "org-S1-T1-1-P1")]
    assert desk.returning.whole(desk.number, "torn", "").ok
    assert [undo.given_back for undo in desk.till.open_sale.sale.undos] == [False]
    assert desk.give_back() == 2 * 42500 - 1000


def test_what_came_back_is_remembered_over_a_restart_and_within_one_sale(desk: Desk) -> None:
    assert desk.returning.lines(desk.number, {1: 1000}, "torn", "").ok
    assert desk.returning.lines(desk.number, {1: 2000}, "torn", "").code == "more-than-left"
    desk.till.reopen()
    assert desk.returning.lines(desk.number, {1: 2000}, "torn", "").code == "more-than-left"
    desk.give_back()
    desk.till.reopen()
    assert desk.returning.lines(desk.number, {1: 2000}, "torn", "").code == "more-than-left"
    assert desk.returning.whole(desk.number, "torn", "").code == "returned-before"


def test_the_same_press_twice_brings_the_goods_back_once(desk: Desk) -> None:
    assert desk.returning.lines(desk.number, {1: 1000}, "torn", "key-1").ok
    assert desk.returning.lines(desk.number, {1: 1000}, "torn", "key-1").ok
    assert len(desk.till.open_sale.sale.returns) == 1


def test_a_credit_note_and_a_foreign_number_are_no_bills_to_return(desk: Desk) -> None:
    assert desk.returning.look("S1T126-000099").code == "no-such-bill"
    desk.undo = False
    desk.returning.whole(desk.number, "torn", "")
    desk.give_back()
    assert desk.returning.look("S1T126C000001").code == "credit-note"


def test_bills_of_an_erased_member_want_the_member_again(desk: Desk) -> None:
    with desk.till.store.transaction() as tx:
        tx.execute("DELETE FROM event")
        assert customers.erase(tx, "2030-01-01", 10) == 1
    assert desk.returning.lines(desk.number, {1: 1000}, "torn", "").code == "find-member"
    assert desk.till.open_sale.do(e.CustomerSet(replace(ASHA, firstname=""))).ok
    assert desk.returning.lines(desk.number, {1: 1000}, "torn", "").ok


def test_a_clock_that_is_wrong_stops_a_return_until_it_is_set(desk: Desk) -> None:
    """A credit note carries its date as a bill does."""
    desk.undo = False
    assert desk.returning.lines(desk.number, {1: 1000}, "torn", "").ok
    right, desk.till.at = desk.till.at, datetime(1970, 1, 1, tzinfo=ZONE)
    assert desk.till.open_sale.do(e.TenderBegun()).code == "clock-wrong"
    desk.till.at = right
    assert desk.give_back() > 0


SWEET = Product("SWEET", "Sweet", 50, 0)
BOX = Product("BOX", "Cups", 30_000, 1800, parts=(BundlePart("combo", "CUP", "Cup", 2000),))
CLOUD = CloudOptions("http://127.0.0.1:9/", "till", "secret")


def test_sweets_come_back_for_what_they_cost_over_restarts(desk: Desk) -> None:
    """Five of 0.50 cost 3.00; rounded by the credit note they would come back as 5.00."""
    number = desk.sell(item=SWEET, pieces=5)
    gave = []
    for _ in range(5):
        assert desk.returning.lines(number, {1: 1000}, "sticky", "").ok
        desk.till.reopen()
        gave.append(desk.give_back())
        desk.till.reopen()
    assert gave == [100, 0, 100, 0, 100]
    assert desk.returning.look(number).data["hows"] == []


def test_a_like_exchange_costs_nothing_and_what_it_sold_comes_back_for_what_it_took(desk: Desk) -> None:
    number = desk.sell(item=SWEET, pieces=5)
    assert desk.returning.lines(number, {1: 1000}, "sticky", "").ok
    assert desk.till.open_sale.do(e.ItemAdded(SWEET, 1000, 50)).ok
    assert desk.give_back() == 0
    gave = []
    for bill, pieces in ((number, 4), ("S1T126-000003", 1)):
        assert desk.returning.lines(bill, {1: 1000 * pieces}, "sticky", "").ok
        gave.append(desk.give_back())
    assert gave == [200, 100]


EVERY_RETURN_KEY = rule_book(
    {
        "IS_RETURN_BILL_UNIQUE": "1",
        "CONF_LOYALTY_IS_RETURN_BILL_NUMBER_REQUIRED": "1",
        "CONF_LOYALTY_IS_RETURN_BILL_MANUAL_HANDLING_ENABLED": "1",
        "CONF_ALLOW_NOT_EXISTING_BILL_RETURN": "1",
    }
).rules


@pytest.mark.parametrize("rules", [OrgRules(), EVERY_RETURN_KEY])
def test_every_credit_note_has_a_number_of_its_own_whatever_the_rules(desk: Desk, rules: OrgRules) -> None:
    """Also over a restart, also of one bill twice; and each names the bill it came from (677)."""
    desk.rules, number = rules, desk.sell(pieces=3)
    notes = []
    for _ in range(3):
        assert desk.returning.lines(number, {1: 1000}, "torn", "").ok
        assert [line.back.number for line in desk.till.open_sale.sale.returns if line.back] == [number]
        desk.give_back()
        notes.append(desk.till.completed[-1].bill.number)
        desk.till.reopen()
    assert notes == ["S1T126C000001", "S1T126C000002", "S1T126C000003"]
    assert desk.sell() == "S1T126-000003"


@pytest.mark.parametrize(
    ("number", "code"),
    [("", "bill-number"), ("  ", "bill-number"), ("N" * 51, "bill-number"), ("N" * 50, "")],
)
def test_goods_without_their_bill_name_it_and_it_is_not_one_of_this_till(
    desk: Desk, number: str, code: str
) -> None:
    """The cloud wants the number (677), of at most 50 characters; a bill of this till has its own limits."""
    desk.rules = EVERY_RETURN_KEY
    desk.till.open_sale.do(e.CustomerSet(ASHA))
    for typed in (f" {desk.number} ", desk.number.lower(), desk.number.replace("-", " - ")):
        known = desk.returning.unknown(typed, "2026-03-01", "RICE", 1000, "gift", "")
        assert (known.ok, known.code) == (False, "known-bill")
        assert f"Bill {desk.number} is of this till" in known.text
    answer = desk.returning.unknown(number, "2026-03-01", "RICE", 1000, "gift", "")
    assert (answer.ok, answer.code) == (code == "", code or "goods-back")
    assert len(desk.till.open_sale.sale.returns) == int(code == "")


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("", "Ask on which day"),
        ("2026-02-30", "There is no such day"),
        ("2026-3-1", "There is no such day"),
        ("2099-01-01", "still to come"),
    ],
)
def test_goods_without_their_bill_need_the_day_they_were_bought(desk: Desk, day: str, told: str) -> None:
    """The cloud takes no return without the time of its purchase (624)."""
    desk.rules = EVERY_RETURN_KEY
    desk.till.open_sale.do(e.CustomerSet(ASHA))
    answer = desk.returning.unknown("OTHER-1", day, "RICE", 1000, "gift", "")
    assert (answer.ok, answer.code) == (False, "bought-on")
    assert told in answer.text
    assert desk.returning.unknown("OTHER-1", str(desk.till.at.date()), "RICE", 1000, "gift", "").ok
    (line,) = desk.till.open_sale.sale.returns
    assert line.back is not None
    assert line.back.at == desk.till.at.replace(hour=0, minute=0, second=0).isoformat()


def test_goods_of_one_unknown_number_are_rounded_over_all_of_them(desk: Desk) -> None:
    desk.rules = EVERY_RETURN_KEY
    desk.till.rules = lambda: EVERY_RETURN_KEY
    desk.till.reopen()
    gave = []
    for _ in range(3):
        desk.till.open_sale.do(e.CustomerSet(ASHA))
        assert desk.returning.unknown("OTHER-1", "2026-03-01", "SWEET", 1000, "gift", "").ok
        gave.append(desk.give_back())
    assert gave == [100, 0, 100]


def test_a_rule_that_changes_while_goods_come_back_stops_the_credit_note(desk: Desk) -> None:
    """No number is used; the goods can be voided."""
    desk.rules = EVERY_RETURN_KEY
    desk.till.open_sale.do(e.CustomerSet(ASHA))
    assert desk.returning.unknown("OTHER-1", "2026-03-01", "RICE", 1000, "gift", "").ok
    refused = desk.till.open_sale.do(e.TenderBegun())
    assert (refused.ok, refused.code) == (False, "no-such-bill")
    assert desk.till.open_sale.do(e.LineVoided(1)).ok
    desk.till.rules = lambda: EVERY_RETURN_KEY
    desk.till.reopen()
    assert desk.returning.unknown("OTHER-1", "2026-03-01", "RICE", 1000, "gift", "").ok
    assert desk.give_back() == 42500
    assert desk.till.completed[-1].bill.number == "S1T126C000001"


def test_what_is_weighed_comes_back_without_its_bill_by_its_weight_alone(desk: Desk) -> None:
    desk.rules = rule_book({"CONF_ALLOW_NOT_EXISTING_BILL_RETURN": "1"}).rules
    assert desk.till.open_sale.do(e.CustomerSet(ASHA)).ok
    loose = replace(RICE, sku="LOOSE", unit="kg")
    returning = Returning(
        desk.till.till, desk.till.open_sale, by_sku={"LOOSE": loose}.get, rules=lambda: desk.rules
    )
    assert returning.unknown("X-1", "2026-11-20", "LOOSE", None, "bad", "").code == "weight-needed"
    assert returning.unknown("X-1", "2026-11-20", "LOOSE", 455, "bad", "").ok
    assert [line.qty_milli for line in desk.till.open_sale.sale.returns] == [455]


def test_to_finish_before_the_money_is_given_back_says_how_much_is(desk: Desk) -> None:
    assert desk.returning.whole(desk.number, "torn", "").ok
    selling = desk.till.open_sale
    assert selling.do(e.TenderBegun()).ok
    amount = plain_text(selling.open_minor())
    told = selling.do(e.Completed())
    assert (told.code, told.text) == ("not-now", f"{amount} must still be given back.")


def test_to_finish_before_the_bill_is_paid_says_how_much_is_missing(desk: Desk) -> None:
    selling = desk.till.open_sale
    assert selling.do(e.ItemAdded(RICE, 1000, RICE.price_minor)).ok
    assert selling.do(e.TenderBegun()).ok
    told = selling.do(e.Completed())
    assert told.text == f"{plain_text(RICE.price_minor)} is still to pay."
