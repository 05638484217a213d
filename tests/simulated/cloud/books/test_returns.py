"""Goods coming back: every kind, every refusal, and points that go exactly as they came."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.simulated.cloud_rig import ASHA, BALA, LATER, NOON, CloudClient, cloud, error_codes, give_back

LINES = [
    {"itemCode": "A", "qty": 2, "rate": 150, "value": 300, "amount": 300},
    {"itemCode": "B", "qty": 1, "rate": 250, "value": 250, "amount": 250},
]


def sell(client: CloudClient, number: str = "B1", **fields: Any) -> int:
    created: int = client.bill(number, 550, lineItemsV2=LINES, **fields).json()["createdId"]
    return created


def lines(*returned: tuple[str, Any, Any]) -> list[dict[str, Any]]:
    return [{"itemCode": code, "qty": qty, "amount": amount} for code, qty, amount in returned]


def test_a_full_return_takes_back_everything_once() -> None:
    with cloud() as client:
        sell(client)
        assert client.balance()["available_milli"] == 81_000
        answer = give_back(client, "FULL").json()
        assert answer["sideEffects"][0]["awardedPoints"] == -5
        account = client.balance()
        assert (account["available_milli"], account["returned_milli"]) == (76_000, 5_000)
        assert account["purchases_minor"] == 869_950
        assert error_codes(give_back(client, "FULL")) == [633]


def test_part_by_money_until_nothing_is_left() -> None:
    with cloud() as client:
        sell(client)
        assert error_codes(give_back(client, "AMOUNT", 200)) == []
        assert error_codes(give_back(client, "AMOUNT", 351)) == [630]
        assert error_codes(give_back(client, "FULL")) == [639]
        assert error_codes(give_back(client, "LINE_ITEM", lineItemsV2=lines(("A", 1, 150)))) == [632]
        assert error_codes(give_back(client, "AMOUNT", 350)) == []
        assert error_codes(give_back(client, "AMOUNT", 1)) == [633]
        assert client.balance()["available_milli"] == 76_000


def test_line_by_line_a_repeated_partial_return_succeeds_twice_as_the_vendors_does() -> None:
    with cloud() as client:
        sell(client)
        part = {"lineItemsV2": lines(("A", 1, 150))}
        assert error_codes(give_back(client, "LINE_ITEM", 150, **part)) == []
        assert error_codes(give_back(client, "LINE_ITEM", 150, **part)) == []
        assert error_codes(give_back(client, "LINE_ITEM", 150, **part)) == [629]
        assert error_codes(give_back(client, "AMOUNT", 10)) == [635]


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        ("SOME", {}, 628),
        ("", {}, 628),
        ("FULL", {"billNumber": ""}, 631),
        ("FULL", {"billNumber": "B9"}, 625),
        ("FULL", {"billingDate": NOON.isoformat()}, 624),
        ("FULL", {"purchaseTime": LATER}, 624),
        ("FULL", {"purchaseTime": None}, 624),
        ("FULL", {"billAmount": 550.01}, 630),
        ("CANCELLED", {"billAmount": 550.01}, 630),
        ("FULL", {"mobile": BALA}, 668),
        ("FULL", {"mobile": ""}, 400),
        ("LINE_ITEM", {"lineItemsV2": []}, 1635),
        ("LINE_ITEM", {"lineItemsV2": lines(("A", 3, 300))}, 626),
        ("LINE_ITEM", {"lineItemsV2": lines(("Z", 1, 10))}, 688),
        ("LINE_ITEM", {"lineItemsV2": lines(("A", 1, 551))}, 630),
        (
            "LINE_ITEM",
            {"lineItemsV2": [{**lines(("A", 1, 150))[0], "comboDetails": [{"itemCode": "C"}]}]},
            682,
        ),
    ],
)
def test_returns_that_are_refused_change_nothing(kind: str, fields: dict[str, Any], code: int) -> None:
    with cloud() as client:
        sell(client)
        before = client.books()["totals"]
        assert error_codes(give_back(client, kind, **fields)) == [code]
        assert client.books()["totals"] == before


def test_a_cancelled_bill_is_cancelled_once() -> None:
    with cloud() as client:
        sell(client)
        assert error_codes(give_back(client, "CANCELLED")) == []
        assert error_codes(give_back(client, "CANCELLED")) == [614]


def test_of_two_bills_with_one_number_the_id_picks_one() -> None:
    with cloud(bill_scope="off") as client:
        sell(client)
        second = sell(client)
        assert error_codes(give_back(client, "FULL")) == [9614]
        assert error_codes(give_back(client, "FULL", id=second)) == []
        assert client.books()["bills"][-1]["parent_id"] == second


@pytest.mark.parametrize(
    ("switch", "purchases"), [("unknown_bill_returns", 0), ("returns_without_original", 10_000)]
)
@pytest.mark.parametrize("number", ["B9", ""])
def test_a_return_without_its_bill_is_kept_where_the_organisation_allows_it(
    switch: str, purchases: int, number: str
) -> None:
    with cloud(**{switch: True}) as client:
        before = client.balance()
        answer = give_back(client, "AMOUNT", 100, billNumber=number).json()
        assert [warning["code"] for warning in answer["warnings"]] == [625]
        after = client.balance()
        assert (bool(answer["createdId"]), after["available_milli"]) == (True, before["available_milli"])
        assert before["purchases_minor"] - after["purchases_minor"] == purchases


@pytest.mark.parametrize("block", ["comboDetails", "splitDetails"])
def test_a_line_that_was_sold_as_a_bundle_cannot_come_back(block: str) -> None:
    pack = {**LINES[0], block: [{"itemCode": "C", "quantity": 1, "comboType": "COMBO_ITEM"}]}
    with cloud() as client:
        client.bill("B1", 550, lineItemsV2=[pack, LINES[1]])
        assert error_codes(give_back(client, "LINE_ITEM", 150, lineItemsV2=lines(("A", 1, 150)))) == [682]
        assert error_codes(give_back(client, "LINE_ITEM", 250, lineItemsV2=lines(("B", 1, 250)))) == []


def test_a_line_with_an_add_on_comes_back() -> None:
    extra = {**LINES[0], "addOnDetails": [{"itemCode": "C", "quantity": 1, "comboType": "ADD_ON_ITEM"}]}
    with cloud() as client:
        client.bill("B1", 550, lineItemsV2=[extra, LINES[1]])
        assert error_codes(give_back(client, "LINE_ITEM", 150, lineItemsV2=lines(("A", 1, 150)))) == []


def test_a_not_interested_bill_comes_back_as_its_own_kind_with_exact_times() -> None:
    def back(**fields: Any) -> list[int]:
        body = {
            "type": "NOT_INTERESTED_RETURN",
            "returnType": "LINE_ITEM",
            "billNumber": "B1",
            "billAmount": 150,
            "billingDate": LATER,
            "purchaseTime": NOON.isoformat(),
            "lineItemsV2": [{**lines(("A", 1, 150))[0], "purchaseTime": NOON.isoformat()}],
            **fields,
        }
        return error_codes(client.post("/v2/transactions", body))

    with cloud() as client:
        sell(client, mobile="", type="NOT_INTERESTED")
        assert error_codes(give_back(client, "FULL")) == [625]
        assert back(returnType="CANCELLED") == [628]
        assert back(purchaseTime=None) == [624]
        assert back(lineItemsV2=lines(("A", 1, 150))) == [624]
        assert back() == []
        client.cloud.set(ni_returns=False)
        assert back() == [628]


def test_an_exchange_is_a_new_bill_and_a_return_entry_on_the_old_one_with_net_points() -> None:
    with cloud() as client:
        old = sell(client)
        back = {"type": "RETURN", "returnType": "LINE_ITEM", "parentBillNumber": "B1"}
        mixed = [
            {"itemCode": "C", "qty": 1, "rate": 450, "value": 450, "amount": 450},
            {**lines(("A", 2, 300))[0], **back, "purchaseTime": NOON.isoformat()},
        ]
        answer = client.bill("B2", 450, lineItemsV2=mixed, billingDate=LATER).json()
        # Earned 4 for 450; the old bill earned 5 for 550 and is worth 2 with 250 left of it.
        assert answer["sideEffects"][0]["awardedPoints"] == 4 - 3
        new, entry = client.books()["bills"][-2:]
        assert (new["number"], new["kind"], new["id"]) == ("B2", "REGULAR", answer["createdId"])
        assert (entry["number"], entry["parent_id"], entry["mixed_into"]) == ("B1", old, new["id"])
        assert client.balance()["purchases_minor"] == 869_950 + 55_000 + 45_000 - 30_000
        assert error_codes(client.bill("B2", 450, lineItemsV2=mixed, billingDate=LATER)) == [604]


def test_more_than_an_exchange_was_told_for_does_not_come_back() -> None:
    with cloud() as client:
        sell(client)
        back = {"type": "RETURN", "returnType": "LINE_ITEM", "parentBillNumber": "B1"}
        mixed = [*lines(("C", 1, 450)), {**lines(("A", 2, 300))[0], **back, "purchaseTime": NOON.isoformat()}]
        client.bill("NET", 150, lineItemsV2=mixed, billingDate=LATER)
        client.bill("SOLD", 450, lineItemsV2=[mixed[0]], billingDate=LATER)
        later = "2026-11-20T15:00:00+05:30"
        told = {"purchaseTime": LATER, "billingDate": later, "lineItemsV2": lines(("C", 1, 450))}
        assert error_codes(give_back(client, "LINE_ITEM", billNumber="NET", **told)) == [630]
        assert error_codes(give_back(client, "LINE_ITEM", billNumber="SOLD", **told)) == []


def test_an_exchange_that_returns_too_much_sells_nothing_either() -> None:
    with cloud() as client:
        sell(client)
        before = client.books()["totals"]
        back = {"type": "RETURN", "returnType": "LINE_ITEM", "parentBillNumber": "B1"}
        mixed = [*lines(("C", 1, 450)), {**lines(("A", 3, 300))[0], **back}]
        assert error_codes(client.bill("B2", 150, lineItemsV2=mixed, billingDate=LATER)) == [624]
        mixed[1]["purchaseTime"] = NOON.isoformat()
        assert error_codes(client.bill("B2", 150, lineItemsV2=mixed, billingDate=LATER)) == [626]
        assert client.books()["totals"] == before


@pytest.mark.parametrize(("kinds", "code"), [(("LINE_ITEM", "AMOUNT"), 638), (("SOME", "SOME"), 628)])
def test_an_exchange_returns_one_bill_in_one_known_way(kinds: tuple[str, str], code: int) -> None:
    with cloud() as client:
        sell(client)
        back = {"type": "RETURN", "parentBillNumber": "B1", "purchaseTime": NOON.isoformat()}
        returned = [{**one, **back, "returnType": kind} for one, kind in zip(LINES, kinds, strict=True)]
        mixed = [*lines(("C", 1, 450)), *returned]
        assert error_codes(client.bill("B2", 0, lineItemsV2=mixed, billingDate=LATER)) == [code]


def test_an_exchange_with_two_originals_has_a_return_entry_on_each() -> None:
    with cloud() as client:
        sell(client, "B1")
        sell(client, "B2")
        mixed = lines(("C", 1, 900))
        for number in ("B1", "B2"):
            back = {"type": "RETURN", "returnType": "LINE_ITEM", "parentBillNumber": number}
            mixed.append({**lines(("B", 1, 250))[0], **back, "purchaseTime": NOON.isoformat()})
        answer = client.bill("B3", 900, lineItemsV2=mixed, billingDate=LATER).json()
        # 9 for what was sold, and of each old bill 300 of 550 are left: 3 of 5 points.
        assert answer["sideEffects"][0]["awardedPoints"] == 9 - 2 - 2
        entries = client.books()["bills"][-2:]
        assert [(row["number"], row["kind"]) for row in entries] == [("B1", "RETURN"), ("B2", "RETURN")]
        assert {row["mixed_into"] for row in entries} == {answer["createdId"]}


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(cuts=st.lists(st.integers(1, 54_999), max_size=8))
def test_any_sequence_of_parts_takes_back_exactly_what_was_earned(cuts: list[int]) -> None:
    """Split 550 rupees at arbitrary paise: the points returned add up to the points earned."""
    edges = [0, *sorted(set(cuts)), 55_000]
    with cloud(demo=True) as client:
        sell(client)
        for start, end in pairwise(edges):
            assert error_codes(give_back(client, "AMOUNT", f"{(end - start) / 100:.2f}")) == []
        account = client.balance()
        assert (account["available_milli"], account["returned_milli"]) == (76_000, 5_000)
        assert client.books()["totals"]["balanced"]


def test_points_stay_with_the_customer_where_the_organisation_says_so() -> None:
    with cloud(points_returned=False) as client:
        sell(client)
        assert give_back(client, "FULL").json()["sideEffects"] == []
        assert client.balance()["available_milli"] == 81_000


def test_a_return_shows_in_the_history_of_its_bill() -> None:
    with cloud() as client:
        sell(client)
        give_back(client, "AMOUNT", 300)
        listed = client.item(client.get("/v1.1/customer/transactions", mobile=ASHA))["transactions"][
            "transaction"
        ]
        assert [(one["type"], one["return_type"]) for one in listed[:2]] == [
            ("RETURN", "AMOUNT"),
            ("REGULAR", ""),
        ]
        assert listed[1]["points"]["returned"] == "3"
        both = client.get("/v2/transactions/getByBillNumber/B1").json()["data"]
        assert [one["type"] for one in both] == ["REGULAR", "RETURN"]


def test_a_lost_partial_return_is_read_back_by_the_number_of_its_bill() -> None:
    part = {"lineItemsV2": lines(("A", 1, 150)), "note": "Return 7"}
    with cloud() as client:
        sold = sell(client)
        client.cloud.faults.add("lose-answer", op="v2/transactions", count=1)
        with pytest.raises(requests.ConnectionError):
            give_back(client, "LINE_ITEM", 150, **part)
        entry = read_back(client, number="B1", type="ALL")[1]
        assert (entry["type"], entry["return_type"], entry["number"]) == ("RETURN", "LINE_ITEM", "B1")
        assert (entry["amount"], entry["billing_time"]) == ("150", "2026-11-20 13:00:00")
        assert (entry["notes"], entry["id"] > sold) == ("Return 7", True)
        assert [line["item_code"] for line in entry["line_items"]["line_item"]] == ["A"]
        assert entry["customer"]["mobile"] == ASHA


def test_every_return_of_a_bill_is_an_entry_of_its_own() -> None:
    with cloud() as client:
        sell(client)
        give_back(client, "AMOUNT", 100)
        give_back(client, "AMOUNT", 100)
        give_back(client, "AMOUNT", 50, mobile=ASHA)
        both = {"number": "B1", "till_code": "till01", "date": "2026-11-20"}
        assert [row["type"] for row in read_back(client, **both)] == ["REGULAR"]
        assert [row["amount"] for row in read_back(client, **both, type="RETURN")] == ["100", "100", "50"]
        assert [row["amount"] for row in read_back(client, **both, type="ALL", amount="100")] == [
            "100",
            "100",
        ]


def read_back(client: CloudClient, **query: str) -> list[dict[str, Any]]:
    answer = client.get("/v1.1/transaction/get", **query).json()
    listed: list[dict[str, Any]] = answer["response"]["transactions"]["transaction"]
    return listed
