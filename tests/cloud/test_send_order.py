"""The queue's order in memory: what a walk over all rows would find, without the walk."""

from __future__ import annotations

import time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agent.cloud.send_order import SendOrder
from agent.sale.send_rule import FREE, LEANED_ON, NEVER, STRANGER, UNTOLD, waits_for
from agent.store.outbox import Row

ASIDE = ("points_redeem", "coupon_redeem", "points_reverse", "coupon_reactivate", "transaction_return")
LAST = ("points_redeem", "coupon_redeem", "points_reverse", "coupon_reactivate")
DAY_MS = 86_400_000
NOW = 1_000 * DAY_MS


def row(
    row_id: int, chain: str = "", due_ms: int = 0, depends_on: int = 0, op: str = "transaction_add"
) -> Row:
    key = chain or f"chain {row_id}"
    return Row(row_id, op, key, depends_on, 0, "", b"", "ready", 0, 0, due_ms, "", "", 0)


def holds_the_untold(each: Row) -> bool:
    if each.state != "parked" or each.code == NEVER:
        return False
    if each.op == "transaction_add":
        return each.code not in STRANGER
    return each.op == "transaction_update" or (each.op == "customer_update" and each.depends_on == FREE)


def walked(rows: dict[int, Row], now_ms: int) -> set[int]:
    """The contract, word for word: heads of their chains, not parked, due. What depends on an open row is in
    no chain, nor what is never sent, nor a parked redemption, undo or return, nor a parked bill, naming or
    change of details; but for these three a row waits that does not say what it leans on. An unknown
    redemption or undo heads its own. Where the first is parked for want of an enrolment, that passes every
    bill."""
    heads: dict[str, Row] = {}
    passed: dict[str, Row] = {}
    held: set[str] = set()
    kept: set[int] = set()
    for each in sorted(rows.values(), key=lambda each: each.id):
        if each.depends_on == UNTOLD and each.order_key in held:
            kept.add(each.id)
        if holds_the_untold(each):
            held.add(each.order_key)
        elif each.depends_on in rows:
            continue
        elif each.op in LAST and each.state == "unknown":
            heads[f"aside {each.id}"] = each
            kept.discard(each.id)
        elif each.state != "parked" or (each.code != NEVER and each.op not in ASIDE):
            heads.setdefault(each.order_key, each)
            if each.op != "transaction_add":
                passed.setdefault(each.order_key, each)
    for key, each in passed.items():
        first = heads[key]
        if first.op == "transaction_add" and first.state == "parked" and each.op == "customer_add":
            heads[key] = each
    return {
        each.id
        for each in heads.values()
        if each.state != "parked" and each.id not in kept and not now_ms < each.due_ms <= now_ms + DAY_MS
    }


OPS = {
    "add": "transaction_add",
    "enrol": "customer_add",
    "redeem": "points_redeem",
    "change": "customer_update",
    "name": "transaction_update",
    "return": "transaction_return",
}
TIES = st.sampled_from((UNTOLD, FREE, FREE, LEANED_ON, None))
"""What a row leans on; None: a row that is there."""
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            (
                "add",
                "add",
                "enrol",
                "redeem",
                "change",
                "name",
                "return",
                "done",
                "later",
                "unsure",
                "park",
                "stranger",
                "never",
                "release",
            )
        ),
        st.integers(0, 40),
        st.integers(0, 5),
        st.sampled_from((-1_000, 0, 60_000, 900_000)),
        TIES,
    ),
    max_size=60,
)


@given(STEPS)
def test_it_finds_what_a_walk_over_all_rows_finds(steps: list[tuple[str, int, int, int, int | None]]) -> None:
    chains, rows, last = SendOrder(), {}, 0
    for verb, at, chain, due_ms, tie in steps:
        picked = sorted(rows)[at % len(rows)] if rows else 0
        if verb in OPS:
            last += 1
            op = OPS[verb]
            rows[last] = row(last, f"chain {chain}", NOW + due_ms, picked if tie is None else tie, op)
            chains.put(rows[last])
        elif rows and verb == "done":
            del rows[picked]
            chains.remove(picked)
        elif rows:
            state = "parked" if verb in ("park", "never", "stranger") else "ready"
            state = "unknown" if verb == "unsure" else state
            code = {"never": NEVER, "stranger": STRANGER[0]}.get(verb, "")
            rows[picked] = rows[picked]._replace(state=state, code=code, due_ms=NOW + due_ms)
            chains.put(rows[picked])
        some = [each.id for each in chains.due(NOW, 2)]
        assert len(some) == min(2, len(walked(rows, NOW)))
        assert {each.id for each in chains.due(NOW, 100)} == walked(rows, NOW) >= set(some)
        assert {each.id for each in chains.due(NOW + 70_000, 100)} == walked(rows, NOW + 70_000)
        assert chains.parked == sum(each.state == "parked" for each in rows.values())
        ahead = [rows[each].due_ms for each in walked(rows, NOW + 10 * DAY_MS)]
        assert chains.next_due() == min(ahead, default=None)


