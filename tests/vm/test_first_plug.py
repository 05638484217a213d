"""A box with nothing plugged in, and a technician with the commands: to the first receipt by them alone."""

import json
import re

import pytest

from drivers.scanner.calibration import BARS
from tests.vm.till import COUNTER, SETTINGS, UNIT, VmTill

pytestmark = pytest.mark.timeout(3600)

RICE, TEA = "8900000000012", "8900000000081"
# What each is plugged in as, and what `adopt` is told besides.
BOXES = {
    "keyboard": ("keyboard", "--name till"),
    "hidpos": ("hid-pos", "--name hand"),
    "serial": ("serial", ""),
    "printer": ("printer", "--profile epson-tm-t20"),
}


def test_from_the_first_plug_to_the_first_receipt_by_commands_alone(till: VmTill) -> None:
    machine = till.machine
    _nothing_is_set_up(till)
    assert "ttyS" in machine.must("pos-agent device list")
    for name, (kind, more) in BOXES.items():
        till.insert(name)
        path = machine.until(lambda kind=kind: _unread(till, kind), f"the {kind} in the list")
        said = machine.must(f"pos-agent device adopt {path} {more}")
        assert f"{SETTINGS} reads it now" in said
        assert "systemctl restart pos-agent" in said
        assert "is read already" in machine.must(f"pos-agent device adopt {path}")
    machine.must("systemctl restart", UNIT)
    till.wait_badge("printer", "ok")
    till.wait_badge("scanner", "ok")
    assert _scanned_while(till, "keyboard", RICE, "device identify --seconds 120")["read_by"] == "till"
    till.wait_lines("RICE-5KG")

    tried = machine.run("pos-agent scan test")
    assert (tried.returncode, "scanner-3 (/dev/serial/" in tried.stdout + tried.stderr) == (2, True)
    _hand(till, "hidpos", TEA)
    assert "Nilgiri Mist Tea" in machine.must("pos-agent scan test --scanner hand --seconds 25")
    assert till.lines() == ["RICE-5KG"]

    (printer,) = till.cli("printer", "show", "--ask")
    assert printer["there"]
    assert "the printer has proved it" in machine.must("pos-agent printer test")
    number = till.complete_for_cash()
    till.wait_paper(number, "confirmed")
    assert len(till.paper(number)) == 1
    assert machine.run("pos-agent config check").returncode == 0


def test_what_a_scanner_is_set_to_is_learnt_and_it_sells_after_a_restart(till: VmTill) -> None:
    """As a shop's old scanner was set: signs in front, Tab behind, and a word for GS."""
    machine = till.machine
    codes = " ".join(f"'{code.text}'".replace("\x1d", "{GS}") for code in (*BARS, *BARS))
    hand = f'sleep 10; for code in {codes}; do {COUNTER} send serial "##$code\t"; sleep 3; done'
    machine.must("systemd-run --quiet --unit=hand sh -c", hand)
    learnt = machine.run("pos-agent scan learn --scanner serial --seconds 200 --write --json")
    changes = {one["key"]: one["value"] for one in json.loads(learnt.stdout)["changes"]}
    assert changes == {"prefix": "##", "suffix": "tab", "gs_text": ["{GS}"]}
    machine.must("systemctl restart", UNIT)
    till.wait_badge("scanner", "ok")
    till.send("serial", f"##{RICE}\t")
    till.wait_lines("RICE-5KG")


def _nothing_is_set_up(till: VmTill) -> None:
    for name in (*BOXES, "clone"):
        till.pull(name)
    settings = till.machine.must("cat", SETTINGS)
    bare = re.sub(r"\[\[(scanner|printer)\]\]\n(.+\n)+\n?", "", settings)
    assert "[[" not in bare
    till.machine.must(f"cat > {SETTINGS}", feed=bare)
    till.machine.must("systemctl restart", UNIT)
    till.wait_answer()


def _unread(till: VmTill, kind: str) -> str:
    """The one device of this kind that came with a name of its own and that nobody reads; "" if none has."""
    rows = till.cli("device", "list")
    return next(
        (str(row["path"]) for row in rows if (row["kind"], row["read_by"]) == (kind, "") and row["what"]), ""
    )


def _hand(till: VmTill, scanner: str, label: str) -> None:
    """Somebody who scans in a while."""
    till.machine.must("systemctl reset-failed; systemctl stop hand 2>/dev/null; true")
    order = f"sleep 12; {COUNTER} send {scanner} '{label}\n'"
    till.machine.must("systemd-run --quiet --collect --unit=hand sh -c", order)


def _scanned_while(till: VmTill, scanner: str, label: str, command: str) -> dict[str, str]:
    _hand(till, scanner, label)
    return dict(json.loads(till.machine.must(f"pos-agent {command} --json")))
