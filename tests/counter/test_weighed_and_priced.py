"""A label of a scale: the line has the weight in the unit of the goods, and where the label says a price,
costs what it says."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from agent.counter.overrides import Overrides
from agent.loyalty.calls.bill_lines import line_body
from agent.sale import events as e
from agent.sale.basket import Bill, Line
from agent.sale.invoice import receipt, to_text
from agent.sale.pin_digest import pin_line
from agent.sale.ticket_text import NBSP
from agent.store import bills
from agent.till.answer import Answer
from agent.till.rights import NOBODY, Claim, Rights
from tests.loyalty.conftest import options_for
from tests.rig.label_desk import LabelDesk
from tests.sale.invoice_sample import SHOP
from tests.sale.label_checks import closed

NUMBER = "08900000000012"
GS = "\x1d"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[LabelDesk]:
    made = LabelDesk(tmp_path / "store", {"TOM": {"gtins": NUMBER, "unit": "kg"}, "BOX": "08900000000029"})
    yield made
    made.close()


def label(grams: int, price_minor: int, number: str = NUMBER) -> str:
    return f"]C101{number}3103{grams:06d}3922{price_minor}{GS}10LOT"


def line(desk: LabelDesk) -> Line:
    return desk.open_sale.sale.live_lines[-1]


def bill(desk: LabelDesk) -> Bill:
    desk.label_key.renew()
    assert desk.scan(desk.command("PAY-CASH-EXACT")).ok
    found = desk.till.read(lambda tx: bills.load_to_work_with(tx, desk.completed[-1].bill_id))
    assert found
    return found


@pytest.mark.parametrize(("grams", "price"), [(1234, 15235), (1234, 1234), (37, 999), (12_345, 1), (1, 7)])
def test_the_line_has_the_weight_and_costs_what_the_label_says(
    desk: LabelDesk, grams: int, price: int
) -> None:
    assert desk.scan(label(grams, price)).ok
    assert (line(desk).product.unit, line(desk).qty_milli) == ("kg", grams)
    sold = bill(desk).lines[0]
    assert (sold.qty_milli, sold.unit, sold.gross_minor, sold.amount_minor) == (grams, "kg", price, price)
    told = line_body(options_for(), sold)
    assert (float(told["qty"]), float(told["amount"])) == (grams / 1000, price / 100)


def test_the_catalogues_price_stands_where_it_comes_to_the_labels(desk: LabelDesk) -> None:
    """10.00 the kilogram; another price of the label is told as what a kilogram of it costs."""
    assert desk.scan(label(1234, 1234)).ok
    assert line(desk).unit_price_minor == 1000
    assert desk.scan(label(1234, 15235)).ok
    assert line(desk).unit_price_minor == 12346


@pytest.mark.parametrize(
    ("grams", "price", "printed", "rate"),
    [
        (25_000, 100_033, "25 kg x about 40.01", "40.0132"),
        (1234, 15_235, "1.234 kg x 123.46", "123.46"),
        (1234, 1234, "1.234 kg x 10.00", "10.00"),
        (12_345, 1, "12.345 kg x about 0.00", "0.001"),
    ],
)
def test_a_unit_price_that_is_rounded_says_so_on_paper_and_is_told_exactly(
    desk: LabelDesk, grams: int, price: int, printed: str, rate: str
) -> None:
    assert desk.scan(label(grams, price)).ok
    sold = bill(desk)
    text = to_text(receipt(sold, SHOP, columns=48), 48).replace(NBSP, " ")
    assert printed in text
    told = line_body(options_for(), sold.lines[0])
    assert (told["rate"], told["value"]) == (Decimal(rate), Decimal(price) / 100)
    assert round(told["rate"] * told["qty"], 2) == told["value"]


def test_another_quantity_or_price_is_no_longer_the_labels(desk: LabelDesk) -> None:
    for event in (e.QuantitySet(1, 2000), e.PriceSet(2, 500, "bruised")):
        assert desk.scan(label(1234, 15235)).ok
        assert desk.cashier.do(event, "").ok
    assert [one.gross_minor for one in bill(desk).lines] == [24692, 617]


def test_a_restart_keeps_the_labels_price(desk: LabelDesk) -> None:
    assert desk.scan(label(12_345, 1)).ok
    desk.reopen()
    assert bill(desk).lines[0].gross_minor == 1


def test_what_is_sold_by_the_piece_stays_a_pack(desk: LabelDesk) -> None:
    assert desk.scan(label(1234, 15235, "08900000000029")).ok
    assert (line(desk).product.unit, line(desk).qty_milli, line(desk).unit_price_minor) == (
        "pack",
        1000,
        15235,
    )


OF_THE_SCALE, OF_GS1 = closed("210004201250"), f"]C101{NUMBER}3103001250"


def unit_desk(tmp_path: Path, unit: str) -> LabelDesk:
    item = {"gtins": NUMBER, "scale_code": "42", "unit": unit}
    return LabelDesk(tmp_path / "store", {"ITEM": item})


@pytest.mark.parametrize("text", [OF_THE_SCALE, OF_GS1])
@pytest.mark.parametrize(
    ("unit", "quantity"), [("kg", 1250), ("KGS", 1250), ("g", 1_250_000), ("gms", 1_250_000)]
)
def test_a_labels_weight_is_sold_in_the_unit_of_the_goods(
    tmp_path: Path, text: str, unit: str, quantity: int
) -> None:
    """1.250 kg of what costs 10.00 a gram is 1,250 g, and not one and a quarter."""
    desk = unit_desk(tmp_path, unit)
    assert desk.scan(text).ok
    sold = bill(desk).lines[0]
    assert (sold.qty_milli, sold.unit, sold.gross_minor) == (quantity, unit, quantity)
    desk.close()


@pytest.mark.parametrize("text", [OF_THE_SCALE, OF_GS1])
@pytest.mark.parametrize("unit", ["lb", "qtl", "l", "m", "pcs", "bunch"])
def test_a_labels_weight_says_nothing_of_goods_sold_by_another_unit(
    tmp_path: Path, text: str, unit: str
) -> None:
    desk = unit_desk(tmp_path, unit)
    answer = desk.scan(text)
    assert (answer.ok, answer.code, desk.sold) == (False, "weight", [])
    assert answer.text.startswith(f"The label tells a weight, and Item is sold by {unit}.")
    (kept,) = desk.board.part("refused_scans")
    assert (kept["item"], kept["code"]) == ("Item", "weight")
    desk.close()


def test_a_price_that_was_typed_as_a_label_needs_a_word(desk: LabelDesk) -> None:
    """Any item at any price could be sold so. What a scanner reads, and what costs what the catalogue says,
    needs none."""
    rights = Rights(desk.till, {"Meera": pin_line("2468", b"sixteen of salt.")})
    overrides = Overrides(desk.till, desk.open_sale, rights)
    typed = f"]C101{NUMBER}39221"

    def scan(text: str, claim: Claim = NOBODY) -> Answer:
        return desk.labels.scan(text, key="k", priced=partial(overrides.typed_price, "", claim))

    answer = scan(typed)
    assert (answer.code, answer.data["right"]) == ("needs-supervisor", "price")
    assert not desk.open_sale.sale.lines
    assert scan(typed, Claim("Meera", "2468", "session x", answer.text)).ok
    assert line(desk).unit_price_minor == 1
    assert desk.labels.scan(typed, device="front").ok
    as_listed = desk.labels.scan(
        label(1000, 1000), key="l", priced=partial(overrides.typed_price, "", NOBODY)
    )
    assert as_listed.ok
