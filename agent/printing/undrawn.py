"""Bills whose paper could not be made. What failed may have passed: each is tried again now and then."""

from __future__ import annotations

from agent.printing.pauses import Pauses


class Undrawn:
    """By their jobs; one printer's thread asks."""

    def __init__(self) -> None:
        self._tried: dict[int, Pauses] = {}

    def waits(self, job_id: int) -> bool:
        """Whether it could not be drawn a short while ago."""
        tried = self._tried.get(job_id)
        return tried is not None and not tried.over()

    def met(self, job_id: int) -> bool:
        """It could not be drawn; True for the first time."""
        first = job_id not in self._tried
        self._tried.setdefault(job_id, Pauses()).wait()
        return first
