"""Serial scanners on a kernel's own CDC-ACM ports: unplugged in mid-label, back under another number."""

import pytest

from tests.vm.till import VmTill

pytestmark = pytest.mark.timeout(3600)

RICE, TEA = "8900000000012", "8900000000081"


def test_half_a_label_from_a_pulled_port_sells_nothing_and_it_comes_back_under_another_number(
    till: VmTill,
) -> None:
    till.scan(RICE, "serial")
    till.wait_lines("RICE-5KG")
    till.send("serial", TEA[:8])
    till.pull("serial")
    till.wait_badge("scanner", "missing")
    assert "serial" in till.badge("scanner")[1]
    till.plug("modem")
    till.machine.until(lambda: till.machine.run("test -e /dev/ttyACM0").returncode == 0, "another ttyACM0")
    till.insert("serial")
    took_s = till.wait_badge("scanner", "ok")
    print(f"back {took_s:.1f} s after the cable")  # noqa: T201
    assert till.machine.must("readlink -f /dev/pos/serial-0c2e-0ca1") == "/dev/ttyACM1\n"
    till.scan(TEA, "serial")
    till.wait_lines("RICE-5KG", "TEA-250")
    assert till.counted("serial")["TornScanCount"] == 1


def test_a_cable_that_is_put_in_and_out_ten_times_leaves_a_port_that_scans(till: VmTill) -> None:
    for _ in range(10):
        till.pull("serial")
        till.insert("serial")
    till.wait_badge("scanner", "ok")
    till.scan(RICE, "serial")
    till.wait_lines("RICE-5KG")
