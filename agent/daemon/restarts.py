"""How long a start waits when the ones before it came to nothing.

systemd 252 starts a unit again after the same pause for ever (RestartSteps came with 254), so the growing
part of the pause is spent here, before anything else is done.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from agent.files import regular_file

STEADY_S = 60.0
"""A run that lasted this long came to something."""
LONGEST_S = 60.0


class Restarts:
    """Kept in a file of the unit's runtime directory, which outlives a restart and not a stop. None: nobody
    restarts this process, so nothing is kept."""

    def __init__(self, directory: Path | None) -> None:
        self._file = directory / "short-runs" if directory else None

    def begin(self, now_s: float) -> tuple[int, float]:
        """A run begins at this monotonic moment: how many short ones went before it without a break, and how
        long it shall wait. The first restart waits for nothing: a customer may be standing there."""
        if self._file is None:
            return 0, 0.0
        short = self._short(now_s)
        pause_s = min(2.0 ** (short - 1), LONGEST_S) if short > 1 else 0.0
        with contextlib.suppress(OSError):
            # Never into what somebody has laid there.
            fresh = self._file.with_suffix(".new")
            fresh.unlink(missing_ok=True)
            fresh.write_text(json.dumps({"short": short, "began_s": now_s + pause_s}))
            fresh.replace(self._file)
        return short, pause_s

    def over(self) -> None:
        """This run ended because somebody wanted it to, or will not be started again by itself."""
        if self._file:
            with contextlib.suppress(OSError):
                self._file.unlink()

    def _short(self, now_s: float) -> int:
        assert self._file
        try:
            last = json.loads(regular_file.read(self._file))
            return int(last["short"]) + 1 if now_s - float(last["began_s"]) < STEADY_S else 0
        except (OSError, ValueError, KeyError, TypeError):
            return 0
