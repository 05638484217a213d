"""Keyboard scanners on a kernel's own event nodes: grabbed, late, unplugged in mid-label, two alike."""

import pytest

from tests.vm.till import COUNTER, UNIT, VmTill

pytestmark = pytest.mark.timeout(3600)

RICE, TEA = "8900000000012", "8900000000081"
NODE = "/dev/pos/scanner-05e0-1200"

# EVIOCGRAB of linux/input.h, by somebody else.
SECOND_GRAB = f"""
import fcntl
with open("{NODE}", "rb") as node:
    try:
        fcntl.ioctl(node, 0x40044590, 1)
        print("grabbed")
    except OSError as error:
        print(error.errno)
"""
# Opened before a label comes and read after it; the argument says whether EV_MSC is hidden (EVIOCSMASK).
LATE_READER = f"""
import fcntl, os, struct, subprocess, sys
from array import array
node = os.open("{NODE}", os.O_RDONLY | os.O_NONBLOCK)
if sys.argv[1] == "masked":
    none = array("B", bytes(8))
    fcntl.ioctl(node, 0x40104593, struct.pack("IIQ", 4, len(none), none.buffer_info()[0]))
subprocess.run([*"{COUNTER} send keyboard".split(), "{RICE}\\n"], check=True)
events = struct.iter_unpack("qqHHi", os.read(node, 24 * 256))
print("dropped" if (0, 3) in [event[2:4] for event in events] else "whole")
"""


def test_a_scanner_s_keys_reach_the_till_and_nobody_else(till: VmTill) -> None:
    machine = till.machine
    machine.must("systemd-run --quiet --unit=console sh -c", "exec < /dev/tty1; stty raw; cat > /run/typed")
    assert machine.must("python3 -", feed=SECOND_GRAB) == "16\n", "EBUSY"
    till.scan(RICE)
    till.wait_lines("RICE-5KG")
    assert machine.must("cat /run/typed") == ""
    machine.must("systemctl stop", UNIT)
    till.scan(TEA)
    machine.until(lambda: machine.must("cat /run/typed") == f"{TEA}\r", "the keys on an unguarded console")


def test_a_label_that_comes_while_the_till_stands_still_is_sold(till: VmTill) -> None:
    """The kernel keeps 64 events for a late reader; a label has 84, and 56 of them once EV_MSC is hidden."""
    till.machine.must("systemctl kill --signal=STOP", UNIT)
    till.scan(RICE)
    till.machine.must("systemctl kill --signal=CONT", UNIT)
    till.wait_lines("RICE-5KG")
    till.machine.must("systemctl stop", UNIT)
    assert till.machine.must("python3 - masked", feed=LATE_READER) == "whole\n"
    assert till.machine.must("python3 - bare", feed=LATE_READER) == "dropped\n"


def test_labels_that_the_kernel_dropped_are_told_and_none_is_sold_wrong(till: VmTill) -> None:
    till.machine.must("systemctl kill --signal=STOP", UNIT)
    for label in (RICE, TEA, RICE, TEA):
        till.scan(label)
    till.machine.must("systemctl kill --signal=CONT", UNIT)
    till.machine.until(lambda: till.counted("keyboard")["TornScanCount"], "the loss to be told")
    assert "lost key presses" in till.snapshot()["notice"]["text"]
    assert "torn scan from keyboard" in till.journal()
    assert set(till.lines()) <= {"RICE-5KG", "TEA-250"}
    assert len(till.lines()) < 4
    till.scan(TEA)
    till.machine.until(lambda: till.lines()[-1:] == ["TEA-250"], "the next label")


def test_half_a_label_from_a_pulled_scanner_sells_nothing_and_the_scanner_comes_back(till: VmTill) -> None:
    till.send("keyboard", RICE[:8])
    till.pull("keyboard")
    till.wait_badge("scanner", "missing")
    assert "keyboard" in till.badge("scanner")[1]
    till.insert("keyboard")
    took_s = till.wait_badge("scanner", "ok")
    print(f"back {took_s:.1f} s after the cable")  # noqa: T201
    till.scan(RICE)
    till.wait_lines("RICE-5KG")
    counted = till.counted("keyboard")
    assert (counted["TornScanCount"], counted["GoodScanCount"]) == (1, 1)
    assert counted["CommunicationErrorCount"] == 1


def test_the_second_of_two_scanners_of_one_model_is_named(till: VmTill) -> None:
    till.plug("twin")
    till.wait_badge("scanner", "missing")
    path = "/dev/input/by-path/platform-dummy_hcd.5-usb-0:1:1.0-event-kbd"
    assert path in till.badge("scanner")[1]
    till.scan(RICE)
    till.wait_lines("RICE-5KG")
    till.pull("twin")
    till.wait_badge("scanner", "ok")
