"""The till, put together: one object that owns the store, the threads and what they share."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

from agent import __version__
from agent.config import Config
from agent.counter.board import Board
from agent.counter.desk import Desk
from agent.counter.labels import Labels
from agent.counter.options import CounterOptions
from agent.counter.questions import QuestionThread
from agent.counter.returning import Returning
from agent.counter.selling import Selling
from agent.counter.tagging import Tagging
from agent.counter.turn import TillClosed, Turn
from agent.counter.waiting import waiting_now
from agent.daemon import parts
from agent.daemon.cloud import cloud_side
from agent.daemon.notify import notify
from agent.daemon.organisation import Organisation
from agent.daemon.paper import Paper
from agent.daemon.privacy import Privacy
from agent.daemon.supervision import Supervisor
from agent.daemon.timekeeping import Timekeeping
from agent.language.language import in_english
from agent.sale.basket import Phase
from agent.sale.money import plain_text
from agent.store import bills, journal, sales
from agent.store.catalogue import Catalogue
from agent.store.errors import StoreError
from agent.store.opening import open_store
from agent.store.ordering import key_old
from drivers.scanner.label import TornScan

if TYPE_CHECKING:
    from agent.store.reading import Reading

log = logging.getLogger("agent.daemon")

T = TypeVar("T")

_CHECKED_LINKS = 64


class Agent:
    """A till that is built and not yet started. start(), then wait(), then close()."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._zone = ZoneInfo(config.till.timezone)
        self.supervisor = Supervisor()
        self.store = open_store(config.store, key_file=config.key_path)
        key_old(self.store)
        self.reader = self.store.reader()
        self._reader_lock = threading.Lock()
        self.board = Board(self.now, parts.till_picture(config))
        self.turn = Turn()
        self.thread = QuestionThread()
        self._second = QuestionThread(beside=self.thread)
        self.catalogue = Catalogue(config.catalogue_path)
        options = parts.counter_options(config)
        self.cloud = cloud_side(config, self)
        self.organisation = Organisation(self, self.cloud.options)
        self.clock = Timekeeping(self)
        self.waiting = waiting_now(self.store.connection)
        self.selling = Selling(
            self.store,
            options,
            self.board,
            now=self.now,
            new_id=lambda: os.urandom(16).hex(),
            calls=self.cloud.calls_of_bill,
            settled=self._settled,
            waiting=self.waiting,
            rules=self.organisation.rules,
            clock=self.clock.standing,
        )
        self.desk = Desk(
            self.turn,
            self.selling,
            self.catalogue,
            self.thread,
            self.cloud.questions,
            self.cloud.queued,
            self._queued,
            self.board,
            options,
            self.organisation.rules,
        )
        self.returning = self._returns(options)
        self.tagging = self._retro()
        self._last_bill_id = next((row[0] for row in bills.newest(self.store.connection, 1)), 0)
        self._scanners: dict[str, tuple[str, str]] = {}
        self._aside = ThreadPoolExecutor(2, thread_name_prefix="aside")
        self.labels = Labels(self.desk, self.catalogue, options.labels, self.aside)
        self.paper = Paper(self)
        self.privacy = Privacy(self)
        self.show_queue()
        self._check_chain()

    def _returns(self, options: CounterOptions) -> Returning:
        return Returning(
            self.turn,
            self.selling,
            self.store,
            options,
            self.catalogue.by_sku,
            self.cloud.redeemed,
            self.organisation.rules,
        )

    def _retro(self) -> Tagging:
        return Tagging(
            self.turn,
            self.selling,
            self.store,
            self.thread,
            self.cloud.questions,
            now=self.now,
            allowed=lambda bill, now, registered_at: in_english(
                self.organisation.rules().may_retro(
                    datetime.fromisoformat(bill.at),
                    now,
                    datetime.fromisoformat(registered_at) if registered_at else None,
                )
            ),
            told=self.cloud.tagged,
            queued=self._queued,
        )

    # --- life -------------------------------------------------------------------------------------

    def start(self) -> None:
        """Scanners first, since the next customer may be standing there; then everything else."""
        supervisor = self.supervisor
        supervisor.start("till", lambda: self.turn.run(supervisor.stop, self._idle), self.turn)
        supervisor.start("counter", lambda: self.thread.run(supervisor.stop), self.thread)
        supervisor.start("counter-2", lambda: self._second.run(supervisor.stop), self._second)
        self._start_scanners()
        sockets = self._bind()
        port = sockets[0].getsockname()[1]
        log.info("ready to scan: store %s, page http://127.0.0.1:%d/", self.config.store, port)
        notify(f"READY=1\nSTATUS=ready to scan, page on port {port}")
        self.board.set()
        self._start_web(sockets)
        self.paper.start()
        self.cloud.start(supervisor)
        self.aside(self.store.vault.warm)

    def wait(self) -> None:
        """Watch over the threads until something asks for the end."""
        self.supervisor.watch()

    def close(self) -> None:
        """End the threads and give the store back."""
        notify("STOPPING=1")
        self.supervisor.stop.set()
        self.paper.wake()
        self.cloud.wake()
        self._aside.shutdown(wait=False, cancel_futures=True)
        self.supervisor.join()
        # Nobody reads any more: fold the log in, so that the file alone is the whole store.
        self.reader.close()
        with contextlib.suppress(StoreError):
            self.store.checkpoint()
        self.store.close()
        with contextlib.suppress(FileNotFoundError):
            self.config.socket_path.unlink()

    # --- what others need -------------------------------------------------------------------------

    def now(self) -> datetime:
        """The wall clock, in the shop's zone."""
        return datetime.now(self._zone)

    def now_ms(self) -> int:
        """The wall clock in milliseconds since 1970 UTC."""
        return int(self.now().timestamp() * 1000)

    def at(self, ms: int) -> str:
        """A moment of the outbox as text in the shop's zone."""
        return datetime.fromtimestamp(ms / 1000, self._zone).isoformat(timespec="seconds")

    def stamp(self) -> str:
        """The wall clock as text, to the second."""
        return self.now().isoformat(timespec="seconds")

    def write(self, work: Callable[[Any], T], then: Callable[[T], object] | None = None) -> T:
        """Run a change in a transaction of its own turn; it is committed on return.

        then is told what came of it after the commit and within the turn, so that what others keep in memory
        changes in the order of the commits.
        """

        def transaction() -> T:
            with self.store.transaction() as tx:
                found = work(tx)
            if then:
                then(found)
            return found

        return self.turn.take(transaction)

    def read(self, work: Callable[[Any], T]) -> T:
        """Run a question on a read-only connection."""
        with self._reader_lock:
            return work(self.reader)

    @cached_property
    def reading(self) -> Reading:
        """Lists and reports; what they need is imported when the first is asked for."""
        from agent.store.reading import Reading

        return Reading(self.store.path, self.store.vault)

    def show_queue(self) -> None:
        """Bring the queue's badge up to date."""
        count, parked, oldest = self.waiting.tally()
        owed, owed_minor = self.waiting.owed()
        age = max(0, (self.now_ms() - oldest) // 1000) if count else None
        text = "Queue: empty" if not count else f"Queue: {count}, oldest {_age(age or 0)}"
        if parked:
            text += f", {parked} need{'s' if parked == 1 else ''} a person"
        if owed:
            text += f", {plain_text(owed_minor)} owed"
        self.board.badge(
            "queue", count=count, parked=parked, oldest_s=age, owed=owed, owed_minor=owed_minor, text=text
        )

    def show_sync(self, bill_id: int) -> None:
        """Bring the mark of the last bill up to date, if it is this one."""
        last = self.board.part("last_bill")
        if last and bill_id == self._last_bill_id:
            self.board.set(last_bill=last | {"sync": self.waiting.state_of(bill_id)})

    # --- underneath -------------------------------------------------------------------------------

    def _check_chain(self) -> None:
        """The end of the journal, at every start; the full walk is `journal.verify`."""
        for problem in journal.verify(self.store.connection, last=_CHECKED_LINKS):
            log.error("journal: %s", problem)
            self.board.badge("store", state="error", text=f"The journal is damaged: {problem}")

    def _settled(self, closed: sales.Closed) -> None:
        log.info("bill %s completed", closed.bill.number)
        self._last_bill_id = closed.bill_id
        self.paper.wake()
        self._queued()

    def _queued(self) -> None:
        self.show_queue()
        self.cloud.wake()

    def _idle(self) -> None:
        self.selling.tidy()
        self.clock.tidy()
        if self.selling.sale.phase is Phase.IDLE:
            self.privacy.tidy()
        self.show_queue()

    def ask_aside(self, question: Callable[[], Any]) -> None:
        """Have a counter thread do something nobody waits for."""
        self.aside(lambda: self.thread.ask(question))

    def aside(self, work: Callable[[], Any]) -> None:
        """Do something nobody waits for on another thread."""

        def guarded() -> None:
            with contextlib.suppress(TillClosed):
                work()

        self._aside.submit(guarded)

    def _start_scanners(self) -> None:
        for index, section in enumerate(self.config.scanner):
            name = section.name or f"scanner-{index + 1}"
            slot = f"{index}:{name}"
            self._scanners[slot] = ("missing", f"{name} is not there yet")
            driver = parts.scanner(section, self._scanned, partial(self._scanner_state, slot))
            self.supervisor.start(name, lambda driver=driver: driver.run(self.supervisor.stop))  # type: ignore[misc]
        if self.config.scanner:
            self.board.badge("scanner", state="missing", text="Scanner missing")

    def _scanned(self, scan: Any) -> None:
        with contextlib.suppress(TillClosed):
            if isinstance(scan, TornScan):
                log.warning("torn scan from %s: %s", scan.device, scan.reason)
                self.labels.torn(scan.reason)
            else:
                self.labels.scan(scan.text, scan.symbology_id)

    def _scanner_state(self, name: str, state: str, text: str) -> None:
        log.log(logging.INFO if state == "ok" else logging.WARNING, "scanner: %s", text)
        self._scanners[name] = (state, text)
        worst, words = min(self._scanners.values(), key=lambda known: known[0] == "ok")
        self.board.badge("scanner", state=worst, text=words)

    def _bind(self) -> list[socket.socket]:
        """The page's port and the command line's socket, bound before the server is even imported: a
        browser waits instead of being refused. TCP by name, or uvicorn would lose TCP_NODELAY."""
        page = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        page.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        page.bind(("127.0.0.1", self.config.web.port))
        page.listen(64)
        path: Path = self.config.socket_path
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        local = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        local.bind(str(path))
        path.chmod(0o660)
        local.listen(16)
        return [page, local]

    def _start_web(self, sockets: list[socket.socket]) -> None:
        from agent.daemon.serving import serve

        self.supervisor.start("web", lambda: serve(self, sockets))

    @property
    def version(self) -> str:
        """The program's version."""
        return __version__


def _age(seconds: int) -> str:
    if seconds < 90:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 5400 else f"{seconds // 3600} h"
