"""Each happy answer has at least the keys of the vendor's own example, in the same places."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.simulated.cloud_rig import ASHA, CloudClient, cloud

SAMPLES = Path(__file__).resolve().parents[4].parent / "shared" / "capillary" / "samples"

# Keys whose content is one tenant's own setup, so that their inside is not part of the shape.
OPAQUE = {"custom_fields", "extended_fields", "subscriptions", "attributes"}


def sample(name: str) -> Any:
    path = SAMPLES / name
    if not path.exists():
        pytest.skip(f"the vendor's example {name} is not on this machine ({SAMPLES})")
    return _from_xml(path) if name.endswith(".xml") else json.loads(path.read_text(encoding="utf-8"))


def _from_xml(path: Path) -> Any:
    def value(element: ElementTree.Element) -> Any:
        return {child.tag: value(child) for child in element} or (element.text or "")

    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    return {root.tag: value(root)}


def paths(value: Any, at: str = "") -> Iterator[str]:
    """Every key's path; a list and its only element are the same place, as in the vendor's answers."""
    if isinstance(value, list):
        for one in value:
            yield from paths(one, at)
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "response" and not at:
                yield from paths(inner, at)
                continue
            yield f"{at}/{key}"
            if key not in OPAQUE:
                yield from paths(inner, f"{at}/{key}")


def missing(ours: Any, theirs: Any, ignored: frozenset[str] = frozenset()) -> set[str]:
    return {path for path in set(paths(theirs)) - set(paths(ours)) if path.rsplit("/", 1)[1] not in ignored}


def _spent(client: CloudClient) -> Any:
    client.bill("B1")
    return client.redeem(10, "R1", client.otp()).json()


def test_customer_get() -> None:
    theirs = sample("v11_customer_get.response_ok.json")
    with cloud() as client:
        ours = client.get("/v1.1/customer/get", mobile=ASHA).json()
        assert not missing(ours, theirs)


def test_customer_add() -> None:
    theirs = sample("v11_customer_add.response_ok.xml")
    with cloud() as client:
        body = {"mobile": "919000000077", "firstname": "New", "custom_fields": {"field": [{"name": "shoe"}]}}
        ours = client.post("/v1.1/customer/add", {"root": {"customer": [body]}}).json()
        assert not missing(ours, theirs)


def test_the_vendors_own_enrolment_example_is_taken() -> None:
    body = sample("v11_customer_add.request.json")
    with cloud(demo=False) as client:
        answer = client.post("/v1.1/customer/add", body).json()["response"]
        assert (answer["status"]["code"], answer["status"]["success_count"]) == (200, "2")
        assert client.books()["totals"]["customers"] == 2


def test_coupon_isredeemable() -> None:
    theirs = sample("v11_coupon_isredeemable.response_yes_700.json")
    with cloud() as client:
        ours = client.get("/v1.1/coupon/isredeemable", mobile=ASHA, code="FLAT100A").json()
        assert not missing(ours, theirs)


def test_the_vendors_own_redemption_examples_are_read() -> None:
    coupon, points = sample("v11_coupon_redeem.request.json"), sample("v11_points_redeem.request_otp.json")
    with cloud() as client:
        coupon["root"]["coupon"][0] |= {"code": "FLAT100A", "customer": {"mobile": ASHA, "email": ""}}
        assert client.code(client.post("/v1.1/coupon/redeem", coupon)) == 700
        points["root"]["redeem"][0]["customer"]["mobile"] = ASHA
        points["root"]["redeem"][0]["validation_code"] = client.otp()
        assert client.code(client.post("/v1.1/points/redeem", points)) == 800


def test_organization_tenders() -> None:
    theirs = sample("v11_organization_tenders.response_ok.json")
    with cloud() as client:
        assert not missing(client.get("/v1.1/organization/tenders").json(), theirs)


def test_status_block_of_every_v11_call() -> None:
    theirs = sample("v11_status_block.response_ok.json")
    with cloud() as client:
        client.bill("B1")
        calls = (
            client.get("/v1.1/customer/get", mobile=ASHA),
            client.get("/v1.1/customer/transactions", mobile=ASHA),
            client.get("/v1.1/customer/redemptions", mobile=ASHA),
            client.get("/v1.1/points/isredeemable", mobile=ASHA, points=10),
            client.get("/v1.1/points/validationcode", mobile=ASHA, points=10),
            client.get("/v1.1/coupon/get", code="FIFTY"),
            client.get("/v1.1/transaction/get", number="B1"),
            client.get("/v1.1/organization/configs"),
        )
        for answer in calls:
            assert not missing(answer.json(), theirs), answer.url


def test_v2_transactions() -> None:
    theirs = sample("v2_transactions.response_ok_2025.json")
    with cloud() as client:
        ours = client.bill("B1").json()
        # A second currency is another tenant's setup.
        other = frozenset(
            {"rawAwardedValue", "alternateCurrencyIdentifier", "alternateCurrencyName", "awardedValue"}
        )
        assert not missing(ours, theirs, other)


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("v2_transactions.request_regular_2025.json", {"identifierName": "mobile", "identifierValue": ASHA}),
        ("v2_transactions.request_regular.json", {"identifierName": "mobile", "identifierValue": ASHA}),
    ],
)
def test_the_vendors_own_bill_examples_are_taken_with_warnings_at_most(
    name: str, query: dict[str, str]
) -> None:
    body = sample(name)
    with cloud() as client:
        answer = client.post("/v2/transactions", body, **query).json()
        assert answer["createdId"]
        assert {warning["code"] for warning in answer["warnings"]} == {9607, 91016}


def test_the_vendors_not_interested_example_is_taken() -> None:
    body = sample("v2_transactions.request_not_interested.json")
    with cloud() as client:
        assert client.post("/v2/transactions", body).json()["createdId"]


def test_the_vendors_bulk_example_is_judged_item_by_item() -> None:
    body = sample("v2_transactions_bulk.request_regular.json")
    with cloud() as client:
        body[1]["identifierValue"] = ASHA
        answer = client.post("/v2/transactions/bulk", body).json()
        assert (answer["totalCount"], answer["failureCount"]) == (2, 1)
        assert [len(one["errors"]) for one in answer["response"]] == [1, 0]


def test_otp_answers() -> None:
    generated, validated = (
        sample("v2_otp_generate.response_ok.json"),
        sample("v2_otp_validate.response_ok.json"),
    )
    with cloud() as client:
        ask = {"entityType": "MOBILE", "entityValue": ASHA, "action": "COUPON"}
        assert not missing(client.post("/v2/otp/generate", ask).json(), generated)
        assert not missing(client.post("/v2/otp/validate", {**ask, "code": "x"}).json(), validated)


def test_points_redeem_has_what_a_till_must_keep() -> None:
    with cloud() as client:
        item = _spent(client)["response"]["responses"]["points"]
        wanted = {"user_id", "redemption_id", "points_redeemed", "redeemed_value", "balance", "side_effects"}
        assert wanted <= set(item)
        effect = item["side_effects"]["effect"][0]
        assert {"id", "num_points", "redeemed_on_bill_number", "redeemed_on_bill_id"} <= set(effect)
        assert effect["redeemed_on_bill_id"] > 0
