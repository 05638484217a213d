"""What a question at the counter came to, in a sentence the cashier can say aloud."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from agent.language.sentence import Sentence
from agent.loyalty.answers.codes import UNLISTED, Klass, meaning
from agent.loyalty.answers.verdict import Outcome, Verdict
from agent.loyalty.calls.call import Call
from agent.loyalty.line import trouble
from agent.sale.queue_terms import ReplyOutcome

T = TypeVar("T")

OK, NO = ReplyOutcome.OK, ReplyOutcome.NO
OFFLINE, UNKNOWN = ReplyOutcome.OFFLINE, ReplyOutcome.UNKNOWN


@dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    """outcome is ok, no, offline (the cloud is not there; go on) or unknown (it may have been done).

    code is the cloud's, or one of not_found, erased, unusable, existing, someone_else, no-id, and of coupons
    lineitem, ceiling, worthless; empty where there is none. sentence is for the cashier; a reply that only
    hands a value on has none. call, where there is one, is what the outbox should carry.
    """

    outcome: ReplyOutcome
    code: str = ""
    sentence: Sentence | None = None
    value: T | None = None
    call: Call | None = None

    @property
    def told(self) -> Sentence | str:
        """The sentence as a part of another one."""
        return self.sentence or ""


def refused(verdict: Verdict, what: str) -> Reply[T]:
    """A verdict that is not ok, as a reply about what was asked: code, customer, enrolment, update, bill,
    bills, points or coupon.

    A cloud that is busy, or has this customer locked (429, 521), has not said no: that is unknown too. So is
    a code nobody knows.
    """
    code = str(verdict.code or "")
    if verdict.trouble:
        return Reply(OFFLINE, code, without(trouble.sentence(verdict.trouble)))
    if verdict.sense == "hold":
        return Reply(OFFLINE, code, Sentence("cloud.hold", told=verdict.sentence or ""))
    told = verdict.sentence or _unlisted(verdict) or Sentence(f"cloud.unclear.{what}")
    if verdict.outcome is Outcome.UNKNOWN or verdict.klass is Klass.RETRYABLE:
        return Reply(UNKNOWN, code, without(told))
    return Reply(NO, code, told)


def without(told: Sentence) -> Sentence:
    """What was found, and that the sale goes on without what was asked for."""
    return Sentence("cloud.without", told=told)


def with_remarks(done: Sentence, verdict: Verdict) -> Sentence:
    """What was done, and what of it the cloud did not take all the same (warnings), each once."""
    codes = [warning.partition(" ")[0] for warning in verdict.warnings]
    for remark in dict.fromkeys(_remark(verdict.family, code) for code in codes):
        done = Sentence("several", first=done, second=remark)
    return done


def _remark(family: str, code: str) -> Sentence:
    known = meaning(family, int(code)).sentence if code.isascii() and code.isdigit() else None
    return known or Sentence("cloud.remark", code=code[:40])


def _unlisted(verdict: Verdict) -> Sentence | None:
    """What is said of a code of no table; None where there is no code, or only that of a success."""
    if verdict.code is None or meaning(verdict.family, verdict.code) is not UNLISTED:
        return None
    code = str(verdict.code)
    if not verdict.message:
        return Sentence("cloud.unlisted", code=code)
    return Sentence("cloud.unlisted-saying", code=code, message=verdict.message)
