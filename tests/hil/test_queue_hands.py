"""The whole daemon with a cloud that refuses: what is owed is said, and a person gets it out of the way."""

from __future__ import annotations

import json
import os
import pty
import re
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.cli.output import moment
from agent.sale.pin_digest import pin_line
from agent.simulated.world import World
from agent.till.supervisors import Supervisors
from tests.hil.conftest import RICE, refused, run, scan_in, sell
from tests.rig import stores

SPENDER = "9000000002"
POINTS_MILLI = 20_000
BOSS, PIN = "Meera", "4711-boss"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A running till with a supervisor."""
    line = pin_line(PIN, b"salt of a test..")
    with World(tmp_path_factory.mktemp("world"), with_printer=False) as running:
        running.start(f'\n[[supervisor]]\nname = "{BOSS}"\npin = "{line}"\n')
        running.until(lambda: running.snapshot()["rules"]["pulled_at"], "the rules, which know of no limit")
        yield running


@pytest.fixture
def till(world: World) -> Iterator[World]:
    """The same, with a cloud that takes everything again afterwards and an empty queue."""
    yield world
    world.cloud("clear")
    world.cloud("options", bill_max_minor=0, points_min_milli=0)
    for row in rows(world):
        world.press("queue/waive", row=row["id"], reason="test over", supervisor=BOSS, pin=PIN)


def rows(world: World) -> list[dict[str, Any]]:
    return list(world.get("queue")["rows"])


def badge(world: World) -> dict[str, Any]:
    return dict(world.snapshot()["badges"]["queue"])


def owed(world: World) -> dict[str, Any]:
    """A bill whose points the cloud refuses once it is printed; the row of the redemption."""
    scan_in(world, RICE)
    world.press("customer/search", kind="mobile", value=SPENDER)
    world.press("points/otp", points_milli=POINTS_MILLI)
    codes = [row for row in world.cloud("ledger")["otps"] if str(row["mobile"]).endswith(SPENDER)]
    world.press("points/apply", points_milli=POINTS_MILLI, otp=str(codes[-1]["code"]))
    world.cloud("options", points_min_milli=1_000_000)
    sell(world)
    world.until(lambda: badge(world)["owed"] == 1, "the refusal of the points", 60)
    world.cloud("options", points_min_milli=0)
    return next(row for row in rows(world) if row["owed_minor"])


def spent(world: World) -> int:
    return len(world.cloud("ledger")["redemptions"])


def test_a_redemption_owed_is_told_everywhere(till: World) -> None:
    row = owed(till)
    worth = row["owed_minor"]
    assert worth > 0
    text = f"{worth // 100}.{worth % 100:02d}"
    assert (badge(till)["owed_minor"], badge(till)["parked"]) == (worth, 1)
    assert f"{text} owed" in badge(till)["text"]
    listed = run(till, "queue", "list")
    assert (listed.returncode, text in listed.stdout) == (1, True)
    status = run(till, "status")
    assert f"! owed     {text}" in status.stdout
    shown = run(till, "queue", "show", str(row["id"]))
    assert all(words in shown.stdout for words in ("Take the payment", "void the bill with a return"))
    assert SPENDER not in shown.stdout
    with urllib.request.urlopen(f"{till.page}metrics", timeout=20) as answer:
        assert f"pos_agent_queue_owed_minor {worth}" in answer.read().decode()


def test_a_refused_redemption_is_tried_again_under_a_new_reference_and_arrives_once(till: World) -> None:
    row, before = owed(till), spent(till)
    assert "new reference" in refused(till, "queue/retry", row=row["id"])["text"]
    done = run(till, "queue", "retry", str(row["id"]), "--reason", "The limit was lowered")
    assert done.returncode == 0, done.stderr
    till.until(lambda: badge(till)["count"] == 0, "the points to go", 60)
    assert spent(till) == before + 1


def test_a_code_the_cloud_asked_for_afterwards_is_sent_and_brought_along(till: World) -> None:
    scan_in(till, RICE)
    till.press("customer/search", kind="mobile", value=SPENDER)
    before = spent(till)
    till.press("points/apply", points_milli=POINTS_MILLI, otp="")
    sell(till)
    till.until(lambda: badge(till)["owed"] == 1, "the refusal of the points", 60)
    (row,) = rows(till)
    assert row["code"] == "824"
    typed = run(till, "queue", "show", str(row["id"])).stdout
    assert f"pos-agent queue code {row['id']}; pos-agent queue retry {row['id']} --otp" in typed
    sent = run(till, "queue", "code", str(row["id"]))
    assert (sent.returncode, "on its way" in sent.stdout) == (0, True), sent.stderr
    codes = [one for one in till.cloud("ledger")["otps"] if str(one["mobile"]).endswith(SPENDER)]
    done = run(till, "queue", "retry", str(row["id"]), "--otp", str(codes[-1]["code"]))
    assert done.returncode == 0, done.stderr
    till.until(lambda: badge(till)["count"] == 0, "the points to go", 60)
    assert spent(till) == before + 1


def test_a_bill_that_comes_back_whole_leaves_nothing_owed(till: World) -> None:
    row, before = owed(till), spent(till)
    answer = till.press("return/whole", number=row["bill_number"], reason="torn bag")
    assert "nothing is owed any more" in answer["text"]
    till.press("tender/begin")
    refund = till.snapshot()["sale"]["totals"]["refund_minor"]
    till.press("tender/add", type="cash", amount_minor=refund)
    till.press("sale/complete")
    till.until(lambda: badge(till)["count"] == 0, "an empty queue", 60)
    assert (badge(till)["owed"], spent(till)) == (0, before)


def test_a_payment_for_what_is_owed_ends_it_and_the_books_say_so(till: World) -> None:
    row, before = owed(till), spent(till)
    done = run(till, "queue", "settle", str(row["id"]), "--tender", "card", "--reference", "T-88", "--json")
    assert json.loads(done.stdout)["data"]["amount_minor"] == row["owed_minor"]
    till.until(lambda: badge(till)["count"] == 0, "an empty queue", 30)
    assert badge(till)["owed"] == 0
    assert till.get("status")["books"]["settled_card_minor"] >= row["owed_minor"]
    assert spent(till) == before


def test_a_bill_the_cloud_refuses_is_retried_by_all_and_arrives_once(till: World) -> None:
    till.cloud("options", bill_max_minor=100)
    number = sell(till, RICE)
    till.until(lambda: badge(till)["parked"] == 1, "the refusal of the bill", 60)
    till.cloud("options", bill_max_minor=0)
    assert run(till, "queue", "retry").returncode == 2
    done = run(till, "queue", "retry", "--all")
    # Where the till has read the rules anew meanwhile, which it does soon after its start, it went by itself.
    by_itself = (done.returncode, "No call needs a person." in done.stderr) == (2, True)
    assert by_itself or (done.returncode, done.stdout.strip()) == (0, "1 of 1 is tried again now."), (
        done.stderr
    )
    till.until(lambda: badge(till)["count"] == 0, "the bill to go", 60)
    assert [bill["number"] for bill in till.cloud("ledger")["bills"]].count(number) == 1


def test_a_waived_bill_stays_away_also_over_a_kill(till: World) -> None:
    till.cloud("options", bill_max_minor=100)
    number = sell(till, RICE)
    till.until(lambda: badge(till)["parked"] == 1, "the refusal of the bill", 60)
    (row,) = rows(till)
    arguments = ("queue", "waive", str(row["id"]), "--reason", "entered twice", "--supervisor", BOSS)
    wrong = run(till, *arguments, typed="0000\n")
    assert (wrong.returncode, "name or PIN" in wrong.stderr) == (2, True)
    done = run(till, *arguments, typed=f"{PIN}\n")
    assert done.returncode == 0, done.stderr
    till.cloud("options", bill_max_minor=0)
    till.kill_agent()
    till.start_agent()
    later = sell(till, RICE)
    till.until(lambda: badge(till)["count"] == 0, "the next bill to go", 60)
    numbers = [bill["number"] for bill in till.cloud("ledger")["bills"]]
    assert (number in numbers, later in numbers) == (False, True)
    assert {bill["number"]: bill["sync"] for bill in till.get("bills?limit=5")["bills"]}[number] == "waived"
    log = (till.directory / "agent.log").read_text("utf-8")
    assert PIN not in log


def test_an_export_is_a_line_a_call_masked_or_for_a_reason(till: World, tmp_path: Path) -> None:
    row = owed(till)
    masked = run(till, "queue", "export")
    assert [json.loads(line)["id"] for line in masked.stdout.splitlines()] == [row["id"]]
    assert SPENDER not in masked.stdout
    assert run(till, "queue", "export", "--with-identifiers").returncode == 2
    bare = run(till, "queue", "export", "--csv", "--with-identifiers", "--reason", "for the office")
    assert SPENDER in bare.stdout
    assert bare.stdout.startswith("id,op,bill_number,")


def _at_a_terminal(answers: list[str]) -> tuple[int, str]:
    """`config pin` with somebody at a terminal; (exit code, everything the terminal showed)."""
    child, line = pty.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, "-m", "agent.cli", "config", "pin"])
    shown = b""
    prompts = [b"PIN: ", b"again: "]
    for prompt, answer in zip(prompts, answers, strict=True):
        while prompt not in shown:
            shown += os.read(line, 4096)
        os.write(line, f"{answer}\n".encode())
    while True:
        try:
            shown += os.read(line, 4096)
        except OSError:  # the other end of a terminal is gone
            break
    os.close(line)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown.decode()


def test_config_pin_asks_twice_shows_nothing_and_prints_a_line_that_opens() -> None:
    code, shown = _at_a_terminal(["8642-x", "8642-x"])
    found = re.search(r'pin = "(scrypt\$[^"]+)"', shown)
    assert (code, found is not None) == (0, True), shown
    assert "8642" not in shown
    assert found is not None
    with stores.temporary_store() as store, store.transaction() as tx:
        bosses = Supervisors({"Boss": found[1]}, {}, lambda work: work(tx), lambda: 0, lambda: 0.0)
        assert bosses.check("Boss", "8642-x").ok
    assert _at_a_terminal(["8642-x", "8642-y"])[0] == 2
    assert _at_a_terminal(["12", "12"])[0] == 2


def test_a_pause_of_an_hour_is_told_by_every_command_and_ended_by_one(till: World) -> None:
    till.cloud("fault", kind="limited", op="v2/transactions", retry_after=3600, count=1)
    sell(till, RICE)
    until = till.until(lambda: badge(till)["paused_until"], "the pause the cloud asks for")
    status = run(till, "status")
    assert status.returncode == 1
    assert "nothing is sent until" in status.stdout
    assert f"({badge(till)['reason']})" in " ".join(status.stdout.split())
    listed = " ".join(run(till, "queue", "list").stdout.split())
    assert f"Nothing is sent until {moment(until)}" in listed
    (row,) = rows(till)
    shown = " ".join(run(till, "queue", "show", str(row["id"])).stdout.split())
    assert f"next {moment(row['next_at'])}" in shown
    assert row["next_at"] >= until
    with urllib.request.urlopen(f"{till.page}metrics", timeout=20) as answer:
        told = answer.read().decode()
    assert int(re.findall(r"^pos_agent_queue_paused_seconds (\d+)", told, re.M)[0]) > 3000
    assert "The pause until" in run(till, "queue", "retry", "--all").stdout
    till.until(lambda: not rows(till), "what waited to be sent")
    till.until(lambda: badge(till)["paused_until"] is None, "nothing to hold the queue")
