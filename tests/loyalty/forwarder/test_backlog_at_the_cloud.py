"""A backlog against the simulated cloud with rules and answers of its own: every bill there, and once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from random import Random

import pytest

from agent.language.language import english
from agent.loyalty.calls import builders
from agent.loyalty.forwarder.loop import Forwarder
from agent.loyalty.line.transport import Transport
from agent.sale.basket import Customer
from agent.simulated.cloud.books.options import CloudOptions as Cloud
from tests.simulated.cloud_rig import ASHA, BALA, CHITRA, DEEPAK, NOON, CloudClient, cloud

from ..bills import bill
from ..conftest import options_for
from ..memory_queue import MemoryQueue

ACCOUNT = Cloud().accounts[0]
SILENT = (("skip-downstream", "true"),)


def drained(
    client: CloudClient, bills: int = 40, headed: Collection[int] = ()
) -> tuple[MemoryQueue, list[str]]:
    """Anonymous bills and some of members, sent until nothing waits any more. headed: those of a call with a
    header of its own, which has the cloud give no points."""
    options = options_for(
        client.cloud.base_url,
        username=ACCOUNT.code,
        password=ACCOUNT.password,
        till_code=ACCOUNT.code,
        store_code=ACCOUNT.store,
    )
    queue, now_ms = MemoryQueue(), round(NOON.timestamp() * 1000)
    members = [ASHA, BALA, CHITRA, DEEPAK]
    for number in range(bills):
        who = Customer(mobile=members.pop()) if number % 5 == 0 and members else None
        made = bill(
            f"BULK-{number}", customer=who, not_interested_reason="" if who else "no", at=NOON.isoformat()
        )
        call = builders.transaction_add(options, made)
        # As a builder must make it (test_calls.allowed): what has headers has no part in a bundle.
        queue.add(replace(call, headers=SILENT, shared=b"") if number in headed else call, now_ms=now_ms)
    clock = [now_ms]
    transport = Transport(options)
    forwarder = Forwarder(queue, transport, options, lambda: clock[0], Random(3), text=english().text)
    for _ in range(400):
        if not queue.open:
            break
        clock[0] += round(forwarder.step() * 1000) + 1
    transport.close()
    return queue, [f"BULK-{number}" for number in range(bills)]


def assert_once(client: CloudClient, queue: MemoryQueue, numbers: list[str]) -> None:
    assert queue.parked == {}
    assert queue.open == []
    told = [row["number"] for row in client.books()["bills"]]
    assert Counter(number for number in told if number.startswith("BULK-")) == Counter(numbers)
    assert any(call["op"] == "v2/transactions/bulk" for call in client.log())


def test_a_backlog_arrives_in_whatever_order_the_cloud_answers() -> None:
    with cloud(shuffle_bulk=True) as client:
        assert_once(client, *drained(client))


def test_a_cloud_that_takes_few_at_once_gets_few_at_once() -> None:
    with cloud(bulk_limit=5) as client:
        assert_once(client, *drained(client))


@pytest.mark.parametrize(
    "kind", ["lose-answer", "lose-request", "truncated", "portal", "limited", "failed", "http", "types"]
)
def test_a_fault_of_the_line_in_the_middle_of_a_backlog_loses_and_doubles_nothing(kind: str) -> None:
    with cloud(bill_scope="off") as client:
        client.cloud.world.faults.add(kind, op="v2/transactions/bulk", count=2)
        assert_once(client, *drained(client))


def test_a_call_with_a_header_of_its_own_goes_alone_and_its_header_with_it() -> None:
    """In a bundle the header would be lost, or would be there for everybody: points too many, or too few."""
    with cloud() as client:
        assert_once(client, *drained(client, headed=(10, 22, 33)))
        earned = {row["number"]: row["points_milli"] for row in client.books()["bills"]}
        alone = {call["about"]["bill"] for call in client.log() if call["op"] == "v2/transactions"}
    assert {"BULK-10", "BULK-22", "BULK-33"} <= alone
    assert [number for number in (5, 10, 15) if earned[f"BULK-{number}"]] == [5, 15]
