"""Looking things up: what a scan finds, and that a new catalogue is noticed while the till sells."""

from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path

import pytest

from agent.language.language import in_english
from agent.sale.basket import BundlePart
from agent.store.catalogue import APPLICATION_ID, Catalogue
from agent.store.catalogue_import import import_catalogue

HEAD = "sku,name,price,tax_rate,tax_inclusive,hsn,unit,gtins,scale_code,parent_sku,variant,parts\n"
ROWS = (
    "TEA,Nilgiri Tea,145,5,yes,0902,pcs,8900000000081|8900000000098,,,,\n"
    "MUG,Tea Mug,99.50,12,no,6912,pcs,89000427,,CUP,size=L|colour=Blue,\n"
    "TOM,टमाटर,42,0,yes,0702,kg,,00101,,,\n"
    "ZES,Zesty Tea,99,5,,,,,,,,\n"
    "SET,Breakfast,230,18,,2106,,8900000000319,,,,combo:TEA:1|addon:MUG:2:99.50\n"
)


def imported(folder: Path, rows: str = ROWS) -> Path:
    source = folder / "source.csv"
    source.write_text(HEAD + rows, encoding="utf-8")
    report = import_catalogue(source, folder / "catalogue.db")
    assert report.bad == ()
    return folder / "catalogue.db"


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(imported(tmp_path))


def test_every_code_of_an_item_finds_it(catalogue: Catalogue) -> None:
    """Both codes of the tea sell tea, and the line records the one that was scanned."""
    first, second = catalogue.by_gtin("08900000000081"), catalogue.by_gtin("08900000000098")
    assert first and second
    assert (first.sku, first.name, first.price_minor, first.tax_bp) == ("TEA", "Nilgiri Tea", 14500, 500)
    assert (first.gtin, second.gtin) == ("08900000000081", "08900000000098")
    found = catalogue.by_sku("TEA")
    assert found and found.gtin == "08900000000081"


def test_a_short_code_and_all_fields(catalogue: Catalogue) -> None:
    """An EAN-8 is found with or without its zeros; tax, variant and parent arrive as written."""
    mug = catalogue.by_gtin("89000427")
    assert mug == catalogue.by_gtin("00000089000427")
    assert mug
    assert (mug.tax_inclusive, mug.hsn, mug.parent_sku, mug.price_minor) == (False, "6912", "CUP", 9950)
    assert mug.variant == (("size", "L"), ("colour", "Blue"))


def test_what_is_not_there_is_none(catalogue: Catalogue) -> None:
    """An unknown label, an empty one, and text no catalogue can hold."""
    assert catalogue.by_gtin("08900000000999") is None
    assert catalogue.by_sku("") is None
    assert catalogue.by_sku("half \ud800 a character") is None
    assert catalogue.by_scale_code("999") is None


def test_a_scale_label_with_or_without_zeros(catalogue: Catalogue) -> None:
    """The scale prints 00101, a spreadsheet keeps 101: both are the tomatoes."""
    for code in ("00101", "101"):
        product = catalogue.by_scale_code(code)
        assert product and (product.name, product.unit) == ("टमाटर", "kg")


def test_a_bundle_brings_its_parts_with_their_names(catalogue: Catalogue) -> None:
    """Parts are in the order of the file, named as their items are."""
    bundle = catalogue.by_gtin("08900000000319")
    assert bundle
    assert bundle.parts == (
        BundlePart("combo", "TEA", "Nilgiri Tea", 1000),
        BundlePart("addon", "MUG", "Tea Mug", 2000, 9950),
    )


@pytest.mark.parametrize(
    ("text", "skus"),
    [
        ("tea", ["MUG", "TEA", "ZES"]),
        ("TEA nil", ["TEA"]),
        ("ｔｅａ", ["MUG", "TEA", "ZES"]),
        ("blue", ["MUG"]),
        ("टमाटर", ["TOM"]),
        ("890000000008", ["TEA"]),
        ("%", []),
        ("", []),
        ("tea coffee", []),
    ],
)
def test_search(catalogue: Catalogue, text: str, skus: list[str]) -> None:
    """Every word must be somewhere; names that begin with the first lead; case and width do not matter."""
    assert [product.sku for product in catalogue.search(text)] == skus


def test_search_is_bounded(catalogue: Catalogue) -> None:
    """A limit is kept, an absurd one or an absurd text is no error."""
    assert len(catalogue.search("e", 1)) == 1
    assert catalogue.search("tea", 0) == []
    assert len(catalogue.search("tea", 10**30)) == 3
    assert catalogue.search("x " * 10_000) == []


