"""Whole bills that come back at a real till, and what its queue makes of ids that the cloud once gave."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agent.loyalty.calls.call import Call
from agent.loyalty.line.exchange import Kind, RawAnswer, idle
from agent.printing.receipts import notes
from agent.sale import events as e
from agent.sale.basket import TenderType
from agent.sale.return_values import Back, ReturnHow, Undo, Worth
from agent.simulated.cloud.books.ledger_rows import Bill as CloudBill
from agent.store import bills, delivery
from agent.till.rights import Claim
from tests.rig.desk import BOSS, PIN, DeskTill, LedgerWire, till
from tests.rig.shop import ASHA, shop
from tests.rig.till import RICE


def _points(call: Call) -> int:
    return int(call.fact("points_milli") or 0) // 1000


class OddIds(LedgerWire):
    """A cloud that gives the use of a coupon this id, and takes what comes back."""

    coupon_id = "77"

    def send(self, call: Call, deadline_s: float, meanwhile: Callable[[], None] = idle) -> RawAnswer:
        item = {"success": "true", "code": 700}
        coupon = {"redemptionId": self.coupon_id, "code": call.fact("code"), "item_status": item}
        answers = {
            "coupon_redeem": {"coupons": {"coupon": coupon}},
            "transaction_return": {"createdId": 501},
            "points_reverse": {"reversalId": 502, "pointsReversed": _points(call)},
        }
        if call.op not in answers:
            return super().send(call, deadline_s, meanwhile)
        self.sent.append(call)
        return RawAnswer(Kind.ANSWERED, 200, json.dumps(answers[call.op]).encode())


def _sold(made: DeskTill, wire: LedgerWire) -> str:
    made.sender.wire = wire
    made.sell(1)
    made.sender.drain()
    assert made.states() == {}
    options = replace(made.agent.open_sale.options, undo_redemptions=True, unknown_returns=True)
    made.agent.open_sale.options = options
    return "S01T1-000001"


@pytest.mark.parametrize(("given", "undone"), [("77", True), ("7t4y2a", False), ("1_000", False)])
def test_a_whole_bill_comes_back_whatever_id_the_cloud_gave_its_coupon(
    tmp_path: Path, given: str, undone: bool
) -> None:
    """What the cloud cannot be asked to reactivate is said before money goes back, and the sale goes on."""
    wire = OddIds()
    wire.coupon_id = given
    with till(tmp_path) as made:
        number = _sold(made, wire)
        answer = made.agent.returning.whole(number, "torn", "")
        assert answer.ok
        assert ("Its coupon cannot be given back" in answer.text) is not undone
        assert made.agent.cashier.pay_exact(TenderType.CASH, "", "").ok
        ops = {row["op"] for row in made.desk.rows()}
        assert ops == {"transaction_return", "points_reverse"} | ({"coupon_reactivate"} if undone else set())


def test_what_cannot_be_told_waits_for_a_person_and_the_customer_has_the_money(tmp_path: Path) -> None:
    """As from an older version of this till: a day instead of a time, an id that is no number."""
    with till(tmp_path) as made:
        number = _sold(made, OddIds())
        whole = made.agent.returning.whole(number, "torn", "")
        assert whole.ok
        selling = made.agent.open_sale
        undo = Undo("coupon", number, 0, code="TEN", reference="7t4y2a")
        selling.sale = replace(selling.sale, undos=(*selling.sale.undos[:1], undo))
        old = Back("OTHER-1", "2026-11-20", ReturnHow.LINE_ITEM, "gift", known=False)
        line = e.ReturnLine(old, RICE, 1000, 5000, Worth(5000, 0, 5000, 0, 0, 0))
        assert selling.do(e.GoodsReturned((line,))).ok
        answer = made.agent.cashier.pay_exact(TenderType.CASH, "", "")
        assert answer.ok
        notice = made.agent.board.part("notice")
        assert notice["level"] == "warn"
        assert "Giving back the coupon of bill S01T1-000001 cannot be told to the cloud" in notice["text"]
        assert "The return of bill OTHER-1 cannot be told to the cloud" in notice["text"]
        assert made.agent.tally.tally()[:2] == (4, 2)
        made.sender.drain()
        assert list(made.states().values()) == ["parked", "parked"], "the rest is told"
        assert made.sell(2, redeem=False)
        made.sender.drain()
        assert len(made.states()) == 2, "the customer's next bill is not held up"
        for row_id in list(made.states()):
            shown = made.desk.show(row_id)
            assert shown is not None
            assert shown["request"]["body"] is None
            assert "cannot be told to the cloud" in shown["text"]
            assert made.desk.retry(row_id, "", f"r{row_id}").ok
        made.sender.drain()
        assert list(made.states().values()) == ["parked", "parked"], "trying again sends nothing"
        for row_id in list(made.states()):
            assert made.desk.waive(row_id, "credited by hand", f"w{row_id}", Claim(BOSS, PIN)).ok
        assert made.states() == {}


@pytest.mark.parametrize("price_minor", [150_000, 50_000], ids=["worth more", "worth less"])
def test_an_exchange_for_goods_of_a_waived_bill_tells_the_cloud_of_the_new_goods_alone(
    tmp_path: Path, price_minor: int
) -> None:
    """The cloud never heard of that bill: it can take nothing back of it, and earned no points for it."""
    with shop(tmp_path) as made:
        made.begin(ASHA)
        gone = made.pay()
        (row,) = made.till.desk.rows()
        assert made.till.desk.waive(row["id"], "entered twice", "w", Claim(BOSS, PIN)).ok
        # What comes back in the second in which it was bought is told by itself.
        time.sleep(1.1)
        assert made.till.agent.returning.lines(gone, {1: 1000}, "torn", "r").ok
        made.scan(price_minor)
        if made.sale.customer is None:
            assert made.desk.search("mobile", ASHA, "").ok
        number = made.pay()
        made.till.sender.drain()
        assert made.till.states() == {}
        told = [one for one in made.world.ledger.all(CloudBill) if one.number in (gone, number)]
        assert [(one.number, one.kind, one.amount_minor) for one in told] == [
            (number, "REGULAR", price_minor)
        ]
        bill = made.till.agent.till.read(lambda tx: bills.load(tx, bills.find(tx, number) or 0))
        assert [note.id for note in notes(bill)] == ["receipt.points.come"], "no points are taken back"


@pytest.mark.parametrize("new_minor", [0, 150_000, 50_000], ids=["back", "worth more", "worth less"])
def test_of_a_bill_that_is_waived_after_its_goods_came_back_nothing_is_told_and_nobody_called(
    tmp_path: Path, new_minor: int
) -> None:
    """The cloud never heard of the bill, so it would refuse the return (625)."""
    with shop(tmp_path) as made:
        desk, agent = made.till.desk, made.till.agent
        made.begin(ASHA)
        gone = made.pay()
        (bill,) = made.till.states()
        agent.till.write(lambda tx: delivery.park(tx, bill, "601", "too much"))
        time.sleep(1.1)
        assert agent.returning.lines(gone, {1: 1000}, "torn", "r").ok
        if new_minor:
            made.scan(new_minor)
        if made.sale.customer is None:
            assert made.desk.search("mobile", ASHA, "").ok
        number = made.pay()
        back = [row["id"] for row in desk.rows() if row["op"] == "transaction_return"]
        answer = desk.waive(bill, "entered twice", "w", Claim(BOSS, PIN))
        assert answer.ok
        assert answer.data["returns"] == back
        assert ("waived with it" in answer.text) is bool(back)
        made.till.sender.drain()
        assert made.till.states() == {}
        told = [one for one in made.world.ledger.all(CloudBill) if one.number in (gone, number)]
        new = [(number, "REGULAR", new_minor)] if new_minor else []
        assert [(one.number, one.kind, one.amount_minor) for one in told] == new
        assert desk.waive(bill, "entered twice", "w", Claim(BOSS, PIN)) == answer
        assert len(made.till.told("queue-waived")) == 1 + len(back)


@pytest.mark.parametrize("state", ["unknown", "unsure"])
def test_the_return_of_a_waived_bill_that_may_have_arrived_is_told(tmp_path: Path, state: str) -> None:
    with shop(tmp_path) as made:
        made.begin(ASHA)
        gone = made.pay()
        (bill,) = made.till.states()
        unsure = state == "unsure"
        agent = made.till.agent
        agent.till.write(
            lambda tx: (
                delivery.park(tx, bill, "", "", unsure=True)
                if unsure
                else delivery.later(tx, bill, 0, "", "", "unknown")
            )
        )
        time.sleep(1.1)
        assert agent.returning.lines(gone, {1: 1000}, "torn", "r").ok
        made.pay()
        answer = made.till.desk.waive(bill, "is there", "w", Claim(BOSS, PIN))
        assert (answer.ok, answer.data["returns"]) == (True, [])
        assert [row["op"] for row in made.till.desk.rows()] == ["transaction_return"]


def test_a_members_later_calls_pass_a_bill_that_needs_a_person_and_its_return_waits_for_it(
    tmp_path: Path,
) -> None:
    """Sent first, the return and the exchange would be refused: the cloud does not know their bill (625)."""
    with shop(tmp_path) as made:
        made.begin(ASHA)
        waits = made.pay()
        (bill,) = made.till.states()
        made.till.agent.till.write(lambda tx: delivery.park(tx, bill, "601", "too much"))
        made.till.sender.queue.changed([bill])
        made.begin(ASHA)
        passes = made.pay()
        made.till.sender.drain()
        assert made.till.states() == {bill: "parked"}, "the next bill is told"
        time.sleep(1.1)
        assert made.till.agent.returning.lines(waits, {1: 1000}, "torn", "r").ok
        made.pay()
        assert made.till.agent.returning.lines(passes, {1: 1000}, "torn", "r").ok
        made.scan(150_000)
        if made.sale.customer is None:
            assert made.desk.search("mobile", ASHA, "").ok
        exchanged = made.pay()
        made.till.sender.drain()
        back, *others = sorted(made.till.states().keys() - {bill})
        assert others == [], "goods of another bill are exchanged meanwhile"
        shown = made.till.desk.show(back)
        assert shown is not None
        assert shown["advice"][0] == f"It waits for call {bill}, which needs a person first."
        assert made.till.desk.retry(bill, "", "again").ok
        made.till.sender.drain()
        assert made.till.states() == {}
        told = [one for one in made.world.ledger.all(CloudBill) if one.number in (waits, passes, exchanged)]
        assert [(one.number, one.kind) for one in told if one.kind == "RETURN"][-1:] == [(waits, "RETURN")]
