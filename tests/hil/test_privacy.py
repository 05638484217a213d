"""Personal data with a whole till: in clear where a person needs it, and nowhere else."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.simulated.world import World
from tests.hil.conftest import MEMBER, RICE, TEA, refused, scan_in, sell

MAIL, CARD, EXTERNAL, NAME = "asha.demo@example.com", "9900000000017", "DEMO-0001", "Asha"
NEW, NEW_NAME, NEW_MAIL = "9000000077", "Latha", "latha.offline@example.com"
KNOWN = (MEMBER, MAIL, CARD, EXTERNAL, NAME, NEW, NEW_NAME, NEW_MAIL)


def _find(till: World, kind: str, value: str) -> dict[str, object]:
    return dict(till.press("customer/search", kind=kind, value=value)["data"])


def _drained(till: World) -> None:
    till.until(lambda: till.snapshot()["badges"]["queue"]["count"] == 0, "the queue to drain", timeout_s=60)


def _remembered(till: World, kind: str, value: str) -> dict[str, object]:
    """Take the customer off and find them again until the till, whose cloud is away, knows them."""

    def found() -> dict[str, object] | None:
        data = _find(till, kind, value)
        return data if data["found"] else None

    return dict(till.until(found, "the member to be remembered", timeout_s=10))


# --- members known from before ----------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "value"), [("mobile", MEMBER), ("email", MAIL), ("card", CARD)])
def test_a_member_is_known_from_before_while_the_cloud_is_away(till: World, kind: str, value: str) -> None:
    scan_in(till, RICE)
    _find(till, kind, value)
    before = till.snapshot()["sale"]["customer"]
    till.press("customer/clear")
    till.cloud("fault", kind="away")
    assert _remembered(till, kind, value) == {"found": True, "offline": True}
    sale, notice = till.snapshot()["sale"], till.snapshot()["notice"]
    customer = sale["customer"]
    assert (customer["source"], customer["known_at"]) == ("cache", before["known_at"])
    for name in ("firstname", "lastname", "tier", "points_milli", "point_value_minor", "points_earned_milli"):
        assert customer[name] == before[name]
    assert value in str(customer[kind])
    assert [name for name in ("mobile", "email", "card", "external_id") if customer[name]] == [kind]
    assert "is known from" in notice["text"]
    assert "points may have changed" in notice["text"]


def test_nothing_is_redeemed_for_a_member_known_from_before_even_once_the_cloud_is_back(till: World) -> None:
    scan_in(till, RICE)
    _find(till, "mobile", MEMBER)
    assert till.snapshot()["sale"]["redemption_refused"] == ""
    till.cloud("fault", kind="away")
    _remembered(till, "mobile", MEMBER)
    till.cloud("clear")
    told = till.snapshot()["sale"]["redemption_refused"]
    assert "only known from before" in told
    for verb, form in (
        ("coupon/apply", {"code": "FIFTY"}),
        ("points/otp", {"points_milli": 5000}),
        ("points/apply", {"points_milli": 5000, "otp": "000000"}),
    ):
        answer = refused(till, verb, **form)
        assert (answer["code"], answer["text"]) == ("known-from-before", told)
    assert _find(till, "mobile", MEMBER) == {"found": True, "offline": False}
    till.press("coupon/apply", code="FIFTY")


def test_the_bill_of_a_member_known_from_before_reaches_their_account(till: World) -> None:
    scan_in(till, RICE)
    _find(till, "mobile", MEMBER)
    till.cloud("fault", kind="away")
    _remembered(till, "mobile", MEMBER)
    number = sell(till, TEA)
    till.cloud("clear")
    _drained(till)
    bill = next(bill for bill in till.cloud("ledger")["bills"] if bill["number"] == number)
    assert bill["mobile"] == f"91{MEMBER}"


def test_who_was_enrolled_while_the_cloud_is_away_is_found_at_the_next_sale(till: World) -> None:
    till.cloud("fault", kind="away")
    scan_in(till, RICE)
    till.press("customer/enrol", mobile=NEW, firstname=NEW_NAME, lastname="Offline", loyalty=True)
    till.press("customer/clear")
    _remembered(till, "mobile", NEW)
    customer, notice = till.snapshot()["sale"]["customer"], till.snapshot()["notice"]
    assert (customer["source"], customer["firstname"]) == ("enrolled", NEW_NAME)
    assert "was enrolled at this till" in notice["text"]


def test_who_nobody_has_searched_for_is_not_known(till: World) -> None:
    till.cloud("fault", kind="away")
    scan_in(till, RICE)
    assert _find(till, "mobile", "9000000005") == {"found": False, "offline": True}
    assert till.snapshot()["sale"]["customer"]["source"] == "typed"


# --- what others can read ---------------------------------------------------------------------------


def _everywhere(till: World) -> dict[str, str]:
    """All that a technician, a monitoring system or a thief of the disk gets to read."""
    with urllib.request.urlopen(f"{till.page}metrics", timeout=30) as answer:
        metrics = answer.read().decode()
    files = b"".join(path.read_bytes() for path in _files(till.directory / "store"))
    return {
        "log": (till.directory / "agent.log").read_text("utf-8"),
        "status": str(till.get("status")),
        "metrics": metrics,
        "queue": str(till.get("queue")),
        "queue list": till.pos("queue", "list") + till.pos("queue", "list", "--json"),
        "status command": till.pos("status"),
        "files": files.decode("latin-1"),
    }


def _files(directory: Path) -> Iterator[Path]:
    """The store's files; not the catalogue, whose goods have long numbers of their own."""
    return (path for path in directory.iterdir() if path.is_file() and not path.name.startswith("catalogue"))


