"""One day of a shop: some tills, one cloud, the actions of the table, and the reckoning at the end."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from agent.sale.basket import Bill, Customer
from agent.simulated.cloud.books.options import CloudOptions as CloudRules
from agent.simulated.cloud.books.options import TillAccount

from .books import Books
from .line import LATE_MS, Clock, Line
from .returning import Left
from .till import LostTill
from .vocabulary import ACTIONS

TILLS = 3
ACTIONS_A_DAY = 60
DAY_MS = 8 * 3_600_000
_MOST_STEPS = 200_000


@dataclass(frozen=True, slots=True)
class Day:
    """What came of one seed."""

    seed: int
    calls: Counter[str]
    fates: Counter[str]
    kills: Counter[str]
    batches: Counter[int]
    rows: int
    asked_a_person: int
    problems: list[str]


class Shop:
    """The shop of one seed."""

    def __init__(self, seed: int, directory: Path, loop: asyncio.AbstractEventLoop) -> None:
        self.rng = Random(seed)
        self.line = Line(Random(self.rng.getrandbits(32)), Clock(), rules_of(self.rng), loop)
        self.books = Books()
        self.people: list[Customer] = []
        self.regulars: list[Customer] = []
        self.left: dict[str, Left] = {}
        self.tills = [self._till(directory, number) for number in range(1, TILLS + 1)]
        self.enrolled: dict[str, list[Customer]] = {till.cloud_options.till_code: [] for till in self.tills}
        self.sold: dict[str, list[Bill]] = {till.cloud_options.till_code: [] for till in self.tills}

    def _till(self, directory: Path, number: int) -> LostTill:
        code = f"till{number:02d}"
        return LostTill(self.line, directory / code, code, Random(self.rng.getrandbits(32)))

    def open_all_day(self) -> None:
        """Do the day's actions while the tills send; until nothing is left to send."""
        start = self.line.clock.now_ms
        times = sorted(start + self.rng.randrange(DAY_MS) for _ in range(ACTIONS_A_DAY))
        for moment in times:
            self._drain(moment)
            self._pass_to(moment)
            (action,) = self.rng.choices(ACTIONS, [each.weight for each in ACTIONS])
            action.do(self, self.rng.choice(self.tills))
        self._drain(None)

    def evening(self) -> int:
        """The line is well again and a person has everything parked tried once more; how many rows."""
        self.line.calm_down()
        undecided = 0
        for till in self.tills:
            till.reaper.resting = True
            mine = {(till.cloud_options.till_code, row.id) for row in till.parked()}
            undecided += len(mine - self.books.meant_to_fail)
            till.retried_by_hand()
        self._drain(None)
        self.line.deliver(self.line.clock.now_ms + LATE_MS[1])
        return undecided

    def close(self) -> None:
        """Let go of the stores."""
        for till in self.tills:
            till.close()

    def _drain(self, until_ms: int | None) -> None:
        """Let the tills work, the one that is due first first."""
        for _ in range(_MOST_STEPS):
            awake = [till for till in self.tills if not till.at_rest]
            till = min(awake, key=lambda each: each.wake_ms, default=None)
            if till is None or (until_ms is not None and till.wake_ms >= until_ms):
                return
            self._pass_to(till.wake_ms)
            till.step()
        raise AssertionError("the tills do not come to rest")

    def _pass_to(self, moment_ms: int) -> None:
        self.line.clock.now_ms = max(self.line.clock.now_ms, moment_ms)
        self.line.deliver(self.line.clock.now_ms)


def rules_of(rng: Random) -> CloudRules:
    """Organisations differ in what they refuse and how: any of them must do."""
    accounts = tuple(TillAccount(f"till{number:02d}", "training", "ST01") for number in range(1, TILLS + 1))
    chosen: dict[str, Any] = {
        "bill_scope": rng.choice(("org", "store", "till", "off")),
        "duplicate_reference": rng.choice(("original", "error")),
        "v11_failed_http": rng.choice((200, 400, 500)),
        "v2_failed_http": rng.choice((200, 400, 500)),
    }
    # A code sent to a phone would be stale by the time a lost answer is made up for.
    return CloudRules(seed=rng.getrandbits(32), accounts=accounts, otp_required=False, **chosen)


def one_day(seed: int, directory: Path, loop: asyncio.AbstractEventLoop) -> Day:
    """The whole day of a seed, and where its books differ in the evening."""
    shop = Shop(seed, directory, loop)
    try:
        shop.open_all_day()
        undecided = shop.evening()
        problems = shop.books.problems(shop.line.world, shop.tills)
        kills = sum((till.reaper.kills for till in shop.tills), Counter[str]())
        line, effects = shop.line, len(shop.books.effects)
        return Day(seed, line.calls, line.fates, kills, line.batches, effects, undecided, problems)
    finally:
        shop.close()
