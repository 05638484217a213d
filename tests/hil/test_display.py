"""The whole till with a customer's display on a wire: it shows the sale, and a dead one costs nothing."""

from __future__ import annotations

import time
from pathlib import Path

from agent.simulated.world import World
from drivers.simulated.display import PluggedDisplay
from tests.hil.conftest import lines, scan_in

RICE = "8900000000012"


def test_a_customer_reads_along(tmp_path: Path) -> None:
    link = tmp_path / "display"
    settings = f'\n[display]\npath = "{link}"\nprotocol = "cd5220"\nkeep_s = 2\n'
    with (
        PluggedDisplay(link, "cd5220") as display,
        World(tmp_path / "till", with_printer=False) as till,
    ):
        till.start(settings)
        till.until(lambda: display.lines[0].strip() == "Training Store", "the shop's name")
        scan_in(till, RICE)
        till.until(lambda: display.lines == ("Kaveri Sona M 425.00", "Total         425.00"), "the item")
        till.press("tender/begin")
        till.press("tender/add", type="cash", amount_minor=50000)
        change = "Change         75.00"
        till.until(lambda: display.lines == ("Paid          500.00", change), "the change")
        till.press("sale/complete")
        till.until(lambda: display.lines == ("Total         425.00", change), "the bill")
        till.until(lambda: display.lines[0].strip() == "Training Store", "the shop's name again")
        display.faults.add("stop-reading")
        began = time.monotonic()
        for _ in range(5):
            till.press("item/add", sku="TEA-250")
        display.faults.add("unplug")
        till.until(lambda: till.snapshot()["badges"]["display"]["state"] == "missing", "it to be missed")
        till.press("item/add", sku="TEA-250")
        assert (len(lines(till)), time.monotonic() - began < 20) == (6, True)
        display.faults.clear()
        till.until(lambda: display.lines[1].startswith("Total"), "it to show the sale again")
