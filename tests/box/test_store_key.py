"""The store's key as a credential of systemd: taken from beside the store into /etc/credstore.encrypted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.box.till import POS_AGENT, UNIT, BoxedTill

pytestmark = pytest.mark.timeout(900)

FIELD_GUIDE = Path(__file__).parents[2] / "docs" / "field-guide.md"
_BEGINS = "    systemctl stop pos-agent\n    install -d"
RICE = "8900000000012"


def _steps() -> str:
    """The field guide's commands, as a technician types them."""
    text = FIELD_GUIDE.read_text("utf-8")
    block = text[text.index(_BEGINS) :].partition("\n\n")[0]
    return "\n".join(line.strip() for line in block.splitlines())


def _asked_with_the_key() -> str:
    """The guide's way to the queue while the agent does not run."""
    lines = FIELD_GUIDE.read_text("utf-8").splitlines()
    return next(line.strip() for line in lines if line.startswith("    systemd-run -P"))


def test_without_a_credential_the_till_starts_and_says_where_its_key_lies(till: BoxedTill) -> None:
    assert till.status()["store_key"] == "beside"


def test_the_field_guide_s_commands_make_the_key_a_credential(till: BoxedTill) -> None:
    number = till.sell_for_cash(RICE)
    key = till.file("/var/lib/pos-agent/store.key").read_bytes()
    till.box.must("sh", "-ec", _steps(), timeout_s=120)
    till.box.until(till.is_well, "the till")
    assert till.status()["store_key"] == "credential"
    assert not till.file("/var/lib/pos-agent/store.key").exists()
    assert till.box.must("stat", "--format=%a", "/etc/credstore.encrypted").strip() == "700"
    # Where `bill show` finds it when root asks while the till runs (agent/cli/place.py).
    assert till.box.must("cat", "/run/credentials/pos-agent.service/store-key").encode() == key
    till.box.must("systemctl", "kill", "--signal=STOP", "cloud")
    assert till.sell_for_cash(RICE) != number
    till.box.must("systemctl", "stop", UNIT)
    # Nobody has the credential of a unit that does not run, unless it is asked for.
    sealed = till.box.run(POS_AGENT, "queue", "export")
    opened = till.box.must("sh", "-ec", _asked_with_the_key())
    till.box.must("systemctl", "kill", "--signal=CONT", "cloud")
    assert (sealed.returncode, "billAmount" in sealed.stdout) == (1, False)
    assert "sealed" in sealed.stdout
    assert "billAmount" in opened
    till.box.must("rm", "/etc/credstore.encrypted/pos-agent.store-key")
    till.box.run("systemctl", "start", UNIT)
    found = till.box.until(lambda: _failed(till), "the unit to give up")
    told = till.journal()
    till.file("/srv/kept.key").write_bytes(key)
    till.box.must(
        "install",
        "-o",
        "pos-agent",
        "-g",
        "pos-agent",
        "-m",
        "0600",
        "/srv/kept.key",
        "/var/lib/pos-agent/store.key",
    )
    till.box.must("systemctl", "start", UNIT)
    till.box.until(till.is_well, "the till")
    assert found["ExecMainStatus"] == "2"
    assert "key /var/lib/pos-agent/store.key is not there; the store was not touched" in told


def _failed(till: BoxedTill) -> dict[str, str]:
    found = till.show("ActiveState", "ExecMainStatus")
    return found if found["ActiveState"] == "failed" else {}
