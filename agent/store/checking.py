"""Looking the whole store over: SQLite's own check, the chain, every seal, every row, the catalogue.

Done beside the writer on a connection of its own, while the till sells. No hash covers calls the cloud has,
finished print jobs and the catalogue: they are digested at each nightly check up to where they were then, the
journal keeps the digests (`store-checked`), and the next check compares.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from agent.files import regular_file
from agent.language.sentence import Sentence
from agent.language.system_words import reason
from agent.sale.numbering import bill_number
from agent.sale.plain_data import canonical
from agent.sale.queue_terms import Op
from agent.store import (
    bills,
    catalogue,
    customers,
    journal,
    key_value,
    members,
    migration,
    omitted,
    outbox,
    pin_tries,
    returned,
    sales,
)
from agent.store.beginning import COMPARED_FACT
from agent.store.errors import UNREADABLE, RowDamaged, StoreError, code_of, translated
from agent.store.inspection import MARKED_FACT
from agent.store.keys import CHECK_FACT
from agent.store.reader import open_reader
from agent.store.sealing import Vault

T = TypeVar("T")

_OPS = frozenset(Op)
_WORDS = (MARKED_FACT, COMPARED_FACT)
"""Facts that are there or not; any other is JSON, but for the check of the key."""
_TABLES = (
    *("bill_customer", "event", "fact", "member", "outbox", "pin_tries", "printed"),
    *("returned", "sent", "series", "spool", "tagged", "waived"),
)
MOST = 100
"""Problems told; more of them tell nothing new."""
_MOST_OPEN = 1000
_UNREADABLE = (*UNREADABLE, RowDamaged)
_SETTLED = {
    "sent": ("id, op, bill_id, idem_key, digest, attempts, created_ms, done_ms, server_ref", "outbox"),
    "waived": (
        (
            "id, how, op, bill_id, code, digest, attempts, created_ms, at, who, reason, tender, reference,"
            " amount_minor, request_key"
        ),
        "outbox",
    ),
    "printed": ("id, bill_id, copy, state, attempts, created_at, ended_at", "spool"),
}
"""Columns of tables of what is finished, and the table of what is not."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found. digests: of each thing no hash covers, what identifies it and what it comes to."""

    problems: tuple[Sentence, ...] = ()
    bills: int = 0
    entries: int = 0
    sealed: bool = True
    """Whether the store's key was there, so that seals were opened."""
    digests: dict[str, list[Any]] = field(default_factory=dict)


def check(
    path: Path, vault: Vault, catalogue_path: Path, pause: Callable[[], None] = lambda: None
) -> Checked:
    """Look at everything; pause is called again and again meanwhile, and may raise to end it."""
    try:
        with translated(), closing(open_reader(path, vault)) as connection:
            connection.text_factory = str  # which takes no byte for another
            return _Check(connection, vault, catalogue_path, pause).run()
    except StoreError as error:
        return Checked((error.sentence,), sealed=vault.has_key)
    except UnicodeDecodeError:
        # SQLite quotes a damaged schema in its error, and Python cannot read that.
        problem = Sentence("store-check.sqlite", problem=Sentence("system.corrupt"))
        return Checked((problem,), sealed=vault.has_key)


def note(connection: sqlite3.Connection, at: str, checked: Checked) -> None:
    """Keep in the journal that the store was checked, inside the caller's transaction, which reads nothing
    that may be damaged: SQLite takes no write after that."""
    content = {"problems": len(checked.problems), "digests": checked.digests}
    journal.append(connection, "store-checked", at, content)


def last_day(connection: sqlite3.Connection) -> str:
    """The day of the last check in the journal, "" for none."""
    row = connection.execute(
        "SELECT at FROM journal WHERE kind = 'store-checked' ORDER BY n DESC LIMIT 1"
    ).fetchone()
    return str(row[0])[:10] if row else ""


def _last(connection: sqlite3.Connection) -> dict[str, list[Any]]:
    try:
        row = connection.execute(
            "SELECT body FROM journal WHERE kind = 'store-checked' ORDER BY n DESC LIMIT 1"
        ).fetchone()
        return dict(json.loads(row[0])["digests"]) if row else {}
    except _UNREADABLE:
        return {}  # the walk along the journal tells
    except sqlite3.DatabaseError as error:
        if code_of(error) not in (0, sqlite3.SQLITE_CORRUPT):
            raise
        return {}  # a page of the journal, or a text in it that is none: that too


