"""A weight nobody told is asked for, and what a person typed and hardly means is asked about."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.sale import events as e
from agent.sale.basket import TenderType
from agent.sale.labels import LabelRules
from agent.sale.refusals import Refused, check_quantity
from tests.rig.label_desk import LabelDesk
from tests.sale.label_checks import closed

SOAP, GRAPES = closed("890123456789"), closed("890123456790")
GOODS = {
    "SOAP": {"gtins": SOAP, "unit": "pcs"},
    "GRAPES": {"gtins": GRAPES, "scale_code": "00042", "unit": "kg"},
    "WIRE": {"unit": "m"},
    "SAFFRON": {"unit": "g"},
    "SYRUP": {"unit": "ml"},
    "RIBBON": {"unit": "cm"},
}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[LabelDesk]:
    made = LabelDesk(tmp_path / "store", GOODS, LabelRules(masks=("21IIIIIWWWWWC",)))
    yield made
    made.close()


def quantities(desk: LabelDesk) -> list[int]:
    return [line.qty_milli for line in desk.open_sale.sale.lines]


def test_nothing_weighs_a_kilogram_because_nobody_said_how_much(desk: LabelDesk) -> None:
    """Scanned or picked: asked in words, the page told what of, and nothing is sold."""
    asking = (
        (lambda: desk.scan(GRAPES), "GRAPES", "kg"),
        (lambda: desk.cashier.add_item("GRAPES", None, ""), "GRAPES", "kg"),
        (lambda: desk.cashier.add_item("WIRE", None, ""), "WIRE", "m"),
    )
    questions: list[str] = []
    for ask, sku, unit in asking:
        answer = ask()
        assert (answer.ok, answer.code) == (False, "weight-needed")
        assert answer.text == f"Item is sold by {unit}: type how much."
        wanted = {"sku": sku, "name": "Item", "unit": unit, "price_minor": 1000, "qty_milli": 0}
        told = dict(desk.board.part("weigh"))
        assert told.pop("id") not in questions
        assert told == wanted
        questions.append(desk.board.part("weigh")["id"])
        assert desk.board.part("notice")["code"] == "weight-needed"
    assert quantities(desk) == []


def test_what_is_weighed_is_asked_for_no_more_once_the_sale_goes_on(desk: LabelDesk) -> None:
    desk.scan(GRAPES)
    assert desk.cashier.add_item("GRAPES", 1250, "").ok
    assert desk.board.part("weigh") is None
    desk.scan(GRAPES)
    assert desk.scan(SOAP).ok
    assert desk.board.part("weigh") is None


def test_a_label_with_the_weight_in_it_and_a_told_one_count(desk: LabelDesk) -> None:
    assert desk.scan(closed("210004201250")).ok
    assert desk.scan(f"010{GRAPES}3103000455", "]d2").ok
    assert desk.cashier.add_item("GRAPES", 1000, "").ok
    assert desk.cashier.add_item("SOAP", None, "").ok
    assert desk.scan(SOAP).ok
    assert quantities(desk) == [1250, 455, 1000, 1000, 1000]


def test_a_weight_is_not_asked_for_while_the_sale_is_being_paid(desk: LabelDesk) -> None:
    assert desk.scan(SOAP).ok and desk.open_sale.do(e.TenderBegun()).ok
    assert desk.scan(GRAPES).code == "not-now"
    assert desk.board.part("weigh") is None


def cash(desk: LabelDesk, minor: int, *, sure: bool = False, key: str = "") -> str:
    return desk.cashier.typed(e.TenderAdded(TenderType.CASH, minor), key, sure=sure).code


def test_cash_that_nobody_means_is_taken_once_it_is_confirmed(desk: LabelDesk) -> None:
    """10.00 and a barcode typed as the amount. Twice under one key is once."""
    assert desk.scan(SOAP).ok and desk.open_sale.do(e.TenderBegun()).ok
    answer = desk.cashier.typed(e.TenderAdded(TenderType.CASH, 8_900_042_700), "", sure=False)
    assert answer.code == "unlikely"
    assert answer.text == (
        "Cash 89,000,427.00, and 89,000,417.00 change? If that is right, confirm it once more."
    )
    assert desk.open_sale.sale.tenders == ()
    for _ in range(2):
        assert cash(desk, 8_900_042_700, sure=True, key="press-1") == ""
    assert len(desk.open_sale.sale.tenders) == 1


@pytest.mark.parametrize(
    ("minor", "asked"), [(1000, False), (50_000, False), (200_000, False), (251_000, True)]
)
def test_notes_that_people_have_are_not_asked_about(desk: LabelDesk, minor: int, asked: bool) -> None:
    assert desk.scan(SOAP).ok and desk.open_sale.do(e.TenderBegun()).ok
    assert (cash(desk, minor, key="press-1") == "unlikely") == asked
    if not asked:
        # The answer that was lost is given again, though nothing is to pay any more.
        assert cash(desk, minor, key="press-1") == ""


def test_quantities_that_nobody_means_are_asked_about(desk: LabelDesk) -> None:
    add, typed = desk.cashier.add_item, desk.cashier.typed
    assert add("SOAP", 999_000, "", sure=False).ok
    assert add("SOAP", 4_011_000, "", sure=False).code == "unlikely"
    assert add("GRAPES", 100_000, "", sure=False).text == (
        "100 kg of Item? If that is right, confirm it once more."
    )
    assert typed(e.QuantitySet(1, 4_011_000), "", sure=False).code == "unlikely"
    assert typed(e.QuantitySet(1, 4_011_000), "", sure=True).ok
    assert quantities(desk) == [4_011_000]


@pytest.mark.parametrize(
    ("sku", "number", "asked"),
    [
        ("GRAPES", 99, False),
        ("GRAPES", 100, True),
        ("WIRE", 100, True),
        ("SAFFRON", 100, False),
        ("SAFFRON", 750, False),
        ("SAFFRON", 10_000, True),
        ("SYRUP", 5000, False),
        ("SYRUP", 89_012, True),
        ("RIBBON", 250, False),
        ("RIBBON", 10_000, True),
    ],
)
def test_a_hundred_of_a_small_unit_is_no_strange_quantity(
    desk: LabelDesk, sku: str, number: int, asked: bool
) -> None:
    """A hundred kilograms are hardly meant, a hundred grams are a usual purchase."""
    assert (desk.cashier.add_item(sku, number * 1000, "", sure=False).code == "unlikely") == asked
    if not asked:
        assert (desk.cashier.typed(e.QuantitySet(1, number * 1000), "", sure=False).ok) is True


@pytest.mark.parametrize(
    ("minor", "asked"), [(990, False), (1_000_000, False), (1_000_001, True), (9_638_507_400, True)]
)
def test_a_barcode_typed_as_a_price_is_asked_about(desk: LabelDesk, minor: int, asked: bool) -> None:
    assert desk.scan(SOAP).ok
    answer = desk.cashier.typed(e.PriceSet(1, minor, "x"), "", sure=False)
    assert (answer.code == "unlikely") == asked
    assert desk.cashier.typed(e.PriceSet(1, minor, "x"), "", sure=True).ok


@pytest.mark.parametrize("unit", ["nos", "PCS", "bottle", "pack", "box", "hogshead"])
def test_what_is_counted_is_sold_in_whole_pieces_whatever_it_is_called(unit: str) -> None:
    """Or a thousandth of a piece were a way round the right to set prices."""
    with pytest.raises(Refused):
        check_quantity(1, unit)
    check_quantity(2000, unit)
    check_quantity(1, "Kgs.")
