"""Reading an answer of the cloud into a verdict: done, definitely not done, unknown, or never sent.

The body is read first; the HTTP status decides only where the body has no envelope (docs/capillary.md 3).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from agent.language.sentence import Sentence
from agent.loyalty.answers.codes import UNLISTED, Klass, meaning
from agent.loyalty.calls import fields
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.fields import Json
from agent.loyalty.line.exchange import Kind, RawAnswer
from agent.loyalty.line.server_date import cloud_ms
from agent.loyalty.line.trouble import Trouble
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
_MUST_CREATE = frozenset({Op.TRANSACTION_ADD, Op.TRANSACTION_BULK, Op.TRANSACTION_RETURN, Op.OTP_GENERATE})
"""v2 calls that only an id proves."""
_PROOFS: dict[str, tuple[str, ...]] = {
    Op.POINTS_REVERSE: ("reversalId", "pointsReversed"),
    Op.COUPON_REACTIVATE: ("success",),
    Op.OTP_VALIDATE: ("entity",),
}
_ITEM_MUST_SPEAK: frozenset[str] = frozenset(Op) - _MAY_BE_EMPTY
"""Calls that an outer "success" alone does not prove."""
_BULK = "transaction"
_OWN_WORDS = "cloud.own-words"
_FAILS = 500
"""The least status line of a server that failed."""
_FAILING = Sentence("cloud.code.request.500")
_NOWHERE = (404, 405, 410)
"""Status lines of an address at which there is nothing to call."""


class Outcome(StrEnum):
    """How an attempt ended, as far as this till can know."""

    OK = "ok"
    NO = "no"
    UNKNOWN = "unknown"
    NEVER_SENT = "never_sent"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer means.

    NO is a definite refusal with a code; UNKNOWN may or may not have been carried out. items are the objects
    the call was about (data is the first of them); answer is the whole body. family is the table the code
    belongs to, "http" where only the status line spoke. trouble is the way the line failed, if it did
    (agent.loyalty.line.trouble). message is the cloud's own text, or a sentence where the cloud said nothing.
    cloud_ms is what the cloud's clock said (since 1970 UTC), where the cloud itself spoke and told it. ms is
    how long the exchange took.
    """

    op: str
    outcome: Outcome
    family: str = ""
    code: int | None = None
    klass: Klass = Klass.NEEDS_OPERATOR
    message: str | Sentence = ""
    items: tuple[Json, ...] = field(default=(), repr=False)
    answer: Json = field(default_factory=dict, repr=False)
    warnings: tuple[str, ...] = ()
    request_id: str = ""
    http_status: int = 0
    retry_after_s: float | None = None
    trouble: str = ""
    cloud_ms: int | None = None
    ms: int = 0

    @property
    def lost(self) -> bool:
        """Whether the line is to blame: nothing was sent, or no answer was heard."""
        unheard = self.outcome is Outcome.UNKNOWN and self.code is None
        return unheard or self.outcome is Outcome.NEVER_SENT

    @property
    def failing(self) -> bool:
        """Whether a server took the call and failed, in so many words or by its status line alone."""
        unread = self.family == "http" and self.code is None and self.http_status >= _FAILS
        return not self.trouble and (unread or self.sense == "failing")

    @property
    def data(self) -> Json:
        """The object the call was about, or an empty one."""
        return self.items[0] if self.items else fields.NOTHING

    @property
    def sentence(self) -> Sentence | None:
        """The code in words for the cashier; None where the table has none. Of a server that failed, that."""
        return meaning(self.family, self.code).sentence or (_FAILING if self.failing else None)

    @property
    def why(self) -> Sentence | None:
        """The code in words, or else what was said; None where there is neither."""
        if self.sentence or not self.message:
            return self.sentence
        return (
            Sentence("cloud.own-words", words=self.message) if isinstance(self.message, str) else self.message
        )

    @property
    def sense(self) -> str:
        """The table's further sense of the code: untouched, absent, hold, or empty."""
        return meaning(self.family, self.code).sense


