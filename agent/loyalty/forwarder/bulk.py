"""Bills of a backlog in one call, POST /v2/transactions/bulk, each judged by itself
(docs/capillary.md 3, 5.2). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from agent.loyalty.answers.v2_envelope import by_element, unsays
from agent.loyalty.answers.v11_envelope import CONTRADICTS
from agent.loyalty.answers.verdict import Outcome, Verdict
from agent.loyalty.calls import fields
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.fields import Json
from agent.sale.queue_terms import Op

LARGEST_BODY = 1_000_000
"""Bytes of one bulk call. The cloud stores 16 MiB of one bill; what it takes at once is not documented."""
TOO_MANY = (672, 1060)
"""The codes of a batch that is larger than the cloud takes; how many it takes is not documented either."""
LIMITED = (429, 517)
"""Too many calls: everybody of this till waits."""


@dataclass(frozen=True, slots=True)
class BatchSize:
    """How many bills go into the next call: 1 at first, twice as many after each that went well."""

    most: int
    rows: int = 1

    def grown(self) -> BatchSize:
        """After a call that went well."""
        return replace(self, rows=min(self.rows * 2, self.most))

    def halved(self) -> BatchSize:
        """After one without an answer, or with less of an answer than was asked for."""
        return replace(self, rows=max(self.rows // 2, 1))

    def within(self, rows: int) -> BatchSize:
        """Never again more than rows in a call: the cloud does not take as many."""
        most = max(1, min(rows, self.most))
        return BatchSize(most, min(self.rows, most))

    def taken(self, sizes: Iterable[int]) -> int:
        """How many of the next bills, of so many bytes each, go into one call: at least one."""
        count = filled = 0
        for size in sizes:
            filled += size
            if count == self.rows or (count and filled > LARGEST_BODY):
                break
            count += 1
        return count


def requests_for(backlog: int, most: int) -> int:
    """How many calls a backlog of bills takes when all goes well."""
    calls, pace = 0, BatchSize(most)
    while backlog > 0:
        full = backlog // most if pace.rows == most else 0
        calls, backlog = calls + max(full, 1), backlog - max(full, 1) * pace.rows
        pace = pace.grown()
    return calls


def bundle(bills: Sequence[bytes]) -> Call:
    """One call for several bills, each as its stored call has it (agent.loyalty.calls.call.shared_part)."""
    return Call(
        op=Op.TRANSACTION_BULK,
        method="POST",
        path="/v2/transactions/bulk",
        body=b"[" + b",".join(bills) + b"]",
        family="transaction",
        facts=(("number", f"{len(bills)} bills"),),
    )


def judged(numbers: Sequence[str], answer: Verdict) -> list[str | Verdict | None]:
    """What became of each bill, in the order of numbers.

    The cloud's id of a bill that was taken; the verdict on one that was not plainly taken; None for one the
    answer does not speak of, or in two elements. The order of the answer is not promised, so a bill is found
    by its number.
    """
    told: dict[str, Json | None] = {}
    items = fields.rows(answer.answer, "response")
    for item in items:
        number = number_key(fields.text(item, "result", "billNumber"))
        told[number] = None if number in told else item
    believed = not unsays(answer.answer, len(numbers) - len(items))
    return [_judged(told.get(number_key(number)), answer, believed=believed) for number in numbers]


def _judged(item: Json | None, answer: Verdict, *, believed: bool) -> str | Verdict | None:
    if item is None:
        return None
    if not believed:
        return replace(by_element(item, answer), outcome=Outcome.UNKNOWN, doubt=CONTRADICTS)
    created = fields.whole(item, "entityId") or 0
    return str(created) if created > 0 and not item.get("errors") else by_element(item, answer)


def without_answer(answer: Verdict) -> Verdict:
    """The verdict on a bill that the answer does not speak of: unknown, unless no bill was looked at."""
    known = answer.outcome is Outcome.NEVER_SENT or refused_whole(answer)
    return answer if known else replace(answer, outcome=Outcome.UNKNOWN, code=None, items=())


def refused_whole(answer: Verdict) -> bool:
    """Whether the cloud turned the call away before it looked at any bill: limits, locks, not let in."""
    whole = answer.code in TOO_MANY or answer.sense in ("untouched", "hold")
    return answer.outcome is Outcome.NO and whole


def number_key(number: str) -> str:
    """What makes two bill numbers the same."""
    return number.strip().casefold()