# (op, state, code): what may stand in a chain.
KINDS = (
    ("transaction_add", "ready", ""),
    ("transaction_add", "parked", STRANGER[0]),
    ("transaction_add", "parked", "601"),
    ("transaction_add", "parked", NEVER),
    ("points_redeem", "unknown", ""),
    ("points_redeem", "parked", "808"),
    ("coupon_redeem", "parked", "725"),
    ("points_reverse", "parked", "905"),
    ("transaction_return", "parked", "626"),
    ("transaction_return", "unknown", ""),
    ("customer_add", "ready", ""),
    ("customer_update", "parked", "1006"),
    ("transaction_update", "parked", "1104"),
    ("transaction_return", "ready", ""),
)
QUEUES = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 1), TIES), max_size=12)


@given(QUEUES)
def test_who_may_go_and_who_is_told_to_wait_are_one_rule(queue: list[tuple[Any, int, int | None]]) -> None:
    """People are told by the rule the forwarder goes by: who waits for nothing and is not parked may go."""
    rows: dict[int, Row] = {}
    for row_id, ((op, state, code), chain, tie) in enumerate(queue, 1):
        made = row(row_id, f"chain {chain}", NOW, row_id - 1 if tie is None else tie, op)
        rows[row_id] = made._replace(state=state, code=code)
    waits = waits_for(list(rows.values()))
    assert {each for each in rows if not waits[each] and rows[each].state != "parked"} == walked(rows, NOW)
    order = SendOrder()
    for each in rows.values():
        order.put(each)
    assert {each.id for each in order.due(NOW, 100)} == walked(rows, NOW)


def test_what_is_never_sent_holds_nobody_up_but_what_depends_on_it() -> None:
    chains = SendOrder()
    for each in (row(1, "c"), row(2, "c"), row(3, depends_on=1)):
        chains.put(each)
    chains.put(chains.rows[1]._replace(state="parked", code="620"))
    assert chains.due(NOW, 9) == []
    chains.put(chains.rows[1]._replace(code=NEVER))
    assert [each.id for each in chains.due(NOW, 9)] == [2]
    chains.put(chains.rows[1]._replace(state="ready", code=""))
    assert [each.id for each in chains.due(NOW, 9)] == [1]
    chains.remove(1)
    assert [each.id for each in chains.due(NOW, 9)] == [2, 3]


def test_a_redemption_that_needs_a_person_lets_the_customers_later_calls_pass() -> None:
    chains = SendOrder()
    for each in (row(1, "c", op="points_redeem"), row(2, "c"), row(3, "c", op="coupon_redeem", depends_on=2)):
        chains.put(each)
    assert [each.id for each in chains.due(NOW, 9)] == [1]
    chains.put(chains.rows[1]._replace(state="parked", code="808"))
    assert [each.id for each in chains.due(NOW, 9)] == [2]
    chains.put(chains.rows[1]._replace(state="unknown"))
    assert [each.id for each in chains.due(NOW, 9)] == [1, 2], "looked up again it goes beside them"
    chains.put(chains.rows[1]._replace(state="unknown", due_ms=NOW + 60_000))
    assert [each.id for each in chains.due(NOW, 9)] == [2], "and they do not wait for that look"
    assert [each.id for each in chains.due(NOW + 60_000, 9)] == [2, 1]
    chains.put(chains.rows[1]._replace(state="parked"))
    chains.remove(2)
    assert [each.id for each in chains.due(NOW, 9)] == [3]


