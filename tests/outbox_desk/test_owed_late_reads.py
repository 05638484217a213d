"""Where the cloud shows what it did only later, nothing is called owed that it may have taken, and nobody
pays twice; the customer's other bills do not wait for the looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.simulated.cloud.books import points as cloud_points
from agent.simulated.cloud.books.ledger_rows import Bill, CouponUse, PointsRedemption, Series
from tests.rig.shop import ASHA, Shop, shop

ALL = 76_000
LAG_S = 30


def go_on(till: Shop, seconds: float) -> None:
    """Drain for so long, on the clocks of till and cloud."""
    sender = till.till.sender
    until_ms = sender.ahead_ms + round(seconds * 1000)
    while sender.ahead_ms < until_ms:
        wait_ms = max(1, round(sender.forwarder.step() * 1000))
        sender.ahead_ms = min(until_ms, sender.ahead_ms + wait_ms)
    sender.forwarder.step()


def lagging(till: Shop, seconds: float = LAG_S) -> None:
    """The cloud's clock goes as the forwarder's does, and what it reads is behind."""
    plain = till.world.clock
    till.world.clock = lambda: plain() + timedelta(milliseconds=till.till.sender.ahead_ms)
    till.world.faults.add("lag", seconds=seconds)  # type: ignore[attr-defined]


def lost(till: Shop, op: str, count: int = 1) -> None:
    till.world.faults.add("lose-answer", op=op, count=count)  # type: ignore[attr-defined]


def paid_with_points(till: Shop) -> str:
    till.begin(ASHA)
    assert till.desk.points(ALL, "", "").ok
    return till.pay()


def row_of(till: Shop, op: str) -> dict[str, Any] | None:
    return next((row for row in till.till.desk.rows() if row["op"] == op), None)


def test_points_that_the_cloud_took_and_does_not_show_yet_are_never_called_owed(tmp_path: Path) -> None:
    """Every repetition is refused, since the first attempt took them."""
    with shop(tmp_path, otp_required=False, duplicate_reference="error") as till:
        lagging(till)
        lost(till, "points/redeem")
        number = paid_with_points(till)
        states = set()
        for _ in range(40):
            go_on(till, 3)
            states |= {row["state"] for row in till.till.desk.rows()}
        assert states == {"unknown"}, "no person was asked"
        assert till.till.states() == {}
        (taken,) = till.world.ledger.all(PointsRedemption)
        assert (taken.bill_number, taken.points_milli) == (number, ALL)


def test_the_customers_next_bill_goes_while_the_points_wait_to_be_looked_up(tmp_path: Path) -> None:
    with shop(tmp_path, otp_required=False, duplicate_reference="error") as till:
        lagging(till)
        lost(till, "points/redeem")
        paid_with_points(till)
        go_on(till, 8)
        till.begin(ASHA)
        number = till.pay()
        go_on(till, 1)
        assert [row["op"] for row in till.till.desk.rows()] == ["points_redeem"]
        assert [one.number for one in till.world.ledger.all(Bill)][-1] == number


def test_a_coupon_of_several_uses_is_not_burnt_twice_for_a_bill_whose_use_is_not_shown_yet(
    tmp_path: Path,
) -> None:
    with shop(tmp_path) as till:
        lagging(till)
        lost(till, "coupon/redeem")
        several_uses(till)
        till.begin(ASHA)
        assert till.desk.coupon("FLAT100A", "").ok
        number = till.pay()
        go_on(till, 120)
        assert till.till.states() == {}
        assert [use.bill_number for use in till.world.ledger.all(CouponUse)] == [number]


def several_uses(till: Shop) -> None:
    (series,) = [one for one in till.world.ledger.all(Series) if one.discount_code == "FLAT100"]
    with till.world.ledger.transaction():
        till.world.ledger.put(replace(series, uses=-1))


@pytest.mark.parametrize("seconds", [0, LAG_S])
def test_what_was_refused_outright_is_owed_at_once(tmp_path: Path, seconds: float) -> None:
    """No attempt can have arrived: there is nothing to wait for."""
    with shop(tmp_path, otp_required=False) as till:
        if seconds:
            lagging(till, seconds)
        paid_with_points(till)
        cloud_points.expire(till.world, till.member(ASHA), ALL)
        go_on(till, 3)
        row = row_of(till, "points_redeem")
        assert row is not None
        assert (row["state"], "settle" in row["choices"]) == ("parked", True)


def test_points_whose_attempt_never_arrived_are_owed_after_the_last_look(tmp_path: Path) -> None:
    with shop(tmp_path, otp_required=False) as till:
        till.world.faults.add("lose-request", op="points/redeem", count=1)  # type: ignore[attr-defined]
        paid_with_points(till)
        go_on(till, 1)
        cloud_points.expire(till.world, till.member(ASHA), ALL)
        go_on(till, 30)
        row = row_of(till, "points_redeem")
        assert row is not None
        assert (row["state"], row["text"]) == (
            "unknown",
            "The loyalty cloud may have it and not show it yet: the till looks again in a minute.",
        )
        go_on(till, 60)
        row = row_of(till, "points_redeem")
        assert row is not None
        assert (row["state"], "settle" in row["choices"]) == ("parked", True)


def called_owed(till: Shop) -> int:
    """The cloud took the points and shows it only after minutes: they are called owed, and may be paid."""
    lagging(till, 300)
    lost(till, "points/redeem")
    paid_with_points(till)
    go_on(till, 150)
    (row,) = till.till.desk.rows()
    assert (row["state"], "settle" in row["choices"]) == ("parked", True)
    return int(row["id"])


def test_nobody_pays_for_what_the_cloud_shows_when_the_money_is_taken(tmp_path: Path) -> None:
    with shop(tmp_path, otp_required=False, duplicate_reference="error") as till:
        row_id = called_owed(till)
        assert till.till.badge()["owed"] == 1
        go_on(till, 200)
        answer = till.till.desk.settle(row_id, "cash", "", "", "s")
        assert (answer.ok, answer.data["amount_minor"]) == (True, 0)
        assert answer.data.keys() == {"row", "amount_minor", "parked"}, "as docs/http.md has it"
        assert answer.text == (
            "The loyalty cloud has taken it after all: nothing is owed. Take no money for it, and give back "
            "what you took."
        )
        assert (till.till.states(), till.till.badge()["owed"], till.till.told("queue-settled")) == ({}, 0, [])
        assert till.till.desk.settle(row_id, "cash", "", "", "s") == answer
        assert till.till.agent.board.part("last_bill")["sync"] == "done"


def test_whether_it_was_taken_cannot_be_told_and_a_person_decides(tmp_path: Path) -> None:
    with shop(tmp_path, otp_required=False, duplicate_reference="error") as till:
        row_id = called_owed(till)
        till.counter.down = True
        answer = till.till.desk.settle(row_id, "cash", "", "", "s")
        assert (answer.ok, answer.code) == (False, "not-checked")
        assert "cannot be asked now" in answer.text
        assert till.till.told("queue-settled") == []
        paid = till.till.desk.settle(row_id, "cash", "", "", "s", unchecked=True)
        assert (paid.ok, paid.data["amount_minor"]) == (True, 7_600)
        assert len(till.till.told("queue-settled")) == 1


def test_what_the_cloud_has_not_taken_is_paid_as_ever(tmp_path: Path) -> None:
    with shop(tmp_path, otp_required=False) as till:
        paid_with_points(till)
        cloud_points.expire(till.world, till.member(ASHA), ALL)
        go_on(till, 3)
        (row,) = till.till.desk.rows()
        answer = till.till.desk.settle(row["id"], "cash", "", "", "s")
        assert (answer.ok, answer.data["amount_minor"]) == (True, 7_600)
