"""The sentence beside a parked row: what it is about, why it waits for a person, what they can do."""

from __future__ import annotations

from agent.loyalty.answers.envelope import Verdict
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.unwritable import Unsendable, Why, unwritten
from agent.loyalty.calls.wire_format import aware
from agent.sale.clock import apart, moment_ms
from agent.sale.queue_terms import Op

_SUBJECTS: dict[str, str] = {
    Op.TRANSACTION_ADD: "Bill {number}",
    Op.TRANSACTION_RETURN: "The return of bill {number}",
    Op.POINTS_REDEEM: "Redeeming the points of bill {number}",
    Op.COUPON_REDEEM: "Redeeming the coupon of bill {number}",
    Op.TRANSACTION_UPDATE: "Naming the customer of bill {number}",
    Op.POINTS_REVERSE: "Giving back the points of bill {number}",
    Op.COUPON_REACTIVATE: "Giving back the coupon of bill {number}",
    Op.CUSTOMER_ADD: "The enrolment",
    Op.CUSTOMER_UPDATE: "The change of the customer's details",
}
_ADVICE: dict[str, str] = {
    Op.TRANSACTION_ADD: "The sale stands. Mend the cause, then retry; or waive it with a reason.",
    Op.TRANSACTION_RETURN: (
        "The money was given back; the loyalty points of the bill may be too many until this is settled. "
        "Mend the cause, then retry; or waive it with a reason."
    ),
    Op.POINTS_REDEEM: (
        "Redemption owed: the invoice gave the discount and stays as it is. "
        "Retry, take the payment, or void the bill with a return."
    ),
    Op.COUPON_REDEEM: (
        "Redemption owed: the invoice gave the discount and stays as it is. "
        "Retry, take the payment, or void the bill with a return."
    ),
    Op.TRANSACTION_UPDATE: (
        "The bill stays without a customer and earns no points. "
        "Mend the cause, then retry; or waive it with a reason and tell the customer."
    ),
    Op.POINTS_REVERSE: (
        "The customer is owed these points. "
        "Retry, have the organisation credit them, or waive it with a reason."
    ),
    Op.COUPON_REACTIVATE: (
        "The customer is owed this coupon. "
        "Retry, have the organisation issue another, or waive it with a reason."
    ),
    Op.CUSTOMER_ADD: "Ask the customer again and enrol anew, or waive it with a reason.",
    Op.CUSTOMER_UPDATE: "Look the customer up and change the details anew, or waive it with a reason.",
}
_UNSENDABLE: dict[Why, str] = {
    # The same bytes will never be there to retry.
    Why.UNWRITTEN: (
        "{subject} cannot be told to the cloud: {problem}. "
        "Retrying does not help: have the organisation put it right, then waive it with a reason."
    ),
    Why.NUMBER: "The bill number has no or more than {most} characters.",
    Why.SIZE: "The bill is larger than the cloud can store.",
    Why.SUM: "The lines of the bill sum up to {lines}, the bill says {due}.",
}
CLOCK = (
    "Check this till's clock and date: the bill carries them. "
    "The till tries it again by itself as soon as the cloud would take the date; if that is never, the "
    "organisation must widen its limits or the bill be waived with a reason."
)


def subject(call: Call) -> str:
    """What the row is about."""
    return _SUBJECTS.get(call.op, "The call").format(number=call.fact("number"))


def refusal(call: Call, verdict: Verdict) -> str:
    """Why the cloud refused and what a person can do."""
    told = verdict.text or _untold(verdict)
    return f"{subject(call)} was refused: {told} {_ADVICE.get(call.op, '')}".strip()


def clock(call: Call, verdict: Verdict) -> str:
    """The same for a bill whose date the cloud does not take (643, 644), with how far apart the two are."""
    told = f"{subject(call)} of {call.fact('at')} was refused: {verdict.text}"
    return f"{told}{_difference(call, verdict)} {CLOCK}"


def _difference(call: Call, verdict: Verdict) -> str:
    """Measured by the Date of the refusal itself; nothing where that or the bill's time is not known."""
    if verdict.cloud_ms is None:
        return ""
    try:
        at_ms = moment_ms(aware(call.fact("at")))
    except ValueError:
        return ""
    return f" The bill was {apart(at_ms - verdict.cloud_ms)} the cloud's clock."


def clash(call: Call, how: str) -> str:
    """A bill number that the cloud holds, and not with this bill."""
    return (
        f"{subject(call)}: the cloud already has a bill of this number, {how}. "
        "Nothing was sent again. Compare the two, then waive this one or have the cloud's corrected."
    )


def erased(call: Call) -> str:
    """An enrolment of someone whose data were deleted in the meantime."""
    return (
        f"{subject(call)}: the customer had their data deleted since, so nothing was sent. "
        "Retry if they want to be a member again, else waive it with a reason."
    )


def taken(call: Call) -> str:
    """An enrolment under an identifier of another person; who that is, is not said."""
    told = f"{subject(call)}: the identifier belongs to a customer of another name."
    return f"{told} {_ADVICE[Op.CUSTOMER_ADD]}"


def elsewhere(call: Call, bills: tuple[str, ...]) -> str:
    """A coupon that was used on another bill."""
    where = ", ".join(bill for bill in bills if bill) or "another bill"
    return f"{subject(call)}: the coupon was used on {where}. {_ADVICE[Op.COUPON_REDEEM]}"


def untold(call: Call, why: str) -> str:
    """An outcome that a read-back could not tell."""
    return f"{subject(call)} may or may not have arrived: {why}. Look in the cloud, then retry or waive it."


def no_verdict(call: Call, attempts: int, reason: str) -> str:
    """A row that keeps getting the same unhelpful answer."""
    advice = _ADVICE.get(call.op, "")
    return f"{subject(call)} was tried {attempts} times without a verdict. {reason} {advice}".strip()


def tried(attempts: int, reason: str) -> str:
    """How often a row was tried in vain, to stand within a sentence."""
    return f"it was tried {attempts} times without a verdict. {reason}".rstrip(". ")


def unsendable(call: Call, problem: Unsendable) -> str:
    """A stored call that must not go out as it is."""
    return _UNSENDABLE[problem.why].format(subject=subject(call), **problem.params)


def problem_of(call: Call) -> str:
    """Why a call could not be written; "" if it was."""
    problem = unwritten(call)
    return unsendable(call, problem) if problem else ""


def _untold(verdict: Verdict) -> str:
    told = f", saying: {verdict.message}" if verdict.message else ""
    return f"the cloud gave code {verdict.code or 'none'}, which this till does not know{told}."
