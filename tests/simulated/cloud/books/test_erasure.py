"""A customer whose data were deleted: nothing that names them is kept, and a question is told so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.simulated.cloud_rig import ASHA, CloudClient, cloud, error_codes

DELETED = "The customer's PII data has been deleted"


def erase(client: CloudClient, mobile: str = ASHA) -> int:
    return client.post("/control/erase", {"mobile": mobile}).status_code


def ask(client: CloudClient, **who: str) -> dict[str, Any]:
    return client.item(client.get("/v1.1/customer/get", **who))


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ({"mobile": ASHA}, 1012),
        ({"email": "asha.demo@example.com"}, 1012),
        ({"external_id": "DEMO-0001"}, 1012),
        ({"card_number": "9900000000017"}, 1011),
        ({"id": "100000001"}, 1011),
    ],
)
def test_every_identifier_they_had_is_answered_with_the_deletion(who: dict[str, str], code: int) -> None:
    with cloud() as client:
        assert erase(client) == 200
        status = ask(client, **who)["item_status"]
        assert (status["success"], status["code"], status["message"]) == ("false", code, DELETED)
        client.cloud.set(erased_answer="found")
        found = ask(client, **who)
        assert (found["item_status"]["code"], found["item_status"]["message"]) == (1000, DELETED)
        assert (found["mobile"], found["email"], found["firstname"]) == ("", "", "")


def test_nothing_that_names_them_is_left_while_the_sums_stay() -> None:
    with cloud() as client:
        sums = client.books()["totals"]
        erase(client)
        text = json.dumps(client.books())
        assert not any(part in text for part in (ASHA, "asha.demo", "DEMO-0001", "9900000000017", "Asha"))
        assert client.books()["totals"] == sums


def test_every_other_call_does_not_know_them() -> None:
    with cloud() as client:
        erase(client)
        assert error_codes(client.bill("B1")) == [8015]
        assert client.code(client.redeem(5, "R1", "1")) == 816
        assert client.code(client.burn("FIFTY")) == 701
        assert client.code(client.get("/v1.1/customer/transactions", mobile=ASHA)) == 1012
        update = {"root": {"customer": [{"mobile": ASHA, "firstname": "Other"}]}}
        assert client.code(client.post("/v1.1/customer/update", update)) == 1012


def test_who_enrols_anew_is_a_new_customer_with_nothing_of_the_old() -> None:
    with cloud() as client:
        erase(client)
        body = {"root": {"customer": [{"mobile": ASHA, "firstname": "Asha", "type": "LOYALTY"}]}}
        fresh = client.item(client.post("/v1.1/customer/add", body))
        assert (fresh["item_status"]["code"], fresh["loyalty_points"]) == (1000, "0")
        assert fresh["user_id"] != "100000001"
        assert ask(client, mobile=ASHA)["item_status"]["code"] == 1000
        assert ask(client, id="100000001")["item_status"]["message"] == DELETED


def test_accounts_that_went_into_theirs_go_with_them() -> None:
    with cloud() as client:
        both = {"mobile": ASHA, "email": "bala.sample@example.com"}
        client.post("/v1.1/customer/update", {"root": {"customer": [both]}})
        erase(client)
        assert "Bala" not in json.dumps(client.books())
        assert ask(client, mobile="919000000002")["item_status"]["message"] == DELETED


def test_nobody_is_erased_by_a_wrong_number() -> None:
    with cloud() as client:
        assert erase(client, "919999999999") == 422
        assert erase(client) == 200
        assert erase(client) == 422
