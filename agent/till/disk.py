"""The disk under the store, as the till meets it: what is wrong with it is on the store's badge."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Literal

from agent.language.language import in_english
from agent.language.sentence import Sentence
from agent.store.errors import StoreBroken, StoreFull, StoreGone, StoreReadOnly
from agent.store.room import LEAST_BYTES, Room
from agent.till.board import Badge

log = logging.getLogger("agent.till")

Trouble = Literal["gone", "broken", "damaged", "refused", "stalled", "beside", "room"]
"""By who sets it and takes it away: a look at the store's names, a failed commit, a check of the journal, a
refused write, a write that does not end, a look at what lies beside the store, a look at the room."""

_WORST_FIRST: tuple[Trouble, ...] = ("gone", "broken", "damaged", "refused", "stalled", "beside", "room")
_STALLED_S = 3.0
HOPELESS_S = 300.0
"""A disk that has not answered for so long will not: the watchdog may end the till."""


class Waiting:
    """Since when whoever has the turn waits for the disk: around a write or a read, also one in another."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._depth = 0
        self.since: float | None = None

    def __enter__(self) -> None:
        if not self._depth:
            self.since = self._clock()
        self._depth += 1

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if not self._depth:
            self.since = None


class Disk:
    """Any thread may call it. Each trouble stays until whoever set it takes it away; of several the worst
    gives the badge its state, and all are told. say: told what nobody may have been answered. clock
    counts seconds."""

    def __init__(
        self,
        badge: Badge,
        now: Callable[[], datetime],
        say: Callable[[Sentence], object],
        room: Room | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._badge = badge
        self._now = now
        self._say = say
        self._clock = clock
        self.room = room
        self._lock = threading.Lock()
        self._troubles: dict[Trouble, tuple[Sentence, str]] = {}
        self.waiting = Waiting(clock)

    # --- troubles -----------------------------------------------------------------------------------

    def show(self, trouble: Trouble, sentence: Sentence, state: str) -> None:
        """There is this trouble."""
        with self._lock:
            before = self._troubles.get(trouble, (None, ""))
            if before == (sentence, state):
                return
            self._troubles[trouble] = (sentence, state)
            self._tell()
        if before[1] != state:
            log.error("store: %s", in_english(sentence))

    def over(self, trouble: Trouble) -> None:
        """It is over, as far as whoever set it knows."""
        if trouble not in self._troubles:
            return
        with self._lock:
            self._troubles.pop(trouble, None)
            self._tell()
        log.info("store: over is %s", trouble)

    def _tell(self) -> None:
        found = [self._troubles[one] for one in _WORST_FIRST if one in self._troubles]
        if not found:
            self._badge.show(Sentence("badge.store.ok"), state="ok")
            return
        told, state = found[0]
        for further, _ in found[1:]:
            if further != told:
                told = Sentence("several", first=told, second=further)
        self._badge.show(told, state=state)

    # --- writing ------------------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Around whatever waits for the disk, in a turn. What the disk answers is shown, and raised."""
        try:
            with self.waiting:
                yield
        except StoreGone as error:
            self.show("gone", error.sentence, "error")
            raise
        except (StoreFull, StoreReadOnly) as error:
            self.show("refused", error.sentence, "full" if isinstance(error, StoreFull) else "readonly")
            raise
        except StoreBroken as error:
            self.show("broken", error.sentence, "error")
            self._say(error.sentence)
            raise
        else:
            self.over("refused")

    def give_up_ballast(self) -> bool:
        """Let go of what was kept back; whether there was any."""
        if self.room is None or not self.room.give_up_ballast():
            return False
        log.error("store: the disk is full, the ballast was given up")
        return True

    def waited_for(self) -> bool:
        """Whether it owes an answer, however long."""
        return self.waiting.since is not None

    # --- looking ------------------------------------------------------------------------------------

    def stalled(self) -> bool:
        """Whether it owes an answer, and may still give it: shown while it lasts. Asked by who watches the
        threads, none of which can go on without it."""
        since = self.waiting.since
        for_s = self._clock() - since if since is not None else 0.0
        if for_s < _STALLED_S:
            self.over("stalled")
            return False
        if "stalled" not in self._troubles:
            moment = self._now() - timedelta(seconds=for_s)
            told = Sentence("badge.store.stalled", moment=f"{moment:%H:%M:%S}")
            self.show("stalled", told, "stalled")
            self._say(told)
        return for_s < HOPELESS_S

    def look_at_room(self) -> bool:
        """How much room there is; whether a ballast is missing that there is room for. In a turn."""
        if self.room is None:
            return False
        with contextlib.suppress(OSError), self.waiting:
            free = self.room.free_bytes()
            if free < LEAST_BYTES:
                self.show("room", Sentence("store-full"), "full")
            elif free < self.room.low_bytes:
                self.show("room", Sentence("badge.store.low", mb=str(free >> 20)), "low")
            else:
                self.over("room")
            return self.room.wants_ballast()
        return False

    def make_ballast(self) -> None:
        """Keep room back again."""
        if self.room:
            self.room.make_ballast()
