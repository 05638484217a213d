"""The whole till with a scale on a wire: what is on its plate is on the bill, and a scale that fails fails
alone."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path

from agent.simulated.world import World
from drivers.simulated.scale import running
from tests.hil.conftest import lines, notice, run

ONION, RICE = "ONION", "8900000000012"


def scale_state(till: World) -> str:
    return str(till.snapshot()["badges"]["scale"]["state"])


def test_a_till_sells_by_its_scale(tmp_path: Path) -> None:
    link = tmp_path / "scale"
    settings = f'\n[scale]\npath = "{link}"\nprotocol = "cas"\nname = "counter scale"\nwait_ms = 1000\n'
    with running(link, "cas") as plate, World(tmp_path / "till", with_printer=False) as till:
        till.start(settings)
        till.until(lambda: scale_state(till) == "ok", "the scale to be there")
        till.press("item/add", sku=ONION)
        plate.put(1235, moving_s=0.2)
        till.scan(RICE)
        till.until(lambda: len(lines(till)) == 2, "both on the bill")
        sold = {one["sku"]: one["qty_milli"] for one in lines(till)}
        assert sold == {"RICE-5KG": 1000, ONION: 1235}
        assert notice(till, "weighed")["params"]["weight"] == "1.235"

        till.press("item/add", sku=ONION)
        asked = notice(till, "weight-needed")
        assert asked["text"].startswith("The scale was not empty since the last weight")
        assert till.snapshot()["weigh"]["sku"] == ONION
        till.press("item/add", sku=ONION, qty_milli=500)
        assert lines(till)[-1]["qty_milli"] == 500

        plate.put(0)
        time.sleep(1)
        plate.put(700, moving_s=30)
        till.press("item/add", sku=ONION)
        till.until(lambda: "come to rest" in notice(till, "weight-needed")["text"], "it to be asked about")
        till.press("item/add", sku=ONION, qty_milli=1500)
        plate.put(700)
        till.press("item/add", sku=ONION)
        till.until(lambda: till.snapshot()["weigh"] is not None, "the scale to be found not emptied")
        assert notice(till, "weight-needed")["text"].startswith("The scale was not empty")
        assert [one["qty_milli"] for one in lines(till)][-1] == 1500

        plate.faults.add("unplug")
        till.until(lambda: scale_state(till) == "missing", "the scale to be missed")
        status = run(till, "status")
        assert "counter scale is not plugged in" in status.stdout
        began = time.monotonic()
        answer = till.ask("POST", "/api/item/add", {"sku": ONION}, "k")
        assert (answer[0], answer[1]["code"]) == (409, "weight-needed")
        assert time.monotonic() - began < 3
        plate.faults.clear()
        till.until(lambda: scale_state(till) == "ok", "the scale to come back")
        store = sqlite3.connect(till.directory / "store" / "till.db")
        bodies = store.execute("SELECT body FROM journal WHERE kind = 'weight-typed'").fetchall()
        store.close()
        assert [json.loads(body)["qty_milli"] for (body,) in bodies] == [500, 1500]
