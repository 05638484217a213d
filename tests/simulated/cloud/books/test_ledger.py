"""The books: they add up after anything, survive restarts and kills, and are changed whole or not at all."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.simulated.cloud.books.demo_data import seed_demo
from agent.simulated.cloud.books.ledger import Ledger
from agent.simulated.cloud.books.ledger_file import LedgerBusy, LedgerDamaged
from agent.simulated.cloud.books.ledger_report import disagreements, ledger_report, totals
from agent.simulated.cloud.books.ledger_rows import Customer, Movement
from tests.simulated.cloud_rig import ASHA, BALA, CHITRA, NOON, CloudClient, cloud

people = st.sampled_from([ASHA, BALA, CHITRA])
steps = st.one_of(
    st.tuples(st.just("bill"), people, st.integers(0, 9), st.integers(0, 2_000_000)),
    st.tuples(st.just("return"), people, st.integers(0, 9), st.integers(0, 2_000_000)),
    st.tuples(st.just("redeem"), people, st.integers(0, 5), st.integers(1, 200)),
    st.tuples(st.just("reverse"), people, st.integers(0, 5), st.integers(1, 200)),
    st.tuples(st.just("expire"), people, st.just(0), st.integers(1, 200)),
    st.tuples(st.just("merge"), people, st.just(0), people),
)


def take(client: CloudClient, step: tuple[Any, ...]) -> None:
    what, mobile, key, size = step
    if what == "bill":
        client.bill(f"N{key}", f"{size // 100}.{size % 100:02d}", mobile=mobile)
    elif what == "return":
        amount = f"{size // 100}.{size % 100:02d}"
        body = {"type": "RETURN", "returnType": "AMOUNT", "billNumber": f"N{key}", "billAmount": amount}
        body |= {"billingDate": NOON.replace(hour=13).isoformat()}
        client.post("/v2/transactions", body, identifierName="mobile", identifierValue=mobile)
    elif what == "redeem":
        client.redeem(size, f"R{key}", mobile=mobile)
    elif what == "reverse":
        client.post("/v2/points/reverse", {"externalReferenceNumber": f"R{key}", "pointsToBeReversed": size})
    elif what == "expire":
        client.post("/control/expire", {"mobile": mobile, "points": size})
    elif size != mobile:
        email = {ASHA: "asha.demo@example.com", BALA: "bala.sample@example.com"}.get(size, "")
        body = {"root": {"customer": [{"mobile": mobile, "email": email}]}}
        client.post("/v1.1/customer/update", body)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(steps, max_size=15))
def test_movements_add_up_to_balances_after_any_sequence(sequence: list[tuple[Any, ...]]) -> None:
    with cloud(otp_required=False) as client:
        for step in sequence:
            take(client, step)
        assert disagreements(client.cloud.ledger) == {}
        told = client.books()
        moved: dict[int, int] = {}
        for row in told["points"]:
            moved[row["customer_id"]] = moved.get(row["customer_id"], 0) + row["points_milli"]
        for row in told["customers"]:
            account = row["balance"]
            assert moved.get(row["id"], 0) == account["available_milli"]
            parts = account["lifetime_milli"] - account["redeemed_milli"] - account["expired_milli"]
            assert parts - account["returned_milli"] + account["adjusted_milli"] == account["available_milli"]
        assert told["totals"]["balanced"]


def test_a_torn_balance_is_noticed() -> None:
    """The check of the books can fail: a movement that skips the balance shows."""
    ledger = Ledger()
    seed_demo(ledger, NOON)
    row = ledger.all(Customer)[0]
    with ledger.transaction():
        ledger.put(Movement(ledger.new_id(), row.id, "earned", 1000, NOON.isoformat()))
    assert disagreements(ledger) == {row.id: (77_000, 76_000)}
    assert not totals(ledger)["balanced"]


def test_a_broken_transaction_leaves_no_trace() -> None:
    ledger = Ledger()
    seed_demo(ledger, NOON)
    before = ledger_report(ledger)
    row = ledger.all(Customer)[0]
    with pytest.raises(KeyError), ledger.transaction():
        ledger.move(row.id, "earned", 5_000, NOON.isoformat())
        ledger.put(Customer(ledger.new_id(), mobile="919000000099"))
        ledger.put(Customer(row.id, mobile="919000000098"))
        raise KeyError
    assert ledger_report(ledger) == before
    assert ledger.find(Customer, "identifier", ("mobile", ASHA)) == [row]
    assert ledger.find(Customer, "identifier", ("mobile", "919000000099")) == []


def test_a_ledger_is_only_changed_inside_one_transaction() -> None:
    ledger = Ledger()
    with pytest.raises(RuntimeError):
        ledger.put(Customer(1))
    with pytest.raises(RuntimeError), ledger.transaction(), ledger.transaction():
        pass


def test_the_books_are_the_same_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "cloud.ledger"
    first = Ledger(path)
    with cloud(ledger=first) as client:
        client.bill("B1")
        client.redeem(10, "R1", client.otp())
        client.burn("FLAT100A")
        before = client.books()
    first.close()
    second = Ledger(path)
    after = ledger_report(second)
    with cloud(ledger=second) as client:
        # The reference is permanent: it is known to the next process too.
        assert client.code(client.redeem(10, "R1", "forgotten")) == 800
        assert client.code(client.burn("FLAT100A")) == 711
        assert client.bill("B2").json()["createdId"] > max(row["id"] for row in before["bills"])
    second.close()
    del before["revision"], after["revision"]
    assert after == before


@given(cut=st.integers(1, 400), seed=st.integers(0, 99))
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_file_torn_at_any_byte_of_its_last_commit_opens_without_it(
    tmp_path_factory: pytest.TempPathFactory, cut: int, seed: int
) -> None:
    path = tmp_path_factory.mktemp("torn") / "cloud.ledger"
    ledger = Ledger(path)
    seed_demo(ledger, NOON)
    rows = ledger.all(Customer)
    row = random.Random(seed).choice(rows)
    whole = ledger_report(ledger)["totals"]
    with ledger.transaction():
        ledger.move(row.id, "earned", 7_000, NOON.isoformat(), "B1", "x" * 200)
    ledger.close()
    raw = path.read_bytes()
    last = len(raw) - raw.rstrip(b"\n").rfind(b"\n") - 1
    path.write_bytes(raw[: len(raw) - min(cut, last)])
    again = Ledger(path)
    assert totals(again) == whole
    again.close()


def test_a_file_broken_in_the_middle_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "cloud.ledger"
    path.write_bytes(b'[["customer",{"id":1}]]\n[["nonsense",{}]]\n[["customer",{"id":2}]]\n')
    before = path.read_bytes()
    with pytest.raises(LedgerDamaged, match="line 2"):
        Ledger(path)
    assert path.read_bytes() == before


def test_two_clouds_do_not_share_a_ledger(tmp_path: Path) -> None:
    path = tmp_path / "cloud.ledger"
    first = Ledger(path)
    with pytest.raises(LedgerBusy):
        Ledger(path)
    first.close()
    Ledger(path).close()


def test_the_same_seed_gives_the_same_codes_and_another_seed_others() -> None:
    def day(seed: int) -> tuple[list[str], str, str]:
        with cloud(seed=seed) as client:
            code = client.otp()
            answer = client.item(client.redeem(10, "R1", code))
            return [call["request_id"] for call in client.log()], code, answer["redemption_id"]

    assert day(1) == day(1)
    assert day(1) != day(2)


def test_a_full_disk_refuses_the_call_and_keeps_the_books_right(tmp_path: Path) -> None:
    """The size limit of the process stands in for the disk: a write past it fails as a full disk's does."""
    path = tmp_path / "cloud.ledger"
    script = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from datetime import datetime\n"
        "from agent.simulated.cloud.books.ledger_report import ledger_report\n"
        "from agent.simulated.cloud.books.ledger import Ledger\n"
        "from agent.simulated.cloud.books.ledger_rows import Customer\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "path = Path(sys.argv[1])\n"
        "ledger = Ledger(path)\n"
        "with ledger.transaction():\n"
        "    ledger.put(Customer(1, mobile='919000000001'))\n"
        "limit = path.stat().st_size + 40\n"
        "hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))\n"
        "before = ledger_report(ledger)\n"
        "try:\n"
        "    with ledger.transaction():\n"
        "        ledger.put(Customer(2, mobile='919000000002'))\n"
        "except OSError:\n"
        "    assert ledger_report(ledger) == before\n"
        "    print('refused')\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))\n"
        "with ledger.transaction():\n"
        "    ledger.put(Customer(3, mobile='919000000003'))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(path)], check=False, capture_output=True, text=True, timeout=60
    )
    assert (run.stdout, run.stderr) == ("refused\n", "")
    again = Ledger(path)
    assert [row.id for row in again.all(Customer)] == [1, 3]
    again.close()
