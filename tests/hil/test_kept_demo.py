"""A demo that is kept: what its user is told is enough to scan, to be a supervisor and to read a code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.cli.demos import scan_typed, ways
from agent.cli.output import text
from agent.simulated.shopper import MEMBER, RICE
from agent.simulated.world import SUPERVISOR, SUPERVISOR_PIN, World, supervised


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "demo") as world:
        world.start(supervised())
        yield world


def test_what_is_told_of_a_kept_demo_is_so(kept: World) -> None:
    told = "\n".join(map(text, ways(kept)))
    assert all(one in told for one in (kept.start_page, RICE, SUPERVISOR, SUPERVISOR_PIN, kept.cloud_page))
    said: list[object] = []
    scan_typed(kept, ["\n", f"{RICE}\n"], said.append)
    (line,) = kept.until(lambda: kept.snapshot()["sale"]["lines"], "what was typed to be scanned")
    assert (line["gtin"], said) == (RICE.zfill(14), [])
    price = {"line": line["no"], "price_minor": 1, "reason": "damaged"}
    status, answer = kept.ask("POST", "/api/line/price", price, "no word")
    assert (status, answer["code"]) == (409, "needs-supervisor")
    by = {"supervisor": SUPERVISOR, "pin": SUPERVISOR_PIN}
    assert kept.ask("POST", "/api/line/price", price | by, "a word")[0] == 200
    kept.press("customer/search", kind="mobile", value=MEMBER)
    kept.press("points/otp", points_milli=1000)
    (sent,) = [row for row in kept.cloud("ledger")["otps"] if str(row["mobile"]).endswith(MEMBER)]
    assert str(sent["code"]) in _page(kept.cloud_page)


def test_a_label_that_no_scanner_can_read_is_told(tmp_path: Path) -> None:
    said: list[object] = []
    scan_typed(World(tmp_path), [RICE], said.append)
    assert len(said) == 1


def _page(address: str) -> str:
    from urllib.request import urlopen

    with urlopen(address) as answer:
        return str(answer.read().decode())
