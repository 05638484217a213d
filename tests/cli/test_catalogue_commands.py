"""`catalogue import` as a technician sees it: what a till will not sell by, and no flood of rows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.cli.app import app
from tests.rig.settings import shop_in
from tests.sale.label_checks import closed


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    shop_in(tmp_path)
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
    listed = (shop / "store" / "catalogue-problems.csv").read_text("utf-8-sig").splitlines()
    assert len(listed) == 50_002
    assert listed[0].startswith("line,field,found,")
    assert listed[-1].startswith("50002,tax_rate,much,")


def test_the_list_of_bad_rows_is_gone_once_there_are_none(shop: Path) -> None:
    listing = shop / "store" / "catalogue-problems.csv"
    assert run(shop, ["A,Rice,ten,5,"] * 21)[0] == 2
    assert listing.exists()
    assert run(shop, ["A,Rice,10,5,8900000000012"])[0] == 0
    assert not listing.exists()


def test_a_list_that_cannot_be_written_is_told_and_the_rows_are_imported(shop: Path) -> None:
    (shop / "store" / "catalogue-problems.csv" / "in the way").mkdir(parents=True)
    code, told = run(shop, [*["A,Rice,ten,5,"] * 21, "B,Tea,10,5,"], "--accept-good")
    assert code == 1
    assert "1 of 22 items imported" in told
    assert "could not be written" in told


def test_json_holds_every_bad_row(shop: Path) -> None:
    code, told = run(shop, [*["A,Rice,ten,5,"] * 30, "B,Te\u001ba,10,5,"], "--json", "--accept-good")
    found = json.loads(told.removesuffix("Nothing was changed. Mend the file: no item of it can be taken."))
    assert code == 2
    assert [row["line"] for row in found["bad"]][-2:] == [31, 32]
    assert len(found["bad"]) == 60
    assert (found["warned"], found["total"], found["accepted"]) == ([], 31, 0)


def test_what_a_file_holds_is_no_formula_in_the_list_of_its_problems(shop: Path) -> None:
    """A spreadsheet opens the list, and a formula may start programs."""
    code, _ = run(shop, [f"A{no},Rice,=cmd|'/C calc'!A0,5," for no in range(30)])
    listed = (shop / "store" / "catalogue-problems.csv").read_text("utf-8-sig").splitlines()
    assert (code, len(listed)) == (2, 31)
    assert "price,'=cmd|'/C calc'!A0," in listed[1]
