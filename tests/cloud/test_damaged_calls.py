"""A damaged row stops neither the queue nor the till: it is for a person, and what else waits goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.store import delivery, outbox
from agent.store.errors import RowDamaged
from agent.store.opening import FILE_NAME
from agent.till.rights import Claim
from tests.rig.damage import write_past_rules
from tests.rig.desk import BOSS, PIN, DeskTill, till
from tests.rig.shop import ASHA, BALA, shop

ONE, OTHER = "919876500001", "919876500002"
COLUMNS = [name for name in outbox.Row._fields if name != "id"]


def damage(directory: Path, table: str, statement: str, *values: object) -> None:
    write_past_rules(directory / "store" / FILE_NAME, table, statement, *values)


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("value", [None, b"\xff", 1.5, -1])
def test_a_call_whose_row_is_damaged_waits_for_a_person_and_the_others_go(
    tmp_path: Path, column: str, value: object
) -> None:
    with till(tmp_path) as desk:
        [bad] = desk.sell(1, mobile=ONE, redeem=False)
        [good] = desk.sell(2, mobile=OTHER, redeem=False)
    damage(tmp_path, "outbox", f"UPDATE outbox SET {column} = ? WHERE id = ?", value, bad)
    with till(tmp_path) as desk:
        desk.sender.drain(20)
        states = desk.states()
        assert good not in states
        if desk.states() and desk.row(bad).code == "payload":
            assert (column, value) == ("payload", b"\xff"), "its seal is broken, which the forwarder found"
        elif bad in states:
            is_for_a_person(desk, bad)
        [after] = desk.sell(3, mobile=OTHER, redeem=False)
        desk.sender.drain(20)
        assert after not in desk.states()
        assert desk.effects()[0] == {f"S01T1-{seq:06d}": 1 for seq in (1, 2, 3)} or bad in states


def is_for_a_person(desk: DeskTill, row_id: int) -> None:
    """It is told, listed, shown and exported, not tried, and a supervisor may give it up."""
    assert desk.states() == {row_id: "parked"}
    assert desk.badge()["parked"] == 1
    [listed] = desk.desk.rows()
    assert (listed["code"], listed["choices"]) == ("row-damaged", ["waive"])
    assert "damaged" in listed["text"]
    assert desk.agent.board.part("badges")["store"]["state"] == "error"
    assert desk.desk.show(row_id)
    assert list(desk.desk.exported(identifiers=True))
    assert desk.desk.retry(row_id, "again", "k1").code == "row-damaged"
    assert desk.desk.retry_all("", "again", "k2").code == "nothing-fits"
    assert desk.desk.waive(row_id, "damaged", "k3", Claim(BOSS, PIN)).ok
    assert desk.states() == {}
    desk.journal_holds()


def test_what_was_being_sent_at_a_crash_and_is_damaged_holds_up_no_start(tmp_path: Path) -> None:
    with till(tmp_path) as desk:
        [bad] = desk.sell(1, mobile=ONE, redeem=False)
        desk.sell(2, mobile=OTHER, redeem=False)
    sending = "UPDATE outbox SET state = 'inflight', attempts = 1, due_ms = NULL WHERE id = ?"
    damage(tmp_path, "outbox", sending, bad)
    with till(tmp_path) as desk:
        desk.sender.drain(20)
        assert desk.states() == {bad: "parked"}
        assert desk.row(bad).unsure


def test_what_leans_on_a_damaged_call_waits_with_it(tmp_path: Path) -> None:
    with till(tmp_path) as desk:
        bad, *leaning = desk.sell(1, mobile=ONE)
        desk.sell(2, mobile=OTHER, redeem=False)
    damage(tmp_path, "outbox", "UPDATE outbox SET op = NULL WHERE id = ?", bad)
    with till(tmp_path) as desk:
        desk.sender.drain(20)
        assert desk.states() == {bad: "parked"} | dict.fromkeys(leaning, "ready")
        assert not desk.wire.count("points_redeem")


def test_a_change_of_details_is_done_beside_a_damaged_one_of_the_same_customer(tmp_path: Path) -> None:
    with till(tmp_path) as desk:
        two = [outbox.Entry("customer_update", "k", name, b"{}") for name in ("first", "second")]
        first, second = desk.agent.till.write(lambda tx: outbox.add(tx, two, now_ms=1))
    damage(tmp_path, "outbox", "UPDATE outbox SET text = x'00' WHERE id = ?", second)
    with till(tmp_path) as desk:
        desk.agent.till.write(lambda tx: delivery.done(tx, first, "", 2))
        assert desk.agent.till.write(lambda tx: delivery.overtake(tx, [second])) == []
        assert list(desk.states()) == [second]


def held(made: DeskTill, seq: int) -> int:
    """A bill that waits until the organisation's rules allow its amount; its row."""
    (row,) = made.sell(seq, mobile=f"91987650000{seq}", redeem=False)
    made.agent.till.write(lambda tx: delivery.park(tx, row, "bill-amount", "above the limit"))
    made.agent.tally.parked(row)
    return row


