"""Answers of a slow cloud that come when the next customer stands there."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from agent.simulated.world import World
from tests.hil.conftest import MEMBER, RICE, TEA, lines, notice, scan_in, sell

ASHAS_CARD = "CARD:9900000000017"


def _paid_meanwhile(till: World) -> str:
    """Pay the open sale by a label while a question is under way; the bill's number."""
    before = till.snapshot()["last_bill"]
    till.scan(till.command_label("PAY-CASH-EXACT"))
    till.until(lambda: till.snapshot()["last_bill"] != before, "the bill")
    return str(till.snapshot()["last_bill"]["number"])


def _mobile_of(till: World, number: str) -> str:
    """Whose bill the cloud says it is; "" for nobody's."""
    till.until(lambda: till.snapshot()["badges"]["queue"]["count"] == 0, "the queue to drain", timeout_s=60)
    return next(str(bill["mobile"]) for bill in till.cloud("ledger")["bills"] if bill["number"] == number)


def test_a_member_card_that_is_looked_up_too_long_names_nobody_on_the_next_sale(till: World) -> None:
    scan_in(till, RICE)
    till.cloud("fault", kind="slow", op="customer/get", seconds=1.2)
    till.scan(ASHAS_CARD)
    first = _paid_meanwhile(till)
    assert "too late" in notice(till, "too-late")["text"]
    assert till.snapshot()["sale"]["customer"] is None
    till.cloud("clear")
    second = sell(till, TEA)
    assert (_mobile_of(till, first), _mobile_of(till, second)) == ("", "")


def test_a_coupon_that_is_checked_too_long_is_not_on_the_next_sale(till: World) -> None:
    scan_in(till, RICE)
    till.press("customer/search", kind="mobile", value=MEMBER)
    till.cloud("fault", kind="slow", op="coupon/isredeemable", seconds=1.2)
    till.scan("COUPON:FIFTY")
    _paid_meanwhile(till)
    assert "too late" in notice(till, "too-late")["text"]
    assert till.snapshot()["sale"]["coupon"] is None


def test_an_enrolment_that_ends_after_the_sale_is_kept_and_names_nobody_else(till: World) -> None:
    scan_in(till, RICE)
    # Longer than the counter waits for an answer.
    till.cloud("fault", kind="slow", op="customer/get", seconds=4)
    with ThreadPoolExecutor(1) as aside:
        enrolling = aside.submit(till.press, "customer/enrol", mobile="9000000081", firstname="Nina")
        time.sleep(0.5)
        number = _paid_meanwhile(till)
        answer = enrolling.result(20)
    assert answer["data"]["queued"]
    assert "stays as it is" in answer["text"]
    assert till.snapshot()["sale"]["customer"] is None
    assert lines(till) == []
    till.cloud("clear")
    assert _mobile_of(till, number) == ""

    def enrolled() -> bool:
        return any(one["mobile"] == "919000000081" for one in till.cloud("ledger")["customers"])

    till.until(enrolled, "the enrolment to arrive", timeout_s=60)


def _waited_s(till: World, mobile: str) -> float:
    began = time.monotonic()
    # Whoever is not the first on the sale is refused by then, which is an answer too.
    till.ask("POST", "/api/customer/search", {"kind": "mobile", "value": mobile}, mobile)
    return time.monotonic() - began


def _is_online(till: World) -> bool:
    return bool(till.snapshot()["badges"]["cloud"]["state"] == "online")


@pytest.mark.parametrize("slow_s", [1.5, 4.0])
def test_of_three_questions_at_once_none_waits_longer_than_its_budget(till: World, slow_s: float) -> None:
    """Two are asked beside each other. The budget of the third begins when it is asked, not when its turn
    comes."""
    till.until(lambda: _is_online(till), "the cloud to be asked again")
    scan_in(till, RICE)
    till.cloud("fault", kind="slow", op="customer/get", seconds=slow_s)
    with ThreadPoolExecutor(3) as customers:
        mobiles = [f"900000009{n}" for n in range(3)]
        waited = list(customers.map(lambda mobile: _waited_s(till, mobile), mobiles))
    assert max(waited) < 2.6
    assert _is_online(till) == (slow_s < 2)
    till.cloud("clear")
    till.until(lambda: _is_online(till), "the cloud to be asked again")
