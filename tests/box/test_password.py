"""A cloud's password that does not open on this box: the shop sells, and says what is wrong."""

from __future__ import annotations

import pytest

from tests.box.till import UNIT, BoxedTill

pytestmark = pytest.mark.timeout(900)

RICE = "8900000000012"
HOST_KEY = "/var/lib/systemd/credential.secret"
OPENER = "pos-agent-credentials.service"


def _cloud(till: BoxedTill) -> dict[str, str]:
    return dict(till.status()["badges"]["cloud"])


def _sent(till: BoxedTill, number: str) -> None:
    def sent() -> bool:
        last = till.snapshot()["last_bill"]
        return bool(last["number"] == number and last["sync"] == "done")

    till.box.until(sent, f"bill {number} in the cloud", 60)


def test_a_password_that_does_not_open_closes_no_shop_and_is_told(till: BoxedTill) -> None:
    """As after a new disk or board: the key that credentials are sealed with is another."""
    _sent(till, till.sell_for_cash(RICE))
    till.box.must("mv", HOST_KEY, f"{HOST_KEY}.before")
    try:
        till.box.must("systemd-creds", "setup")
        till.box.run("systemctl", "restart", UNIT)
        till.box.until(till.is_well, "the till without its password")
        number = till.sell_for_cash(RICE)
        till.box.until(lambda: _cloud(till)["state"] == "offline", "the badge")
        told, opener = _cloud(till)["reason"], till.box.run("systemctl", "is-failed", OPENER).stdout.strip()
    finally:
        till.box.must("mv", f"{HOST_KEY}.before", HOST_KEY)
    assert told.startswith("the cloud's password could not be opened: credential cloud-password: ")
    assert till.snapshot()["badges"]["queue"]["count"] > 0
    assert opener == "failed"
    till.box.must("systemctl", "restart", UNIT)
    till.box.until(till.is_well, "the till")
    _sent(till, number)


def test_the_opened_password_is_the_till_s_alone(till: BoxedTill) -> None:
    kept = "/run/credstore/pos-agent.cloud-password"
    assert till.box.must("cat", kept) == "training"
    assert till.box.must("stat", "--format=%U %a", kept).strip() == "root 600"
    assert till.box.must("stat", "--format=%U %a", "/run/credstore").strip() == "root 700"
    assert till.box.run("runuser", "-u", "pos-agent", "--", "cat", kept).returncode != 0
