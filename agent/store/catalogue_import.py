"""Bring a catalogue file into the till: check every row, build the new catalogue aside, swap it in whole.

Selling goes on meanwhile. Killed at any point, cut off from power or out of disk, the old catalogue is still
there and complete; what an unfinished import leaves behind is taken over by the next one. However long the
file, little of it is in memory: its rows are read one by one and staged.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from agent.language.sentence import Sentence
from agent.sale.labels import LabelRules
from agent.store.catalogue_fields import field_parsers, parse_row
from agent.store.catalogue_file import build, claimed, existing, put_in_place, under_construction
from agent.store.catalogue_rows import BadRow, Reading
from agent.store.catalogue_source import ImportRefused, Source
from agent.store.catalogue_staging import Staging

__all__ = ["BadRow", "ImportRefused", "ImportReport", "import_catalogue"]

MOST_HELD = 1000

Told = Callable[[Iterable[BadRow], Iterable[BadRow]], None]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did.

    total rows were found, accepted of them are in the catalogue now (0: it was left as it was). usable: some
    are good, and accept_good takes them. bad holds
    the problems, by line, several for one row if it has several; of more than MOST_HELD the first. digest is
    the SHA-256 of the source. warned holds, as many at most, the GTINs of accepted rows that this till will
    not sell by, or not by alone.
    """

    total: int
    accepted: int
    usable: bool
    bad: tuple[BadRow, ...]
    digest: str
    seconds: float
    warned: tuple[BadRow, ...] = ()


def import_catalogue(
    source: Path,
    target: Path,
    *,
    mode: str = "replace",
    accept_good: bool = False,
    currency_exponent: int = 2,
    rules: LabelRules | None = None,
    told: Told = lambda _bad, _warned: None,
) -> ImportReport:
    """Read a CSV or JSON catalogue (catalogue_rows says how it is written) into the catalogue file at target.

    mode replace: the source is the whole catalogue; merge: its items are added, or replace their namesakes.
    With any problem nothing is imported, unless accept_good: then the rows without one are, provided the file
    could be read to its end and its columns were understood. rules: the till's for labels, under which GTINs
    are tried; without them none is. told is given every problem and every warning at the end, however many.

    Raises ImportRefused (source unreadable, unknown mode), StoreBusy (another import runs), StoreTooNew,
    StoreForeign, StoreReadOnly, StoreFull, StoreBroken; target is untouched then, except that StoreBroken
    says whether the new catalogue is already in place.
    """
    if mode not in ("replace", "merge"):
        raise ImportRefused(Sentence("import.mode", mode=repr(mode)))
    started = time.perf_counter()
    target = Path(os.path.realpath(target))
    with closing(Source(source)) as file, claimed(target) as fd:
        merge = existing(target, currency_exponent, keep=mode == "merge")
        with under_construction(target, fd, merge=merge) as connection:
            staging = Staging(connection)
            if merge:
                staging.merge_with()
            usable = _staged(file, staging, currency_exponent)
            digest = file.digest()
            good = staging.accepted() if usable else 0
            accepted = good if accept_good or not staging.has_problems() else 0
            if accepted:
                build(connection, digest, currency_exponent, merge=merge)
                if rules:
                    staging.warn(rules)
                put_in_place(fd, target)
            told(staging.problems(), staging.problems(warned=True))
            bad = tuple(islice(staging.problems(), MOST_HELD))
            warned = tuple(islice(staging.problems(warned=True), MOST_HELD))
    return ImportReport(staging.total, accepted, good > 0, bad, digest, time.perf_counter() - started, warned)


def _staged(file: Source, staging: Staging, exponent: int) -> bool:
    """Stage every row and every problem of a file; False if none of it may be used."""
    reading = Reading()
    parsers = field_parsers(exponent)
    for row in file.rows(reading):
        fields, wrong = parse_row(row, parsers, reading.excused)
        _note(staging, [*reading.bad, *wrong])
        reading.bad.clear()
        staging.add(row.line, fields, good=not wrong and not reading.excused)
    if not staging.total and not staging.has_problems() and not reading.bad:
        reading.spoil(1, "", "", Sentence("row.no-item"))
    _note(staging, reading.bad)
    staging.settle()
    return not reading.spoiled


def _note(staging: Staging, problems: Iterable[BadRow]) -> None:
    for bad in problems:
        staging.note(bad)
