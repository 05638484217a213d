"""The store is compared with the cloud: numbers it knows of this till are not given out again.

What the store and its mark have lost together, the cloud still has, as far as it was told. A store that
begins is compared until the cloud has answered. One that goes on may have been set back, mark and all (an
image of the box, a snapshot): at each start the cloud is asked for the next number alone, and for more where
it knows that, or has refused a number as another bill's. All of it aside from every sale; until then the
numbers go on from what the store knows.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Sequence
from sqlite3 import Connection
from typing import TYPE_CHECKING, Any

from agent.language.sentence import Sentence
from agent.sale.numbering import bill_number
from agent.store import bills, journal, key_value, omitted
from agent.store.beginning import COMPARED_FACT
from agent.store.errors import RowDamaged, StoreFull, StoreReadOnly
from agent.till.till import Till

if TYPE_CHECKING:
    from agent.loyalty.attempt import Listener
    from agent.loyalty.calls.options import CloudOptions
    from agent.loyalty.line.sign_in import SignIn

log = logging.getLogger("agent.cloud")

DEADLINE_S = 10.0
HOLES = 8
"""So many numbers in a row that the cloud does not know are its last word: a bill may have been waived, or
wait for a person."""


class Unanswered(Exception):
    """The cloud did not tell whether it knows a number; it is asked again later."""


class KnownNumbers:
    """knows asks the cloud whether it has a bill of that number of this till, and raises Unanswered. series
    names those whose numbers are given out now."""

    def __init__(self, till: Till, series: Callable[[], Sequence[str]], knows: Callable[[str], bool]) -> None:
        self._till = till
        self._series = series
        self._knows = knows
        self._glanced = False
        self._doubted = False

    def doubt(self) -> None:
        """The cloud has another bill under a number that was given out here. On any thread."""
        self._doubted = True

    def look(self) -> None:
        """Compare, if there was a doubt. On the thread of compare."""
        if self._doubted:
            self._doubted = False
            with contextlib.suppress(StoreFull, StoreReadOnly, RowDamaged):
                self._compare()

    def compare(self) -> bool:
        """If that was not done since the store was begun, or the cloud knows the next number; whether it is
        done now. On any thread, outside of turns."""
        if self._till.read(lambda tx: key_value.load(tx, COMPARED_FACT)) and not self._is_set_back():
            return True
        return self._compare()

    def _is_set_back(self) -> bool:
        """Whether the cloud knows a number that is given out next; asked once a run, if it answers."""
        if self._glanced:
            return False
        try:
            found = any(self._knows_next(series) for series in self._series())
        except Unanswered:
            return False
        self._glanced = True
        return found

    def _knows_next(self, series: str) -> bool:
        upcoming = self._till.read(lambda tx: bills.upcoming(tx, series))
        known = self._knows(bill_number(series, upcoming))
        # Unless it was given out, and told, while the question was on its way.
        return known and self._till.read(lambda tx: bills.upcoming(tx, series)) == upcoming

    def _compare(self) -> bool:
        try:
            last = {name: self._last(name) for name in self._series()}
        except Unanswered:
            return False
        gaps = self._till.write(lambda tx: self._kept(tx, last))
        for gap in gaps:
            first, beyond = (bill_number(gap["series"], gap[key]) for key in ("from", "to"))
            log.warning("the cloud knows %s: the numbers from %s are left out", beyond, first)
            self._till.say(Sentence("numbers-known", first=first, last=beyond), "warn")
        return True

    def _last(self, series: str) -> int:
        """The last number that the cloud knows and this store does not; 0 where it knows none. Bills it was
        never told are fewer than HOLES in a row: first in doubled steps, then in halved ones."""

        def knows(seq: int) -> bool:
            """Of this number or of one soon after it."""
            return any(self._knows(bill_number(series, one)) for one in range(seq, seq + HOLES))

        known = self._till.read(lambda tx: bills.upcoming(tx, series))
        while True:
            if not knows(known):
                return 0
            upcoming = self._till.read(lambda tx: bills.upcoming(tx, series))
            if upcoming <= known:
                break
            # Given out, and perhaps told, while the question was on its way.
            known = upcoming
        step = 1
        while knows(known + step):
            known, step = known + step, 2 * step
        unknown = known + step
        while unknown - known > 1:
            middle = (known + unknown) // 2
            known, unknown = (middle, unknown) if knows(middle) else (known, middle)
        return known

    def _kept(self, tx: Connection, last: dict[str, int]) -> list[dict[str, Any]]:
        gaps: list[dict[str, Any]] = [
            {"series": name, "from": bills.upcoming(tx, name), "to": seq}
            for name, seq in last.items()
            if bills.upcoming(tx, name) <= seq
        ]
        if gaps:
            omitted.leave_out(tx, {gap["series"]: gap["to"] for gap in gaps})
            content = {"by": "", "why": "cloud", "gaps": gaps}
            journal.append(tx, "store-begun", self._till.stamp(), content)
        key_value.save(tx, COMPARED_FACT, "yes")
        return gaps


def cloud_knows(
    options: CloudOptions, sign_in: Callable[[], SignIn], listen: Listener
) -> Callable[[str], bool]:
    """Asks the cloud itself, whatever day the bill was of."""

    def knows(number: str) -> bool:
        from agent.loyalty.answers.verdict import Outcome
        from agent.loyalty.attempt import attempt
        from agent.loyalty.calls.return_calls import bills_called
        from agent.loyalty.line.transport import Transport

        transport = Transport(options, sign_in())
        try:
            call = bills_called(number, options.till_code, "")
            verdict = attempt(transport, call, DEADLINE_S, listen=listen)
        finally:
            transport.close()
        if verdict.outcome is Outcome.OK and verdict.items:
            return True
        if verdict.sense == "absent":
            return False
        raise Unanswered

    return knows
