"""What stands of a bill's redemptions, and what came back of it, as the store tells it to a return."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.sale.return_values import Back, ReturnHow, Worth
from agent.sale.returnable import Taken
from agent.store import delivery, outbox, returned, waived
from agent.store.opening import Store, open_store
from agent.store.returned import Redemption
from tests.rig import stores

BILL, OTHER = 1 << 32 | 1, 1 << 32 | 2


def alone(minor: int) -> Worth:
    """An amount of which no tax is known."""
    return Worth(0, 0, minor, 0, 0, 0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


def redemption(store: Store, op: str = "points_redeem", bill_id: int = BILL) -> outbox.Row:
    with store.transaction() as tx:
        (row_id,) = outbox.add(tx, [stores.call(op, key="ref-1")], bill_id=bill_id, now_ms=1000)
        found = outbox.row(tx, row_id)
        assert found is not None
        return found


def told(store: Store) -> list[Redemption]:
    return returned.redemptions(store.connection, BILL)


@pytest.mark.parametrize(
    ("op", "key"), [("points_redeem", "ref-1"), ("coupon_redeem", f"coupon_redeem:{BILL}")]
)
def test_a_redemption_is_open_then_owed_or_in_doubt_then_done(store: Store, op: str, key: str) -> None:
    row = redemption(store, op)
    redemption(store, "transaction_add")
    redemption(store, op, OTHER)
    waits = Redemption(op, "ref-1", "", done=False, settled=False, owed=False, row=row.id)
    assert told(store) == [waits]
    with store.transaction() as tx:
        delivery.park(tx, row.id, "828", "no")
    assert told(store) == [replace(waits, owed=True)]
    with store.transaction() as tx:
        delivery.park(tx, row.id, "828", "perhaps", unsure=True)
    assert told(store) == [waits]
    with store.transaction() as tx:
        delivery.done(tx, row.id, "31", 2000)
    assert told(store) == [Redemption(op, key, "31", done=True, settled=False, owed=False, row=0)]


@pytest.mark.parametrize("op", ["points_redeem", "coupon_redeem"])
@pytest.mark.parametrize("how", ["settled", "waived"])
def test_what_the_customer_paid_afterwards_is_settled_and_what_was_waived_never_was(
    store: Store, op: str, how: str
) -> None:
    row = redemption(store, op)
    for one in (row, redemption(store, "transaction_add"), redemption(store, op, OTHER)):
        with store.transaction() as tx:
            waived.leave(tx, one, waived.Word(how, "2026-11-24T10:00:00+05:30", "Meera", "x"))
    settled = Redemption(op, "", "", done=False, settled=True, owed=False, row=0)
    assert told(store) == ([settled] if how == "settled" else [])


def test_what_came_back_of_a_bill_is_told_oldest_first_and_of_no_other(store: Store) -> None:
    back = Back("OLD-1", "2026-11-20T10:00:00+05:30", ReturnHow.LINE_ITEM, "torn", 2)
    closed = stores.complete(store, stores.covered_sale("sale-1", 3))
    line = replace(closed.bill.lines[0], back=back, qty_milli=-1000, amount_minor=-500, given_minor=490)
    bill = replace(
        closed.bill,
        lines=(
            line,
            replace(
                line, no=2, back=replace(back, line=0, how=ReturnHow.AMOUNT), amount_minor=-70, given_minor=0
            ),
            replace(line, no=3, back=replace(back, number="OLD-2")),
            replace(closed.bill.lines[1], no=4),
        ),
    )
    with store.transaction() as tx:
        returned.insert(tx, bill, BILL + 9)
        returned.insert(tx, replace(bill, lines=(replace(line, qty_milli=-2000),)), BILL + 8)
    assert returned.taken(store.connection, "OLD-1") == [
        Taken(2, ReturnHow.LINE_ITEM, 2000, alone(500), 490),
        Taken(2, ReturnHow.LINE_ITEM, 1000, alone(500), 490),
        Taken(0, ReturnHow.AMOUNT, 1000, alone(70), 0),
    ]
