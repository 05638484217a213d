"""Bring a catalogue file into the till: check every row, build the new catalogue aside, swap it in whole.

Selling goes on meanwhile. Killed at any point, cut off from power or out of disk, the old catalogue is still
there and complete; what an unfinished import leaves behind is taken over by the next one.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from agent.language.sentence import Sentence
from agent.sale.labels import LabelRules
from agent.sale.listed import trouble_with
from agent.store.catalogue_fields import Item, field_parsers, parse_row
from agent.store.catalogue_file import claimed, existing, image_of, swap_in
from agent.store.catalogue_rows import BadRow, Reading, read_rows, shown
from agent.store.errors import StoreError

__all__ = ["BadRow", "ImportRefused", "ImportReport", "import_catalogue"]

MOST_BYTES = 256 * 1024 * 1024


class ImportRefused(StoreError):
    """The source cannot be used at all; nothing was changed."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did.

    total rows were found, accepted of them are in the catalogue now (0: it was left as it was). bad holds
    every problem, by line, several for one row if it has several. digest is the SHA-256 of the source.
    warned holds the GTINs of accepted rows that this till will not sell by, or not by alone.
    """

    total: int
    accepted: int
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
) -> ImportReport:
    """Read a CSV or JSON catalogue (catalogue_rows says how it is written) into the catalogue file at target.

    mode replace: the source is the whole catalogue; merge: its items are added, or replace their namesakes.
    With any problem nothing is imported, unless accept_good: then the rows without one are, provided the file
    could be read to its end and its columns were understood. rules: the till's for labels, under which GTINs
    are tried; without them none is.

    Raises ImportRefused (source unreadable, unknown mode), StoreBusy (another import runs), StoreTooNew,
    StoreForeign, StoreReadOnly, StoreFull, StoreBroken; target is untouched then, except that StoreBroken
    says whether the new catalogue is already in place.
    """
    if mode not in ("replace", "merge"):
        raise ImportRefused(Sentence("import.mode", mode=repr(mode)))
    started = time.perf_counter()
    data = _read(source)
    digest = hashlib.sha256(data).hexdigest()
    target = Path(os.path.realpath(target))
    with claimed(target) as fd:
        old = existing(target, currency_exponent, keep=mode == "merge")
        items, bad, total = _checked(data, source.name, currency_exponent, old)
        accepted = len(items) if accept_good or not bad else 0
        if accepted:
            image = image_of((old | items).values(), digest, currency_exponent)
            swap_in(image, fd, target)
    warned = _warned(items, rules) if accepted and rules else ()
    return ImportReport(total, accepted, tuple(bad), digest, time.perf_counter() - started, warned)


def _warned(items: dict[str, Item], rules: LabelRules) -> tuple[BadRow, ...]:
    return tuple(
        BadRow(item.line, "gtins", number, trouble)
        for item in items.values()
        for number in item.gtins
        if (trouble := trouble_with(number, item.sku, rules))
    )


def _read(source: Path) -> bytes:
    try:
        with source.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        why = Sentence("import.unreadable", file=str(source), error=str(error.strerror))
        raise ImportRefused(why) from error
    if len(data) > MOST_BYTES:
        raise ImportRefused(Sentence("import.too-large", file=str(source), mib=MOST_BYTES >> 20))
    return data


def _checked(
    data: bytes, name: str, exponent: int, old: dict[str, Item]
) -> tuple[dict[str, Item], list[BadRow], int]:
    """The items without a problem by SKU (none if the file as a whole has one), all problems, rows in all."""
    reading = Reading()
    parsers = field_parsers(exponent)
    claims = _Claims()
    items: dict[str, Item] = {}
    bad: list[BadRow] = []
    total = 0
    for row in read_rows(data, name, reading):
        total += 1
        fields, wrong = parse_row(row, parsers, reading.excused)
        wrong += claims.of(row.line, fields)
        if wrong:
            bad += wrong
        elif not reading.excused:
            items[fields["sku"]] = Item(line=row.line, **fields)
    bad += _torn(items, old, claims)
    if not total and not reading.bad:
        reading.spoil(1, "", "", Sentence("row.no-item"))
    bad = sorted([*reading.bad, *bad], key=lambda row: row.line)
    return ({} if reading.spoiled else items), bad, total


class _Claims:
    """Which line was first to use a SKU, a GTIN or a scale code; a row that is otherwise bad counts too."""

    def __init__(self) -> None:
        self.skus: dict[str, int] = {}
        self._gtins: dict[str, int] = {}
        self._scales: dict[str, int] = {}

    def of(self, line: int, fields: dict[str, object]) -> list[BadRow]:
        """Enter a row's claims; what an earlier line has already claimed is wrong."""
        gtins = fields.get("gtins", ())
        assert isinstance(gtins, tuple)
        wanted = [
            ("sku", self.skus, fields.get("sku")),
            ("scale_code", self._scales, fields.get("scale_code")),
        ]
        wanted += [("gtins", self._gtins, gtin) for gtin in gtins]
        bad = []
        for name, taken, value in wanted:
            if isinstance(value, str) and taken.setdefault(value, line) != line:
                bad.append(BadRow(line, name, shown(value), Sentence("row.used", line=str(taken[value]))))
        return bad


def _torn(items: dict[str, Item], old: dict[str, Item], claims: _Claims) -> list[BadRow]:
    """Take out the items that do not fit the rest of the catalogue, and what falls with them, and say why.

    A bundle needs all its parts; a code may not belong to an item that stays from before.
    """
    named_by: dict[str, list[str]] = {}
    holders: dict[str, str] = {}
    for sku, item in items.items():
        for part in item.parts:
            named_by.setdefault(part.sku, []).append(sku)
        holders |= dict.fromkeys(_codes(item), sku)
    owners = {code: sku for sku, item in old.items() for code in _codes(item)}
    bad: list[BadRow] = []
    waiting = list(reversed(items))
    while waiting:
        sku = waiting.pop()
        if sku not in items:
            continue
        wrong = _misfits(items[sku], items, old, owners, claims)
        if wrong:
            bad += wrong
            del items[sku]
            waiting += named_by.get(sku, ())
            # Its older self comes back with its codes, which another row may have counted on being free.
            waiting += [holders[code] for code in (_codes(old[sku]) if sku in old else ()) if code in holders]
    return bad


def _codes(item: Item) -> Iterable[str]:
    return (*item.gtins, f"scale {item.scale_code}") if item.scale_code else item.gtins


def _misfits(
    item: Item, items: dict[str, Item], old: dict[str, Item], owners: dict[str, str], claims: _Claims
) -> list[BadRow]:
    bad = []
    for part in item.parts:
        if part.sku == item.sku:
            bad.append(BadRow(item.line, "parts", shown(part.sku), Sentence("row.itself")))
        elif part.sku not in items and part.sku not in old:
            line = claims.skus.get(part.sku)
            reason = Sentence("row.part-refused", line=str(line)) if line else Sentence("row.no-such-part")
            bad.append(BadRow(item.line, "parts", shown(part.sku), reason))
    for code in _codes(item):
        owner = owners.get(code)
        if owner is not None and owner != item.sku and owner not in items:
            field = "scale_code" if code.startswith("scale") else "gtins"
            reason = Sentence("row.belongs", sku=shown(owner))
            bad.append(BadRow(item.line, field, code.removeprefix("scale "), reason))
    return bad