@dataclass(frozen=True, slots=True)
class _Reading:
    """The part of a verdict that the body decides."""

    outcome: Outcome
    family: str
    code: int | None = None
    message: str | Sentence = ""
    items: tuple[Json, ...] = ()
    warnings: tuple[str, ...] = ()
    trouble: str = ""

    @property
    def spoken(self) -> bool:
        """Whether the cloud itself spoke: an envelope of its own with a code was read, not a status line."""
        return self.code is not None and self.family != "http"


def parse(call: Call, raw: RawAnswer) -> Verdict:
    """The verdict on one exchange. Never raises, whatever the bytes are."""
    if raw.kind is Kind.NEVER_SENT:
        trouble = raw.trouble or Trouble.UNREACHED
        return Verdict(
            call.op, Outcome.NEVER_SENT, call.family, message=raw.reason or "", trouble=trouble, ms=raw.ms
        )
    answer = fields.parse(raw.body) if raw.kind is Kind.ANSWERED else None
    if raw.kind is Kind.UNKNOWN:
        reading = _Reading(Outcome.UNKNOWN, call.family, message=raw.reason or "")
    elif answer is None:
        reading = _without_answer(raw)
    else:
        reading = _by_body(call, answer) or _by_status(raw.http_status, readable=True)
    if answer is not None and raw.http_status >= _FAILS and not _is_heard(reading, raw.http_status):
        reading, answer = _by_status(raw.http_status, readable=False), None
    return Verdict(
        op=call.op,
        outcome=reading.outcome,
        family=reading.family,
        code=reading.code,
        klass=meaning(reading.family, reading.code).klass,
        message=reading.message,
        items=reading.items,
        answer=answer or fields.NOTHING,
        warnings=reading.warnings,
        request_id=raw.request_id,
        http_status=raw.http_status,
        retry_after_s=_retry_after(raw),
        cloud_ms=cloud_ms(raw.headers) if reading.spoken else None,
        trouble=reading.trouble or raw.trouble,
        ms=raw.ms,
    )


def ended(why: Sentence) -> Sentence:
    """The same with a full stop, which what the line says does not have, nor always what the cloud says."""
    words = why.params.get("words", "")
    open_end = why.id.startswith("line.") or (why.id == _OWN_WORDS and not str(words).endswith("."))
    return Sentence("cloud.ended", words=why) if open_end else why


def by_element(item: Json, answer: Verdict) -> Verdict:
    """The verdict on one element of a bulk answer. An id together with errors proves nothing
    (docs/capillary.md 12.10)."""
    errors = fields.rows(item, "errors")
    created = (fields.whole(item, "entityId") or 0) > 0
    code, message = _worst(_BULK, errors) if errors else (200 if created else None, "")
    outcome = Outcome.OK if created and not fields.value(item, "errors") else Outcome.UNKNOWN
    if errors and not created:
        outcome = _refusal(_BULK, code)
    return Verdict(
        op=answer.op,
        outcome=outcome,
        family=_BULK,
        code=code,
        klass=meaning(_BULK, code).klass,
        message=message,
        items=(item,),
        warnings=tuple(_v2_words(row) for row in fields.rows(item, "warnings")),
        request_id=answer.request_id,
        http_status=answer.http_status,
        retry_after_s=answer.retry_after_s,
        cloud_ms=answer.cloud_ms,
    )


def _is_heard(reading: _Reading, status: int) -> bool:
    """Whether the cloud itself speaks out of a server's failure, which is no verdict whatever its body says:
    only with a code of the call's own family, as documented of 500, or with proof that nothing was done."""
    found = meaning(reading.family, reading.code)
    if reading.outcome is Outcome.OK or found is UNLISTED:
        return False
    return found.sense == "untouched" or (status == 500 and reading.family not in ("request", "http"))


def _by_body(call: Call, answer: Json) -> _Reading | None:
    if call.path.startswith("/v1"):
        return _by_v11(call, answer)
    return _by_v2(call, answer) or _unproved(call, _by_v11(call, answer))


