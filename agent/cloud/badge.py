"""The cloud's badge: online or offline, since when, and why."""

from __future__ import annotations

import logging
from collections.abc import Callable

from agent.language.sentence import AsTold
from agent.till.board import Badge

log = logging.getLogger("agent.cloud")


class CloudBadge:
    """Shared by all who ask the cloud; any thread may show what it found."""

    def __init__(self, badge: Badge, stamp: Callable[[], str]) -> None:
        self._badge = badge
        self._stamp = stamp

    @property
    def offline(self) -> bool:
        """Whether the cloud was not to be reached last."""
        return self._badge.state == "offline"

    def show(self, *, online: bool, text: str = "") -> None:
        """What somebody found; text says why it is offline. since tells when it changed."""
        state = "online" if online else "offline"
        before = self._badge.look()
        since = before["since"] if before["state"] == state else self._stamp()
        words = "Online" if online else "Offline – sales continue"
        if (
            self._badge.show(AsTold("cloud", words), state=state, since=since, reason=text)
            and before["state"] != state
        ):
            log.log(logging.INFO if online else logging.WARNING, "cloud: %s %s", state, text)
