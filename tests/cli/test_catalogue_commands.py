"""`catalogue import` as a technician sees it: what a till will not sell by, and no flood of rows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.cli.app import app
from tests.sale.label_checks import closed

SETTINGS = """
store = "{directory}/store"
[shop]
name = "Shop"
[till]
store_code = "S1"
till_code = "T1"
bill_prefix = "S1T1"
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "agent.toml").write_text(SETTINGS.format(directory=tmp_path), "utf-8")
    return tmp_path


def run(shop: Path, rows: list[str], *options: str) -> tuple[int, str]:
    source = shop / "items.csv"
    source.write_text("\n".join(["sku,name,price,tax_rate,gtins", *rows]), "utf-8")
    done = CliRunner().invoke(
        app, ["catalogue", "import", str(source), "--config", str(shop / "agent.toml"), *options]
    )
    return done.exit_code, " ".join(done.output.split())


def test_a_coupon_among_the_gtins_is_told_with_its_line(shop: Path) -> None:
    code, told = run(shop, ["A,Rice,10,5,8900000000012", f"B,Coupon,10,5,{closed('990123456789')}"])
    assert code == 1
    assert "always be refused" in told
    assert closed("990123456789") in told
    assert run(shop, ["A,Rice,10,5,8900000000012"])[0] == 0


def test_a_listed_number_of_the_shops_own_is_told_and_well(shop: Path) -> None:
    code, told = run(shop, [f"A,Rice,10,5,{closed('200000000000')}"])
    assert (code, "because it is listed" in told) == (0, True)
    _, told = run(shop, [f"A,Rice,10,5,{closed('200000000000')}"], "--json")
    assert [row["line"] for row in json.loads(told)["warned"]] == [2]


def test_fifty_thousand_bad_rows_are_summed_up(shop: Path) -> None:
    rows = [f"SKU-{number},Item,ten,5," for number in range(50_000)]
    code, told = run(shop, [*rows, "LAST,Item,10,much,"])
    assert code == 2
    assert len(told) < 6_000
    assert "50000 in price, lines 2 to 50001" in told
    assert "1 in tax_rate, line 50002" in told
