"""Reading an answer of the cloud into a verdict.

The body is read first; the HTTP status decides only where the body has no envelope (docs/capillary.md 3).
"""

from __future__ import annotations

from dataclasses import replace

from agent.language.sentence import Sentence
from agent.loyalty.answers.about import LISTS, about_another
from agent.loyalty.answers.codes import UNLISTED, meaning
from agent.loyalty.answers.v2_envelope import by_v2
from agent.loyalty.answers.v11_envelope import by_v11
from agent.loyalty.answers.verdict import FAILS, Outcome, Reading, Verdict, by_class
from agent.loyalty.calls import fields
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.fields import Json
from agent.loyalty.line.exchange import Kind, RawAnswer
from agent.loyalty.line.server_date import cloud_ms
from agent.loyalty.line.trouble import Trouble

_NOWHERE = (404, 405, 410)
"""Status lines of an address at which there is nothing to call."""


def parse(call: Call, raw: RawAnswer) -> Verdict:
    """The verdict on one exchange. Never raises, whatever the bytes are."""
    if raw.kind is Kind.NEVER_SENT:
        trouble = raw.trouble or Trouble.UNREACHED
        return Verdict(
            call.op, Outcome.NEVER_SENT, call.family, message=raw.reason or "", trouble=trouble, ms=raw.ms
        )
    answer = fields.parse(raw.body) if raw.kind is Kind.ANSWERED else None
    if raw.kind is Kind.UNKNOWN:
        reading = Reading(Outcome.UNKNOWN, call.family, message=raw.reason or "")
    elif answer is None:
        reading = _without_answer(raw)
    else:
        reading = _about(call, _by_body(call, answer)) or _by_status(raw.http_status, readable=True)
    if answer is not None and raw.http_status >= FAILS and not _is_heard(reading, raw.http_status):
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
        doubt=reading.doubt,
        ms=raw.ms,
    )


def _is_heard(reading: Reading, status: int) -> bool:
    """Whether the cloud itself speaks out of a server's failure, which is no verdict whatever its body says:
    only with a code of the call's own family, as documented of 500, or with proof that nothing was done."""
    found = meaning(reading.family, reading.code)
    if reading.outcome is Outcome.OK or found is UNLISTED:
        return False
    return found.sense == "untouched" or (status == 500 and reading.family not in ("request", "http"))


def _by_body(call: Call, answer: Json) -> Reading | None:
    return by_v11(call, answer) if call.path.startswith("/v1") else by_v2(call, answer)


def _about(call: Call, reading: Reading | None) -> Reading | None:
    """What was read, unless it is about something else: that proves nothing of what was asked. A refusal of
    what commits is looked into where it matters; one of a question must be about that question."""
    if reading is None or not reading.items:
        return reading
    told = call.op not in LISTS if reading.outcome is Outcome.OK else call.method == "GET"
    if not told:
        return reading
    doubt = about_another(call, reading.items[0])
    return replace(reading, outcome=Outcome.UNKNOWN, doubt=doubt) if doubt else reading


def _without_answer(raw: RawAnswer) -> Reading:
    """A body that is none of the cloud's: with success or a redirect, a page of the network's."""
    reading = _by_status(raw.http_status, readable=False)
    page = raw.body.lstrip()[:1] == b"<" or 300 <= raw.http_status < 400
    if reading.outcome is Outcome.UNKNOWN and page and (raw.http_status < 400 or raw.http_status == 511):
        return replace(reading, message=Sentence("line.page", status=raw.http_status), trouble=Trouble.PORTAL)
    return reading


def _by_status(status: int, *, readable: bool) -> Reading:
    """No envelope: the status line is all there is. A page of HTML is not the cloud speaking."""
    told = Sentence("line.no-verdict", status=status)
    if status in (401, 403, 429) or (readable and 400 <= status < 500 and status != 408):
        return Reading(by_class("http", status), "http", status, told)
    if status in _NOWHERE:
        # Whose page it is nobody knows, so it proves nothing of the call; where it stands is wrong for all.
        return Reading(Outcome.UNKNOWN, "http", status, told)
    return Reading(Outcome.UNKNOWN, "http", message=Sentence("line.no-answer", status=status))


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
