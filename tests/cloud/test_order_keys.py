"""Whose calls wait is told to nobody who has the disk, and a customer's calls stay in order all the same."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from agent.loyalty.calls.call import Call
from agent.store import outbox
from agent.store.opening import FILE_NAME
from tests.rig import desk as desk_rig
from tests.rig.desk import DeskTill

MOBILE = "919876543210"
GUESSED = hashlib.sha256(f"customer:mobile:{MOBILE}".encode()).hexdigest()[:20]


def as_before(till: DeskTill) -> None:
    """Every row as the earlier version queued it: its order_key without a key."""

    def work(tx: Any) -> None:
        for row in outbox.rows(tx):
            chain = Call.from_bytes(row.payload).chain
            tx.execute("UPDATE outbox SET order_key = ? WHERE id = ?", (chain, row.id))

    till.agent.till.write(work)


def order_keys(till: DeskTill) -> list[str]:
    rows: list[outbox.Row] = till.agent.till.read(outbox.rows)
    return [row.order_key for row in rows]


def on_the_disk(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in directory.rglob(f"{FILE_NAME}*"))


def test_a_waiting_row_cannot_be_tried_against_phone_numbers(tmp_path: Path) -> None:
    with desk_rig.till(tmp_path) as till:
        till.sell(1)
        as_before(till)
        assert GUESSED.encode() in on_the_disk(tmp_path), "the control: this is how it is guessed"
    with desk_rig.till(tmp_path) as till:
        till.sell(2)
        assert GUESSED not in order_keys(till)
        assert GUESSED.encode() not in on_the_disk(tmp_path)


def test_two_stores_name_a_customer_differently(tmp_path: Path) -> None:
    names = []
    for box in ("one", "two"):
        with desk_rig.till(tmp_path / box) as till:
            till.sell(1)
            names.append(order_keys(till))
    assert not set(names[0]) & set(names[1])


def test_a_new_call_waits_behind_the_same_customers_call_of_an_earlier_version(tmp_path: Path) -> None:
    with desk_rig.till(tmp_path) as till:
        (old,) = till.sell(1, redeem=False)
        as_before(till)
    with desk_rig.till(tmp_path) as till:
        new, _, _ = till.sell(2)
        (other,) = till.sell(3, mobile="919000000001", redeem=False)
        assert till.desk.retry(new, "", "k1").text == f"It goes as soon as call {old} is done."
        till.wire.refuse["transaction_add S01T1-000001"] = 620
        till.sender.drain()
        assert till.states()[old] == "parked"
        numbers = [call.fact("number") for call in till.wire.sent if call.op == "transaction_add"]
        assert numbers.index("S01T1-000001") < numbers.index("S01T1-000002")
        assert not {new, other} & till.states().keys(), "none leans on what waits for a person"
        till.wire.refuse.clear()
        assert till.desk.retry(old, "", "k2").ok
        till.sender.drain()
        assert till.states() == {}


def test_a_redemption_under_a_new_reference_stays_in_its_chain(tmp_path: Path) -> None:
    with desk_rig.till(tmp_path) as till:
        _, points, _ = till.sell(1)
        till.wire.refuse["points_redeem"] = 828
        till.sender.drain()
        till.wire.refuse.clear()
        before = till.row(points).order_key
        assert till.desk.retry(points, "Points were added meanwhile", "k").ok
        assert till.row(points).order_key == before
        bill, _, _ = till.sell(2)
        assert till.row(bill).order_key == before
