"""Goods come back to the real till: money, paper, the cloud's ledger and the points, each exactly once."""

import time
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import pytest
import requests

from agent.simulated.world import World
from tests.hil.conftest import MEMBER, RICE, TEA, paper_of, refused, scan_in, sell
from tests.simulated.cloud_rig import basic

_SETTINGS = "\n[returns]\nundo_redemptions = true\nunknown_bills = true\n"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A running till that undoes redemptions and takes goods without their bill."""
    with World(tmp_path_factory.mktemp("world")) as running:
        running.start(_SETTINGS)
        yield running


def _drained(world: World) -> None:
    world.until(lambda: not world.snapshot()["badges"]["queue"]["count"], "the queue to drain", timeout_s=100)


def _member_buys(world: World, *labels: str) -> str:
    scan_in(world, *labels)
    world.press("customer/search", kind="mobile", value=MEMBER)
    return sell(world)


def _give_back(world: World, kind: str = "cash", reference: str = "") -> str:
    """Settle what comes back; the number of the credit note."""
    world.press("tender/begin")
    refund = world.snapshot()["sale"]["totals"]["refund_minor"]
    world.press("tender/add", type=kind, amount_minor=refund, reference=reference)
    return str(world.press("sale/complete")["data"]["bill_number"])


def _in_cloud(world: World, number: str) -> list[dict[str, Any]]:
    return [bill for bill in world.cloud("ledger")["bills"] if bill["number"] == number]


def _points(world: World) -> int:
    rows = world.cloud("ledger")["customers"]
    return int(next(row["balance"]["available_milli"] for row in rows if row["mobile"].endswith(MEMBER)))


def test_one_line_comes_back_and_takes_its_points_with_it(till: World) -> None:
    number = _member_buys(till, RICE, TEA)
    _drained(till)
    before = _points(till)
    seen = till.get(f"bills/{number}/returnable")["data"]
    assert [line["left_milli"] for line in seen["lines"]] == [1000, 1000]
    assert seen["hows"] == ["AMOUNT", "CANCELLED", "FULL", "LINE_ITEM"]
    till.press("return/lines", number=number, lines=[{"line": 1, "qty_milli": 1000}], reason="torn bag")
    assert till.snapshot()["sale"]["customer"]["mobile"].endswith(MEMBER)
    note = _give_back(till)
    assert "C" in note
    _drained(till)
    _sale, back = _in_cloud(till, number)
    assert (back["kind"], back["return_kind"], back["amount_minor"]) == ("RETURN", "LINE_ITEM", 42500)
    assert _points(till) < before
    till.until(lambda: paper_of(till, note) == "confirmed", "the credit note on paper")
    again = refused(till, "return/lines", number=number, lines=[{"line": 1, "qty_milli": 1000}], reason="x")
    assert again["code"] == "more-than-left"


@pytest.mark.parametrize("fault", ["lose-answer", "reset", "truncated"])
def test_a_partial_return_whose_answer_is_lost_is_in_the_cloud_once(till: World, fault: str) -> None:
    """The vendor would take the second half of the goods without a word (docs/capillary.md 10.1)."""
    scan_in(till, RICE)
    till.press("line/quantity", line=1, qty_milli=2000)
    till.press("customer/search", kind="mobile", value=MEMBER)
    number = sell(till)
    _drained(till)
    till.press("return/lines", number=number, lines=[{"line": 1, "qty_milli": 1000}], reason="x")
    till.cloud("fault", kind=fault, count=1, op="v2/transactions")
    _give_back(till)
    _drained(till)
    assert [bill["kind"] for bill in _in_cloud(till, number)] == ["REGULAR", "RETURN"]


def test_a_whole_bill_gives_points_and_coupon_back(till: World) -> None:
    scan_in(till, RICE, RICE)
    till.press("customer/search", kind="mobile", value=MEMBER)
    till.press("coupon/apply", code="FIFTY")
    before = _points(till)
    till.press("points/otp", points_milli=10_000)
    codes = [row for row in till.cloud("ledger")["otps"] if str(row["mobile"]).endswith(MEMBER)]
    till.press("points/apply", points_milli=10_000, otp=codes[-1]["code"])
    till.press("tender/begin")
    due = till.snapshot()["sale"]["totals"]["balance_minor"]
    till.press("tender/add", type="cash", amount_minor=due)
    number = str(till.press("sale/complete")["data"]["bill_number"])
    _drained(till)
    assert _points(till) != before
    till.press("return/whole", number=number, reason="changed their mind")
    assert till.snapshot()["sale"]["totals"]["refund_minor"] == due
    _give_back(till, "card", "TERM-7")
    _drained(till)
    assert _points(till) == before
    ledger = till.cloud("ledger")
    coupon = next(row for row in ledger["coupons"] if row["code"] == "FIFTY")
    assert all(use.get("undone") for use in coupon["uses"] if use["bill_number"] == number), coupon
    assert ledger["totals"]["balanced"]


def test_an_exchange_of_what_was_bought_under_another_identifier(till: World) -> None:
    """Bought while the line was down, by the number typed; exchanged by the mobile that the cloud knows."""
    till.cloud("fault", kind="away")
    scan_in(till, TEA)
    form = {"kind": "external_id", "value": "DEMO-0003"}
    till.ask("POST", "/api/customer/search", form, str(uuid.uuid4()))
    assert till.snapshot()["sale"]["customer"]["source"] == "typed"
    number = sell(till)
    till.cloud("clear")
    till.press("customer/search", kind="mobile", value="9000000003")
    till.press("return/lines", number=number, lines=[{"line": 1, "qty_milli": 1000}], reason="wrong kind")
    mixed = sell(till, RICE)
    _drained(till)
    assert [bill["kind"] for bill in _in_cloud(till, number)] == ["REGULAR", "RETURN"]
    assert {bill["mobile"] for bill in _in_cloud(till, number) + _in_cloud(till, mixed)} == {"919000000003"}


def test_of_two_bills_with_one_number_the_one_of_this_till_comes_back(till: World) -> None:
    """Numbers may be unique in a store alone: another store gave the member a bill with ours (9614)."""
    till.cloud("options", bill_scope="store")
    number = _member_buys(till, TEA)
    _drained(till)
    (own,) = _in_cloud(till, number)
    theirs = {"type": "REGULAR", "billNumber": number, "billAmount": 1, "billingDate": own["at"]}
    requests.post(
        urljoin(till.cloud_page, "/v2/transactions"),
        json=theirs,
        params={"identifierName": "mobile", "identifierValue": own["mobile"], "source": "INSTORE"},
        headers={"Authorization": basic("till03", "training")},
        timeout=10,
    )
    assert [bill["store"] for bill in _in_cloud(till, number)] == ["ST01", "ST02"]
    till.press("return/lines", number=number, lines=[{"line": 1, "qty_milli": 1000}], reason="torn")
    _give_back(till)
    _drained(till)
    assert [bill["parent_id"] for bill in _in_cloud(till, number)] == [0, 0, own["id"]]
    till.cloud("options", bill_scope="org")


def test_a_members_goods_do_not_come_back_in_somebody_elses_sale(till: World) -> None:
    number = _member_buys(till, RICE)
    till.press("customer/search", kind="mobile", value="9000000002")
    wanted = [{"line": 1, "qty_milli": 1000}]
    refusal = refused(till, "return/lines", number=number, lines=wanted, reason="x")
    assert refusal["code"] == "other-customer"
    assert "Nothing shows that the bill is this customer's." in refusal["text"]


@pytest.mark.parametrize(("price", "due"), [(10040, 10000), (10060, 10100)])
@pytest.mark.parametrize("cancelled", [False, True])
def test_a_whole_bill_that_was_rounded_comes_back_for_what_it_came_to(
    till: World, price: int, due: int, cancelled: bool
) -> None:
    """Its lines alone would be more than the purchase, which the cloud refuses (630)."""
    scan_in(till, RICE)
    till.press("line/price", line=1, price_minor=price, reason="dented")
    till.press("customer/search", kind="mobile", value=MEMBER)
    number = sell(till)
    _drained(till)
    till.press("return/whole", number=number, reason="torn", cancelled=cancelled)
    _give_back(till)
    _drained(till)
    assert [bill["amount_minor"] for bill in _in_cloud(till, number)] == [due, due]


def test_an_exchange_is_one_bill_with_a_return_on_the_old_one(till: World) -> None:
    number = _member_buys(till, TEA)
    _drained(till)
    time.sleep(1.1)  # within the second of its sale it would be told in two calls
    till.press("return/lines", number=number, lines=[{"line": 1, "qty_milli": 1000}], reason="wrong kind")
    mixed = sell(till, RICE)
    _drained(till)
    old, new = _in_cloud(till, number), _in_cloud(till, mixed)
    assert [bill["kind"] for bill in old] == ["REGULAR", "RETURN"]
    assert [bill["kind"] for bill in new] == ["REGULAR"]
    assert old[1]["mixed_into"] == new[0]["id"]
    assert (
        "EXCHANGE" in till.get(f"bills/{mixed}/receipt")["text"]
        or "TRAINING" in (till.get(f"bills/{mixed}/receipt")["text"])
    )


@pytest.mark.parametrize("whole", [False, True], ids=["by line", "as a whole"])
def test_goods_of_an_exchange_come_back_in_their_turn(till: World, *, whole: bool) -> None:
    """Their return is the amount of the new goods, and no more than the exchange was told for (630)."""
    number = _member_buys(till, TEA)
    _drained(till)
    time.sleep(1.1)  # within the second of its sale it would be told in two calls
    till.press("return/lines", number=number, lines=[{"line": 1, "qty_milli": 1000}], reason="wrong kind")
    mixed = sell(till, RICE)
    _drained(till)
    time.sleep(1.1)
    if whole:
        till.press("return/whole", number=mixed, reason="not at all")
    else:
        (rice,) = till.get(f"bills/{mixed}/returnable")["data"]["lines"]
        back = [{"line": rice["no"], "qty_milli": 1000}]
        till.press("return/lines", number=mixed, lines=back, reason="not at all")
    _give_back(till)
    _drained(till)
    sold, back = _in_cloud(till, mixed)
    assert (sold["amount_minor"], back["amount_minor"], back["kind"]) == (42500, 42500, "RETURN")


def test_a_bill_without_a_member_comes_back(till: World) -> None:
    number = sell(till, RICE)
    till.press("return/whole", number=number, reason="too much")
    _give_back(till)
    _drained(till)
    assert [bill["kind"] for bill in _in_cloud(till, number)] == ["NOT_INTERESTED", "NOT_INTERESTED_RETURN"]


def test_returns_work_while_the_cloud_is_away_and_arrive_after_their_bill(till: World) -> None:
    till.cloud("fault", kind="away")
    scan_in(till, RICE)
    till.ask("POST", "/api/customer/search", {"kind": "mobile", "value": MEMBER}, str(uuid.uuid4()))
    number = sell(till)
    till.press("return/money", number=number, amount_minor=5000, reason="a stain")
    _give_back(till)
    till.cloud("clear")
    _drained(till)
    assert [bill["kind"] for bill in _in_cloud(till, number)] == ["REGULAR", "RETURN"]
    assert _in_cloud(till, number)[1]["amount_minor"] == 5000


def test_goods_without_their_bill_need_the_member_and_the_switch(till: World) -> None:
    form = {"number": "OTHER-000001", "sku": "RICE-5KG", "reason": "gift"}
    scan_in(till, TEA)
    assert refused(till, "return/unknown", **form)["code"] == "no-customer"
    till.press("customer/search", kind="mobile", value=MEMBER)
    assert refused(till, "return/unknown", **form)["code"] == "bought-on"
    till.press("return/unknown", **form, bought_on="2026-01-31")
    assert till.snapshot()["sale"]["totals"]["due_minor"] < 0
    till.press("line/void", line=2)


def test_a_bill_of_this_till_does_not_come_back_a_second_time_as_an_unknown_one(till: World) -> None:
    number = _member_buys(till, TEA)
    till.press("return/whole", number=number, reason="torn")
    _give_back(till)
    till.press("customer/search", kind="mobile", value=MEMBER)
    for typed in (number, number.lower()):
        form = {"number": typed, "sku": "TEA-250", "reason": "gift", "bought_on": "2026-01-31"}
        refusal = refused(till, "return/unknown", **form)
        assert refusal["code"] == "known-bill"
        assert number in refusal["text"]
    _drained(till)


def test_goods_without_their_bill_are_paid_back_and_told_with_the_day_they_were_bought(till: World) -> None:
    """The cloud takes no return that does not say when its goods were bought (624)."""
    till.cloud("options", unknown_bill_returns=True)
    sell(till, TEA)
    today = till.snapshot()["last_bill"]["at"][:10]
    till.press("customer/search", kind="mobile", value=MEMBER)
    for number, day in (("OTHER-000002", "2026-01-31"), ("OTHER-000003", today)):
        form = {"number": number, "sku": "RICE-5KG", "reason": "gift"}
        till.press("return/unknown", **form, bought_on=day)
    _give_back(till)
    _drained(till)
    for number in ("OTHER-000002", "OTHER-000003"):
        assert [bill["return_kind"] for bill in _in_cloud(till, number)] == ["LINE_ITEM"]
    till.cloud("options", unknown_bill_returns=False)


def test_a_bill_is_given_to_a_member_afterwards(till: World) -> None:
    number = sell(till, RICE)
    _drained(till)
    till.cloud("options", retro_enabled=True)
    answer = till.press("bill/tag", number=number, kind="mobile", value=MEMBER)
    assert "is given to" in answer["text"]
    _drained(till)
    assert any(bill["mobile"].endswith(MEMBER) for bill in _in_cloud(till, number))
    assert refused(till, "bill/tag", number=number, kind="mobile", value=MEMBER)["code"] == "not-taggable"
    till.press("return/whole", number=number, reason="torn")
    assert till.snapshot()["sale"]["customer"]["mobile"].endswith(MEMBER)
    _give_back(till)
    _drained(till)
    assert {bill["kind"] for bill in _in_cloud(till, number)} >= {"RETURN"}


def test_a_bill_is_tagged_within_one_budget_or_not_at_all(till: World) -> None:
    """The member and the bill are asked for together: nobody waits twice as long as for another question."""
    number = sell(till, RICE)
    _drained(till)
    till.cloud("options", retro_enabled=True)
    for op in ("customer/get", "transaction/get"):
        till.cloud("fault", kind="slow", op=op, seconds=1.5)
    started = time.monotonic()
    answer = refused(till, "bill/tag", number=number, kind="mobile", value=MEMBER)
    assert time.monotonic() - started < 2.7, "the budget is two seconds"
    assert "only while the loyalty system answers" in answer["text"]
    till.cloud("clear")
    assert till.press("bill/tag", number=number, kind="mobile", value=MEMBER)["ok"]
    _drained(till)


def test_a_scanned_bill_is_found_and_offered(till: World) -> None:
    number = sell(till, RICE)
    till.scan(number)
    till.until(lambda: till.snapshot()["found_bill"] == number, "the bill on the page")
