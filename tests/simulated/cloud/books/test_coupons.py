"""Coupons: whose, where, how often, and what a repeat does."""

from __future__ import annotations

from typing import Any

import pytest

from agent.simulated.cloud.books.demo_data import seed_demo
from agent.simulated.cloud.books.ledger import Ledger
from agent.simulated.cloud.books.ledger_rows import Coupon, Customer, Series
from tests.simulated.cloud_rig import ASHA, BALA, CHITRA, CloudClient, cloud, error_codes


def check(client: CloudClient, code: str, mobile: str = ASHA, **query: Any) -> Any:
    return client.get("/v1.1/coupon/isredeemable", mobile=mobile, code=code, **query)


def get(client: CloudClient, code: str) -> dict[str, Any]:
    return client.item(client.get("/v1.1/coupon/get", code=code))


def with_series(client: CloudClient, code: str, holder: int = 0, **rules: Any) -> Ledger:
    """Books with one more coupon of these rules."""
    ledger = client.cloud.ledger
    with ledger.transaction():
        later = "2027-06-01T00:00:00+05:30"
        series = ledger.put(Series(ledger.new_id(), "Test", "T", "ABS", 5_000, later, **rules))
        ledger.put(Coupon(ledger.new_id(), code, series.id, "2026-01-01T00:00:00+05:30", later, holder))
    return ledger


@pytest.mark.parametrize("written", ["flat100a", "FLAT100A", "Flat100a"])
def test_a_code_is_found_in_any_case_and_answered_in_upper_case(written: str) -> None:
    with cloud() as client:
        item = client.item(check(client, written, details="true"))
        assert (item["is_redeemable"], item["code"], item["item_status"]["code"]) == ("true", "FLAT100A", 700)
        assert item["series_info"]["discount_type"] == "ABS"
        assert item["series_info"]["discount_value"] == "100"


def test_a_percentage_says_so_and_details_come_only_when_asked_for() -> None:
    with cloud() as client:
        assert "series_info" not in client.item(check(client, "TENOFF"))
        info = client.item(check(client, "TENOFF", details="extended", coupon_code_case="LOWER"))[
            "series_info"
        ]
        assert (info["discount_type"], info["discount_value"]) == ("PERC", "10")


@pytest.mark.parametrize(
    ("code", "mobile", "refusal"),
    [
        ("NOSUCH", ASHA, 702),
        ("FLAT100A", "919999999999", 701),
        ("FLAT100A", BALA, 703),
        ("LAPSED", ASHA, 713),
        ("ONLYST02", ASHA, 735),
        ("", ASHA, 781),
    ],
)
def test_coupons_that_cannot_be_used_say_why_before_and_at_the_burning(
    code: str, mobile: str, refusal: int
) -> None:
    with cloud() as client:
        asked = check(client, code, mobile)
        assert (client.code(asked), client.item(asked)["is_redeemable"]) == (refusal, "false")
        assert client.code(client.burn(code, mobile)) == refusal
        assert client.books()["totals"]["coupon_uses"] == 0


def test_a_single_use_coupon_burns_once() -> None:
    with cloud() as client:
        first = client.item(client.burn("FLAT100A"))
        assert (first["item_status"]["code"], first["is_absolute"], first["coupon_value"]) == (
            700,
            "true",
            "100",
        )
        assert client.code(client.burn("FLAT100A")) == 711
        assert client.books()["totals"]["coupon_uses"] == 1


def test_a_used_coupon_is_not_redeemable_under_a_status_that_calls_itself_true() -> None:
    with cloud() as client:
        client.burn("FLAT100A")
        answer = check(client, "FLAT100A")
        item = client.item(answer)
        assert answer.json()["response"]["status"]["code"] == 200
        assert item["is_redeemable"] == "false"
        assert (item["item_status"]["status"], item["item_status"]["code"]) == ("true", 706)
        assert "success" not in item["item_status"]


def test_a_multi_use_coupon_burns_again_on_a_blind_repeat() -> None:
    with cloud() as client:
        client.burn("FIFTY", number="B1")
        assert client.code(client.burn("FIFTY", number="B1")) == 700
        assert client.books()["totals"]["coupon_uses"] == 2


