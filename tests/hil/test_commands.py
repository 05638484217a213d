"""The command line as a technician uses it, with the agent running and without."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent.simulated.world import World
from tests.hil.conftest import MEMBER, RICE, paper_of, run, scan_in, sell


def test_status_is_green_and_says_so_by_its_exit_code(till: World) -> None:
    till.until(lambda: till.snapshot()["badges"]["printer"]["state"] == "ok", "the printer")
    done = run(till, "status")
    assert done.returncode == 0, done.stdout
    assert "Training Store" in done.stdout
    assert json.loads(run(till, "status", "--json").stdout)["attention"] == []


def test_status_warns_when_the_scanner_is_gone(till: World) -> None:
    till.scanner.unplug()
    till.until(lambda: till.snapshot()["badges"]["scanner"]["state"] == "missing", "the badge")
    done = run(till, "status")
    till.scanner.replug()
    till.until(lambda: till.snapshot()["badges"]["scanner"]["state"] == "ok", "the scanner")
    assert done.returncode == 1
    assert "! scanner" in done.stdout


def test_a_bill_is_shown_as_its_invoice_also_while_the_agent_is_down(till: World) -> None:
    number = sell(till, RICE)
    till.kill_agent()
    shown, status = run(till, "bill", "show", number), run(till, "status")
    listed = run(till, "bill", "list", "--json")
    till.start_agent()
    assert "TAX INVOICE" in shown.stdout
    assert number in shown.stdout
    assert json.loads(listed.stdout)[0]["number"] == number
    assert status.returncode == 3
    assert "Is pos-agent running?" in status.stderr


def test_a_bill_that_is_not_there_fails_in_words(till: World) -> None:
    sell(till, RICE)
    done = run(till, "bill", "show", "X-000001")
    assert (done.returncode, "There is no bill" in done.stderr) == (2, True)


@pytest.mark.timeout(300)
def test_a_copy_and_a_bill_that_cannot_be_printed_are_told_and_status_does_not_say_all_is_well(
    till: World,
) -> None:
    number = sell(till, RICE)
    till.until(lambda: paper_of(till, number) == "confirmed", "the paper")
    till.printer("fault paper-out")
    till.until(lambda: till.snapshot()["badges"]["printer"]["state"] == "paper_out", "the badge")
    copied = run(till, "bill", "print", number)
    assert (copied.returncode, "waits" in copied.stdout, "out of paper" in copied.stdout) == (1, True, True)
    till.until(
        lambda: [job["state"] for job in till.get("status")["jobs"]] == ["held"], "the copy to be held"
    )
    status = run(till, "status", "--json")
    assert status.returncode == 1
    assert "paper" in json.loads(status.stdout)["attention"]


def test_the_queue_says_what_waits_and_what_went(till: World) -> None:
    # A bill of an earlier test may still wait: its till was killed while it was being sent.
    till.until(lambda: till.snapshot()["badges"]["queue"]["count"] == 0, "an empty queue", 100)
    till.cloud("fault", kind="away")
    scan_in(till, RICE)
    till.ask("POST", "/api/customer/search", {"kind": "mobile", "value": MEMBER}, "queue-search")
    number = sell(till)
    waiting = json.loads(run(till, "queue", "list", "--json").stdout)
    assert [(row["op"], row["bill_number"]) for row in waiting] == [("transaction_add", number)]
    till.cloud("clear")
    till.until(lambda: till.snapshot()["badges"]["queue"]["count"] == 0, "the queue to drain", 100)
    assert "The queue is empty" in run(till, "queue", "list").stdout


@pytest.mark.parametrize(
    ("label", "code", "words"),
    [
        ("8900000000012", 0, "08900000000012"),
        ("8900000000013", 2, "refused"),
        ("2100042012509", 0, "weight"),
        ("CMD:REPRINT", 0, "REPRINT"),
    ],
)
def test_a_barcode_is_explained(till: World, label: str, code: int, words: str) -> None:
    done = run(till, "barcode", label)
    assert (done.returncode, words in done.stdout) == (code, True), done.stdout


def test_a_printers_answer_is_explained_only_with_the_request(till: World) -> None:
    with_request = run(till, "printer", "explain", "16", "--asked", "100401")
    assert with_request.returncode == 0
    assert run(till, "printer", "explain", "16").stdout != with_request.stdout
    assert run(till, "printer", "explain", "zz").returncode == 2


def test_a_recording_is_decoded_with_its_damage(till: World, tmp_path: Path) -> None:
    file = tmp_path / "serial.txt"
    file.write_text(f"+0 {RICE.encode().hex()}\n+2 0d\n+900 {RICE[:5].encode().hex()}\n+10 !EOF\n")
    done = run(till, "scan", "decode", str(file), "--json")
    rows = json.loads(done.stdout)
    assert [row.get("label") for row in rows] == [RICE, None]
    assert done.returncode == 1


def test_every_bad_row_of_a_catalogue_is_reported_and_nothing_changes(till: World, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(
        "sku,name,price,tax_rate,tax_inclusive,hsn,unit,gtins\n"
        "A,Apple,ten,5,yes,0808,pcs,\nB,,10.00,5,yes,0808,pcs,\nC,Cherry,1.00,5,yes,0809,pcs,8900000000013\n"
    )
    done = run(till, "catalogue", "import", str(file), "--json")
    assert done.returncode == 2
    assert {bad["line"] for bad in json.loads(done.stdout)["bad"]} == {2, 3, 4}
    scan_in(till, RICE)


def test_what_scanners_send_is_watched_beside_the_selling_till_and_counted(till: World) -> None:
    pos = [sys.executable, "-m", "agent.cli", "scan", "watch", "--config", str(till.config)]
    before = till.get("status")["scanners"][0]["counts"]
    with subprocess.Popen([*pos, "--seconds", "60"], stdout=subprocess.PIPE, text=True) as watching:
        assert watching.stdout
        assert "Scan something" in watching.stdout.readline()
        time.sleep(1.0)
        scan_in(till, RICE)
        till.scanner.send("NO-SUCH-THING")
        lines = [watching.stdout.readline() for _ in range(6)]
        watching.terminate()
    assert lines[0].split() == ["virtual", "scanner", RICE.encode().hex()]
    assert lines[1].strip() == RICE
    assert "taken" in lines[2]
    assert lines[4].strip() == "NO-SUCH-THING"
    assert lines[5].startswith("  !")
    after = till.get("status")["scanners"][0]["counts"]
    grown = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert grown == {"GoodScanCount": 2, "RefusedScanCount": 1}
    assert f"{after['GoodScanCount']} labels" in run(till, "status").stdout
    till.press("sale/cancel", reason="test")


def test_who_watches_the_scanners_goes_on_watching_when_the_agent_starts_again(till: World) -> None:
    pos = [sys.executable, "-m", "agent.cli", "scan", "watch", "--config", str(till.config)]
    scan_in(till, RICE)
    scan_in(till, RICE)
    with subprocess.Popen(
        [*pos, "--seconds", "100"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as watching:
        assert watching.stdout
        assert watching.stderr
        watching.stdout.readline()
        time.sleep(1.0)
        os.kill(till.agent_pid, signal.SIGTERM)
        assert till.agent_ended() == 0
        assert "does not answer" in watching.stderr.readline()
        till.start_agent()
        assert "again" in watching.stderr.readline()
        scan_in(till, RICE)
        lines = [watching.stdout.readline() for _ in range(2)]
        watching.terminate()
    assert lines[1].strip() == RICE
    till.press("sale/cancel", reason="test")


def test_raw_scans_are_told_on_the_box_only(till: World) -> None:
    status, answer = till.ask("GET", "/api/scans")
    assert (status, answer["code"]) == (403, "socket-only")


def test_counts_outlive_the_agent(till: World) -> None:
    scan_in(till, RICE)
    till.press("sale/cancel", reason="test")
    before = till.get("status")["scanners"][0]["counts"]["GoodScanCount"]
    os.kill(till.agent_pid, signal.SIGTERM)
    assert till.agent_ended() == 0
    till.start_agent()
    assert till.get("status")["scanners"][0]["counts"]["GoodScanCount"] == before > 0


def test_what_was_printed_is_counted_through_a_kill(till: World) -> None:
    number = sell(till, RICE)
    till.until(lambda: paper_of(till, number) == "confirmed", "the paper")
    [before] = till.get("status")["printers"]
    assert before["counts"]["ReceiptLinePrintedCount"] > 10
    till.kill_agent()
    till.start_agent()
    [after] = till.get("status")["printers"]
    printed = ("ReceiptLinePrintedCount", "PaperCutCount", "BarcodePrintedCount", "PaperFedMm")
    assert [after["counts"][name] for name in printed] == [before["counts"][name] for name in printed]
    assert f"{after['counts']['PaperCutCount']} cuts" in run(till, "status").stdout
    shown = run(till, "printer", "show").stdout
    assert f"ReceiptLinePrintedCount          {after['counts']['ReceiptLinePrintedCount']}" in shown
