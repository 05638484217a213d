"""A scanner is set up at a running till: its codes are scanned, its settings written, and nothing is sold."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.settings.adding import BEFORE
from agent.simulated.world import World
from drivers.scanner.calibration import BARS
from tests.hil.conftest import RICE, TEA, lines, notice, run, scan_in

NAME = "virtual scanner"


@contextmanager
def command(till: World, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A command of the till's that goes on."""
    with subprocess.Popen(
        [sys.executable, "-m", "agent.cli", "scan", *words, "--config", str(till.config)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as going:
        try:
            yield going
        finally:
            going.kill()


def until_line(going: subprocess.Popen[str], words: str) -> list[str]:
    """The lines it says up to one with these words."""
    said = []
    assert going.stdout
    for line in going.stdout:
        said.append(line)
        if words in line:
            return said
    raise AssertionError(f"{words!r} was not said: {''.join(said)}{going.stderr and going.stderr.read()}")


def sends(till: World, text: str) -> None:
    till.scanner.wait_until_ready(10)
    till.scanner.send_bytes(text.encode("latin-1"))


def sells_again(till: World) -> None:
    """Once nobody has asked for a while."""

    def sold() -> bool:
        before = len(lines(till))
        till.scan(RICE)
        time.sleep(1.0)
        return len(lines(till)) > before

    till.until(sold, "the scanner to sell again")
    till.press("sale/cancel", reason="test")


def test_a_scanner_is_learned_and_written_and_its_labels_are_right_then(till: World) -> None:
    scan_in(till, RICE)
    before = till.config.read_text("utf-8")
    commented = before.replace('name = "virtual scanner"', 'name = "virtual scanner"  # the one in front')
    till.config.write_text(commented, "utf-8")
    try:
        with command(till, "learn", "--write", "--seconds", "120") as learning:
            until_line(learning, "Scan code 1")
            sends(till, f"#D{BARS[0].text}\t")
            until_line(learning, "Now scan code 2")
            sends(till, f"#K{BARS[1].text.replace(chr(29), '{GS}')}\t")
            said = "".join(until_line(learning, "systemctl restart"))
            assert learning.wait(30) == 0
        assert 'suffix = "tab"' in said
        assert 'was "any"' in said
        text = till.config.read_text("utf-8")
        assert "# the one in front" in text
        assert Path(f"{till.config}{BEFORE}").read_text("utf-8") == commented
        for setting in ('prefix = "#"', 'suffix = "tab"', 'code_id = "zebra"', 'gs_text = ["{GS}"]'):
            assert setting in text
        assert [line["sku"] for line in lines(till)] == ["RICE-5KG"], "nothing of it was sold"
        os.kill(till.agent_pid, signal.SIGTERM)
        assert till.agent_ended() == 0
        till.start_agent()
        sends(till, f"#A{TEA}\t")
        till.until(lambda: len(lines(till)) == 2, "the tea on the bill")
    finally:
        till.config.write_text(before, "utf-8")
        os.kill(till.agent_pid, signal.SIGTERM)
        till.agent_ended()
        till.start_agent()


def test_what_is_right_stays_and_what_is_not_read_is_said(till: World) -> None:
    before = till.config.read_text("utf-8")
    with command(till, "learn", "--seconds", "60") as learning:
        until_line(learning, "Scan code 1")
        for code in BARS:
            sends(till, f"{code.text}\r")
            until_line(learning, "Read.")
        until_line(learning, "right as they are")
        assert learning.wait(30) == 0
    with command(till, "learn", "--seconds", "8", "--json") as learning:
        out, err = learning.communicate(timeout=60)
    assert learning.returncode == 1
    assert "Not everything" in err
    assert json.loads(out) == {
        "scanner": NAME,
        "read": [],
        "wanted": "text",
        "changes": [],
        "notes": [],
        "written": "",
    }
    assert till.config.read_text("utf-8") == before
    sells_again(till)


def test_a_label_is_tried_beside_the_open_sale_and_not_sold(till: World) -> None:
    scan_in(till, RICE)
    with command(till, "test", "--seconds", "60") as trying:
        until_line(trying, "nothing of it is sold")
        sends(till, f"]E0{TEA}\r")
        said = "".join(until_line(trying, "Tea"))
        assert "symbology_id ]E0" in said
        assert "nothing that it reads is sold" in notice(till, "scanner-tried")["text"]
        sends(till, "NO-SUCH-THING\r")
        until_line(trying, "not in the catalogue")
        sends(till, f"]C1010{RICE}3103001250\r")
        until_line(trying, "is sold by pcs")
        sends(till, "\xff\r")
        until_line(trying, "DAMAGED: the label holds a damaged character")
        assert [line["sku"] for line in lines(till)] == ["RICE-5KG"]
    sells_again(till)


def test_a_recording_is_made_beside_the_running_till(till: World, tmp_path: Path) -> None:
    with command(till, "raw", "--seconds", "60") as recording:
        assert recording.stderr
        assert "nothing of it is sold" in recording.stderr.readline()
        sends(till, f"#{RICE}\t")
        time.sleep(1.0)
        sends(till, f"#{TEA}\t")
        assert recording.stdout
        seen: list[str] = []
        while f"{TEA[-1].encode().hex()} 09" not in "".join(seen[-1:]):
            seen.append(recording.stdout.readline())
    file = tmp_path / "rec.txt"
    file.write_text("".join(seen))
    done = run(till, "scan", "decode", str(file), "--json", "--with", "suffix=tab", "--with", "prefix=#")
    assert done.returncode == 0, done.stderr
    assert [row["label"] for row in json.loads(done.stdout)] == [RICE, TEA]
    sells_again(till)


def test_a_calibration_code_is_told_when_nobody_learns(till: World) -> None:
    sells_again(till)
    sends(till, f"{BARS[0].text}\r")
    assert "sells nothing" in notice(till, "calibration-code")["text"]


def test_the_codes_come_out_of_the_receipt_printer(till: World) -> None:
    before = set(till.tickets.glob("*.txt"))
    status, _ = till.ask("POST", "/api/scanner/codes/print", {}, "sheet-1")
    assert status == 200

    def printed() -> bool:
        papers = set(till.tickets.glob("*.txt")) - before
        return any("Codes for setting up" in paper.read_text("utf-8") for paper in papers)

    till.until(printed, "the sheet of codes")


def test_only_who_is_at_the_box_may_try_a_scanner(till: World) -> None:
    """It shows cards of customers, and the till does not sell meanwhile."""
    status, answer = till.ask("POST", "/api/scanner/try", {"scanner": NAME})
    assert (status, answer["code"]) == (403, "socket-only")
    scan_in(till, RICE)


def test_a_scanner_that_is_none_is_told(till: World) -> None:
    done = run(till, "scan", "raw", "--scanner", "back")
    assert (done.returncode, NAME in done.stderr) == (2, True)


SETTINGS = """\
store = "{place}/store"
[shop]
name = "Corner Shop"
[till]
store_code = "S1"
till_code = "T1"
bill_prefix = "S1T1"
[web]
socket = "{place}/none.sock"
[[scanner]]
kind = "{kind}"
path = "/dev/none"
name = "desk"
"""


def alone(
    tmp_path: Path, *words: str, kind: str = "serial", settings: str = SETTINGS
) -> subprocess.CompletedProcess[str]:
    """A command at a till that does not run."""
    file = tmp_path / "agent.toml"
    file.write_text(settings.format(place=tmp_path, kind=kind), "utf-8")
    return subprocess.run(
        [sys.executable, "-m", "agent.cli", "scan", *words, "--config", str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("word", ["raw", "test", "learn"])
def test_without_an_agent_it_is_said(tmp_path: Path, word: str) -> None:
    done = alone(tmp_path, word)
    assert (done.returncode, "none.sock" in done.stderr) == (3, True), done.stderr


def test_of_reports_there_is_nothing_to_learn(tmp_path: Path) -> None:
    done = alone(tmp_path, "learn", kind="hid-pos")
    assert (done.returncode, "nothing to learn" in done.stdout) == (0, True)
    assert json.loads(alone(tmp_path, "learn", "--json", kind="hid-pos").stdout)["changes"] == []


def test_of_several_scanners_without_names_each_is_told_with_its_device(tmp_path: Path) -> None:
    nameless = SETTINGS.replace('name = "desk"\n', "")
    done = alone(tmp_path, "test", settings=nameless + '[[scanner]]\nkind = "serial"\npath = "/dev/other"\n')
    assert done.returncode == 2
    assert "scanner-1 (/dev/none), scanner-2 (/dev/other)" in done.stderr
