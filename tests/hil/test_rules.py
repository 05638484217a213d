"""A whole till under the organisation's rules: changed overnight, obeyed from the next pull on."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from agent.simulated.cloud.books.options import CloudOptions
from agent.simulated.world import World
from tests.hil.conftest import MEMBER, RICE, refused, scan_in, sell


@pytest.fixture
def ruled(till: World) -> Iterator[World]:
    """The till, with the organisation's rules put back afterwards and told to it."""
    yield till
    till.cloud("clear")
    fresh = CloudOptions()
    names = (
        *("bill_regex", "bill_max_minor", "oldest_bill", "mobile_updates", "further_keys"),
        *("retro_enabled", "retro_delay_hours"),
    )
    till.cloud("options", **{name: getattr(fresh, name) for name in names})
    _pos(till, "config", "pull")


def _pos(world: World, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agent.cli", *arguments]
    environment = os.environ | {"POS_AGENT_CONFIG": str(world.config), "COLUMNS": "80"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=60)


def _rule(world: World, key: str) -> dict[str, Any]:
    shown = json.loads(_pos(world, "config", "show", "--json").stdout)
    return dict(next(row for row in shown if row["key"] == key))


def _row(world: World, number: str) -> dict[str, Any] | None:
    found = [row for row in world.get("queue")["rows"] if row["bill_number"] == number]
    return dict(found[0]) if found and found[0]["state"] == "parked" else None


def test_the_rules_are_pulled_at_the_start_without_being_asked_for(ruled: World) -> None:
    ruled.until(lambda: ruled.snapshot()["rules"]["pulled_at"], "the first pull")
    assert _rule(ruled, "CONF_LOYALTY_IS_BILL_NUMBER_REQUIRED")["origin"].startswith(
        "organisation, pulled 20"
    )
    assert _rule(ruled, "CONF_MAX_TRANSACTION_FUTURE_DAYS")["origin"] == "default (documented)"
    assert _rule(ruled, "tenders")["value"].startswith("Cash, Card")


def test_an_amount_limit_set_overnight_stops_the_sale_before_payment_and_parks_nothing(ruled: World) -> None:
    before = sell(ruled, RICE)
    ruled.cloud("options", bill_max_minor=40_000)
    assert _pos(ruled, "config", "pull").returncode == 0
    assert _rule(ruled, "CONF_LOYALTY_MAX_BILL_AMOUNT")["value"] == "400.00"
    scan_in(ruled, RICE)
    told = refused(ruled, "tender/begin")
    assert (told["code"], "above 400.00" in told["text"]) == ("bill-amount", True)
    ruled.cloud("options", bill_max_minor=0)
    _pos(ruled, "config", "pull")
    after = sell(ruled)
    assert int(after[-6:]) == int(before[-6:]) + 1
    assert _row(ruled, after) is None


def test_a_pattern_set_overnight_stops_the_sale_before_payment_and_uses_no_number(ruled: World) -> None:
    before = sell(ruled, RICE)
    ruled.cloud("options", bill_regex="XX.*")
    _pos(ruled, "config", "pull")
    scan_in(ruled, RICE)
    assert refused(ruled, "tender/begin")["code"] == "number-pattern"
    ruled.cloud("options", bill_regex="")
    _pos(ruled, "config", "pull")
    after = sell(ruled)
    assert int(after[-6:]) == int(before[-6:]) + 1


def test_a_pull_that_fails_says_so_and_the_rules_stay_over_a_restart(ruled: World) -> None:
    ruled.cloud("options", bill_max_minor=5_000_000)
    _pos(ruled, "config", "pull")
    ruled.cloud("options", bill_max_minor=1)
    ruled.cloud("fault", kind="portal", op="organization/*")
    done = _pos(ruled, "config", "pull")
    assert (done.returncode, "stay as they were" in done.stderr) == (2, True)
    ruled.kill_agent()
    offline = _rule(ruled, "CONF_LOYALTY_MAX_BILL_AMOUNT")
    ruled.start_agent()
    assert offline["value"] == "50000.00"
    assert ruled.snapshot()["rules"]["pulled_at"]
    sell(ruled, RICE)
    assert ruled.snapshot()["last_bill"]["sync"] != "parked"


def test_a_rule_that_is_nonsense_stops_nothing_and_shows_in_the_status(ruled: World) -> None:
    ruled.cloud("options", bill_regex="(", further_keys="CONF_MIN_BILLING_DATE=yesterday")
    pulled = _pos(ruled, "config", "pull")
    assert "CONF_CLIENT_BILL_NO_REGEX" in pulled.stdout
    status = _pos(ruled, "status")
    assert status.returncode == 1
    assert "! rules    CONF_MIN_BILLING_DATE is 'yesterday'" in status.stdout
    assert "cannot be used" in _rule(ruled, "CONF_MIN_BILLING_DATE")["origin"]
    sell(ruled, RICE)


def test_an_identifier_that_may_not_change_is_refused_before_the_cloud_is_asked(ruled: World) -> None:
    scan_in(ruled, RICE)
    ruled.press("customer/search", kind="mobile", value=MEMBER)
    assert ruled.snapshot()["rules"]["may_change"]["mobile"] is False
    asked = ruled.cloud("log")["seen"]
    form = {"mobile": "919000000099", "firstname": "Asha", "loyalty": True}
    answer = refused(ruled, "customer/update", **form)
    assert answer["code"] == "identifier-locked"
    assert ruled.cloud("log")["seen"] == asked
    ruled.cloud("options", mobile_updates=True)
    _pos(ruled, "config", "pull")
    assert ruled.snapshot()["rules"]["may_change"]["mobile"] is True


def test_a_date_the_cloud_refuses_is_held_with_the_clocks_story(ruled: World) -> None:
    """644, before the till has heard of the rule; afterwards the till holds such a bill itself."""
    ruled.cloud("options", oldest_bill="2090-01-01")
    number = sell(ruled, RICE)
    row = ruled.until(lambda: _row(ruled, number), "the refusal", 60)
    assert "Check this till's clock" in row["text"]
    _pos(ruled, "config", "pull")
    held = sell(ruled, RICE)
    row = ruled.until(lambda: _row(ruled, held), "the held row")
    assert (row["attempts"], "2090-01-01" in row["text"]) == (0, True)


def test_a_bill_from_before_the_enrolment_is_not_given_to_the_member(ruled: World) -> None:
    """1632: no hours before the enrolment. The till knows when that was, and asks the cloud for nothing."""
    ruled.cloud("options", retro_enabled=True, retro_delay_hours=0)
    _pos(ruled, "config", "pull")
    number = sell(ruled, RICE)
    ruled.until(
        lambda: number in [bill["number"] for bill in ruled.cloud("ledger")["bills"]], "the bill there", 60
    )
    time.sleep(1.1)  # the enrolment is later than the bill, by whole seconds
    ruled.press("customer/enrol", mobile="9000000088", firstname="Late", lastname="Comer", loyalty=True)
    ruled.press("sale/cancel", reason="test")
    late = refused(ruled, "bill/tag", number=number, kind="mobile", value="9000000088")
    assert late["code"] == "not-taggable"
    assert "too long before the customer's enrolment" in late["text"]
    assert ruled.press("bill/tag", number=number, kind="mobile", value=MEMBER)["ok"]
