"""What a question at the counter came to, in words the cashier can say aloud."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from agent.loyalty.answers.codes import Klass, meaning
from agent.loyalty.answers.envelope import Outcome, Verdict
from agent.loyalty.calls.call import Call
from agent.loyalty.line.trouble import SENTENCES
from agent.sale.queue_terms import ReplyOutcome

T = TypeVar("T")

OK, NO = ReplyOutcome.OK, ReplyOutcome.NO
OFFLINE, UNKNOWN = ReplyOutcome.OFFLINE, ReplyOutcome.UNKNOWN
WITHOUT = "The sale goes on without it."


@dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    """outcome is ok, no, offline (the cloud is not there; go on) or unknown (it may have been done).

    code is the cloud's, or one of not_found, erased, unusable, existing, someone_else, no-id, and of coupons
    lineitem, ceiling, worthless; empty where there is none. text is for the cashier. call, where there is
    one, is what the outbox should carry.
    """

    outcome: ReplyOutcome
    code: str = ""
    text: str = ""
    value: T | None = None
    call: Call | None = None


def refused(verdict: Verdict, what: str) -> Reply[T]:
    """A verdict that is not ok, as a reply about what was asked.

    A cloud that is busy, or has this customer locked (429, 521), has not said no: that is unknown too.
    """
    code = str(verdict.code or "")
    if verdict.trouble:
        return Reply(OFFLINE, code, f"{SENTENCES[verdict.trouble]} {WITHOUT}")
    if verdict.sense == "hold":
        return Reply(OFFLINE, code, f"{verdict.text} Tell the technician. {WITHOUT}")
    if verdict.outcome is Outcome.UNKNOWN or verdict.klass is Klass.RETRYABLE:
        told = verdict.text or f"The loyalty cloud gave no clear answer about {what}."
        return Reply(UNKNOWN, code, f"{told} {WITHOUT}")
    return Reply(NO, code, verdict.text or _unlisted(verdict))


def remarks(verdict: Verdict) -> str:
    """What the cloud did not take of something it did take (warnings), each once, begun with a blank."""
    codes = [warning.partition(" ")[0] for warning in verdict.warnings]
    told = (_remark(verdict.family, code) for code in codes)
    return "".join(f" {words}" for words in dict.fromkeys(told))


def _remark(family: str, code: str) -> str:
    known = meaning(family, int(code)).text if code.isascii() and code.isdigit() else ""
    return known or f"The loyalty cloud made a remark ({code[:40]})."


def _unlisted(verdict: Verdict) -> str:
    told = f": {verdict.message}" if verdict.message else ""
    return f"The loyalty cloud says no (code {verdict.code}{told})."
