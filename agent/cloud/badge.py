"""The cloud's badge: online or offline, since when, and why."""

from __future__ import annotations

import logging
from collections.abc import Callable

from agent.language.language import in_english
from agent.language.sentence import Sentence
from agent.till.board import Badge

log = logging.getLogger("agent.cloud")


class CloudBadge:
    """Shared by all who ask the cloud; any thread may show what it found."""

    def __init__(
        self, badge: Badge, stamp: Callable[[], str], text_of: Callable[[Sentence], str] = in_english
    ) -> None:
        self._badge = badge
        self._stamp = stamp
        self._text_of = text_of

    @property
    def offline(self) -> bool:
        """Whether the cloud was not to be reached last."""
        return self._badge.state == "offline"

    def show(self, *, online: bool, why: Sentence | str = "") -> None:
        """What somebody found; why it is offline is text where it was kept. since tells when it changed."""
        state = "online" if online else "offline"
        before = self._badge.look()
        since = before["since"] if before["state"] == state else self._stamp()
        told = Sentence("badge.cloud.online" if online else "badge.cloud.offline")
        reason = self._text_of(why) if isinstance(why, Sentence) else why
        if self._badge.show(told, state=state, since=since, reason=reason) and before["state"] != state:
            log.log(
                logging.INFO if online else logging.WARNING,
                "cloud: %s %s",
                state,
                in_english(why) if isinstance(why, Sentence) else why,
            )
