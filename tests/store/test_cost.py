"""What a completed sale costs the disk, counted in system calls and bytes: the same on every machine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.store.high_water import MARK_NAME
from tests.rig import seats
from tests.rig.seller import BEGIN, END

SALES = 300
_CALL = re.compile(r"^\d+ +(\w+)\(\d+<(?P<path>[^>]*)>.* = (?P<result>\d+)")


@dataclass
class Cost:
    """Bytes written to, and syncs of, the store's files; marks: syncs of the high-water mark."""

    written: int = 0
    syncs: int = 0
    marks: int = 0

    def add(self, call: str, result: int) -> None:
        if "sync" in call:
            self.syncs += 1
        else:
            self.written += result


def counted(log: Path, store: Path) -> tuple[Cost, Cost, int]:
    """(within completions, checkpoints outside of them, completions) of a traced seller."""
    inside, checkpoints, completions, within = Cost(), Cost(), 0, False
    for line in log.read_text().splitlines():
        found = _CALL.match(line)
        if found is None:
            continue
        if BEGIN.decode() in line:
            within, completions = True, completions + 1
        elif END.decode() in line:
            within = False
        elif within and found["path"].startswith(str(store)):
            inside.add(found[1], int(found["result"]))
        elif completions and found["path"] == str(store / "till.db"):
            checkpoints.add(found[1], int(found["result"]))
        elif found["path"] == str(store / MARK_NAME) and "sync" in found[1]:
            inside.marks += 1
    return inside, checkpoints, completions


@pytest.mark.parametrize("member", [0, 1], ids=["nobody", "a member"])
@pytest.mark.parametrize("online", [1, 0], ids=["online", "cloud away"])
def test_a_sale_of_ten_lines_costs_one_sync_and_few_bytes(tmp_path: Path, online: int, member: int) -> None:
    """Number, bill, ten lines, tender, journal, print job, a call of 2,300 bytes and the closing event.

    Every checkpoint of the run is charged to the completions, also those that other writes set off. While
    the cloud is away the calls pile up; compressed, several share a page. A member is sealed beside the bill.
    """
    log, store = tmp_path / "calls", tmp_path / "store"
    command = seats.traced(log, "-s", "64", "-e", "trace=write,pwrite64,writev,pwritev,fsync,fdatasync")
    seats.run([*command, *seats.seller("sell", store, SALES, online, member)])
    inside, checkpoints, completions = counted(log, store)
    assert completions == SALES
    assert inside.syncs >= SALES, "a completion that is not synced is not kept"
    assert (inside.syncs + checkpoints.syncs) / SALES <= 1.05
    assert (inside.written + checkpoints.written) / SALES <= 40_000
    # In quiet moments, which the seller has between its sales; one at the opening, one at the end.
    assert inside.marks <= SALES / 50 + 2


def test_a_sale_asks_for_the_stores_names_before_and_after_and_opens_nothing(tmp_path: Path) -> None:
    """File and log are looked for by name twice; which run of the log it was is read from a kept file."""
    log, store = tmp_path / "calls", tmp_path / "store"
    by_name = "open,openat,stat,lstat,newfstatat,statx,access,faccessat,readlink"
    command = seats.traced(log, "-e", f"trace=write,pread64,{by_name}")
    seats.run([*command, *seats.seller("sell", store, SALES)])
    _, *sales = log.read_text().split(BEGIN.decode())
    lines = [line for sale in sales for line in sale.partition(END.decode())[0].splitlines()]
    calls = [line for line in lines if str(store / "till.db") in line]
    asked = re.compile(rf"\d+ +({by_name.replace(',', '|')})\(")
    named = [line for line in calls if asked.match(line) and "AT_EMPTY_PATH" not in line]
    assert len(named) == 4 * SALES
    assert not [line for line in named if re.match(r"\d+ +open", line)]
    assert len([line for line in calls if "till.db-wal" in line and ", 8, 16)" in line]) == SALES
