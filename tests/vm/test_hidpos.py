"""HID POS scanners on a kernel's own hidraw nodes: found by the rule, woken, unplugged."""

import pytest

from tests.vm.till import VmTill

pytestmark = pytest.mark.timeout(3600)

RICE, TEA = "8900000000012", "8900000000081"


def test_a_hid_pos_scanner_is_found_woken_read_and_back_after_its_cable(till: VmTill) -> None:
    node = till.machine.must("/usr/bin/readlink -f /dev/pos/hidpos-0c2e-0b87").strip()
    assert till.machine.must("stat --format=%G", node) == "pos-agent\n"
    # Honeywell's send no label before this feature report.
    assert till.machine.must("timeout 20 od -An -tx1 -N2 /dev/hidg1").split() == ["fe", "01"]
    till.scan(RICE, "hidpos")
    till.wait_lines("RICE-5KG")
    till.pull("hidpos")
    till.wait_badge("scanner", "missing")
    assert "hidpos" in till.badge("scanner")[1]
    till.insert("hidpos")
    took_s = till.wait_badge("scanner", "ok")
    print(f"back {took_s:.1f} s after the cable")  # noqa: T201
    till.scan(TEA, "hidpos")
    till.wait_lines("RICE-5KG", "TEA-250")
