"""Members end to end: a till that signs in with a token, its organisation's own fields, history, retries."""

import json
import time
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from agent.simulated.world import World
from tests.hil.conftest import MEMBER, RICE, refused, scan_in, sell

_SITE = """\
[cloud]
auth = "oauth"
oauth_key = "training-key"
oauth_secret_file = "{secret}"

[[cloud.fields.custom]]
name = "occupation"
label = "Occupation"
[[cloud.fields.custom]]
name = "shoe_size"
[[cloud.fields.extended]]
name = "anniversary"
kind = "date"

[cloud.bill_fields.custom]
cashier = "{{cashier}}"
[cloud.tender_attributes.cash]
lane = "{{till}}"
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A till whose site file makes it sign in with OAuth and ask for the organisation's own fields."""
    directory = tmp_path_factory.mktemp("members")
    (directory / "conf.d").mkdir()
    (directory / "secret").write_text("training-secret\n")
    (directory / "conf.d" / "50-site.toml").write_text(_SITE.format(secret=directory / "secret"))
    with World(directory) as running:
        running.start()
        yield running


def customer(till: World, mobile: str) -> dict[str, Any]:
    return next(row for row in till.cloud("ledger")["customers"] if row["mobile"] == mobile)


def calls(till: World, op: str) -> list[dict[str, Any]]:
    return [call for call in till.cloud("log")["calls"] if call["op"] == op]


def drained(till: World) -> None:
    till.until(lambda: till.snapshot()["badges"]["queue"]["count"] == 0, "the queue to drain", timeout_s=100)


def test_counter_and_queue_sign_in_with_one_token_that_nobody_can_read(till: World) -> None:
    scan_in(till, RICE)
    till.press("customer/search", kind="mobile", value=MEMBER)
    number = sell(till, RICE)
    drained(till)
    assert any(bill["number"] == number for bill in till.cloud("ledger")["bills"])
    assert len(calls(till, "oauth/token/generate")) == 1
    written = (till.directory / "agent.log").read_text() + till.pos("config", "show")
    assert "training-secret" not in written
    assert "training." not in written  # how the simulated cloud's tokens begin
    assert "signed in" in written


def test_the_organisations_fields_reach_the_cloud_and_what_it_refuses_is_said(till: World) -> None:
    asked = till.snapshot()["till"]["customer_fields"]
    assert [(one["name"], one["label"], one["kind"]) for one in asked] == [
        ("occupation", "Occupation", "text"),
        ("shoe_size", "shoe_size", "text"),
        ("anniversary", "anniversary", "date"),
    ]
    scan_in(till, RICE)
    known = {"occupation": "Tea taster", "anniversary": "2010-02-28"}
    typed = {"mobile": "9000000071", "firstname": "Pia", "fields": known | {"shoe_size": "9"}}
    answer = till.press("customer/enrol", **typed)
    assert answer["text"] == (
        "The customer is enrolled. An extra detail was not accepted; the rest is saved."
    )
    wrong = refused(till, "customer/update", fields={"anniversary": "28 Feb"})
    assert "year-month-day" in wrong["text"]
    number = sell(till, RICE)
    drained(till)
    row = customer(till, "919000000071")
    assert (row["custom"], row["extended"]) == (
        {"occupation": "Tea taster"},
        {"anniversary": "2010-02-28"},
    )
    bill = next(one for one in till.cloud("ledger")["bills"] if one["number"] == number)
    assert bill["body"]["customFields"] == {"cashier": "trainee"}
    assert bill["body"]["paymentModes"][0]["attributes"] == {"lane": "till01"}


def test_a_members_history_is_asked_of_the_cloud(till: World) -> None:
    assert till.ask("GET", "/api/customer/history")[0] == 409
    scan_in(till, RICE)
    till.press("customer/search", kind="mobile", value=MEMBER)
    bills = till.get("customer/history?limit=3")["data"]["bills"]
    assert len(bills) == 3
    assert bills[-1]["amount_minor"] > 0
    assert bills[-1]["kind"] == "regular"
    till.cloud("fault", kind="away")
    status, answer = till.ask("GET", "/api/customer/history")
    assert (status, "goes on without it" in answer["text"]) == (409, True)


def test_a_log_in_page_of_the_network_counts_as_offline_and_is_called_what_it_is(till: World) -> None:
    till.cloud("fault", kind="portal")
    scan_in(till, RICE)
    answer = till.press("customer/search", kind="mobile", value=MEMBER)
    assert answer["data"]["offline"]
    assert "A page of the network answers" in answer["text"]
    badge = till.snapshot()["badges"]["cloud"]
    assert (badge["state"], "log in to the network" in badge["reason"]) == ("offline", True)


def test_a_slip_at_enrolment_renames_nobody(till: World) -> None:
    scan_in(till, RICE)
    answer = refused(till, "customer/enrol", mobile=MEMBER, firstname="Tom")
    assert "belongs to a customer of another name" in answer["text"]
    assert "Asha" not in answer["text"] + till.snapshot()["notice"]["text"]
    assert customer(till, f"91{MEMBER}")["firstname"] == "Asha"


