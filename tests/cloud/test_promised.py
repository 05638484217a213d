"""What bills of this till redeemed and the cloud has not taken yet is not given a second time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agent.simulated.cloud.books import points as cloud_points
from agent.simulated.cloud.books.ledger_rows import CouponUse, PointsRedemption, Series
from agent.store import delivery
from tests.rig.shop import ASHA, BALA, Shop, shop

# What Asha has to begin with: 76 points, each worth 1.00.
ALL, MOST, REST = 76_000, 50_000, 26_000


def used(till: Shop, mobile: str = ASHA, points_milli: int = MOST) -> str:
    """A bill that took points and has not been sent."""
    till.begin(mobile)
    assert till.desk.points(points_milli, "", "").ok
    return till.pay()


def taken(till: Shop) -> int:
    return sum(one.points_milli for one in till.world.ledger.all(PointsRedemption))


def coupon(till: Shop, code: str) -> None:
    till.begin(ASHA)
    assert till.desk.coupon(code, "").ok
    till.pay()


def uses(till: Shop) -> int:
    return len(till.world.ledger.all(CouponUse))


def test_points_that_a_queued_bill_gave_are_not_given_again(tmp_path: Path) -> None:
    with shop(tmp_path, otp_required=False) as till:
        used(till)
        till.begin(ASHA)
        told = till.no(till.desk.points(MOST, "", ""))
        assert told == (
            "50 points are promised to earlier bills that the loyalty cloud has not taken yet; 26 are left."
        )
        assert till.no(till.desk.points_otp(MOST)) == told, "nor is a code sent for them"
        assert till.desk.points(REST, "", "").ok
        till.pay()
        till.till.sender.drain()
        assert (till.till.states(), taken(till)) == ({}, ALL)


def test_what_can_still_be_spent_is_shown(tmp_path: Path) -> None:
    with shop(tmp_path, otp_required=False) as till:
        used(till)
        till.begin(ASHA)
        shown = till.till.agent.board.part("sale")
        assert (shown["customer"]["points_milli"], shown["points_promised_milli"]) == (ALL, MOST)
        till.pay()
        till.begin(BALA)
        assert till.till.agent.board.part("sale")["points_promised_milli"] == 0
        till.pay()
        till.till.sender.drain()
        till.begin(ASHA)
        shown = till.till.agent.board.part("sale")
        assert (shown["customer"]["points_milli"] >= REST, shown["points_promised_milli"]) == (True, 0)


def test_once_the_cloud_took_them_its_own_balance_decides(tmp_path: Path) -> None:
    with shop(tmp_path, otp_required=False) as till:
        used(till)
        till.begin(ASHA)
        till.till.sender.drain()
        # Asha was searched before the queue went; what the cloud holds now is asked.
        assert till.desk.points(REST, "", "").ok
        till.pay()
        till.till.sender.drain()
        assert taken(till) == ALL


def parked(till: Shop, row_id: int, *, unsure: bool) -> None:
    till.till.agent.till.write(lambda tx: delivery.park(tx, row_id, "818", "said", unsure=unsure))
    till.till.agent.tally.parked(row_id, None if unsure else 5_000)


STANDS: dict[str, Callable[[Shop, int], object]] = {
    "unknown": lambda till, row_id: till.till.agent.till.write(
        lambda tx: delivery.later(tx, row_id, 0, "", "", "unknown")
    ),
    "owed": lambda till, row_id: parked(till, row_id, unsure=False),
    "parked and unsure": lambda till, row_id: parked(till, row_id, unsure=True),
}


@pytest.mark.parametrize("stands", STANDS)
def test_they_count_however_the_call_stands(tmp_path: Path, stands: str) -> None:
    with shop(tmp_path, otp_required=False) as till:
        used(till)
        (row,) = [row for row in till.till.desk.rows() if row["op"] == "points_redeem"]
        STANDS[stands](till, row["id"])
        till.begin(ASHA)
        assert "26 are left" in till.no(till.desk.points(MOST, "", ""))


def test_they_count_under_another_identifier_and_not_for_another_customer(tmp_path: Path) -> None:
    with shop(tmp_path, otp_required=False) as till:
        used(till)
        till.scan()
        assert till.desk.search("email", "asha.demo@example.com", "").ok
        assert "26 are left" in till.no(till.desk.points(MOST, "", ""))
        assert till.desk.search("mobile", BALA, "").ok
        assert till.desk.points(MOST, "", "").ok


def test_they_count_after_a_restart_and_no_more_once_waived(tmp_path: Path) -> None:
    with shop(tmp_path, otp_required=False) as till:
        used(till)
    with shop(tmp_path, otp_required=False) as again:
        again.begin(ASHA)
        assert "26 are left" in again.no(again.desk.points(MOST, "", ""))
        (row,) = [row for row in again.till.desk.rows() if row["op"] == "points_redeem"]
        again.till.agent.tally.waived(row["id"])
        assert again.desk.points(MOST, "", "").ok


def test_a_cloud_that_cannot_say_what_is_left_gives_nothing_more(tmp_path: Path) -> None:
    with shop(tmp_path, otp_required=False) as till:
        used(till)
        till.begin(ASHA)
        till.counter.down = True
        till.no(till.desk.points(REST, "", ""))
        till.counter.down = False
        cloud_points.expire(till.world, till.member(ASHA), ALL)
        assert "0 are left" in till.no(till.desk.points(REST, "", ""))


def test_a_coupon_of_one_use_goes_on_one_bill(tmp_path: Path) -> None:
    with shop(tmp_path) as till:
        coupon(till, "FLAT100A")
        till.begin(ASHA)
        told = till.no(till.desk.coupon("flat100a", ""))
        assert told == (
            "This coupon is promised to an earlier bill that the loyalty cloud has not taken yet."
            " It cannot be used again before that."
        )
        till.pay()
        till.till.sender.drain()
        assert (till.till.states(), uses(till)) == ({}, 1)


@pytest.mark.parametrize(("limit", "goes"), [(-1, 3), (2, 2), (3, 3)])
def test_a_coupon_of_several_uses_goes_on_as_many_bills_as_the_cloud_says_are_left(
    tmp_path: Path, limit: int, goes: int
) -> None:
    with shop(tmp_path) as till:
        (many,) = [one for one in till.world.ledger.all(Series) if one.discount_code == "FIFTY"]
        with till.world.ledger.transaction():
            till.world.ledger.put(replace(many, uses=limit))
        answers = []
        for _ in range(3):
            till.begin(ASHA)
            answers.append(till.desk.coupon("FIFTY", "").ok)
            till.pay()
        assert answers == [number < goes for number in range(3)]
        till.till.sender.drain()
        assert (till.till.states(), uses(till)) == ({}, goes)
