"""Paper by commands, beside the running till: the test page, a bill as a picture, how the printer stands."""

import json
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from agent.simulated.world import World
from agent.store.opening import open_store
from tests.drivers.printer.printer_rig import codes_in
from tests.hil.conftest import MEMBER, RICE, notice, paper_of, run, scan_in, sell


def test_the_test_page_is_printed_by_the_agent_and_is_no_bill(till: World) -> None:
    """Nothing of it is in the books; without --drawer nothing opens."""
    sold, before = till.get("status")["books"], set(till.tickets.glob("*.txt"))
    kicks = json.loads(till.printer("status"))["drawer_kicks"]
    done = run(till, "printer", "test")
    assert (done.returncode, "has proved it" in done.stdout) == (0, True), done.stderr
    till.until(lambda: set(till.tickets.glob("*.txt")) > before, "its paper")
    (page,) = set(till.tickets.glob("*.txt")) - before
    till.until(lambda: page.read_text("utf-8").count("TEST, no bill") == 2, "all of it")
    assert till.get("status")["books"] == sold
    assert json.loads(till.printer("status"))["drawer_kicks"] == kicks


def test_the_drawer_of_a_test_is_in_the_journal(till: World) -> None:
    kicks = json.loads(till.printer("status"))["drawer_kicks"]
    done = run(till, "printer", "test", "--drawer", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["ok"], answer["drawer"]["code"]) == (True, "drawer-told")
    assert json.loads(till.printer("status"))["drawer_kicks"] == kicks + 1
    with closing(sqlite3.connect(f"file:{till.directory}/store/till.db?mode=ro", uri=True)) as store:
        bodies = store.execute("SELECT body FROM journal WHERE kind = 'drawer'").fetchall()
    told = [json.loads(body) for (body,) in bodies]
    assert [one["by"] for one in told if one["reason"] == "printer test"] == [
        till.snapshot()["till"]["cashier"]
    ]


def test_a_test_page_that_cannot_be_printed_is_told_and_never_comes(till: World) -> None:
    till.printer("fault paper-out")
    till.until(lambda: till.snapshot()["badges"]["printer"]["state"] == "paper_out", "the badge")
    before = set(till.tickets.glob("*.txt"))
    done = run(till, "printer", "test", "--drawer")
    assert (done.returncode, "not printed" in done.stderr) == (2, True), done.stdout
    till.printer("clear")
    till.until(lambda: till.snapshot()["badges"]["printer"]["state"] == "ok", "the printer")
    assert set(till.tickets.glob("*.txt")) == before


def test_the_printer_is_shown_as_the_agent_knows_it(till: World) -> None:
    till.until(lambda: till.snapshot()["badges"]["printer"]["state"] == "ok", "the printer")
    [shown] = json.loads(run(till, "printer", "show", "--json").stdout)
    assert (shown["state"], shown["learnt"]) == ("ok", [])
    assert "Ready" in run(till, "printer", "show").stdout
    asked = run(till, "printer", "show", "--ask")
    assert (asked.returncode, "model ROLL" in asked.stdout) == (0, True), asked.stderr
    [shown] = json.loads(run(till, "printer", "show", "--json").stdout)
    assert {one["what"]: (one["value"], one["from"]) for one in shown["known"]}["model"] == ("ROLL", "asked")


def test_that_a_printer_does_not_confirm_any_more_is_shown_and_learnt_from_who_sees_the_paper(
    till: World,
) -> None:
    till.until(lambda: till.snapshot()["badges"]["printer"]["state"] == "ok", "the printer")
    proven = sell(till, RICE)
    till.until(lambda: paper_of(till, proven) == "confirmed", "the proof", 60)
    till.printer("fault no-echo")
    number = sell(till, RICE)
    till.until(lambda: paper_of(till, number) == "unknown", "the job to be unknown", timeout_s=100)
    till.until(lambda: till.snapshot()["badges"]["printer"]["id"] == "badge.printer.doubtful", "the badge")
    assert "switch it off and on" in run(till, "printer", "show").stdout
    [job] = till.snapshot()["unknown_prints"]
    answer = run(till, "printer", "resolve", str(job["job"]), "--printed", "--json")
    assert json.loads(answer.stdout)["code"] == "print-resolved"
    till.until(
        lambda: till.snapshot()["badges"]["printer"]["id"] == "badge.printer.unproven", "what it learnt"
    )
    [shown] = json.loads(run(till, "printer", "show", "--json").stdout)
    assert shown["learnt"] == ["cannot-confirm"]
    assert 'printer.fence = "none"' in run(till, "printer", "show").stdout
    till.printer("clear")
    till.until(lambda: till.snapshot()["badges"]["printer"]["id"] == "printer.ready", "its proof", 60)
    again = run(till, "printer", "resolve", str(job["job"]), "--printed", "--json")
    assert (again.returncode, json.loads(again.stdout)["code"]) == (2, "no-such-job")


