"""Faults on the wire: what the till sees, and whether the books changed."""

from __future__ import annotations

import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from agent.simulated.cloud.trainer.faults import FaultError, Faults, Kind
from tests.simulated.cloud_rig import ASHA, BALA, CloudClient, cloud, error_codes

SILENT_BEFORE = [Kind.AWAY, Kind.RESET, Kind.LOSE_REQUEST]


def bills(client: CloudClient) -> int:
    return int(client.books()["totals"]["bills"])


def outcome(client: CloudClient) -> tuple[str, bool, bool]:
    call = [one for one in client.log() if one["op"] == "v2/transactions"][-1]
    return call["outcome"], call["committed"], call["answered"]


@pytest.mark.parametrize("kind", SILENT_BEFORE)
def test_a_request_lost_on_the_way_changes_nothing(kind: Kind) -> None:
    with cloud() as client:
        before = bills(client)
        client.cloud.faults.add(kind, op="v2/transactions", count=1)
        with pytest.raises(requests.ConnectionError):
            client.bill("B1")
        assert bills(client) == before
        assert outcome(client) == (kind.value, False, False)
        assert client.bill("B1").json()["createdId"]


@pytest.mark.parametrize(
    ("op", "table"),
    [("v2/transactions", "bills"), ("points/redeem", "points_redemptions"), ("coupon/redeem", "coupon_uses")],
)
def test_an_answer_lost_after_the_commit_leaves_the_books_changed(op: str, table: str) -> None:
    with cloud() as client:
        code = client.otp()
        calls = {
            "v2/transactions": lambda: client.bill("B1"),
            "points/redeem": lambda: client.redeem(10, "R1", code),
            "coupon/redeem": lambda: client.burn("FLAT100A"),
        }
        before = client.books()["totals"][table]
        client.cloud.faults.add("lose-answer", op=op, count=1)
        with pytest.raises(requests.ConnectionError):
            calls[op]()
        assert client.books()["totals"][table] == before + 1
        call = [one for one in client.log() if one["op"] == op][-1]
        assert (call["outcome"], call["committed"], call["answered"]) == ("lose-answer", True, False)


def test_a_lost_redemption_is_found_by_its_reference_and_not_done_again() -> None:
    with cloud() as client:
        code = client.otp()
        client.cloud.faults.add("lose-answer", op="points/redeem", count=1)
        with pytest.raises(requests.ConnectionError):
            client.redeem(10, "R1", code)
        found = client.item(
            client.get("/v1.1/customer/redemptions", mobile=ASHA, external_reference_number="R1")
        )
        assert len(found["redemptions"]["points"]["point"]) == 1
        assert client.code(client.redeem(10, "R1", code)) == 800
        assert client.balance()["available_milli"] == 66_000


def test_counts_go_down_and_the_line_is_well_again() -> None:
    with cloud() as client:
        client.cloud.faults.add("http", op="v2/transactions", count=2, status=502)
        statuses = [client.bill(f"B{index}").status_code for index in range(3)]
        assert statuses == [502, 502, 200]
        assert client.get("/control/faults").json() == {"faults": []}


def test_a_fault_of_one_call_leaves_the_others_alone() -> None:
    with cloud() as client:
        client.cloud.faults.add("http", op="coupon/*")
        assert client.bill("B1").status_code == 200
        assert client.burn("FIFTY").status_code == 503
        assert client.get("/v1.1/coupon/get", code="FIFTY").status_code == 503
        assert client.get("/control/ledger").status_code == 200


@pytest.mark.parametrize(("when", "kept"), [("before", 0), ("after", 1)])
def test_an_error_page_may_come_before_or_after_the_commit(when: str, kept: int) -> None:
    with cloud() as client:
        before = bills(client)
        client.cloud.faults.add("http", count=1, when=when)
        answer = client.bill("B1")
        assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")
        assert bills(client) - before == kept
        assert outcome(client) == ("http", bool(kept), True)


