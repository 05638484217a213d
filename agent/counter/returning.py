"""Bills that come back: what is left of them, what is rung up, and bills given to a member afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Protocol

from agent.counter.options import CounterOptions
from agent.counter.past_bills import bill_of_number
from agent.counter.question_scope import check_meant
from agent.language.figures import Figure
from agent.language.sentence import Sentence
from agent.sale import money, refund_rounding, returns
from agent.sale.basket import Customer, Line, Product, Sale
from agent.sale.events import Event, GoodsReturned, ReturnLine
from agent.sale.refusals import Refused
from agent.sale.return_values import ReturnHow, Undo, Worth
from agent.sale.returnable import Returnable, Taken, as_paid, returnable
from agent.sale.rules import LONGEST_NUMBER, OrgRules
from agent.sale.state_machine import IllegalEvent, apply
from agent.sale.units import is_measured, unless_told
from agent.store import bills, customers, returned, waived
from agent.store.errors import FAULTS, RowDamaged
from agent.till.answer import Answer
from agent.till.rights import NOBODY, Claim, Right, Rights
from agent.till.till import Till


@dataclass(frozen=True, slots=True)
class Redeemed:
    """A redemption of a bill as the cloud knows it. reference: our key of points, the cloud's id of a coupon.

    waits: the cloud has not acknowledged it; settled: it never will, and the customer paid instead; owed: it
    refused it, and nobody has paid for it yet.
    """

    kind: str
    reference: str
    waits: bool = False
    settled: bool = False
    owed: bool = False


class SaleOfReturns(Protocol):
    """The open sale as far as goods come back into it; OpenSale is one."""

    @property
    def sale(self) -> Sale: ...
    @property
    def options(self) -> CounterOptions: ...
    def do(self, event: Event, key: str = "", done: Sentence | None = None) -> Answer: ...


class Returning:
    """redeemed tells how the redemptions of a bill (by id) stand in the cloud. rights: asked, not within a
    turn, before money leaves for goods or a bill that nobody sees. sale_id, of its verbs: the sale that is
    meant, "" for the open one."""

    def __init__(
        self,
        till: Till,
        sale: SaleOfReturns,
        *,
        by_sku: Callable[[str], Product | None],
        redeemed: Callable[[int], list[Redeemed]] = lambda _: [],
        rules: Callable[[], OrgRules] = OrgRules,
        rights: Rights | None = None,
    ) -> None:
        self._till = till
        self._sale = sale
        self._by_sku = by_sku
        self._redeemed = redeemed
        self._rules = rules
        self._rights = rights

    def look(self, number: str) -> Answer:
        """What may still come back of a bill; changes nothing."""
        return self._till.take(lambda: self._told(number))

    def whole(
        self, number: str, reason: str, key: str, *, cancelled: bool = False, sale_id: str = ""
    ) -> Answer:
        """The whole bill: FULL, or CANCELLED before delivery. Redemptions are undone where that may be."""
        how = ReturnHow.CANCELLED if cancelled else ReturnHow.FULL

        def work(found: Returnable, bill_id: int) -> GoodsReturned:
            event = returns.whole(found, how, reason, undone=self._sale.options.undo_redemptions)
            undos = (self._undone(undo, bill_id) for undo in event.undos)
            return replace(event, undos=tuple(undo for undo in undos if undo))

        return self._take_back(number, key, work, sale_id)

    def lines(
        self, number: str, wanted: Mapping[int, int], reason: str, key: str, sale_id: str = ""
    ) -> Answer:
        """Some of its lines: line number to quantity in thousandths."""
        return self._take_back(number, key, lambda found, _: returns.by_lines(found, wanted, reason), sale_id)

    def money(
        self,
        number: str,
        amount_minor: int,
        reason: str,
        key: str,
        claim: Claim = NOBODY,
        sale_id: str = "",
    ) -> Answer:
        """Money without goods."""

        def work(found: Returnable, _: int) -> GoodsReturned:
            return returns.by_money(found, amount_minor, reason)

        def asks(event: GoodsReturned) -> Sentence:
            return Sentence("needs-supervisor.refund", amount=self._text_of(event), number=number)

        no = self._refusal(key, claim, lambda: work(*self._found(number)), asks, sale_id)
        return no or self._take_back(number, key, work, sale_id)

    def unknown(
        self,
        number: str,
        day: str,
        sku: str,
        qty_milli: int | None,
        reason: str,
        key: str,
        claim: Claim = NOBODY,
        sale_id: str = "",
    ) -> Answer:
        """Goods of a bill this till does not know, at the catalogue's price; only where the organisation
        takes returns without the original, and only for a member. day: when it was bought, 2026-11-23.
        Without a quantity it is one piece; what is measured wants one."""

        def event() -> GoodsReturned:
            return self._unknown(number.strip(), day, sku, qty_milli, reason)

        def asks(event: GoodsReturned) -> Sentence:
            name, amount = event.lines[0].product.name, self._text_of(event)
            return Sentence("needs-supervisor.refund-unknown", name=name, amount=amount)

        def taken() -> Answer:
            check_meant(self._sale.sale, sale_id)
            back = event()
            return self._sale.do(back, key, Sentence("goods-back", name=back.lines[0].product.name))

        return self._refusal(key, claim, event, asks, sale_id) or self._till.once(key, taken)

    # --- underneath -------------------------------------------------------------------------------

    def _take_back(
        self, number: str, key: str, work: Callable[[Returnable, int], GoodsReturned], sale_id: str
    ) -> Answer:
        def taken() -> Answer:
            check_meant(self._sale.sale, sale_id)
            found, bill_id = self._found(number)
            event = work(found, bill_id)
            told = _comes_back(event, number, *self._gives(event), owed=self._was_owed(found, event, bill_id))
            return self._sale.do(event, key, told)

        return self._till.once(key, taken)

    def _refusal(
        self,
        key: str,
        claim: Claim,
        event: Callable[[], GoodsReturned],
        asks: Callable[[GoodsReturned], Sentence],
        sale_id: str,
    ) -> Answer | None:
        """Why the cashier's word is not enough for this. Nobody is fetched for what is refused anyway."""
        if self._rights is None or self._rights.free(Right.REFUND) or self._till.answered(key):
            return None

        def wanted() -> GoodsReturned:
            check_meant(self._sale.sale, sale_id)
            back = event()
            apply(self._sale.sale, back, self._sale.options.pricing)
            return back

        try:
            back = self._till.take(wanted)
        except (IllegalEvent, Refused, RowDamaged, *FAULTS):
            return None  # the verb itself says why
        line = back.lines[0].back
        about = {"number": line.number, "amount_minor": self._gives(back)[0], "reason": line.reason}
        return self._rights.refusal(Right.REFUND, claim, asks(back), key, **about)

    def _gives(self, event: GoodsReturned) -> tuple[int, int]:
        return refund_rounding.gives(event, self._sale.sale, self._sale.options.pricing.step_minor)

    def _was_owed(self, found: Returnable, event: GoodsReturned, bill_id: int) -> bool:
        """Whether this takes the last of a bill back of which something was owed."""
        number = found.bill.number
        now = _taken((*self._sale.sale.returns, *event.lines), number)
        after = returnable(found.bill, self._before(number), now)
        return returns.all_back(after) and any(row.owed for row in self._redeemed(bill_id))

    def _text_of(self, event: GoodsReturned) -> Figure:
        return money.plain_text(self._gives(event)[0])

    def _found(self, number: str) -> tuple[Returnable, int]:
        bill_id, bill = bill_of_number(self._till, number)
        if bill.kind == "return":
            raise Refused("credit-note", number=number)
        if self._till.read(lambda tx: waived.is_untold(tx, bill_id)):
            # The cloud gave no points for what it never heard of.
            bill = replace(bill, earns=False)
        if bill.customer is None and (member := self._till.read(lambda tx: customers.tagged(tx, bill_id))):
            bill = replace(bill, customer=member)
        if bill.customer is not None and not bill.customer.identifier[1]:
            bill = replace(bill, customer=self._member_again(number))
        if bill.customer is None and not self._sale.options.not_interested_returns:
            raise Refused("not-interested")
        paid = {row.kind for row in self._redeemed(bill_id) if row.settled}
        bill, later_minor = as_paid(bill, paid) if paid else (bill, 0)
        now = _taken(self._sale.sale.returns, number)
        return returnable(bill, self._before(number), now, later_minor), bill_id

    def _before(self, number: str) -> list[Taken]:
        """What completed sales took back of a bill."""
        return self._till.read(lambda tx: returned.taken(tx, number))

    def _known_here(self, number: str) -> bool:
        return self._till.read(lambda tx: bills.find(tx, number)) is not None

    def _member_again(self, number: str) -> Customer:
        """Who says the bill is theirs, once this till has erased its member; the cloud checks it (668)."""
        if self._sale.sale.customer is None:
            raise Refused("find-member", number=number)
        return self._sale.sale.customer

    def _undone(self, undo: Undo, bill_id: int) -> Undo | None:
        """What is undone of a redemption; None if it was paid in money after all, and comes back as such."""
        known = next((row for row in self._redeemed(bill_id) if row.kind == undo.kind), None)
        if known and known.settled:
            return None
        if known and known.owed:
            return replace(undo, given_back=False, owed=True)
        if known and known.waits and undo.given_back:
            raise Refused("redemption-waits", number=undo.number)
        if known is None or not known.reference:
            return replace(undo, given_back=False)
        return replace(undo, reference=known.reference) if undo.given_back else undo

    def _unknown(self, number: str, day: str, sku: str, told: int | None, reason: str) -> GoodsReturned:
        if not (self._sale.options.unknown_returns or self._rules().may_return_unknown()):
            raise Refused("no-such-bill.unproven")
        if trouble := _unusable(number):
            raise Refused(trouble)
        # This till's own are in capitals, however they are typed.
        if self._known_here(own := "".join(number.split()).upper()):
            raise Refused("known-bill", number=own)
        if self._sale.sale.customer is None:
            raise Refused("no-customer.return")
        at = _bought(day, self._till.now())
        product = self._by_sku(sku)
        if product is None:
            raise Refused("unknown-item.sku", sku=sku)
        qty_milli = told or unless_told(product.unit)
        if not qty_milli:
            raise Refused("weight-needed", name=product.name, unit=product.unit)
        gross = money.extended(product.price_minor, qty_milli)
        tax = money.split_tax(
            gross,
            product.tax_bp,
            inclusive=product.tax_inclusive,
            interstate=self._sale.options.pricing.interstate,
        )
        worth = Worth(gross, 0, tax.taxable_minor, tax.cgst_minor, tax.sgst_minor, tax.igst_minor)
        return returns.unknown(product, qty_milli, number, at, reason, worth, self._before(number))

    def _told(self, number: str) -> Answer:
        try:
            found, _ = self._found(number)
        except Refused as refusal:
            return self._till.refusal(refusal.sentence)
        bill = found.bill
        lines = [
            {
                "no": line.no,
                "name": line.name,
                "unit": line.unit,
                "measured": is_measured(line.unit),
                "qty_milli": line.qty_milli,
                "left_milli": found.left_milli[line.no],
                "amount_minor": line.amount_minor,
                "single": not returns.is_set(line),
            }
            for line in bill.lines
            if line.back is None
        ]
        return self._till.answer(
            number=bill.number,
            at=bill.at,
            due_minor=bill.due_minor,
            customer=bill.customer.name if bill.customer else "",
            member=bill.customer is not None,
            left_minor=found.left_minor,
            cash_minor=found.cash_minor,
            hows=sorted(way.value for way in returns.ways(found)),
            lines=lines,
        )


