"""The sentence beside a parked row: what it is about, why it waits for a person, what they can do."""

from __future__ import annotations

from agent.language.sentence import Param, Sentence
from agent.loyalty.answers.verdict import Verdict, ended
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.unwritable import Unsendable, Why, unwritten
from agent.loyalty.calls.wire_format import aware
from agent.sale.clock import duration, moment_ms
from agent.sale.queue_terms import Op


def subject(call: Call) -> Sentence:
    """What the row is about."""
    return Sentence(f"parked.subject.{call.op}", number=call.fact("number"))


def advice(call: Call) -> Sentence:
    """What a person can do."""
    if call.op == Op.TRANSACTION_RETURN and not call.fact("who_value"):
        return Sentence("parked.advice.return-of-nobody")
    return Sentence(f"parked.advice.{call.op}")


def refusal(call: Call, verdict: Verdict) -> Sentence:
    """Why the cloud refused and what a person can do."""
    told = verdict.sentence or _unlisted(verdict)
    return Sentence("parked.refused", subject=subject(call), told=told, advice=advice(call))


def clock(call: Call, verdict: Verdict) -> Sentence:
    """The same for a bill whose date the cloud does not take (643, 644), with how far apart the two are."""
    told: Param = verdict.sentence or ""
    if apart := _apart(call, verdict):
        told = Sentence("several", first=told, second=apart)
    return Sentence("parked.clock", subject=subject(call), at=call.fact("at"), told=told)


def _apart(call: Call, verdict: Verdict) -> Sentence | None:
    """Measured by the Date of the refusal itself; None where that or the bill's time is not known."""
    if verdict.cloud_ms is None:
        return None
    try:
        ahead_ms = moment_ms(aware(call.fact("at"))) - verdict.cloud_ms
    except ValueError:
        return None
    return Sentence("parked.ahead" if ahead_ms > 0 else "parked.behind", duration=duration(ahead_ms))


def clash(call: Call, how: Sentence, *further: Sentence) -> Sentence:
    """A bill number that the cloud holds, and not with this bill: how the two differ."""
    for one in further:
        how = Sentence("parked.clash.and", first=how, second=one)
    return Sentence("parked.clash", subject=subject(call), how=how)


def kept_nobodys(call: Call, verdict: Verdict) -> Sentence:
    """A member's bill that the cloud keeps as nobody's and does not give to its customer."""
    told = verdict.sentence or _unlisted(verdict)
    return Sentence("parked.kept-nobodys", subject=subject(call), told=told)


def erased(call: Call) -> Sentence:
    """An enrolment of someone whose data were deleted in the meantime."""
    return Sentence("parked.erased", subject=subject(call))


def taken(call: Call) -> Sentence:
    """An enrolment under an identifier of another person; who that is, is not said."""
    return Sentence("parked.taken", subject=subject(call))


def elsewhere(call: Call, bills: tuple[str, ...]) -> Sentence:
    """A coupon that was used on another bill."""
    where = ", ".join(bill for bill in bills if bill) or Sentence("parked.another-bill")
    return Sentence("parked.elsewhere", subject=subject(call), bills=where, advice=advice(call))


def others_customer(call: Call) -> Sentence:
    """A bill that the cloud has given to another customer."""
    return Sentence("parked.others-customer", subject=subject(call))


def untold(call: Call, why: Sentence) -> Sentence:
    """An outcome that a read-back could not tell; why is no whole sentence."""
    return Sentence("parked.untold", subject=subject(call), why=why)


def untold_tried(call: Call, attempts: int, reason: Sentence | None) -> Sentence:
    """An outcome still unknown after so many tries."""
    about = subject(call)
    if reason is None:
        return Sentence("parked.untold-tried", subject=about, count=attempts)
    return Sentence("parked.untold-tried-last", subject=about, count=attempts, reason=ended(reason))


def no_verdict(call: Call, attempts: int, reason: Sentence | None) -> Sentence:
    """A row that keeps getting the same unhelpful answer."""
    about, then = subject(call), advice(call)
    if reason is None:
        return Sentence("parked.no-verdict", subject=about, count=attempts, advice=then)
    told = ended(reason)
    return Sentence("parked.no-verdict-last", subject=about, count=attempts, reason=told, advice=then)


def unsendable(call: Call, problem: Unsendable) -> Sentence:
    """A stored call that must not go out as it is."""
    given = problem.params
    if problem.why is Why.UNWRITTEN:
        # The same bytes will never be there to retry.
        return Sentence("parked.unwritten", subject=subject(call), problem=given["problem"])
    if problem.why is Why.NUMBER:
        return Sentence("parked.number", most=given["most"])
    if problem.why is Why.SIZE:
        return Sentence("parked.size")
    return Sentence("parked.sum", lines=given["lines"], due=given["due"])


def problem_of(call: Call) -> Sentence | None:
    """Why a call could not be written; None if it was."""
    problem = unwritten(call)
    return unsendable(call, problem) if problem else None


def _unlisted(verdict: Verdict) -> Sentence:
    code: Param = str(verdict.code) if verdict.code else Sentence("parked.no-code")
    if not verdict.message:
        return Sentence("parked.unlisted", code=code)
    return Sentence("parked.unlisted-saying", code=code, message=verdict.message)
