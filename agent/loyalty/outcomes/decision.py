"""The decision after each attempt of an outbox row. Pure: a call and a verdict in, what to do next out.

What may have happened is never repeated blindly: it is read back first (docs/capillary.md 10).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.language.sentence import Sentence
from agent.loyalty.answers.codes import UNLISTED, listed, meaning
from agent.loyalty.answers.verdict import Outcome, Verdict
from agent.loyalty.calls import fields
from agent.loyalty.calls.builders import customer_get
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.redemption_calls import points_redeem_anew
from agent.loyalty.calls.return_calls import which_parent
from agent.loyalty.outcomes import parked_reasons
from agent.loyalty.outcomes.retry import RetryPace
from agent.sale.queue_terms import Op

FEW_TRIES = 3
_FEW: dict[str, tuple[int, ...]] = {
    Op.CUSTOMER_ADD: (1023, 1024, 10001, 10002),
    Op.CUSTOMER_UPDATE: (1024, 10002),
    Op.TRANSACTION_ADD: (686,),
    Op.POINTS_REDEEM: (889,),
}
"""Codes called retryable that usually are not: three tries, then a person (docs/capillary.md 9)."""
_SERVER_FAILS = range(500, 600)
_LOCKED, _CLOCK = 521, (643, 644)
TAGGED = 1630
"""The one code that says a bill was given its customer; another success may mean another update."""
SEVERAL = 9614
"""The cloud has several bills of the number that a return names, and wants its own id of one."""
_LIMITED_ALL, _LIMITED = 429, (429, 517)
_CLAIMS: dict[str, tuple[int, ...]] = {
    Op.TRANSACTION_ADD: (604,),
    Op.COUPON_REDEEM: (711, 716, 728, 736, 747),
    Op.CUSTOMER_ADD: (1014, 1032, 1033),
    Op.TRANSACTION_UPDATE: (1627,),
    Op.POINTS_REVERSE: (902, 3802),
    Op.COUPON_REACTIVATE: (510,),
}
"""Refusals that may mean "done already"; only a read-back tells."""


@dataclass(frozen=True, slots=True)
class Done:
    """The effect is in the cloud, once. server_ref is the cloud's id of it, where it gave one. newer: of a
    customer's details some were not told, since somebody else's change there is newer."""

    server_ref: str = ""
    newer: bool = False


@dataclass(frozen=True, slots=True)
class RetryAt:
    """Try again later. unknown: an attempt may have had its effect, so the next one reads back first.

    call, if given, replaces the stored one: a redemption under its next reference.
    """

    pace: RetryPace
    code: str
    reason: Sentence | None
    unknown: bool
    retry_after_s: float | None = None
    everybody: bool = False
    call: Call | None = None


@dataclass(frozen=True, slots=True)
class Resend:
    """The read-back proved that nothing happened: send the same bytes."""


@dataclass(frozen=True, slots=True)
class Park:
    """A person must decide. unsure: it may have arrived all the same."""

    code: str
    reason: Sentence
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class ReadBack:
    """Ask this first, then decide. refusal is the answer that made it necessary, if one did; otherwise is
    what follows where the effect is not there, unless that is simply refused. newer: as in the Done that
    this leads to."""

    call: Call
    refusal: Verdict | None = None
    otherwise: RetryAt | Park | None = None
    newer: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """No call of this till can pass until the configuration is mended; the row itself is fine, and looked up
    before it goes again. unknown: it may have arrived, for all that is known until then."""

    code: str
    reason: Sentence
    unknown: bool


Decision = Done | RetryAt | ReadBack | Resend | Park | Hold


def decide(
    call: Call, verdict: Verdict, *, earlier: bool, attempts: int, last_code: str, read_back: Call | None
) -> Decision:
    """What follows from the answer to an attempt.

    earlier: an attempt before this one may have reached the cloud. attempts counts this one. last_code is the
    code of the attempt before. read_back tells whether the effect is there (readback.first_question); None
    for calls that are harmless to repeat.
    """
    if verdict.outcome is Outcome.OK:
        if call.op == Op.TRANSACTION_UPDATE and verdict.code != TAGGED and read_back is not None:
            return ReadBack(read_back, verdict)
        return Done(server_ref(verdict))
    if (short := outside_failure(call, verdict, earlier=earlier)) is not None:
        # An earlier attempt was looked up before this one.
        return replace(short, unknown=False) if isinstance(short, Hold) else short
    if verdict.outcome is Outcome.UNKNOWN:
        return _again(call, verdict, attempts=attempts, last_code=last_code, read_back=read_back)
    return _refused(call, verdict, earlier=earlier, read_back=read_back)


def outside_failure(call: Call, verdict: Verdict, *, earlier: bool) -> RetryAt | Hold | None:
    """What follows where the fault is not the call's: not sent, locked, limited, not let in; else None."""
    code = str(verdict.code or "")
    if verdict.outcome is Outcome.NEVER_SENT:
        return RetryAt(pace_of(call, RetryPace.BACKOFF), code, verdict.why, unknown=earlier)
    if verdict.outcome is not Outcome.NO:
        return None
    if verdict.sense == "hold":
        return Hold(code, verdict.why or Sentence("line.nothing"), unknown=earlier)
    if verdict.code == _LOCKED:
        return RetryAt(RetryPace.LOCKED, code, verdict.why, earlier, verdict.retry_after_s)
    if verdict.code in _LIMITED:
        everybody = verdict.code == _LIMITED_ALL
        return RetryAt(
            RetryPace.RATE_LIMITED, code, verdict.why, earlier, verdict.retry_after_s, everybody=everybody
        )
    return None


