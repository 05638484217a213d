"""What a printer has shown of itself: kept by its name, and dropped when another device answers to that."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.sale.plain_data import canonical
from agent.store import key_value
from agent.store.errors import StoreFull, StoreReadOnly, translated
from agent.store.opening import FILE_NAME
from agent.store.reader import open_reader

log = logging.getLogger("agent.printing")

Value = str | bool

DEVICE = ("maker", "model", "firmware", "serial")
"""What it calls itself, by the names of drivers.printer.identity."""
# Its firmware may be renewed.
_SAME = ("maker", "model", "serial")


@dataclass(frozen=True, slots=True)
class _Trait:
    """at: since when it is so; asked: shown in this run of the agent, and not only kept of an earlier one."""

    value: Value
    at: str
    asked: bool = True


class Known:
    """Of one printer: what it calls itself, whether it tells by itself (auto_status), and which fence it
    answers, "none" where it does not answer that of its profile. What follows: one that has answered a fence
    is never taken for one that does not know it (Learnt).

    One thread's at a time, whoever holds the printer's line; rows() anybody's. write and stamp as the
    printer's thread has them.
    """

    def __init__(
        self,
        name: str,
        write: Callable[[Callable[[sqlite3.Connection], Any]], Any],
        stamp: Callable[[], str],
    ) -> None:
        self._name = name
        self._write = write
        self._stamp = stamp
        self._traits: dict[str, _Trait] = {}
        self._news = False
        self._misread: dict[str, str] = {}

    def load(self, reader: sqlite3.Connection) -> None:
        """What earlier runs kept."""
        self._traits = _traits(_read(reader).get(self._name)) | self._traits

    def learn(self, **found: Value) -> None:
        """It has shown this. Costs no write."""
        traits = dict(self._traits)
        for what, value in found.items():
            had = traits.get(what)
            same = had is not None and had.value == value
            traits[what] = _Trait(value, had.at if had and same else self._stamp())
            self._news |= not same
        self._traits = traits

    def met(self, says: dict[str, str]) -> bool:
        """It has said what it is (drivers.printer.identity). What another device has shown is forgotten, once
        that has said the same twice: False, and one more question, after the first."""
        before = {name: self._traits[name].value for name in _SAME if name in self._traits and name in says}
        another = any(says[name] != value for name, value in before.items())
        if another and says != self._misread:
            self._misread = says
            return False
        self._misread = {}
        if another:
            log.warning("%s: another printer than before: %s, not %s", self._name or "printer", says, before)
            self._traits = {}
        self.learn(**says)
        return True

    def proves(self, fence: str) -> bool:
        """Whether it has answered that fence, in this run or an earlier one."""
        trait = self._traits.get("fence")
        return trait is not None and trait.value == fence

    def keep(self) -> None:
        """In a quiet moment: written if there is news, and later where the disk does not take it."""
        if not self._news:
            return

        def work(tx: sqlite3.Connection) -> None:
            every = _read(tx) | {self._name: {w: [t.value, t.at] for w, t in self._traits.items()}}
            key_value.save(tx, "printers", canonical(every).decode())

        with suppress(StoreFull, StoreReadOnly):
            self._write(work)
            self._news = False

    def rows(self) -> list[dict[str, Any]]:
        """For who asks: what, value, from (asked or kept), and since when."""
        return _rows(self._traits)


def kept_in(directory: Path) -> dict[str, list[dict[str, Any]]]:
    """The rows of each printer that a store knows, whether the agent runs or not; none where there is no
    store. StoreError or OSError when it cannot be read."""
    file = directory / FILE_NAME
    try:
        file.stat()
    except FileNotFoundError:
        return {}
    reader = open_reader(file)
    try:
        with translated():
            return {name: _rows(_traits(told)) for name, told in _read(reader).items()}
    finally:
        reader.close()


def _rows(traits: dict[str, _Trait]) -> list[dict[str, Any]]:
    return [
        {"what": what, "value": trait.value, "from": "asked" if trait.asked else "kept", "at": trait.at}
        for what, trait in sorted(traits.items())
    ]


def _read(connection: sqlite3.Connection) -> dict[str, Any]:
    """Empty for what cannot be read: it is learnt again."""
    with suppress(ValueError, AttributeError):
        return dict(json.loads(key_value.load(connection, "printers") or "{}").items())
    return {}


def _traits(told: Any) -> dict[str, _Trait]:
    with suppress(ValueError, TypeError, AttributeError):
        return {
            what: _Trait(value if isinstance(value, bool) else str(value), str(at), asked=False)
            for what, (value, at) in told.items()
        }
    return {}
