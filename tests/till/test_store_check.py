"""Once a day the till looks its store over, keeps that it did, and shows what it found."""

from __future__ import annotations

import json
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from agent.language.language import in_english
from agent.store import checking, journal
from agent.till.store_check import Ended, StoreCheck
from tests.rig.damage import damage_first_page
from tests.rig.till import RigTill

LOOK_S = 0.02


def checker(till: RigTill) -> StoreCheck:
    catalogue = till.directory / "catalogue.db"
    return StoreCheck(till.till, till.store, catalogue, till.open_sale.idle, after_s=0, look_s=LOOK_S)


def looks(till: RigTill, check: StoreCheck) -> list[dict[str, object]]:
    """What the journal has of checks once there was time for one."""
    stop = threading.Event()
    thread = threading.Thread(target=check.run, args=(stop,))
    before = check.progress
    thread.start()
    while check.progress < before + 2 and thread.is_alive():
        thread.join(0.02)
    stop.set()
    thread.join()
    rows = till.till.read(
        lambda tx: tx.execute("SELECT body FROM journal WHERE kind = 'store-checked' ORDER BY n").fetchall()
    )
    return [json.loads(body) for (body,) in rows]


def test_a_store_is_looked_over_once_a_day(tmp_path: Path) -> None:
    till = RigTill(tmp_path)
    till.sell()
    check = checker(till)
    check.check(threading.Event())
    assert [told["problems"] for told in looks(till, check)] == [0]
    assert len(looks(till, checker(till))) == 1, "another run on the same day"
    till.at += timedelta(days=1)
    till.sell()
    check.check(threading.Event())
    assert len(looks(till, check)) == 2
    assert till.board.part("badges")["store"]["state"] == "ok"


def test_who_waits_for_the_next_check_takes_no_processor_from_scans(tmp_path: Path) -> None:
    till = RigTill(tmp_path)
    till.sell()
    check = checker(till)
    check.check(threading.Event())
    before, stop = check.progress, threading.Event()
    thread = threading.Thread(target=check.run, args=(stop,))
    began = time.monotonic()
    thread.start()
    thread.join(10 * LOOK_S)
    stop.set()
    thread.join()
    assert 1 <= check.progress - before <= (time.monotonic() - began) / LOOK_S


def test_a_catalogue_that_the_disk_does_not_give_back_is_damage_and_ends_nothing(tmp_path: Path) -> None:
    till = RigTill(tmp_path)
    till.sell()
    (tmp_path / "catalogue.db").symlink_to("/proc/self/mem")
    found = checker(till).check(threading.Event())
    assert "catalogue" in in_english(found.problems[0])
    assert till.board.part("badges")["store"]["state"] == "error"
    till.close()


def test_damage_is_shown_and_what_was_known_before_stays_what_is_compared_with(tmp_path: Path) -> None:
    till = RigTill(tmp_path)
    till.sell()
    check = checker(till)
    check.check(threading.Event())
    till.store.connection.execute("DROP TRIGGER bill_stays")
    till.store.connection.execute("UPDATE bill SET request_key = 'another'")
    for _ in range(2):
        found = check.check(threading.Event())
        assert [one.id for one in found.problems] == ["store-check.changed"]
    assert till.board.part("badges")["store"]["state"] == "error"


def test_a_till_that_ends_ends_its_check(tmp_path: Path) -> None:
    till = RigTill(tmp_path)
    till.sell()
    stop = threading.Event()
    stop.set()
    with pytest.raises(Ended):
        checker(till).check(stop)
    checker(till).run(stop)
    assert not till.till.read(checking.last_day)


def test_a_damaged_page_of_the_journal_ends_no_till(tmp_path: Path) -> None:
    """Not when it is asked whether a check is due, nor when the check is noted."""
    till = RigTill(tmp_path)
    till.till.write(lambda tx: [journal.append(tx, "reprint", "", {"by": "x" * 200}) for _ in range(300)])
    for _ in range(60):
        till.sell()
    till.open_sale.tidy()
    till.close()
    damage_first_page(till.store.path, "journal")
    till.open()
    stop, noted = threading.Event(), "SELECT body FROM journal WHERE n > 300 AND kind = 'store-checked'"
    thread = threading.Thread(target=checker(till).run, args=(stop,))
    thread.start()
    while not (found := till.till.read(lambda tx: tx.execute(noted).fetchall())) and thread.is_alive():
        thread.join(0.02)
    stop.set()
    thread.join()
    assert [json.loads(body)["problems"] > 0 for (body,) in found] == [True]
    assert till.board.part("badges")["store"]["state"] == "error"
    assert not till.till.turn.broken
    till.sell()
