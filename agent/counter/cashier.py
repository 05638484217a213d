"""The cashier's verbs on the open sale, whoever speaks them (page, scanner, command line).

Its methods may be called on any thread; what they change is changed in a turn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from agent.counter.cloud_answers import CloudAnswers, Queued
from agent.counter.doubts import doubt, doubt_times
from agent.counter.not_now import NOT_NOW
from agent.counter.open_sale import OpenSale
from agent.counter.past_bills import PastBills
from agent.counter.question_scope import check_meant, scope_of
from agent.counter.questions import Questions, told_by
from agent.counter.redeemable import coupon_applied, points_applied, refused_for
from agent.counter.rule_checks import locked_identifier
from agent.counter.times import Times
from agent.counter.weighing import Scale, Weighing
from agent.language.sentence import Sentence
from agent.sale import events as e
from agent.sale.basket import (
    CouponRedemption,
    Customer,
    Discount,
    Phase,
    PointsRedemption,
    Product,
    Sale,
    TenderType,
)
from agent.sale.entry import Entry, EntryMethod, with_quantity
from agent.sale.plain_data import to_full
from agent.sale.queue_terms import Op, ReplyOutcome
from agent.sale.refusals import MAX_QTY_MILLI, Refused
from agent.sale.rules import OrgRules
from agent.sale.units import is_measured, unless_told
from agent.till.answer import Answer
from agent.till.board import Board
from agent.till.till import Till

_CODE_SENT = "725"
"""The cloud asks for a code with this coupon, and the customer was sent one."""

Later = Callable[[Answer], object]


class Catalogue(Protocol):
    """Where products come from."""

    def by_sku(self, sku: str) -> Product | None: ...
    def search(self, text: str, limit: int) -> list[Product]: ...


class Cashier:
    """queued makes the entry of a call that got no verdict; wake is told when one is in the outbox.
    scale: the till's, where it has one."""

    def __init__(
        self,
        till: Till,
        board: Board,
        sale: OpenSale,
        past_bills: PastBills,
        catalogue: Catalogue,
        questions: Questions,
        *,
        queued: Queued,
        wake: Callable[[], None],
        rules: Callable[[], OrgRules] = OrgRules,
        scale: Scale | None = None,
    ) -> None:
        self._till = till
        self._board = board
        self._sale = sale
        self._past_bills = past_bills
        self._catalogue = catalogue
        self._questions = questions
        self._answers = CloudAnswers(till, sale, queued, wake)
        self._rules = rules
        self._times = Times(till, board)
        self._weighing = Weighing(till, sale, scale)
        till.when_quiet(lambda: self._times.standing(sale.sale.id))

    # --- the sale ---------------------------------------------------------------------------------

    def in_sale(self, sale_id: str, key: str, verb: Callable[[], Answer]) -> Answer:
        """Carry out a verb, which asks nobody, in the sale that it is meant for or not at all; "" for the
        open one."""

        def work() -> Answer:
            check_meant(self._sale.sale, sale_id)
            return verb()

        return self._till.once(key, work)

    def other_sale(self, sale_id: str, key: str) -> Answer | None:
        """The refusal of what is meant for a sale that is over, before the cloud is asked for it; none of
        what was done while it was open."""
        if self._till.answered(key):
            return None
        try:
            check_meant(self._sale.sale, sale_id)
        except Refused as refusal:
            return self._till.refuse(refusal.sentence)
        return None

    def do(self, event: e.Event, key: str, later: Later = lambda _: None) -> Answer:
        """Apply an event to the open sale. Of measured goods of which nobody said how much, scale or cashier
        are asked. later: told of a refusal that comes after the answer."""
        if isinstance(event, e.ItemAdded) and not event.qty_milli and is_measured(event.product.unit):
            return self._till.once(key, lambda: self._weighing.ask(event, later, key))
        return self._sale.do(event, key)

    def typed(self, event: e.Event, key: str, *, sure: bool) -> Answer:
        """Apply what a person typed, unless that is hardly meant and they are not sure."""

        def work() -> Answer:
            options = self._sale.options
            asks = doubt(event, self._sale.sale, options.pricing, options.largest_note_minor)
            if asks and not sure:
                return self._till.refusal(asks)
            self._weighing.by_hand(event)
            return self.do(event, key)

        return self._till.once(key, work)

    def add_item(
        self, sku: str, qty_milli: int | None, key: str, *, sure: bool = True, question: str = ""
    ) -> Answer:
        """Sell an item picked from the list; without a quantity as a scanned one. question: the id of the
        question how much that the quantity answers, which is answered once."""
        product = self._catalogue.by_sku(sku)
        if product is None:
            return self._till.refuse(Sentence("unknown-item.sku", sku=sku))
        picked = Entry(EntryMethod.PICKED)
        if qty_milli is None:
            told = unless_told(product.unit)
            return self.scanned(e.ItemAdded(product, told, product.price_minor, entry=picked), key)
        event = e.ItemAdded(product, qty_milli, product.price_minor, entry=picked)

        def work() -> Answer:
            asked = self._weighing.answered(question, product) if question else event
            entry = with_quantity(asked.entry, EntryMethod.KEYED)
            return self.typed(replace(asked, qty_milli=qty_milli, entry=entry), key, sure=sure)

        return self._till.once(key, work)

    def times(self, qty_milli: int | None, key: str, *, sure: bool) -> Answer:
        """The next item is sold so many times; None takes an earlier number away."""

        def work() -> Answer:
            if qty_milli is not None and not 0 <= qty_milli <= MAX_QTY_MILLI:
                raise Refused("quantity")
            if asks := None if sure else doubt_times(qty_milli or 0):
                return self._till.refusal(asks)
            self._times.put(qty_milli, self._sale.sale.id)
            return self._till.answer()

        return self._till.once(key, work)

    def scanned(
        self, event: e.ItemAdded, key: str, *, packed: bool = False, later: Later = lambda _: None
    ) -> Answer:
        """Sell an item as often as was typed before it, once unless anything was. packed: the label carries
        weight or price of one pack, so that no number fits it. Of what is measured the number is no weight
        until the cashier has seen it as one. later: as do has it."""
        if not self._times.typed:
            return self.do(event, key, later)
        sold = partial(self._times.sold, event, self._sale.sale.id, self._weighing.how_much, packed=packed)
        return self._till.once(key, lambda: sold(lambda one: self.do(one, key, later)))

    def without_times(self) -> None:
        """What was scanned is no item: a number typed before it is for nothing that comes later."""
        if self._times.typed:
            self.times(None, "", sure=True)

    def items(self, text: str, limit: int = 20) -> list[Product]:
        """Items whose name or code contains the text."""
        return self._catalogue.search(text, limit)

    def pay_exact(self, kind: TenderType, reference: str, key: str) -> Answer:
        """Begin payment if need be, pay the whole balance, complete: one press or one command label."""
        return self._till.once(key, lambda: self._pay_exact(kind, reference, key))

    def void_last(self, key: str) -> Answer:
        """Void the newest line that still counts."""
        return self._till.once(key, lambda: self._void_last(key))

    def reprint_last(self, key: str, most: int) -> Answer:
        """Print a copy of the last bill, unless there are already `most`."""
        last = self._board.part("last_bill")
        if last is None:
            return self._till.refuse(Sentence("no-bill"))
        return self._past_bills.print_copy(last["number"], key, most)

    def commanded(self, command: str, scanner: str, key: str, verb: Callable[[], Answer]) -> Answer:
        """Do what a command label says, once it is in the journal."""
        if self._till.answered(key):
            return verb()
        noted = self._till.once("", lambda: self._commanded(command, scanner))
        return verb() if noted.ok else noted

    def print_copy(self, number: str, key: str) -> Answer:
        """Print a copy of a bill, marked DUPLICATE."""
        return self._past_bills.print_copy(number, key)

    def describe_bill(self, number: str) -> Answer:
        """Say what a bill was, so that the cashier can decide what to do with it."""
        return self._past_bills.describe_bill(number)

    def refuse(self, sentence: Sentence) -> Answer:
        """Say aloud that something was not done."""
        return self._till.refuse(sentence)

    def passed_over(self, sentence: Sentence) -> Answer:
        """Say that something was taken for a slip and left out."""
        self._till.say(sentence, "info")
        return self._till.refusal(sentence)

    def asking(self) -> Answer:
        """What is asked aside is told later."""
        return self._till.answer(Sentence("asking"))

    # --- customers --------------------------------------------------------------------------------

    def open_sale(self) -> str:
        """The id of the open sale, for a question that is to be asked a little later."""
        return self._sale.sale.id

    def search(self, kind: str, value: str, key: str, sale_id: str = "") -> Answer:
        """Find a member. With nobody to ask, the sale goes on with what was typed, and says so.

        Here and below, an answer for another sale or another customer than the open ones is not applied.
        sale_id: the sale that is meant; one that is over is asked for nothing.
        """
        if other := self.other_sale(sale_id, key):
            return other
        scope = scope_of(self._sale.sale, sale_id)
        reply = self._questions.ask(lambda cloud: cloud.customer(kind, value))
        if reply.outcome == ReplyOutcome.OK and reply.value is not None:
            answer = self._answers.apply(scope, e.CustomerSet(reply.value), key, _found(reply.value))
            return _with(answer, found=True, offline=False)
        if reply.outcome == ReplyOutcome.NO:
            return self._till.say(told_by(reply, "not-found"), "warn", {"found": False, "offline": False})
        told = told_by(reply, "offline")
        typed = reply.value
        if not isinstance(typed, Customer):
            return self._till.refuse(told)
        answer = self._answers.apply(scope, e.CustomerSet(typed), key, told)
        return _with(answer, found=typed.source != "typed", offline=True)

    def history(self, limit: int) -> Answer:
        """The bills of the sale's customer, newest first: more than a search tells."""
        customer = self._sale.sale.customer
        if customer is None:
            return self._till.refusal(Sentence("no-customer.first"))
        reply = self._questions.ask(lambda cloud: cloud.history(customer, limit))
        if reply.outcome != ReplyOutcome.OK:
            return self._till.refusal(told_by(reply))
        return self._till.answer(told_by(reply), bills=to_full(reply.value))

    def enrol(self, form: dict[str, Any], key: str, sale_id: str = "") -> Answer:
        """Make a customer a member. Without a verdict in time the call is queued and the sale goes on."""
        if earlier := self._till.answered(key) or self.other_sale(sale_id, key):
            return earlier
        scope = scope_of(self._sale.sale, sale_id)
        reply = self._questions.ask(lambda cloud: cloud.enrol(form))
        return self._answers.enrolled(Op.CUSTOMER_ADD, scope, reply, key)

    def update(self, form: dict[str, Any], key: str, sale_id: str = "") -> Answer:
        """Change the details of the sale's customer."""
        if earlier := self._till.answered(key) or self.other_sale(sale_id, key):
            return earlier
        sale = self._sale.sale
        scope, customer = scope_of(sale, sale_id), sale.customer
        if customer is None:
            return self._till.refuse(Sentence("no-customer.first"))
        if locked := locked_identifier(self._rules(), customer, form):
            return self._till.refuse(locked)
        reply = self._questions.ask(lambda cloud: cloud.update(customer, form))
        return self._answers.enrolled(Op.CUSTOMER_UPDATE, scope, reply, key)

    # --- redemptions ------------------------------------------------------------------------------

    def coupon(self, code: str, key: str, otp: str = "", sale_id: str = "") -> Answer:
        """Validate a coupon with the cloud and put it on the bill; not validated means not applied.

        One that asks for a code is refused as 725 while the code is sent; otp is what the customer read out.
        """
        if other := self.other_sale(sale_id, key):
            return other
        sale = self._sale.sale
        scope, customer = scope_of(sale, sale_id), self._member(sale, "coupon")
        if isinstance(customer, Answer):
            return customer
        reply = self._questions.ask(lambda cloud: cloud.coupon_check(customer, code, otp))
        if reply.outcome == ReplyOutcome.OK and isinstance(reply.value, CouponRedemption):
            coupon = replace(reply.value, use=self._sale.options.coupon_use)
            applied = coupon_applied(coupon, self._sale.sale.coupon)
            return self._answers.apply(scope, e.CouponApplied(coupon), key, applied)
        same = sale.coupon is not None and sale.coupon.code.casefold() == code.strip().casefold()
        if reply.code == _CODE_SENT and not otp:
            self._answers.changed(scope, e.CodeSent(code.strip()))
        elif same and otp and reply.outcome == ReplyOutcome.NO and sale.coupon and not sale.coupon.otp:
            self._answers.changed(scope, e.CouponRemoved())
        return self._till.refuse(told_by(reply))

    def points_otp(self, points_milli: int, sale_id: str = "") -> Answer:
        """Have the one-time code sent to the member."""
        if other := self.other_sale(sale_id, ""):
            return other
        sale = self._sale.sale
        scope, customer = scope_of(sale, sale_id), self._member(sale, "points")
        if isinstance(customer, Answer):
            return customer
        reply = self._questions.ask(lambda cloud: cloud.points_otp(customer, points_milli))
        if reply.outcome in (ReplyOutcome.OK, ReplyOutcome.UNKNOWN):
            # A code that may be on its way is asked for too; another try sends the same one.
            self._answers.changed(scope, e.CodeSent())
        if reply.outcome == ReplyOutcome.OK:
            return self._till.say(told_by(reply, "otp-sent"), "info")
        return self._till.refuse(told_by(reply))

    def points(self, points_milli: int, otp: str, key: str, sale_id: str = "") -> Answer:
        """Validate points with the cloud and put them on the bill; not validated means not applied."""
        if other := self.other_sale(sale_id, key):
            return other
        sale = self._sale.sale
        scope, customer = scope_of(sale, sale_id), self._member(sale, "points")
        if isinstance(customer, Answer):
            return customer
        reply = self._questions.ask(lambda cloud: cloud.points_check(customer, points_milli, otp))
        if reply.outcome == ReplyOutcome.OK and isinstance(reply.value, PointsRedemption):
            points = replace(reply.value, use=self._sale.options.points_use)
            return self._answers.apply(scope, e.PointsApplied(points), key, points_applied(points_milli))
        if otp and reply.outcome == ReplyOutcome.NO and sale.points and not sale.points.otp:
            self._answers.changed(scope, e.PointsRemoved())
        return self._till.refuse(told_by(reply))

    # --- underneath -------------------------------------------------------------------------------

    def _member(self, sale: Sale, what: str) -> Customer | Answer:
        if sale.customer is None:
            return self._till.refuse(Sentence(f"no-customer.{what}"))
        if sale.phase is not Phase.SELLING:
            return self._till.refuse(NOT_NOW[Phase.TENDERING])
        if refusal := refused_for(sale.customer):
            return self._till.refuse(refusal)
        return sale.customer

    def _commanded(self, command: str, scanner: str) -> Answer:
        self._till.note("command-label", {"command": command, "scanner": scanner})
        return self._till.answer()

    def _void_last(self, key: str) -> Answer:
        live = self._sale.sale.live_lines
        if not live:
            raise Refused("nothing-to-void")
        return self._sale.do(e.LineVoided(live[-1].no), key)

    def _pay_exact(self, kind: TenderType, reference: str, key: str) -> Answer:
        sale = self._sale
        if sale.sale.phase is Phase.SELLING and not (begun := sale.do(e.TenderBegun())).ok:
            return begun
        if sale.sale.phase is Phase.TENDERING:
            paid = sale.do(e.TenderAdded(kind, sale.open_minor(), reference))
            if not paid.ok:
                return paid
        return sale.do(e.Completed(), key)


def discount(minor: int, bp: int, reason: str) -> Discount | None:
    """A discount of the page's form; nothing given means: take it away."""
    return Discount(minor, bp, reason) if minor or bp else None


def _found(customer: Customer) -> Sentence:
    if customer.name:
        return Sentence("member-found.named", name=customer.name)
    return Sentence("member-found.unnamed")


def _with(answer: Answer, **data: Any) -> Answer:
    return replace(answer, data={**answer.data, **data})
