"""Calls that the cloud refused, or a rule held, for their date or for amounts: tried again when by the
cloud's own clock, or by the organisation's rules, it would take them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from sqlite3 import Connection

from agent.language.sentence import Sentence
from agent.loyalty.line.server_date import boottime_ms
from agent.sale.basket import Bill
from agent.sale.clock import DAY_MS, moment_ms
from agent.sale.rules import Making, OrgRules
from agent.store import bills, delivery, journal, outbox
from agent.store.errors import RowDamaged
from agent.till.last_bill import LastBill
from agent.till.outbox_tally import OutboxTally
from agent.till.till import Till

log = logging.getLogger("agent.cloud")

_LOOK_MS, _MOST = 5_000, 10_000
_AHEAD, _DATES = "643", ("644", "bill-date")
"""Codes of calls parked for their date: later than the cloud's clock allows, or earlier than a rule does."""
_HELD, _AMOUNTS = ("bill-amount", "line-amount"), ("601", "bill-amount", "line-amount")
"""Codes of bills parked for their amounts: held by a rule, or refused by the cloud as well."""


class DatedCalls:
    """cloud_ms: the cloud's time, if it is known. rules: the organisation's, in force. changed is told of
    rows in the turn that changed them, wake when there is something to send."""

    def __init__(
        self,
        till: Till,
        tally: OutboxTally,
        last_bill: LastBill,
        *,
        cloud_ms: Callable[[], int | None],
        rules: Callable[[], OrgRules],
        changed: Callable[[Iterable[int]], None],
        wake: Callable[[], None],
    ) -> None:
        self._till = till
        self._tally = tally
        self._last_bill = last_bill
        self._cloud_ms = cloud_ms
        self._rules = rules
        self._changed = changed
        self._wake = wake
        self._next_look_ms = 0
        self._tried: set[int] = set()
        self._before = rules()
        self._first = True

    def tidy(self) -> None:
        """Look at them now and then, in a quiet moment."""
        if (now_ms := boottime_ms()) >= self._next_look_ms:
            self._next_look_ms = now_ms + _LOOK_MS
            self.look()

    def look(self) -> None:
        """Each is tried again at most once for each reason: a second refusal is for a person."""
        rules = self._rules()
        if found := self._now_fit(rules):
            self._reopen(found, Sentence("queue.date-taken"))
        if found := self._now_small_enough(rules):
            self._reopen(found, Sentence("queue.rule-allows"))
        self._before, self._first = rules, False

    def _reopen(self, found: list[int], why: Sentence) -> None:
        now_ms, at = self._till.now_ms(), self._till.stamp()

        def work(tx: Connection) -> None:
            for row_id in found:
                delivery.again(tx, row_id, now_ms)
            reason = self._till.language.text(why)
            content = {"rows": found, "renewed": [], "reason": reason}
            journal.append(tx, "queue-retry", at, content)

        self._till.write(work)
        self._tried.update(found)
        for row_id in found:
            self._tally.again(row_id)
        self._changed(found)
        for row_id in found:
            self._last_bill.show_sync(self._tally.bill_of(row_id))
        log.info("%d calls that a rule or a date stopped are tried again", len(found))
        self._wake()

    def _now_fit(self, rules: OrgRules) -> list[int]:
        """Parked calls whose date stands no more in their way; a damaged one stays for a person."""
        parked = self._tally.stopped()[:_MOST]
        if not parked:
            return []
        cloud_ms, oldest = self._cloud_ms(), rules.oldest_date
        changed = oldest != self._before.oldest_date
        # Every organisation takes a day ahead (seeds); what it set beyond that may not hold in its cluster.
        latest_ms = cloud_ms + DAY_MS if cloud_ms is not None else 0
        return [
            row.id
            for row in self._till.read(lambda tx: outbox.dated(tx, parked, (_AHEAD, *_DATES)))
            if (at := bills.moment(row.at))
            and (
                (row.code == _AHEAD and row.id not in self._tried and moment_ms(at) <= latest_ms)
                or (row.code in _DATES and changed and (oldest is None or at.date() >= oldest))
            )
        ]

    def _now_small_enough(self, rules: OrgRules) -> list[int]:
        """Parked bills whose amounts the rules take: looked at when the rules changed and at the start. What
        the cloud refused is tried again for a change alone."""
        changed = rules != self._before
        parked = self._tally.stopped()[:_MOST] if changed or self._first else []
        if not parked:
            return []
        codes = _AMOUNTS if changed else _HELD

        def work(tx: Connection) -> list[int]:
            rows = outbox.dated(tx, parked, codes)
            return [row.id for row in rows if self._within(tx, rules, self._tally.bill_of(row.id))]

        return self._till.read(work)

    def _within(self, tx: Connection, rules: OrgRules, bill_id: int) -> bool:
        try:
            bill = bills.load(tx, bill_id)
        except RowDamaged as error:
            self._till.damaged(error.sentence)
            return False
        return bill is not None and _allow(rules, bill)


def _allow(rules: OrgRules, bill: Bill) -> bool:
    lines = tuple((line.sku, line.amount_minor) for line in bill.lines)
    making = Making(bill.number, bill.due_minor, lines, datetime.fromisoformat(bill.at))
    return not any(problem.outside for problem in rules.problems(making))
