"""Whether the cloud is there, as whoever spoke to it last found, since when and why."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from agent.cloud.silence import Silence
from agent.language.language import in_english
from agent.language.sentence import Sentence
from agent.sale.queue_terms import CloudState
from agent.till.board import Badge

if TYPE_CHECKING:
    from agent.loyalty.answers.presence import Admitted
    from agent.loyalty.answers.verdict import Verdict

log = logging.getLogger("agent.cloud")


class CloudBadge:
    """Everybody who speaks to the cloud reports each exchange here (heard), on any thread."""

    def __init__(
        self,
        badge: Badge,
        stamp: Callable[[], str],
        silence: Silence,
        text_of: Callable[[Sentence], str] = in_english,
    ) -> None:
        self._badge = badge
        self._stamp = stamp
        self._silence = silence
        self._text_of = text_of
        self._lock = threading.Lock()
        self._admitted: Admitted | None = None

    def heard(self, verdict: Verdict) -> bool:
        """What came of an exchange, if there was one. True if the cloud was away before it and is there."""
        from agent.loyalty.answers.presence import Admitted, Presence
        from agent.loyalty.line.trouble import Trouble

        if verdict.trouble == Trouble.SILENT:
            return False
        with self._lock:
            self._admitted = self._admitted or Admitted()
            presence = self._admitted.presence(verdict)
            if presence is Presence.LOST and verdict.trouble == Trouble.LATE:
                own = self._silence.late(verdict.op)
                self._show(*(_UNANSWERED if own else (CloudState.OFFLINE, _why(verdict))))
                return False
            self._silence.ended(verdict.op, verdict.ms)
            if presence is Presence.OWN:
                return False
            if presence is Presence.THERE:
                shown = _UNANSWERED if self._silence.any else (CloudState.ONLINE, None)
                before = self._show(*shown)
                return before == CloudState.OFFLINE or (before == CloudState.TROUBLE and shown[1] is None)
            failing = presence is Presence.FAILING
            self._show(CloudState.TROUBLE if failing else CloudState.OFFLINE, _why(verdict))
            return False

    def _show(self, state: CloudState, why: Sentence | None = None) -> str:
        """Returns the state before. since tells when it changed."""
        before = self._badge.look()
        since = before["since"] if before["state"] == state else self._stamp()
        reason = self._text_of(why) if why else ""
        told = Sentence(f"badge.cloud.{state}")
        if self._badge.show(told, state=state, since=since, reason=reason) and before["state"] != state:
            level = logging.WARNING if why else logging.INFO
            log.log(level, "cloud: %s %s", state, in_english(why) if why else "")
        return str(before["state"])


_UNANSWERED = (CloudState.TROUBLE, Sentence("cloud.unanswered"))
"""The cloud is there, and lets some of what it is asked wait."""


def _why(verdict: Verdict) -> Sentence:
    from agent.loyalty.answers.verdict import ended
    from agent.loyalty.line import trouble

    # Of a password that cannot be had the message says which, and why.
    if verdict.trouble and verdict.trouble != trouble.Trouble.SECRET:
        return trouble.sentence(verdict.trouble)
    return ended(verdict.why or Sentence("line.nothing"))
