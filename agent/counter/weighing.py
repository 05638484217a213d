"""Goods sold by weight: the scale is asked first, and where it has no weight to sell by, the cashier.

Nobody waits for the scale: it is asked on its own thread, and what it says comes in a turn of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from agent.counter.doubts import quantity_text
from agent.counter.not_now import NOT_NOW
from agent.counter.open_sale import OpenSale
from agent.language.sentence import Sentence
from agent.sale import events as e
from agent.sale.basket import Phase, Product
from agent.sale.entry import EntryMethod, with_quantity
from agent.sale.refusals import Refused
from agent.sale.units import in_unit
from agent.till.answer import Answer
from agent.till.till import Till

_SELLING = (Phase.IDLE, Phase.SELLING)


@dataclass(frozen=True, slots=True)
class Weight:
    """What the scale shows: thousandths of its unit. amount_minor: what it reckons the goods to cost, if it
    does."""

    milli: int
    unit: str
    amount_minor: int | None = None


Told = Callable[[Weight | Sentence], None]


class Scale(Protocol):
    """The till's scale. weighs: whether goods of a unit can be weighed on it. weigh: has told called once, in
    a while, on another thread, with a weight or with why there is none; or says why at once. used: what lies
    on it was sold otherwise, so that no weight is told before it was empty."""

    def weighs(self, unit: str) -> bool: ...
    def weigh(self, product: Product, told: Told) -> Sentence | None: ...
    def used(self) -> None: ...


class NoScale:
    """What a till without one has: nothing is weighed on it."""

    def weighs(self, unit: str) -> bool:  # noqa: ARG002
        return False

    def weigh(self, product: Product, told: Told) -> Sentence | None:  # noqa: ARG002
        return Sentence("weighing.missing")

    def used(self) -> None:
        pass


@dataclass(frozen=True, slots=True)
class _Question:
    """How much? was asked of the cashier, behind this line of this sale."""

    event: e.ItemAdded
    sale_id: str
    line: int


@dataclass(frozen=True, slots=True)
class _Asked:
    event: e.ItemAdded
    sale_id: str
    key: str
    later: Callable[[Answer], object]


class Weighing:
    """One item is weighed at a time: two scanned at once have one plate between them."""

    def __init__(self, till: Till, sale: OpenSale, scale: Scale | None = None) -> None:
        self._till = till
        self._sale = sale
        self._scale = scale or NoScale()
        self._asked: _Asked | None = None
        self._questions: dict[str, _Question] = {}

    def ask(self, event: e.ItemAdded, later: Callable[[Answer], object], key: str) -> Answer:
        """How much of it? Within a turn. The scale is asked about goods it can weigh, and its weight sold
        when it comes; of others the cashier. later: told of a refusal that comes after this answer."""
        product, sale = event.product, self._sale.sale
        if sale.phase not in _SELLING or not self._scale.weighs(product.unit):
            return self.how_much(event)
        if self._asked:
            waits = self._asked.event.product.name
            return self._till.refuse(Sentence("weighing-busy", name=product.name, other=waits))
        asked = self._asked = _Asked(event, sale.id, key, later)
        if why := self._scale.weigh(product, lambda told: self._told(asked, told)):
            self._asked = None
            return self.how_much(event, why=why)
        return self._till.say(Sentence("weighing", name=product.name), "info")

    def how_much(self, event: e.ItemAdded, typed_milli: int = 0, why: Sentence | None = None) -> Answer:
        """The cashier is asked. Within a turn. why: what the scale has against it."""
        product, sale = event.product, self._sale.sale
        if sale.phase not in _SELLING:
            return self._till.refuse(NOT_NOW[sale.phase])
        question = self._sale.new_id()
        of_sale = {name: one for name, one in self._questions.items() if one.sale_id == sale.id}
        self._questions = {**of_sale, question: _Question(event, sale.id, len(sale.lines))}
        asked = Sentence("weight-needed", name=product.name, unit=product.unit)
        if why:
            asked = Sentence("weight-needed.why", why=why, name=product.name, unit=product.unit)
        fields = {"id": question, "sku": product.sku, "name": product.name, "unit": product.unit}
        self._till.say(
            asked, "warn", weigh=fields | {"price_minor": product.price_minor, "qty_milli": typed_milli}
        )
        return self._till.refusal(asked)

    def answered(self, question: str, product: Product) -> e.ItemAdded:
        """What was asked about by this id, to be sold by the answer. Within a turn. Refused where it was sold
        since, by another answer or by the scale; of another sale; and of another run of the till."""
        asked, sale = self._questions.get(question), self._sale.sale
        if asked is None or asked.sale_id != sale.id or asked.event.product.sku != product.sku:
            raise Refused("question-over", name=product.name)
        if any(line.product.sku == product.sku for line in sale.lines[asked.line :]):
            raise Refused("question-over", name=product.name)
        return asked.event

    def by_hand(self, event: e.Event) -> None:
        """A person types how much. Within a turn: of goods that the scale could have weighed the journal
        knows it, before they are sold, and what lies on the plate is not weighed for the next. Refused while
        the scale is asked about the same item, which would be sold by both."""
        match event:
            case e.ItemAdded(product=product, qty_milli=qty_milli):
                asked = self._asked
                if asked and (asked.event.product.sku, asked.sale_id) == (product.sku, self._sale.sale.id):
                    raise Refused("weighing-busy.typed", name=product.name)
                line = 0
            case e.QuantitySet(line=line, qty_milli=qty_milli):
                found = next((one.product for one in self._sale.sale.live_lines if one.no == line), None)
                if found is None:
                    return
                product = found
            case _:
                return
        if self._scale.weighs(product.unit):
            told = {"sku": product.sku, "unit": product.unit, "qty_milli": qty_milli, "line": line}
            self._till.note("weight-typed", {"sale_id": self._sale.sale.id} | told)
            if not line:
                self._scale.used()

    # --- on the scale's thread ----------------------------------------------------------------------

    def _told(self, asked: _Asked, told: Weight | Sentence) -> None:
        answer = self._till.once("", lambda: self._weighed(asked, told))
        if not answer.ok:
            asked.later(answer)

    def _weighed(self, asked: _Asked, told: Weight | Sentence) -> Answer:
        self._asked = None
        product, sale = asked.event.product, self._sale.sale
        if sale.id != asked.sale_id or sale.phase not in _SELLING:
            raise Refused("weighed-late", name=product.name)
        if isinstance(told, Sentence):
            return self.how_much(asked.event, why=told)
        milli = in_unit(told.milli, told.unit, product.unit)
        if not milli:
            return self.how_much(asked.event, why=Sentence("weighing.other-unit"))
        entry = with_quantity(asked.event.entry, EntryMethod.WEIGHED)
        event = replace(asked.event, qty_milli=milli, total_minor=told.amount_minor or 0, entry=entry)
        weight = quantity_text(told.milli)
        done = Sentence("weighed", name=product.name, weight=weight, unit=told.unit)
        # Its own key: the first answer to the request's was that the scale is asked.
        return self._sale.do(event, f"{asked.key}:weighed" if asked.key else "", done)
