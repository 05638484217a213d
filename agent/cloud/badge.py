"""Whether the cloud is there, as whoever spoke to it last found, since when and why."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from agent.language.language import in_english
from agent.language.sentence import Sentence
from agent.sale.queue_terms import CloudState
from agent.till.board import Badge

if TYPE_CHECKING:
    from agent.loyalty.answers.envelope import Verdict
    from agent.loyalty.answers.presence import Admitted

log = logging.getLogger("agent.cloud")

FRESH_S: Final = 15.0
"""So long a cloud that let somebody wait in vain is taken to be silent for the next as well."""


class CloudBadge:
    """Everybody who speaks to the cloud reports each exchange here (heard), on any thread."""

    def __init__(
        self,
        badge: Badge,
        stamp: Callable[[], str],
        text_of: Callable[[Sentence], str] = in_english,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._badge = badge
        self._stamp = stamp
        self._text_of = text_of
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._admitted: Admitted | None = None
        self._silent_at: float | None = None

    @property
    def silent(self) -> bool:
        """Whether the cloud gave no answer in time when it was last spoken to."""
        return self._silent_at is not None

    @property
    def just_silent(self) -> bool:
        """Whether that is so short a time ago that nobody else need wait for it in vain."""
        since = self._silent_at
        return since is not None and self._monotonic() - since < FRESH_S

    def heard(self, verdict: Verdict) -> bool:
        """What came of an exchange, if there was one. True if the cloud was away before it and is there."""
        from agent.loyalty.answers.presence import Admitted, Presence
        from agent.loyalty.line.trouble import Trouble

        if verdict.trouble == Trouble.SILENT:
            return False
        with self._lock:
            self._admitted = self._admitted or Admitted()
            presence = self._admitted.presence(verdict)
            late = presence is Presence.LOST and verdict.trouble == Trouble.LATE
            self._silent_at = self._monotonic() if late else None
            if presence is Presence.OWN:
                return False
            if presence is Presence.THERE:
                return self._show(CloudState.ONLINE) == CloudState.OFFLINE
            self._show(CloudState.OFFLINE, _why(verdict))
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


def _why(verdict: Verdict) -> Sentence:
    from agent.loyalty.answers.envelope import ended
    from agent.loyalty.line import trouble

    # Of a password that cannot be had the message says which, and why.
    if verdict.trouble and verdict.trouble != trouble.Trouble.SECRET:
        return trouble.sentence(verdict.trouble)
    return ended(verdict.why or Sentence("line.nothing"))
