"""What a read-back says of things given back and of bills given a customer afterwards. Pure.

Each function returns None where the effect is not in the cloud.
"""

from __future__ import annotations

from agent.language.sentence import Sentence
from agent.loyalty.answers.about import is_customer
from agent.loyalty.answers.verdict import Verdict
from agent.loyalty.calls import fields
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.customer_calls import FULL_PAGE
from agent.loyalty.calls.fields import Json
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.calls.wire_format import to_milli
from agent.loyalty.outcomes import parked_reasons
from agent.loyalty.outcomes.decision import Decision, Done, Park
from agent.loyalty.outcomes.same_bill import is_amount_of, is_number_of

_GIVEN_BACK = ("points", "points_reversed", "pointsReversed", "num_points")
"""The documentation names the list of reversals, not what stands in a row."""
_REDEEMED = ("redemption_info", "redeemed")


def judge_reversal(call: Call, verdict: Verdict) -> Decision | None:
    """Points count as given back when the list of redemptions shows ours with so much reversed."""
    found = _redemptions(call, fields.find_having(verdict.answer, "points_redeemed"))
    if len(found) > 1:
        return Park("", parked_reasons.untold(call, Sentence("parked.why.several-redemptions")))
    if not found:
        return None  # the cloud itself refuses to give back a second time (docs/capillary.md 10.1)
    ours = found[0]
    taken = to_milli(fields.decimal(ours, "points_redeemed")) or 0
    wanted = int(call.fact("points_milli") or 0) or taken - _before(call)
    back = _given_back(ours)
    if back is None:
        return Park("", parked_reasons.untold(call, Sentence("parked.why.points-untold")))
    return Done(call.fact("redemption_id")) if 0 < wanted <= back - _before(call) else None


def judge_reactivation(call: Call, items: list[Json], refusal: Verdict | None) -> Decision | None:
    """A coupon is free again when coupon/get says that it is not used and names no bill.

    Used elsewhere since, or not told, nobody knows; the call names one use, so it may be sent once more.
    """
    code = call.fact("code").casefold()
    issued = [item for item in items if fields.text(item, "code").casefold() in ("", code)]
    if issued and all(map(is_unused, issued)):
        return Done(call.fact("redemption_id"))
    if refusal is None or not issued or any(_same_use(call, item) for item in issued):
        return None
    used = any(fields.flag(item, *_REDEEMED) for item in issued)
    why = Sentence("parked.why.used-again" if used else "parked.why.use-untold")
    return Park("", parked_reasons.untold(call, why))


def is_given_back(call: Call, verdict: Verdict) -> bool:
    """Whether the list of what a customer used has this use no more; a full page does not prove it."""
    used = fields.find_having(verdict.answer, "code", "transaction_number")
    if len(used) >= FULL_PAGE:
        return False
    ours = [item for item in used if fields.text(item, "code").casefold() == call.fact("code").casefold()]
    return not any(
        call.fact("redemption_id") == fields.text(item, "id")
        or call.fact("number") == fields.text(item, "transaction_number")
        for item in ours
    )


def is_unused(item: Json) -> bool:
    """Whether coupon/get says outright that a coupon is not used: that it is usable still says nothing."""
    return fields.flag(item, *_REDEEMED) is False and not bills_of(item)


def bills_of(item: Json) -> tuple[str, ...]:
    """The bill a coupon was used on; the documentation has it in two places under two names."""
    return tuple(
        found
        for place in (("redemption_info", "transaction"), ("transaction",))
        for name in ("bill_number", "number")
        if (found := fields.text(item, *place, name))
    )


def judge_retro(options: CloudOptions, call: Call, items: list[Json]) -> Decision | None:
    """A bill is its customer's when transaction/get shows it as REGULAR under them, and not before."""
    ours = [item for item in items if _same_bill(options, call, item)]
    if not ours:
        return Park("", parked_reasons.untold(call, Sentence("parked.why.bill-unseen")), unsure=True)
    tagged = [item for item in ours if fields.text(item, "type").upper() == "REGULAR"]
    if not tagged:
        return None
    known = [is_customer(call, item) for item in tagged]
    if True in known:
        return Done(fields.text(tagged[known.index(True)], "id"))
    if None in known:
        return Park("", parked_reasons.untold(call, Sentence("parked.why.owner-untold")), unsure=True)
    return Park("1627", parked_reasons.others_customer(call))


def _redemptions(call: Call, told: tuple[Json, ...]) -> list[Json]:
    """Rows under our name of the redemption; where no row has one, those of our bill and our points.

    A documented row has neither our reference nor surely the id that the redemption was answered with, and
    the filter by reference is not to be relied on (docs/capillary.md 4.5, 12.3).
    """
    if named := [item for item in told if _is_named(call, item)]:
        return named
    wanted = int(call.fact("points_milli") or 0) + _before(call)
    return [
        item
        for item in told
        if not any(fields.text(item, name) for name in _names(call))
        and fields.text(item, "transaction_number") == call.fact("number")
        and wanted in (_before(call), to_milli(fields.decimal(item, "points_redeemed")))
    ]


def _names(call: Call) -> tuple[str, ...]:
    return ("external_reference_number",) if call.fact("reference") else ("redemption_id",)


def _is_named(call: Call, item: Json) -> bool:
    names = _names(call) if call.fact("reference") else ("redemption_id", "id")
    known = call.fact("reference") or call.fact("redemption_id")
    return known in [fields.text(item, name) for name in names]


def _given_back(item: Json) -> int | None:
    """Thousandths reversed so far; None if a reversal does not say how much."""
    told = [
        next((found for name in _GIVEN_BACK if (found := fields.decimal(row, name)) is not None), None)
        for row in fields.rows(item, "reversals")
    ]
    return None if None in told else sum(to_milli(points) or 0 for points in told)


def _before(call: Call) -> int:
    return int(call.fact("before_milli") or 0)


def _same_use(call: Call, item: Json) -> bool:
    ids = [fields.text(item, "redemption_info", name) for name in ("id", "redemption_id")]
    return call.fact("redemption_id") in ids or call.fact("number") in bills_of(item)


def _same_bill(options: CloudOptions, call: Call, item: Json) -> bool:
    return is_number_of(call, item) and is_amount_of(options, call, item)
