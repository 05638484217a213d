"""Living and dying: kill -9, two agents on one store, a full disk, a wrong clock, requests sent twice."""

import subprocess
import sys

from agent.simulated.world import World
from tests.hil.conftest import RICE, TEA, lines, scan_in, sell


def test_a_sale_is_at_the_same_step_after_kill_9(till: World) -> None:
    scan_in(till, RICE, TEA)
    till.press("line/quantity", line=1, qty_milli=3000)
    till.press("sale/discount", minor=0, bp=1000, reason="Festival")
    till.press("tender/begin")
    till.press("tender/add", type="cash", amount_minor=10000)
    before = till.snapshot()["sale"]
    till.kill_agent()
    till.start_agent()
    assert till.snapshot()["sale"] == before


def test_a_second_agent_on_the_same_store_is_refused_in_words(till: World) -> None:
    command = [sys.executable, "-m", "agent.daemon", "--config", str(till.config)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "already owns the store" in done.stderr


def test_the_same_request_sent_twice_makes_one_bill_even_over_a_restart(till: World) -> None:
    scan_in(till, RICE)
    till.press("tender/begin")
    till.press("tender/add", type="cash", amount_minor=42500)
    first = till.press("sale/complete", key="press-1")
    again = till.press("sale/complete", key="press-1")
    till.kill_agent()
    till.start_agent()
    after = till.press("sale/complete", key="press-1")
    assert first["data"]["bill_number"] == again["data"]["bill_number"] == after["data"]["bill_number"]


def test_a_cancelled_sale_uses_no_number(till: World) -> None:
    first = sell(till, RICE)
    scan_in(till, RICE)
    till.press("sale/cancel", reason="Customer left")
    second = sell(till, RICE)
    assert int(second[-6:]) == int(first[-6:]) + 1


def test_commands_of_another_web_page_are_refused(till: World) -> None:
    import http.client

    port = int(till.page.rsplit(":", 1)[1].rstrip("/"))
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"Content-Type": "application/json", "Origin": "http://evil.example"}
    connection.request("POST", "/api/sale/cancel", "{}", headers)
    assert connection.getresponse().status == 403
    connection.close()
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/api/snapshot", headers={"Host": "evil.example"})
    assert connection.getresponse().status == 400
    connection.close()


def test_malformed_commands_change_nothing(till: World) -> None:
    scan_in(till, RICE)
    before = till.snapshot()["sale"]
    for form in ({}, {"line": "1", "qty_milli": 1000}, {"line": 1, "qty_milli": 1.5}, {"line": 1, "qty": 2}):
        assert till.ask("POST", "/api/line/quantity", form, "k")[0] == 422
    assert till.ask("POST", "/api/line/quantity", {"line": 9, "qty_milli": 1000}, "k")[0] == 409
    assert till.snapshot()["sale"] == before


def test_importing_a_catalogue_does_not_stop_selling(till: World, tmp_path: object) -> None:
    scan_in(till, RICE)
    till.pos("catalogue", "import", "--merge", str(_big_catalogue(tmp_path)))
    scan_in(till, TEA)
    till.press("item/add", sku="BULK-00042", qty_milli=1000)
    assert len(lines(till)) == 3


def _big_catalogue(place: object) -> object:
    from pathlib import Path

    file = Path(str(place)) / "bulk.csv"
    rows = [f"BULK-{n:05d},Bulk item {n},10.00,18,yes,1905,pcs" for n in range(5000)]
    file.write_text("sku,name,price,tax_rate,tax_inclusive,hsn,unit\n" + "\n".join(rows) + "\n")
    return file