def test_no_file_is_an_empty_catalogue_that_says_so(tmp_path: Path) -> None:
    """A till without a catalogue starts, finds nothing and knows why; an import is enough to go on."""
    catalogue = Catalogue(tmp_path / "catalogue.db")
    assert catalogue.by_sku("TEA") is None
    assert catalogue.search("tea") == []
    assert catalogue.count() == 0
    assert catalogue.status().state == "missing"
    imported(tmp_path)
    assert catalogue.by_sku("TEA")
    assert (catalogue.status().state, catalogue.count()) == ("ok", 5)


def test_a_swapped_file_is_noticed_at_the_next_lookup(tmp_path: Path) -> None:
    """New prices hold from the first scan after the import, also when the file went away in between."""
    path = imported(tmp_path)
    catalogue = Catalogue(path)
    assert catalogue.by_sku("TEA")
    imported(tmp_path, "TEA,Nilgiri Tea,150,5,,,,8900000000081,,,,\n")
    tea = catalogue.by_sku("TEA")
    assert tea and tea.price_minor == 15000
    assert catalogue.count() == 1
    path.unlink()
    assert catalogue.by_sku("TEA") is None
    assert catalogue.status().state == "missing"


def test_a_newer_or_foreign_or_damaged_file_is_not_used(tmp_path: Path) -> None:
    """Each is an empty catalogue with its own reason, and is left as it is."""
    path = imported(tmp_path)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    catalogue = Catalogue(path)
    assert catalogue.by_sku("TEA") is None
    assert catalogue.status().state == "too_new"
    assert "99" in in_english(catalogue.status().sentence)

    path.write_text("sku,name\n" * 100)
    assert catalogue.by_sku("TEA") is None
    assert catalogue.status().state == "foreign"

    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE sale (id)")
    connection.close()
    assert catalogue.status().state == "foreign"

    path.unlink()
    imported(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + os.urandom(len(whole) - 4096))
    assert catalogue.by_sku("TEA") is None
    assert catalogue.by_gtin("08900000000081") is None
    assert catalogue.status().state == "damaged"
    path.unlink()
    imported(tmp_path)
    assert catalogue.by_sku("TEA")


def test_a_file_that_cannot_be_opened_is_tried_again(tmp_path: Path) -> None:
    """Trouble that passes (here: a directory in the way) does not need a new import."""
    path = tmp_path / "catalogue.db"
    path.mkdir()
    catalogue = Catalogue(path)
    assert catalogue.by_sku("TEA") is None
    assert catalogue.status().state == "unreadable"
    path.rmdir()
    imported(tmp_path)
    assert catalogue.by_sku("TEA")


def test_close_lets_go_and_the_next_lookup_opens_again(catalogue: Catalogue) -> None:
    """Closing is safe twice and at any time."""
    assert catalogue.by_sku("TEA")
    catalogue.close()
    catalogue.close()
    assert catalogue.by_sku("TEA")
    catalogue.close()


def test_the_file_says_what_it_is(tmp_path: Path) -> None:
    """Format marks of the file, which other programs go by."""
    head = imported(tmp_path).read_bytes()[:100]
    assert int.from_bytes(head[68:72], "big") == APPLICATION_ID
    assert int.from_bytes(head[60:64], "big") == 1


def test_selling_goes_on_while_catalogues_are_swapped(tmp_path: Path) -> None:
    """Two threads look up without pause over ten imports: never an error, never a gap, old price then new."""
    filler = "".join(f"X{i},Filler {i},1,0,,,,,,,,\n" for i in range(300))
    catalogue = Catalogue(imported(tmp_path, "TEA,Tea,100,5,,,,8900000000081,,,,\n" + filler))
    stop = threading.Event()
    seen: list[list[int]] = [[], []]
    trouble: list[BaseException | None] = []

    def scan(prices: list[int]) -> None:
        while not stop.is_set():
            try:
                product = catalogue.by_gtin("08900000000081")
            except Exception as error:  # noqa: BLE001 - whatever it is, the test reports it
                trouble.append(error)
                return
            price = product.price_minor if product else -1
            if not prices or prices[-1] != price:
                prices.append(price)

    threads = [threading.Thread(target=scan, args=(prices,)) for prices in seen]
    for thread in threads:
        thread.start()
    try:
        for price in range(101, 111):
            imported(tmp_path, f"TEA,Tea,{price},5,,,,8900000000081,,,,\n" + filler)
            found = catalogue.by_sku("TEA")
            assert found and found.price_minor == price * 100
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert trouble == []
    for prices in seen:
        assert prices == sorted(prices)
        assert set(prices) <= {price * 100 for price in range(100, 111)}
    catalogue.close()
