"""Reading the envelope of v2: an id or a field proves the act, errors without one refuse it.

Some calls of v2 answer in the envelope of v1.1.
"""

from __future__ import annotations

from dataclasses import replace

from agent.loyalty.answers.codes import meaning
from agent.loyalty.answers.v11_envelope import CONTRADICTS, by_v11, warning_words
from agent.loyalty.answers.verdict import Outcome, Reading, Verdict, by_class, refusal
from agent.loyalty.calls import fields
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.fields import Json
from agent.sale.queue_terms import Op

_MUST_CREATE = frozenset({Op.TRANSACTION_ADD, Op.TRANSACTION_BULK, Op.TRANSACTION_RETURN, Op.OTP_GENERATE})
"""v2 calls that only an id proves."""
_PROOFS: dict[str, tuple[str, ...]] = {
    Op.POINTS_REVERSE: ("reversalId", "pointsReversed"),
    Op.COUPON_REACTIVATE: ("success",),
    Op.OTP_VALIDATE: ("entity",),
}
_BULK = "transaction"
_DONE = "request"
"""The table of 200, which v2 leaves unsaid."""


def by_v2(call: Call, answer: Json) -> Reading | None:
    """What either envelope says of a v2 call; None where neither is there."""
    return _by_own(call, answer) or _unproved(call, by_v11(call, answer))


def _by_own(call: Call, answer: Json) -> Reading | None:
    """v2: an id proves the act, errors without one refuse it, both together prove nothing
    (docs/capillary.md 3)."""
    warnings = tuple(warning_words(row) for row in fields.rows(answer, "warnings"))
    if isinstance(answer.get("response"), list):
        return _by_v2_list(call, answer)
    errors = fields.rows(answer, "errors")
    created = (fields.whole(answer, "createdId") or 0) > 0
    if errors:
        code, message = _worst(call.family, errors)
        outcome = Outcome.UNKNOWN if created else refusal(call.family, code)
        return Reading(outcome, call.family, code, message, (answer,), warnings)
    if created:
        return _done(call, answer, warnings)
    status = fields.obj(answer, "redemptionStatus")
    if (code := fields.whole(status, "code")) is not None:
        message = fields.text(status, "message")
        outcome = by_class(call.family, code)
        return _unproved(call, Reading(outcome, call.family, code, message, (answer,), warnings))
    lone = fields.whole(answer, "errorCode")
    if lone is not None:
        return Reading(refusal("request", lone), "request", lone, fields.text(answer, "message"))
    if call.op in _PROOFS:
        return _by_proof(call, answer, warnings)
    if call.op in _MUST_CREATE or not ("warnings" in answer or "data" in answer):
        return None
    return Reading(Outcome.OK, _DONE, 200, items=(answer,), warnings=warnings)


def by_element(item: Json, answer: Verdict) -> Verdict:
    """The verdict on one element of a bulk answer. An id together with errors proves nothing
    (docs/capillary.md 12.10)."""
    errors = fields.rows(item, "errors")
    created = (fields.whole(item, "entityId") or 0) > 0
    code, message = _worst(_BULK, errors) if errors else (200 if created else None, "")
    outcome = Outcome.OK if created and not fields.value(item, "errors") else Outcome.UNKNOWN
    if errors and not created:
        outcome = refusal(_BULK, code)
    return Verdict(
        op=answer.op,
        outcome=outcome,
        family=_BULK if errors else _DONE,
        code=code,
        klass=meaning(_BULK if errors else _DONE, code).klass,
        message=message,
        items=(item,),
        warnings=tuple(warning_words(row) for row in fields.rows(item, "warnings")),
        request_id=answer.request_id,
        http_status=answer.http_status,
        retry_after_s=answer.retry_after_s,
        cloud_ms=answer.cloud_ms,
    )


def _unproved(call: Call, reading: Reading | None) -> Reading | None:
    """Of a v2 call that an id or a field must prove, a code of success alone is no yes."""
    wants_proof = call.op in _MUST_CREATE or call.op in _PROOFS
    if reading is None or not wants_proof or reading.outcome is not Outcome.OK:
        return reading
    return replace(reading, outcome=Outcome.UNKNOWN)


def _by_proof(call: Call, answer: Json, warnings: tuple[str, ...]) -> Reading | None:
    """v2 calls that create nothing: the field that proves them, none of which carries a code."""
    told = [fields.text(answer, name) for name in _PROOFS[call.op]]
    if not any(told):
        return None
    done = not any(text.lower() in ("false", "0") for text in told)
    if not done:
        return Reading(Outcome.NO, call.family, items=(answer,), warnings=warnings)
    return _done(call, answer, warnings)


def _done(call: Call, answer: Json, warnings: tuple[str, ...]) -> Reading:
    """Proved, unless there are errors that are no objects: nobody can read them, so nothing is proved."""
    if fields.value(answer, "errors"):
        return Reading(Outcome.UNKNOWN, call.family, items=(answer,), warnings=warnings)
    return Reading(Outcome.OK, _DONE, 200, items=(answer,), warnings=warnings)


def _by_v2_list(call: Call, answer: Json) -> Reading:
    """A bulk answer: done only if no element has an error; who needs more reads the items."""
    items = fields.rows(answer, "response")
    if unsays(answer, 0):
        return Reading(Outcome.UNKNOWN, _DONE, 200, items=items, doubt=CONTRADICTS)
    failed = [error for item in items for error in fields.rows(item, "errors")]
    if failed:
        code, message = _worst(call.family, tuple(failed))
        outcome = Outcome.UNKNOWN if len(items) > 1 else refusal(call.family, code)
        return Reading(outcome, call.family, code, message, items)
    proven = bool(items) and all(_is_created(item) for item in items)
    return Reading(Outcome.OK if proven else Outcome.UNKNOWN, _DONE, 200, items=items)


def unsays(answer: Json, missing: int) -> bool:
    """Whether a bulk answer takes back what its elements say: errors of its own beside them, or more failures
    than elements that failed. missing: how many bills no element is about."""
    failures = fields.whole(answer, "failureCount") or 0
    failed = sum(not _is_created(item) for item in fields.rows(answer, "response"))
    return bool(fields.value(answer, "errors")) or failures > failed + max(missing, 0)


def _is_created(item: Json) -> bool:
    return (fields.whole(item, "entityId") or 0) > 0 and not fields.value(item, "errors")


def _worst(family: str, errors: tuple[Json, ...]) -> tuple[int | None, str]:
    """The error that decides: the first that is not a mere warning, else the first."""
    graver = [row for row in errors if by_class(family, fields.whole(row, "code")) is not Outcome.OK]
    row = graver[0] if graver else errors[0]
    return fields.whole(row, "code"), fields.text(row, "message")
