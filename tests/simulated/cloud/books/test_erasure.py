"""A customer whose data were deleted: nothing that names them is kept, and a question is told so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.simulated.cloud_rig import ASHA, Till, cloud, error_codes

DELETED = "The customer's PII data has been deleted"


def erase(till: Till, mobile: str = ASHA) -> int:
    return till.post("/control/erase", {"mobile": mobile}).status_code


def ask(till: Till, **who: str) -> dict[str, Any]:
    return till.item(till.get("/v1.1/customer/get", **who))


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
    with cloud() as till:
        assert erase(till) == 200
        status = ask(till, **who)["item_status"]
        assert (status["success"], status["code"], status["message"]) == ("false", code, DELETED)
        till.cloud.set(erased_answer="found")
        found = ask(till, **who)
        assert (found["item_status"]["code"], found["item_status"]["message"]) == (1000, DELETED)
        assert (found["mobile"], found["email"], found["firstname"]) == ("", "", "")


def test_nothing_that_names_them_is_left_while_the_sums_stay() -> None:
    with cloud() as till:
        sums = till.books()["totals"]
        erase(till)
        text = json.dumps(till.books())
        assert not any(part in text for part in (ASHA, "asha.demo", "DEMO-0001", "9900000000017", "Asha"))
        assert till.books()["totals"] == sums


def test_every_other_call_does_not_know_them() -> None:
    with cloud() as till:
        erase(till)
        assert error_codes(till.bill("B1")) == [8015]
        assert till.code(till.redeem(5, "R1", "1")) == 816
        assert till.code(till.burn("FIFTY")) == 701
        assert till.code(till.get("/v1.1/customer/transactions", mobile=ASHA)) == 1012
        update = {"root": {"customer": [{"mobile": ASHA, "firstname": "Other"}]}}
        assert till.code(till.post("/v1.1/customer/update", update)) == 1012


def test_who_enrols_anew_is_a_new_customer_with_nothing_of_the_old() -> None:
    with cloud() as till:
        erase(till)
        body = {"root": {"customer": [{"mobile": ASHA, "firstname": "Asha", "type": "LOYALTY"}]}}
        fresh = till.item(till.post("/v1.1/customer/add", body))
        assert (fresh["item_status"]["code"], fresh["loyalty_points"]) == (1000, "0")
        assert fresh["user_id"] != "100000001"
        assert ask(till, mobile=ASHA)["item_status"]["code"] == 1000
        assert ask(till, id="100000001")["item_status"]["message"] == DELETED


def test_accounts_that_went_into_theirs_go_with_them() -> None:
    with cloud() as till:
        both = {"mobile": ASHA, "email": "bala.sample@example.com"}
        till.post("/v1.1/customer/update", {"root": {"customer": [both]}})
        erase(till)
        assert "Bala" not in json.dumps(till.books())
        assert ask(till, mobile="919000000002")["item_status"]["message"] == DELETED


def test_nobody_is_erased_by_a_wrong_number() -> None:
    with cloud() as till:
        assert erase(till, "919999999999") == 422
        assert erase(till) == 200
        assert erase(till) == 422