def test_the_all_failed_envelope_without_an_item() -> None:
    with cloud() as client:
        client.cloud.faults.add("failed", count=2)
        v11 = client.get("/v1.1/customer/get", mobile=ASHA)
        assert (v11.status_code, v11.json()["response"]) == (
            200,
            {"status": {"success": "false", "code": 500, "message": "All items failed"}},
        )
        v2 = client.bill("B1")
        assert (v2.status_code, error_codes(v2)) == (500, [500])


def test_too_many_requests() -> None:
    with cloud() as client:
        client.cloud.faults.add("limited", count=1)
        answer = client.bill("B1")
        assert (answer.status_code, error_codes(answer)) == (429, [429])
        assert "Retry-After" not in answer.headers
        client.cloud.faults.add("limited", count=1, retry_after=7)
        assert client.bill("B1").headers["Retry-After"] == "7"
        assert client.bill("B1").json()["createdId"]


def test_a_captive_portal_answers_200_with_a_page_and_the_cloud_saw_nothing() -> None:
    with cloud() as client:
        before = bills(client)
        client.cloud.faults.add("portal", count=1)
        answer = client.bill("B1")
        assert answer.status_code == 200
        assert answer.text.startswith("<!doctype html>")
        assert "X-Cap-Requestid" not in answer.headers
        assert bills(client) == before


def test_an_empty_and_a_truncated_body_come_after_the_commit() -> None:
    with cloud() as client:
        before = bills(client)
        client.cloud.faults.add("empty", count=1)
        assert (client.bill("B1").status_code, client.bill("B1").json()["errors"][0]["code"]) == (200, 604)
        client.cloud.faults.add("truncated", count=1)
        cut = client.bill("B2")
        with pytest.raises(json.JSONDecodeError):
            json.loads(cut.text)
        assert bills(client) == before + 2


def test_a_body_cut_with_its_connection() -> None:
    with cloud() as client:
        before = bills(client)
        client.cloud.faults.add("truncated", count=1, broken=True)
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            client.bill("B1")
        assert bills(client) == before + 1
        assert outcome(client) == ("ok", True, False)


def test_a_partial_failure_holds_back_every_second_item() -> None:
    with cloud() as client:
        client.cloud.faults.add("partial", count=2)
        body = {"root": {"customer": [{"mobile": f"91900000006{index}"} for index in range(3)]}}
        answer = client.post("/v1.1/customer/add", body).json()["response"]
        assert answer["status"]["code"] == 201
        assert [one["item_status"]["code"] for one in answer["customers"]["customer"]] == [1000, 10001, 1000]
        assert client.books()["totals"]["customers"] == 7
        alone = client.burn("FIFTY")
        assert alone.json()["response"]["status"]["code"] == 201
        assert client.code(alone) == 730
        assert client.books()["totals"]["coupon_uses"] == 0


def test_a_slow_cloud_commits_although_the_till_gave_up() -> None:
    with cloud() as client:
        before = bills(client)
        client.cloud.faults.add("slow", count=1, seconds=0.3)
        url = f"{client.cloud.base_url}/v2/transactions?identifierName=mobile&identifierValue={ASHA}"
        with pytest.raises(requests.Timeout):
            body = {"type": "REGULAR", "billNumber": "B1", "billAmount": 100}
            client.session.post(url, json=body, timeout=0.05)
        assert bills(client) == before
        done = threading.Event()
        while not done.wait(0.02) and outcome(client)[0] == "open":
            pass
        assert bills(client) == before + 1
        assert outcome(client)[1:] == (True, False)


def test_a_slow_answer_after_the_commit() -> None:
    with cloud() as client:
        before = bills(client)
        client.cloud.faults.add("slow", count=1, seconds=0.3, when="after")
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(client.bill, "B1")
            poll = threading.Event()
            while bills_on_the_side(client) == before:
                assert not waiting.done()
                poll.wait(0.01)
            assert waiting.result().json()["createdId"]


def bills_on_the_side(client: CloudClient) -> int:
    """As `bills`, on a connection of its own."""
    return int(requests.get(f"{client.cloud.base_url}/control/ledger", timeout=20).json()["totals"]["bills"])


