"""Prices and discounts that need a supervisor's word: whatever way the sale comes to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.counter.overrides import Override, Overrides
from agent.sale import events as e
from agent.sale.basket import Discount
from agent.sale.pin_digest import pin_line
from agent.sale.totals import totals
from agent.till.answer import Answer
from agent.till.rights import NOBODY, Claim, Rights
from tests.rig.till import RICE, RigTill

LINE = pin_line("2468", b"sixteen of salt.")
MEERA = Claim("Meera", "2468", "session abc")
DEAR, CHEAP = replace(RICE, price_minor=450_000), replace(RICE, price_minor=50_000)


class Desk:
    """A till with a supervisor, whose cashier may take a tenth off."""

    def __init__(self, rig: RigTill) -> None:
        self.rig = rig
        self.rights = Rights(rig.till, {"Meera": LINE})
        self.overrides = Overrides(rig.till, rig.open_sale, self.rights, 1000)

    def __call__(self, event: Override, claim: Claim = NOBODY, key: str = "") -> str:
        return self.overrides.do(event, key, claim).code

    def scan(self, product: object = CHEAP, qty_milli: int = 1000) -> None:
        assert self.rig.open_sale.do(e.ItemAdded(product, qty_milli, product.price_minor)).ok  # type: ignore[attr-defined, arg-type]

    def due(self) -> int:
        return totals(self.rig.open_sale.sale, self.rig.open_sale.options.pricing).due_minor

    def allowed(self) -> int:
        query = "SELECT COUNT(*) FROM journal WHERE kind = 'allowed'"
        return int(self.rig.till.read(lambda tx: tx.execute(query).fetchone()[0]))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    rig = RigTill(tmp_path)
    yield Desk(rig)
    rig.close()


def test_a_fixed_discount_is_judged_again_when_its_line_gets_fewer(desk: Desk) -> None:
    """500 off 5,000 is a tenth; off the one that is left it is all."""
    desk.scan(qty_milli=10_000)
    assert desk(e.LineDiscounted(1, Discount(50_000, 0, "x"))) == ""
    due = desk.due()
    assert desk(e.QuantitySet(1, 1000)) == "needs-supervisor"
    assert desk.due() == due
    assert desk(e.QuantitySet(1, 11_000)) == ""
    assert desk(e.QuantitySet(1, 1000), MEERA) == ""
    assert (desk.due(), desk.allowed()) == (0, 1)


def test_a_fixed_discount_of_the_bill_is_judged_again_when_a_line_goes(desk: Desk) -> None:
    desk.scan(DEAR)
    desk.scan(CHEAP)
    assert desk(e.BillDiscounted(Discount(50_000, 0, "x"))) == ""
    due = desk.due()
    assert desk(e.LineVoided(1)) == "needs-supervisor"
    assert desk.due() == due
    assert desk(e.LineVoided(2)) == "needs-supervisor"  # 500 off 4,500 are more than a tenth
    assert desk(e.LineVoided(1), MEERA) == ""
    assert desk.due() == 0
    assert desk(e.LineRestored(1)) == ""


def test_a_label_that_voids_is_no_way_around(desk: Desk) -> None:
    """It comes to the sale without a claim."""
    desk.scan(CHEAP)
    desk.scan(DEAR)
    assert desk(e.BillDiscounted(Discount(50_000, 0, "x"))) == ""
    answer = desk.rig.open_sale.do(e.LineVoided(2))
    assert (answer.code, len(desk.rig.open_sale.sale.live_lines)) == ("needs-supervisor", 2)


def test_a_discount_given_while_a_line_was_void_counts_with_its_own_when_it_is_back(desk: Desk) -> None:
    desk.scan()
    desk.scan()
    assert desk(e.LineDiscounted(1, Discount(0, 1000, "x"))) == ""
    assert desk(e.LineVoided(1)) == ""
    assert desk(e.BillDiscounted(Discount(0, 1000, "x"))) == ""
    assert desk(e.LineRestored(1)) == "needs-supervisor"


def test_a_rate_off_the_bill_says_that_it_holds_for_what_is_scanned_later(desk: Desk) -> None:
    desk.scan()
    rate = e.BillDiscounted(Discount(0, 1250, "x"))
    told = desk.overrides.do(rate, "", NOBODY).text
    assert "12.5% off this bill" in told
    assert "what is scanned later" in told
    assert desk(rate, replace(MEERA, asked=told)) == ""
    assert "later" not in desk.overrides.do(e.BillDiscounted(Discount(50_000, 0, "x")), "", NOBODY).text


def test_goods_without_a_discount_need_nobody(desk: Desk) -> None:
    desk.scan(qty_milli=3000)
    desk.scan(DEAR)
    assert desk(e.BillDiscounted(Discount(0, 1000, "x"))) == ""
    events = (e.QuantitySet(1, 1000), e.QuantitySet(1, 9000), e.LineVoided(1), e.LineRestored(1))
    assert [desk(event) for event in events] == [""] * 4
    assert desk.allowed() == 0


def test_what_was_allowed_for_one_piece_is_not_allowed_for_fifty(desk: Desk) -> None:
    desk.scan()
    assert desk(e.PriceSet(1, 100, "x"), MEERA) == ""
    assert desk(e.QuantitySet(1, 50_000)) == "needs-supervisor"
    assert desk(e.QuantitySet(1, 50_000), MEERA) == ""
    assert desk(e.QuantitySet(1, 2000)) == ""
    desk.scan()
    assert desk(e.LineDiscounted(2, Discount(0, 10_000, "x")), MEERA) == ""
    assert desk(e.QuantitySet(2, 50_000)) == "needs-supervisor"


def test_two_small_discounts_at_once_are_judged_together(desk: Desk) -> None:
    """The second was looked at before the first was there."""
    desk.scan()
    second = e.BillDiscounted(Discount(0, 1000, "x"))
    answer = _meanwhile(desk, second, e.LineDiscounted(1, Discount(0, 1000, "x")))
    assert answer.code == "needs-supervisor"
    assert answer.data == {"right": "discount", "supervisors": ["Meera"]}
    assert desk.due() == 45_000


def test_a_price_for_a_line_that_is_only_being_scanned_is_asked_about(desk: Desk) -> None:
    """Refused at the first look, as there is no such line; then it is there."""
    desk.scan()
    scanned = e.ItemAdded(CHEAP, 1000, CHEAP.price_minor)
    assert _meanwhile(desk, e.PriceSet(2, 0, "x"), scanned).code == "needs-supervisor"
    assert desk.due() == 100_000


def test_a_word_is_for_the_sale_that_was_looked_at(desk: Desk) -> None:
    """Not for the one that another scan has made of it meanwhile."""
    desk.scan()
    scanned = e.ItemAdded(DEAR, 1000, DEAR.price_minor)
    half = e.BillDiscounted(Discount(0, 5000, "x"))
    assert _meanwhile(desk, half, scanned, MEERA).code == "sale-changed"
    assert desk.due() == 500_000


def test_a_word_is_for_what_the_supervisor_read(desk: Desk) -> None:
    """Half of 500 was on the screen; before the PIN was typed, 4,500 more were scanned."""
    desk.scan()
    half = e.BillDiscounted(Discount(0, 5000, "x"))
    read = desk.overrides.do(half, "", NOBODY).text
    desk.scan(DEAR)
    anew = desk.overrides.do(half, "", replace(MEERA, asked=read))
    assert (anew.code, "5,000.00" in anew.text) == ("needs-supervisor", True)
    assert (desk.due(), desk.allowed()) == (500_000, 0)
    assert desk(half, replace(MEERA, asked=anew.text)) == ""
    assert desk.due() == 250_000


def _meanwhile(desk: Desk, event: Override, other: e.Event, claim: Claim = NOBODY) -> Answer:
    """The other is committed between the look and the turn."""
    till, once = desk.rig.till, desk.rig.till.once

    def late(key: str, work: object) -> Answer:
        till.once = once  # type: ignore[method-assign]
        assert desk.rig.open_sale.do(other).ok
        return once(key, work)  # type: ignore[arg-type]

    till.once = late  # type: ignore[method-assign, assignment]
    return desk.overrides.do(event, "k", claim)
