"""Labels as scanners really send them, over a real serial line: line breaks, form ends, stalls."""

from agent.simulated.world import World
from tests.hil.conftest import RICE, TEA, lines, notice, scan_in


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