def test_a_dripping_answer_is_whole_in_the_end() -> None:
    with cloud() as client:
        client.cloud.faults.add("drip", count=1, seconds=0.01)
        assert client.bill("B1").json()["createdId"]


def test_two_calls_for_one_customer_at_once_meet_the_lock_and_other_customers_do_not() -> None:
    with cloud() as client, ThreadPoolExecutor(1) as pool:
        client.cloud.faults.add("slow", count=1, seconds=0.5)
        first = pool.submit(client.bill, "B1")
        poll = threading.Event()
        while not client.cloud.world.busy:
            poll.wait(0.005)
        with requests.Session() as other:
            other.headers.update(client.session.headers)
            aside = CloudClient(client.cloud, client.clock, other)
            assert error_codes(aside.bill("B2")) == [521]
            locked = aside.burn("FLAT100A")
            assert locked.json()["response"]["status"]["code"] == 521
            email = {"identifierName": "email", "identifierValue": "asha.demo@example.com"}
            assert error_codes(aside.post("/v2/transactions", {}, **email)) == [521]
            assert aside.bill("B3", mobile=BALA).json()["createdId"]
            assert aside.get("/v1.1/customer/get", mobile=ASHA).json()["response"]["status"]["code"] == 200
        assert first.result().json()["createdId"]
        assert client.bill("B2").json()["createdId"]


def test_the_lock_is_a_switch() -> None:
    with cloud(lock_customers=False) as client, ThreadPoolExecutor(1) as pool:
        client.cloud.faults.add("slow", count=1, seconds=0.2)
        first = pool.submit(client.bill, "B1")
        poll = threading.Event()
        while not client.log():
            poll.wait(0.005)
        with requests.Session() as other:
            other.headers.update(client.session.headers)
            assert CloudClient(client.cloud, client.clock, other).bill("B2").json()["createdId"]
        assert first.result().json()["createdId"]


def test_a_closed_listener_refuses_and_opens_again_on_the_same_port() -> None:
    with cloud() as client:
        port = client.cloud.server.port
        client.cloud.refuse_connections()
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), 5):
            pass
        with pytest.raises(requests.ConnectionError):
            client.bill("B1")
        client.cloud.accept_connections()
        assert client.bill("B1").json()["createdId"]


def test_answers_do_not_wait_for_the_peers_acknowledgement() -> None:
    """Small answers on a kept connection leave at once: the listener is TCP by name (no Nagle delay)."""
    from agent.simulated.cloud.serve.connections import listening

    with listening("127.0.0.1", 0) as sock:
        assert sock.proto == socket.IPPROTO_TCP


def test_the_same_seed_strikes_the_same_calls() -> None:
    def struck(seed: int) -> list[bool]:
        faults = Faults(seed)
        faults.add("lose-answer", chance=0.5)
        return [bool(faults.draw("v2/transactions")) for _ in range(64)]

    assert struck(7) == struck(7)
    assert struck(7) != struck(8)
    assert 10 < sum(struck(7)) < 54


def test_a_chance_over_the_wire_loses_some_and_the_books_know_each() -> None:
    with cloud(seed=5) as client:
        client.cloud.faults.add("lose-answer", op="v2/transactions", chance=0.5)
        answered = 0
        for index in range(20):
            try:
                answered += client.bill(f"B{index}").status_code == 200
            except requests.ConnectionError:
                continue
        assert 0 < answered < 20
        assert bills(client) == 7 + 20
        assert sum(call["answered"] for call in client.log() if call["op"] == "v2/transactions") == answered