@pytest.mark.parametrize(
    ("table", "statement"),
    [
        ("bill", "UPDATE bill SET at = NULL WHERE id = ?"),
        ("bill", "UPDATE bill SET at = 'yesterday' WHERE id = ?"),
        ("bill", "UPDATE bill SET redemptions = '{' WHERE id = ?"),
        ("outbox", "UPDATE outbox SET due_ms = x'00' WHERE bill_id = ?"),
    ],
)
def test_of_bills_that_a_rule_held_a_damaged_one_holds_up_no_other(
    tmp_path: Path, table: str, statement: str
) -> None:
    with till(tmp_path) as made:
        bad, good = held(made, 1), held(made, 2)
        bill_id = made.row(bad).bill_id
    damage(tmp_path, table, statement, bill_id)
    with till(tmp_path) as made:
        assert made.agent.cloud is not None
        made.agent.till.when_quiet(made.agent.cloud.dated.look)
        made.agent.till.tidy()
        assert made.states() == {bad: "parked", good: "ready"}


@pytest.mark.parametrize("at", [None, "yesterday"])
def test_a_bill_parked_for_its_date_whose_time_is_damaged_ends_no_quiet_moment(
    tmp_path: Path, at: object
) -> None:
    with till(tmp_path) as made:
        made.wire.refuse["transaction_add"] = 643
        [bad] = made.sell(1, redeem=False)
        made.sender.drain()
        bill_id = made.row(bad).bill_id
    damage(tmp_path, "bill", "UPDATE bill SET at = ? WHERE id = ?", at, bill_id)
    with till(tmp_path) as made:
        assert made.agent.cloud is not None
        made.agent.till.when_quiet(made.agent.cloud.dated.look)
        made.agent.till.tidy()
        assert made.states() == {bad: "parked"}


def test_a_quiet_job_that_meets_damage_is_told_and_the_others_are_done(tmp_path: Path) -> None:
    def meets_damage() -> None:
        raise ValueError

    with till(tmp_path) as made:
        done: list[int] = []
        made.agent.till.when_quiet(meets_damage)
        made.agent.till.when_quiet(lambda: done.append(1))
        made.agent.till.tidy()
        assert done
        assert made.agent.board.part("badges")["store"]["state"] == "error"


def test_a_damaged_bill_refuses_points_and_coupons_to_its_own_customer_alone(tmp_path: Path) -> None:
    with shop(tmp_path, otp_required=False) as made:
        made.begin(ASHA)
        assert made.desk.points(50_000, "", "").ok
        assert made.desk.coupon("FIFTY", "").ok
        made.pay()
    damage(tmp_path, "bill_line", "UPDATE bill_line SET rest = '{'")
    with shop(tmp_path, otp_required=False) as made:
        made.begin(ASHA)
        with pytest.raises(RowDamaged, match="S01T126-000001"):
            made.desk.points(1_000, "", "")
        with pytest.raises(RowDamaged, match="S01T126-000001"):
            made.desk.coupon("FIFTY", "")
        made.pay()
        made.begin(BALA)
        assert made.desk.coupon("FIFTY", "").ok
