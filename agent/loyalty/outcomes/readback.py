"""What a read-back proves: done, to be sent again, or for a person. Pure (docs/capillary.md 10.2)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.language.sentence import Sentence
from agent.loyalty.answers.codes import Klass, classify
from agent.loyalty.answers.member import differs, tells_of_deletion
from agent.loyalty.answers.verdict import Outcome, Verdict
from agent.loyalty.calls import fields
from agent.loyalty.calls.builders import coupon_get, customer_redemptions, transaction_get
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.customer_calls import customer_get, update_instead, update_of, v11_name
from agent.loyalty.calls.fields import Json
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.calls.redemption_calls import attempt_of, stem_of
from agent.loyalty.calls.retro_call import retro_of
from agent.loyalty.calls.return_calls import which_parent, with_parent
from agent.loyalty.calls.undo_calls import is_whole
from agent.loyalty.calls.wire_format import to_milli
from agent.loyalty.outcomes import parked_reasons
from agent.loyalty.outcomes.decision import (
    SEVERAL,
    TAGGED,
    Decision,
    Done,
    Park,
    ReadBack,
    Resend,
    RetryAt,
    outside_failure,
    pace_of,
    refused,
)
from agent.loyalty.outcomes.retry import RetryPace
from agent.loyalty.outcomes.reversals import (
    bills_of,
    is_given_back,
    judge_reactivation,
    judge_retro,
    judge_reversal,
)
from agent.loyalty.outcomes.same_bill import (
    NOBODYS,
    differences,
    is_amount_of,
    is_moment_of,
    is_number_of,
    is_till_of,
)
from agent.loyalty.outcomes.stale_details import is_landed, is_older, keeps_back, without_older
from agent.sale.queue_terms import OVERTAKEN, Op

_TWICE = (Op.COUPON_REDEEM, Op.TRANSACTION_RETURN)
"""What the cloud does a second time without a word, whatever its rules (docs/capillary.md 10.1)."""
ERASED = "erased"
"""The code of an enrolment parked because its customer had their data deleted since."""


@dataclass(frozen=True, slots=True)
class RowInDoubt:
    """What is known of the row whose effect is read back.

    earlier: an attempt before the last one may have reached the cloud. refusal and otherwise: as in the
    ReadBack that an answer made necessary; None when it comes before a repetition. told: a person heard that
    the customer's data were deleted. follows: as in QueueRow. ahead_ms: how far the till's clock is ahead of
    the cloud's, as far as that is known. unshown_s: for how long the cloud may not yet show what an attempt
    did (docs/capillary.md 10.3). unguarded: nothing is known to stop a second bill of one number.
    """

    call: Call
    earlier: bool
    refusal: Verdict | None = None
    otherwise: RetryAt | Park | None = None
    told: bool = False
    follows: int = 0
    ahead_ms: int = 0
    unshown_s: float = 0.0
    unguarded: bool = False

    @property
    def happens_twice(self) -> bool:
        """Whether the cloud would do it once more if it is repeated."""
        return self.call.op in _TWICE or (self.unguarded and self.call.op == Op.TRANSACTION_ADD)

    @property
    def in_doubt(self) -> bool:
        """Whether it may be in the cloud as long as the read-back has not told."""
        return self.earlier or self.refusal is not None

    @property
    def may_be_ours(self) -> bool:
        """Whether an attempt of this till may have done what is found: an earlier one, or one that a failing
        server refused. 604 tells of a bill that was there before."""
        said = self.refusal
        return self.earlier or (said is not None and said.http_status >= 500 and said.code != 604)


def first_question(options: CloudOptions, call: Call) -> Call | None:
    """The read-back of a call that could take effect twice; None for one that is harmless to repeat."""
    number, at = call.fact("number"), call.fact("at")
    if call.op in (Op.TRANSACTION_ADD, Op.TRANSACTION_RETURN):
        return transaction_get(options, number, at, call.fact("till"))
    if call.op == Op.POINTS_REDEEM:
        # From the second reference on, the first may have landed late: ask for all of the bill's.
        reference = call.fact("reference")
        only = reference if attempt_of(reference) == 1 else ""
        return customer_redemptions(options, _who(call), "POINTS", at, only)
    if call.op in (Op.COUPON_REDEEM, Op.COUPON_REACTIVATE):
        return coupon_get(call.fact("code"))
    if call.op == Op.TRANSACTION_UPDATE:
        return transaction_get(options, number, at)
    if call.op == Op.POINTS_REVERSE:
        return customer_redemptions(options, v11_name(_who(call)), "POINTS", "", call.fact("reference"))
    return None


def look_first(call: Call) -> Call | None:
    """What to ask before any attempt: what is told late must not rename whoever has the identifier, nor
    overwrite what is newer."""
    late = call.op in (Op.CUSTOMER_ADD, Op.CUSTOMER_UPDATE)
    return customer_get(call.fact("who_name"), call.fact("who_value")) if late else None


def judge_readback(options: CloudOptions, row: RowInDoubt, verdict: Verdict) -> Decision:
    """What the answer to a read-back means for the row."""
    if (short := outside_failure(row.call, verdict, earlier=row.in_doubt)) is not None:
        return short
    if verdict.outcome is Outcome.UNKNOWN:
        return _untold(row, verdict)
    if verdict.op == Op.TRANSACTION_UPDATE:
        return _given(row, verdict)
    absent = verdict.sense == "absent" or (verdict.op == Op.CUSTOMER_GET and tells_of_deletion(verdict))
    if verdict.outcome is Outcome.NO and not absent:
        return _unasked(row, verdict)
    if _is_of_others(row.call, verdict):
        return _untold(row, replace(verdict, doubt=Sentence("bill.other")))
    decision = _judged(options, row, verdict)
    # An answer that could not tell of one item proves no absence: that item may be ours.
    return decision if isinstance(decision, Done) or _whole(verdict) else _untold(row, verdict)


def _judged(options: CloudOptions, row: RowInDoubt, verdict: Verdict) -> Decision:
    if row.call.op == Op.TRANSACTION_ADD:
        return _bill(options, row, verdict)
    if row.call.op == Op.TRANSACTION_RETURN:
        return _return(options, row, verdict)
    if row.call.op == Op.POINTS_REDEEM:
        return _points(row, verdict)
    if row.call.op == Op.COUPON_REDEEM:
        return _coupon(options, row, verdict)
    if row.call.op == Op.TRANSACTION_UPDATE:
        return judge_retro(options, row.call, _confirmed(verdict, "transaction")) or _absent(row)
    if row.call.op == Op.POINTS_REVERSE:
        return judge_reversal(row.call, verdict) or _absent(row)
    if row.call.op == Op.COUPON_REACTIVATE:
        return _reactivation(options, row, verdict)
    return _customer(options, row, verdict)


def _untold(row: RowInDoubt, verdict: Verdict) -> Decision:
    """The read-back got no answer either."""
    pace, code = pace_of(row.call, RetryPace.BACKOFF), str(verdict.code or "")
    return RetryAt(pace, code, verdict.why, row.in_doubt, verdict.retry_after_s)


def _unasked(row: RowInDoubt, verdict: Verdict) -> Decision:
    """The read-back itself was refused."""
    if verdict.op == Op.CUSTOMER_UPDATE:
        return refused(row.call, verdict)
    code = str(verdict.code)
    if verdict.message:
        why = Sentence("parked.why.refused-saying", code=code, message=verdict.message)
    else:
        why = Sentence("parked.why.refused", code=code)
    return Park(code, parked_reasons.untold(row.call, why), unsure=True)


def _absent(row: RowInDoubt) -> Decision:
    """The effect is not in the cloud, or not shown there yet."""
    if (later := _unshown(row)) is not None:
        return later
    if row.refusal is None:
        return Resend()
    return row.otherwise or refused(row.call, row.refusal)


def _unshown(row: RowInDoubt) -> RetryAt | None:
    """Another look later, where an attempt may have arrived and it matters that it is not shown: a person
    would hear a refusal, or it would happen twice. What the cloud itself stops need not wait."""
    if not row.unshown_s or (row.refusal is None and not row.happens_twice):
        return None
    if isinstance(row.otherwise, RetryAt):
        return replace(row.otherwise, retry_after_s=row.unshown_s)
    why = Sentence("queue.not-shown-yet")
    return RetryAt(RetryPace.UNSURE, _code(row), why, unknown=True, retry_after_s=row.unshown_s)


def _bill(options: CloudOptions, row: RowInDoubt, verdict: Verdict) -> Decision:
    told = _confirmed(verdict, "transaction")
    # What came back of a bill is listed under the bill's own number.
    ours = [item for item in told if is_number_of(row.call, item) and not _is_return(item)]
    same = next((item for item in ours if not differences(options, row.call, item)), None)
    if same is not None and row.may_be_ours:
        return Done(fields.text(same, "id"))
    if same is not None:
        return Park("604", parked_reasons.clash(row.call, Sentence("parked.clash.same")))
    if ours:
        return _clash(options, row, ours[0])
    if row.refusal is not None and row.refusal.code == 604:
        return _unshown(row) or Park(
            "604", parked_reasons.clash(row.call, Sentence("parked.clash.elsewhere"))
        )
    return _absent(row)


def _clash(options: CloudOptions, row: RowInDoubt, item: Json) -> Decision:
    """A bill of ours that the cloud took for nobody's is given its customer; any other is for a person."""
    found, cloud_id = differences(options, row.call, item), fields.text(item, "id")
    if row.may_be_ours and found == [NOBODYS] and cloud_id:
        return ReadBack(retro_of(options, row.call, cloud_id), row.refusal)
    return Park("604", parked_reasons.clash(row.call, *found))


