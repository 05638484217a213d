"""Goods coming back: every kind, every refusal, and points that go exactly as they came."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import requests
from cloud_rig import ASHA, BALA, NOON, Till, cloud, error_codes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

LATER = (NOON + timedelta(hours=1)).isoformat()
LINES = [
    {"itemCode": "A", "qty": 2, "rate": 150, "value": 300, "amount": 300},
    {"itemCode": "B", "qty": 1, "rate": 250, "value": 250, "amount": 250},
]


def sell(till: Till, number: str = "B1", **fields: Any) -> int:
    created: int = till.bill(number, 550, lineItemsV2=LINES, **fields).json()["createdId"]
    return created


def give_back(till: Till, kind: str, amount: Any = 0, mobile: str = ASHA, **fields: Any) -> requests.Response:
    body = {
        "type": "RETURN",
        "returnType": kind,
        "billNumber": "B1",
        "billAmount": amount,
        "billingDate": LATER,
        "purchaseTime": NOON.isoformat(),
        **fields,
    }
    return till.post(
        "/v2/transactions", body, identifierName="mobile", identifierValue=mobile, source="INSTORE"
    )


def lines(*returned: tuple[str, Any, Any]) -> list[dict[str, Any]]:
    return [{"itemCode": code, "qty": qty, "amount": amount} for code, qty, amount in returned]


def test_a_full_return_takes_back_everything_once() -> None:
    with cloud() as till:
        sell(till)
        assert till.balance()["available_milli"] == 81_000
        answer = give_back(till, "FULL").json()
        assert answer["sideEffects"][0]["awardedPoints"] == -5
        account = till.balance()
        assert (account["available_milli"], account["returned_milli"]) == (76_000, 5_000)
        assert account["purchases_minor"] == 869_950
        assert error_codes(give_back(till, "FULL")) == [633]


def test_part_by_money_until_nothing_is_left() -> None:
    with cloud() as till:
        sell(till)
        assert error_codes(give_back(till, "AMOUNT", 200)) == []
        assert error_codes(give_back(till, "AMOUNT", 351)) == [630]
        assert error_codes(give_back(till, "FULL")) == [639]
        assert error_codes(give_back(till, "LINE_ITEM", lineItemsV2=lines(("A", 1, 150)))) == [632]
        assert error_codes(give_back(till, "AMOUNT", 350)) == []
        assert error_codes(give_back(till, "AMOUNT", 1)) == [633]
        assert till.balance()["available_milli"] == 76_000


def test_line_by_line_a_repeated_partial_return_succeeds_twice_as_the_vendors_does() -> None:
    with cloud() as till:
        sell(till)
        part = {"lineItemsV2": lines(("A", 1, 150))}
        assert error_codes(give_back(till, "LINE_ITEM", 150, **part)) == []
        assert error_codes(give_back(till, "LINE_ITEM", 150, **part)) == []
        assert error_codes(give_back(till, "LINE_ITEM", 150, **part)) == [629]
        assert error_codes(give_back(till, "AMOUNT", 10)) == [635]


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        ("SOME", {}, 628),
        ("", {}, 628),
        ("FULL", {"billNumber": ""}, 631),
        ("FULL", {"billNumber": "B9"}, 625),
        ("FULL", {"billingDate": NOON.isoformat()}, 624),
        ("FULL", {"purchaseTime": LATER}, 624),
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
    with cloud() as till:
        sell(till)
        before = till.books()["totals"]
        assert error_codes(give_back(till, kind, **fields)) == [code]
        assert till.books()["totals"] == before


def test_a_cancelled_bill_is_cancelled_once() -> None:
    with cloud() as till:
        sell(till)
        assert error_codes(give_back(till, "CANCELLED")) == []
        assert error_codes(give_back(till, "CANCELLED")) == [614]


def test_of_two_bills_with_one_number_the_id_picks_one() -> None:
    with cloud(bill_scope="off") as till:
        sell(till)
        second = sell(till)
        assert error_codes(give_back(till, "FULL")) == [9614]
        assert error_codes(give_back(till, "FULL", id=second)) == []
        assert till.books()["bills"][-1]["parent_id"] == second


def test_a_return_without_its_bill_is_kept_where_the_organisation_allows_it() -> None:
    with cloud(unknown_bill_returns=True) as till:
        answer = give_back(till, "AMOUNT", 100, billNumber="B9").json()
        assert [warning["code"] for warning in answer["warnings"]] == [625]
        assert (bool(answer["createdId"]), till.balance()["available_milli"]) == (True, 76_000)


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
        return error_codes(till.post("/v2/transactions", body))

    with cloud() as till:
        sell(till, mobile="", type="NOT_INTERESTED")
        assert error_codes(give_back(till, "FULL")) == [625]
        assert back(returnType="CANCELLED") == [628]
        assert back(purchaseTime=None) == [624]
        assert back(lineItemsV2=lines(("A", 1, 150))) == [624]
        assert back() == []
        till.cloud.set(ni_returns=False)
        assert back() == [628]


def test_an_exchange_is_a_new_bill_and_a_return_entry_on_the_old_one_with_net_points() -> None:
    with cloud() as till:
        old = sell(till)
        back = {"type": "RETURN", "returnType": "LINE_ITEM", "parentBillNumber": "B1"}
        mixed = [
            {"itemCode": "C", "qty": 1, "rate": 450, "value": 450, "amount": 450},
            {**lines(("A", 2, 300))[0], **back, "purchaseTime": NOON.isoformat()},
        ]
        answer = till.bill("B2", 150, lineItemsV2=mixed, billingDate=LATER).json()
        # Earned 4 for 450; the old bill earned 5 for 550 and is worth 2 with 250 left of it.
        assert answer["sideEffects"][0]["awardedPoints"] == 4 - 3
        new, entry = till.books()["bills"][-2:]
        assert (new["number"], new["kind"], new["id"]) == ("B2", "REGULAR", answer["createdId"])
        assert (entry["number"], entry["parent_id"], entry["mixed_into"]) == ("B1", old, new["id"])
        assert till.balance()["purchases_minor"] == 869_950 + 55_000 + 45_000 - 30_000
        assert error_codes(till.bill("B2", 150, lineItemsV2=mixed, billingDate=LATER)) == [604]


def test_an_exchange_that_returns_too_much_sells_nothing_either() -> None:
    with cloud() as till:
        sell(till)
        before = till.books()["totals"]
        back = {"type": "RETURN", "returnType": "LINE_ITEM", "parentBillNumber": "B1"}
        mixed = [*lines(("C", 1, 450)), {**lines(("A", 3, 300))[0], **back}]
        assert error_codes(till.bill("B2", 150, lineItemsV2=mixed, billingDate=LATER)) == [626]
        assert till.books()["totals"] == before


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(cuts=st.lists(st.integers(1, 54_999), max_size=8))
def test_any_sequence_of_parts_takes_back_exactly_what_was_earned(cuts: list[int]) -> None:
    """Split 550 rupees at arbitrary paise: the points returned add up to the points earned."""
    edges = [0, *sorted(set(cuts)), 55_000]
    with cloud(demo=True) as till:
        sell(till)
        for start, end in pairwise(edges):
            assert error_codes(give_back(till, "AMOUNT", f"{(end - start) / 100:.2f}")) == []
        account = till.balance()
        assert (account["available_milli"], account["returned_milli"]) == (76_000, 5_000)
        assert till.books()["totals"]["balanced"]


def test_points_stay_with_the_customer_where_the_organisation_says_so() -> None:
    with cloud(points_returned=False) as till:
        sell(till)
        assert give_back(till, "FULL").json()["sideEffects"] == []
        assert till.balance()["available_milli"] == 81_000


def test_a_return_shows_in_the_history_of_its_bill() -> None:
    with cloud() as till:
        sell(till)
        give_back(till, "AMOUNT", 300)
        listed = till.item(till.get("/v1.1/customer/transactions", mobile=ASHA))["transactions"][
            "transaction"
        ]
        assert [(one["type"], one["return_type"]) for one in listed[:2]] == [
            ("RETURN", "AMOUNT"),
            ("REGULAR", ""),
        ]
        assert listed[1]["points"]["returned"] == "3"
        both = till.get("/v2/transactions/getByBillNumber/B1").json()["data"]
        assert [one["type"] for one in both] == ["REGULAR", "RETURN"]