def _told(till: World, secrets: tuple[str, ...]) -> list[tuple[str, str]]:
    return [
        (place, secret) for place, text in _everywhere(till).items() for secret in secrets if secret in text
    ]


def test_a_whole_day_leaves_no_identifier_where_nobody_needs_it(till: World) -> None:
    """Searches, an enrolment, redemptions, an outage, refusals and a call that waits for a person."""
    scan_in(till, RICE, TEA)
    for kind, value in (("mobile", MEMBER), ("email", MAIL), ("card", CARD), ("external_id", EXTERNAL)):
        assert _find(till, kind, value)["found"], kind
    refused(till, "points/apply", points_milli=5000, otp="000000")
    till.press("points/otp", points_milli=5000)
    codes = [row for row in till.cloud("ledger")["otps"] if str(row["mobile"]).endswith(MEMBER)]
    otp = str(codes[-1]["code"])
    till.press("points/apply", points_milli=5000, otp=otp)
    assert _told(till, (*KNOWN, otp)) == [], "while the sale is open"
    sell(till, RICE)
    _drained(till)
    till.cloud("fault", kind="away")
    scan_in(till, RICE)
    till.press(
        "customer/enrol", mobile=NEW, email=NEW_MAIL, firstname=NEW_NAME, lastname="Offline", loyalty=True
    )
    till.kill_agent()
    till.start_agent()
    assert till.snapshot()["sale"]["customer"]["mobile"].endswith(NEW), "a kill takes nothing"
    sell(till, RICE)
    assert till.snapshot()["badges"]["queue"]["count"] == 2
    assert _told(till, (*KNOWN, otp)) == [], "while calls wait"
    till.cloud("clear")
    scan_in(till, RICE)
    refused(till, "points/otp", points_milli=5000)
    assert _find(till, "mobile", MEMBER)["found"]
    _drained(till)
    assert _told(till, (*KNOWN, otp)) == [], "when all is delivered"
    till.press("sale/cancel", reason="test over")
    time.sleep(1.5)  # the quiet moment in which closed sales are dropped
    assert _told(till, (*KNOWN, otp)) == [], "in a quiet moment"


def test_the_search_of_that_test_finds_what_is_there(till: World) -> None:
    """Its control: the shop's own name is in what it reads."""
    scan_in(till, RICE)
    assert {place for place, _ in _told(till, ("Training Store", RICE, "Basmati"))} >= {"status", "files"}


# --- without the key --------------------------------------------------------------------------------


def test_a_bill_is_shown_without_the_key_with_its_customer_sealed(till: World) -> None:
    scan_in(till, RICE)
    _find(till, "mobile", MEMBER)
    number = sell(till, RICE)
    key = till.directory / "store" / "store.key"
    assert NAME in till.pos("bill", "show", number)
    till.kill_agent()  # one that runs puts the key back
    away = key.rename(till.directory / "away.key")
    try:
        shown, listed = till.pos("bill", "show", number), till.pos("bill", "list")
    finally:
        away.rename(key)
        till.start_agent()
    assert "Customer sealed" in shown
    assert NAME not in shown
    assert "sealed" in listed


def test_a_till_with_another_s_key_does_not_start_and_says_why(till: World, tmp_path: Path) -> None:
    till.kill_agent()
    other = tmp_path / "other.key"
    other.write_text("b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVyb3Q=\n")
    settings = tmp_path / "agent.toml"
    settings.write_text(f'store_key_file = "{other}"\n' + till.config.read_text("utf-8"), "utf-8")
    command = [sys.executable, "-m", "agent.daemon", "--config", str(settings)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    till.start_agent()
    assert done.returncode == 2
    assert "is sealed with another key" in done.stderr


def test_config_check_and_status_say_that_the_key_lies_beside_the_data(till: World) -> None:
    for command in (("config", "check"), ("status",)):
        assert "lies beside the data" in till.pos(*command)