def pace_of(call: Call, usual: RetryPace) -> RetryPace:
    """The pace of a call that got no verdict: customers' calls keep the seeds' (two more, 5 s apart)."""
    return RetryPace.ENROL if call.op in (Op.CUSTOMER_ADD, Op.CUSTOMER_UPDATE) else usual


def server_ref(verdict: Verdict) -> str:
    """The cloud's id of what was done, as text."""
    names = ("createdId", "redemption_id", "redemptionId", "reversalId", "id", "user_id")
    return next((found for name in names if (found := fields.text(verdict.data, name))), "")


def _again(
    call: Call, verdict: Verdict, *, attempts: int, last_code: str, read_back: Call | None
) -> Decision:
    """It may have happened, whatever was said: nothing is sent again, nor called refused, before a look."""
    code = str(verdict.code or "")
    if code and code == last_code and attempts >= FEW_TRIES and _seldom_passes(call, verdict):
        told = parked_reasons.no_verdict(call, attempts, verdict.sentence)
        parked = Park(code, told) if verdict.sentence else refused(call, verdict)
        question = read_back or _same_person(call)
        return ReadBack(question, verdict, parked) if question else parked
    why = verdict.why or Sentence("line.nothing")
    again = RetryAt(pace_of(call, RetryPace.UNSURE), code, why, unknown=True)
    again = replace(again, retry_after_s=verdict.retry_after_s)
    if read_back is not None and _spends_reference(call, verdict):
        anew = replace(again, pace=RetryPace.BACKOFF, call=points_redeem_anew(call))
        return ReadBack(read_back, verdict, anew)
    return again


def _seldom_passes(call: Call, verdict: Verdict) -> bool:
    """Whether what is said again and again is meant: some codes of a little hope, what cannot be believed,
    and those of no table, but for a server's failures, which last as long as they last."""
    if verdict.doubt or verdict.code in _FEW.get(call.op, ()):
        return True
    return meaning(verdict.family, verdict.code) is UNLISTED and verdict.code not in _SERVER_FAILS


def _spends_reference(call: Call, verdict: Verdict) -> bool:
    """Whether a redemption failed, says the points' own table: then it is not repeated under its reference
    (docs/capillary.md 10.1)."""
    return call.op == Op.POINTS_REDEEM and not verdict.doubt and ("points", verdict.code) in listed()


def _same_person(call: Call) -> Call | None:
    """What tells of an enrolment whether it is done."""
    return customer_get(call.fact("who_name"), call.fact("who_value")) if call.op == Op.CUSTOMER_ADD else None


def _refused(call: Call, verdict: Verdict, *, earlier: bool, read_back: Call | None) -> Decision:
    """A definite no. Read back first where an attempt may have arrived, where it claims "done", where a
    failing server says it, and before a redemption is called owed."""
    if call.op == Op.TRANSACTION_RETURN and verdict.code == SEVERAL and (which := which_parent(call)):
        return ReadBack(which, verdict)
    claim = verdict.code in _CLAIMS.get(call.op, ())
    if claim and (who := _same_person(call)):
        return ReadBack(who, verdict)
    owing = call.op in (Op.POINTS_REDEEM, Op.COUPON_REDEEM)
    if read_back is not None and (earlier or claim or owing or verdict.http_status >= 500):
        return ReadBack(read_back, verdict)
    return refused(call, verdict)


def refused(call: Call, verdict: Verdict) -> Park:
    """A definite no, for a person: what, why and what to do."""
    told = parked_reasons.clock if verdict.code in _CLOCK else parked_reasons.refusal
    return Park(str(verdict.code or ""), told(call, verdict))
