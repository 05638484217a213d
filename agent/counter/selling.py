"""The open sale: events are applied, committed, and only then shown.

Every method here runs in a turn (agent.counter.turn). A refusal or a store that cannot write changes nothing.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from agent.counter.answer import Answer, refused
from agent.counter.board import Board
from agent.counter.checking import advice, held, problems_of, stopped
from agent.counter.options import CounterOptions
from agent.counter.picture import last_bill_picture, sale_picture
from agent.counter.waiting import Waiting
from agent.sale import events as e
from agent.sale.basket import Bill, Phase, Sale
from agent.sale.clock import OK, UNKNOWN, Standing, unaided
from agent.sale.closing import Closing, close, kind_of
from agent.sale.money import plain_text
from agent.sale.numbering import bill_number, credit_series, financial_year, series_name
from agent.sale.rules import OrgRules, Problem, rule_book
from agent.sale.state_machine import IllegalEvent, Refused, apply
from agent.sale.totals import totals
from agent.store import bills, journal, outbox, sales, spool
from agent.store.errors import StoreFull, StoreReadOnly
from agent.store.opening import Store

log = logging.getLogger("agent.counter")

_REMEMBERED = 256
# A write-ahead log longer than this is folded into the store when the till is idle.
_LOG_BYTES = 1024 * 1024

Calls = Callable[[Bill, str, str], Sequence[outbox.Entry]]
Clock = Callable[[datetime, datetime | None], Standing]

# What to say when an event has no place in the phase the sale is in.
_NOT_NOW = {
    Phase.IDLE: "Scan an item or find a customer first.",
    Phase.SELLING: "Press Pay first.",
    Phase.TENDERING: "Payment is open: go back to change the bill.",
    Phase.COVERED: "The bill is paid: finish it, or take a payment back.",
    Phase.CLOSED: "This sale is closed.",
}


class Selling:
    """Owns the open sale. calls tells what the cloud must hear of a bill (given the one-time code);
    settled is told of each completed bill, after its commit; now is the wall clock with its zone; new_id
    mints the id of the next sale; rules gives the organisation's rules in force, which may change between two
    sales; clock says how the wall clock stands, given what it says and the time of the last bill."""

    def __init__(
        self,
        store: Store,
        options: CounterOptions,
        board: Board,
        *,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        calls: Calls,
        settled: Callable[[sales.Closed], None],
        waiting: Waiting,
        rules: Callable[[], OrgRules] | None = None,
        clock: Clock = unaided,
    ) -> None:
        self._store = store
        self._options = options
        self._board = board
        self._now = now
        self._new_id = new_id
        self._calls = calls
        self._settled = settled
        self._waiting = waiting
        self._rules = rules or self._own_rules
        self._clock = clock
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._last_at: datetime | None = None
        self.sale, self._seq = Sale(new_id()), 0
        self._recover()

    # --- commands ---------------------------------------------------------------------------------

    def answered(self, key: str) -> Answer | None:
        """The answer this request already got, if it was carried out before."""
        return self._answers.get(key) if key else None

    def remember(self, key: str, answer: Answer) -> Answer:
        """Keep an answer for a repeat of the request. Refusals are not kept: they changed nothing."""
        if key and answer.ok:
            self._answers[key] = answer
            while len(self._answers) > _REMEMBERED:
                self._answers.popitem(last=False)
        return answer

    def do(self, event: e.Event, key: str = "", *, text: str = "") -> Answer:
        """Apply one event and commit it. The same key again gets the same answer and changes nothing."""
        if earlier := self.answered(key):
            return earlier
        try:
            after = apply(self.sale, event, self._options.pricing)
        except IllegalEvent:
            return self._refuse("not-now", _NOT_NOW[self.sale.phase])
        except Refused as refusal:
            return self._refuse(refusal.code, refusal.text)
        if after.phase is Phase.CLOSED:
            return self._close(event, key)
        # Said before money is taken, and checked again before the bill is numbered.
        problems = self._problems() if isinstance(event, e.TenderBegun) else ()
        if stopped := self._blocked(problems):
            return stopped
        recorded = sales.Recorded(self._seq + 1, self._stamp(), key, event)
        trouble = self._commit(lambda tx: sales.record(tx, self.sale.id, recorded))
        if trouble:
            return trouble
        self.sale, self._seq = after, recorded.seq
        warning = advice(problems)
        self._show("warn" if warning else "ok", type(event).__name__, warning or text)
        return self.remember(key, Answer(ok=True, text=text))

    def open_minor(self) -> int:
        """What is still to pay, or to give back, in minor units."""
        worth = totals(self.sale, self._options.pricing)
        return worth.balance_minor or worth.refund_minor

    def refuse_aloud(self, code: str, text: str) -> Answer:
        """Tell the cashier that nothing was done, and why."""
        return self._refuse(code, text)

    def print_copy(self, number: str, key: str = "") -> Answer:
        """Queue a copy of a bill, marked as one."""
        if earlier := self.answered(key):
            return earlier
        bill_id = bills.find(self._store.connection, number)
        if bill_id is None:
            return self._refuse("no-such-bill", f"There is no bill {number} at this till.")
        if not self._options.has_printer:
            return self._refuse("no-printer", "This till has no printer.")
        found: list[int] = []

        def work(tx: Any) -> None:
            found.append(spool.add_copy(tx, bill_id, self._stamp()))
            journal.append(tx, "reprint", self._stamp(), {"number": number, "by": self._options.cashier})

        if trouble := self._commit(work):
            return trouble
        self._board.notice("ok", "copy-queued", f"A copy of {number} is being printed.")
        return self.remember(key, Answer(ok=True, data={"job": found[0]}))

    def describe_bill(self, number: str) -> Answer:
        """Say what a bill was."""
        bill_id = bills.find(self._store.connection, number)
        bill = bills.load(self._store.connection, bill_id) if bill_id else None
        if bill is None:
            return self._refuse("no-such-bill", f"There is no bill {number} at this till.")
        text = f"Bill {number} of {bill.at[:10]}: {plain_text(bill.due_minor)}, {len(bill.lines)} lines."
        self._board.notice("info", "bill-found", text, found_bill=number)
        return Answer(ok=True, code="bill-found", text=text, data={"bill_number": number})

    def note(self, kind: journal.Kind, content: dict[str, Any], key: str = "") -> Answer:
        """Put something a person did into the journal; ok with code "again" when it was put there before."""
        if self.answered(key):
            return Answer(ok=True, code="again")
        trouble = self._commit(lambda tx: journal.append(tx, kind, self._stamp(), content))
        return trouble or self.remember(key, Answer(ok=True))

    def enqueue(self, entries: Sequence[outbox.Entry]) -> Answer:
        """Queue calls that belong to no bill, such as an enrolment made while the line is down."""
        return self.carry_out(lambda tx: outbox.add(tx, entries, now_ms=self._ms()), 0)

    def carry_out(self, work: Callable[[Any], list[int]], bill_id: int) -> Answer:
        """Run a change of the store that queues calls about a bill; work returns the ids of their rows."""
        added: list[int] = []
        if trouble := self._commit(lambda tx: added.extend(work(tx))):
            return trouble
        self._waiting.add(added, bill_id, self._ms())
        return Answer(ok=True)

    def now(self) -> datetime:
        """The wall clock, in the shop's zone."""
        return self._now()

    def say(self, code: str, text: str) -> Answer:
        """Tell the cashier that something was done."""
        self._board.notice("ok", code, text)
        return Answer(ok=True, code=code, text=text)

    def tidy(self) -> None:
        """What can wait for a quiet moment."""
        if self.sale.phase is not Phase.IDLE:
            return
        if sales.left_over(self._store.connection):
            self._commit(sales.tidy)
        elif self._store.log_bytes() > _LOG_BYTES:
            self._store.checkpoint()

    def series(self) -> str:
        """The number series of a bill completed now; credit notes have their own."""
        year = financial_year(self._now().date(), self._options.fiscal_month)
        bills_of_year = series_name(self._options.prefix, year)
        return credit_series(bills_of_year) if kind_of(self.sale) == "return" else bills_of_year

    def show(self) -> None:
        """Put the open sale on the board."""
        self._board.set(sale=self._picture())

    def look_at_clock(self) -> Standing:
        """How the clock stands now, which its badge shows."""
        found = self._clock(self._now(), self._last_at)
        self._board.badge("clock", state=found.state, text=found.text)
        return found

    # --- completing -------------------------------------------------------------------------------

    def _close(self, event: e.Event, key: str) -> Answer:
        last = sales.Recorded(self._seq + 1, self._stamp(), key, event)
        if isinstance(event, e.Cancelled):
            due = totals(self.sale, self._options.pricing).due_minor
            if trouble := self._commit(lambda tx: sales.cancel(tx, self.sale.id, last, due)):
                return trouble
            return self._begin_next("info", "cancelled", "The sale was cancelled.", key, {})
        problems = self._problems()
        return self._blocked(problems) or self._complete(last, problems)

    def _complete(self, last: sales.Recorded, problems: Sequence[Problem]) -> Answer:
        sale = self.sale
        # Marked is a bill whose time is known or feared to be wrong: the sale goes on.
        clock = "ok" if self.look_at_clock().state in (OK, UNKNOWN) else "suspect"
        earns = not any(problem.pointless for problem in problems)
        points_otp = sale.points.otp if sale.points else ""
        coupon_otp = sale.coupon.otp if sale.coupon else ""
        done: list[sales.Closed] = []

        def bill_of(seq: int) -> Bill:
            return close(sale, self._closing(seq, last.at, clock, earns=earns), self._options.pricing)

        entries: list[outbox.Entry] = []

        def calls(bill: Bill) -> Sequence[outbox.Entry]:
            entries.extend(held(self._calls(bill, points_otp, coupon_otp), problems, bill.number))
            return entries

        def work(tx: Any) -> None:
            done.append(
                sales.complete(
                    tx,
                    self.series(),
                    last,
                    bill_of,
                    calls,
                    now_ms=self._ms(),
                    paper=self._options.has_printer,
                )
            )

        if trouble := self._commit(work):
            return trouble
        closed = done[0]
        self._waiting.add(closed.queued, closed.bill_id, self._ms())
        for row_id, entry in zip(closed.queued, entries, strict=True):
            if entry.held:
                self._waiting.parked(row_id)
        self._last_at = datetime.fromisoformat(last.at)
        bill = closed.bill
        change = f" Change {plain_text(bill.change_minor)}." if bill.change_minor else ""
        change = f" Give back {plain_text(-bill.due_minor)}." if bill.due_minor < 0 else change
        data = {"bill_number": bill.number, "due_minor": bill.due_minor, "change_minor": bill.change_minor}
        paper = "queued" if closed.print_job else "none"
        last_bill = last_bill_picture(
            bill, closed.print_job, paper, self._waiting.state_of(closed.bill_id) if closed.queued else "none"
        )
        warning = stopped(problems, entries)
        level = "warn" if warning else "ok"
        answer = self._begin_next(
            level, "completed", f"Bill {bill.number} is done.{change}{warning}", last.key, data, last_bill
        )
        self._settled(closed)
        return answer

    def _begin_next(
        self, level: str, code: str, text: str, key: str, data: dict[str, Any], last_bill: Any = None
    ) -> Answer:
        self.sale, self._seq = Sale(self._new_id()), 0
        parts: dict[str, Any] = {"sale": self._picture(), "found_bill": ""}
        if last_bill is not None:
            parts["last_bill"] = last_bill
        self._board.notice(level, code, text, **parts)
        return self.remember(key, Answer(ok=True, text=text, data=data))

    def _problems(self) -> tuple[Problem, ...]:
        """What the organisation's rules have against the sale, before a number is used."""
        series, options = self.series(), self._options
        number = bill_number(series, bills.upcoming(self._store.connection, series))
        clock, now = self.look_at_clock(), self._now()
        rules, most = self._rules(), options.max_minor
        unknown_returns = options.unknown_returns or rules.may_return_unknown()
        return problems_of(
            self.sale, options.pricing, rules, number, now, most, clock, unknown_returns=unknown_returns
        )

    def _blocked(self, problems: Sequence[Problem]) -> Answer | None:
        stopped = next((problem for problem in problems if problem.blocks), None)
        return self._refuse(stopped.code, stopped.text) if stopped else None

    def _own_rules(self) -> OrgRules:
        return rule_book({}, number_pattern=self._options.number_pattern).rules

    def _closing(self, seq: int, at: str, clock: str, *, earns: bool) -> Closing:
        options = self._options
        return Closing(
            series=self.series(),
            seq=seq,
            at=at,
            business_date=at[:10],
            store_code=options.store_code,
            till_code=options.till_code,
            cashier=options.cashier,
            currency=options.currency,
            clock_state=clock,
            default_reason=options.default_reason,
            earns=earns,
            points_kept=not self._rules().points_return,
        )

    # --- underneath -------------------------------------------------------------------------------

    def _commit(self, work: Callable[[Any], object]) -> Answer | None:
        """Run work in one transaction. Returns a refusal when the disk says no; damage goes up."""
        try:
            with self._store.transaction() as tx:
                work(tx)
        except (StoreFull, StoreReadOnly) as error:
            state = "full" if isinstance(error, StoreFull) else "readonly"
            if self._board.badge("store", state=state, text=error.text):
                log.error("store: %s", error.text)
            return self._refuse(f"store-{state}", error.text)
        # A commit proves that there is room again; it does not mend a damaged journal.
        if self._board.part("badges")["store"]["state"] in ("full", "readonly"):
            self._board.badge("store", state="ok", text="Store ok")
            log.info("store: it can be written again")
        return None

    def _refuse(self, code: str, text: str) -> Answer:
        log.info("refused: %s", code)
        self._board.notice("error", code, text)
        return refused(code, text)

    def _show(self, level: str, code: str, text: str) -> None:
        if text:
            self._board.notice(level, code, text, sale=self._picture())
        else:
            self._board.set(sale=self._picture())

    def _picture(self) -> Callable[[], dict[str, Any]]:
        return partial(sale_picture, self.sale, self._options.pricing)

    def _recover(self) -> None:
        """Rebuild the sale that was open when the process ended, by the same apply()."""
        connection = self._store.connection
        for sale_id, rows in sales.open_sales(connection).items():
            sale = Sale(sale_id)
            for row in rows:
                sale = apply(sale, row.event, self._options.pricing)
                self.remember(row.key, Answer(ok=True))
            self.sale, self._seq = sale, rows[-1].seq
        for bill_id, _, key in reversed(bills.newest(connection, 20)):
            bill = bills.load(connection, bill_id)
            if bill is None:
                continue
            data = {
                "bill_number": bill.number,
                "due_minor": bill.due_minor,
                "change_minor": bill.change_minor,
            }
            self.remember(key, Answer(ok=True, text=f"Bill {bill.number} is done.", data=data))
            self._last_at = datetime.fromisoformat(bill.at)
            job, state = spool.state_of(connection, bill_id)
            sync = self._waiting.state_of(bill_id)
            self._board.set(last_bill=last_bill_picture(bill, job, state, sync))
        self.look_at_clock()
        self.show()
        if self.sale.phase is not Phase.IDLE:
            self._board.notice("info", "recovered", "The sale that was open is here again.")

    def _stamp(self) -> str:
        return self._now().isoformat(timespec="seconds")

    def _ms(self) -> int:
        return int(self._now().timestamp() * 1000)
