"""v2 customers, points and coupons: what they do that v1.1's do not."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.simulated.cloud.api.test_answer_shapes import missing, sample
from tests.simulated.cloud_rig import ASHA, BALA, DEEPAK, Till, cloud, error_codes, sale
from tests.simulated.documented import ID

ASHA_ID = 100_000_001


def put(till: Till, path: str, body: Any) -> requests.Response:
    return till.session.put(till.cloud.base_url + path, json=body, timeout=20)


def redeem(till: Till, **fields: Any) -> requests.Response:
    body = {
        "redemptionType": "POINTS",
        "points": 10,
        "transactionNumber": "B1",
        "externalReferenceNumber": "R1",
        "source": "INSTORE",
        **fields,
    }
    return till.post(f"/v2/customers/{ASHA_ID}/redemptions", body)


def burn(till: Till, *codes: str, path: str = "redeem", **fields: Any) -> requests.Response:
    body = {
        "redemptionRequestList": [{"code": code} for code in codes],
        "user": {"mobile": ASHA},
        "transactionNumber": "B1",
        "billAmount": "500",
        **fields,
    }
    query = {"is_redeemable": "true"} if fields.pop("asked", False) else {}
    body.pop("asked", None)
    return till.post(f"/v2/coupon/{path}", body, **query)


def test_points_are_redeemed_once_per_reference_and_checked_without_commit() -> None:
    with cloud() as till:
        code = till.otp()
        assert redeem(till, validationCode=code, commit=False).json()["redeemable"] is True
        assert till.balance()["available_milli"] == 76_000
        first = redeem(till, validationCode=code, commit=True)
        assert (first.json()["pointsRedeemed"], first.json()["balance"]) == (10, 66)
        assert redeem(till, validationCode=code).json() == first.json()
        assert till.balance()["redeemed_milli"] == 10_000
        assert error_codes(redeem(till, externalReferenceNumber="R2", points=1000)) == [824]
        assert error_codes(redeem(till, redemptionType="MILES")) == [400]
        nobody = till.post("/v2/customers/1/redemptions", {"redemptionType": "POINTS", "points": 1})
        assert error_codes(nobody) == [816]


def relabelled(till: Till, code: str, **fields: Any) -> requests.Response:
    entity = {"type": "CUSTOMER", "identifierType": "mobile", "identifierValue": ASHA}
    body = {"redemptionId": code, "billNumber": "B2", "entity": entity, **fields}
    return put(till, "/v2/points/updateRedemption", {k: v for k, v in body.items() if v is not None})


def test_a_redemption_is_put_to_another_bill() -> None:
    with cloud() as till:
        bill = till.bill("B2").json()["createdId"]
        code = till.item(till.redeem(10, "R1", till.otp()))["redemption_id"]
        told = relabelled(till, code, purpose="typing error").json()
        assert (told["billNumber"], told["billId"], told["purpose"]) == ("B2", bill, "typing error")
        read = till.item(till.get("/v1.1/customer/redemptions", mobile=ASHA, type="POINTS"))
        assert read["redemptions"]["points"]["point"][0]["transaction_number"] == "B2"
        by_reference = relabelled(till, "", redemptionId=None, externalReferenceNumber="R1", billId=bill)
        assert by_reference.json()["billNumber"] == "B2"
        assert till.balance()["redeemed_milli"] == 10_000


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
    with cloud() as till:
        spent = till.item(till.redeem(10, "R1", till.otp()))["redemption_id"]
        before = till.books()["redemptions"]
        assert error_codes(relabelled(till, spent, **fields)) == [code]
        assert till.books()["redemptions"] == before


def test_the_vendors_own_relabelling_example_is_read() -> None:
    body = sample("v2_points_updateredemption.request.json")
    with cloud() as till:
        assert error_codes(put(till, "/v2/points/updateRedemption", body)) == [811]
        body["redemptionId"] = till.item(till.redeem(10, "R1", till.otp()))["redemption_id"]
        body["entity"]["identifierValue"] = ASHA
        del body["billId"]
        assert put(till, "/v2/points/updateRedemption", body).json()["billNumber"] == body["billNumber"]


def test_a_coupon_is_burnt_once_and_no_number_is_needed() -> None:
    theirs = sample("v2_coupon_redeem.response_ok.json")
    with cloud() as till:
        answer = burn(till, "flat100a", transactionNumber="", redemptionTime="2026-11-20T11:00:00+05:30")
        assert not missing(answer.json(), theirs)
        use = answer.json()["redemption"][0]["id"]
        assert error_codes(burn(till, "FLAT100A")) == [747]
        assert till.post("/v2/coupon/reactivate", {"redemptionIds": [use]}).json() == {"success": True}
        assert burn(till, "FLAT100A").json()["redemptionStatus"]["code"] == 700
        assert error_codes(burn(till, "NOSUCH")) == [780]
        assert error_codes(burn(till, "FLAT100B")) == [703]
        assert error_codes(burn(till, "FIFTY", "TENOFF")) == [629]
        assert error_codes(burn(till, "FIFTY", user={"mobile": "919999999999"})) == [701]


def test_the_time_of_redemption_is_checked_and_not_stored() -> None:
    with cloud() as till:
        assert error_codes(burn(till, "LAPSED")) == [713]
        late = burn(till, "LAPSED", redemptionTime="2026-11-01T11:00:00+05:30")
        assert late.json()["redemptionStatus"]["code"] == 700
        use = next(one for one in till.books()["coupons"] if one["code"] == "LAPSED")["uses"][0]
        assert use["at"].startswith("2026-11-20")


def test_several_coupons_are_burnt_all_or_none() -> None:
    theirs = sample("v2_coupon_bulk_redeem.response.json")
    with cloud(coupon_batch=2) as till:
        before = till.books()
        asked = burn(till, "FLAT100A", "FIFTY", path="bulk/redeem", asked=True).json()
        assert (asked["failureCount"], till.books()) == (0, before)
        answer = burn(till, "FLAT100A", "FIFTY", path="bulk/redeem").json()
        assert till.books()["totals"]["coupon_uses"] == 2
        other = frozenset({"currencyInput", "localToBaseCurrencyExchangeRate", "discountUpto"})
        assert not missing(answer, theirs, other | {"warningsAsStatusCode"})
        failed = burn(till, "FLAT100A", "FIFTY", path="bulk/redeem").json()
        codes = {one["result"]["code"]: one["errors"][0]["code"] for one in failed["response"]}
        assert codes == {"FLAT100A": 747, "FIFTY": 749}
        assert (failed["failureCount"], till.books()["totals"]["coupon_uses"]) == (2, 2)
        assert error_codes(burn(till, "FIFTY", "TENOFF", "ONLYST02", path="bulk/redeem")) == [629]


def test_coupons_are_asked_about_in_v2s_words() -> None:
    theirs = sample("v2_coupon_is_redeemable.response_ok.json")
    with cloud() as till:
        answer = till.get("/v2/coupon/is_redeemable", mobile=ASHA, code="FIFTY,ONLYST02,NOSUCH").json()
        assert not missing(answer, theirs)
        told = {one["code"]: one["isRedeemable"] for one in answer["redemption"]}
        assert told == {"FIFTY": True, "ONLYST02": False, "NOSUCH": False}
        why = [one["errors"][0]["code"] for one in answer["redemption"][1:]]
        assert why == [735, 780]


def test_a_customer_is_looked_up_with_the_blocks_asked_for() -> None:
    with cloud() as till:
        plain = till.get("/v2/customers/lookup/customerDetails", **ID).json()
        assert (plain["id"], "loyaltyProgramDetails" in plain) == (ASHA_ID, False)
        told = till.get("/v2/customers/lookup/customerDetails", **ID, embed="points,expiredPoints").json()
        assert told["loyaltyProgramDetails"][0]["loyaltyPoints"] == 76
        assert told["expiredPoints"][0]["points"] == 10
        nobody = till.get("/v2/customers/lookup/customerDetails", **ID | {"identifierValue": "919999999999"})
        assert error_codes(nobody) == [8015]
        other = till.get("/v2/customers/lookup/customerDetails", **ID | {"identifierName": "nonsense"})
        assert error_codes(other) == [400]


def test_the_balance_is_the_same_by_every_spelling() -> None:
    with cloud() as till:
        paths = ("/v2/customers/lookup/points/balance", f"/v2/customers/{ASHA_ID}/points/balance")
        paths = (*paths, f"/v2/customers/points/balance/{ASHA_ID}")
        answers = [till.get(path, **ID).json() for path in paths]
        assert answers[0] == answers[1] == answers[2]
        assert answers[0]["loyaltyProgramDetails"][0]["lifetimePoints"] == 86


def test_a_customers_bills_in_v2s_words() -> None:
    with cloud() as till:
        till.bill("B1")
        told = till.get("/v2/customers/lookup/transactions", **ID, limit=2, embed="BILL_POINTS").json()
        assert (told["pagination"]["total"], len(told["data"])) == (4, 2)
        assert told["data"][0]["billDetails"]["billNumber"] == "B1"
        assert told["data"][0]["points"] == {"awarded": 2}
        recent = till.get(f"/v2/customers/{ASHA_ID}/transactions", startDate="2026-11-20T00:00:00+05:30")
        assert len(recent.json()["data"]) == 1
        assert error_codes(till.get(f"/v2/customers/{ASHA_ID}/transactions", limit=1001)) == [1109]


def test_a_bills_delivery_and_fields_change_and_nothing_else() -> None:
    theirs = sample("v2_transactions_update.response.json")
    with cloud() as till:
        bill = till.bill("B1").json()["createdId"]
        body = {"number": "B1", "tillCode": "till01", "deliveryStatus": "SHIPPED", "billAmount": 1}
        answer = put(till, "/v2/transactions", body | {"customFields": {"city": "Pune", "shoe": "9"}})
        assert not missing(answer.json(), theirs)
        assert [one["code"] for one in answer.json()["warnings"]] == [669]
        read = till.get(f"/v2/transactions/{bill}").json()
        assert (read["deliveryStatus"], read["billDetails"]["amount"]) == ("SHIPPED", 250)
        assert error_codes(put(till, "/v2/transactions", {"id": bill, "deliveryStatus": "FLYING"})) == [1636]
        assert error_codes(put(till, "/v2/transactions", {"deliveryStatus": "SHIPPED"})) == [619]
        assert error_codes(put(till, "/v2/transactions", {"number": "B1", "tillCode": "till02"})) == [620]


def test_a_rehearsed_bill_says_what_it_would_bring_and_writes_nothing() -> None:
    with cloud(bill_gift="FIFTY") as till:
        assert error_codes(till.post("/v2/simulation/transactions", sale("S1"), **ID)) == [403]
        till.cloud.set(simulation=True)
        before = till.books()
        told = till.post("/v2/simulation/transactions", sale("S1"), **ID).json()
        assert [one["type"] for one in told["sideEffects"]] == ["points", "coupon"]
        assert ("createdId" in told, till.books()) == (False, before)
        till.bill("S1")
        assert error_codes(till.post("/v2/simulation/transactions", sale("S1"), **ID)) == [604]


def test_refused_bills_are_remembered_for_who_asks() -> None:
    with cloud() as till:
        till.bill("B1")
        till.bill("B1")
        till.bill("B2", mobile="919999999999")
        rows = till.get("/v2/organization/rejectedTransactions").json()["data"]
        assert [(one["billNumber"], one["errors"][0]["code"]) for one in rows] == [("B2", 8015), ("B1", 604)]
        till.cloud.set(rejected_kept=False)
        till.bill("B1")
        assert till.get("/v2/organization/rejectedTransactions").json()["pagination"]["total"] == 2


def test_another_identifier_is_taken_over_unless_it_is_somebody_elses() -> None:
    def change(till: Till, **fields: str) -> int:
        body = {"identifier": "mobile", "old_value": ASHA, "new_value": "919000000099", **fields}
        return till.code(till.post("/v1.1/customer/update_identity", {"root": {"customer": [body]}}))

    with cloud() as till:
        assert change(till, new_value=BALA) == 1032
        assert change(till, old_value="919999999999") == 1012
        assert change(till, identifier="card_number") == 1042
        assert change(till, new_value="12") == 1042
        assert till.balance()["available_milli"] == 76_000
        assert change(till) == 1040
        assert till.balance("919000000099")["available_milli"] == 76_000
        assert till.code(till.get("/v1.1/customer/get", mobile=ASHA)) == 1012
        assert till.balance(DEEPAK)["available_milli"] == 0