def _given(row: RowInDoubt, verdict: Verdict) -> Decision:
    """What became of giving a bill to its customer: 1630 alone is done, what else the cloud agrees to is
    looked up again, and what it refuses is for a person."""
    if verdict.outcome is Outcome.OK and verdict.code == TAGGED:
        return Done(fields.text(verdict.data, "id"))
    if verdict.outcome is Outcome.OK or (row.unshown_s and verdict.klass is Klass.ALREADY_DONE):
        why = Sentence("queue.not-shown-yet")
        return RetryAt(RetryPace.UNSURE, "", why, unknown=True, retry_after_s=row.unshown_s)
    return Park("604", parked_reasons.kept_nobodys(row.call, verdict))


def _return(options: CloudOptions, row: RowInDoubt, verdict: Verdict) -> Decision:
    """A return is known by our credit note, or else by its second, till and amount (docs/capillary.md
    10.1)."""
    if row.refusal is not None and row.refusal.code == SEVERAL and which_parent(row.call):
        return _of_one(row, row.refusal, verdict)
    told = [item for item in _confirmed(verdict, "transaction") if _is_return(item)]
    same = next((item for item in told if _same_return(options, row.call, item)), None)
    return Done(fields.text(same, "id")) if same is not None and row.may_be_ours else _absent(row)


