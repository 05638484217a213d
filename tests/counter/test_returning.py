"""Bills that come back at the counter: what is asked of the store, what stands in the way of an undo."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from agent.counter.options import CounterOptions
from agent.counter.returning import Redeemed, Returning
from agent.counter.turn import Turn
from agent.sale import events as e
from agent.sale.basket import Customer, PointsRedemption, TenderType
from agent.sale.rules import OrgRules
from agent.store import customers
from tests.counter.test_selling import RICE, ZONE, Till

ASHA = Customer(mobile="919000000001", firstname="Asha")
POINTS = PointsRedemption(10_000, 1000, otp="123456")


class Desk:
    """A till with a member's bill that was partly paid with points, and the returns of it."""

    def __init__(self, directory: Path) -> None:
        self.till = Till(directory)
        self.redeemed: list[Redeemed] = []
        self.undo = True
        self.number = self.sell(e.CustomerSet(ASHA), e.PointsApplied(POINTS))
        self.till.at += timedelta(days=1)

    @property
    def returning(self) -> Returning:
        till = self.till
        options = CounterOptions("S1", "T1", "test", "S1T1", ZONE, undo_redemptions=self.undo)
        return Returning(
            Turn(), till.selling, till.store, options, {"RICE": RICE}.get, lambda _: self.redeemed, OrgRules
        )

    def sell(self, *events: e.Event) -> str:
        selling = self.till.selling
        for event in (e.ItemAdded(RICE, 2000, RICE.price_minor), *events, e.TenderBegun()):
            assert selling.do(event).ok
        assert selling.do(e.TenderAdded(TenderType.CASH, selling.open_minor())).ok
        return str(selling.do(e.Completed()).data["bill_number"])

    def give_back(self) -> int:
        """Settle the open return; how much money went back."""
        selling = self.till.selling
        assert selling.do(e.TenderBegun()).ok
        refund = selling.open_minor()
        assert selling.do(e.TenderAdded(TenderType.CASH, refund)).ok
        assert selling.do(e.Completed()).ok
        return refund


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "store")
    yield made
    made.till.store.close()


def test_a_redemption_the_cloud_has_is_undone_by_its_own_name(desk: Desk) -> None:
    desk.redeemed = [Redeemed("points", "org-S1-T1-1-P2")]
    assert desk.returning.whole(desk.number, "torn", "").ok
    (undo,) = desk.till.selling.sale.undos
    assert (undo.reference, undo.given_back) == ("org-S1-T1-1-P2", True)
    assert desk.give_back() == 2 * 42500 - 1000


def test_a_redemption_that_is_not_settled_stands_in_the_way_of_the_whole_bill_alone(desk: Desk) -> None:
    desk.redeemed = [Redeemed("points", "", waits=True)]
    assert desk.returning.whole(desk.number, "torn", "").code == "redemption-waits"
    assert desk.returning.lines(desk.number, {1: 1000}, "torn", "").ok


def test_a_redemption_the_customer_paid_after_all_comes_back_as_money(desk: Desk) -> None:
    desk.redeemed = [Redeemed("points", "", waits=True, settled=True)]
    assert desk.returning.whole(desk.number, "torn", "").ok
    assert desk.till.selling.sale.undos == ()
    assert desk.give_back() == 2 * 42500


@pytest.mark.parametrize("allowed", [True, False])
def test_a_redemption_that_never_happened_or_may_not_be_undone_gives_nobody_anything(
    desk: Desk, allowed: bool
) -> None:
    desk.undo = allowed
    desk.redeemed = [] if allowed else [Redeemed("points", "org-S1-T1-1-P1")]
    assert desk.returning.whole(desk.number, "torn", "").ok
    assert [undo.given_back for undo in desk.till.selling.sale.undos] == [False]
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
    assert len(desk.till.selling.sale.returns) == 1


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
    assert desk.till.selling.do(e.CustomerSet(replace(ASHA, firstname=""))).ok
    assert desk.returning.lines(desk.number, {1: 1000}, "torn", "").ok


def test_a_clock_that_is_wrong_stops_a_return_until_it_is_set(desk: Desk) -> None:
    """A credit note carries its date as a bill does."""
    desk.undo = False
    assert desk.returning.lines(desk.number, {1: 1000}, "torn", "").ok
    right, desk.till.at = desk.till.at, datetime(1970, 1, 1, tzinfo=ZONE)
    assert desk.till.selling.do(e.TenderBegun()).code == "clock-wrong"
    desk.till.at = right
    assert desk.give_back() > 0
