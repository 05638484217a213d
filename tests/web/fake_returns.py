"""Goods that come back to the in-memory till: the agent's own returns, over bills on a store of their own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.counter.options import CounterOptions
from agent.counter.returning import Returning
from agent.language.language import english
from agent.language.sentence import Sentence
from agent.sale.basket import Customer, Product, Sale
from agent.sale.closing import Closing, close, kind_of
from agent.sale.events import Completed, Event
from agent.sale.numbering import credit_series, series_name
from agent.sale.rules import OrgRules
from agent.store import bills, customers, sales
from agent.till.answer import Answer
from tests.rig.till import OPTIONS, RigTill
from tests.web.fake_goods import GOODS

if TYPE_CHECKING:
    from tests.web.fake_till import FakeTill

Said = tuple[bool, str, str, dict[str, Any]]
SERIES = series_name("BLR1", 2026)
STRICT = OrgRules(return_unknown=False, return_without_bill=False)


class _Books(RigTill):
    """The bills, and nobody who sells: that is the in-memory till's."""

    options = replace(OPTIONS, undo_redemptions=True)
    synchronous = 0

    def serve(self) -> None:
        """No open sale of its own."""


class _OpenSale:
    """counter.returning.SaleOfReturns: the sale of the in-memory till."""

    def __init__(self, till: FakeTill, options: CounterOptions) -> None:
        self._till = till
        self.options = options

    @property
    def sale(self) -> Sale:
        return self._till.sale

    def do(self, event: Event, key: str = "", done: Sentence | None = None) -> Answer:
        ok, code, text, data = self._till.do(event, english().text(done) if done else "")
        return Answer(ok, code, text, data=data)


class FakeReturns:
    """The agent's returns, as verbs. What its Till says aloud, the in-memory till says."""

    def __init__(self, till: FakeTill) -> None:
        self._directory = tempfile.TemporaryDirectory()
        self._books = _Books(Path(self._directory.name))
        self._books.at = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
        self._open_sale = _OpenSale(till, self._books.options)
        self._told = 0

        def said() -> None:
            notice = self._books.board.part("notice")
            if notice and notice["id"] != self._told:
                self._told = notice["id"]
                till.say(notice["level"], notice["code"], notice["text"])

        self._books.board.listen(said)
        self.verbs = Returning(self._books.till, self._open_sale, by_sku=_by_sku, rules=lambda: STRICT)

    def close(self) -> None:
        """The bills are gone."""
        self._books.close()
        self._directory.cleanup()

    def keep(self, sale: Sale, closing: Callable[[str, int], Closing]) -> str:
        """A sale was completed; its bill's number. closing: its facts, given the series and place in it."""
        series = credit_series(SERIES) if kind_of(sale) == "return" else SERIES
        options = self._open_sale.options

        def work(tx: Any) -> sales.Closed:
            last = sales.Recorded(1, closing(series, 1).at, "", Completed())
            return sales.complete(
                tx,
                series,
                last,
                lambda seq: close(sale, closing(series, seq), options.pricing),
                lambda _: (),
                now_ms=0,
                paper=False,
            )

        return self._books.till.write(work).bill.number

    def known(self, number: str) -> bool:
        """Whether there is such a bill."""
        return self._books.till.read(lambda tx: bills.find(tx, number)) is not None

    def tag(self, number: str, member: Customer) -> None:
        """The bill is given to a member afterwards."""
        self._books.till.write(
            lambda tx: customers.tag(tx, bills.find(tx, number) or 0, self._books.till.stamp(), member)
        )

    def member(self, number: str) -> Customer | None:
        """Whom the bill was given to afterwards."""
        return self._books.till.read(lambda tx: customers.tagged(tx, bills.find(tx, number) or 0))

    def take_unknown(self) -> None:
        """From now on the settings allow goods without their bill."""
        self._open_sale.options = replace(self._open_sale.options, unknown_returns=True)


def _by_sku(sku: str) -> Product | None:
    return next((one for one in GOODS if one.sku == sku), None)


def told(answer: Answer) -> Said:
    """An answer as the till of these tests gives it."""
    return answer.ok, answer.code, answer.text, answer.data
