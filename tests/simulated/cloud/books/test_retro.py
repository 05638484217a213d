"""A not-interested bill tagged to a customer afterwards, and a bill's fields changed: transaction/update."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.simulated.cloud_rig import ASHA, DEEPAK, LATER, NOON, CloudClient, cloud, error_codes, give_back

SIGNATURE = {"X-CAP-CLIENT-SIGNATURE": "pos-agent"}


def sell(client: CloudClient, number: str = "B1", amount: Any = 550, **fields: Any) -> int:
    created: int = client.bill(number, amount, mobile="", type="NOT_INTERESTED", **fields).json()["createdId"]
    return created


def tag(
    client: CloudClient, bill_id: Any, mobile: str = ASHA, headers: dict[str, str] = SIGNATURE, **fields: Any
) -> requests.Response:
    body = {
        "id": str(bill_id),
        "old_type": "NOT_INTERESTED",
        "new_type": "REGULAR",
        "customer": {"mobile": mobile},
        "notes": "Retro",
        **fields,
    }
    return update(client, body, headers)


def update(client: CloudClient, body: Any, headers: dict[str, str] = SIGNATURE) -> requests.Response:
    url = f"{client.cloud.base_url}/v1.1/transaction/update"
    return client.session.post(url, json={"root": {"transaction": [body]}}, headers=headers, timeout=20)


def test_the_bill_becomes_the_customers_under_a_new_id_and_earns() -> None:
    with cloud() as client:
        old = sell(client)
        before = client.balance()
        item = client.item(tag(client, old))
        assert (item["item_status"]["code"], item["old_id"], item["type"]) == (1630, old, "REGULAR")
        assert (item["id"] != old, item["number"], item["customer"]["mobile"]) == (True, "B1", ASHA)
        after = client.balance()
        assert after["available_milli"] - before["available_milli"] == 5_000
        assert after["purchases_minor"] - before["purchases_minor"] == 55_000
        (row,) = [bill for bill in client.books()["bills"] if bill["number"] == "B1"]
        assert (row["kind"], row["mobile"], row["retro_of"]) == ("REGULAR", ASHA, old)
        assert client.books()["totals"]["balanced"]


def test_it_can_be_read_back_by_number_and_is_in_the_customers_history() -> None:
    with cloud() as client:
        tag(client, sell(client))
        listed = client.get("/v1.1/transaction/get", number="B1", type="ALL").json()
        (entry,) = listed["response"]["transactions"]["transaction"]
        assert (entry["type"], entry["customer"]["mobile"], entry["notes"]) == ("REGULAR", ASHA, "Retro")
        history = client.item(client.get("/v1.1/customer/transactions", mobile=ASHA, number="B1"))
        assert history["count"] == "1"


def test_a_repeat_is_1627_and_earns_nothing_more() -> None:
    with cloud() as client:
        old = sell(client)
        new = client.item(tag(client, old))["id"]
        held = client.balance()
        assert [client.code(tag(client, one)) for one in (old, new)] == [1627, 1627]
        assert client.balance() == held


def test_a_lost_answer_is_found_as_done() -> None:
    with cloud() as client:
        old = sell(client)
        client.cloud.faults.add("lose-answer", op="transaction/update", count=1)
        with pytest.raises(requests.ConnectionError):
            tag(client, old)
        assert client.code(tag(client, old)) == 1627
        assert client.balance()["available_milli"] == 81_000


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"headers": {}}, 1629),
        ({"new_type": ""}, 1625),
        ({"new_type": "NOT_INTERESTED"}, 1626),
        ({"old_type": "REGULAR"}, 1626),
        ({"id": ""}, 619),
        ({"id": "12"}, 1628),
        ({"id": "B1"}, 1628),
        ({"customer": {}}, 606),
        ({"mobile": "919999999999"}, 611),
    ],
)
def test_what_is_refused_changes_nothing(fields: dict[str, Any], code: int) -> None:
    with cloud() as client:
        old = sell(client)
        before = client.books()["totals"]
        assert client.code(tag(client, **{"bill_id": old, **fields})) == code
        assert client.books()["totals"] == before


def test_a_loyalty_bill_and_one_of_which_something_came_back_stay_what_they_are() -> None:
    with cloud() as client:
        loyal = client.bill("B0").json()["createdId"]
        assert client.code(tag(client, loyal)) == 1626
        old = sell(client)
        back = {"type": "NOT_INTERESTED_RETURN", "returnType": "AMOUNT", "billNumber": "B1"}
        times = {"billingDate": LATER, "purchaseTime": NOON.isoformat()}
        assert error_codes(client.post("/v2/transactions", {**back, **times, "billAmount": 100})) == []
        assert client.code(tag(client, old)) == 1626


def test_where_the_organisation_has_it_switched_off_it_is_1631() -> None:
    with cloud(retro_enabled=False) as client:
        assert client.code(tag(client, sell(client))) == 1631


@pytest.mark.parametrize(("hours", "code"), [(48, 1630), (49, 1633)])
def test_a_bill_older_than_the_organisation_allows_is_1633(hours: int, code: int) -> None:
    with cloud(retro_max_age_days=2) as client:
        old = sell(client)
        client.clock.forward(hours=hours)
        assert client.code(tag(client, old)) == code


@pytest.mark.parametrize(("registered", "code"), [("15:00:00", 1630), ("15:00:01", 1632)])
def test_a_bill_too_long_before_the_registration_is_1632(registered: str, code: int) -> None:
    with cloud(retro_delay_hours=3) as client:
        old = sell(client)
        client.clock.forward(hours=4)
        body = {"mobile": "919000000077", "registered_on": f"2026-11-20 {registered}"}
        client.post("/v1.1/customer/add", {"root": {"customer": [body]}})
        assert client.code(tag(client, old, "919000000077")) == code


def test_a_customer_outside_the_programme_gets_the_bill_and_no_points() -> None:
    with cloud() as client:
        assert client.code(tag(client, sell(client), DEEPAK)) == 1630
        account = client.balance(DEEPAK)
        assert (account["available_milli"], account["purchases_minor"]) == (0, 55_000)


def test_goods_of_the_tagged_bill_come_back_with_their_points() -> None:
    with cloud() as client:
        tag(client, sell(client))
        assert give_back(client, "FULL").json()["sideEffects"][0]["awardedPoints"] == -5
        assert client.balance()["available_milli"] == 76_000


def test_the_number_of_the_tagged_bill_stays_taken() -> None:
    with cloud() as client:
        tag(client, sell(client))
        assert error_codes(client.bill("B1")) == [604]


def test_notes_and_fields_are_changed_without_the_header() -> None:
    with cloud() as client:
        bill = client.bill("B1").json()["createdId"]
        custom = {"field": [{"name": "cashier", "value": "7"}, {"name": "colour", "value": "green"}]}
        item = client.item(update(client, {"id": bill, "notes": "later", "custom_fields": custom}, {}))
        assert (item["item_status"]["code"], item["item_status"]["warnings"]) == (600, {"warning": ["669"]})
        row = client.books()["bills"][-1]
        assert (row["body"]["note"], row["body"]["customFields"]) == ("later", {"cashier": "7"})
        assert [client.code(update(client, {"id": one, "notes": "x"}, {})) for one in ("", "9")] == [619, 620]


def test_the_window_is_told_with_the_organisations_keys() -> None:
    with cloud(retro_max_age_days=7, retro_delay_hours=3) as client:
        keys = {
            "CONF_RETRO_TRANSACTION_ENABLE": "1",
            "CONF_CLIENT_RETRO_MAX_ALLOWED_AGE_DAYS": "7",
            "CONF_CLIENT_RETRO_DELAY_SINCE_REGISTRATION_HOURS": "3",
        }
        for key, value in keys.items():
            told = client.get("/v2/organization/configkeyvalue", name=key).json()
            assert told["entity"]["value"] == value
        unknown = client.get("/v2/organization/configkeyvalue", name="CONF_NOTHING")
        assert error_codes(unknown) == [400]
