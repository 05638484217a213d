"""The spool: what paper must still show, and how each job ended."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, get_type_hints

from agent.language.language import in_english
from agent.language.sentence import Sentence
from agent.store.sealing import SealedConnection

_COLUMNS = "id, bill_id, copy, state, attempts, handed_over, text, created_at, printer"
# Of all that ever were: an id is never given again.
_TOP = "max({})".format(
    ", ".join(f"ifnull((SELECT max(id) FROM {table}), 0)" for table in ("spool", "printed"))
)


@dataclass(frozen=True, slots=True)
class Job:
    """A print job that is not finished.

    queued: no byte of it left the box; held: the printer cannot print now, and said so; sending: bytes may
    be on their way; unknown: bytes left and nothing proves the paper. Only queued and held are sent again.
    printer: the name of the one it was last given to; "" for none.
    """

    id: int
    bill_id: int
    copy: int
    state: str
    attempts: int
    handed_over: int
    text: str
    created_at: str
    printer: str = ""


_KINDS = tuple(get_type_hints(Job).values())


def add(connection: sqlite3.Connection, bill_id: int, at: str, copy: int = 0) -> int:
    """Queue a job inside the caller's transaction; returns its id."""
    made = connection.execute(
        "INSERT INTO spool (id, bill_id, copy, state, attempts, handed_over, text, created_at)"
        f" VALUES (1 + {_TOP}, ?, ?, 'queued', 0, 0, '', ?)",
        (bill_id, copy, at),
    )
    return int(made.lastrowid or 0)


def add_copy(connection: sqlite3.Connection, bill_id: int, at: str) -> int:
    """Queue the next copy of a bill, numbered after every earlier one."""
    return add(connection, bill_id, at, copy=1 + copies(connection, bill_id))


def copies(connection: sqlite3.Connection, bill_id: int) -> int:
    """How many copies of a bill were asked for so far."""
    row = connection.execute(
        "SELECT max(copy) FROM (SELECT copy FROM spool WHERE bill_id = ?1"
        " UNION ALL SELECT copy FROM printed WHERE bill_id = ?1)",
        (bill_id,),
    ).fetchone()
    return int(row[0] or 0)


def open_jobs(connection: sqlite3.Connection) -> list[Job]:
    """Every unfinished job, oldest first; without those that broken names."""
    return [Job(*row) for row in _rows(connection) if _is_whole(row)]


def broken(connection: sqlite3.Connection) -> list[int]:
    """Unfinished jobs whose row is damaged: SQLite reads a column that has no bytes as NULL, one bit makes
    bytes of a text, and the table takes no change of such a row."""
    return [row[0] for row in _rows(connection) if not _is_whole(row)]


def begin(connection: sqlite3.Connection, job_id: int, printer: str = "") -> bool:
    """Say that bytes may leave for a printer from now on; committed before the first one does. False, and
    nothing may be sent: another printer has the job."""
    cursor = connection.execute(
        "UPDATE spool SET state = 'sending', attempts = attempts + 1, handed_over = 0, printer = ?"
        " WHERE id = ? AND state IN ('queued', 'held')",
        (printer, job_id),
    )
    return cursor.rowcount == 1


def leave(
    connection: sqlite3.Connection, job_id: int, state: str, handed_over: int, text: str, printer: str = ""
) -> bool:
    """Record that a printer's attempt ended without a final result: queued, held or unknown. False, and
    nothing is: another printer has the job."""
    cursor = connection.execute(
        "UPDATE spool SET state = ?, handed_over = ?, text = ?"
        " WHERE id = ? AND (state IN ('queued', 'held') OR printer = ?)",
        (state, handed_over, text, job_id, printer),
    )
    return cursor.rowcount == 1


def end(connection: sqlite3.Connection, job_id: int, state: str, at: str) -> bool:
    """Move a job to the finished ones: confirmed, sent, answered-yes or answered-no. False if not open."""
    moved = connection.execute(
        "INSERT INTO printed (id, bill_id, copy, state, attempts, created_at, ended_at, printer)"
        " SELECT id, bill_id, copy, ?, attempts, created_at, ?, printer FROM spool WHERE id = ?",
        (state, at, job_id),
    )
    connection.execute("DELETE FROM spool WHERE id = ?", (job_id,))
    if isinstance(connection, SealedConnection):
        connection.ended_job = job_id
    return moved.rowcount == 1


