"""The line of a day: well, down or lossy, as the day has it; and a cloud that is well or is not."""

from __future__ import annotations

from enum import StrEnum

from tests.loyalty.lost.line import CLOUD_FAULTS, FATES, Line


class Sky(StrEnum):
    """What the line does to a call."""

    FINE = "fine"
    DOWN = "down"
    LOSSY = "lossy"


class DaysLine(Line):
    """lost.Line, but the day says when it loses."""

    sky = Sky.FINE

    def __post_init__(self) -> None:
        super().__post_init__()
        self.world.faults.clear()

    def weather(self, sky: Sky) -> None:
        """From now on."""
        self.sky = sky

    def moody_cloud(self) -> None:
        """From now on the cloud itself does badly: locks, limits, odd shapes, failures after the commit."""
        for fault in CLOUD_FAULTS:
            self.world.faults.add(**fault)

    def refuse_next(self, code: int, calls: int) -> None:
        """The next calls meet a lock (521) or a limit (429)."""
        if code == 429:
            self.world.faults.add("limited", retry_after=30, count=calls)
        else:
            self.world.faults.add("refused", code=code, count=calls)

    def _fate(self) -> str:
        if self.sky is Sky.LOSSY:
            return self.rng.choices(list(FATES), list(FATES.values()))[0]
        return "never sent" if self.sky is Sky.DOWN else "answered"
