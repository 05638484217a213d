"""The organisation's switches: each changes what the cloud does, and what it tells a till that pulls."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulated.cloud_rig import ASHA, BALA, CloudClient, cloud, error_codes, sale
from tests.simulated.documented import ID


def earned(client: CloudClient) -> int:
    return client.balance()["lifetime_milli"] - 86_000


def warned(client: CloudClient, number: str, **fields: Any) -> list[int]:
    return [one["code"] for one in client.bill(number, **fields).json()["warnings"]]


@pytest.mark.parametrize(
    ("rule", "warnings"),
    [
        ({"outlier_basket_size": 1}, [9611]),
        ({"outlier_prefix": "ODD"}, [9611]),
        ({"pointless_prefix": "ODD"}, []),
        ({"outlier_items": "SKU1, SKU2"}, [9608, 9608]),
    ],
)
def test_a_bill_that_is_kept_and_earns_nothing(rule: dict[str, Any], warnings: list[int]) -> None:
    two = [{"itemCode": code, "qty": 1, "value": 125, "amount": 125} for code in ("SKU1", "SKU2")]
    with cloud(**rule) as client:
        assert warned(client, "ODD1", lineItemsV2=two) == warnings
        assert (earned(client), client.books()["totals"]["bills"]) == (0, 8)


def test_only_the_lines_that_are_outliers_earn_nothing() -> None:
    two = [{"itemCode": code, "qty": 1, "value": 125, "amount": 125} for code in ("SKU1", "SKU2")]
    with cloud(outlier_items="SKU2") as client:
        assert warned(client, "B1", lineItemsV2=two) == [9608]
        assert earned(client) == 1_000


def test_a_bill_may_call_itself_an_outlier() -> None:
    with cloud() as client:
        assert warned(client, "B1", outlierStatus="TEST") == [9611]
        assert earned(client) == 0
        assert error_codes(client.bill("B2", outlierStatus="NONSENSE")) == [1636]


def test_a_bill_is_posted_for_another_till_of_the_organisation() -> None:
    with cloud(bill_scope="till") as client:
        other = {"createdBy": {"code": "till03", "type": "TILL"}}
        client.bill("B1", attribution=other)
        bill = client.books()["bills"][-1]
        assert (bill["till"], bill["store"]) == ("till03", "ST02")
        assert client.bill("B1").json()["createdId"]
        assert error_codes(client.bill("B1", attribution=other)) == [604]
        assert error_codes(client.bill("B2", attribution={"createdBy": {"code": "till99"}})) == [671]


def test_redemptions_made_first_are_tied_to_the_bill_that_names_them() -> None:
    with cloud() as client:
        spent = client.item(client.redeem(5, "R1", client.otp(), transaction_number=""))
        named = {"pointsRedemptions": [spent["redemption_id"]], "couponRedemptions": []}
        assert error_codes(client.bill("B1", mobile=BALA, redemptions=named)) == [640]
        assert client.bill("B1", redemptions=named).json()["createdId"]
        assert client.books()["redemptions"][0]["bill_number"] == "B1"
        assert error_codes(client.bill("B2", redemptions=named)) == [640]
        assert client.books()["totals"]["bills"] == 8


def test_products_are_learnt_and_a_variant_only_of_a_known_base() -> None:
    def shirt(size: str) -> dict[str, Any]:
        line = {"itemCode": "SHIRT", "qty": 1, "value": 250, "amount": 250, "attributes": {"size": size}}
        return {"lineItemsV2": [line]}

    with cloud() as client:
        client.bill("B1", **shirt("M"))
        assert client.books()["products"] == [{"id": client.books()["products"][0]["id"]} | _product([])]
        client.bill("B2", **shirt("M"))
        client.bill("B3", **shirt("L"))
        client.bill("B4", **shirt("L"))
        assert client.books()["products"][0]["variants"] == ["size M", "size L"]


def _product(variants: list[str]) -> dict[str, Any]:
    return {"code": "SHIRT", "variants": variants}


def test_a_bill_brings_a_coupon_where_the_organisation_gives_one() -> None:
    with cloud(bill_gift="FIFTY") as client:
        effects = client.bill("B1").json()["sideEffects"]
        coupon = next(one for one in effects if one["type"] == "coupon")
        assert client.code(client.burn(coupon["couponCode"])) == 700
        assert client.code(client.burn(coupon["couponCode"], mobile=BALA)) == 703


def test_a_replayed_bill_is_stored_now_and_tells_its_points_later() -> None:
    with cloud() as client:
        client.session.headers["X-CAP-DIRECT-REPLAY"] = "true"
        told = client.bill("B1").json()
        assert ([one["code"] for one in told["warnings"]], told["sideEffects"]) == ([687], [])
        assert earned(client) == 2_000


def test_points_by_programme_group_missed_call_and_signature() -> None:
    def code(client: CloudClient, **query: Any) -> int:
        return client.code(client.get("/v1.1/points/isredeemable", mobile=ASHA, points=5, **query))

    with cloud() as client:
        assert (code(client), code(client, program_id=501), code(client, program_id=9)) == (800, 800, 1101)
        assert code(client, group_redemption="true") == 3316
        assert code(client, validation_type="MISSED_CALL") == 823
        client.cloud.set(program_id_required=True, group_redemption=True, missed_call=True)
        assert code(client) == 1101
        assert code(client, program_id=501, group_redemption="true") == 828
        assert code(client, program_id=501, validation_type="MISSED_CALL") == 822
        client.cloud.set(program_id_required=False, points_signature_required=True)
        otp = client.otp(5)
        assert client.code(client.redeem(5, "R1", otp)) == 825
        client.session.headers["X-CAP-CLIENT-SIGNATURE"] = "pos-agent"
        assert client.code(client.redeem(5, "R1", otp)) == 800


def test_redemptions_are_given_back_to_their_owner_where_the_organisation_allows_it() -> None:
    with cloud() as client:
        code = client.item(client.redeem(5, "R1", client.otp(5)))["redemption_id"]
        body: dict[str, Any] = {"redemptionId": code, "identifier": {"type": "mobile", "value": BALA}}
        assert error_codes(client.post("/v2/points/reverse", body)) == [904]
        body["identifier"]["value"] = ASHA
        client.cloud.set(points_reversal=False)
        assert error_codes(client.post("/v2/points/reverse", body)) == [905]
        client.cloud.set(points_reversal=True)
        assert client.post("/v2/points/reverse", body).json()["pointsReversed"] == 5
        assert error_codes(client.post("/v2/points/reverse", body)) == [3802]


@pytest.mark.parametrize(
    ("switch", "identifier", "value"),
    [("email_updates", "email", "other@example.com"), ("external_id_updates", "external_id", "OTHER")],
)
def test_each_identifier_has_its_own_key(switch: str, identifier: str, value: str) -> None:
    with cloud() as client:
        body = {"mobile": ASHA, identifier: value}
        add = {"root": {"customer": [body]}}
        assert _warnings(client.item(client.post("/v1.1/customer/add", add))) == ["91006"]
        client.cloud.set(**{switch: True})
        assert _warnings(client.item(client.post("/v1.1/customer/add", add))) == []
        assert client.item(client.get("/v1.1/customer/get", mobile=ASHA))[identifier] == value


def _warnings(item: dict[str, Any]) -> list[str]:
    return [str(one) for one in item["item_status"].get("warnings", {}).get("warning", [])]


def test_flags_add_their_blocks_to_a_customer() -> None:
    flags = ("promotion_points", "next_slab", "tier_upgrade_criteria", "ndnc_status", "optin_status")
    flags = (*flags, "user_group", "segments", "customer_image", "expiry_schedule", "card_details")
    with cloud() as client:
        plain = set(client.item(client.get("/v1.1/customer/get", mobile=ASHA)))
        for flag in flags:
            told = set(client.item(client.get("/v1.1/customer/get", mobile=ASHA, **{flag: "true"})))
            assert told - plain == {flag}
        gap = {"mlp": "true", "slab_history": "true", "gap_to_upgrade_for": "0", "gap_to_renew_for": "0"}
        item = client.item(client.get("/v1.1/customer/get", mobile=ASHA, **gap))
        assert item["gap_to_upgrade"] == {"slab": "Silver", "purchases": "1300.5"}
        assert {"slab_history", "gap_to_renew", "points_summaries"} <= set(item)


def test_a_listed_bill_tells_its_own_fields_when_asked() -> None:
    with cloud() as client:
        client.bill("B1", customFields={"city": "Pune"})
        asked = {"mobile": ASHA, "limit": 1, "custom_fields": "true"}
        bill = client.item(client.get("/v1.1/customer/transactions", **asked))["transactions"]["transaction"]
        assert bill[0]["custom_fields"]["field"] == [{"name": "city", "value": "Pune"}]


def test_bundles_and_returnable_days_and_extended_fields_of_lines_are_looked_at() -> None:
    def line(**more: Any) -> dict[str, Any]:
        return {"lineItemsV2": [{"itemCode": "A", "qty": 1, "value": 250, "amount": 250, **more}]}

    with cloud() as client:
        assert error_codes(client.bill("B1", **line(comboDetails=[{"quantity": 1}]))) == [679]
        assert error_codes(client.bill("B1", **line(addOnDetails="x"))) == [680]
        assert error_codes(client.bill("B1", **line(splitDetails=[{"itemCode": "X", "comboType": "?"}]))) == [
            681
        ]
        assert warned(client, "B1", **line(returnableDays=-2, extendedFields={"shoe": "9"})) == [91016, 1105]
        assert warned(client, "B2", **line(returnableDays=-1)) == []


def test_names_of_identifiers_nobody_has_here_are_known_all_the_same() -> None:
    with cloud() as client:
        for name in ("wechat", "martjackId", "fbId"):
            query = ID | {"identifierName": name, "identifierValue": "x"}
            assert error_codes(client.post("/v2/transactions", sale("B1"), **query)) == [8015]


def test_every_switch_that_is_an_organisations_key_is_told_to_a_till_that_pulls() -> None:
    with cloud(outlier_prefix="ODD", points_reversal=False, outlier_basket_size=9) as client:
        rows = client.get("/v1.1/organization/configs").json()["response"]["organization"]["configs"][
            "config"
        ]
        told = {row["key"]: row["value"] for row in rows}
        assert told["MARK_BILLS_OUTLIER_STARTING_WITH"] == "ODD"
        assert told["BILL_OUTLIER_BASKET_SIZE_LIMIT"] == "9"
        assert told["Allow_points_redemption_reversal"] == "0"
        assert told["CONF_RETURN_WITHOUT_ORIGINAL_BILL_PROCESSING"] == "0"


def test_a_till_posts_for_another_by_the_lookup_headers() -> None:
    with cloud() as client:
        client.session.headers["X-CAP-API-ATTRIBUTION-LOOKUP-TYPE"] = "MOBILE_TRIGGER"
        client.session.headers["X-CAP-API-ATTRIBUTION-LOOKUP"] = "till03"
        client.bill("B1")
        assert client.books()["bills"][-1]["till"] == "till03"
        client.session.headers["X-CAP-API-ATTRIBUTION-LOOKUP"] = "TILL03"
        assert error_codes(client.bill("B2")) == [91021]


def test_a_referral_that_no_campaign_knows_is_a_warning() -> None:
    with cloud() as client:
        body = {"root": {"customer": [{"mobile": ASHA, "referral_code": "FRIEND1"}]}}
        assert _warnings(client.item(client.post("/v1.1/customer/add", body))) == ["1202"]


def test_an_old_version_is_not_supported() -> None:
    with cloud() as client:
        answer = client.get("/v1.0/customer/get", mobile=ASHA)
        assert answer.json()["response"]["status"]["code"] == 402
        assert client.get("/v1.1/customer/nonsense").json()["response"]["status"]["code"] == 404
