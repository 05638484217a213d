"""The cloud refusing a whole call: busy, locked, not authorised, with any code of docs/capillary.md 9.1."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from agent.simulated.cloud.trainer.faults import FaultError
from tests.simulated.cloud_rig import ASHA, CloudClient, cloud, error_codes


def sold(client: CloudClient) -> int:
    return int(client.books()["totals"]["bills"])


@pytest.mark.parametrize(
    ("code", "v11_http", "v2_http"),
    [(517, 400, 400), (521, 400, 400), (4000, 403, 403), (4001, 503, 503), (461, 400, 400), (401, 401, 401)],
)
def test_a_call_may_be_refused_at_the_door_with_any_documented_code(
    code: int, v11_http: int, v2_http: int
) -> None:
    with cloud() as client:
        before = sold(client)
        client.cloud.faults.add("refused", code=code, count=2)
        v11 = client.get("/v1.1/customer/get", mobile=ASHA)
        assert (v11.status_code, v11.json()["response"]["status"]["code"]) == (v11_http, code)
        v2 = client.bill("B1")
        assert (v2.status_code, error_codes(v2)) == (v2_http, [code])
        assert sold(client) == before


def test_a_call_may_be_refused_after_its_commit_but_not_with_a_code_that_promises_nothing_was_done() -> None:
    with cloud() as client:
        before = sold(client)
        for number, code in enumerate((407, 461, 4001), 1):
            client.cloud.faults.add("refused", code=code, when="after", count=1)
            assert error_codes(client.bill(f"B{number}")) == [code]
            assert sold(client) == before + number
        for kind in ("refused", "item"):
            for code in (517, 521):
                with pytest.raises(FaultError, match="not done"):
                    client.cloud.faults.add(kind, code=code, when="after")


def test_what_was_done_may_be_said_not_to_be_with_any_code_of_the_call() -> None:
    with cloud() as client:
        before = client.books()["totals"]
        client.cloud.faults.add("item", code=686, op="v2/transactions", when="after", count=1)
        assert error_codes(client.bill("B1")) == [686]
        client.cloud.faults.add("item", code=722, op="coupon/redeem", when="after", count=1)
        answer = client.burn("FIFTY")
        item = client.item(answer)["item_status"]
        assert (item["success"], item["code"]) == ("false", 722)
        assert answer.json()["response"]["status"]["code"] == 500
        client.cloud.faults.add("item", code=750, op="v2/coupon/reactivate", when="after", count=1)
        used = next(row for row in client.books()["coupons"] if row["code"] == "FIFTY")["uses"][0]
        assert error_codes(client.post("/v2/coupon/reactivate", {"redemptionIds": [used["id"]]})) == [750]
        now = client.books()["totals"]
        assert (now["bills"], now["coupon_uses"]) == (before["bills"] + 1, before["coupon_uses"])


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_yes_may_be_about_something_else_or_be_denied_by_its_envelope(when: str) -> None:
    with cloud() as client:
        before, done = client.books()["totals"], when == "after"
        client.cloud.faults.add("other", op="coupon/redeem", when=when, count=1)
        told = client.item(client.burn("FIFTY"))
        assert (told["item_status"]["code"], told["code"], told["transaction"]["number"]) == (
            700,
            "OTHER",
            "OTHER-1",
        )
        assert told["customer"]["mobile"] != ASHA
        assert client.books()["totals"]["coupon_uses"] == before["coupon_uses"] + done
        client.cloud.faults.add("contradiction", op="coupon/redeem", when=when, count=1)
        answer = client.burn("FIFTY")
        assert client.item(answer)["item_status"]["code"] == 700
        assert answer.json()["response"]["status"]["code"] == 500
        assert client.books()["totals"]["coupon_uses"] == before["coupon_uses"] + 2 * done
        client.cloud.faults.add("contradiction", op="v2/transactions", when=when, count=1)
        denied = client.bill("B1").json()
        assert (denied["createdId"] > 0, denied["errors"][0]["code"]) == (True, 500)
        assert sold(client) == before["bills"] + done


def test_what_names_nothing_cannot_be_about_something_else() -> None:
    with cloud() as client:
        before = sold(client)
        client.cloud.faults.add("other", op="v2/transactions", when="before", count=1)
        assert client.bill("B1").json()["createdId"] > 0
        assert sold(client) == before + 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_failing_server_speaks_in_any_of_its_forms(when: str) -> None:
    with cloud() as client:
        before, status = sold(client), 502
        told = {
            "envelope": lambda body: body["response"]["status"]["code"],
            "errors": lambda body: body["errors"][0]["code"],
            "lone": lambda body: body["errorCode"],
        }
        for number, (form, code_of) in enumerate(told.items(), 1):
            asked = {"kind": "http", "status": str(status), "form": form, "when": when, "count": "1"}
            assert client.post("/control/fault", asked).status_code == 200
            assert f"http {status} {form}" in client.get("/control/").text
            answer = client.bill(f"B{number}")
            assert (answer.status_code, code_of(answer.json())) == (status, status)
            assert sold(client) == before + (number if when == "after" else 0)
        assert client.post("/control/fault", {"kind": "http", "form": "poem"}).status_code == 422


def test_an_item_may_be_refused_with_any_code_of_its_call_and_with_one_no_table_has() -> None:
    with cloud() as client:
        before = sold(client)
        client.cloud.faults.add("item", code=618, op="v2/transactions", count=1)
        assert error_codes(client.bill("B1")) == [618]
        client.cloud.faults.add("item", code=742, op="coupon/*", count=1)
        item = client.item(client.burn("FIFTY"))["item_status"]
        assert (item["success"], item["code"]) == ("false", 742)
        client.cloud.faults.add("item", code=99_998, op="v2/points/reverse", count=1)
        assert error_codes(client.post("/v2/points/reverse", {"redemptionId": "x"})) == [99_998]
        assert (sold(client), client.books()["totals"]["coupon_uses"]) == (before, 0)
        with pytest.raises(FaultError, match="between 1 and 99999"):
            client.cloud.faults.add("item", code=0)


def test_a_customer_marked_as_fraud_is_refused_everywhere_until_the_mark_is_gone() -> None:
    with cloud() as client:
        assert client.post("/control/fraud", {"mobile": ASHA}).json() == {"marked": True}
        assert error_codes(client.bill("B1")) == [618]
        assert client.code(client.burn("FIFTY")) == 740
        assert client.code(client.get("/v1.1/points/isredeemable", mobile=ASHA, points=5)) == 820
        found = client.item(client.get("/v1.1/customer/get", mobile=ASHA))
        assert found["fraud_details"]["status"] == "MARKED"
        assert "marked as fraud" in client.get("/control/").text
        client.post("/control/fraud", {"mobile": ASHA, "marked": False})
        assert client.bill("B1").json()["createdId"]


def test_a_code_the_vendor_does_not_have_cannot_be_switched_on() -> None:
    with cloud() as client:
        for wrong in ({"code": 42}, {"code": 521, "retry_after": -1}):
            answer = client.post("/control/fault", {"kind": "refused", **wrong})
            assert (answer.status_code, client.cloud.faults.active()) == (422, [])


def test_undoing_and_relabelling_meet_the_lock_as_well() -> None:
    who = {"type": "mobile", "value": ASHA}
    entity = {"type": "CUSTOMER", "identifierType": "mobile", "identifierValue": ASHA}
    with cloud() as client, ThreadPoolExecutor(1) as pool:
        client.cloud.faults.add("slow", op="v2/transactions", count=1, seconds=0.5)
        first = pool.submit(client.bill, "B1")
        poll = threading.Event()
        while not client.cloud.world.busy:
            poll.wait(0.005)
        with requests.Session() as other:
            other.headers.update(client.session.headers)
            aside = CloudClient(client.cloud, client.clock, other)
            undo = {"redemptionId": "x", "identifier": who}
            assert error_codes(aside.post("/v2/points/reverse", undo)) == [521]
            url = f"{client.cloud.base_url}/v2/points/updateRedemption"
            body = {"redemptionId": "x", "billNumber": "B1", "entity": entity}
            assert error_codes(other.put(url, json=body, timeout=20)) == [521]
            bill = {"type": "regular", "number": "X1", "customer": {"mobile": ASHA}}
            added = {"root": {"transaction": [bill]}}
            assert aside.post("/v1.1/transaction/add", added).json()["response"]["status"]["code"] == 521
        assert first.result().json()["createdId"]
