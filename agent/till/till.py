"""The Till: the narrow thing that services stand on: changes in turns, verbs carried out once, the clock."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from functools import partial
from sqlite3 import Connection
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from agent.language.language import Language, english
from agent.language.sentence import Sentence
from agent.sale.refusals import Refused
from agent.store import journal
from agent.store.errors import (
    FAULTS,
    Border,
    PageDamaged,
    RowDamaged,
    StoreFull,
    StoreReadOnly,
    asking,
    of_rows,
    translated,
)
from agent.store.opening import Store
from agent.store.room import Room
from agent.till.answer import Answer
from agent.till.board import Board
from agent.till.disk import Disk
from agent.till.turn import Turn

log = logging.getLogger("agent.till")

T = TypeVar("T")

_REMEMBERED = 256
_HUNG_S = 0.4
"""Nearly no turn that waits for nothing takes so long. One that does holds the pages' beat back until it
ends, and a page that has heard nothing for four and a half seconds says so: five after it began to hang."""


class Till:
    """Built once around an open store. Every method may be called on any thread, also within a turn.

    now: the wall clock, in the shop's zone. language: what is said to the cashier is said in it; sentences
    become text here and on the board. room: the disk's, where it is watched. A disk that cannot be written is
    met here and nowhere else: whoever writes gets StoreFull or StoreReadOnly, the store's badge shows it, and
    the next commit takes that away.
    """

    def __init__(
        self,
        store: Store,
        board: Board,
        now: Callable[[], datetime],
        zone: ZoneInfo,
        language: Language | None = None,
        room: Room | None = None,
    ) -> None:
        self.now = now
        self.zone = zone
        self.language = language or english()
        self.turn = Turn()
        self._store = store
        self._board = board
        self.disk = Disk(board.claim("store"), now, partial(board.notice, "warn"), room)
        self._reader = store.reader()
        self._reading = threading.Lock()
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._quiet: list[Callable[[], object]] = []
        self._commits = 0
        self._rows = Border(self._of_rows)
        self._logged: set[str] = set()

    # --- the store --------------------------------------------------------------------------------

    def take(self, work: Callable[[], T]) -> T:
        """Do work in a turn: nobody changes anything meanwhile."""
        return self.turn.take(work)

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run a change in a turn and a transaction; what work returned, once it is on the disk. It is run
        again if the ballast was given up for it."""
        return self.turn.take(partial(self._transaction, work))

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run a question: within a turn it sees what the turn has done, else what is committed. Raises
        RowDamaged, as write does, for rows that it cannot work with; the store's badge shows it. Outside a
        transaction also for what the disk does not give back."""
        mine = self.turn.mine()
        with self._rows, translated() if mine and self._store.connection.in_transaction else asking():
            if mine:
                with self.disk.waiting:
                    return work(self._store.connection)
            with self._reading:
                return work(self._reader)

    def damaged(self, sentence: Sentence) -> None:
        """Damage was found: it is shown, and no commit takes that away."""
        self.disk.show("damaged", Sentence("badge.store.damaged", problem=sentence), "error")

    def look_at_store(self) -> None:
        """Whether its file is still there, and what lies beside it: its badge shows what is not. In a turn,
        between two transactions."""
        try:
            self._store.look()
        except StoreReadOnly as error:
            self.disk.show("gone", error.sentence, "error")
        else:
            self.disk.over("gone")
        if trouble := self._store.look_beside():
            self.disk.show("beside", trouble.sentence, "error")
        else:
            self.disk.over("beside")

    def fold_log(self, above_bytes: int = 0) -> None:
        """Move a write-ahead log longer than this into the file, so that it holds nothing that the file does
        not."""
        if self._store.log_bytes() > above_bytes:
            self.turn.take(self._folded)

    # --- verbs ------------------------------------------------------------------------------------

    def hangs(self) -> bool:
        """Whether somebody has had the turn for so long that a press will hardly be answered. Not while the
        disk is waited for, which has a badge of its own."""
        return self.turn.held_s() >= _HUNG_S and not self.disk.waited_for()

    def once(self, key: str, work: Callable[[], Answer]) -> Answer:
        """Carry out a verb in a turn. The same key again gets the same answer, and nothing is done.

        Refused, damaged rows, a mistake of ours and a disk that cannot be written become a refusal said
        aloud; refusals are not kept. Without a key nothing is kept.
        """
        return self.turn.take(partial(self._carried_out, key, work))

    def answered(self, key: str) -> Answer | None:
        """The answer a verb of this key got, if it was carried out: before a question that takes time."""
        return self._answers.get(key) if key else None

    def remember(self, key: str, answer: Answer) -> Answer:
        """Keep the answer of a verb for a repeat of its key; an earlier run of the till may have given it."""
        if key and answer.ok:
            self._answers[key] = answer
            while len(self._answers) > _REMEMBERED:
                self._answers.popitem(last=False)
        return answer

    def say(
        self, sentence: Sentence, level: str = "ok", data: dict[str, Any] | None = None, **parts: Any
    ) -> Answer:
        """Tell the cashier that something was done, together with parts of the board that changed. data: for
        who asked alone."""
        said = self._board.notice(level, sentence, **parts)
        return Answer(ok=True, code=said["code"], text=said["text"], data=data or {}, params=said["params"])

    def refuse(self, sentence: Sentence) -> Answer:
        """Tell the cashier that nothing was done, and why."""
        log.info("refused: %s", sentence.code)
        self._board.notice("error", sentence)
        return self.refusal(sentence)

    def answer(self, sentence: Sentence | None = None, /, **data: Any) -> Answer:
        """Something was done; only who asked is told."""
        if sentence is None:
            return Answer(ok=True, data=data)
        return self._said(sentence, ok=True, data=data)

    def refusal(self, sentence: Sentence) -> Answer:
        """Nothing was done; only who asked is told why."""
        return self._said(sentence, ok=False, data={})

    def note(self, kind: journal.Kind, content: dict[str, Any], ref: int = 0) -> None:
        """Put something that happened into the journal; within a turn, in a transaction of its own."""
        self.write(lambda tx: journal.append(tx, kind, self.stamp(), content, ref=ref))

    # --- the clock --------------------------------------------------------------------------------

    def now_ms(self) -> int:
        """The wall clock in milliseconds since 1970 UTC."""
        return int(self.now().timestamp() * 1000)

    def stamp(self) -> str:
        """The wall clock as text, to the second."""
        return self.now().isoformat(timespec="seconds")

    def at(self, ms: int) -> str:
        """A moment, milliseconds since 1970 UTC, as text in the shop's zone."""
        return datetime.fromtimestamp(ms / 1000, self.zone).isoformat(timespec="seconds")

    # --- quiet moments ----------------------------------------------------------------------------

    def when_quiet(self, job: Callable[[], object]) -> None:
        """Have a small job done in each quiet moment, in a turn. What it cannot write can wait."""
        self._quiet.append(job)

    def run(self, stop: threading.Event) -> None:
        """The till's own thread: quiet jobs, and noticing a turn that is not given back."""
        self.turn.run(stop, self.tidy)

    def tidy(self) -> None:
        """One quiet moment."""
        for job in self._quiet:
            with contextlib.suppress(StoreFull, StoreReadOnly, RowDamaged), self._rows:
                self.turn.take(job)

    def close(self) -> None:
        """Give the reading connection back."""
        self._reader.close()

    # --- underneath -------------------------------------------------------------------------------

    def _said(self, sentence: Sentence, *, ok: bool, data: dict[str, Any]) -> Answer:
        text, params = self.language.text(sentence), self.language.params(sentence)
        return Answer(ok=ok, code=sentence.code, text=text, data=data, params=params)

    def _folded(self) -> None:
        with self.disk.writing():
            self._store.checkpoint()

    def _transaction(self, work: Callable[[Connection], T]) -> T:
        with self._rows, self.disk.writing():
            try:
                return self._committed(work)
            except StoreFull:
                if not self.disk.give_up_ballast():
                    raise
                return self._committed(work)

    def _committed(self, work: Callable[[Connection], T]) -> T:
        with self._store.transaction() as tx:
            made = work(tx)
        self._commits += 1
        return made

    def _of_rows(self, error: BaseException) -> Exception | None:
        """As of_rows; what it comes to is shown, and in the log once."""
        misfit = of_rows.told(error)
        found = misfit or error
        if isinstance(found, RowDamaged):
            if found.text not in self._logged and not isinstance(found, PageDamaged):
                self._logged.add(found.text)
                log.error("store: %s", found.text, exc_info=error if misfit else error.__cause__)
            self.damaged(found.sentence)
        return misfit

    def _carried_out(self, key: str, work: Callable[[], Answer]) -> Answer:
        if earlier := self.answered(key):
            return earlier
        commits = self._commits
        try:
            return self.remember(key, work())
        except RowDamaged as error:
            if self._commits > commits:
                return self.refuse(Sentence("row-damaged.some", problem=error.sentence))
            return self.refuse(Sentence("row-damaged.nothing", problem=error.sentence))
        except FAULTS:
            log.exception("a verb could not be carried out")
            return self.refuse(Sentence("fault.some" if self._commits > commits else "fault.nothing"))
        except Refused as refusal:
            return self.refuse(refusal.sentence)
        except (StoreFull, StoreReadOnly) as error:
            return self.refuse(cannot_write(error))


def cannot_write(error: StoreFull | StoreReadOnly) -> Sentence:
    """The refusal that a disk which cannot be written comes to."""
    return error.sentence
