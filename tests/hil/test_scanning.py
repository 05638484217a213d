"""Scanner to bill over a real serial line: what is right is sold, everything else is refused aloud."""

from agent.simulated.world import World
from tests.hil.conftest import RICE, TEA, lines, notice, scan_in


def test_a_label_is_sold_with_its_price(till: World) -> None:
    scan_in(till, RICE)
    line = lines(till)[0]
    assert (line["gtin"], line["amount_minor"], line["qty_milli"]) == ("0" + RICE, 42500, 1000)


def test_a_label_with_a_wrong_check_digit_is_refused_and_changes_nothing(till: World) -> None:
    scan_in(till, RICE)
    before = till.snapshot()["sale"]
    till.scan(RICE[:-1] + "3")
    said = till.until(lambda: (n := till.snapshot()["notice"]) and n["level"] == "error" and n, "a refusal")
    assert said["text"]
    assert till.snapshot()["sale"] == before


def test_an_unknown_item_is_refused_by_name(till: World) -> None:
    till.scan("4006381333931")
    assert "4006381333931" in notice(till, "unknown-item")["text"]
    assert lines(till) == []


def test_binary_noise_on_the_line_is_reported_and_the_next_label_still_sells(till: World) -> None:
    till.scanner.wait_until_ready(10)
    till.scanner.send_bytes(bytes(range(256)) + b"\r")
    till.until(lambda: (n := till.snapshot()["notice"]) and n["level"] == "error", "the noise to be reported")
    scan_in(till, TEA)
    assert [line["sku"] for line in lines(till)] == ["TEA-250"]


def test_pulling_the_scanner_shows_and_plugging_it_in_again_goes_on(till: World) -> None:
    till.scanner.unplug()
    till.until(lambda: till.snapshot()["badges"]["scanner"]["state"] == "missing", "the badge to say so")
    till.scanner.replug()
    till.until(lambda: till.snapshot()["badges"]["scanner"]["state"] == "ok", "the scanner to be back")
    scan_in(till, RICE)


def test_a_scan_while_payment_is_open_is_refused_aloud(till: World) -> None:
    scan_in(till, RICE)
    till.press("tender/begin")
    till.scan(TEA)
    assert "Payment is open" in notice(till, "not-now")["text"]
    assert len(lines(till)) == 1


def test_a_weighed_label_sells_by_its_weight(till: World) -> None:
    digits = "210010101250"  # scale code 00101, 1.250 kg
    check = -sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10
    scan_in(till, f"{digits}{check}")
    line = lines(till)[0]
    assert (line["sku"], line["qty_milli"], line["amount_minor"]) == ("TOMATO", 1250, 5250)


def test_a_command_label_pays_and_completes_without_a_screen(till: World) -> None:
    scan_in(till, RICE)
    till.scan("CMD:PAY-CASH-EXACT")
    assert "Nothing was done" in notice(till, "command-label")["text"]
    till.scan(till.command_label("PAY-CASH-EXACT"))
    done = notice(till, "completed")
    assert "Bill" in done["text"]
    assert till.snapshot()["sale"]["phase"] == "idle"


def test_a_member_card_finds_its_member(till: World) -> None:
    scan_in(till, RICE)
    till.press("customer/search", kind="card", value="9900000000017")
    assert till.snapshot()["sale"]["customer"]["firstname"] == "Asha"