def withdraw(connection: sqlite3.Connection, job_id: int, at: str) -> bool:
    """End a job that waits, of which nothing left the box: answered-no, of no attempt. False if not open."""
    connection.execute("UPDATE spool SET attempts = 0 WHERE id = ?", (job_id,))
    return end(connection, job_id, "answered-no", at)


def may_hold_unseen(connection: sqlite3.Connection, others: Sequence[str] = ()) -> bool:
    """Whether a person has said of a job that it is not on paper, and nothing was printed since, by the clock
    of that time: what is left of it may be in the printer; of one that was withdrawn nothing is. others: the
    names of the till's other printers, whose jobs do not count."""
    row = connection.execute(
        "SELECT state FROM printed WHERE state IN ('answered-no', 'confirmed', 'sent')"
        " AND (attempts > 0 OR state != 'answered-no')"
        f" AND printer NOT IN ({_marks(others)}) ORDER BY ended_at DESC, state LIMIT 1",
        others,
    ).fetchone()
    return row is not None and row[0] == "answered-no"


def has_forgotten(connection: sqlite3.Connection, job_id: int) -> bool:
    """Whether a job that has left the spool is still in it, or was never there; 0 is none."""
    if connection.execute("SELECT 1 FROM spool WHERE id = ?", (job_id,)).fetchone():
        return True
    return job_id > int(connection.execute(f"SELECT {_TOP}").fetchone()[0])


def after_restart(
    connection: sqlite3.Connection,
    text_of: Callable[[Sentence], str] = in_english,
    others: Sequence[str] = (),
) -> int:
    """What was being sent when the process died is unknown now; returns how many jobs that are. text_of makes
    what is kept beside them; others: the names of printers that may be at work already."""
    text = text_of(Sentence("print.stopped"))
    lost = [job.id for job in open_jobs(connection) if job.state == "sending" and job.printer not in others]
    connection.executemany(
        "UPDATE spool SET state = 'unknown', text = ? WHERE id = ?", [(text, job_id) for job_id in lost]
    )
    return len(lost)


def asked(connection: sqlite3.Connection, is_late: Callable[[int, str], bool]) -> list[dict[str, Any]]:
    """What a person must be asked about, oldest first: job, number of its bill, copy (0 for the original),
    printer (its name), late (none of it left the box, and it waited longer than is_late allows, which is
    given copy and created_at), at (when it was wanted)."""
    rows = connection.execute(
        "SELECT spool.id, coalesce(bill.number, '?'), spool.copy, spool.printer, created_at, spool.state"
        " FROM spool LEFT JOIN bill ON bill.id = spool.bill_id"
        " WHERE spool.state != 'sending' ORDER BY spool.id"
    )
    found = []
    for job, number, copy, printer, at, state in rows:
        told = isinstance(copy, int) and isinstance(at, str)
        late = state != "unknown" and told and is_late(copy, at)
        if late or state == "unknown":
            asked = {"job": job, "number": number, "copy": copy, "printer": printer, "late": late, "at": at}
            found.append(asked)
    return found


def unsure(connection: sqlite3.Connection) -> None:
    """An older store was put back: what it has to print may have been printed since."""
    connection.executemany(
        "UPDATE spool SET state = 'unknown', attempts = max(attempts, 1) WHERE id = ?",
        [(job.id,) for job in open_jobs(connection)],
    )


def state_of(connection: sqlite3.Connection, bill_id: int) -> tuple[int, str]:
    """(job id, state) of the newest job of a bill; (0, "none") if it never had one."""
    row = connection.execute(
        "SELECT id, state FROM (SELECT id, state FROM spool WHERE bill_id = ?1"
        " UNION ALL SELECT id, state FROM printed WHERE bill_id = ?1) ORDER BY id DESC LIMIT 1",
        (bill_id,),
    ).fetchone()
    return (int(row[0]), str(row[1])) if row else (0, "none")


def _rows(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
    return connection.execute(f"SELECT {_COLUMNS} FROM spool ORDER BY id").fetchall()


def _is_whole(row: tuple[Any, ...]) -> bool:
    return tuple(map(type, row)) == _KINDS


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))
