"""Every way out of what is owed, as a person goes it: a fresh code, the bill given back; meanwhile the
customer's later bills go."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.sale import events as e
from agent.sale.basket import TenderType
from agent.simulated.cloud.books import points as cloud_points
from agent.simulated.cloud.books.ledger_rows import Bill, CouponUse, Otp, PointsRedemption, Series
from agent.store import waived
from agent.till.rights import Claim
from tests.rig.desk import BOSS, PIN
from tests.rig.shop import ASHA, BALA, Shop, shop

POINTS = 50_000


def last_code(till: Shop) -> Otp:
    return max(till.world.ledger.all(Otp), key=lambda otp: otp.id)


def used_up(till: Shop) -> None:
    with till.world.ledger.transaction():
        till.world.ledger.put(replace(last_code(till), used=True))


def owing_points(till: Shop, code: str = "808") -> tuple[str, dict[str, Any]]:
    """A bill whose points the cloud refuses, and the row; by default since their code has lapsed."""
    till.begin(ASHA)
    otp = ""
    if code == "808":
        assert till.desk.points_otp(POINTS).ok
        otp = last_code(till).code
    assert till.desk.points(POINTS, otp, "").ok
    number = till.pay()
    if code == "808":
        used_up(till)
    else:
        cloud_points.expire(till.world, till.member(ASHA), POINTS)
    till.till.sender.drain()
    (row,) = till.till.desk.rows()
    assert (row["op"], row["state"], row["code"]) == ("points_redeem", "parked", code)
    return number, row


def refused_points(till: Shop) -> tuple[str, dict[str, Any]]:
    """The open sale paid, and the row of its points, which the cloud refuses as it has none left."""
    assert till.desk.points(POINTS, "", "").ok
    number = till.pay()
    cloud_points.expire(till.world, till.member(ASHA), POINTS)
    till.till.sender.drain()
    (row,) = till.till.desk.rows()
    assert (row["op"], row["state"]) == ("points_redeem", "parked")
    return number, row


def owing_coupon(till: Shop) -> tuple[str, dict[str, Any]]:
    """A bill whose coupon wants a code of which its check said nothing."""
    till.begin(ASHA)
    assert till.desk.coupon("FLAT100A", "").ok
    number = till.pay()
    (series,) = [one for one in till.world.ledger.all(Series) if one.discount_code == "FLAT100"]
    with till.world.ledger.transaction():
        till.world.ledger.put(replace(series, needs_code=True))
    till.till.sender.drain()
    (row,) = till.till.desk.rows()
    assert (row["op"], row["state"], row["code"]) == ("coupon_redeem", "parked", "725")
    return number, row


def give_back(till: Shop) -> str:
    answer = till.desk.pay_exact(TenderType.CASH, "", "")
    assert answer.ok, answer.text
    return str(answer.data["bill_number"])


def test_points_whose_code_lapsed_are_taken_with_a_fresh_one(tmp_path: Path) -> None:
    with shop(tmp_path) as till:
        number, row = owing_points(till)
        assert row["choices"] == ["retry-code", "retry-anew", "settle", "waive"]
        sent = till.till.desk.send_code(row["id"])
        assert (sent.ok, sent.text) == (True, "A code is on its way to …0001.")
        answer = till.till.desk.retry(row["id"], "", "k", last_code(till).code)
        assert answer.ok, answer.text
        till.till.sender.drain()
        assert till.till.states() == {}
        (taken,) = till.world.ledger.all(PointsRedemption)
        assert (taken.bill_number, taken.points_milli, taken.reference[-3:]) == (number, POINTS, "-P2")
        till.till.journal_holds()
        assert last_code(till).code not in str(till.till.told("queue-retry"))


def test_a_coupon_that_wants_a_code_after_all_is_used_with_one(tmp_path: Path) -> None:
    with shop(tmp_path) as till:
        number, row = owing_coupon(till)
        assert row["choices"] == ["retry-code", "retry", "settle", "waive"]
        assert till.till.desk.send_code(row["id"]).ok
        assert till.till.desk.retry(row["id"], "", "k", last_code(till).code).ok
        till.till.sender.drain()
        assert till.till.states() == {}
        (use,) = till.world.ledger.all(CouponUse)
        assert use.bill_number == number


def test_a_wrong_fresh_code_leaves_it_owed_and_another_may_follow(tmp_path: Path) -> None:
    with shop(tmp_path) as till:
        _, row = owing_points(till)
        assert till.till.desk.send_code(row["id"]).ok
        assert till.till.desk.retry(row["id"], "", "k1", "000000").ok
        till.till.sender.drain()
        (again,) = till.till.desk.rows()
        assert (again["state"], again["code"]) == ("parked", "808")
        assert till.till.desk.retry(row["id"], "", "k2", last_code(till).code).ok
        till.till.sender.drain()
        assert till.till.states() == {}


def test_a_code_is_for_what_is_owed_alone(tmp_path: Path) -> None:
    with shop(tmp_path, otp_required=False) as till:
        till.begin(ASHA)
        assert till.desk.points(POINTS, "", "").ok
        till.pay()
        bill, points = till.till.desk.rows()
        assert till.till.desk.send_code(bill["id"]).code == "no-code-wanted"
        assert till.till.desk.send_code(points["id"]).code == "no-code-wanted"
        assert till.till.desk.retry(points["id"], "", "k", "123456").code == "no-code-wanted"
        assert till.till.desk.send_code(999).code == "no-such-row"


def test_a_code_that_cannot_be_sent_is_said_not_to_be(tmp_path: Path) -> None:
    with shop(tmp_path) as till:
        _, row = owing_points(till)
        till.counter.down = True
        assert "cannot be reached" in till.no(till.till.desk.send_code(row["id"]))


def test_the_customers_later_bills_go_while_something_is_owed(tmp_path: Path) -> None:
    with shop(tmp_path, otp_required=False) as till:
        _, row = owing_points(till, "818")
        till.begin(ASHA)
        later = till.pay()
        till.till.sender.drain()
        assert till.till.states() == {row["id"]: "parked"}
        assert later in {bill.number for bill in till.world.ledger.all(Bill)}


@pytest.mark.parametrize("undoes", [False, True], ids=["redemptions are not undone", "they are undone"])
def test_the_bill_given_back_whole_leaves_nothing_owed(tmp_path: Path, *, undoes: bool) -> None:
    with shop(tmp_path, otp_required=False) as till:
        agent = till.till.agent
        agent.open_sale.options = replace(agent.open_sale.options, undo_redemptions=undoes)
        number, row = owing_points(till, "818")
        answer = agent.returning.whole(number, "torn", "r")
        assert answer.ok, answer.text
        assert answer.text == (
            f"950.00 of bill {number} comes back."
            " The loyalty system never took what was redeemed on it: with the goods nothing is owed any more."
        )
        note = give_back(till)
        assert till.till.badge()["owed"] == 0
        till.till.sender.drain()
        assert till.till.states() == {}
        assert [bill.kind for bill in till.world.ledger.all(Bill) if bill.number == number] == [
            "REGULAR",
            "RETURN",
        ]
        assert till.world.ledger.all(PointsRedemption) == []
        (told,) = till.till.told("queue-settled")
        assert (told["row"], told["tender"], told["reference"], told["amount_minor"]) == (
            row["id"],
            "return",
            note,
            0,
        )
        assert not [name for name in agent.reading.totals() if name.startswith("settled")]
        till.till.journal_holds()


def test_a_coupon_owed_goes_with_its_bill_too(tmp_path: Path) -> None:
    with shop(tmp_path) as till:
        number, _ = owing_coupon(till)
        assert till.till.agent.returning.whole(number, "torn", "r").ok
        give_back(till)
        till.till.sender.drain()
        assert till.till.states() == {}
        assert till.world.ledger.all(CouponUse) == []


def test_with_the_last_of_its_goods_nothing_is_owed_for_a_bill_any_more(tmp_path: Path) -> None:
    """950.00 in money and 50.00 in points that the cloud refused: two lines, which come back one by one."""
    with shop(tmp_path, otp_required=False) as till:
        till.scan(60_000)
        till.begin(ASHA, 40_000)
        number, row = refused_points(till)
        returning = till.till.agent.returning
        assert returning.lines(number, {1: 1000}, "torn", "r1").text == f"600.00 of bill {number} comes back."
        give_back(till)
        till.till.sender.drain()
        assert till.till.states() == {row["id"]: "parked"}
        assert returning.lines(number, {2: 1000}, "torn", "r2").text == (
            f"350.00 of bill {number} comes back."
            " The loyalty system never took what was redeemed on it: with the goods nothing is owed any more."
        )
        give_back(till)
        assert till.till.badge()["owed"] == 0
        till.till.sender.drain()
        assert till.till.states() == {}
        till.till.journal_holds()


def test_a_line_that_is_voided_again_leaves_owed_what_was(tmp_path: Path) -> None:
    with shop(tmp_path, otp_required=False) as till:
        till.scan(60_000)
        till.begin(ASHA, 40_000)
        number, row = refused_points(till)
        returning = till.till.agent.returning
        assert returning.lines(number, {1: 1000, 2: 1000}, "torn", "r1").ok
        assert till.till.agent.open_sale.do(e.LineVoided(1)).ok
        give_back(till)
        till.till.sender.drain()
        assert till.till.states() == {row["id"]: "parked"}


def test_nothing_is_paid_for_goods_that_all_came_back_before_the_cloud_refused(tmp_path: Path) -> None:
    with shop(tmp_path, otp_required=False) as till:
        till.begin(ASHA)
        assert till.desk.points(POINTS, "", "").ok
        number = till.pay()
        cloud_points.expire(till.world, till.member(ASHA), POINTS)
        assert till.till.agent.returning.lines(number, {1: 1000}, "torn", "r").ok
        give_back(till)
        till.till.sender.drain()
        (row,) = till.till.desk.rows()
        assert (row["op"], row["state"]) == ("points_redeem", "parked")
        refused = till.till.desk.settle(row["id"], "cash", "", "", "v")
        assert till.no(refused) == "Nothing is owed for this call: all goods of its bill came back. Waive it."
        assert till.till.desk.waive(row["id"], "it came back", "w", Claim(BOSS, PIN)).ok


@pytest.mark.parametrize("meanwhile", ["retried", "paid", "waived"])
def test_what_is_not_owed_any_more_when_the_money_goes_back_is_noticed(
    tmp_path: Path, meanwhile: str
) -> None:
    with shop(tmp_path, otp_required=False) as till:
        number, row = owing_points(till, "818")
        assert till.till.agent.returning.whole(number, "torn", "r").ok
        desk = till.till.desk
        verbs = {
            "retried": lambda: desk.retry(row["id"], "mended", "v"),
            "paid": lambda: desk.settle(row["id"], "cash", "", "", "v"),
            "waived": lambda: desk.waive(row["id"], "courtesy", "v", Claim(BOSS, PIN)),
        }
        assert verbs[meanwhile]().ok
        assert till.desk.pay_exact(TenderType.CASH, "", "").code == "owed-no-more"
        assert till.sale.returns, "the sale stands as it was"


def test_a_bill_that_was_waived_comes_back_without_a_call_that_could_only_be_refused(tmp_path: Path) -> None:
    with shop(tmp_path, otp_required=False) as till:
        till.begin(BALA)
        assert till.desk.points(POINTS, "", "").ok
        number = till.pay()
        bill, points = till.till.desk.rows()
        assert till.till.desk.waive(bill["id"], "rung up twice", "w", Claim(BOSS, PIN)).ok
        shown = till.till.desk.show(points["id"])
        assert shown is not None
        assert "void the bill with a return" in shown["text"]
        assert till.till.agent.returning.whole(number, "torn", "r").ok
        give_back(till)
        till.till.sender.drain()
        assert till.till.states() == {}
        gone = till.till.agent.till.read(lambda tx: waived.find(tx, points["id"]))
        assert gone is not None
        assert gone.word.tender == waived.BY_RETURN