def test_a_slip_at_an_update_writes_over_nobody_whether_the_cloud_is_there_or_away(till: World) -> None:
    """A number that is Bala's, typed as Esha's new one."""
    till.cloud("options", mobile_updates=True)
    till.press("organisation/pull")
    bala, esha = customer(till, "919000000002"), customer(till, "919000000005")
    scan_in(till, RICE)
    till.press("customer/search", kind="mobile", value="9000000005")
    form = {"mobile": "9000000002", "firstname": "Esha", "lastname": "Pretend"}
    answer = refused(till, "customer/update", **form)
    assert "belongs to another customer" in answer["text"]
    till.cloud("fault", kind="away", op="customer/*")
    kept = till.press("customer/update", **form | {"lastname": "Later"})
    assert (kept["data"]["queued"], "without the mobile number" in kept["text"]) == (True, True)
    assert till.snapshot()["sale"]["customer"]["mobile"] == "919000000005"
    till.cloud("clear")
    drained(till)
    assert customer(till, "919000000002") == bala
    assert customer(till, "919000000005")["lastname"] == "Later"
    assert customer(till, "919000000005")["id"] == esha["id"]
    till.cloud("options", mobile_updates=False)
    till.press("organisation/pull")


def test_an_enrolment_while_the_cloud_is_away_takes_over_no_member_known_from_before(till: World) -> None:
    bala = "bala.sample@example.com"
    scan_in(till, RICE)
    till.press("customer/search", kind="email", value=bala)
    till.press("customer/clear")
    till.cloud("fault", kind="away")
    kept = till.press("customer/enrol", mobile="9000000091", email=bala, firstname="Nina")
    assert "without the e-mail" in kept["text"]
    assert till.snapshot()["sale"]["customer"]["email"] == ""
    till.press("customer/clear")
    time.sleep(0.5)  # what is remembered is written aside
    assert till.press("customer/search", kind="email", value=bala)["data"]["found"]
    assert till.snapshot()["sale"]["customer"]["firstname"] == "Bala"
    till.cloud("clear")
    drained(till)


def test_an_enrolment_is_tried_twice_more_five_seconds_apart_while_the_cashier_goes_on(till: World) -> None:
    """Seeds, enrolment: two more times with five seconds between, and nobody waits for it."""
    before = len(calls(till, "customer/add"))
    till.cloud("fault", kind="lose-request", op="customer/add", count=3)
    scan_in(till, RICE)
    assert till.press("customer/enrol", mobile="9000000072", firstname="Quentin")["data"]["queued"]
    number = sell(till, RICE)
    assert len(calls(till, "customer/add")) == before + 1, "the sale was over before the second try"
    till.until(lambda: len(calls(till, "customer/add")) >= before + 3, "two more tries", timeout_s=30)
    tries = [datetime.fromisoformat(call["at"]) for call in calls(till, "customer/add")[before : before + 3]]
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(tries)]
    # The cloud's log has whole seconds, and the counter gives up two seconds after its own try at the latest.
    assert all(4 <= gap <= 8 for gap in gaps), gaps
    drained(till)
    assert customer(till, "919000000072")["firstname"] == "Quentin"
    bills = [bill for bill in till.cloud("ledger")["bills"] if bill["number"] == number]
    assert [bill["mobile"] for bill in bills] == ["919000000072"]


def test_config_check_finds_nothing_wrong_with_it(till: World) -> None:
    assert json.loads(till.pos("config", "check", "--json")) == []


def test_a_member_whose_data_were_deleted_is_said_so_forgotten_and_made_anew_only_on_purpose(
    till: World,
) -> None:
    form = {"mobile": "9000000075", "firstname": "Rae"}
    scan_in(till, RICE)
    till.press("customer/enrol", **form)
    till.press("customer/search", kind="mobile", value=form["mobile"])
    till.press("sale/cancel", reason="she went away")
    assert till.cloud("erase", mobile="919000000075")["erased"]
    scan_in(till, RICE)
    answer = till.press("customer/search", kind="mobile", value=form["mobile"])
    sentence = "The customer of …0075 had their data deleted. Enrol anew only if they ask for it."
    assert (answer["code"], answer["data"]["found"], answer["text"]) == ("erased", False, sentence)
    assert till.snapshot()["sale"]["customer"] is None
    till.cloud("fault", kind="away")

    def forgotten() -> bool:
        """What was remembered of her is erased beside the sale, a moment later."""
        offline = till.press("customer/search", kind="mobile", value=form["mobile"])
        assert offline["data"]["offline"]
        return not offline["data"]["found"]

    till.until(forgotten, "her to be forgotten")
    assert "Rae" not in json.dumps(till.snapshot()["sale"]["customer"])
    till.cloud("clear")
    till.press("customer/enrol", **form)
    assert customer(till, "919000000075")["balance"]["lifetime_milli"] == 0


def test_an_enrolment_nobody_searched_before_stops_at_deleted_data_once(till: World) -> None:
    form = {"mobile": "9000000076", "firstname": "Sol"}
    scan_in(till, RICE)
    till.press("customer/enrol", **form)
    till.cloud("erase", mobile="919000000076")
    answer = refused(till, "customer/enrol", **form)
    assert answer["code"] == "erased"
    assert not [row for row in till.cloud("ledger")["customers"] if row["mobile"] == "919000000076"]
    assert till.press("customer/enrol", **form)["ok"]