class _Check:
    """One look at a store."""

    def __init__(
        self, connection: sqlite3.Connection, vault: Vault, catalogue_path: Path, pause: Callable[[], None]
    ) -> None:
        self._connection = connection
        self._vault = vault
        self._catalogue = catalogue_path
        self._pause = pause
        self._problems: list[Sentence] = []
        self._digests: dict[str, list[Any]] = {}
        self._before = _last(connection)

    def run(self) -> Checked:
        """The parts one after the other; one that cannot be read ends itself and no other."""
        parts = (
            self._sqlite,
            self._schema,
            self._chain,
            self._numbers,
            self._rows,
            self._series,
            self._returned,
            self._seals,
            self._facts,
            self._settled,
            self._items,
        )
        for part in parts:
            try:
                with translated():
                    part()
            except StoreError as error:
                self._tell(error.sentence)
            except _UNREADABLE as error:
                # What damage puts into a row is of any kind; that it cannot be read is all there is to say.
                self._bad(part.__name__.strip("_"), type(error).__name__)
        count = self._count
        # What a damaged store comes to is compared with by nobody.
        digests = self._before if self._problems else self._digests
        return Checked(
            tuple(self._problems[:MOST]), count("bill"), count("journal"), self._vault.has_key, digests
        )

    def _count(self, table: str) -> int:
        try:
            return int(self._connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
        except sqlite3.DatabaseError:
            return 0

    def _tell(self, problem: Sentence) -> None:
        if len(self._problems) < MOST and problem not in self._problems:
            self._problems.append(problem)

    def _each(self, rows: Iterable[T]) -> Iterator[T]:
        for row in rows:
            self._pause()
            yield row

    def _bad(self, table: str, row: object) -> None:
        self._tell(Sentence("store-check.row", table=table, row=str(row)))

    def _gone(self, table: str, row: str) -> None:
        self._tell(Sentence("store-check.gone", table=table, row=row))

    # --- the parts ----------------------------------------------------------------------------------

    def _sqlite(self) -> None:
        for (line,) in self._connection.execute(f"PRAGMA integrity_check({MOST})"):
            if line != "ok":
                self._tell(Sentence("store-check.sqlite", problem=str(line)))

    def _schema(self) -> None:
        if not migration.fits_its_version(self._connection):
            self._tell(Sentence("store-check.sqlite", problem=Sentence("system.corrupt")))

    def _chain(self) -> None:
        for problem in self._each(journal.verify(self._connection, step=self._pause)):
            self._tell(problem)

    def _numbers(self) -> None:
        """Every number is its row's, and follows the one before it or a gap that the journal names."""
        gaps, kept = omitted.gaps(self._connection), omitted.kept(self._connection)
        if kept is None or any(kept.get(name, 0) < to for name, to in gaps):
            self._bad("fact", omitted.FACT)
        names = dict(self._connection.execute("SELECT id, name FROM series"))
        last: defaultdict[str, int] = defaultdict(int)
        for bill_id, number in self._each(
            self._connection.execute("SELECT id, number FROM bill ORDER BY id")
        ):
            series, seq = bills.parted(bill_id)
            name = str(names.get(series, ""))
            if not name or number != bill_number(name, seq):
                self._bad("bill", number or bill_id)
            elif seq != last[name] + 1 and (name, seq - 1) not in gaps:
                self._tell(Sentence("store-check.number", number=bill_number(name, last[name] + 1)))
            last[name] = seq

    def _rows(self) -> None:
        """Every row can be read; where it points at a bill there is one, and it says what it is for."""
        for table in _TABLES:
            for _ in self._each(self._connection.execute(f"SELECT * FROM {table}")):
                pass
        for table in ("spool", "printed", "sent", "waived", "outbox", "tagged"):
            of_none = f"SELECT id FROM {table}" if table != "tagged" else "SELECT bill_id FROM tagged"
            query = f"{of_none} WHERE bill_id > 0 AND bill_id NOT IN (SELECT id FROM bill)"
            for (row,) in self._each(self._connection.execute(query)):
                self._bad(table, row)
        for table in ("sent", "waived", "outbox"):
            for row, op in self._each(self._connection.execute(f"SELECT id, op FROM {table}")):
                if op not in _OPS:
                    self._bad(table, row)
        for sale_id in sales.unreadable(self._connection):
            self._bad("event", sale_id)

    def _series(self) -> None:
        """Every id that was given to a call or a print job is still there, and once: in the table of what
        waits, or in one of what is finished. So is who was named for a bill afterwards."""
        for waiting, *finished in (("outbox", "sent", "waived"), ("spool", "printed")):
            each = " UNION ALL ".join(f"SELECT id FROM {table}" for table in (waiting, *finished))
            last = 0
            for (row,) in self._each(self._connection.execute(f"{each} ORDER BY id")):
                if row <= last:
                    self._bad(waiting, row)
                elif row > last + 1:
                    self._gone(waiting, str(last + 1) if row == last + 2 else f"{last + 1} - {row - 1}")
                last = max(row, last)
        untagged = (
            "SELECT ref FROM journal WHERE kind = 'retro' AND ref NOT IN (SELECT bill_id FROM tagged)"
            " AND ref NOT IN (SELECT bill_id FROM waived WHERE op = 'transaction_update')"
        )
        for (bill_id,) in self._each(self._connection.execute(untagged)):
            self._gone("tagged", str(bill_id))

    def _returned(self) -> None:
        """What came back, as the bills themselves tell it."""
        found = self._connection.execute(
            "SELECT bill_id FROM returned UNION SELECT id >> 9 FROM bill_line WHERE rest LIKE '%\"back\"%'"
        )
        for (bill_id,) in self._each(found.fetchall()):
            try:
                bill = bills.load(self._connection, bill_id)
            except RowDamaged as error:
                self._tell(error.sentence)
                continue
            rows = self._connection.execute(
                "SELECT * FROM returned WHERE bill_id = ? ORDER BY line", (bill_id,)
            ).fetchall()
            if bill is None or rows != returned.rows(bill, bill_id):
                self._bad("returned", bill_id)

    def _seals(self) -> None:
        """Everything sealed opens, where the key is here."""
        if not self._vault.has_key:
            return
        if key_value.load(self._connection, CHECK_FACT) != self._vault.check:
            self._bad("fact", CHECK_FACT)
        for table, key, opened in (
            ("bill_customer", "sale_id", customers.is_whole),
            ("tagged", "bill_id", customers.tag_is_whole),
            ("member", "who", members.is_whole),
            ("outbox", "id", outbox.is_whole),
        ):
            for (row,) in self._each(self._connection.execute(f"SELECT {key} FROM {table}").fetchall()):
                if not opened(self._connection, row):
                    self._bad(table, row.hex() if isinstance(row, bytes) else row)

    def _facts(self) -> None:
        for key, value in self._connection.execute("SELECT key, value FROM fact"):
            try:
                if key in _WORDS and value not in ("", "yes"):
                    self._bad("fact", key)
                elif key not in (*_WORDS, CHECK_FACT):
                    json.loads(value)
            except UNREADABLE:
                self._bad("fact", key)
        for name, tries in pin_tries.load(self._connection).items():
            if tries is None or tries.wrong >= 1000:
                self._bad("pin_tries", name)

    def _settled(self) -> None:
        """What is finished never changes: compared with the digest of the last check, and digested anew."""
        for table, (columns, beside) in _SETTLED.items():
            query, bound = f"SELECT {columns} FROM {table} WHERE id < ?", self._bound(table, beside)
            self._compare(table, bound, partial(self._below, query))
        entries = journal.head(self._connection)[0]
        keys = "SELECT id, request_key FROM bill WHERE entry < ?"
        self._compare("bill", entries + 1, lambda below: self._digest(keys, below))

    def _bound(self, table: str, beside: str) -> list[Any]:
        """Rows below an id are finished, but for those that are still open and will come among them."""
        newest = self._connection.execute(f"SELECT max(id) FROM {table}").fetchone()[0] or 0
        waiting = self._connection.execute(
            f"SELECT id FROM {beside} WHERE id <= ? ORDER BY id LIMIT ?", (newest, _MOST_OPEN + 1)
        )
        ids = [int(row) for (row,) in waiting]
        return [ids[_MOST_OPEN], ids[:_MOST_OPEN]] if len(ids) > _MOST_OPEN else [newest + 1, ids]

    def _compare(self, what: str, bound: Any, digest: Callable[[Any], str]) -> None:
        before = self._before.get(what)
        if before and digest(before[0]) != before[1]:
            self._tell(Sentence("store-check.changed", what=what))
        self._digests[what] = [bound, digest(bound)]

    def _below(self, query: str, bound: list[Any]) -> str:
        below, but = bound
        return self._digest(query, below, but)

    def _digest(self, query: str, below: int, but: Iterable[int] = ()) -> str:
        told, left_out = hashlib.sha256(), set(but)
        for row in self._each(self._connection.execute(f"{query} ORDER BY id", (below,))):
            if row[0] not in left_out:
                told.update(canonical([one.hex() if isinstance(one, bytes) else one for one in row]))
        return told.hexdigest()

    def _items(self) -> None:
        """The catalogue, which is only ever replaced: another content under the same file is damage."""
        try:
            regular_file.check(self._catalogue)
            if self._catalogue.exists():
                self._read_items()
        except OSError as error:
            self._tell(Sentence("store-check.catalogue", problem=reason(error)))

    def _read_items(self) -> None:
        try:
            with closing(catalogue.open_catalogue(self._catalogue)) as connection:
                for (line,) in connection.execute("PRAGMA integrity_check(10)"):
                    if line != "ok":
                        self._tell(Sentence("store-check.catalogue", problem=str(line)))
        except StoreError as error:
            self._tell(error.sentence)
        except sqlite3.DatabaseError as error:
            self._tell(Sentence("store-check.catalogue", problem=reason(error)))
        with self._catalogue.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        made = self._catalogue.stat().st_mtime_ns
        before = self._before.get("catalogue")
        if before and before[0] == made and before[1] != found:
            self._tell(Sentence("store-check.changed", what="catalogue"))
        self._digests["catalogue"] = [made, found]
