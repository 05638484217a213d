"""Points: what may be redeemed, one-time codes, and a redemption that happens once per reference."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulated.cloud_rig import ASHA, BALA, DEEPAK, CloudClient, cloud, error_codes


def ask(client: CloudClient, points: Any, mobile: str = ASHA, **query: Any) -> Any:
    return client.get("/v1.1/points/isredeemable", mobile=mobile, points=points, **query)


def test_what_a_redemption_would_be_worth_is_told_and_nothing_moves() -> None:
    with cloud(point_value_minor=50) as client:
        item = client.item(ask(client, "20"))
        assert (item["is_redeemable"], item["points_redeem_value"]) == ("true", "10")
        assert client.balance()["available_milli"] == 76_000
        money = client.item(ask(client, "10", currency_input="true"))
        assert (money["points"], money["points_redeem_value"]) == ("20", "10")


@pytest.mark.parametrize(
    ("points", "mobile", "code"),
    [
        ("0", ASHA, 801),
        ("-5", ASHA, 801),
        ("many", ASHA, 801),
        ("", ASHA, 801),
        ("1.2345", ASHA, 878),
        ("77", ASHA, 818),
        ("10", DEEPAK, 881),
        ("10", "919999999999", 816),
        ("10", "", 802),
    ],
)
def test_points_that_cannot_be_redeemed_say_why(points: str, mobile: str, code: int) -> None:
    with cloud() as client:
        answer = ask(client, points, mobile)
        assert client.code(answer) == code
        assert client.item(answer)["is_redeemable"] == "false"


@pytest.mark.parametrize(("points", "code"), [("15", 807), ("10", 821), ("60", 819), ("40", 800)])
def test_step_minimum_and_maximum(points: str, code: int) -> None:
    with cloud(points_step_milli=10_000, points_min_milli=20_000, points_max_milli=50_000) as client:
        assert client.code(ask(client, points)) == code


def test_a_redemption_needs_the_code_that_was_sent() -> None:
    with cloud() as client:
        assert client.code(client.redeem(10, "R1")) == 824
        assert client.code(client.redeem(10, "R1", "000000")) == 808
        ask(client, 10, issue_otp="true")
        code = client.books()["otps"][-1]["code"]
        assert client.code(ask(client, 10, validation_code=code)) == 800
        assert client.code(client.redeem(10, "R1", code)) == 800
        assert client.balance()["available_milli"] == 66_000


def test_the_same_code_is_sent_within_its_life_and_another_one_after() -> None:
    with cloud() as client:
        first = client.otp()
        client.clock.forward(minutes=14)
        assert client.otp() == first
        client.clock.forward(minutes=1)
        assert client.code(client.redeem(10, "R1", first)) == 808
        second = client.otp()
        assert second != first
        assert client.code(client.redeem(10, "R1", second)) == 800


def test_a_code_is_good_for_one_redemption_and_for_its_own_customer() -> None:
    with cloud() as client:
        code = client.otp()
        assert client.code(client.redeem(10, "R1", code, mobile=BALA)) == 808
        assert client.code(client.redeem(10, "R1", code)) == 800
        assert client.code(client.redeem(10, "R2", code)) == 808


def test_ten_codes_a_day_and_then_none_until_tomorrow() -> None:
    with cloud() as client:
        for _ in range(10):
            assert client.code(client.get("/v1.1/points/validationcode", mobile=ASHA, points=10)) == 200
        assert client.code(client.get("/v1.1/points/validationcode", mobile=ASHA, points=10)) == 860
        warned = client.item(ask(client, 10, issue_otp="true"))
        assert (warned["is_redeemable"], warned["item_status"]["warnings"]) == ("true", {"warning": ["876"]})
        body = {"entityType": "MOBILE", "entityValue": ASHA, "action": "POINTS"}
        too_many = client.post("/v2/otp/generate", body)
        assert (too_many.status_code, error_codes(too_many)) == (429, [429])
        client.clock.forward(hours=12)
        assert client.code(client.get("/v1.1/points/validationcode", mobile=ASHA, points=10)) == 200


def test_a_repeated_reference_gives_the_first_result_and_moves_nothing() -> None:
    with cloud() as client:
        first = client.redeem(10, "ORG-S1-T1-B1-P1", client.otp())
        repeat = client.redeem(10, "ORG-S1-T1-B1-P1", "spent or forgotten")
        assert repeat.json() == first.json()
        assert client.balance()["available_milli"] == 66_000
        assert client.books()["totals"]["points_redemptions"] == 1


def test_a_repeated_reference_can_be_an_error_of_an_unpublished_code() -> None:
    with cloud(duplicate_reference="error") as client:
        client.redeem(10, "R1", client.otp())
        code = client.code(client.redeem(10, "R1", client.otp()))
        from agent.simulated.cloud.books.refusal import TEXTS

        assert code not in TEXTS["points"]
        assert client.balance()["available_milli"] == 66_000


def test_a_reference_belongs_to_the_customer_who_used_it_first() -> None:
    with cloud() as client:
        client.redeem(10, "R1", client.otp())
        other = client.redeem(10, "R1", client.otp(mobile=BALA), mobile=BALA)
        assert client.item(other)["item_status"]["success"] == "false"
        assert client.balance(BALA)["available_milli"] == 125_000


def test_a_refused_reference_is_free_for_another_try() -> None:
    with cloud() as client:
        assert client.code(client.redeem(1000, "R1", client.otp())) == 818
        assert client.code(client.redeem(10, "R1", client.otp())) == 800


def test_without_a_reference_nothing_guards_against_doing_it_twice() -> None:
    with cloud() as client:
        client.redeem(10, "", client.otp())
        client.redeem(10, "", client.otp())
        assert client.balance()["available_milli"] == 56_000


def test_a_redemption_is_read_back_by_its_reference() -> None:
    with cloud() as client:
        client.bill("B1")
        client.item(client.redeem("12.5", "R1", client.otp(), redemption_time="2026-11-20 11:30:00"))
        client.redeem(10, "R2", client.otp())
        found = client.item(
            client.get(
                "/v1.1/customer/redemptions", mobile=ASHA, type="POINTS", external_reference_number="R1"
            )
        )
        (point,) = found["redemptions"]["points"]["point"]
        assert not {"redemption_id", "external_reference_number"} & point.keys()
        assert (point["points_redeemed"], point["transaction_number"]) == (12.5, "B1")
        assert point["redeemed_time"] == "2026-11-20 11:30:00"
        nothing = client.item(
            client.get(
                "/v1.1/customer/redemptions", mobile=ASHA, type="POINTS", external_reference_number="R9"
            )
        )
        assert nothing["redemptions"]["points"]["point"] == []


def test_a_redemption_before_its_bill_is_not_linked_yet() -> None:
    with cloud() as client:
        effect = client.item(client.redeem(10, "R1", client.otp()))["side_effects"]["effect"][0]
        assert (effect["redeemed_on_bill_number"], effect["redeemed_on_bill_id"]) == ("B1", -1)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2026-11-19 10:00:00", "2026-11-19 10:00:00"),
        ("2026-11-19T04:30:00Z", "2026-11-19 10:00:00"),
        ("2026-11-19T10:00:00+7:00", "2026-11-19 00:00:00"),
    ],
)
def test_the_time_of_redemption_keeps_the_vendors_traps(sent: str, kept: str) -> None:
    with cloud() as client:
        client.redeem(10, "R1", client.otp(), redemption_time=sent)
        item = client.item(client.get("/v1.1/customer/redemptions", mobile=ASHA))
        assert item["redemptions"]["points"]["point"][0]["redeemed_time"] == kept


def test_malformed_redemptions_are_refused() -> None:
    with cloud() as client:
        code = client.otp()
        assert client.code(client.redeem(10, "R1", code, redemption_time="soon")) == 859
        assert client.code(client.redeem(10, "R1", code, transaction_number="x" * 51)) == 811
        two = {"root": {"redeem": [{"points_redeemed": 1}, {"points_redeemed": 1}]}}
        assert client.post("/v1.1/points/redeem", two).json()["response"]["status"]["code"] == 1060
        assert client.post("/v1.1/points/redeem", {"root": {}}).json()["response"]["status"]["code"] == 400


def test_skipping_validation_is_a_switch_of_the_organisation() -> None:
    body = {"root": {"redeem": [{"points_redeemed": 10, "customer": {"mobile": ASHA}}]}}
    with cloud() as client:
        assert client.code(client.post("/v1.1/points/redeem", body, skip_validation="true")) == 824
        client.cloud.set(skip_validation_allowed=True)
        assert client.code(client.post("/v1.1/points/redeem", body, skip_validation="true")) == 800


def test_points_come_back_once_when_a_redemption_is_reversed() -> None:
    with cloud() as client:
        client.redeem(10, "R1", client.otp())
        part = client.post("/v2/points/reverse", {"externalReferenceNumber": "R1", "pointsToBeReversed": 4})
        assert part.json()["pointsReversed"] == 4
        rest = client.post("/v2/points/reverse", {"externalReferenceNumber": "R1"})
        assert rest.json()["pointsReversed"] == 6
        assert error_codes(client.post("/v2/points/reverse", {"externalReferenceNumber": "R1"})) == [3802]
        assert error_codes(client.post("/v2/points/reverse", {"redemptionId": "nope"})) == [901]
        account = client.balance()
        assert (account["available_milli"], account["redeemed_milli"]) == (76_000, 0)


def test_points_lapse_at_a_word_of_the_trainer() -> None:
    with cloud() as client:
        told = client.post("/control/expire", {"mobile": ASHA, "points": "6"}).json()
        assert told == {"available_milli": 70_000}
        assert client.balance()["expired_milli"] == 16_000
