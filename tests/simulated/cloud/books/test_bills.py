"""Sales in v2: what is taken, what is refused and with which code, and how they are read back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.simulated.cloud_rig import ASHA, NOON, CloudClient, basic, cloud, error_codes, sale


def line(code: str = "SKU1", qty: Any = 1, amount: Any = 100, **more: Any) -> dict[str, Any]:
    return {"itemCode": code, "qty": qty, "rate": amount, "value": amount, "amount": amount, **more}


def test_a_loyalty_sale_earns_one_point_per_hundred_rupees() -> None:
    with cloud() as client:
        answer = client.bill("B1", 1999.99).json()
        assert answer["createdId"]
        assert answer["sideEffects"][0]["awardedPoints"] == 19
        assert answer["customerInfo"] == {"firstName": "Asha", "lastName": "Demo"}
        account = client.balance()
        assert account["available_milli"] == 95_000
        assert account["purchases_minor"] == 869_950 + 199_999


def test_the_whole_body_is_kept_with_exact_fractions() -> None:
    with cloud() as client:
        client.bill("B1", 0.3, lineItemsV2=[line(qty=0.003, amount=0.3)], customFields={"cashier": "C1"})
        kept = client.books()["bills"][-1]
        assert (kept["amount_minor"], kept["lines"][0]["qty_milli"]) == (30, 3)
        assert kept["body"]["lineItemsV2"][0]["qty"] == "0.003"
        assert kept["body"]["customFields"] == {"cashier": "C1"}


def test_surplus_decimals_of_money_are_cut_not_rounded() -> None:
    with cloud() as client:
        client.bill("B1", "100.567")
        assert client.books()["bills"][-1]["amount_minor"] == 10_056


def test_a_not_interested_sale_has_no_customer_and_keeps_its_reason() -> None:
    with cloud() as client:
        answer = client.bill("B1", mobile="", type="NOT_INTERESTED", notInterestedReason="in a hurry").json()
        assert answer["createdId"]
        assert answer["sideEffects"] == []
        kept = client.books()["bills"][-1]
        assert (kept["kind"], kept["customer_id"], kept["reason"]) == ("NOT_INTERESTED", 0, "in a hurry")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"type": "LAYAWAY"}, 605),
        ({"type": None}, 605),
        ({"billNumber": ""}, 602),
        ({"billNumber": "x" * 51}, 602),
        ({"billAmount": None}, 601),
        ({"billAmount": "much"}, 601),
        ({"billAmount": -1}, 601),
        ({"billAmount": True}, 601),
        ({"grossAmount": -1}, 665),
        ({"discount": -1}, 666),
        ({"billingDate": "noon"}, 621),
        ({"notInterestedReason": "x" * 256}, 685),
        ({"lineItemsV2": [line(amount=-1, value=1, rate=1)]}, 661),
        ({"lineItemsV2": [line(value=-1)]}, 662),
        ({"lineItemsV2": [line(rate=-1)]}, 663),
        ({"lineItemsV2": [line(discount=-1)]}, 664),
        ({"lineItemsV2": [line(qty=-1)]}, 627),
        ({"lineItemsV2": [line(qty="a few")]}, 601),
        ({"lineItemsV2": [line(code="")]}, 678),
        ({"lineItemsV2": "none"}, 400),
        ({"paymentModes": [{"mode": "Cash", "value": 1, "notes": "x" * 251}]}, 685),
    ],
)
def test_a_wrong_body_is_refused_and_nothing_is_kept(fields: dict[str, Any], code: int) -> None:
    with cloud() as client:
        before = client.books()["totals"]
        answer = client.bill("B1", **fields)
        assert (answer.status_code, error_codes(answer)) == (400, [code])
        assert "createdId" not in answer.json()
        assert client.books()["totals"] == before


def test_the_customer_must_be_named_and_known() -> None:
    with cloud() as client:
        assert error_codes(client.bill("B1", mobile="")) == [606]
        assert error_codes(client.bill("B1", mobile="919999999999")) == [8015]
        empty = client.post("/v2/transactions", sale("B1"), identifierName="mobile", identifierValue=" ")
        assert error_codes(empty) == [400]
        odd = client.post("/v2/transactions", sale("B1"), identifierName="shoeSize", identifierValue="42")
        assert error_codes(odd) == [400]


@pytest.mark.parametrize(
    ("name", "value"),
    [("externalId", "DEMO-0001"), ("email", "asha.demo@example.com"), ("cardnumber", "9900000000017")],
)
def test_the_customer_may_be_named_by_any_identifier(name: str, value: str) -> None:
    with cloud() as client:
        answer = client.post("/v2/transactions", sale("B1"), identifierName=name, identifierValue=value)
        assert answer.json()["createdId"]
        assert client.books()["bills"][-1]["mobile"] == ASHA


@pytest.mark.parametrize(
    ("number", "taken"), [("24-T1/000123", True), ("24-T1/123", False), ("x24-T1/000123", False)]
)
def test_the_organisations_pattern_is_matched_in_full(number: str, taken: bool) -> None:
    with cloud(bill_regex=r"\d{2}-T\d/\d{6}") as client:
        answer = client.bill(number).json()
        assert ("createdId" in answer) is taken


def test_a_pattern_that_does_not_compile_stops_nobody() -> None:
    with cloud(bill_regex="(") as client:
        assert client.bill("B1").json()["createdId"]


@pytest.mark.parametrize(("amount", "code"), [(9.99, 601), (1000.01, 601), (10, None), (1000, None)])
def test_the_organisations_limits_on_the_amount(amount: float, code: int | None) -> None:
    with cloud(bill_min_minor=1_000, bill_max_minor=100_000) as client:
        assert error_codes(client.bill("B1", amount)) == ([code] if code else [])


def test_a_repeated_number_is_604_whatever_else_is_sent() -> None:
    with cloud() as client:
        client.bill("B1")
        assert error_codes(client.bill("B1")) == [604]
        assert error_codes(client.bill("B1", 999, mobile="", type="NOT_INTERESTED")) == [604]
        assert client.balance()["available_milli"] == 78_000


@pytest.mark.parametrize(
    ("scope", "same_store", "other_store"),
    [("org", False, False), ("store", False, True), ("till", True, True), ("off", True, True)],
)
def test_a_number_is_unique_within_its_scope(scope: str, same_store: bool, other_store: bool) -> None:
    with cloud(bill_scope=scope) as client:
        client.bill("B1")
        for code, taken in (("till02", same_store), ("till03", other_store)):
            client.session.headers["Authorization"] = basic(code, "training")
            assert ("createdId" in client.bill("B1").json()) is taken, code


def test_a_number_is_unique_within_its_days() -> None:
    with cloud(bill_days=30) as client:
        client.bill("B1", billingDate=(NOON - timedelta(days=30)).isoformat())
        assert error_codes(client.bill("B1")) == []
        assert error_codes(client.bill("B1", billingDate=(NOON - timedelta(days=1)).isoformat())) == [604]


@pytest.mark.parametrize(
    ("setting", "days"),
    [("", 1), ("1", 1), ("7", 7), ("45", 45), ("99", 45), ("0", 1), ("-3", 1), ("soon", 1)],
)
def test_how_far_ahead_a_bill_may_be_dated(setting: str, days: int) -> None:
    with cloud(future_days=setting) as client:
        edge = NOON + timedelta(days=days)
        assert error_codes(client.bill("B1", billingDate=edge.isoformat())) == []
        assert error_codes(client.bill("B2", billingDate=(edge + timedelta(seconds=1)).isoformat())) == [643]


def test_a_bill_from_before_the_oldest_date_is_644_by_the_clouds_calendar() -> None:
    with cloud(oldest_bill="2026-11-01") as client:
        assert error_codes(client.bill("B1", billingDate="2026-10-31T23:59:59+05:30")) == [644]
        assert error_codes(client.bill("B2", billingDate="2026-10-31T18:30:00Z")) == []


@pytest.mark.parametrize(
    ("sent", "kept", "offset"),
    [
        ("2026-11-20T10:00:00+07:00", "2026-11-20T08:30:00+05:30", "+07:00"),
        ("2026-11-20T10:00:00+0700", "2026-11-20T08:30:00+05:30", "+07:00"),
        ("2026-11-20T03:00:00Z", "2026-11-20T08:30:00+05:30", "+00:00"),
        ("2026-11-20T03:00:00", "2026-11-20T08:30:00+05:30", "+00:00"),
    ],
)
def test_billing_times_are_converted_to_the_cluster(sent: str, kept: str, offset: str) -> None:
    with cloud() as client:
        client.bill("B1", billingDate=sent)
        (found,) = client.get("/v2/transactions/getByBillNumber/B1").json()["data"]
        assert found["billDetails"]["billingTime"] == kept
        assert found["billDetails"]["billingTimeInputOffset"] == offset


def test_what_the_organisation_does_not_know_is_warned_of_and_the_bill_is_in() -> None:
    with cloud() as client:
        answer = client.bill(
            "B1",
            paymentModes=[{"mode": "Shells", "value": 250}, {}],
            customFields={"mood": "good"},
            extendedFields={"weather": "wet", "city": "Pune"},
        ).json()
        assert answer["createdId"]
        assert sorted(warning["code"] for warning in answer["warnings"]) == [669, 9607, 91016]


def test_a_zero_bill_is_an_outlier_or_refused() -> None:
    with cloud() as client:
        answer = client.bill("B1", 0).json()
        assert [warning["code"] for warning in answer["warnings"]] == [9611]
        client.cloud.set(zero_bill_allowed=False)
        assert error_codes(client.bill("B2", 0)) == [601]


def test_an_asynchronous_bill_tells_no_side_effects() -> None:
    with cloud() as client:
        query = {"identifierName": "mobile", "identifierValue": ASHA, "use_async": "true"}
        answer = client.post("/v2/transactions", sale("B1"), **query).json()
        assert (bool(answer["createdId"]), answer["sideEffects"]) == (True, [])
        assert client.balance()["available_milli"] == 78_000


def test_skip_downstream_writes_without_points() -> None:
    with cloud() as client:
        client.session.headers["SKIP-DOWNSTREAM"] = "true"
        assert client.bill("B1").json()["sideEffects"] == []
        assert client.balance()["available_milli"] == 76_000


def test_a_bill_is_read_back_in_both_versions() -> None:
    with cloud() as client:
        number = "24-25/T1/000001"
        created = client.bill(number).json()["createdId"]
        (v2,) = client.get(f"/v2/transactions/getByBillNumber/{number}").json()["data"]
        assert (v2["id"], v2["billDetails"]["amount"], v2["type"]) == (created, 250, "REGULAR")
        encoded = client.get("/v2/transactions/getByBillNumber/24-25%2FT1%2F000001").json()
        assert encoded["data"][0]["id"] == created
        assert client.get(f"/v2/transactions/{created}").json()["billDetails"]["billNumber"] == number
        v11 = client.item(_find(client, number=number, till_code="till01", date="2026-11-20", tenders="true"))
        assert (v11["id"], v11["amount"], v11["billing_time"]) == (created, "250", "2026-11-20 12:00:00")
        assert v11["payment_details"]["payment"][0]["mode"] == "Cash"


def _find(client: CloudClient, **query: Any) -> Any:
    return client.get("/v1.1/transaction/get", **query)


@pytest.mark.parametrize(
    "query",
    [
        {"number": "B9"},
        {"number": "B1", "till_code": "till02"},
        {"number": "B1", "store_code": "ST02"},
        {"number": "B1", "date": "2026-11-19"},
        {"number": "B1", "amount": "251"},
        {"number": "B1", "type": "RETURN"},
        {"id": "1"},
    ],
)
def test_a_bill_that_does_not_match_is_not_found(query: dict[str, str]) -> None:
    with cloud() as client:
        client.bill("B1")
        assert client.code(_find(client, **query)) == 615
        assert client.code(_find(client, number="B1", till_code="till01", amount="250.00", type="ALL")) == 600


def test_reading_back_wants_a_number_or_an_id() -> None:
    with cloud() as client:
        assert client.code(_find(client, till_code="till01")) == 1624
        assert client.get("/v2/transactions/getByBillNumber/B9").json()["data"] == []
        assert error_codes(client.get("/v2/transactions/12")) == [603]


def test_type_defaults_to_regular_so_a_not_interested_bill_needs_all() -> None:
    with cloud() as client:
        client.bill("B1", mobile="", type="NOT_INTERESTED")
        assert client.code(_find(client, number="B1")) == 615
        assert client.code(_find(client, number="B1", type="ALL")) == 600


def bulk_item(number: str, mobile: str = ASHA, **fields: Any) -> dict[str, Any]:
    return {
        "identifierType": "mobile",
        "identifierValue": mobile,
        "source": "INSTORE",
        **sale(number),
        **fields,
    }


def test_bulk_judges_every_bill_by_itself() -> None:
    with cloud() as client:
        client.bill("B1")
        body = [bulk_item("B1"), bulk_item("B2"), bulk_item("B3", billAmount=-1), "rubbish"]
        answer = client.post("/v2/transactions/bulk", body).json()
        assert (answer["totalCount"], answer["failureCount"]) == (4, 3)
        codes = [[error["code"] for error in one["errors"]] for one in answer["response"]]
        assert codes == [[604], [], [601], [400]]
        good = answer["response"][1]
        assert (bool(good["entityId"]), good["result"]["billNumber"]) == (True, "B2")
        assert good["result"]["sideEffects"][0]["awardedPoints"] == 2


def test_bulk_may_answer_in_another_order_and_has_a_limit() -> None:
    with cloud(shuffle_bulk=True, bulk_limit=20, seed=3) as client:
        numbers = [f"B{index}" for index in range(20)]
        answer = client.post("/v2/transactions/bulk", [bulk_item(number) for number in numbers]).json()
        told = [one["result"]["billNumber"] for one in answer["response"]]
        assert told != numbers
        assert sorted(told) == sorted(numbers)
        too_many = client.post("/v2/transactions/bulk", [bulk_item("X")] * 21)
        assert error_codes(too_many) == [1060]
        assert error_codes(client.post("/v2/transactions/bulk", {"not": "a list"})) == [400]


def test_the_configuration_a_till_pulls_says_what_is_enforced() -> None:
    with cloud(bill_scope="till", bill_regex="B.*", bill_max_minor=500_000, future_days="3") as client:
        rows = client.get("/v1.1/organization/configs").json()["response"]["organization"]["configs"][
            "config"
        ]
        values = {row["key"]: row["value"] for row in rows}
        assert values["CONF_LOYALTY_BILL_NUMBER_UNIQUE_ONLY_TILL"] == "1"
        assert values["CONF_LOYALTY_IS_BILL_NUMBER_UNIQUE"] == "0"
        assert values["CONF_CLIENT_BILL_NO_REGEX"] == "B.*"
        assert values["CONF_LOYALTY_MAX_BILL_AMOUNT"] == "5000.00"
        assert values["CONF_MAX_TRANSACTION_FUTURE_DAYS"] == "3"
        assert "CONF_MIN_BILLING_DATE" not in values