def _of_one(row: RowInDoubt, refusal: Verdict, verdict: Verdict) -> Decision:
    """Several bills have the number: the return names this till's, if the cloud shows which that is."""
    number, member = row.call.fact("number").casefold(), bool(row.call.fact("who_value"))
    ids = {
        fields.text(item, "id")
        for item in _confirmed(verdict, "transaction")
        if fields.text(item, "number").casefold() == number
        and not _is_return(item)
        and (fields.text(item, "type").upper() != "NOT_INTERESTED") is member
    }
    only = ids.pop() if len(ids) == 1 else ""
    if not is_whole(only):
        return refused(row.call, refusal)
    why = Sentence("parked.several-bills")
    return RetryAt(RetryPace.BACKOFF, str(refusal.code), why, unknown=True, call=with_parent(row.call, only))


def _is_return(item: Json) -> bool:
    return "RETURN" in fields.text(item, "type").upper()


def _same_return(options: CloudOptions, call: Call, item: Json) -> bool:
    if note := fields.text(item, "notes") or fields.text(item, "note"):
        return note == call.fact("note")
    # The cloud works out what a whole bill is worth by itself.
    whole = call.fact("how") in ("FULL", "CANCELLED")
    same = is_moment_of(options, call, item) and is_till_of(options, call, item)
    return same and (whole or is_amount_of(options, call, item))


def _points(row: RowInDoubt, verdict: Verdict) -> Decision:
    taken = next((item for item in _redeemed(verdict) if _same_points(row.call, item)), None)
    if taken is not None:
        return Done(fields.text(taken, "redemption_id") or fields.text(taken, "id"))
    return _absent(row)


def _redeemed(verdict: Verdict) -> tuple[Json, ...]:
    return fields.find_having(verdict.answer, "points_redeemed")


def _same_points(call: Call, item: Json) -> bool:
    """Any reference of ours, or else our bill with our points: the filter is not to be relied on
    (docs/capillary.md 12.3)."""
    reference = fields.text(item, "external_reference_number")
    if reference:
        return stem_of(reference) == stem_of(call.fact("reference"))
    points = to_milli(fields.decimal(item, "points_redeemed"))
    number = fields.text(item, "transaction_number")
    return number == call.fact("number") and str(points) == call.fact("points_milli")


