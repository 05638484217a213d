"""Importing over what is there: merging, and targets that may not be written over."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from agent.language.language import in_english
from agent.language.sentence import Sentence
from agent.store.catalogue import Catalogue
from agent.store.catalogue_file import claimed
from agent.store.catalogue_import import ImportRefused, import_catalogue
from agent.store.errors import StoreBusy, StoreForeign, StoreReadOnly, StoreTooNew
from tests.store.catalogue_source import GOOD, bring, problems


def test_merge_adds_and_replaces_and_keeps(tmp_path: Path) -> None:
    """After a merge: the new item, the changed one with only its new codes, and everything else as before."""
    bring(tmp_path, GOOD + "SET,Set,200,5,\n")
    more = "sku,name,price,tax_rate,gtins,parts\nTEA,Tea,150,5,8900000000098,\nBOX,Box,300,5,,combo:MUG:2\n"
    report = bring(tmp_path, more, mode="merge")
    assert (report.bad, report.accepted) == ((), 2)
    catalogue = Catalogue(tmp_path / "catalogue.db")
    assert catalogue.count() == 4
    tea, box = catalogue.by_gtin("08900000000098"), catalogue.by_sku("BOX")
    assert tea and tea.price_minor == 15000
    assert catalogue.by_gtin("08900000000081") is None
    assert box and box.parts[0].name == "Mug"


def test_merging_a_catalogue_into_itself_changes_nothing(tmp_path: Path) -> None:
    """Everything an item has survives being read back from the old catalogue."""
    full = (
        "sku,name,price,tax_rate,tax_inclusive,hsn,unit,gtins,scale_code,parent_sku,variant,parts\n"
        "A,Å,1.25,0.25,no,0902,g,8900000000098|8900000000081,7,P,b=2|a=1,\nB,B,2,5,,,,,,,,split:A:0.5:1.00|addon:A:1\n"
    )
    bring(tmp_path, full)
    before = {sku: Catalogue(tmp_path / "catalogue.db").by_sku(sku) for sku in "AB"}
    bring(tmp_path, "sku,name,price,tax_rate\nC,C,1,5\n", mode="merge")
    catalogue = Catalogue(tmp_path / "catalogue.db")
    assert {sku: catalogue.by_sku(sku) for sku in "AB"} == before
    scaled = catalogue.by_scale_code("007")
    assert scaled and scaled.sku == "A"


def test_merge_may_not_take_a_code_from_an_item_that_stays(tmp_path: Path) -> None:
    """One label never means two items; moving a code is fine when its old owner is in the file too."""
    bring(tmp_path, GOOD)
    thief = "sku,name,price,tax_rate,gtins\nNEW,New,1,5,8900000000081\n"
    report = bring(tmp_path, thief, mode="merge")
    assert problems(report) == [(2, "gtins")]
    assert "TEA" in in_english(report.bad[0].reason)
    assert bring(tmp_path, thief + "TEA,Tea,145,5,\n", mode="merge").bad == ()
    found = Catalogue(tmp_path / "catalogue.db").by_gtin("08900000000081")
    assert found and found.sku == "NEW"


def test_a_refused_row_gives_its_codes_back_to_the_old_item(tmp_path: Path) -> None:
    """If the row that would have freed a code is refused, the row that counted on it is refused as well."""
    bring(tmp_path, GOOD)
    content = "sku,name,price,tax_rate,gtins,parts\nNEW,New,1,5,8900000000081,\n"
    content += "TEA,Tea,145,5,,combo:NOPE\nOK,Ok,1,5,,\n"
    report = bring(tmp_path, content, mode="merge", accept_good=True)
    assert problems(report) == [(2, "gtins"), (3, "parts")]
    assert report.accepted == 1
    found = Catalogue(tmp_path / "catalogue.db").by_gtin("08900000000081")
    assert found and found.sku == "TEA"


def test_merge_refuses_other_money(tmp_path: Path) -> None:
    """Paise and whole yen are not added up in one catalogue."""
    bring(tmp_path, GOOD)
    with pytest.raises(StoreForeign, match="other units"):
        bring(tmp_path, GOOD.replace("99.50", "99"), mode="merge", currency_exponent=0)
    assert bring(tmp_path, GOOD, currency_exponent=0).bad[0].reason == Sentence(
        "row.decimals", count=0, wanted=Sentence("row.wanted.price")
    )


def test_a_newer_or_foreign_target_is_refused_untouched(tmp_path: Path) -> None:
    """No import writes over a file that is not an old catalogue of ours."""
    target = tmp_path / "catalogue.db"
    target.write_text("my notes")
    with pytest.raises(StoreForeign):
        bring(tmp_path, GOOD)
    assert target.read_text() == "my notes"
    target.unlink()
    bring(tmp_path, GOOD)
    connection = sqlite3.connect(target)
    connection.execute("PRAGMA user_version = 2")
    connection.close()
    newer = target.read_bytes()
    for mode in ("replace", "merge"):
        with pytest.raises(StoreTooNew, match="format 2"):
            bring(tmp_path, GOOD, mode=mode)
    assert target.read_bytes() == newer


def test_a_damaged_catalogue_can_be_replaced(tmp_path: Path) -> None:
    """Importing again is the cure the status text promises."""
    bring(tmp_path, GOOD)
    target = tmp_path / "catalogue.db"
    target.write_bytes(target.read_bytes()[:4096] + os.urandom(8192))
    assert bring(tmp_path, GOOD).accepted == 2
    assert Catalogue(target).by_sku("TEA")


def test_one_import_at_a_time(tmp_path: Path) -> None:
    """A second import says so at once and disturbs nothing."""
    with claimed(tmp_path / "catalogue.db"), pytest.raises(StoreBusy):
        bring(tmp_path, GOOD)
    assert bring(tmp_path, GOOD).accepted == 2


def test_trouble_with_the_files_is_said_in_words(tmp_path: Path) -> None:
    """Missing source, missing folder, unknown mode."""
    with pytest.raises(ImportRefused, match="it is not there"):
        import_catalogue(tmp_path / "nothing.csv", tmp_path / "catalogue.db")
    with pytest.raises(ImportRefused, match="mode 'append'"):
        bring(tmp_path, GOOD, mode="append")
    (tmp_path / "source.csv").write_text(GOOD)
    with pytest.raises(StoreReadOnly, match="it is not there"):
        import_catalogue(tmp_path / "source.csv", tmp_path / "no" / "catalogue.db")


def test_a_link_to_the_catalogue_stays_a_link(tmp_path: Path) -> None:
    """A catalogue kept on another medium is swapped there."""
    (tmp_path / "real").mkdir()
    (tmp_path / "catalogue.db").symlink_to(tmp_path / "real" / "catalogue.db")
    bring(tmp_path, GOOD)
    assert (tmp_path / "catalogue.db").is_symlink()
    assert Catalogue(tmp_path / "catalogue.db").count() == 2
