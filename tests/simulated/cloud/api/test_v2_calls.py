"""v2 customers, points and coupons: what they do that v1.1's do not."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.simulated.cloud.api.test_answer_shapes import missing, sample
from tests.simulated.cloud_rig import ASHA, BALA, DEEPAK, CloudClient, cloud, error_codes, sale
from tests.simulated.documented import ID

ASHA_ID = 100_000_001


def put(client: CloudClient, path: str, body: Any) -> requests.Response:
    return client.session.put(client.cloud.base_url + path, json=body, timeout=20)


def redeem(client: CloudClient, **fields: Any) -> requests.Response:
    body = {
        "redemptionType": "POINTS",
        "points": 10,
        "transactionNumber": "B1",
        "externalReferenceNumber": "R1",
        "source": "INSTORE",
        **fields,
    }
    return client.post(f"/v2/customers/{ASHA_ID}/redemptions", body)


def burn(client: CloudClient, *codes: str, path: str = "redeem", **fields: Any) -> requests.Response:
    body = {
        "redemptionRequestList": [{"code": code} for code in codes],
        "user": {"mobile": ASHA},
        "transactionNumber": "B1",
        "billAmount": "500",
        **fields,
    }
    query = {"is_redeemable": "true"} if fields.pop("asked", False) else {}
    body.pop("asked", None)
    return client.post(f"/v2/coupon/{path}", body, **query)


def test_points_are_redeemed_once_per_reference_and_checked_without_commit() -> None:
    with cloud() as client:
        code = client.otp()
        assert redeem(client, validationCode=code, commit=False).json()["redeemable"] is True
        assert client.balance()["available_milli"] == 76_000
        first = redeem(client, validationCode=code, commit=True)
        assert (first.json()["pointsRedeemed"], first.json()["balance"]) == (10, 66)
        assert redeem(client, validationCode=code).json() == first.json()
        assert client.balance()["redeemed_milli"] == 10_000
        assert error_codes(redeem(client, externalReferenceNumber="R2", points=1000)) == [824]
        assert error_codes(redeem(client, redemptionType="MILES")) == [400]
        nobody = client.post("/v2/customers/1/redemptions", {"redemptionType": "POINTS", "points": 1})
        assert error_codes(nobody) == [816]


def relabelled(client: CloudClient, code: str, **fields: Any) -> requests.Response:
    entity = {"type": "CUSTOMER", "identifierType": "mobile", "identifierValue": ASHA}
    body = {"redemptionId": code, "billNumber": "B2", "entity": entity, **fields}
    return put(client, "/v2/points/updateRedemption", {k: v for k, v in body.items() if v is not None})


def test_a_redemption_is_put_to_another_bill() -> None:
    with cloud() as client:
        bill = client.bill("B2").json()["createdId"]
        code = client.item(client.redeem(10, "R1", client.otp()))["redemption_id"]
        told = relabelled(client, code, purpose="typing error").json()
        assert (told["billNumber"], told["billId"], told["purpose"]) == ("B2", bill, "typing error")
        read = client.item(client.get("/v1.1/customer/redemptions", mobile=ASHA, type="POINTS"))
        assert read["redemptions"]["points"]["point"][0]["transaction_number"] == "B2"
        by_reference = relabelled(client, "", redemptionId=None, externalReferenceNumber="R1", billId=bill)
        assert by_reference.json()["billNumber"] == "B2"
        assert client.balance()["redeemed_milli"] == 10_000


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"externalReferenceNumber": "R1"}, 749),
        ({"redemptionId": None}, 749),
        ({"billNumber": None}, 748),
        ({"redemptionId": "nosuch"}, 902),
        ({"billNumber": "X" * 51}, 811),
        ({"billId": 7}, 811),
        ({"purpose": "X" * 256}, 400),
        ({"entity": {"type": "CARD", "identifierType": "mobile", "identifierValue": ASHA}}, 1212),
        ({"entity": {"type": "CUSTOMER", "identifierType": "mobile", "identifierValue": BALA}}, 1219),
    ],
)
def test_a_redemption_that_cannot_be_put_elsewhere(fields: dict[str, Any], code: int) -> None:
    with cloud() as client:
        spent = client.item(client.redeem(10, "R1", client.otp()))["redemption_id"]
        before = client.books()["redemptions"]
        assert error_codes(relabelled(client, spent, **fields)) == [code]
        assert client.books()["redemptions"] == before


def test_the_vendors_own_relabelling_example_is_read() -> None:
    body = sample("v2_points_updateredemption.request.json")
    with cloud() as client:
        assert error_codes(put(client, "/v2/points/updateRedemption", body)) == [811]
        body["redemptionId"] = client.item(client.redeem(10, "R1", client.otp()))["redemption_id"]
        body["entity"]["identifierValue"] = ASHA
        del body["billId"]
        assert put(client, "/v2/points/updateRedemption", body).json()["billNumber"] == body["billNumber"]


def test_a_coupon_is_burnt_once_and_no_number_is_needed() -> None:
    theirs = sample("v2_coupon_redeem.response_ok.json")
    with cloud() as client:
        answer = burn(client, "flat100a", transactionNumber="", redemptionTime="2026-11-20T11:00:00+05:30")
        assert not missing(answer.json(), theirs)
        use = answer.json()["redemption"][0]["id"]
        assert error_codes(burn(client, "FLAT100A")) == [747]
        assert client.post("/v2/coupon/reactivate", {"redemptionIds": [use]}).json() == {"success": True}
        assert burn(client, "FLAT100A").json()["redemptionStatus"]["code"] == 700
        assert error_codes(burn(client, "NOSUCH")) == [780]
        assert error_codes(burn(client, "FLAT100B")) == [703]
        assert error_codes(burn(client, "FIFTY", "TENOFF")) == [629]
        assert error_codes(burn(client, "FIFTY", user={"mobile": "919999999999"})) == [701]


def test_the_time_of_redemption_is_checked_and_not_stored() -> None:
    with cloud() as client:
        assert error_codes(burn(client, "LAPSED")) == [713]
        late = burn(client, "LAPSED", redemptionTime="2026-11-01T11:00:00+05:30")
        assert late.json()["redemptionStatus"]["code"] == 700
        use = next(one for one in client.books()["coupons"] if one["code"] == "LAPSED")["uses"][0]
        assert use["at"].startswith("2026-11-20")


def test_several_coupons_are_burnt_all_or_none() -> None:
    theirs = sample("v2_coupon_bulk_redeem.response.json")
    with cloud(coupon_batch=2) as client:
        before = client.books()
        asked = burn(client, "FLAT100A", "FIFTY", path="bulk/redeem", asked=True).json()
        assert (asked["failureCount"], client.books()) == (0, before)
        answer = burn(client, "FLAT100A", "FIFTY", path="bulk/redeem").json()
        assert client.books()["totals"]["coupon_uses"] == 2
        other = frozenset({"currencyInput", "localToBaseCurrencyExchangeRate", "discountUpto"})
        assert not missing(answer, theirs, other | {"warningsAsStatusCode"})
        failed = burn(client, "FLAT100A", "FIFTY", path="bulk/redeem").json()
        codes = {one["result"]["code"]: one["errors"][0]["code"] for one in failed["response"]}
        assert codes == {"FLAT100A": 747, "FIFTY": 749}
        assert (failed["failureCount"], client.books()["totals"]["coupon_uses"]) == (2, 2)
        assert error_codes(burn(client, "FIFTY", "TENOFF", "ONLYST02", path="bulk/redeem")) == [629]


def test_coupons_are_asked_about_in_v2s_words() -> None:
    theirs = sample("v2_coupon_is_redeemable.response_ok.json")
    with cloud() as client:
        answer = client.get("/v2/coupon/is_redeemable", mobile=ASHA, code="FIFTY,ONLYST02,NOSUCH").json()
        assert not missing(answer, theirs)
        told = {one["code"]: one["isRedeemable"] for one in answer["redemption"]}
        assert told == {"FIFTY": True, "ONLYST02": False, "NOSUCH": False}
        why = [one["errors"][0]["code"] for one in answer["redemption"][1:]]
        assert why == [735, 780]


def test_a_customer_is_looked_up_with_the_blocks_asked_for() -> None:
    with cloud() as client:
        plain = client.get("/v2/customers/lookup/customerDetails", **ID).json()
        assert (plain["id"], "loyaltyProgramDetails" in plain) == (ASHA_ID, False)
        told = client.get("/v2/customers/lookup/customerDetails", **ID, embed="points,expiredPoints").json()
        assert told["loyaltyProgramDetails"][0]["loyaltyPoints"] == 76
        assert told["expiredPoints"][0]["points"] == 10
        nobody = client.get(
            "/v2/customers/lookup/customerDetails", **ID | {"identifierValue": "919999999999"}
        )
        assert error_codes(nobody) == [8015]
        other = client.get("/v2/customers/lookup/customerDetails", **ID | {"identifierName": "nonsense"})
        assert error_codes(other) == [400]


def test_the_balance_is_the_same_by_every_spelling() -> None:
    with cloud() as client:
        paths = ("/v2/customers/lookup/points/balance", f"/v2/customers/{ASHA_ID}/points/balance")
        paths = (*paths, f"/v2/customers/points/balance/{ASHA_ID}")
        answers = [client.get(path, **ID).json() for path in paths]
        assert answers[0] == answers[1] == answers[2]
        assert answers[0]["loyaltyProgramDetails"][0]["lifetimePoints"] == 86


def test_a_customers_bills_in_v2s_words() -> None:
    with cloud() as client:
        client.bill("B1")
        told = client.get("/v2/customers/lookup/transactions", **ID, limit=2, embed="BILL_POINTS").json()
        assert (told["pagination"]["total"], len(told["data"])) == (4, 2)
        assert told["data"][0]["billDetails"]["billNumber"] == "B1"
        assert told["data"][0]["points"] == {"awarded": 2}
        recent = client.get(f"/v2/customers/{ASHA_ID}/transactions", startDate="2026-11-20T00:00:00+05:30")
        assert len(recent.json()["data"]) == 1
        assert error_codes(client.get(f"/v2/customers/{ASHA_ID}/transactions", limit=1001)) == [1109]


def test_a_bills_delivery_and_fields_change_and_nothing_else() -> None:
    theirs = sample("v2_transactions_update.response.json")
    with cloud() as client:
        bill = client.bill("B1").json()["createdId"]
        body = {"number": "B1", "tillCode": "till01", "deliveryStatus": "SHIPPED", "billAmount": 1}
        answer = put(client, "/v2/transactions", body | {"customFields": {"city": "Pune", "shoe": "9"}})
        assert not missing(answer.json(), theirs)
        assert [one["code"] for one in answer.json()["warnings"]] == [669]
        read = client.get(f"/v2/transactions/{bill}").json()
        assert (read["deliveryStatus"], read["billDetails"]["amount"]) == ("SHIPPED", 250)
        assert error_codes(put(client, "/v2/transactions", {"id": bill, "deliveryStatus": "FLYING"})) == [
            1636
        ]
        assert error_codes(put(client, "/v2/transactions", {"deliveryStatus": "SHIPPED"})) == [619]
        assert error_codes(put(client, "/v2/transactions", {"number": "B1", "tillCode": "till02"})) == [620]


def test_a_rehearsed_bill_says_what_it_would_bring_and_writes_nothing() -> None:
    with cloud(bill_gift="FIFTY") as client:
        assert error_codes(client.post("/v2/simulation/transactions", sale("S1"), **ID)) == [403]
        client.cloud.set(simulation=True)
        before = client.books()
        told = client.post("/v2/simulation/transactions", sale("S1"), **ID).json()
        assert [one["type"] for one in told["sideEffects"]] == ["points", "coupon"]
        assert ("createdId" in told, client.books()) == (False, before)
        client.bill("S1")
        assert error_codes(client.post("/v2/simulation/transactions", sale("S1"), **ID)) == [604]


def test_refused_bills_are_remembered_for_who_asks() -> None:
    with cloud() as client:
        client.bill("B1")
        client.bill("B1")
        client.bill("B2", mobile="919999999999")
        rows = client.get("/v2/organization/rejectedTransactions").json()["data"]
        assert [(one["billNumber"], one["errors"][0]["code"]) for one in rows] == [("B2", 8015), ("B1", 604)]
        client.cloud.set(rejected_kept=False)
        client.bill("B1")
        assert client.get("/v2/organization/rejectedTransactions").json()["pagination"]["total"] == 2


def test_another_identifier_is_taken_over_unless_it_is_somebody_elses() -> None:
    def change(client: CloudClient, **fields: str) -> int:
        body = {"identifier": "mobile", "old_value": ASHA, "new_value": "919000000099", **fields}
        return client.code(client.post("/v1.1/customer/update_identity", {"root": {"customer": [body]}}))

    with cloud() as client:
        assert change(client, new_value=BALA) == 1032
        assert change(client, old_value="919999999999") == 1012
        assert change(client, identifier="card_number") == 1042
        assert change(client, new_value="12") == 1042
        assert client.balance()["available_milli"] == 76_000
        assert change(client) == 1040
        assert client.balance("919000000099")["available_milli"] == 76_000
        assert client.code(client.get("/v1.1/customer/get", mobile=ASHA)) == 1012
        assert client.balance(DEEPAK)["available_milli"] == 0