def _unproved(call: Call, reading: _Reading | None) -> _Reading | None:
    """Of a v2 call that an id or a field must prove, a code of success alone is no yes."""
    wants_proof = call.op in _MUST_CREATE or call.op in _PROOFS
    if reading is None or not wants_proof or reading.outcome is not Outcome.OK:
        return reading
    return replace(reading, outcome=Outcome.UNKNOWN)


def _by_v11(call: Call, answer: Json) -> _Reading | None:
    """v1.1: the item's own status decides, the outer one only where no item has any."""
    top = fields.obj(answer, "response") or answer
    items = _items(call, top)
    speaking = [item for item in items if fields.obj(item, "item_status")]
    if speaking:
        item = next((each for each in speaking if _item_succeeded(call, each)), speaking[0])
        return _by_item(call, item, items)
    status = fields.obj(top, "status")
    code = fields.whole(status, "code")
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


def _by_item(call: Call, item: Json, items: tuple[Json, ...]) -> _Reading:
    status = fields.obj(item, "item_status")
    code = fields.whole(status, "code")
    ordered = (item, *(other for other in items if other is not item))
    success = fields.flag(status, "success")
    outcome = _by_class(call.family, code)
    # A success code that says it failed, or no code at all, proves nothing either way.
    if code is None or (outcome is Outcome.OK and success is False):
        outcome = Outcome.UNKNOWN
    return _Reading(
        outcome, call.family, code, fields.text(status, "message"), ordered, _v11_warnings(status)
    )


def _by_outer(call: Call, status: Json, code: int, items: tuple[Json, ...]) -> _Reading:
    """The outer status of a v1.1 answer in which no item spoke."""
    message = fields.text(status, "message")
    if code in (200, 201):
        proven = code == 200 and call.op not in _ITEM_MUST_SPEAK
        outcome = Outcome.OK if proven else Outcome.UNKNOWN
        return _Reading(outcome, "request", code, message, items)
    family = call.family if meaning("request", code) is UNLISTED else "request"
    return _Reading(_by_class(family, code), family, code, message)


def _by_v2(call: Call, answer: Json) -> _Reading | None:
    """v2: an id proves the act, errors without one refuse it, both together prove nothing
    (docs/capillary.md 3)."""
    warnings = tuple(_v2_words(row) for row in fields.rows(answer, "warnings"))
    if isinstance(answer.get("response"), list):
        return _by_v2_list(call, answer)
    errors = fields.rows(answer, "errors")
    created = (fields.whole(answer, "createdId") or 0) > 0
    if errors:
        code, message = _worst(call.family, errors)
        outcome = Outcome.UNKNOWN if created else _refusal(call.family, code)
        return _Reading(outcome, call.family, code, message, (answer,), warnings)
    if created:
        return _done(call, answer, warnings)
    status = fields.obj(answer, "redemptionStatus")
    if (code := fields.whole(status, "code")) is not None:
        message = fields.text(status, "message")
        outcome = _by_class(call.family, code)
        return _unproved(call, _Reading(outcome, call.family, code, message, (answer,), warnings))
    lone = fields.whole(answer, "errorCode")
    if lone is not None:
        return _Reading(_refusal("request", lone), "request", lone, fields.text(answer, "message"))
    if call.op in _PROOFS:
        return _by_proof(call, answer, warnings)
    if call.op in _MUST_CREATE or not ("warnings" in answer or "data" in answer):
        return None
    return _Reading(Outcome.OK, call.family, 200, items=(answer,), warnings=warnings)


def _by_proof(call: Call, answer: Json, warnings: tuple[str, ...]) -> _Reading | None:
    """v2 calls that create nothing: the field that proves them, none of which carries a code."""
    told = [fields.text(answer, name) for name in _PROOFS[call.op]]
    if not any(told):
        return None
    done = not any(text.lower() in ("false", "0") for text in told)
    if not done:
        return _Reading(Outcome.NO, call.family, items=(answer,), warnings=warnings)
    return _done(call, answer, warnings)


