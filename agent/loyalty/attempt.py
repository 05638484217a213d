"""One attempt: a call sent, its answer read, and both in the log with the cloud's request id."""

from __future__ import annotations

import logging
from collections.abc import Callable

from agent.language.language import in_english
from agent.language.sentence import Sentence
from agent.loyalty.answers.envelope import parse
from agent.loyalty.answers.verdict import Outcome, Verdict
from agent.loyalty.calls.call import Call
from agent.loyalty.line.exchange import Exchange, idle
from agent.loyalty.line.server_date import boottime_ms, word_of
from agent.sale.clock import Word

Listener = Callable[[Verdict, Word | None], object]
"""Hears, on the thread that asked, what came of every exchange and, where it told it, the cloud's time."""

log = logging.getLogger(__name__)


def attempt(
    transport: Exchange,
    call: Call,
    deadline_s: float,
    meanwhile: Callable[[], None] = idle,
    listen: Listener | None = None,
) -> Verdict:
    """Send a call and judge its answer. The log has no identifier of a person and no sentence of the cloud's.

    listen hears the verdict, with the cloud's time if the answer is the cloud's own and tells it.
    """
    raw = transport.send(call, deadline_s, meanwhile)
    boot_ms = boottime_ms()
    verdict = parse(call, raw)
    if listen is not None:
        told_ms = verdict.cloud_ms
        listen(verdict, None if told_ms is None else word_of(told_ms, boot_ms, raw.ms))
    log.info(
        "%s %s: %s, code %s, HTTP %s, %s ms, request %s",
        call.op,
        call.fact("number"),
        verdict.outcome,
        verdict.code,
        verdict.http_status,
        raw.ms,
        verdict.request_id or "without id",
    )
    if verdict.trouble:
        said = verdict.message
        words = in_english(said) if isinstance(said, Sentence) else said
        log.warning("%s %s: %s", call.op, call.fact("number"), words)
    if verdict.warnings and verdict.outcome is Outcome.OK:
        # The codes alone: the cloud's sentences may name people.
        codes = ", ".join(warning.partition(" ")[0] for warning in verdict.warnings)
        log.warning("%s %s: done with warnings %s", call.op, call.fact("number"), codes)
    return verdict