def _coupon(options: CloudOptions, row: RowInDoubt, verdict: Verdict) -> Decision:
    code, number = row.call.fact("code"), row.call.fact("number")
    if verdict.op == Op.CUSTOMER_REDEMPTIONS:
        used = [
            item
            for item in fields.find_having(verdict.answer, "code", "transaction_number")
            if fields.text(item, "code").casefold() == code.casefold()
        ]
        bills = tuple(fields.text(item, "transaction_number") for item in used)
        if number in bills:
            return Done(fields.text(used[bills.index(number)], "id"))
        used_up = row.refusal is not None and row.refusal.klass is Klass.ALREADY_DONE and bool(bills)
        return Park(_code(row), parked_reasons.elsewhere(row.call, bills)) if used_up else _absent(row)
    issued = [
        item
        for item in _confirmed(verdict, "coupon")
        if fields.text(item, "code").casefold() in ("", code.casefold())
    ]
    ours = next((item for item in issued if number in bills_of(item)), None)
    if ours is not None:
        return Done(fields.text(ours, "redemption_info", "id"))
    if verdict.outcome is Outcome.NO:
        return _absent(row)
    # Not used up, used on another bill, or not told: for a coupon of several uses that says nothing, so ask
    # for the customer's list.
    asked = customer_redemptions(options, _who(row.call), "COUPONS", row.call.fact("at"))
    return ReadBack(asked, row.refusal)


def _reactivation(options: CloudOptions, row: RowInDoubt, verdict: Verdict) -> Decision:
    """A coupon of several uses shows its last one only: where that is another, the customer's list tells."""
    who, refusal = _who(row.call), row.refusal
    if verdict.op == Op.CUSTOMER_REDEMPTIONS:
        return Done(row.call.fact("redemption_id")) if is_given_back(row.call, verdict) else _absent(row)
    decision = judge_reactivation(row.call, _confirmed(verdict, "coupon"), refusal)
    if isinstance(decision, Park) and row.may_be_ours and who[1]:
        return ReadBack(customer_redemptions(options, v11_name(who), "COUPONS", ""), refusal)
    return decision or _absent(row)


def _customer(options: CloudOptions, row: RowInDoubt, verdict: Verdict) -> Decision:
    """The seeds' path of an enrolment whose customer exists already: look, then update."""
    gone = tells_of_deletion(verdict)
    if gone and not row.told:
        return Park(ERASED, parked_reasons.erased(row.call))
    overtaken = row.follows == OVERTAKEN
    if gone or verdict.outcome is Outcome.NO:
        # The cloud took the later change: who is not there by this identifier has another one by now.
        return Done() if overtaken and not gone else _absent(row)
    if verdict.op == Op.CUSTOMER_UPDATE:
        return Done(fields.text(verdict.data, "user_id"))
    if overtaken or is_landed(options, row.call, verdict.data):
        return _older(row, verdict)
    enrols, known = row.call.op == Op.CUSTOMER_ADD, fields.text(verdict.data, "firstname")
    if enrols and differs(known, row.call.fact("firstname")):
        return Park(_code(row), parked_reasons.taken(row.call))
    if not row.follows and is_older(options, row.call, verdict.data, row.ahead_ms):
        told = keeps_back(row.call, verdict.data, earlier=row.earlier)
        return replace(_older(row, verdict), newer=told)
    return ReadBack(update_instead(row.call), row.refusal) if enrols else Resend()


def _older(row: RowInDoubt, verdict: Verdict) -> Done | ReadBack:
    """The cloud has newer details: the rest is told, if there is any."""
    if left := without_older(row.call, verdict.data):
        return ReadBack(update_of(row.call, left), row.refusal)
    return Done(fields.text(verdict.data, "user_id"))


def _is_of_others(call: Call, verdict: Verdict) -> bool:
    """Whether a look for a bill found bills, and none of that number."""
    told = _confirmed(verdict, "transaction") if verdict.op == Op.TRANSACTION_GET else []
    return bool(told) and not any(is_number_of(call, item) for item in told)


def _confirmed(verdict: Verdict, family: str) -> list[Json]:
    """The elements the cloud vouches for: an echo of the question with an error is not one."""
    if verdict.outcome is not Outcome.OK:
        return []
    return [item for item in verdict.items if _vouched(item, family)]


def _vouched(item: Json, family: str) -> bool:
    status = fields.obj(item, "item_status")
    return not status or classify(family, fields.whole(status, "code")) is Klass.SUCCESS


def _whole(verdict: Verdict) -> bool:
    """Whether the cloud told all it was asked for; of a bill or a coupon it may tell a part (201)."""
    family = "coupon" if verdict.op == Op.COUPON_GET else "transaction"
    asked = verdict.op in (Op.COUPON_GET, Op.TRANSACTION_GET) and verdict.outcome is Outcome.OK
    return not asked or all(_vouched(item, family) for item in verdict.items)


def _code(row: RowInDoubt) -> str:
    return str(row.refusal.code or "") if row.refusal else ""


def _who(call: Call) -> tuple[str, str]:
    return call.fact("who_name"), call.fact("who_value")
