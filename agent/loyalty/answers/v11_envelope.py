"""Reading the envelope of v1.1: an item's own status decides, the outer one only where no item has any."""

from __future__ import annotations

from agent.language.sentence import Sentence
from agent.loyalty.answers.about import about_another
from agent.loyalty.answers.codes import UNLISTED, Klass, meaning
from agent.loyalty.answers.verdict import Outcome, Reading, by_class
from agent.loyalty.calls import fields
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.fields import Json
from agent.sale.queue_terms import Op

_ITEM_KEYS: dict[str, str] = {
    Op.CUSTOMER_GET: "customer",
    Op.CUSTOMER_ADD: "customer",
    Op.CUSTOMER_UPDATE: "customer",
    Op.CUSTOMER_REDEMPTIONS: "customer",
    Op.CUSTOMER_TRANSACTIONS: "customer",
    Op.POINTS_ISREDEEMABLE: "redeemable",
    Op.POINTS_VALIDATIONCODE: "validation_code",
    Op.POINTS_REDEEM: "points",
    Op.COUPON_ISREDEEMABLE: "redeemable",
    Op.COUPON_REDEEM: "coupon",
    Op.COUPON_GET: "coupon",
    Op.TRANSACTION_GET: "transaction",
    Op.TRANSACTION_UPDATE: "transaction",
}
_MAY_BE_EMPTY = frozenset(
    {
        Op.TRANSACTION_GET,
        Op.COUPON_GET,
        Op.CUSTOMER_REDEMPTIONS,
        Op.ORGANISATION_CONFIGS,
        Op.ORGANISATION_TENDERS,
    }
)
"""Lists: no element is an answer too, and the outer status may speak for them."""
_ITEM_MUST_SPEAK: frozenset[str] = frozenset(Op) - _MAY_BE_EMPTY
"""Calls that an outer "success" alone does not prove."""
CONTRADICTS = Sentence("cloud.contradicts-itself")


def by_v11(call: Call, answer: Json) -> Reading | None:
    """v1.1: the item's own status decides, the outer one only where no item has any."""
    top = fields.obj(answer, "response") or answer
    items = _items(call, top)
    speaking = [item for item in items if fields.obj(item, "item_status")]
    status = fields.obj(top, "status")
    code = fields.whole(status, "code")
    if speaking:
        done = [each for each in speaking if _item_succeeded(call, each)]
        ours = (each for each in done if not about_another(call, each))
        item = next(ours, (done or speaking)[0])
        all_failed = code not in (None, 200, 201) or (code != 201 and fields.flag(status, "success") is False)
        return _by_item(call, item, items, all_failed=all_failed)
    return _by_outer(call, status, code, items) if code is not None else None


def _items(call: Call, top: Json) -> tuple[Json, ...]:
    key = _ITEM_KEYS.get(call.op)
    found = fields.find(top, key) if key else ()
    if len(found) == 1 and "item_status" not in found[0]:
        found = fields.find_having(found[0], "item_status") or found
    if found or call.op in _MAY_BE_EMPTY:
        return found
    return fields.find_having(top, "item_status")


def _item_succeeded(call: Call, item: Json) -> bool:
    code = fields.whole(item, "item_status", "code")
    return meaning(call.family, code).klass is Klass.SUCCESS


def _by_item(call: Call, item: Json, items: tuple[Json, ...], *, all_failed: bool) -> Reading:
    status = fields.obj(item, "item_status")
    code = fields.whole(status, "code")
    ordered = (item, *(other for other in items if other is not item))
    success = fields.flag(status, "success")
    outcome = by_class(call.family, code)
    # A success code that says it failed, itself or with all others, or no code at all, proves nothing.
    denied = outcome is Outcome.OK and (all_failed or success is False)
    return Reading(
        Outcome.UNKNOWN if denied or code is None else outcome,
        call.family,
        code,
        fields.text(status, "message"),
        ordered,
        _v11_warnings(status),
        doubt=CONTRADICTS if denied else None,
    )


def _by_outer(call: Call, status: Json, code: int, items: tuple[Json, ...]) -> Reading:
    """The outer status of a v1.1 answer in which no item spoke."""
    message = fields.text(status, "message")
    if code in (200, 201):
        proven = code == 200 and call.op not in _ITEM_MUST_SPEAK
        outcome = Outcome.OK if proven else Outcome.UNKNOWN
        return Reading(outcome, "request", code, message, items)
    family = call.family if meaning("request", code) is UNLISTED else "request"
    return Reading(by_class(family, code), family, code, message)


def _v11_warnings(status: Json) -> tuple[str, ...]:
    found = fields.value(status, "warnings", "warning")
    several = found if isinstance(found, list) else [found]
    words = (fields.text(each) or warning_words(fields.obj(each)) for each in several if each)
    return tuple(word for word in words if word)


def warning_words(warning: Json) -> str:
    """A warning as it is told on: its code and its message."""
    return f"{fields.text(warning, 'code')} {fields.text(warning, 'message')}".strip()
