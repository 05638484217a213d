"""The open sale: events are applied, committed, and only then shown.

A refusal or a store that cannot write changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from sqlite3 import Connection
from typing import Any

from agent.counter import owed_returns
from agent.counter.not_now import not_now
from agent.counter.options import CounterOptions
from agent.counter.rule_checks import advice, held, problems_of, stopped
from agent.counter.sale_view import sale_view
from agent.language.sentence import Sentence
from agent.sale import events as e
from agent.sale.basket import Bill, BillLine, Customer, Phase, Sale
from agent.sale.clock import OK, UNKNOWN, Standing, unaided
from agent.sale.closing import Closing, bill_lines, close, kind_of
from agent.sale.money import plain_text
from agent.sale.numbering import bill_number, credit_series, financial_year, series_name
from agent.sale.refusals import Refused
from agent.sale.rules import OrgRules, Problem, rule_book
from agent.sale.state_machine import IllegalEvent, apply
from agent.sale.totals import Worked, totals
from agent.store import bills, outbox, sales, spool
from agent.store.errors import UNREADABLE, RowDamaged
from agent.till.answer import Answer
from agent.till.board import Board
from agent.till.last_bill import LastBill
from agent.till.outbox_tally import OutboxTally
from agent.till.till import Till

log = logging.getLogger("agent.counter")

Calls = Callable[[Bill, str, str], Sequence[outbox.Entry]]
Clock = Callable[[datetime, datetime | None], Standing]

# A write-ahead log longer than this is folded into the store in a quiet moment.
_LOG_BYTES = 1024 * 1024


def no_calls(bill: Bill, points_otp: str, coupon_otp: str) -> Sequence[outbox.Entry]:  # noqa: ARG001
    """What a till without a loyalty cloud has to tell of a bill."""
    return ()


class OpenSale:
    """Owns the open sale and its part of the board. Its methods may be called on any thread and take a turn.

    calls: what the cloud must hear of a bill, given the one-time codes of points and coupon. completed: told
    of each bill after its commit, within the turn. paying: told of lines, sum and customer of the bill that
    the customer begins to pay. new_id mints the id of the next sale. rules: the organisation's, which may
    change between two sales. clock: how the wall clock stands, given what it says and the time of the newest
    bill that was not doubted. interrupted: whether the run before ended in the middle of something, so that
    the cashier must hear what was recorded. promised: how many of a customer's points, in thousandths,
    earlier bills gave and the cloud has not taken.
    """

    def __init__(
        self,
        till: Till,
        board: Board,
        tally: OutboxTally,
        last_bill: LastBill,
        options: CounterOptions,
        *,
        new_id: Callable[[], str],
        calls: Calls = no_calls,
        completed: Callable[[sales.Closed], None] = lambda _: None,
        paying: Callable[[tuple[BillLine, ...], int, Customer | None], object] = lambda *_: None,
        rules: Callable[[], OrgRules] | None = None,
        clock: Clock = unaided,
        interrupted: bool = False,
        promised: Callable[[Customer], int] = lambda _: 0,
    ) -> None:
        self.options = options
        self._till = till
        self._board = board
        self._clock_badge = board.claim("clock")
        self._tally = tally
        self._last_bill = last_bill
        self.new_id = new_id
        self._calls = calls
        self._completed = completed
        self._paying = paying
        self._rules = rules or self._own_rules
        self._clock = clock
        self._trusted_at: datetime | None = None
        self._worked = Worked()
        self._promised = promised
        self._promised_to: tuple[str, Customer | None] = "", None
        self._promised_milli = 0
        self.judge: Callable[[e.Event, Sale], object] = lambda _event, _sale: None
        """Told of each event in its turn, with the sale before it. Raises Refused for what nobody allowed."""
        self._aside: list[str] = []
        """Open sales that cannot be read."""
        self.sale, self._seq = Sale(new_id()), 0
        self._recover(interrupted=interrupted)

    # --- commands ---------------------------------------------------------------------------------

    def do(self, event: e.Event, key: str = "", done: Sentence | None = None) -> Answer:
        """Apply one event and commit it; done is said then. The same key again gets the same answer and
        changes nothing."""
        return self._till.once(key, lambda: self._do(event, key, done))

    def open_minor(self) -> int:
        """What is still to pay, or to give back, in minor units."""
        worth = totals(self.sale, self.options.pricing, self._worked)
        return worth.balance_minor or worth.refund_minor

    def enqueue(self, work: Callable[[Connection], list[int]], bill_id: int = 0) -> None:
        """Run a change of the store that queues calls, about a bill or about none; work returns the ids of
        their rows. Within a turn."""

        def queued(tx: Connection) -> tuple[list[int], list[str]]:
            ids = work(tx)
            return ids, outbox.ops(tx, ids)

        self._tally.add(*self._till.write(queued), bill_id, self._till.now_ms())

    def tidy(self) -> None:
        """What can wait for a quiet moment."""
        if self.sale.phase is not Phase.IDLE:
            return
        while self._aside:
            self._till.write(lambda tx: sales.set_aside(tx, self._aside[0], self._till.stamp()))
            log.error("sale %s is set aside: the journal keeps what can be read of it", self._aside.pop(0))
        if self._till.read(sales.left_over):
            self._till.write(sales.tidy)
        else:
            self._till.fold_log(_LOG_BYTES)

    def idle(self) -> bool:
        """Whether nobody sells."""
        return self.sale.phase is Phase.IDLE

    def series(self) -> str:
        """The number series of a bill completed now; credit notes have their own."""
        year = financial_year(self._till.now().date(), self.options.fiscal_month)
        bills_of_year = series_name(self.options.prefix, year)
        return credit_series(bills_of_year) if kind_of(self.sale) == "return" else bills_of_year

    def upcoming(self) -> tuple[str, int]:
        """The same, and the number that would be the bill's."""
        series = self.series()
        return series, self._till.read(lambda tx: bills.upcoming(tx, series))

    def look_at_clock(self) -> Standing:
        """How the clock stands now, which its badge shows."""
        found = self._clock(self._till.now(), self._trusted_at)
        self._clock_badge.show(found.sentence, state=found.state)
        return found

    # --- in a turn --------------------------------------------------------------------------------

    def _do(self, event: e.Event, key: str, done: Sentence | None) -> Answer:
        try:
            after = apply(self.sale, event, self.options.pricing)
        except IllegalEvent:
            return self._till.refuse(not_now(self.sale, event, self.options.pricing))
        self.judge(event, self.sale)
        if after.phase is Phase.CLOSED:
            return self._close(event, key)
        # Said before money is taken, and checked again before the bill is numbered.
        begun = isinstance(event, e.TenderBegun)
        problems = self._problems(bill_number(*self.upcoming()), self.look_at_clock()) if begun else ()
        recorded = sales.Recorded(self._seq + 1, self._till.stamp(), key, event)
        self._till.write(lambda tx: sales.record(tx, self.sale.id, recorded))
        self.sale, self._seq = after, recorded.seq
        # What was asked to be weighed is weighed by now, or given up for what was done instead.
        answer = self._shown(done, advice(problems), {"sale": self._view(), "weigh": None})
        if begun:
            worth = totals(after, self.options.pricing, self._worked)
            self._paying(bill_lines(worth, self._worked), worth.due_minor, after.customer)
        elif after.phase is Phase.COVERED:
            # Its last press is waited for most; it finds this worked out.
            totals(after, self.options.pricing, self._worked)
        return answer

    def _shown(self, done: Sentence | None, warning: Sentence | None, parts: dict[str, Any]) -> Answer:
        if warning:
            self._till.say(warning, "warn", **parts)
            return self._till.answer(done)
        if done:
            return self._till.say(done, **parts)
        self._board.set(**parts)
        return self._till.answer()

    # --- completing -------------------------------------------------------------------------------

    def _close(self, event: e.Event, key: str) -> Answer:
        last = sales.Recorded(self._seq + 1, self._till.stamp(), key, event)
        if isinstance(event, e.Cancelled):
            due = totals(self.sale, self.options.pricing, self._worked).due_minor
            self._till.write(lambda tx: sales.cancel(tx, self.sale.id, last, due))
            self.sale, self._seq = Sale(self.new_id()), 0
            return self._told_closed("info", Sentence("cancelled"), {})
        return self._complete(last, self.series(), self.look_at_clock())

    def _complete(self, last: sales.Recorded, series: str, standing: Standing) -> Answer:
        sale, now_ms = self.sale, self._till.now_ms()
        # Marked is a bill whose time is known or feared to be wrong: the sale goes on.
        clock = "ok" if standing.state in (OK, UNKNOWN) else "suspect"
        problems: list[Problem] = []
        points_otp = sale.points.otp if sale.points else ""
        coupon_otp = sale.coupon.otp if sale.coupon else ""

        def bill_of(seq: int) -> Bill:
            problems[:] = self._problems(bill_number(series, seq), standing)
            closing = self._closing(series, seq, last.at, clock, problems)
            return close(sale, closing, self.options.pricing, self._worked)

        def calls(bill: Bill) -> Sequence[outbox.Entry]:
            if not bill.loyalty:
                return ()
            return held(self._calls(bill, points_otp, coupon_otp), problems, bill.number, self._till.language)

        paper = self.options.has_printer

        def work(tx: Connection) -> sales.Closed:
            made = sales.complete(tx, series, last, bill_of, calls, now_ms=now_ms, paper=paper)
            settled = owed_returns.settle(tx, made.bill, self.options.cashier)
            return replace(made, settled=settled) if settled else made

        closed = self._till.write(work)
        # First of all: a sale that has its bill is not open any more, whatever comes now.
        self.sale, self._seq = Sale(self.new_id()), 0
        self._tally.done(closed.settled)
        self._tally.add(closed.queued, [entry.op for entry in closed.entries], closed.bill_id, now_ms)
        for row_id, entry in zip(closed.queued, closed.entries, strict=True):
            if entry.held:
                self._tally.parked(row_id)
        if clock == "ok":
            self._trust(last.at)
        answer = self._done(closed, stopped(problems, closed.entries))
        self._completed(closed)
        return answer

    def _done(self, closed: sales.Closed, warning: Sentence | None) -> Answer:
        bill = closed.bill
        paper = "queued" if closed.print_job else "none"
        view = self._last_bill.view(closed.bill_id, bill, closed.print_job, paper, queued=bool(closed.queued))
        done = _completed(bill)
        if warning:
            done = Sentence("completed.warned", done=done, warning=warning)
        return self._told_closed("warn" if warning else "ok", done, _told(bill), last_bill=view)

    def _told_closed(self, level: str, done: Sentence, data: dict[str, Any], **parts: Any) -> Answer:
        shown = {"sale": self._view(), "found_bill": "", "weigh": None, "times_milli": None}
        return self._till.say(done, level, data, **shown, **parts)

    def _problems(self, number: str, clock: Standing) -> tuple[Problem, ...]:
        """What the organisation's rules have against the sale, before this number is used. Refused if that
        stops it."""
        options, rules = self.options, self._rules()
        if self.sale.undos:
            self._till.read(lambda tx: owed_returns.check(tx, self.sale.undos))
        unknown_returns = options.unknown_returns or rules.may_return_unknown()
        found = problems_of(
            self.sale,
            totals(self.sale, options.pricing, self._worked),
            rules,
            number,
            self._till.now(),
            options.max_minor,
            clock,
            unknown_returns=unknown_returns,
            sell_outside=options.sell_outside,
        )
        if stops := next((problem for problem in found if problem.blocks), None):
            raise Refused(stops.sentence)
        return found

    def _own_rules(self) -> OrgRules:
        return rule_book({}, number_pattern=self.options.number_pattern).rules

    def _closing(self, series: str, seq: int, at: str, clock: str, problems: Sequence[Problem]) -> Closing:
        options = self.options
        return Closing(
            series=series,
            seq=seq,
            at=at,
            business_date=at[:10],
            store_code=options.store_code,
            till_code=options.till_code,
            cashier=options.cashier,
            currency=options.currency,
            clock_state=clock,
            default_reason=options.default_reason,
            earns=not any(problem.pointless for problem in problems),
            loyalty=not any(problem.outside for problem in problems),
            points_kept=not self._rules().points_return,
        )

    # --- underneath -------------------------------------------------------------------------------

    def _view(self) -> Callable[[], dict[str, Any]]:
        language, promised, options = self._till.language, self._points_promised(), self.options
        return partial(
            sale_view, self.sale, options.pricing, language, self._worked, promised, options.points_use
        )

    def _points_promised(self) -> int:
        """Counted once, when the sale gets its customer: the balance that is shown is of then too."""
        whose = self.sale.id, self.sale.customer
        if whose != self._promised_to:
            self._promised_to, self._promised_milli = whose, 0
            if self.sale.customer:
                with suppress(RowDamaged):
                    self._promised_milli = self._promised(self.sale.customer)
        return self._promised_milli

    def _recover(self, *, interrupted: bool) -> None:
        """Rebuild the sale that was open when the process ended, by the same apply()."""
        for sale_id, rows in self._till.read(sales.open_sales).items():
            try:
                self.sale, self._seq = self._replayed(sale_id, rows), rows[-1].seq
            except (IllegalEvent, *UNREADABLE):
                log.exception("sale %s cannot be gone on with", sale_id)
                self._aside.append(sale_id)
        self._aside += self._till.read(sales.unreadable)
        last = self._till.read(self._recover_bills)
        self.look_at_clock()
        self._board.set(sale=self._view())
        if interrupted and (there := _recorded(self.sale, last)):
            # Nobody may have heard what became of the last press or scan.
            self._till.say(there.under("recovered"), "warn")
        elif self.sale.phase is not Phase.IDLE:
            self._till.say(Sentence("recovered"), "info")
        if self._aside:
            self._till.say(Sentence("recovered-not"), "error")

    def _replayed(self, sale_id: str, rows: Sequence[sales.Recorded]) -> Sale:
        sale = Sale(sale_id)
        for row in rows:
            sale = apply(sale, row.event, self.options.pricing)
        for row in rows:
            self._till.remember(row.key, Answer(ok=True))
        return sale

    def _recover_bills(self, tx: Connection) -> Bill | None:
        """Remember what the newest bills were answered with, and show the last one, which is returned."""
        last = None
        if trusted := bills.newest_trusted(tx):
            self._trust(trusted)
        for bill_id, _, key in reversed(bills.newest(tx, 20)):
            try:
                bill = bills.load(tx, bill_id)
            except RowDamaged as error:
                self._till.damaged(error.sentence)
                continue
            if bill is None:
                continue
            last = bill
            done = Sentence("completed.exact", number=bill.number)
            self._till.remember(key, self._till.answer(done, **_told(bill)))
            job, state = spool.state_of(tx, bill_id)
            self._board.set(last_bill=self._last_bill.view(bill_id, bill, job, state))
        return last

    def _trust(self, at: str) -> None:
        """Nobody doubted the time of this bill: a clock that says an earlier one is doubted until it is past
        it, however many bills are made meanwhile."""
        moment = datetime.fromisoformat(at)
        self._trusted_at = max(self._trusted_at or moment, moment)


def _recorded(sale: Sale, last: Bill | None) -> Sentence | None:
    """What is there of the last sale: a bill, or the sale that was not made one."""
    number, amount = (last.number, plain_text(last.due_minor)) if last else ("", "")
    if not sale.live_lines:
        return Sentence("recovered.bill", number=number, amount=amount) if last else None
    item = sale.live_lines[-1].product.name
    still_open = Sentence("recovered.sale", count=len(sale.live_lines), item=item)
    if not last:
        return still_open
    before = Sentence("recovered.before", number=number, amount=amount)
    return Sentence("several", first=still_open, second=before)


def _completed(bill: Bill) -> Sentence:
    if bill.settled_minor < 0:
        return Sentence("completed.give-back", number=bill.number, amount=plain_text(-bill.settled_minor))
    if bill.change_minor:
        return Sentence("completed.change", number=bill.number, amount=plain_text(bill.change_minor))
    return Sentence("completed.exact", number=bill.number)


def _told(bill: Bill) -> dict[str, Any]:
    return {"bill_number": bill.number, "due_minor": bill.due_minor, "change_minor": bill.change_minor}