def test_a_bill_is_drawn_as_the_printer_printed_it(till: World, tmp_path: Path) -> None:
    """Also while it waits for paper and while the agent is down: dot for dot, and over no other file."""
    till.printer("fault paper-out")
    number = sell(till, RICE)
    before = set(till.tickets.glob("*.txt"))
    file = tmp_path / "early.png"
    done = run(till, "bill", "show", number, str(file), "--picture")
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    till.printer("clear")
    till.until(lambda: paper_of(till, number) == "confirmed", "the paper", 60)
    till.until(lambda: set(till.tickets.glob("*.txt")) > before, "its picture, which is written first")
    (printed,) = (paper.with_suffix(".png") for paper in set(till.tickets.glob("*.txt")) - before)
    till.kill_agent()
    late = tmp_path / "late.png"
    run(till, "bill", "show", number, str(late), "--picture")
    till.start_agent()
    with Image.open(printed) as paper, Image.open(file) as early:
        assert (early.size, early.tobytes()) == (paper.size, paper.tobytes())
    assert late.read_bytes() == file.read_bytes()
    again = run(till, "bill", "show", number, str(file), "--picture")
    assert (again.returncode, "stays as it is" in again.stderr) == (2, True)
    assert file.read_bytes() == late.read_bytes()


def test_a_picture_without_a_name_is_called_by_the_bills_number(
    till: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = sell(till, RICE)
    monkeypatch.chdir(tmp_path)
    done = run(till, "bill", "show", number, "--picture", "--json")
    assert json.loads(done.stdout) == {"file": f"{number}.png"}
    assert any(number in code for code in codes_in((tmp_path / f"{number}.png").read_bytes(), tmp_path))
    lost = run(till, "bill", "show", number, "there.png")
    assert (lost.returncode, "--picture" in lost.stderr) == (2, True)


def test_a_bill_is_shown_with_all_that_its_paper_promises(till: World) -> None:
    """Its points among them, with the agent or without."""
    scan_in(till, RICE)
    till.press("customer/search", kind="mobile", value=MEMBER)
    number = sell(till)
    notice(till, "completed")
    shown = run(till, "bill", "show", number).stdout
    assert "points" in shown.lower()
    assert shown.strip() == till.get(f"bills/{number}/receipt")["text"].strip()


def test_tickets_that_waited_too_long_are_answered_with_one_word(till: World) -> None:
    """What somebody has answered meanwhile stays so, and is told."""
    till.printer("fault paper-out")
    till.until(lambda: till.snapshot()["badges"]["printer"]["state"] == "paper_out", "the badge")
    numbers = [sell(till, RICE) for _ in range(4)]
    till.kill_agent()
    with closing(open_store(till.directory / "store")) as store, store.transaction() as tx:
        tx.execute("UPDATE spool SET created_at = '2001-01-01T10:00:00+05:30'")
    till.start_agent()
    jobs = [str(one["job"]) for one in till.snapshot()["unknown_prints"] if one["number"] in numbers]
    assert run(till, "printer", "late", jobs[0], "--leave").stdout == "It is not printed.\n"
    two = run(till, "printer", "late", jobs[0], jobs[1], "--leave")
    assert two.stdout == "It is not printed. 1 did not wait any more.\n"
    none = run(till, "printer", "late", "copies", "--leave")
    assert (none.returncode, none.stderr) == (2, "No such ticket waits too long.\n")
    wrong = run(till, "printer", "late", "all", "--leave")
    assert (wrong.returncode, "bills or copies" in wrong.stderr) == (2, True)
    bills = run(till, "printer", "late", "bills", "--print", "--json")
    assert [str(job) for job in json.loads(bills.stdout)["data"]["jobs"]] == jobs[2:]
    till.printer("clear")
    till.until(lambda: [paper_of(till, one) for one in numbers[2:]] == ["confirmed"] * 2, "the paper", 60)
    assert [paper_of(till, one) for one in numbers[:2]] == ["answered-no"] * 2


def test_a_new_roll_is_said_by_a_command_and_shown_with_the_printer(till: World) -> None:
    number = sell(till, RICE)
    till.until(lambda: paper_of(till, number) == "confirmed", "the paper")
    [roll] = json.loads(run(till, "printer", "roll", "--json").stdout).values()
    assert 0 < roll["left_mm"] < roll["length_mm"] == 80_000
    assert "of 80 m are left" in run(till, "printer", "roll").stdout
    done = run(till, "printer", "roll", "--new")
    assert (done.returncode, "counted from a new roll" in done.stdout) == (0, True), done.stderr
    [roll] = json.loads(run(till, "printer", "roll", "--json").stdout).values()
    assert (roll["known"], roll["low"], roll["left_mm"] > 79_000) == ("said", False, True)
    for command in (("printer", "show"), ("status",)):
        assert "a new roll was said to be in" in run(till, *command).stdout
    assert run(till, "printer", "roll", "--new", "back").returncode == 2
