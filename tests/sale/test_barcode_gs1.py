"""GS1 element strings: items, weights and prices, and what a till must not read into them."""

from __future__ import annotations

import pytest

from agent.language.language import in_english
from agent.sale.barcode import ItemLabel, MeasuredLabel, Refused, decode
from tests.sale.label_checks import closed, refused

GS = "\x1d"
ITEM = "0108901030867569"


@pytest.mark.parametrize("symbology_id", ["]C1", "]d2", "]Q3", "]e0", ""])
def test_a_gs1_label_is_its_item(symbology_id: str) -> None:
    """In any GS1 symbology, or unnamed with FNC1 in front: the item, with lot and expiry at hand."""
    label = f"{GS if not symbology_id else ''}{ITEM}1727123110LOT-7{GS}21A1"
    found = decode(label, symbology_id)
    assert found == ItemLabel(
        "08901030867569",
        label,
        (("01", "08901030867569"), ("17", "271231"), ("10", "LOT-7"), ("21", "A1")),
    )


@pytest.mark.parametrize(
    ("label", "weight", "price"),
    [
        (ITEM + "3103001250", 1250, None),
        (ITEM + "3100000002", 2000, None),
        (ITEM + "3105125050", 1251, None),
        (ITEM + "3105125049", 1250, None),
        (ITEM + "392312990", None, 1299),
        (ITEM + f"39221299{GS}10A", None, 1299),
        (ITEM + "3920130", None, 13000),
        (ITEM + "39323561299", None, 1299),
        (ITEM + f"3103001250392212{GS}10A", 1250, 12),
        ("01" + closed("9890103086756") + "3103001250", 1250, None),
    ],
)
def test_weight_and_price_of_gs1_labels(label: str, weight: int | None, price: int | None) -> None:
    found = decode(label, "]C1")
    assert isinstance(found, MeasuredLabel)
    assert (found.item_code, found.weight_milli, found.price_minor) == (label[2:16], weight, price)
    assert not isinstance(found.weight_milli or found.price_minor, float)


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("0108901030867568", "check_digit"),
        (ITEM + "3103000000", "weight"),
        (ITEM + "3920000", "price"),
        (ITEM + "39331299", "currency"),
        (ITEM + "39328401299", "currency"),
        (ITEM + "39231299", "price"),
        (ITEM + "3153001250", "measure"),
        (ITEM + "3203001250", "measure"),
        (ITEM + "3012", "count"),
        (ITEM + "17261331", "gs1"),
        (ITEM + "10" + "L" * 21, "gs1"),
        (ITEM + "10" + "L" * 20 + "3103001250", "gs1"),
        (ITEM + "31030012503102001250", "gs1"),
        (ITEM + "0108901030867552", "gs1"),
        (ITEM + "9", "gs1"),
        (ITEM + "393312", "gs1"),
        ("00106141412345678908", "no_item"),
        ("02089010308675693710", "no_item"),
        ("10LOT", "no_item"),
        ("2550614141123452", "coupon"),
        ("01" + closed("9890103086756"), "weight"),
        ("01" + closed("0990123456789") + "3103001250", "coupon"),
        ("01" + closed("0230123456789") + "3103001250", "restricted"),
        ("01\u0660" + "8901030867569", "gs1"),
    ],
)
def test_gs1_labels_that_cannot_be_sold_by(label: str, code: str) -> None:
    assert refused(label, "]C1") == code


def test_a_pallet_or_a_case_is_told_from_a_label_of_no_item_at_all() -> None:
    for label, words in (
        ("00106141412345678908", "a pallet or a case"),
        ("02089010308675693710", "a pallet or a case"),
        ("10LOT", "without an item"),
    ):
        found = decode(label, "]C1")
        assert isinstance(found, Refused)
        assert words in in_english(found.sentence)


def test_a_price_in_a_web_address_is_in_the_shops_currency() -> None:
    found = decode("https://id.gs1.org/01/08901030867569?3922=1299")
    assert isinstance(found, MeasuredLabel)
    assert found.price_minor == 1299
    assert refused("https://id.gs1.org/01/08901030867569?3932=8401299") == "currency"


def test_a_lost_separator_hides_nothing_but_the_lot() -> None:
    """Without GS the lot swallows what follows: it is taken as the lot, never as a weight."""
    found = decode(ITEM + "10A3103001250", "]C1")
    assert found == ItemLabel(
        "08901030867569", ITEM + "10A3103001250", (("01", "08901030867569"), ("10", "A3103001250"))
    )


@pytest.mark.parametrize(
    "label",
    [
        "(01)08901030867569(3103)001250",
        "https://id.gs1.org/01/08901030867569?3103=001250",
        "01089010308675693103001250",
    ],
)
def test_gs1_written_in_other_ways(label: str) -> None:
    """With brackets as under the bars, as a Digital Link, and from a scanner that names no symbology."""
    found = decode(label)
    assert isinstance(found, MeasuredLabel)
    assert (found.item_code, found.weight_milli) == ("08901030867569", 1250)


@pytest.mark.parametrize(
    "label",
    [
        "0108901030867569" + "8200https://shop.example/01/08901030867569",
        "0108901030867569" + "10LOT7\x1d" + "8200http://shop.example",
        "(01)08901030867569(8200)https://shop.example/p",
    ],
)
@pytest.mark.parametrize("symbology_id", ["]C1", "]d2", ""])
def test_a_web_address_inside_the_string_makes_it_no_digital_link(label: str, symbology_id: str) -> None:
    found = decode(label, symbology_id)
    assert isinstance(found, ItemLabel), found
    assert found.gtin14 == "08901030867569"
    assert dict(found.elements)["8200"].startswith("http")