def _unusable(number: str) -> Sentence | None:
    """What is wrong with the number of a bill that this till does not know: the cloud takes no return without
    one (677), and none of more than 50 characters."""
    if not number:
        return Sentence("bill-number.missing")
    return Sentence("bill-number.length", limit=LONGEST_NUMBER) if len(number) > LONGEST_NUMBER else None


def _taken(lines: Iterable[Line | ReturnLine], number: str) -> list[Taken]:
    """What of a bill comes back with these lines."""
    return [
        Taken(line.back.line, line.back.how, line.qty_milli, line.worth, 0, line.product.tax_bp)
        for line in lines
        if line.back and line.worth and line.back.number == number
    ]


def _comes_back(event: GoodsReturned, number: str, money_minor: int, rest: int, *, owed: bool) -> Sentence:
    """Told with the money it gives, with what of it is no money, with what was redeemed and is not undone
    (forbidden, or the cloud does not name it), and that the cloud never took it."""
    amount = money.plain_text(money_minor)
    kept = [undo.kind for undo in event.undos if not undo.given_back and not undo.owed]
    what = "both" if len(kept) > 1 else next(iter(kept), "all")
    if what == "all" and rest > 0 and not owed:
        way = "undone" if event.undos else "short"
        told = Sentence(f"bill-part-back.{way}", amount=amount, number=number, rest=money.plain_text(rest))
        told = told.under("bill-back")
    else:
        told = Sentence(f"bill-back.{what}", amount=amount, number=number)
    if not owed:
        return told
    return Sentence("several", first=told, second=Sentence("bill-back.owed"))


def _bought(day: str, now: datetime) -> str:
    """The moment told for a day of purchase: its beginning, which is before any return of that day. The
    cloud takes no return without one (624)."""
    if not day:
        raise Refused("bought-on.missing")
    try:
        bought = datetime.combine(date.fromisoformat(day), time(), now.tzinfo)
    except ValueError:
        raise Refused("bought-on.no-day") from None
    if bought > now:
        raise Refused("bought-on.to-come")
    return bought.isoformat()
