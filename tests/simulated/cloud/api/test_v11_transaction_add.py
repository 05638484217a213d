"""v1.1 transaction/add: every type of bill, the customer that comes with it, and v1.1's own ways."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.simulated.cloud.api.test_answer_shapes import missing, sample
from tests.simulated.cloud_rig import ASHA, BALA, CloudClient, cloud

NEW = "919000000071"


def add(client: CloudClient, number: str, *, path: str = "add", **fields: Any) -> requests.Response:
    bill = {
        "type": "regular",
        "number": number,
        "amount": "250",
        "billing_time": "2026-11-20 12:00:00",
        "customer": {"mobile": ASHA},
        "line_items": {"line_item": [line("A", 2, 200), line("B", 1, 50)]},
        **fields,
    }
    return client.post(f"/v1.1/transaction/{path}", {"root": {"transaction": [bill]}}, format="json")


def line(code: str, qty: Any, amount: int, **more: Any) -> dict[str, Any]:
    return {"item_code": code, "qty": str(qty), "value": str(amount), "amount": str(amount), **more}


def back(client: CloudClient, number: str, kind: str, **fields: Any) -> requests.Response:
    told = {"return_type": kind, "purchase_time": "2026-11-20", "billing_time": "2026-11-20 13:00:00"}
    return add(client, number, type="return", **{**told, **fields})


def sold(client: CloudClient) -> dict[str, Any]:
    totals: dict[str, Any] = client.books()["totals"]
    return totals


def test_a_loyalty_bill_earns_and_says_how_the_customer_stands() -> None:
    with cloud() as client:
        item = client.item(add(client, "X1"))
        assert (item["item_status"]["code"], item["number"], item["type"]) == (600, "X1", "REGULAR")
        assert item["side_effects"]["effect"] == [{"type": "points", "awarded_points": 2}]
        assert item["points_balance"] == "78"
        assert item["customer"]["points_summaries"]["points_summary"][0]["loyaltyPoints"] == "78"
        assert client.balance()["available_milli"] == 78_000
        read_back = client.get("/v1.1/transaction/get", number="X1", date="2026-11-20", type="ALL")
        assert client.item(read_back)["id"] == item["id"]


def test_a_customer_nobody_knew_is_registered_with_the_bill_and_not_with_a_refused_one() -> None:
    with cloud() as client:
        add(client, "X1")
        refused = add(client, "X1", customer={"mobile": NEW, "firstname": "New"})
        assert client.code(refused) == 604
        assert sold(client)["customers"] == 5
        assert client.code(add(client, "X2", customer={"mobile": NEW, "firstname": "New"})) == 600
        assert sold(client)["customers"] == 6
        assert client.balance(NEW)["available_milli"] == 2_000


def test_an_identifier_of_another_account_merges_it_as_the_documentation_warns() -> None:
    with cloud() as client:
        both = {"mobile": ASHA, "email": "bala.sample@example.com"}
        assert client.code(add(client, "X1", customer=both)) == 600
        assert sold(client)["customers"] == 4
        assert client.code(client.get("/v1.1/customer/get", mobile=BALA)) == 1012


@pytest.mark.parametrize(
    ("customer", "code"),
    [({}, 606), ({"mobile": "12"}, 649), ({"email": "nonsense"}, 646), ({"mobile": NEW, "email": "x"}, 646)],
)
def test_a_loyalty_bill_without_a_usable_customer(customer: dict[str, str], code: int) -> None:
    with cloud() as client:
        assert client.code(add(client, "X1", customer=customer)) == code
        assert sold(client)["bills"] == 7
        client.cloud.set(unnamed_to_not_interested=True)
        assert client.item(add(client, "X1", customer=customer))["type"] == "NOT_INTERESTED"


def test_a_not_interested_bill_has_nobody() -> None:
    with cloud() as client:
        item = client.item(add(client, "X1", type="not_interested", not_interested_reason="hurry"))
        assert (item["type"], item["customer"], item["side_effects"]["effect"]) == ("NOT_INTERESTED", {}, [])


def test_quantities_become_whole_as_v11_has_them() -> None:
    with cloud() as client:
        add(client, "X1", line_items={"line_item": [line("A", "0.003", 200), line("B", "1.5", 50)]})
        bill = next(one for one in client.books()["bills"] if one["number"] == "X1")
        assert [one["qty_milli"] for one in bill["lines"]] == [0, 2000]


def test_returns_by_line_amount_and_in_full_take_points_back() -> None:
    lines = {"line_item": line("B", 1, 50)}
    with cloud() as client:
        add(client, "X1")
        one = client.item(back(client, "X1", "LINE_ITEM", amount="50", line_items=lines))
        assert (one["item_status"]["code"], one["return_type"], one["parent_bill_number"]) == (
            600,
            "LINE_ITEM",
            "X1",
        )
        assert client.code(back(client, "X1", "AMOUNT", amount="10")) == 635
        assert client.code(back(client, "X1", "FULL")) == 639
        again = back(client, "X1", "LINE_ITEM", amount="50", line_items=lines)
        assert client.code(again) == 629
        add(client, "X2")
        whole = client.item(back(client, "X2", "FULL"))
        assert (whole["points_deducted"], client.balance()["available_milli"]) == ("2", 78_000)


def test_a_bill_cancelled_before_delivery() -> None:
    with cloud() as client:
        add(client, "X1")
        assert client.code(back(client, "X1", "cancelled")) == 600
        assert client.code(back(client, "X1", "FULL")) == 614


def test_a_return_without_its_number_or_lines_or_bill() -> None:
    with cloud() as client:
        assert client.code(back(client, "", "FULL")) == 677
        assert client.code(back(client, "X9", "FULL")) == 625
        add(client, "X1")
        assert client.code(back(client, "X1", "LINE_ITEM", line_items={})) == 679
        assert client.code(back(client, "X1", "FULL", customer={"mobile": NEW})) == 611
        client.cloud.set(unknown_bill_returns=True)
        kept = client.item(back(client, "X9", "AMOUNT", amount="10"))["item_status"]
        assert (kept["code"], kept["warnings"]["warning"]) == (600, ["625"])


def test_a_not_interested_bill_comes_back_on_the_day_v11_names() -> None:
    with cloud() as client:
        add(client, "N1", type="not_interested")
        fields: dict[str, Any] = {"type": "not_interested_return", "return_type": "FULL"}
        fields |= {"purchase_time": "2026-11-20", "billing_time": "2026-11-20 13:00:00"}
        assert client.code(add(client, "N1", **fields)) == 600
        assert sold(client)["returns"] == 1


def test_an_exchange_makes_a_new_bill_and_a_return_on_the_old_one() -> None:
    with cloud() as client:
        add(client, "X1")
        old = line("A", 2, 200, type="return", return_type="LINE_ITEM", transaction_number="X1")
        lines = [old | {"transaction_date": "2026-11-20"}, line("C", 1, 900, type="regular")]
        fields: dict[str, Any] = {"type": "mixed", "amount": "900", "billing_time": "2026-11-20 13:00:00"}
        item = client.item(add(client, "X2", line_items={"line_item": lines}, **fields))
        assert (item["item_status"]["code"], item["side_effects"]["effect"][0]["awarded_points"]) == (600, 7)
        entry = next(one for one in client.books()["bills"] if one["return_kind"])
        assert (entry["number"], entry["mixed_into"], entry["amount_minor"]) == ("X1", item["id"], 20_000)


def test_an_amount_in_another_currency_is_kept_in_the_organisations_own() -> None:
    with cloud() as client:
        local = {"path": "add_with_local_currency", "line_items": {"line_item": line("A", 1, 10)}}
        assert client.code(add(client, "X1", amount="10", currency_code="USD", **local)) == 600
        bill = next(one for one in client.books()["bills"] if one["number"] == "X1")
        assert (bill["amount_minor"], bill["lines"][0]["amount_minor"]) == (83_000, 83_000)
        assert client.code(add(client, "X2", currency_code="XXX", **local)) == 1102
        client.cloud.set(local_currency=False)
        assert client.code(add(client, "X2", currency_code="USD", **local)) == 682


def test_bills_are_judged_one_by_one_and_too_many_not_at_all() -> None:
    with cloud(bulk_limit=2) as client:
        body = [{"type": "regular", "number": n, "amount": "10", "customer": {"mobile": ASHA}} for n in "PPQ"]
        answer = client.post("/v1.1/transaction/add", {"root": {"transaction": body[:2]}}).json()["response"]
        assert answer["status"]["code"] == 201
        codes = [one["item_status"]["code"] for one in answer["transactions"]["transaction"]]
        assert codes == [600, 604]
        whole = client.post("/v1.1/transaction/add", {"root": {"transaction": body}}).json()["response"]
        assert whole["status"]["code"] == 672


def test_the_vendors_own_examples() -> None:
    regular = sample("v11_transaction_add.request_regular_full.json")
    returned = sample("v11_transaction_add.request_return_amount.json")
    theirs = sample("v11_transaction_add.response_ok.json")
    with cloud(bill_gift="FIFTY") as client:
        bill = regular["root"]["transaction"][0]
        bill["redemptions"] = {}
        answer = client.post("/v1.1/transaction/add", regular)
        assert client.code(answer) == 600
        # An exchange's sum of lines is not the point here: only that each key of theirs is in ours.
        assert not missing(answer.json(), theirs)
        bill["number"], bill["redemptions"] = "BILL97", {"points_redemptions": {"id": ["987654"]}}
        assert client.code(client.post("/v1.1/transaction/add", regular)) == 640
        bill |= {"number": "BILL98", "redemptions": {}}
        client.post("/v1.1/transaction/add", regular)
        assert client.code(client.post("/v1.1/transaction/add", returned)) == 600
        assert sold(client)["returns_amount_minor"] == 50_000
