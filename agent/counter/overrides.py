"""What changes a price by a person's word: another one, or a discount; each needs its right."""

from __future__ import annotations

from dataclasses import replace

from agent.counter.open_sale import OpenSale
from agent.language.sentence import Sentence
from agent.sale import events as e
from agent.sale.basket import Line, Sale
from agent.sale.money import plain_text
from agent.sale.refusals import Refused
from agent.sale.state_machine import IllegalEvent, apply
from agent.sale.totals import LineTotal, Pricing, totals
from agent.till.answer import Answer
from agent.till.rights import Claim, Right, Rights
from agent.till.till import Till

Override = e.PriceSet | e.LineDiscounted | e.BillDiscounted

_WHOLE_BP = 10_000


class Overrides:
    """free_bp: the discounts a line may have by the cashier's own word, in basis points of its price. Its
    methods may be called on any thread."""

    def __init__(self, till: Till, sale: OpenSale, rights: Rights, free_bp: int = _WHOLE_BP) -> None:
        self._till = till
        self._sale = sale
        self._rights = rights
        self._free_bp = free_bp

    def do(self, event: Override, key: str, claim: Claim) -> Answer:
        """Apply it to the open sale, if that is allowed, and if that sale is still open then."""
        if earlier := self._till.answered(key):
            return earlier
        sale, pricing = self._sale.sale, self._sale.options.pricing
        try:
            after = apply(sale, event, pricing)
        except (IllegalEvent, Refused):
            return self._sale.do(event, key)  # which says why
        if right := self._right(event, sale, after, pricing):
            due, was = (totals(one, pricing).due_minor for one in (after, sale))
            about = {"sale_id": sale.id, "due_minor": due, "was_due_minor": was, **_told(event, sale)}
            if (no := self._rights.refusal(right, claim, _asks(event, sale, due, was), **about)) is not None:
                return no

        def verb() -> Answer:
            if self._sale.sale.id != sale.id:
                raise Refused("too-late")
            return self._sale.do(event, key)

        return self._till.once(key, verb)

    def _right(self, event: Override, before: Sale, after: Sale, pricing: Pricing) -> Right | None:
        if isinstance(event, e.PriceSet):
            return Right.PRICE
        had = {one.line.no: one.discount_minor for one in _sold(before, pricing)}
        over = any(
            self._is_much(one) and one.discount_minor > had.get(one.line.no, 0)
            for one in _sold(after, pricing)
        )
        return Right.DISCOUNT if over else None

    def _is_much(self, one: LineTotal) -> bool:
        """But for what sharing out rounds up, a minor unit."""
        return (one.discount_minor - 1) * _WHOLE_BP > self._free_bp * one.gross_minor


def _sold(sale: Sale, pricing: Pricing) -> list[LineTotal]:
    """What is sold, as discounts alone make it: the customer's coupon is nobody's word."""
    found = totals(replace(sale, coupon=None, points=None), pricing).lines
    return [one for one in found if one.line.back is None]


def _asks(event: Override, sale: Sale, due: int, was: int) -> Sentence:
    """What the supervisor reads of it."""
    if isinstance(event, e.PriceSet):
        line = _line(sale, event.line)
        price, before = plain_text(event.unit_price_minor), plain_text(line.unit_price_minor)
        return Sentence("needs-supervisor.price", name=line.product.name, price=price, before=before)
    return Sentence("needs-supervisor.discount", due=plain_text(due), was=plain_text(was))


def _line(sale: Sale, no: int) -> Line:
    return next(one for one in sale.live_lines if one.no == no)


def _told(event: Override, sale: Sale) -> dict[str, str | int]:
    """What is allowed, for the journal."""
    if isinstance(event, e.BillDiscounted):
        return {"reason": event.discount.reason if event.discount else ""}
    line = _line(sale, event.line)
    told: dict[str, str | int] = {"line": line.no, "sku": line.product.sku}
    if isinstance(event, e.PriceSet):
        prices = {"price_minor": event.unit_price_minor, "instead_of_minor": line.unit_price_minor}
        return told | prices | {"reason": event.reason}
    return told | {"reason": event.discount.reason if event.discount else ""}
