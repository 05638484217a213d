"""What a till and each device on the bench do together. The first line of a test is what its table says."""

from __future__ import annotations

from typing import Any

import pytest

from agent.sale import gtin
from drivers.display.encoding import fitted
from tests.hil.conftest import paper_of
from tests.real_devices.bench import Bench, Device

# A person takes time.
pytestmark = pytest.mark.timeout(900)

ONION = "ONION"


def heard_one(bench: Bench, scanner: Device, after: int) -> dict[str, Any]:
    """The one thing that a scanner has sent since."""
    [row] = bench.till.until(lambda: bench.heard(scanner, after), f"a label of {scanner.model}")
    return dict(row)


def sold_for_cash(bench: Bench) -> str:
    """A sale of one item; the number of its bill."""
    bench.till.press("item/add", sku="RICE-5KG")
    bench.till.press("tender/begin")
    due = bench.till.snapshot()["sale"]["totals"]["due_minor"]
    bench.till.press("tender/add", type="cash", amount_minor=due)
    return str(bench.till.press("sale/complete")["data"]["bill_number"])


@pytest.fixture(autouse=True)
def idle(bench: Bench) -> Any:
    """Each test begins without an open sale."""
    yield
    if bench.till.snapshot()["sale"]["phase"] != "idle":
        bench.till.press("sale/cancel", reason="test over")


def test_scanner_is_found(bench: Bench, scanner: Device) -> None:
    """found by its path."""
    bench.until_state(scanner, "ok")


def test_a_label_is_the_digits_under_the_bars(bench: Bench, scanner: Device) -> None:
    """a label, and the same again."""
    hands = bench.handled(scanner)
    for _ in range(2):
        after = bench.last_heard()
        digits = hands.scan(scanner.model)
        label = heard_one(bench, scanner, after)
        assert (label["kind"], label["label"].zfill(14)) == ("label", digits.zfill(14)), label
        assert gtin.is_valid(label["label"].zfill(14))


def test_the_kind_of_code_is_named(bench: Bench, scanner: Device) -> None:
    """AIM identifiers."""
    hands = bench.handled(scanner, "aim")
    after = bench.last_heard()
    hands.scan(scanner.model)
    assert heard_one(bench, scanner, after)["symbology_id"] in ("]E0", "]E4")


def test_a_scanner_that_was_pulled_is_back_by_itself(bench: Bench, scanner: Device) -> None:
    """cable pulled and put back."""
    hands = bench.handled(scanner, "cable")
    hands.pull(scanner.model)
    bench.until_state(scanner, "missing")
    hands.insert(scanner.model)
    bench.until_state(scanner, "ok")
    after = bench.last_heard()
    digits = hands.scan(scanner.model)
    assert heard_one(bench, scanner, after)["label"].zfill(14) == digits.zfill(14)


def test_printer_is_ready(bench: Bench, printer: Device) -> None:
    """found, and ready by its own word."""
    bench.needs(printer, "proof")
    bench.until_state(printer, "ok", "near_end")


def test_a_bill_is_proven_by_the_printer(bench: Bench, printer: Device) -> None:
    """a bill confirmed by the printer's own answer."""
    bench.needs(printer, "proof")
    number = sold_for_cash(bench)
    bench.till.until(lambda: paper_of(bench.till, number) == "confirmed", "the printer's proof", 60)


def test_a_bill_comes_out_once_and_whole(bench: Bench, printer: Device) -> None:
    """a receipt, whole and once."""
    hands = bench.handled(printer)
    number = sold_for_cash(bench)
    wanted = "confirmed" if "proof" in printer.can else "sent"
    bench.till.until(lambda: paper_of(bench.till, number) == wanted, f"the bill to be {wanted}", 60)
    assert hands.receipts(printer.model, number) == 1


def test_what_an_open_cover_held_comes_out_once(bench: Bench, printer: Device) -> None:
    """cover opened: told, held, printed once when it was closed."""
    hands = bench.handled(printer, "proof", "cover")
    hands.open_cover(printer.model)
    bench.until_state(printer, "cover_open")
    number = sold_for_cash(bench)
    bench.till.until(lambda: paper_of(bench.till, number) == "held", "the bill to be held", 60)
    hands.close_cover(printer.model)
    bench.till.until(lambda: paper_of(bench.till, number) == "confirmed", "the bill on paper", 60)
    assert hands.receipts(printer.model, number) == 1


def test_the_drawer_opens_with_a_cash_bill(bench: Bench, printer: Device) -> None:
    """the drawer, with a cash bill."""
    hands = bench.handled(printer, "drawer")
    hands.drawer_opened(printer.model)
    number = sold_for_cash(bench)
    bench.till.until(lambda: paper_of(bench.till, number) in ("confirmed", "sent"), "the bill on paper", 60)
    assert hands.drawer_opened(printer.model)


def test_scale_is_found(bench: Bench, scale: Device) -> None:
    """found, and answers."""
    bench.until_state(scale, "ok")


def test_goods_are_sold_by_what_the_scale_shows(bench: Bench, scale: Device) -> None:
    """a weight as it shows it, and none twice of one plate."""
    hands = bench.handled(scale, "weight")
    hands.empty(scale.model)
    shown = hands.weigh(scale.model)
    bench.till.press("item/add", sku=ONION)
    bench.till.until(lambda: bench.till.snapshot()["sale"]["lines"], "the weight", 60)
    [line] = bench.till.snapshot()["sale"]["lines"]
    assert line["qty_milli"] == shown
    bench.till.press("item/add", sku=ONION)
    bench.till.until(lambda: (bench.till.snapshot()["weigh"] or {}).get("sku") == ONION, "to be asked", 60)
    hands.empty(scale.model)


def test_display_is_found(bench: Bench, display: Device) -> None:
    """found."""
    bench.until_state(display, "ok")


def test_a_customer_reads_item_and_price(bench: Bench, display: Device) -> None:
    """item, price and total."""
    hands = bench.handled(display)
    bench.till.press("item/add", sku="TEA-250")
    sale, columns = bench.till.snapshot()["sale"], int(display.settings.get("columns", 20))
    [line] = sale["lines"]
    amount, total = (f"{minor / 100:.2f}" for minor in (line["amount_minor"], sale["totals"]["due_minor"]))
    shown = fitted(line["name"], amount, columns), fitted("Total", total, columns)
    assert hands.shows(display.model, shown)
