"""An item sold by weight: the scale's weight is sold by itself, and where it has none the cashier is
asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.counter.weighing import Told, Weight
from agent.language.sentence import Sentence
from agent.sale import events as e
from agent.sale.basket import Product
from agent.sale.units import in_unit, price_on_scale, weighable
from agent.till.answer import Answer
from tests.rig.label_desk import LabelDesk

ITEMS: dict[str, str | dict[str, str]] = {
    "TOM": {"gtins": "08900000000012", "unit": "kg"},
    "NUT": {"gtins": "08900000000029", "unit": "gm"},
    "OIL": {"gtins": "08900000000036", "unit": "ltr"},
    "RICE": "08900000000043",
}
TOM, NUT, OIL, RICE = (f"89000000000{end}" for end in ("12", "29", "36", "43"))


class Plate:
    """A scale that answers when the test has it answer, as on its own thread."""

    def __init__(self) -> None:
        self.there = True
        self.asked: list[tuple[Product, Told]] = []
        self.uses = 0

    def weighs(self, unit: str) -> bool:
        return weighable(unit, "kg")

    def weigh(self, product: Product, told: Told) -> Sentence | None:
        if not self.there:
            return Sentence("weighing.missing")
        self.asked.append((product, told))
        return None

    def used(self) -> None:
        self.uses += 1

    def says(self, told: Weight | Sentence) -> None:
        self.asked.pop(0)[1](told)


class ScaleDesk(LabelDesk):
    def __init__(self, directory: Path) -> None:
        self.scale = self.plate = Plate()
        super().__init__(directory, ITEMS)

    @property
    def notice(self) -> dict[str, Any]:
        return dict(self.board.part("notice"))

    @property
    def refused(self) -> list[tuple[str, str]]:
        return [(row["item"], row["code"]) for row in self.board.part("refused_scans")]

    def typed(self) -> list[dict[str, Any]]:
        """What the journal knows of weights that were typed."""
        query = "SELECT body FROM journal WHERE kind = 'weight-typed' ORDER BY n"
        return [json.loads(row[0]) for row in self.till.read(lambda tx: tx.execute(query).fetchall())]

    def add(self, sku: str, key: str = "", qty_milli: int | None = None) -> Answer:
        return self.cashier.add_item(sku, qty_milli, key)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ScaleDesk]:
    made = ScaleDesk(tmp_path / "store")
    yield made
    made.close()


def lines(desk: ScaleDesk) -> list[tuple[str, int, int]]:
    return [(one.product.sku, one.qty_milli, one.total_minor) for one in desk.open_sale.sale.live_lines]


def test_what_the_scale_shows_is_sold(desk: ScaleDesk) -> None:
    answer = desk.scan(TOM)
    assert (answer.ok, answer.code, lines(desk)) == (True, "weighing", [])
    desk.plate.says(Weight(1235, "kg"))
    assert lines(desk) == [("TOM", 1235, 0)]
    assert (desk.notice["code"], desk.notice["text"]) == ("weighed", "Item: 1.235 kg, as the scale shows.")
    assert desk.board.part("weigh") is None
    assert not desk.refused


def test_the_next_scan_does_not_wait_for_it(desk: ScaleDesk) -> None:
    desk.scan(TOM)
    assert desk.scan(RICE).ok
    desk.plate.says(Weight(500, "kg"))
    assert lines(desk) == [("RICE", 1000, 0), ("TOM", 500, 0)]


@pytest.mark.parametrize("why", ["motion", "zero", "overload", "under-zero", "silent", "unreadable"])
def test_without_a_weight_the_cashier_is_asked_and_told_why(desk: ScaleDesk, why: str) -> None:
    desk.scan(TOM)
    desk.plate.says(Sentence(f"weighing.{why}"))
    reason = desk.till.language.text(Sentence(f"weighing.{why}"))
    assert (desk.notice["code"], desk.notice["level"]) == ("weight-needed", "warn")
    assert desk.notice["text"] == f"{reason} Item is sold by kg: type how much."
    assert desk.board.part("weigh")["sku"] == "TOM"
    assert desk.refused == [("Item", "weight-needed")]
    assert not lines(desk)
    assert desk.add("TOM", qty_milli=700).ok
    assert lines(desk) == [("TOM", 700, 0)]


def test_without_a_scale_that_answers_the_question_comes_at_once(desk: ScaleDesk) -> None:
    desk.plate.there = False
    answer = desk.scan(TOM)
    assert (answer.ok, answer.code) == (False, "weight-needed")
    assert answer.text.startswith("The scale is not there. ")
    assert desk.refused == [("Item", "weight-needed")]


def test_what_no_scale_can_weigh_is_asked_as_ever(desk: ScaleDesk) -> None:
    answer = desk.scan(OIL)
    assert (answer.code, answer.text, desk.plate.asked) == (
        "weight-needed",
        "Item is sold by ltr: type how much.",
        [],
    )


def test_a_second_item_is_not_weighed_with_the_firsts_plate(desk: ScaleDesk) -> None:
    desk.scan(TOM)
    assert desk.scan(NUT).code == "weighing-busy"
    assert desk.refused == [("Item", "weighing-busy")]
    assert len(desk.plate.asked) == 1
    desk.plate.says(Weight(500, "kg"))
    assert lines(desk) == [("TOM", 500, 0)]
    assert desk.scan(NUT).ok
    desk.plate.says(Weight(250, "kg"))
    assert lines(desk) == [("TOM", 500, 0), ("NUT", 250_000, 0)]


@pytest.mark.parametrize("event", [e.TenderBegun(), e.Cancelled("gone")])
def test_a_weight_that_comes_after_the_sale_is_told_and_not_sold(desk: ScaleDesk, event: e.Event) -> None:
    desk.scan(RICE)
    desk.scan(TOM)
    assert desk.cashier.do(event, "").ok
    desk.plate.says(Weight(500, "kg"))
    assert "TOM" not in desk.sold
    assert (desk.notice["code"], desk.notice["level"]) == ("weighed-late", "error")
    assert desk.refused == [("Item", "weighed-late")]
    if isinstance(event, e.TenderBegun):
        assert desk.cashier.do(e.TenderBack(), "").ok
    assert desk.scan(TOM).code == "weighing"


def test_the_same_request_again_is_weighed_and_sold_once(desk: ScaleDesk) -> None:
    for _ in range(2):
        assert desk.add("TOM", "k").code == "weighing"
    desk.plate.says(Weight(500, "kg"))
    assert not desk.plate.asked
    assert desk.add("TOM", "k").ok
    assert (lines(desk), desk.plate.asked) == ([("TOM", 500, 0)], [])


def test_the_same_request_after_a_restart_is_sold_once(desk: ScaleDesk) -> None:
    desk.add("TOM", "k")
    desk.plate.says(Weight(500, "kg"))
    desk.reopen()
    desk.add("TOM", "k")
    while desk.plate.asked:
        desk.plate.says(Weight(700, "kg"))
    assert lines(desk) == [("TOM", 500, 0)]


def test_after_a_number_that_is_too_old_it_is_weighed_as_any(desk: ScaleDesk) -> None:
    """Once for the number and once for the item is asked under one key."""
    desk.cashier.times(3000, "t", sure=True)
    desk.at += timedelta(minutes=1)
    assert desk.add("TOM", "k").code == "weighing"
    desk.plate.says(Weight(500, "kg"))
    assert lines(desk) == [("TOM", 500, 0)]


def test_a_number_typed_before_it_is_asked_about_and_not_weighed(desk: ScaleDesk) -> None:
    desk.cashier.times(3000, "t", sure=True)
    assert desk.scan(TOM).code == "weight-needed"
    assert (desk.board.part("weigh")["qty_milli"], desk.plate.asked) == (3000, [])


def test_what_the_scale_reckons_is_what_it_costs(desk: ScaleDesk) -> None:
    desk.scan(TOM)
    desk.plate.says(Weight(1235, "kg", 1236))
    assert lines(desk) == [("TOM", 1235, 1236)]
    assert desk.open_sale.open_minor() == 1200


def test_a_weight_in_another_unit_is_asked_about(desk: ScaleDesk) -> None:
    desk.scan(TOM)
    desk.plate.says(Weight(1235, "lb"))
    assert (lines(desk), desk.notice["code"]) == ([], "weight-needed")


def test_the_journal_knows_a_weight_that_was_typed(desk: ScaleDesk) -> None:
    desk.add("TOM", qty_milli=700)
    desk.add("RICE", qty_milli=2000)
    desk.add("OIL", qty_milli=500)
    desk.cashier.typed(e.QuantitySet(1, 800), "", sure=True)
    told = [{name: one[name] for name in ("sku", "unit", "qty_milli", "line")} for one in desk.typed()]
    assert told == [
        {"sku": "TOM", "unit": "kg", "qty_milli": 700, "line": 0},
        {"sku": "TOM", "unit": "kg", "qty_milli": 800, "line": 1},
    ]
    desk.scan(TOM)
    desk.plate.says(Weight(500, "kg"))
    assert len(desk.typed()) == 2


def test_a_typed_weight_is_that_of_what_lies_on_the_scale(desk: ScaleDesk) -> None:
    """Left there, it is not the weight of the next item: picked with its weight, or asked about after a
    number."""
    desk.add("TOM", qty_milli=700)
    assert desk.plate.uses == 1
    desk.add("RICE", qty_milli=2000)
    desk.add("OIL", qty_milli=500)
    desk.cashier.typed(e.QuantitySet(1, 800), "", sure=True)
    assert desk.plate.uses == 1
    desk.cashier.times(3000, "t", sure=True)
    assert desk.scan(NUT).code == "weight-needed"
    assert desk.plate.uses == 1
    assert desk.add("NUT", qty_milli=300_000).ok
    assert desk.plate.uses == 2


def test_what_is_being_weighed_is_not_sold_by_a_typed_weight_too(desk: ScaleDesk) -> None:
    """An older question how much is answered while the scale, asked again, looks for its weight."""
    desk.scan(TOM)
    answer = desk.add("TOM", qty_milli=700)
    assert (answer.ok, answer.code, lines(desk), desk.typed()) == (False, "weighing-busy", [], [])
    desk.plate.says(Weight(500, "kg"))
    assert lines(desk) == [("TOM", 500, 0)]
    desk.scan(TOM)
    desk.plate.says(Sentence("weighing.motion"))
    assert desk.add("TOM", qty_milli=700).ok
    desk.scan(TOM)
    assert desk.cashier.do(e.Cancelled("gone"), "").ok
    assert desk.add("TOM", qty_milli=300).ok
    assert lines(desk) == [("TOM", 300, 0)]


def test_units_are_turned_into_each_other_only_without_a_rounding() -> None:
    assert in_unit(1235, "kg", "KGS") == 1235
    assert in_unit(1235, "kg", "gm") == 1_235_000
    assert in_unit(1_235_000, "g", "kg") == 1235
    assert in_unit(1_235_500, "g", "kg") == 0
    assert in_unit(1235, "lb", "lbs") == 1235
    assert in_unit(1235, "kg", "lb") == in_unit(1235, "kg", "ltr") == 0
    assert price_on_scale(1000, "kg", "kg") == 1000
    assert price_on_scale(2, "g", "kg") == 2000
    assert price_on_scale(1001, "kg", "g") == 0
    assert price_on_scale(1000, "lb", "kg") == 0
