"""The cloud at its worst: the sale goes on, the till says so, and the ledger ends up right."""

from typing import Any

import pytest

from agent.simulated.balance import compare
from agent.simulated.world import World
from tests.hil.conftest import MEMBER, RICE, refused, scan_in, sell

Fault = dict[str, Any]

FAULTS = [
    "away",
    "reset",
    "lose-request",
    "lose-answer",
    "http",
    "failed",
    "portal",
    "empty",
    "truncated",
    "types",
]


def _drained(world: World) -> None:
    world.until(
        lambda: world.snapshot()["badges"]["queue"]["count"] == 0, "the queue to drain", timeout_s=100
    )


@pytest.mark.parametrize("fault", FAULTS)
def test_a_sale_goes_on_through_a_fault_and_reaches_the_ledger_once(till: World, fault: str) -> None:
    till.cloud("fault", kind=fault, count=2)
    scan_in(till, RICE)
    till.ask("POST", "/api/customer/search", {"kind": "mobile", "value": MEMBER}, f"{fault}-search")
    number = sell(till, RICE)
    _drained(till)
    assert compare(till, (number,)).rows[1].equal
    bills = [bill for bill in till.cloud("ledger")["bills"] if bill["number"] == number]
    assert len(bills) == 1


def test_answers_in_every_shape_the_samples_show_are_read(till: World) -> None:
    till.cloud("fault", kind="shape")
    scan_in(till, RICE)
    answer = till.press("customer/search", kind="mobile", value=MEMBER)
    assert answer["data"]["found"], answer
    till.press("coupon/apply", code="FIFTY")
    assert till.snapshot()["sale"]["coupon"]["value_minor"] == 5000


def test_redemption_is_not_offered_while_it_cannot_be_validated(till: World) -> None:
    scan_in(till, RICE)
    till.press("customer/search", kind="mobile", value=MEMBER)
    till.cloud("fault", kind="away")
    answer = refused(till, "coupon/apply", code="FIFTY")
    assert "goes on without it" in answer["text"]
    assert till.snapshot()["sale"]["coupon"] is None
    assert till.snapshot()["badges"]["cloud"]["text"].startswith("Offline")


def test_a_slow_drip_is_declared_offline_within_the_budget(till: World) -> None:
    till.cloud("fault", kind="drip", seconds=0.3)
    scan_in(till, RICE)
    answer = till.press("customer/search", kind="mobile", value=MEMBER)
    assert answer["data"]["offline"]


def test_a_wrong_code_and_a_foreign_coupon_are_refused_in_words(till: World) -> None:
    scan_in(till, RICE)
    till.press("customer/search", kind="mobile", value=MEMBER)
    assert refused(till, "points/apply", points_milli=5000, otp="000000")["text"]
    assert refused(till, "coupon/apply", code="LAPSED")["text"]
    assert refused(till, "coupon/apply", code="ONLYST02")["text"]


def test_a_guarded_coupon_is_used_with_the_code_on_the_customers_phone(till: World) -> None:
    scan_in(till, RICE)
    till.press("customer/search", kind="mobile", value="9000000002")
    assert refused(till, "coupon/apply", code="GUARDED")["code"] == "725"
    sent = [row for row in till.cloud("ledger")["otps"] if str(row["mobile"]).endswith("9000000002")]
    wrong = refused(till, "coupon/apply", code="GUARDED", otp="000000")
    assert (wrong["code"], till.snapshot()["sale"]["coupon"]) == ("605", None)
    till.press("coupon/apply", code="GUARDED", otp=sent[-1]["code"])
    assert till.snapshot()["sale"]["coupon"]["value_minor"] == 25_000
    number = sell(till)
    _drained(till)
    coupon = next(row for row in till.cloud("ledger")["coupons"] if row["code"] == "GUARDED")
    assert [use["bill_number"] for use in coupon["uses"]] == [number]
    assert sent[-1]["code"] not in till.pos("bill", "show", number, "--json")


def test_an_enrolment_while_the_line_is_down_is_queued_and_arrives_before_its_bill(till: World) -> None:
    till.cloud("fault", kind="away")
    scan_in(till, RICE)
    answer = till.press(
        "customer/enrol", mobile="9000000066", firstname="Omana", lastname="Offline", loyalty=True
    )
    assert answer["data"]["queued"]
    number = sell(till, RICE)
    assert till.snapshot()["badges"]["queue"]["count"] == 2
    till.cloud("clear")
    _drained(till)
    ledger = till.cloud("ledger")
    assert any(row["mobile"] == "919000000066" for row in ledger["customers"])
    assert next(bill for bill in ledger["bills"] if bill["number"] == number)["mobile"] == "919000000066"


def test_an_enrolment_kept_by_an_idle_till_is_shown_and_tried_again_at_once(till: World) -> None:
    till.cloud("fault", kind="away", op="customer/get", count=1)
    assert till.press("customer/enrol", mobile="9000000067", firstname="Padma")["data"]["queued"]
    assert till.snapshot()["badges"]["queue"]["count"] == 1
    till.until(
        lambda: any(one["mobile"] == "919000000067" for one in till.cloud("ledger")["customers"]),
        "the second try, five seconds after the first",
        timeout_s=10,
    )


BUSY = [{"kind": "limited"}, *({"kind": "refused", "code": code} for code in (461, 517, 521))]


@pytest.mark.parametrize("busy", BUSY, ids=["429", "461", "517", "521"])
def test_a_cloud_that_is_busy_has_not_said_that_there_is_no_such_member(till: World, busy: Fault) -> None:
    scan_in(till, RICE)
    till.press("customer/search", kind="mobile", value=MEMBER)
    till.press("customer/clear")
    till.cloud("fault", op="customer/get", **busy)
    for _ in range(2):
        answer = till.press("customer/search", kind="mobile", value=MEMBER)
        assert answer["data"] == {"found": True, "offline": True}, "and is not forgotten by the second"
    assert till.snapshot()["sale"]["customer"]["firstname"] == "Asha"
    number = sell(till, RICE)
    till.cloud("clear")
    _drained(till)
    assert (
        next(one for one in till.cloud("ledger")["bills"] if one["number"] == number)["mobile"]
        == f"91{MEMBER}"
    )


@pytest.mark.parametrize("busy", BUSY, ids=["429", "461", "517", "521"])
def test_an_enrolment_and_a_change_the_cloud_is_too_busy_for_are_kept(till: World, busy: Fault) -> None:
    """521 may come from this till's own calls in the background."""
    mobile = f"90000001{BUSY.index(busy):02d}"
    scan_in(till, RICE)
    till.cloud("fault", op="customer/add", **busy, count=1)
    assert till.press("customer/enrol", mobile=mobile, firstname="Rani")["data"]["queued"]
    _drained(till)
    till.cloud("fault", op="customer/update", **busy, count=1)
    assert till.press("customer/update", lastname="Later")["data"]["queued"]
    _drained(till)
    known = next(one for one in till.cloud("ledger")["customers"] if one["mobile"] == f"91{mobile}")
    assert (known["firstname"], known["lastname"]) == ("Rani", "Later")