def test_a_return_that_needs_a_person_lets_the_customers_later_calls_pass_but_not_its_undo() -> None:
    chains = SendOrder()
    undo = row(2, "c", op="points_reverse", depends_on=1)
    for each in (
        row(1, "c", op="transaction_return"),
        undo,
        row(3, "other", op="points_reverse", depends_on=1),
    ):
        chains.put(each)
    chains.put(row(4, "d", op="transaction_return"))
    chains.put(row(5, "d"))
    assert [each.id for each in chains.due(NOW, 9)] == [1, 4]
    chains.put(chains.rows[4]._replace(state="parked", code="626"))
    chains.put(chains.rows[1]._replace(state="parked", code="626"))
    assert [each.id for each in chains.due(NOW, 9)] == [5]
    chains.put(chains.rows[1]._replace(state="unknown"))
    assert [each.id for each in chains.due(NOW, 9)] == [1, 5]


def test_a_bill_that_needs_a_person_lets_later_calls_pass_but_not_those_that_lean_on_it() -> None:
    chains = SendOrder()
    its_own = row(2, "c", op="points_redeem", depends_on=1)
    back = row(3, "c", op="transaction_return", depends_on=1)
    undo = row(4, "c", op="points_reverse", depends_on=3)
    later, naming = row(5, "c", depends_on=FREE), row(6, "c", op="transaction_update", depends_on=FREE)
    for each in (row(1, "c", depends_on=FREE), its_own, back, undo, later, naming):
        chains.put(each)
    assert [each.id for each in chains.due(NOW, 9)] == [1], "one after the other, while nobody is in doubt"
    chains.put(chains.rows[1]._replace(state="parked", code="601"))
    assert [each.id for each in chains.due(NOW, 9)] == [5]
    chains.remove(5)
    chains.put(chains.rows[6]._replace(state="parked", code="1104"))
    chains.put(row(7, "c", depends_on=FREE))
    assert [each.id for each in chains.due(NOW, 9)] == [7], "nor does a naming that needs one"
    chains.put(chains.rows[1]._replace(state="ready"))
    assert [each.id for each in chains.due(NOW, 9)] == [1]
    chains.remove(1)
    assert [each.id for each in chains.due(NOW, 9)] == [2], "then all of its own, in order"
    for gone in (2, 3, 4):
        chains.remove(gone)
    assert [each.id for each in chains.due(NOW, 9)] == [7]


def test_what_an_older_version_queued_keeps_its_place_behind_a_bill_that_needs_a_person() -> None:
    chains = SendOrder()
    for each in (row(1, "c"), row(2, "c", op="transaction_return", depends_on=UNTOLD)):
        chains.put(each)
    chains.put(chains.rows[1]._replace(state="parked", code="601"))
    assert chains.due(NOW, 9) == []
    chains.put(row(3, "other"))
    chains.remove(1)
    assert [each.id for each in chains.due(NOW, 9)] == [2, 3]


def test_a_change_of_details_that_needs_a_person_holds_bills_only_if_it_makes_a_member() -> None:
    for tie, sent in ((FREE, [2]), (LEANED_ON, []), (UNTOLD, [])):
        chains = SendOrder()
        chains.put(row(1, "c", op="customer_update", depends_on=tie)._replace(state="parked", code="1006"))
        chains.put(row(2, "c", depends_on=FREE))
        assert [each.id for each in chains.due(NOW, 9)] == sent


def test_the_longest_due_comes_first_and_no_more_than_asked_for() -> None:
    chains = SendOrder()
    for row_id, due_ms in ((1, 30), (2, 10), (3, 20), (4, 99)):
        chains.put(row(row_id, due_ms=due_ms))
    assert [each.id for each in chains.due(50, 2)] == [2, 3]
    assert [each.id for each in chains.due(50, 9)] == [2, 3, 1]


def test_after_the_clock_was_set_back_nothing_is_frozen() -> None:
    chains = SendOrder()
    chains.put(row(1, due_ms=NOW))
    assert [each.id for each in chains.due(NOW - 400 * DAY_MS, 9)] == [1]


def drained_s(rows: int) -> float:
    """Seconds to take in and drain so many rows, some of them retried."""
    started = time.process_time()
    chains = SendOrder()
    for row_id in range(1, rows + 1):
        chains.put(row(row_id, f"chain {row_id % (rows // 2)}"))
    while found := chains.due(NOW, 64):
        for each in found:
            if each.id % 7 == 0 and each.due_ms == 0:
                chains.put(each._replace(due_ms=NOW - 1))
            else:
                chains.remove(each.id)
        chains.next_due()
    return time.process_time() - started


def test_a_backlog_ten_times_as_long_takes_about_ten_times_as_long() -> None:
    """A walk over all rows at each look would make it a hundred."""
    few, many = (min(drained_s(rows) for _ in range(3)) for rows in (2_000, 20_000))
    assert many / few < 25
