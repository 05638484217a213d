"""Which numbers the cloud knows of a till whose store has begun anew: asked once, never waited for."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from agent.cloud.known_numbers import KnownNumbers, Unanswered
from agent.sale.numbering import bill_number
from agent.store import beginning, bills, journal
from tests.rig.papers import AT
from tests.rig.till import RigTill

SERIES = "S1T126"


class Cloud:
    """Knows the numbers up to a last one; may be away."""

    def __init__(self, last: int) -> None:
        self.known = {bill_number(SERIES, seq) for seq in range(1, last + 1)}
        self.away = False
        self.asked = 0

    def knows(self, number: str) -> bool:
        self.asked += 1
        if self.away:
            raise Unanswered
        return number in self.known


def numbers(till: RigTill, cloud: Cloud) -> KnownNumbers:
    return KnownNumbers(till.till, lambda: (SERIES, f"{SERIES}C"), cloud.knows)


def gaps(till: RigTill) -> list[tuple[int, int]]:
    rows = till.till.read(
        lambda tx: tx.execute("SELECT body FROM journal WHERE kind = 'store-begun' ORDER BY n").fetchall()
    )
    return [(gap["from"], gap["to"]) for (body,) in rows for gap in json.loads(body)["gaps"]]


@pytest.mark.parametrize("last", [0, 1, 2, 3, 20, 127, 128, 5000])
def test_the_next_number_is_beyond_the_last_one_the_cloud_knows(tmp_path: Path, last: int) -> None:
    till, cloud = RigTill(tmp_path), Cloud(last)
    assert numbers(till, cloud).compare()
    assert cloud.asked <= 150
    told = till.board.part("notice")
    assert bool(told) == bool(last)
    assert not told or bill_number(SERIES, last) in told["text"]
    assert till.sell() == bill_number(SERIES, last + 1)
    assert gaps(till) == ([(1, last)] if last else [])
    assert not till.till.read(lambda tx: list(journal.verify(tx)))
    asked = cloud.asked
    till.reopen()
    again = numbers(till, cloud)
    assert again.compare()
    assert again.compare()
    assert cloud.asked == asked + 2, "the next number of each series, once a run"
    till.reopen()
    assert till.sell() == bill_number(SERIES, last + 2)


@pytest.mark.parametrize("last", [2, 9, 64, 300])
@pytest.mark.parametrize("told_every", [2, 5, 8])
def test_bills_the_cloud_was_never_told_hide_no_later_ones(
    tmp_path: Path, last: int, told_every: int
) -> None:
    till, cloud = RigTill(tmp_path), Cloud(0)
    cloud.known = {bill_number(SERIES, seq) for seq in range(last, 0, -told_every)}
    assert numbers(till, cloud).compare()
    assert till.sell() == bill_number(SERIES, last + 1)


def test_a_cloud_that_does_not_answer_is_asked_again_and_the_till_sells_meanwhile(tmp_path: Path) -> None:
    till, cloud = RigTill(tmp_path), Cloud(7)
    cloud.away = True
    assert not numbers(till, cloud).compare()
    assert till.sell() == bill_number(SERIES, 1)
    cloud.away = False
    assert numbers(till, cloud).compare()
    assert gaps(till) == [(2, 7)]
    assert till.sell() == bill_number(SERIES, 8)


def test_a_bill_that_is_made_and_told_while_the_cloud_answers_is_no_gap(tmp_path: Path) -> None:
    till, cloud = RigTill(tmp_path), Cloud(0)

    def knows(number: str) -> bool:
        if not cloud.known:
            cloud.known.add(till.sell())
        return cloud.knows(number)

    assert KnownNumbers(till.till, lambda: (SERIES,), knows).compare()
    assert gaps(till) == []
    assert till.sell() == bill_number(SERIES, 2)


def set_back(tmp_path: Path, sold: int) -> RigTill:
    """A till whose whole directory, mark and all, is put back as it was so many bills ago."""
    till = RigTill(tmp_path / "store")
    assert numbers(till, Cloud(0)).compare()
    till.sell()
    till.close()
    image = tmp_path / "image"
    shutil.copytree(till.directory, image)
    till.open()
    for _ in range(sold):
        till.sell()
    till.close()
    shutil.rmtree(till.directory)
    image.rename(till.directory)
    till.open()
    return till


@pytest.mark.parametrize("sold", [1, 2, 40])
def test_a_till_that_was_set_back_with_its_mark_is_told_by_the_cloud(tmp_path: Path, sold: int) -> None:
    """An image of the box, a snapshot: nothing in the box tells."""
    till = set_back(tmp_path, sold)
    assert numbers(till, Cloud(1 + sold)).compare()
    assert gaps(till) == [(2, 1 + sold)]
    assert till.sell() == bill_number(SERIES, 2 + sold)
    till.close()


def test_one_that_sold_before_it_was_told_goes_on_beyond_at_the_first_clash(tmp_path: Path) -> None:
    till, cloud = set_back(tmp_path, 9), Cloud(10)
    cloud.away = True
    asked = numbers(till, cloud)
    assert asked.compare(), "no pull waits for it"
    assert till.sell() == bill_number(SERIES, 2)
    cloud.away = False
    asked.look()
    assert gaps(till) == []
    asked.doubt()
    asked.look()
    assert gaps(till) == [(3, 10)]
    assert till.sell() == bill_number(SERIES, 11)
    till.close()


def test_a_word_that_begins_the_store_again_has_the_cloud_asked_again(tmp_path: Path) -> None:
    till = RigTill(tmp_path)
    assert numbers(till, Cloud(0)).compare()
    till.till.write(lambda tx: beginning.carry_out(tx, beginning.Word(AT, "anna"), None, "older"))
    assert numbers(till, Cloud(300)).compare()
    assert till.till.read(lambda tx: bills.upcoming(tx, SERIES)) == 301