def _done(call: Call, answer: Json, warnings: tuple[str, ...]) -> _Reading:
    """Proved, unless there are errors that are no objects: nobody can read them, so nothing is proved."""
    if fields.value(answer, "errors"):
        return _Reading(Outcome.UNKNOWN, call.family, items=(answer,), warnings=warnings)
    return _Reading(Outcome.OK, call.family, 200, items=(answer,), warnings=warnings)


def _by_v2_list(call: Call, answer: Json) -> _Reading:
    """A bulk answer: done only if no element has an error; who needs more reads the items."""
    items = fields.rows(answer, "response")
    failed = [error for item in items for error in fields.rows(item, "errors")]
    if failed:
        code, message = _worst(call.family, tuple(failed))
        outcome = Outcome.UNKNOWN if len(items) > 1 else _refusal(call.family, code)
        return _Reading(outcome, call.family, code, message, items)
    proven = bool(items) and all(_is_created(item) for item in items)
    return _Reading(Outcome.OK if proven else Outcome.UNKNOWN, call.family, 200, items=items)


def _is_created(item: Json) -> bool:
    return (fields.whole(item, "entityId") or 0) > 0 and not fields.value(item, "errors")


def _without_answer(raw: RawAnswer) -> _Reading:
    """A body that is none of the cloud's: with success or a redirect, a page of the network's."""
    reading = _by_status(raw.http_status, readable=False)
    page = raw.body.lstrip()[:1] == b"<" or 300 <= raw.http_status < 400
    if reading.outcome is Outcome.UNKNOWN and page and (raw.http_status < 400 or raw.http_status == 511):
        return replace(reading, message=Sentence("line.page", status=raw.http_status), trouble=Trouble.PORTAL)
    return reading


def _by_status(status: int, *, readable: bool) -> _Reading:
    """No envelope: the status line is all there is. A page of HTML is not the cloud speaking."""
    told = Sentence("line.no-verdict", status=status)
    if status in (401, 403, 429) or (readable and 400 <= status < 500 and status != 408):
        return _Reading(_by_class("http", status), "http", status, told)
    if status in _NOWHERE:
        # Whose page it is nobody knows, so it proves nothing of the call; where it stands is wrong for all.
        return _Reading(Outcome.UNKNOWN, "http", status, told)
    return _Reading(Outcome.UNKNOWN, "http", message=Sentence("line.no-answer", status=status))


def _by_class(family: str, code: int | None) -> Outcome:
    found = meaning(family, code)
    if found.klass in (Klass.SUCCESS, Klass.WARNING):
        return Outcome.OK
    return Outcome.NO if found.refuses else Outcome.UNKNOWN


def _refusal(family: str, code: int | None) -> Outcome:
    """The outcome of an entry among the errors: a mere warning there neither proves nor refuses anything."""
    outcome = _by_class(family, code)
    return Outcome.UNKNOWN if outcome is Outcome.OK else outcome


def _worst(family: str, errors: tuple[Json, ...]) -> tuple[int | None, str]:
    """The error that decides: the first that is not a mere warning, else the first."""
    graver = [row for row in errors if _by_class(family, fields.whole(row, "code")) is not Outcome.OK]
    row = graver[0] if graver else errors[0]
    return fields.whole(row, "code"), fields.text(row, "message")


def _v11_warnings(status: Json) -> tuple[str, ...]:
    found = fields.value(status, "warnings", "warning")
    several = found if isinstance(found, list) else [found]
    words = (fields.text(each) or _v2_words(fields.obj(each)) for each in several if each)
    return tuple(word for word in words if word)


def _v2_words(warning: Json) -> str:
    return f"{fields.text(warning, 'code')} {fields.text(warning, 'message')}".strip()


def _retry_after(raw: RawAnswer) -> float | None:
    """Seconds the cloud asks to wait, from either form of the header; None if it asks for nothing."""
    asked = raw.headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return float(asked[:9])
    if not asked:
        return None
    from email.utils import parsedate_to_datetime

    try:
        # Measured against the cloud's own clock: this till's may be wrong.
        until, now = (parsedate_to_datetime(text) for text in (asked, raw.headers["date"]))
        return max((until - now).total_seconds(), 0.0)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
