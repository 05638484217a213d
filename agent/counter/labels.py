"""What a scanned label does: sells, finds a member, redeems, commands; or is refused aloud."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

from agent.counter.cashier import Cashier
from agent.counter.refused_scans import Names, RefusedScans
from agent.language.sentence import Sentence
from agent.sale import barcode, money
from agent.sale import events as e
from agent.sale.basket import Product, TenderType
from agent.sale.entry import Entry, EntryMethod, with_quantity
from agent.sale.listed import listed_readings
from agent.sale.units import in_unit, on_scale, unless_told
from agent.till.answer import Answer

log = logging.getLogger("agent.counter")

_REMEMBERED = 512
_MOST_COPIES = 3
"""Of one bill, by labels: a scanner left on one must not empty the roll."""


class ShelfStatus(Protocol):
    """Whether there is a catalogue to look in: state "ok", or sentence says why not."""

    @property
    def state(self) -> str: ...
    @property
    def sentence(self) -> Sentence: ...


class Shelf(Protocol):
    """The catalogue, as far as labels need it."""

    def status(self) -> ShelfStatus: ...
    def by_gtin(self, gtin14: str) -> Product | None: ...
    def by_sku(self, sku: str) -> Product | None: ...
    def by_scale_code(self, code: str) -> Product | None: ...


class CommandKey(Protocol):
    """What tells the till's own command labels from everybody's."""

    @property
    def made(self) -> bool: ...
    def proves(self, command: str, proof: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class _Shown:
    """A label, by which scanner ("" for none), by which request, and for which sale ("" for the open one)."""

    text: str
    symbology_id: str
    key: str
    device: str
    sale_id: str


class Labels:
    """Decodes labels and says the right verb of the cashier. Its methods run on the scanner's thread (or the
    page's): they return when the event is on disk."""

    def __init__(
        self,
        cashier: Cashier,
        shelf: Shelf,
        rules: barcode.LabelRules,
        aside: Callable[[Callable[[], Any]], None],
        key: CommandKey,
        refused: RefusedScans,
    ) -> None:
        self._cashier = cashier
        self._shelf = shelf
        self._rules = rules
        self._aside = aside
        self._key = key
        self._refused = refused
        self._items: dict[tuple[str, str], barcode.ItemLabel] = {}

    def scan(
        self,
        text: str,
        symbology_id: str = "",
        key: str = "",
        device: str = "",
        sale_id: str = "",
        *,
        priced: Callable[[e.ItemAdded], Answer | None] = lambda _: None,
    ) -> Answer:
        """One label. Anything that is not sure to be right is refused and changes nothing; what the catalogue
        lists as it stands is sure. device: the scanner's name. sale_id: the sale that is meant, where one
        typed it; priced: why an item may then not have the price that the label says."""
        shown, cashier = _Shown(text, symbology_id, key, device, sale_id), self._cashier
        if other := cashier.other_sale(sale_id, key):
            return self._keep(text, other, device, symbology_id)
        label = self._decoded(text, symbology_id)
        if not isinstance(label, barcode.Goods):
            cashier.without_times()
        match label:
            case barcode.MemberCard() as card:
                meant = sale_id or cashier.open_sale()
                return self._later(shown, lambda: cashier.search("card", card.number, key, meant))
            case barcode.CouponLabel() as coupon:
                meant = sale_id or cashier.open_sale()
                return self._later(shown, lambda: cashier.coupon(coupon.code, key, sale_id=meant))
            case barcode.BillLabel() as bill:
                answer = cashier.describe_bill(bill.number)
            case barcode.CommandLabel() as command:
                obeyed = partial(self._command, command, shown)
                answer = cashier.in_sale(sale_id, key, obeyed)
            case goods:
                answer = self._goods(goods, shown, priced)
        return answer if answer.ok else self._keep(text, answer, device, symbology_id)

    def torn(self, reason: str, device: str = "", arrived: str = "") -> Answer:
        """A scan that arrived damaged; what did arrive of it."""
        return self._refused.add(
            self._without_proof(arrived), self._cashier.refuse(Sentence("torn-scan", reason=reason)), device
        )

    def repeated(self, text: str, device: str = "") -> Answer:
        """The same label once more, sooner than anybody shows a second one: it is told, and does nothing."""
        return self._keep(text, self._cashier.passed_over(Sentence("repeated-scan")), device)

    def set_aside(self, text: str, symbology_id: str, device: str, why: Sentence) -> Answer:
        """A label that is not even looked at, such as one of a scanner that is being tried."""
        return self._keep(text, self._cashier.refuse(why), device, symbology_id)

    def _decoded(self, text: str, symbology_id: str) -> barcode.Label:
        """As barcode.decode, remembered of an item's bare number alone: of a label that may name a person
        nothing stays here."""
        if known := self._items.get((text, symbology_id)):
            return known
        label = barcode.decode(text, symbology_id, self._rules)
        if isinstance(label, barcode.ItemLabel) and not label.elements:
            if len(self._items) >= _REMEMBERED:
                self._items.clear()
            self._items[text, symbology_id] = label
        return label

    def _keep(self, text: str, answer: Answer, device: str, symbology_id: str = "") -> Answer:
        goods = barcode.only_goods(text, symbology_id, self._rules)
        names: Names = "goods" if goods else "anybody"
        return self._refused.add(self._without_proof(text), answer, device, names)

    def _without_proof(self, text: str) -> str:
        """A label as it may be kept: of an order to the till never what proves it, whole or torn."""
        before, order, after = text.partition(self._rules.command_prefix)
        return before + order + after.partition(":")[0]

    def _goods(
        self,
        goods: barcode.Goods,
        shown: _Shown,
        priced: Callable[[e.ItemAdded], Answer | None],
    ) -> Answer:
        entry = Entry(EntryMethod.SCANNED if shown.device else EntryMethod.KEYED, shown.device)
        label = shown.text
        if isinstance(goods, barcode.MeasuredLabel) and (product := self._weighed(goods)):
            weighed = _weighed(product, goods, label, entry)
            if isinstance(weighed, Sentence):
                return _named(product, self._cashier.refuse(weighed))
            return priced(weighed) or self._sell(weighed, shown, packed=True)
        if product := self._read(goods) or self._listed(label, shown.symbology_id):
            told = unless_told(product.unit)
            event = e.ItemAdded(product, told, product.price_minor, label, entry=entry)
            return self._sell(event, shown, packed=False)
        if isinstance(goods, barcode.Refused):
            return self._cashier.refuse(goods.sentence)
        if isinstance(goods, barcode.MeasuredLabel):
            return self._unknown(Sentence("unknown-item.scale", code=goods.item_code))
        return self._unknown(Sentence("unknown-item.label", label=label))

    def _read(self, goods: barcode.Goods) -> Product | None:
        match goods:
            case barcode.ItemLabel():
                return self._shelf.by_gtin(goods.gtin14)
            case barcode.SkuLabel():
                return self._shelf.by_sku(goods.sku)
            case _:
                return None

    def _listed(self, label: str, symbology_id: str) -> Product | None:
        """The one item that the catalogue lists for any other reading of the label."""
        found = {
            product.sku: product
            for reading in listed_readings(label, symbology_id)
            if (product := self._read(reading))
        }
        return next(iter(found.values())) if len(found) == 1 else None

    def _weighed(self, measured: barcode.MeasuredLabel) -> Product | None:
        return self._shelf.by_scale_code(measured.item_code) or self._shelf.by_gtin(measured.item_code)

    def _sell(self, event: e.ItemAdded, shown: _Shown, *, packed: bool) -> Answer:
        cashier, key = self._cashier, shown.key

        def later(answer: Answer) -> None:
            self._keep(shown.text, _named(event.product, answer), shown.device, shown.symbology_id)

        def sold() -> Answer:
            return cashier.scanned(event, key, packed=packed, later=later)

        return _named(event.product, cashier.in_sale(shown.sale_id, key, sold))

    def _unknown(self, sentence: Sentence) -> Answer:
        status = self._shelf.status()
        if status.state != "ok":
            return self._cashier.refuse(Sentence("no-catalogue", why=status.sentence))
        return self._cashier.refuse(sentence)

    def _command(self, label: barcode.CommandLabel, shown: _Shown) -> Answer:
        cashier, key = self._cashier, shown.key
        if not self._key.made:
            return cashier.refuse(Sentence("command-label.off"))
        if not self._key.proves(label.command, label.proof):
            return cashier.refuse(Sentence("command-label.foreign"))
        return cashier.commanded(label.command, shown.device, key, lambda: self._obey(label.command, shown))

    def _obey(self, command: str, shown: _Shown) -> Answer:
        cashier, key = self._cashier, shown.key
        match command:
            case "PAY-CASH-EXACT":
                return cashier.pay_exact(TenderType.CASH, "", key)
            case "VOID-LAST":
                return cashier.void_last(key)
            case "REPRINT":
                return cashier.reprint_last(key, _MOST_COPIES)
            case _:
                return cashier.refuse(Sentence("unknown-command", command=command))

    def _later(self, shown: _Shown, work: Callable[[], Answer]) -> Answer:
        """Questions take up to their budget: the scanner must not wait for them."""

        def asked() -> None:
            answer = work()
            if not answer.ok:
                self._refused.add(shown.text, answer, shown.device, "customer")

        self._aside(asked)
        return self._cashier.asking()


def _named(product: Product, answer: Answer) -> Answer:
    """Of an item that was known and not sold, the cashier wants the name and not the number."""
    return answer if answer.ok else replace(answer, data={**answer.data, "item": product.name})


def _weighed(
    product: Product, measured: barcode.MeasuredLabel, label: str, entry: Entry
) -> e.ItemAdded | Sentence:
    """What the label sells; or why not, where its weight says nothing of how much of it there is."""
    weight, price = measured.weight_milli or 0, measured.price_minor
    told = with_quantity(entry, EntryMethod(entry.method))
    if weight and price and on_scale(product.unit) == "kg":
        unit_price = money.divide(price * money.MILLI, weight)
        if money.extended(product.price_minor, weight) == price:
            unit_price = product.price_minor
        return e.ItemAdded(product, weight, unit_price, label, price, told)
    if price is not None:
        # The scale has worked out the price; a weight computed back from it could miss by a paisa.
        return e.ItemAdded(replace(product, unit="pack"), 1000, price, label, entry=entry)
    if qty_milli := in_unit(weight, "kg", product.unit):
        return e.ItemAdded(product, qty_milli, product.price_minor, label, entry=told)
    return Sentence("weight.other-unit", name=product.name, unit=product.unit)