def test_a_wrong_clock_of_the_cloud_is_in_its_answers_and_its_rules() -> None:
    """Its Date header, also of a portal in its place, and what it refuses for its date."""
    with cloud() as client:
        at = client.clock.at
        fault = client.cloud.faults.add("clock", seconds=-3 * 86_400)
        client.cloud.faults.add("portal", op="coupon/get", count=1)
        told = [
            client.bill("B1", billingDate=at.isoformat()),
            client.get("/v1.1/coupon/get"),
            client.get("/nowhere"),
        ]
        dates = [parsedate_to_datetime(answer.headers["Date"]) for answer in told]
        assert dates == [at - timedelta(days=3)] * 3
        assert error_codes(told[0]) == [643]
        client.cloud.faults.clear(fault.id)
        again = client.bill("B1", billingDate=at.isoformat())
        assert parsedate_to_datetime(again.headers["Date"]) == at
        assert again.json()["createdId"]


def test_a_late_read_side_shows_what_was_done_only_so_many_seconds_later() -> None:
    """What changes the books sees them as they are: the number is taken at once."""
    with cloud() as client:
        client.bill("B1")
        lag = client.cloud.faults.add("lag", seconds=30)
        assert client.bill("B2").json()["createdId"]
        assert (shown(client, "B1"), shown(client, "B2")) == (1, 0)
        assert error_codes(client.bill("B2")) == [604]
        client.clock.forward(seconds=29)
        assert shown(client, "B2") == 0
        client.clock.forward(seconds=1)
        assert shown(client, "B2") == 1
        client.bill("B3")
        client.cloud.faults.clear(lag.id)
        assert shown(client, "B3") == 1


def test_a_late_read_side_calls_redeemable_what_is_spent_already() -> None:
    with cloud(otp_required=False) as client:
        client.bill("B1")
        client.cloud.faults.add("lag", seconds=30)
        assert redeemable(client) == [True, True]
        assert client.code(client.redeem(20, "R1")) == 800
        client.burn("FLAT100A")
        assert redeemable(client) == [True, True]
        client.clock.forward(seconds=30)
        assert redeemable(client) == [False, False]


def redeemable(client: CloudClient) -> list[bool]:
    """Whether the cloud calls most of the points, and the coupon, redeemable."""
    points = client.get("/v1.1/points/isredeemable", mobile=ASHA, points="70")
    coupon = client.get("/v1.1/coupon/isredeemable", mobile=ASHA, code="FLAT100A")
    return [str(client.item(one)["is_redeemable"]) == "true" for one in (points, coupon)]


def test_a_late_read_side_may_be_that_of_one_call_alone() -> None:
    with cloud() as client:
        client.cloud.faults.add("lag", op="customer/redemptions", seconds=30)
        client.bill("B1")
        assert shown(client, "B1") == 1


def shown(client: CloudClient, number: str) -> int:
    """How many bills of a number the cloud tells."""
    told = client.get("/v1.1/transaction/get", number=number, type="ALL").json()
    found = told["response"]["transactions"]["transaction"]
    return sum(one["item_status"]["code"] == 600 for one in found)


def test_faults_of_different_stages_add_up_and_of_one_stage_wait_their_turn() -> None:
    faults = Faults()
    faults.add("http", count=1)
    faults.add("away", count=1)
    faults.add("slow", seconds=1)
    faults.add("shape")
    kinds = [sorted(fault.kind.value for fault in faults.draw("coupon/get")) for _ in range(3)]
    assert kinds == [["http", "shape", "slow"], ["away", "shape", "slow"], ["shape", "slow"]]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "gremlin"},
        {"kind": "slow", "seconds": -1},
        {"kind": "http", "status": 403},
        {"kind": "http", "chance": 2},
        {"kind": "http", "count": 0},
        {"kind": "http", "when": "during"},
        {"kind": "lose-answer", "when": "before"},
        {"kind": "away", "when": "after"},
        {"kind": "clock", "seconds": 10**9},
        {"kind": "clock", "seconds": 60, "count": 1},
        {"kind": "clock", "seconds": 60, "op": "coupon/get"},
        {"kind": "lag", "seconds": 30, "count": 1},
        {"kind": "lag", "seconds": 30, "chance": 0.5},
        {"kind": "lag"},
    ],
)
def test_a_fault_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(FaultError):
        Faults().add(wrong.pop("kind"), **wrong)
