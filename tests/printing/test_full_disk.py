"""How a ticket ended, while the disk does not take that: kept, tried again after a pause, printed once."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.language.sentence import Sentence
from agent.store.errors import StoreError, StoreFull, StoreReadOnly
from drivers.simulated.printer import VirtualPrinter
from tests.printing.test_worker import Desk, wait, working


class FullDesk(Desk):
    """Its disk does not take how a ticket ended, for so many tries."""

    def __init__(self, directory: Path, trouble: StoreError, times: int = 3) -> None:
        super().__init__(directory)
        self.trouble, self.times, self.tries = trouble, times, 0

    def write(self, work: Callable[[Any], Any]) -> Any:
        if self.tries < self.times and any(state == "sending" for _, state in self.told):
            self.tries += 1
            raise self.trouble
        return super().write(work)


@pytest.mark.parametrize(
    "trouble",
    [StoreFull(Sentence("store-full")), StoreReadOnly(Sentence("store-readonly"))],
    ids=["full", "ro"],
)
def test_how_a_ticket_ended_is_kept_while_the_disk_takes_nothing_and_it_is_printed_once(
    tmp_path: Path, trouble: StoreError
) -> None:
    full = FullDesk(tmp_path / "store", trouble)
    first, second = full.job(), full.job()
    with VirtualPrinter() as printer:
        with working(full, printer) as thread:
            wait(full, lambda: len(full.ended()) == 2, thread)
        assert len(printer.tickets) == 2
    assert (full.tries, full.ended()) == (3, {first: "confirmed", second: "confirmed"})
    assert full.told == [(job, state) for job in (first, second) for state in ("sending", "confirmed")], (
        "told once, and the next is not begun before"
    )
    full.store.close()


def test_a_disk_that_takes_nothing_is_tried_again_after_a_pause_and_the_thread_lives(tmp_path: Path) -> None:
    """Who watches over it sees that, and the processor has peace."""
    full = FullDesk(tmp_path / "store", StoreFull(Sentence("store-full")), 10**6)
    full.job()
    with VirtualPrinter() as printer, working(full, printer) as thread:
        wait(full, lambda: full.tries > 0)
        time.sleep(0.5)
        assert full.tries < 4
        so_far = thread.progress
        thread.wake()
        wait(full, lambda: thread.progress > so_far)
    full.store.close()
