"""What is counted and what is measured."""

from __future__ import annotations

import pytest

from agent.sale.units import articles, is_known, is_measured, on_scale, unless_told, unlikely_milli


@pytest.mark.parametrize("unit", ["pcs", "", "bottle", "Nos", "pouch", "dozen", "a unit nobody has heard of"])
def test_every_unit_that_is_no_measure_is_counted(unit: str) -> None:
    assert (is_measured(unit), unless_told(unit), articles(unit, 3000)) == (False, 1000, 3000)


@pytest.mark.parametrize(
    "unit",
    [
        "kg",
        " KG ",
        "Litre",
        "gms",
        "sqft",
        "Kilogram",
        "kilo",
        "Kg.",
        "KGM",
        "GRM",
        "Ltr.",
        "pounds",
        "Ounce",
        "MLT",
        "CMS",
        "SQF",
        "KLR",
        "TON",
        "Sq. Ft.",
        "KGS-KILOGRAMS",
        "кг",
        "tola",
    ],
)
def test_what_is_measured_is_one_article_however_much(unit: str) -> None:
    assert (is_measured(unit), unless_told(unit), articles(unit, 3000)) == (True, 0, 1000)


def test_half_a_dozen_is_one_article() -> None:
    assert articles("dozen", 500) == 1000


@pytest.mark.parametrize(
    ("unit", "number"),
    [("pcs", 1000), ("Kg", 100), ("metre", 100), ("g", 10_000), (" GMS ", 10_000), ("ml", 10_000)],
)
def test_how_much_is_hardly_meant_depends_on_the_unit(unit: str, number: int) -> None:
    assert unlikely_milli(unit) == number * 1000


def test_units_nobody_has_heard_of_are_known_as_such() -> None:
    heard = ["", "pcs", "NOS", "Dozen", "kg", "MTR", "box", "UNT-UNITS"]
    assert [*map(is_known, heard)] == [True] * len(heard)
    assert not is_known("hogshead")


def test_a_scale_weighs_what_is_sold_by_its_unit_however_that_is_spelled() -> None:
    assert [*map(on_scale, ("Kilogram", "GRM", "Pounds", "oz.", "MLT"))] == ["kg", "g", "lb", "oz", ""]
