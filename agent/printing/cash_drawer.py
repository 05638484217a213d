"""The drawer, which hangs on a printer: cash opens it, and a person with a reason and the right."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from agent.language.language import english
from agent.language.sentence import Said, Sentence
from agent.printing.drawer_watch import DrawerWatch
from agent.printing.plain_words import for_cashier
from agent.printing.printers import Printer
from agent.sale.basket import Bill, TenderType
from agent.sale.refusals import Refused
from agent.store.errors import StoreFull, StoreReadOnly
from agent.till.answer import Answer
from agent.till.counters import uncounted
from agent.till.rights import NOBODY, Claim, Right, Rights
from agent.till.till import Till
from agent.till.turn import TillClosed

log = logging.getLogger("agent.printing")


class CashDrawer:
    """printer: the one it hangs on, None for a till without a printer; hangs: whether one does at all, so
    that cash opens it. rights: asked before it opens without a sale. wake: tells printers of a job, all but
    one. cashier: whose press it is where no supervisor's word was needed. left_open_s: see DrawerWatch.
    count: one more of what UnifiedPOS counts of a drawer; a pulse of which nobody knows what became of it is
    neither."""

    def __init__(
        self,
        till: Till,
        printer: Printer | None,
        wake: Callable[[Printer | None], None],
        *,
        hangs: bool = True,
        rights: Rights | None = None,
        cashier: str = "",
        left_open_s: float = 0.0,
        count: Callable[[str], object] = uncounted,
    ) -> None:
        self._till = till
        self._printer = printer
        self._wake = wake
        self._hangs = hangs
        self._rights = rights
        self._cashier = cashier
        self._count = count
        self.watch = DrawerWatch(till, left_open_s)
        if printer:
            printer.drawer_seen = self.watch.seen
        # One hand on the drawer: a press that comes twice finds the answer of the first.
        self._hand = ThreadPoolExecutor(1, thread_name_prefix="drawer")

    def completed(self, bill: Bill) -> None:
        """A bill is completed: cash opens the drawer, paper or not, and then its printer prints; no other
        printer waits for that."""
        if not self._hangs or all(tender.type is not TenderType.CASH for tender in bill.tenders):
            self._wake(None)
            return
        self._wake(self._printer)
        with contextlib.suppress(RuntimeError):  # the till is closing
            self._hand.submit(self._open_for_cash, bill).add_done_callback(_look_at)

    def open(self, reason: str, key: str, claim: Claim = NOBODY) -> Answer:
        """Open it without a sale: with a reason, in the journal, and once per request."""
        if earlier := self._till.answered(key):
            return earlier
        if self._rights and reason.strip() and self._printer and self._printer.thread:
            asks = Sentence("needs-supervisor.drawer", reason=reason)
            no = self._rights.refusal(Right.DRAWER, claim, asks, key, reason=reason)
            if no is not None:
                return no
        return self._hand.submit(self._pressed, reason, key, claim.supervisor or self._cashier).result()

    def close(self) -> None:
        """Nobody opens it any more."""
        self._hand.shutdown(wait=False, cancel_futures=True)

    def _open_for_cash(self, bill: Bill) -> None:
        with contextlib.suppress(TillClosed, StoreFull, StoreReadOnly):
            sent, why = self._pulsed()
            self._wake(None)
            if why:
                end = self._unanswered if sent else self._stays_shut
                what = {"reason": "cash", "number": bill.number, "by": bill.cashier}
                self._till.once("", lambda: end(what, why))

    def _pressed(self, reason: str, key: str, by: str) -> Answer:
        if earlier := self._till.answered(key):
            return earlier
        written = self._till.once("", lambda: self._written(reason, by))
        if not written.ok:
            return written
        sent, why = self._pulsed()
        if why:
            end = self._unanswered if sent else self._stays_shut
            return self._till.once(key, lambda: end({"reason": reason, "by": by}, why))
        thread = self._printer.thread if self._printer else None
        done = Sentence("drawer-told.mute" if thread and thread.mute else "drawer-told")
        return self._till.once(key, lambda: self._till.answer(done))

    def _written(self, reason: str, by: str) -> Answer:
        """In the journal before it opens."""
        if not reason.strip():
            raise Refused("reason-missing")
        if self._printer is None or self._printer.thread is None:
            raise Refused("no-printer.drawer")
        self._till.note("drawer", {"reason": reason, "by": by})
        return self._till.answer()

    def _pulsed(self) -> tuple[bool, Said | None]:
        thread = self._printer.thread if self._printer else None
        if thread is None:
            return False, Sentence("no-printer.drawer")
        self.watch.pulsed()
        sent, why = thread.open_drawer()
        if not sent:
            self.watch.called_off()
            self._count("DrawerFailedOpenCount")
            return sent, why
        self.watch.sent()
        if not why:
            self._count("DrawerGoodOpenCount")
        return sent, why

    def _unanswered(self, what: dict[str, str], why: Said) -> Answer:
        """The printer took the pulse and said nothing: nobody knows whether it opened."""
        self._till.note("drawer", what | {"opened": None, "why": english().text(why)})
        return self._till.say(Sentence("drawer-told.silent"), "warn")

    def _stays_shut(self, what: dict[str, str], why: Said) -> Answer:
        """Said aloud, and in the journal."""
        self._till.note("drawer", what | {"opened": False, "why": english().text(why)})
        raise Refused("drawer-shut", why=for_cashier(why))


def _look_at(future: Future[None]) -> None:
    """Nobody waits for it, so nobody else would hear that it failed."""
    if not future.cancelled() and (error := future.exception()):
        log.error("drawer: it failed", exc_info=error)
