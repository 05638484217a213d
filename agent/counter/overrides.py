"""What changes a price by a person's word: another one, or a discount; each needs its right. So does what
makes more of either than was allowed: fewer goods under a fixed discount, more under another price."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from agent.counter.open_sale import OpenSale
from agent.counter.question_scope import check_meant
from agent.language.sentence import Sentence
from agent.sale import events as e
from agent.sale.basket import Line, Sale
from agent.sale.invoice_tax import percent
from agent.sale.money import plain_text
from agent.sale.refusals import Refused
from agent.sale.state_machine import IllegalEvent, apply
from agent.sale.totals import LineTotal, Pricing, totals
from agent.till.answer import Answer
from agent.till.rights import Claim, Right, Rights
from agent.till.till import Till

Override = e.PriceSet | e.LineDiscounted | e.BillDiscounted | e.QuantitySet | e.LineVoided | e.LineRestored

_WHOLE_BP = 10_000


class Overrides:
    """free_bp: the discounts a line may have by the cashier's own word, in basis points of its price. Its
    methods may be called on any thread. By whatever way such an event comes to the sale, it is judged here
    in its turn."""

    def __init__(self, till: Till, sale: OpenSale, rights: Rights, free_bp: int = _WHOLE_BP) -> None:
        self._till = till
        self._sale = sale
        self._rights = rights
        self._free_bp = free_bp
        self._judged = False
        sale.judge = self._judge

    def do(
        self,
        event: Override,
        key: str,
        claim: Claim,
        verb: Callable[[], Answer] | None = None,
        sale_id: str = "",
    ) -> Answer:
        """Apply it to the open sale, if that is allowed, and if that is still the sale that was looked at.
        verb: what applies it, where that is more than the event. sale_id: the sale that is meant."""
        if earlier := self._till.answered(key):
            return earlier
        sale = self._sale.sale
        right, after = self._looked_at(event, sale)
        if right and sale_id in ("", sale.id):
            asks, about = self._asks(event, sale, after), self._about(event, sale, after)
            if (no := self._rights.refusal(right, claim, asks, key, **about)) is not None:
                return no

        def work() -> Answer:
            now = self._sale.sale
            check_meant(now, sale_id)
            if right and now is not sale:
                raise Refused("sale-changed")
            if now is not sale:
                wanted, then = self._looked_at(event, now)
                if wanted:
                    return self._rights.asking(wanted, self._asks(event, now, then))
            self._judged = True
            try:
                return verb() if verb else self._sale.do(event, key)
            finally:
                self._judged = False

        return self._till.once(key, work)

    def typed_price(self, key: str, claim: Claim, event: e.ItemAdded) -> Answer | None:
        """Why an item may not be sold for what a label says that nobody scanned but somebody typed."""
        product, price = event.product, event.unit_price_minor
        if price == product.price_minor or self._till.answered(key):
            return None
        minor = event.total_minor or price
        shown = plain_text(minor), plain_text(product.price_minor)
        asks = Sentence("needs-supervisor.price", name=product.name, price=shown[0], before=shown[1])
        about = {"sale_id": self._sale.sale.id, "sku": product.sku, "label": event.label}
        return self._rights.refusal(Right.PRICE, claim, asks, key, **about, price_minor=minor)

    def _looked_at(self, event: Override, sale: Sale) -> tuple[Right | None, Sale]:
        """What it needs on this sale, and the sale after it. Nobody is fetched for what is refused anyway."""
        pricing = self._sale.options.pricing
        try:
            after = apply(sale, event, pricing)
        except (IllegalEvent, Refused):
            return None, sale
        right = self._right(event, sale, after, pricing)
        return (None if right and self._rights.free(right) else right), after

    def _judge(self, event: e.Event, before: Sale) -> None:
        """What comes another way than by do, as from a label, cannot show a word: it is refused."""
        if self._judged or not isinstance(event, Override):
            return
        right, after = self._looked_at(event, before)
        if right:
            raise Refused(self._asks(event, before, after))

    def _right(self, event: Override, before: Sale, after: Sale, pricing: Pricing) -> Right | None:
        if isinstance(event, e.PriceSet):
            return Right.PRICE
        if isinstance(event, e.QuantitySet):
            line = _line(before, event.line)
            if event.qty_milli > line.qty_milli and line.unit_price_minor != line.product.price_minor:
                return Right.PRICE
        # Of what is not a discount itself, sharing out may add a minor unit.
        slack = 0 if isinstance(event, e.LineDiscounted | e.BillDiscounted) else 1
        had = {one.line.no: (one.discount_minor, one.gross_minor) for one in _sold(before, pricing)}
        over = any(
            self._is_much(one) and _is_more(one, *had.get(one.line.no, (0, 0)), slack)
            for one in _sold(after, pricing)
        )
        return Right.DISCOUNT if over else None

    def _is_much(self, one: LineTotal) -> bool:
        """But for what sharing out rounds up, a minor unit."""
        return (one.discount_minor - 1) * _WHOLE_BP > self._free_bp * one.gross_minor

    def _asks(self, event: Override, sale: Sale, after: Sale) -> Sentence:
        """What the supervisor reads of it."""
        if isinstance(event, e.PriceSet):
            line = _line(sale, event.line)
            price, before = plain_text(event.unit_price_minor), plain_text(line.unit_price_minor)
            return Sentence("needs-supervisor.price", name=line.product.name, price=price, before=before)
        due, was = (plain_text(totals(one, self._sale.options.pricing).due_minor) for one in (after, sale))
        if isinstance(event, e.BillDiscounted) and event.discount and event.discount.bp:
            rate = percent(event.discount.bp)
            return Sentence("needs-supervisor.discount-rate", rate=rate, due=due, was=was)
        return Sentence("needs-supervisor.discount", due=due, was=was)

    def _about(self, event: Override, sale: Sale, after: Sale) -> dict[str, str | int]:
        """What is allowed, for the journal."""
        due, was = (totals(one, self._sale.options.pricing).due_minor for one in (after, sale))
        return {"sale_id": sale.id, "due_minor": due, "was_due_minor": was, **_told(event, sale)}


def _is_more(one: LineTotal, discount_minor: int, gross_minor: int, slack_minor: int) -> bool:
    """Whether more comes off than did, of the line or of each unit of its price."""
    now = one.discount_minor - slack_minor
    return now > discount_minor or now * gross_minor > discount_minor * one.gross_minor


def _sold(sale: Sale, pricing: Pricing) -> list[LineTotal]:
    """What is sold, as discounts alone make it: the customer's coupon is nobody's word."""
    found = totals(replace(sale, coupon=None, points=None), pricing).lines
    return [one for one in found if one.line.back is None]


def _line(sale: Sale, no: int) -> Line:
    return next(one for one in sale.lines if one.no == no)


def _told(event: Override, sale: Sale) -> dict[str, str | int]:
    """What is allowed, for the journal."""
    if isinstance(event, e.BillDiscounted):
        return {"reason": event.discount.reason if event.discount else ""}
    line = _line(sale, event.line)
    told: dict[str, str | int] = {"line": line.no, "sku": line.product.sku}
    if isinstance(event, e.QuantitySet):
        return told | {"qty_milli": event.qty_milli, "instead_of_milli": line.qty_milli}
    if isinstance(event, e.LineVoided | e.LineRestored):
        return told | {"voided": isinstance(event, e.LineVoided)}
    if isinstance(event, e.PriceSet):
        prices = {"price_minor": event.unit_price_minor, "instead_of_minor": line.unit_price_minor}
        return told | prices | {"reason": event.reason}
    return told | {"reason": event.discount.reason if event.discount else ""}
