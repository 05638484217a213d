"""The trainer's side: switches, books, log and page, on this machine only."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
import requests

from agent.simulated.cloud.trainer.rules_page import KEYS
from tests.simulated.cloud_rig import ASHA, CloudClient, cloud


def post(client: CloudClient, path: str, body: Any) -> requests.Response:
    return client.post(f"/control/{path}", body)


def test_a_fault_is_switched_on_shown_and_cleared() -> None:
    with cloud() as client:
        made = post(
            client, "fault", {"kind": "http", "op": "v2/transactions", "count": 3, "status": 500}
        ).json()
        assert (made["fault"]["kind"], made["fault"]["left"]) == ("http", 3)
        assert client.bill("B1").status_code == 500
        (shown,) = client.get("/control/faults").json()["faults"]
        assert (shown["left"], shown["hits"]) == (2, 1)
        assert post(client, "clear", {"id": shown["id"]}).json() == {"cleared": 1}
        assert client.bill("B1").status_code == 200
        post(client, "fault", {"kind": "away", "op": "coupon/get"})
        post(client, "fault", {"kind": "away", "op": "coupon/redeem"})
        assert post(client, "clear", {"op": "coupon/get"}).json() == {"cleared": 1}
        assert post(client, "clear", {}).json() == {"cleared": 1}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("fault", {}),
        ("fault", {"kind": "gremlin"}),
        ("fault", {"kind": "http", "colour": "red"}),
        ("fault", {"kind": "slow", "seconds": "long"}),
        ("fault", ["http"]),
        ("options", {"bill_scope": "galaxy"}),
        ("options", {"no_such_switch": 1}),
        ("options", {"otp_daily": "ten"}),
        ("options", {"otp_required": "perhaps"}),
        ("options", {"currencies": "USD=dear"}),
        ("fault", {"kind": "slow"}),
        ("fault", {"kind": "away", "op": "transaction"}),
        ("fault", {"kind": "away", "op": "nothing/*"}),
        ("erase", {"mobile": "919999999999"}),
        ("options", {"accounts": []}),
        ("options", {"oldest_bill": "long ago"}),
        ("expire", {"mobile": "919999999999", "points": 1}),
        ("expire", {"mobile": ASHA, "points": "all"}),
        ("listener", {"open": False}),
    ],
)
def test_a_wrong_control_call_is_422_with_a_sentence(path: str, body: Any) -> None:
    with cloud() as client:
        answer = post(client, path, body)
        assert answer.status_code == 422
        assert answer.json()["error"]


def test_options_change_while_it_runs_and_secrets_are_not_shown() -> None:
    with cloud() as client:
        client.bill("B1")
        assert post(client, "options", {"bill_scope": "off", "point_value_minor": 50}).status_code == 200
        assert client.bill("B1").status_code == 200
        shown = client.get("/control/options")
        assert shown.json()["bill_scope"] == "off"
        assert "training-secret" not in shown.text
        assert "password" not in shown.text


def test_the_books_have_customers_bills_points_coupons_codes_and_totals() -> None:
    with cloud() as client:
        client.bill("B1")
        client.redeem(10, "R1", client.otp())
        books = client.books()
        wanted = {"customers", "bills", "points", "redemptions", "coupons", "otps", "totals", "revision"}
        wanted |= {"products", "codes_sent"}
        assert set(books) == wanted
        bill = books["bills"][-1]
        assert (bill["number"], bill["mobile"], bill["amount_minor"]) == ("B1", ASHA, 25_000)
        assert books["points"][-1]["reference"] == "R1"
        assert books["totals"]["points_redeemed_milli"] == 10_000


def test_the_log_tells_of_each_call_what_it_was_about_and_what_came_of_it() -> None:
    with cloud() as client:
        client.bill("B1")
        client.bill("B1")
        client.redeem(10, "R1", "000000")
        first, second, third = client.log()
        assert first["about"] == {"bill": "B1", "customer": ASHA}
        assert (first["outcome"], first["committed"], first["answered"]) == ("ok", True, True)
        assert (second["outcome"], second["codes"], second["committed"]) == ("refused", [604], False)
        assert first["body_sha256"] == second["body_sha256"]
        assert first["body_bytes"] > 100
        assert third["about"] == {"customer": ASHA, "bill": "B1", "reference": "R1"}
        assert (third["outcome"], third["codes"]) == ("refused", [808])
        assert first["till"] == "till01"
        since = client.get("/control/log", since=first["n"], op="points/redeem", limit=5).json()
        assert [call["n"] for call in since["calls"]] == [third["n"]]
        assert since["seen"] == 3


def test_reading_is_not_logged_as_changing_but_sending_a_code_is() -> None:
    with cloud() as client:
        client.get("/v1.1/points/isredeemable", mobile=ASHA, points=10)
        client.get("/v1.1/points/isredeemable", mobile=ASHA, points=10, issue_otp="true")
        assert [call["committed"] for call in client.log()] == [False, True]


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_escapes_everything_and_loads_nothing() -> None:
    nasty = "<script>alert(1)</script>'\""
    with cloud() as client:
        body = {"root": {"customer": [{"mobile": "919000000066", "firstname": nasty}]}}
        client.post("/v1.1/customer/add", body)
        client.bill(nasty[:50], mobile="", type="NOT_INTERESTED")
        client.cloud.faults.add("http", op=nasty)  # no till sends it, the control would refuse it
        page = client.get("/control/")
        seen = _Elements()
        seen.feed(page.text)
        assert "script" not in seen.tags
        assert not {name for name, _ in seen.attributes} & {"src", "onclick", "srcset"}
        assert nasty in seen.text
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_the_pages_forms_switch_an_outage_on_and_off() -> None:
    with cloud() as client:
        url = f"{client.cloud.base_url}/control/"
        fields = {"kind": "http", "op": "*", "count": "", "seconds": "", "status": "503"}
        back = client.session.post(url + "fault", data=fields, headers=BROWSER, timeout=20)
        assert back.url == url
        assert "http 503 for every call" in back.text
        assert client.bill("B1").status_code == 503
        assert "(struck 1 times)" in client.get("/control/").text
        assert "Everything works" in client.session.post(url + "clear", headers=BROWSER, timeout=20).text
        assert client.bill("B1").status_code == 200


BROWSER = {"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"}


def test_a_browser_is_told_on_the_page_why_nothing_was_switched() -> None:
    with cloud() as client:
        url = f"{client.cloud.base_url}/control/fault"
        back = client.session.post(url, data={"kind": "drip", "seconds": ""}, headers=BROWSER, timeout=20)
        assert back.status_code == 422
        assert "Nothing was switched: drip needs its seconds." in back.text
        assert "<h2>Switches</h2>" in back.text


def test_a_command_line_is_answered_in_json_whatever_it_calls_its_body() -> None:
    with cloud() as client:
        url, form = f"{client.cloud.base_url}/control/fault", {"Content-Type": BROWSER["Content-Type"]}
        for body in ('{"kind": "away", "count": 2}', "kind=away&count=2"):
            answer = client.session.post(url, data=body, headers=form, timeout=20)
            assert (answer.json()["fault"]["kind"], answer.json()["fault"]["left"]) == ("away", 2)


def test_a_wrong_name_of_a_call_is_answered_with_the_near_ones() -> None:
    with cloud() as client:
        error = post(client, "fault", {"kind": "away", "op": "transactions/add"}).json()["error"]
        assert "near it are" in error
        assert "transaction/add" in error
        assert post(client, "fault", {"kind": "away", "op": "v2/*"}).status_code == 200


def test_the_page_says_which_fault_waits_for_which() -> None:
    with cloud() as client:
        client.cloud.faults.add("away")
        client.cloud.faults.add("http")
        client.cloud.faults.add("slow", seconds=8)
        text = client.get("/control/").text
        assert "http 503 for every call (waits until away is off)" in text
        assert "slow 8 s for every call." in text


def test_every_rule_of_the_organisation_is_on_a_page_and_changes_there() -> None:
    with cloud() as client:
        url = f"{client.cloud.base_url}/control/"
        seen = _Elements()
        seen.feed(client.get("/control/rules").text)
        shown = {value for name, value in seen.attributes if name == "name"}
        simple = {
            name for name, value in client.get("/control/options").json().items() if type(value) is not list
        }
        assert shown - {"viewport"} == simple
        form = {"bill_scope": "off", "otp_daily": "3", "otp_required": "false", "bill_regex": ""}
        form |= {"further_keys": "CONF_A=1\r\nCONF_B=2"}
        back = client.session.post(url + "options", data=form, headers=BROWSER, timeout=20)
        assert back.url == url + "rules"
        now = client.cloud.world.options
        assert (now.bill_scope, now.otp_daily, now.otp_required) == ("off", 3, False)
        assert now.further_keys == "CONF_A=1\nCONF_B=2"


def test_the_organisations_own_name_stands_beside_its_rule() -> None:
    with cloud() as client:
        page = client.get("/control/rules").text
        told = [key for key, _, _ in client.cloud.world.options.configs()]
        scoped = "CONF_LOYALTY_BILL_NUMBER_UNIQUE_ONLY_"
        assert [key for key in told if not key.startswith(scoped) and key not in page] == []
        assert all(hasattr(client.cloud.world.options, name) for name in KEYS)


def test_the_bare_address_leads_to_the_page_and_the_page_loads_itself_when_asked() -> None:
    with cloud() as client:
        assert client.get("/").url == f"{client.cloud.base_url}/control/"
        assert "http-equiv='refresh' content='3'" in client.get("/control/", every=3).text
        assert "refresh" not in client.get("/control/").text


def test_a_customers_data_are_deleted_from_the_page() -> None:
    with cloud() as client:
        url = f"{client.cloud.base_url}/control/erase"
        back = client.session.post(url, data={"mobile": ASHA}, headers=BROWSER, timeout=20)
        assert "data deleted" in back.text
        assert "Asha" not in back.text


@pytest.mark.parametrize(
    "headers", [{"Host": "cloud.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}]
)
def test_a_web_page_elsewhere_can_switch_nothing(headers: dict[str, str]) -> None:
    with cloud() as client:
        url = f"{client.cloud.base_url}/control/fault"
        answer = client.session.post(url, data={"kind": "away"}, headers=headers, timeout=20)
        assert answer.status_code == 403
        assert client.cloud.faults.active() == []


def test_a_foreign_host_name_reads_nothing() -> None:
    with cloud() as client:
        for path in ("ledger", "log", "faults", "options", ""):
            url = f"{client.cloud.base_url}/control/{path}"
            assert client.session.get(url, headers={"Host": "10.0.0.9"}, timeout=20).status_code == 403


def test_the_listener_closes_for_a_while_and_comes_back_by_itself() -> None:
    import threading

    with cloud() as client:
        assert post(client, "listener", {"open": False, "seconds": 0.3}).json()["open"] is False
        poll = threading.Event()
        seen = set()
        for _ in range(400):
            try:
                seen.add(requests.get(f"{client.cloud.base_url}/control/faults", timeout=5).status_code)
            except requests.ConnectionError:
                seen.add(0)
            if seen == {200, 0}:
                break
            poll.wait(0.01)
        assert seen == {200, 0}
        for _ in range(400):
            try:
                assert client.bill("B1").json()["createdId"]
                break
            except requests.ConnectionError:
                poll.wait(0.01)
        else:
            pytest.fail("the listener did not open again")
