"""Labels as scanners really send them, over a real serial line: line breaks, form ends, stalls."""

import time

import pytest

from agent.simulated.world import World
from tests.hil.conftest import RICE, TEA, lines, notice, scan_in


@pytest.fixture(autouse=True)
def _a_moment_between_two_tests() -> None:
    """The same label once more within it is a double trigger, whichever test showed it first."""
    time.sleep(0.35)


def test_a_code_of_several_lines_is_one_label_and_sells_none_of_them(till: World) -> None:
    till.scanner.wait_until_ready(10)
    till.scanner.send_bytes(f"]Q1Offer\r{RICE}\rtoday only\r\n".encode())
    assert "several lines" in notice(till, "control_character")["text"]
    till.scanner.send_bytes(b"Offer\rtoday only\r\n")
    scan_in(till, TEA)
    assert [line["sku"] for line in lines(till)] == ["TEA-250"]


def test_labels_that_end_with_cr_and_tab_are_sold(till: World) -> None:
    till.scanner.wait_until_ready(10)
    till.scanner.send_bytes(f"{RICE}\r\t{TEA}\r\t{RICE}\t\r{TEA}\t\r".encode())
    till.until(lambda: len(lines(till)) == 4, "four labels to be sold")
    assert [line["gtin"] for line in lines(till)] == ["0" + RICE, "0" + TEA] * 2


def test_a_stall_inside_a_label_sells_neither_half(till: World) -> None:
    till.scanner.wait_until_ready(10)
    till.scanner.send_bytes(RICE[:5].encode())
    assert "never came" in notice(till, "torn-scan")["text"]
    till.scanner.send_bytes(f"{RICE[5:]}\r".encode())
    till.until(lambda: "rest of the label" in till.snapshot()["notice"]["text"], "the rest to be refused")
    scan_in(till, RICE)
    assert len(lines(till)) == 1


def test_a_trigger_that_fires_twice_sells_once_and_is_told(till: World) -> None:
    scan_in(till, TEA)
    till.scanner.send_bytes(f"{RICE}\r".encode())
    till.until(lambda: len(lines(till)) == 2, "the first")
    till.scanner.send_bytes(f"{RICE}\r".encode())
    assert "counted once" in notice(till, "repeated-scan")["text"]
    time.sleep(0.35)
    till.scanner.send_bytes(f"{RICE}\r".encode())
    till.until(lambda: len(lines(till)) == 3, "a second one, shown on purpose")


def test_of_labels_handed_over_in_one_go_every_refused_one_can_be_listed(till: World) -> None:
    till.scanner.wait_until_ready(10)
    labels = [TEA, RICE] * 8 + ["8900000000013", "NO-SUCH", "4006381333931", TEA]
    till.scanner.send_bytes("".join(f"{label}\r" for label in labels).encode())
    till.until(lambda: len(lines(till)) == 17, "the others to be sold")
    told = till.snapshot()["refused_scans"][:3]
    assert [one["label"] for one in told] == ["4006381333931", "NO-SUCH", "8900000000013"]
    listed = till.pos("scan", "refused")
    assert all(word in listed for word in ("NO-SUCH", "4006381333931", "0013"))
