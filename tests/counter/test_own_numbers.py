"""Numbers a shop made up itself: what the catalogue lists letter by letter is sold."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from agent.sale.labels import LabelRules
from agent.store.catalogue_import import import_catalogue
from tests.rig.label_desk import LabelDesk
from tests.sale.label_checks import closed


def scanned(tmp_path: Path, items: dict[str, str], label: str, symbology_id: str = "") -> list[str] | str:
    """The SKUs sold by one scan, or the code of its refusal."""
    place = Path(tempfile.mkdtemp(dir=tmp_path))
    desk = LabelDesk(place / "store", items)
    answer = desk.scan(label, symbology_id)
    found = desk.sold
    desk.close()
    assert answer.ok == bool(found)
    return found or answer.code


@pytest.mark.parametrize("symbology_id", ["", "]A0", "]C0", "]Q1"])
@pytest.mark.parametrize(
    "own",
    ["12345678", "100000000123", "1234567890123", "00012345678901", "2024012571997", "96385074", "00000000"],
)
def test_the_shops_own_number_is_sold_as_the_catalogue_lists_it(
    tmp_path: Path, own: str, symbology_id: str
) -> None:
    assert scanned(tmp_path, {own: "", "OTHER": "8900000000012"}, own, symbology_id) == [own]


@pytest.mark.parametrize("own", ["12345678", "1234567890123"])
def test_a_damaged_ean_is_not_the_shops_own_number(tmp_path: Path, own: str) -> None:
    """An EAN symbol always closes with its check digit, so one that does not was hurt on its way."""
    assert scanned(tmp_path, {own: ""}, own, "]E4" if len(own) == 8 else "]E0") == "check_digit"


@pytest.mark.parametrize(
    "listed",
    [
        closed("200000000000"),
        closed("290000000123"),
        closed("020000000123"),
        closed("040000000123"),
        closed("2000123"),
        closed("00000000001"),
    ],
)
def test_a_restricted_number_is_sold_where_the_catalogue_lists_it(tmp_path: Path, listed: str) -> None:
    assert scanned(tmp_path, {"OWN": listed}, listed) == ["OWN"]


def test_a_label_that_was_read_before_is_sold_for_what_the_catalogue_says_now(tmp_path: Path) -> None:
    soap = closed("890123456789")
    desk = LabelDesk(tmp_path / "store", {"SOAP": soap})
    dearer = tmp_path / "dearer.csv"
    dearer.write_text(f"sku,name,price,tax_rate,gtins\nSOAP,Soap,12,5,{soap}\nSTONE,Stone,1,5,\n", "utf-8")
    assert desk.scan(soap).ok
    assert desk.scan(soap).ok
    assert not import_catalogue(dearer, desk.catalogue_path).bad
    assert desk.scan(soap).ok
    assert [line.unit_price_minor for line in desk.open_sale.sale.lines] == [1000, 1000, 1200]
    desk.close()


def test_a_voucher_is_not_sold_though_it_is_listed_as_a_gtin(tmp_path: Path) -> None:
    coupon, refund = closed("990123456789"), closed("980123456789")
    assert scanned(tmp_path, {"A": coupon, "B": refund}, coupon) == "coupon"
    assert scanned(tmp_path, {"A": coupon, "B": refund}, refund) == "refund"


def test_a_mask_comes_before_the_exact_number_and_the_exact_number_before_a_refusal(tmp_path: Path) -> None:
    weighed = closed("210004201250")
    desk = LabelDesk(tmp_path / "store", {"TOMATO": {"scale_code": "42", "unit": "kg"}, "BOX": weighed})
    assert desk.scan(weighed).ok
    assert desk.sold == ["TOMATO"]
    desk.close()
    assert scanned(tmp_path, {"BOX": weighed}, weighed) == ["BOX"]


def test_eight_digits_of_two_readings_are_the_one_the_catalogue_lists(tmp_path: Path) -> None:
    """01234565: as EAN-8 it is a restricted number, as UPC-E it stands for 012345000065."""
    assert scanned(tmp_path, {"CAN": "012345000065"}, "01234565") == ["CAN"]
    assert scanned(tmp_path, {"OWN": "01234565"}, "01234565") == ["OWN"]
    assert scanned(tmp_path, {"CAN": "012345000065", "OWN": "01234565"}, "01234565") == "ambiguous"
    assert scanned(tmp_path, {"OTHER": "8900000000012"}, "01234565") == "ambiguous"


@pytest.mark.parametrize(
    ("label", "listed"),
    [
        ("9780201379624 51995", "9780201379624"),
        ("978020137962451995", "9780201379624"),
        ("977123456789803", "9771234567898"),
    ],
)
def test_the_add_on_of_books_and_magazines_does_not_hide_them(
    tmp_path: Path, label: str, listed: str
) -> None:
    assert scanned(tmp_path, {"BOOK": listed}, label) == ["BOOK"]
    assert scanned(tmp_path, {"BOOK": "8900000000012"}, label) == "unknown-item"


def test_what_is_listed_nowhere_is_refused_as_before(tmp_path: Path) -> None:
    desk = LabelDesk(tmp_path / "store", {"RICE": "8900000000012"}, LabelRules())
    codes = [desk.scan(label).code for label in ("12345678", "1234567890123", closed("200000000000"), "X-1")]
    assert codes == ["check_digit", "check_digit", "restricted", "unknown-item"]
    assert desk.sold == []
    desk.close()