def test_limits_for_one_customer_and_for_all() -> None:
    with cloud() as client:
        with_series(client, "TWICE", uses=3, per_customer=2)
        assert [client.code(client.burn("TWICE")) for _ in range(3)] == [700, 700, 716]
        assert client.code(client.burn("TWICE", mobile=BALA)) == 700
        assert client.code(client.burn("TWICE", mobile=CHITRA)) == 728


def test_a_smallest_bill_and_a_bill_number_are_demanded() -> None:
    with cloud() as client:
        with_series(client, "BIGONLY", uses=-1, min_bill_minor=100_000)
        assert client.code(client.burn("BIGONLY", amount="999.99")) == 733
        assert client.code(client.burn("BIGONLY", amount="lots")) == 733
        assert client.code(client.burn("BIGONLY", amount="1000")) == 700
        assert client.code(client.burn("BIGONLY", number="")) == 718


def test_a_guarded_coupon_wants_the_code_sent_for_it() -> None:
    with cloud() as client:
        checked = client.item(check(client, "GUARDED", BALA, details="true"))
        assert (checked["item_status"]["code"], checked["is_redeemable"]) == (725, "false")
        assert checked["series_info"]["discount_value"] == "250"
        assert client.code(client.burn("GUARDED", BALA)) == 725
        assert client.code(client.burn("GUARDED", BALA, validation_code="000000")) == 705
        client.post("/v2/otp/generate", {"entityType": "MOBILE", "entityValue": BALA, "action": "COUPON"})
        code = client.books()["otps"][-1]["code"]
        body = {"entityType": "MOBILE", "entityValue": BALA, "action": "COUPON", "code": code}
        assert client.post("/v2/otp/validate", body).json()["entity"] is True
        assert client.code(client.burn("GUARDED", BALA, validation_code=code)) == 700


def test_a_coupon_is_read_back_with_the_bill_it_was_burnt_on() -> None:
    with cloud() as client:
        assert get(client, "FLAT100A")["redemption_info"]["redeemed"] == "false"
        created = client.bill("B7").json()["createdId"]
        client.burn("FLAT100A", number="B7")
        told = get(client, "flat100a")
        assert told["redemption_info"]["redeemed"] == "true"
        assert told["transaction"] == {"number": "B7", "id": str(created)}
        assert told["redeemed_by"]["mobile"] == ASHA
        item = client.item(client.get("/v1.1/customer/redemptions", mobile=ASHA, type="COUPONS"))
        (coupon,) = item["redemptions"]["coupons"]["coupon"]
        assert (coupon["code"], coupon["transaction_number"]) == ("FLAT100A", "B7")


def test_a_coupon_with_uses_left_is_not_called_redeemed_and_still_names_its_last_bill() -> None:
    with cloud() as client:
        client.burn("FIFTY", number="B7")
        told = get(client, "FIFTY")
        assert (told["redemption_info"]["redeemed"], told["transaction"]["number"]) == ("false", "B7")


def test_an_unknown_code_read_back_is_a_failed_item_among_good_ones() -> None:
    with cloud() as client:
        answer = client.get("/v1.1/coupon/get", code="FIFTY,NOSUCH").json()["response"]
        assert answer["status"]["code"] == 201
        assert [one["item_status"]["code"] for one in answer["coupons"]["coupon"]] == [700, 702]


def test_a_reactivated_coupon_can_be_used_again() -> None:
    with cloud() as client:
        use = client.item(client.burn("FLAT100A"))["redemptionId"]
        assert client.post("/v2/coupon/reactivate", {"redemptionIds": [use]}).json() == {"success": True}
        assert error_codes(client.post("/v2/coupon/reactivate", {"redemptionIds": [use]})) == [510]
        assert client.code(client.burn("FLAT100A")) == 700


def test_a_fraudulent_customer_burns_nothing() -> None:
    with cloud() as client:
        from dataclasses import replace

        ledger = client.cloud.ledger
        row = ledger.find(Customer, "identifier", ("mobile", ASHA))[0]
        with ledger.transaction():
            ledger.put(replace(row, fraud=True))
        assert client.code(client.burn("FLAT100A")) == 740
        assert client.code(client.get("/v1.1/points/isredeemable", mobile=ASHA, points=10)) == 820
        assert error_codes(client.bill("B1")) == [618]


def test_demo_data_is_laid_out_once() -> None:
    with cloud() as client:
        seed_demo(client.cloud.ledger, client.clock())
        assert client.books()["totals"]["customers"] == 5
