"""Goods that come back to the in-memory till: the agent's own rules over bills that are kept in a dict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from agent.counter.returning import Returning
from agent.language.language import english
from agent.language.sentence import Sentence
from agent.sale.basket import Bill, Customer, Product
from agent.sale.events import Event
from agent.sale.returns import Returnable, Taken, returnable
from agent.sale.rules import OrgRules
from agent.sale.state_machine import Refused
from agent.sale.totals import Pricing
from agent.till.answer import Answer
from tests.web.fake_goods import GOODS

if TYPE_CHECKING:
    from tests.web.fake_till import FakeTill

Said = tuple[bool, str, str, dict[str, Any]]


class _Till:
    """What Returning asks of the agent's Till."""

    def __init__(self, till: FakeTill) -> None:
        self._till = till

    def take(self, work: Callable[[], Answer]) -> Answer:
        return work()

    def once(self, key: str, work: Callable[[], Answer]) -> Answer:
        try:
            return work()
        except Refused as refusal:
            return Answer(*self._till.refuse(refusal.code, english().text(refusal.sentence)))

    def answer(self, sentence: Sentence | None = None, /, **data: Any) -> Answer:
        return Answer(ok=True, text=english().text(sentence) if sentence else "", data=data)

    def refusal(self, sentence: Sentence) -> Answer:
        return Answer(ok=False, code=sentence.code, text=english().text(sentence))

    def now(self) -> datetime:
        return datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class _OpenSale:
    """What Returning asks of the sale, answered by the till of these tests."""

    def __init__(self, till: FakeTill, options: Any) -> None:
        self._till = till
        self.options = options

    @property
    def sale(self) -> Any:
        return self._till.sale

    def do(self, event: Event, key: str, done: Sentence) -> Answer:
        return Answer(*self._till.do(event, english().text(done)))


class FakeReturns(Returning):
    """The agent's returns without its store. `unknown_bills` is the switch for goods without their bill."""

    def __init__(self, till: FakeTill) -> None:
        self.bills: dict[str, Bill] = {}
        self.taken: dict[str, list[Taken]] = {}
        self.members: dict[str, Customer] = {}
        self.options = SimpleNamespace(
            unknown_returns=False, not_interested_returns=True, undo_redemptions=True, pricing=Pricing()
        )
        strict = OrgRules(return_unknown=False, return_without_bill=False)
        super().__init__(
            cast(Any, _Till(till)),
            cast(Any, _OpenSale(till, self.options)),
            by_sku=_by_sku,
            rules=lambda: strict,
        )

    def keep(self, bill: Bill) -> None:
        """A bill was completed: what came back with it is gone from the bills it came from."""
        self.bills[bill.number] = bill
        for line in bill.lines:
            if back := line.back:
                part = Taken(
                    back.line, back.how, abs(line.qty_milli), abs(line.amount_minor), line.given_minor
                )
                self.taken.setdefault(back.number, []).append(part)

    def _found(self, number: str) -> tuple[Returnable, int]:
        bill = self.bills.get(number)
        if bill is None:
            raise Refused("no-such-bill.here", number=number)
        if bill.kind == "return":
            raise Refused("credit-note", number=number)
        if member := self.members.get(number):
            bill = replace(bill, customer=member)
        return returnable(bill, self._before(number), self._in_this_sale(bill)), 0

    def _before(self, number: str) -> list[Taken]:
        return self.taken.get(number, [])

    def _known_here(self, number: str) -> bool:
        return number in self.bills


def _by_sku(sku: str) -> Product | None:
    return next((one for one in GOODS if one.sku == sku), None)


def told(answer: Answer) -> Said:
    """An answer as the till of these tests gives it."""
    return answer.ok, answer.code, answer.text, answer.data
