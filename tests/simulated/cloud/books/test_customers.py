"""Finding, enrolling, updating and merging customers over the wire."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.simulated.cloud_rig import ASHA, BALA, DEEPAK, CloudClient, cloud

NEW = "919000000055"


def add(client: CloudClient, **fields: Any) -> requests.Response:
    return client.post("/v1.1/customer/add", {"root": {"customer": [fields]}})


def update(client: CloudClient, **fields: Any) -> requests.Response:
    return client.post("/v1.1/customer/update", {"root": {"customer": [fields]}})


def get(client: CloudClient, **query: Any) -> dict[str, Any]:
    return client.item(client.get("/v1.1/customer/get", **query))


@pytest.mark.parametrize("written", ["+91 90000 00001", "9000000001", "919000000001", "+91-90000-00001"])
def test_a_mobile_is_found_however_it_is_written(written: str) -> None:
    with cloud() as client:
        assert get(client, mobile=written)["firstname"] == "Asha"


@pytest.mark.parametrize(
    ("name", "value"),
    [("email", "ASHA.demo@example.com"), ("external_id", "DEMO-0001"), ("card_number", "9900000000017")],
)
def test_the_other_identifiers_find_too(name: str, value: str) -> None:
    with cloud() as client:
        assert get(client, **{name: value})["firstname"] == "Asha"


def test_the_balance_tells_earned_redeemed_expired_and_available() -> None:
    with cloud() as client:
        figures = get(client, mobile=ASHA, points_summary="true")["points_summaries"]["points_summary"][0]
        assert figures["lifetimePoints"] == "86"
        assert figures["expired"] == "10"
        assert figures["redeemed"] == "0"
        assert figures["loyaltyPoints"] == "76"


def test_blocks_come_only_when_their_flag_is_sent() -> None:
    with cloud() as client:
        bare = get(client, mobile=ASHA)
        assert not {"user_id", "points_summaries", "subscriptions"} & set(bare)
        full = get(client, mobile=ASHA, user_id="true", mlp="true", subscriptions="true")
        assert {"user_id", "points_summaries", "subscriptions"} <= set(full)


def test_nobody_found_is_an_item_code_under_status_500() -> None:
    with cloud() as client:
        answer = client.get("/v1.1/customer/get", mobile="919999999999")
        assert answer.status_code == 200
        assert answer.json()["response"]["status"]["code"] == 500
        assert client.code(answer) == 1012
        assert client.code(client.get("/v1.1/customer/get", id="5")) == 1011
        assert client.code(client.get("/v1.1/customer/get")) == 1015


def test_failed_calls_can_be_made_to_answer_http_400() -> None:
    with cloud(v11_failed_http=400) as client:
        answer = client.get("/v1.1/customer/get", mobile="919999999999")
        assert answer.status_code == 400
        assert client.code(answer) == 1012


def test_several_identifiers_are_a_batch_with_a_partial_status() -> None:
    with cloud() as client:
        answer = client.get("/v1.1/customer/get", mobile=f"{ASHA},919999999999").json()["response"]
        assert answer["status"]["code"] == 201
        codes = [one["item_status"]["code"] for one in answer["customers"]["customer"]]
        assert codes == [1000, 1012]


def test_enrolment_keeps_name_consents_fields_and_the_tills_date() -> None:
    with cloud() as client:
        answer = add(
            client,
            mobile="+91 90000 00055",
            firstname="Nila",
            type="LOYALTY",
            registered_on="2026-11-19 18:30:00",
            subscriptions={
                "subscription": [{"priority": "BULK", "scope": "all", "channel": "sms", "is_subscribed": "1"}]
            },
            extended_fields={"field": [{"name": "gender", "value": "Female"}]},
        )
        assert client.code(answer) == 1000
        assert client.item(answer)["registered_on"] == "2026-11-19 18:30:00"
        row = client.books()["customers"][-1]
        assert (row["mobile"], row["kind"], row["consents"]) == (NEW, "LOYALTY", {"SMS/BULK": "1"})
        assert row["extended"] == {"gender": "Female"}


def test_enrolling_again_fills_gaps_and_never_replaces_an_identifier() -> None:
    with cloud() as client:
        add(client, mobile=NEW, firstname="Nila")
        again = client.item(add(client, mobile=NEW, firstname="Nila", lastname="R", email="nila@example.com"))
        assert again["email"] == "nila@example.com"
        third = client.item(add(client, mobile=NEW, email="other@example.com"))
        assert third["email"] == "nila@example.com"
        assert third["item_status"]["warnings"]["warning"] == ["91006"]
        assert client.books()["totals"]["customers"] == 6


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"mobile": "12ab"}, 1001),
        ({"email": "no at sign"}, 1002),
        ({"firstname": "Nobody"}, 1007),
        ({"mobile": NEW, "email": "asha.demo@example.com"}, 1016),
        ({"mobile": NEW, "external_id": "DEMO-0001"}, 1033),
        ({"mobile": NEW, "registered_on": "2027-01-01 00:00:00"}, 1034),
        ({"mobile": NEW, "registered_on": "yesterday"}, 1034),
    ],
)
def test_enrolments_that_are_refused_leave_nobody_behind(fields: dict[str, str], code: int) -> None:
    with cloud() as client:
        assert client.code(add(client, **fields)) == code
        assert client.books()["totals"]["customers"] == 5


def test_a_known_secondary_identifier_can_be_skipped_where_the_organisation_says_so() -> None:
    with cloud(skip_secondary_on_mismatch=True) as client:
        answer = add(client, mobile=NEW, email="asha.demo@example.com")
        assert client.code(answer) == 1000
        assert client.item(answer)["email"] == ""


def test_an_unknown_custom_field_is_a_warning_not_a_failure() -> None:
    with cloud() as client:
        answer = add(client, mobile=NEW, custom_fields={"field": [{"name": "shoe size", "value": "42"}]})
        assert client.code(answer) == 1000
        assert client.item(answer)["item_status"]["warnings"]["warning"] == ["1017"]


def test_a_non_loyalty_customer_earns_only_after_being_converted_and_never_goes_back() -> None:
    with cloud() as client:
        assert not client.bill("B1", mobile=DEEPAK).json()["sideEffects"]
        assert client.code(update(client, mobile=DEEPAK, type="LOYALTY")) == 1000
        assert client.bill("B2", mobile=DEEPAK).json()["sideEffects"][0]["awardedPoints"] == 2
        assert client.code(update(client, mobile=DEEPAK, type="NON_LOYALTY")) == 1046


def test_update_of_a_stranger_and_of_two_at_once_are_refused() -> None:
    with cloud() as client:
        assert client.code(update(client, mobile="919999999999", firstname="X")) == 1012
        two = {"root": {"customer": [{"mobile": ASHA}, {"mobile": BALA}]}}
        assert client.post("/v1.1/customer/update", two).json()["response"]["status"]["code"] == 1060


def test_another_accounts_identifier_merges_the_two_and_loses_no_point() -> None:
    with cloud() as client:
        before = client.books()["totals"]["points_available_milli"]
        answer = update(client, mobile=ASHA, email="bala.sample@example.com")
        assert "91009" in client.item(answer)["item_status"]["warnings"]["warning"]
        assert client.balance(ASHA)["available_milli"] == 76_000 + 125_000
        totals = client.books()["totals"]
        assert (totals["points_available_milli"], totals["balanced"]) == (before, True)
        assert get(client, mobile=ASHA)["firstname"] == "Asha"
        burnt = client.burn("FLAT100B", mobile=ASHA)
        assert client.code(burnt) == 700


def test_recent_bills_are_listed_newest_first_without_lines() -> None:
    with cloud() as client:
        client.bill("B1")
        answer = client.get("/v1.1/customer/transactions", mobile=ASHA, limit=2)
        item = client.item(answer)
        listed = item["transactions"]["transaction"]
        assert (item["item_status"]["code"], item["count"], len(listed)) == (1052, "4", 2)
        assert (listed[0]["number"], listed[0]["points"]["issued"]) == ("B1", "2")
        assert "line_items" not in listed[0]
        none = client.get("/v1.1/customer/transactions", mobile=DEEPAK)
        assert client.code(none) == 1051


def test_bills_are_picked_by_date() -> None:
    with cloud() as client:
        client.bill("B1")
        found = client.item(
            client.get(
                "/v1.1/customer/transactions", mobile=ASHA, start_date="2026-11-20", end_date="2026-11-20"
            )
        )
        assert [one["number"] for one in found["transactions"]["transaction"]] == ["B1"]
        earlier = client.get("/v1.1/customer/transactions", mobile=ASHA, end_date="2026-11-19 23:59:59")
        assert "B1" not in earlier.text
