"""Every documented call over HTTP: answered as documented, and no fault leaves the books in between."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from agent.simulated.cloud.api.operations import NAMES, OPERATIONS
from agent.simulated.cloud.trainer.faults import STANDING, Kind
from tests.loyalty import checker, checker_further
from tests.simulated.cloud_rig import CloudClient, cloud
from tests.simulated.documented import CALLS, Documented, copied, prepared, went_well

BY_OP = pytest.mark.parametrize("call", CALLS, ids=lambda call: call.op)

FAULTS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"kind": "away"}, "nothing"),
    ({"kind": "reset"}, "nothing"),
    ({"kind": "lose-request"}, "nothing"),
    ({"kind": "lose-answer"}, "done"),
    ({"kind": "slow", "seconds": 0.001}, "done"),
    ({"kind": "slow", "seconds": 0.001, "when": "after"}, "done"),
    ({"kind": "drip", "seconds": 0.001}, "done"),
    ({"kind": "http", "status": 502}, "nothing"),
    ({"kind": "http", "status": 502, "when": "after"}, "done"),
    ({"kind": "failed"}, "nothing"),
    ({"kind": "failed", "when": "after"}, "done"),
    ({"kind": "limited"}, "nothing"),
    ({"kind": "limited", "when": "after"}, "done"),
    ({"kind": "refused", "code": 521}, "nothing"),
    ({"kind": "refused", "code": 407, "when": "after"}, "done"),
    ({"kind": "item", "code": 4711}, "nothing"),
    ({"kind": "other", "when": "after"}, "done"),
    ({"kind": "contradiction"}, "nothing"),
    ({"kind": "contradiction", "when": "after"}, "done"),
    ({"kind": "portal"}, "nothing"),
    ({"kind": "empty"}, "done"),
    ({"kind": "partial"}, "held back"),
    ({"kind": "truncated"}, "done"),
    ({"kind": "truncated", "broken": True}, "done"),
    ({"kind": "types"}, "done"),
    ({"kind": "shape"}, "done"),
)


def test_the_table_has_every_call_the_cloud_has() -> None:
    assert [call.op for call in CALLS] == list(NAMES)
    ways = {(one.name, one.method) for one in OPERATIONS}
    assert {(call.op, call.method) for call in CALLS} == ways


def test_every_kind_of_fault_is_in_the_table_before_and_after_where_it_can_be_both() -> None:
    assert {Kind(setting["kind"]) for setting, _ in FAULTS} == set(Kind) - set(STANDING), (
        "a wrong clock and a late read side strike no call"
    )
    both = {setting["kind"] for setting, _ in FAULTS if setting.get("when") == "after"}
    assert both == {"slow", "http", "failed", "limited", "refused", "other", "contradiction"}


@BY_OP
def test_what_is_sent_is_as_the_documentation_has_it(call: Documented) -> None:
    facts = prepared()[1]
    target, body = call.target(facts)
    headers = {name.lower(): value for name, value in call.headers.items()}
    judge = (
        checker if target.partition("?")[0] in checker.QUERIES and call.method != "PUT" else checker_further
    )
    assert judge.faults(call.method, target, body, headers) == []


@BY_OP
def test_every_call_is_answered_as_documented_and_changes_the_books_or_not(call: Documented) -> None:
    ledger, facts = prepared()
    with cloud(demo=False, ledger=copied(ledger), simulation=True) as client:
        before = client.books()
        answer = call.send(client, facts)
        assert went_well(call, answer), answer.text
        assert "X-Cap-Requestid" in answer.headers
        assert (client.books() != before) is call.writes
        assert client.books()["totals"]["balanced"]
        entry = client.log()[-1]
        assert (entry["op"], entry["outcome"], entry["committed"]) == (call.op, "ok", call.writes)


@BY_OP
def test_under_every_fault_the_books_hold_the_call_or_nothing_of_it(call: Documented) -> None:
    done, nothing = _books(call, {})[0], _books(None, {})[0]
    assert (done != nothing) is call.writes
    for setting, expected in FAULTS:
        books, entry = _books(call, setting)
        if setting["kind"] == "partial":
            assert (entry["outcome"] == "partial") is _itemed(call)
        is_done = expected == "done" or (expected == "held back" and not _itemed(call))
        assert books == (done if is_done else nothing), setting
        assert entry["committed"] is (is_done and call.writes), setting
        lost = setting["kind"] in ("away", "reset", "lose-request", "lose-answer") or "broken" in setting
        assert entry["answered"] is not lost, setting


def _itemed(call: Documented) -> bool:
    v11 = call.path.startswith("/v1.1") and "organization" not in call.path
    return v11 or call.op in ("v2/transactions", "v2/transactions/bulk")


def _books(call: Documented | None, fault: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The books after the call under this fault, and the call's entry in the log."""
    with cloud(demo=False, ledger=copied(prepared()[0]), simulation=True) as client:
        if fault:
            client.cloud.faults.add(count=1, **fault)
        if call:
            _try(call, client)
        books = client.books()
        log = client.log()
        return {name: rows for name, rows in books.items() if name != "revision"}, log[-1] if log else {}


def _try(call: Documented, client: CloudClient) -> None:
    try:
        call.send(client, prepared()[1])
    except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
        return
