"""The till, put together: each service is made from the settings, handed what it uses, and started."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
from collections.abc import Callable
from datetime import datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from agent import __version__
from agent.cloud.cloud_clock import CloudClock
from agent.cloud.erasure import Erasure
from agent.cloud.organisation import Organisation
from agent.counter.cashier import Cashier
from agent.counter.open_sale import OpenSale, no_calls
from agent.counter.overrides import Overrides
from agent.counter.past_bills import PastBills
from agent.counter.questions import Questions, QuestionThread
from agent.counter.retro import Retro
from agent.counter.returning import Returning
from agent.daemon import check_paper, composition, printing_side
from agent.daemon.aside import Aside
from agent.daemon.cloud_side import CloudSide
from agent.daemon.composition import write_ahead
from agent.daemon.doors import Door, command_line_door, page_door
from agent.daemon.page_key import page_key, write_start_page
from agent.daemon.reports import Reports
from agent.daemon.supervision import Supervisor
from agent.daemon.systemd import notify
from agent.language.language import in_english
from agent.language.sentence import Sentence
from agent.printing.receipts import Receipts
from agent.settings.config import Config
from agent.store import delivery, journal, sales
from agent.store.catalogue import Catalogue
from agent.store.errors import StoreError, StoreFull, StoreReadOnly
from agent.store.restart import open_in_order
from agent.till.board import Board
from agent.till.counters import Counters
from agent.till.last_bill import LastBill
from agent.till.outbox_tally import tally_now
from agent.till.queue_badge import QueueBadge
from agent.till.store_check import StoreCheck
from agent.till.till import Till
from agent.till.turn import TillClosed

if TYPE_CHECKING:
    from agent.outbox_desk.verbs import OutboxDesk
    from agent.store.reading import Reading
    from agent.web.backend import Backend

log = logging.getLogger("agent.daemon")

_CHECKED_LINKS = 64


class Agent:
    """A till that is built and not yet started: start(), then wait(), then close(); close() alone will do.

    stop is whose setting ends wait().
    """

    def __init__(self, config: Config, stop: threading.Event | None = None) -> None:
        self.config = config
        self.supervisor = Supervisor(stop or threading.Event())
        self._zone = ZoneInfo(config.till.timezone)
        self.language = language = composition.language(config)
        self.room = room = composition.room(config)
        self.store = open_in_order(
            config.store, key_file=config.key_path, home=config.home, text_of=language.text, room=room
        )
        self.board = Board(self.now, composition.till_view(config), language)
        self.till = till = Till(self.store, self.board, self.now, self._zone, language, room)
        self._aside = Aside(till.refuse)
        self.tally = till.read(tally_now)
        self.queue_badge = QueueBadge(self.board.claim("queue"), self.tally, till.now_ms, till.at)
        self.last_bill = LastBill(self.board, self.tally)
        self.catalogue = Catalogue(config.catalogue_path)
        self.clock = CloudClock(till)
        self.counters = Counters(till)
        self._make_cloud()
        self._make_counter()
        self._make_devices()
        idle, kept = self.open_sale.idle, config.privacy
        self.erasure = Erasure(till, idle, keep_days=kept.keep_customer_days, member_cache=kept.member_cache)
        self.queue_badge.show()

    def _make_cloud(self) -> None:
        till, board = self.till, self.board
        self.cloud: CloudSide | None = None
        if self.config.cloud.base_url:
            self.cloud = CloudSide(
                self.config,
                self.store,
                till,
                board,
                self.tally,
                self.queue_badge,
                self.last_bill,
                self.clock,
                self.aside,
            )
            self.organisation = self.cloud.organisation
        else:
            self.organisation = Organisation(till, board, self.config)
            board.claim("cloud").show(Sentence("badge.cloud.none"), state="unknown")

    def _make_counter(self) -> None:
        till, cloud, rules = self.till, self.cloud, self.organisation.rules
        self.open_sale = OpenSale(
            till,
            self.board,
            self.tally,
            self.last_bill,
            composition.counter_options(self.config),
            new_id=lambda: os.urandom(16).hex(),
            calls=cloud.entries.of_bill if cloud else no_calls,
            completed=self._completed,
            paying=lambda *sale: self.aside(partial(write_ahead, cloud, self.receipts, self.printers, *sale)),
            rules=rules,
            clock=self.clock.standing,
            interrupted=self.store.interrupted,
            promised=cloud.open_calls.points_milli if cloud else lambda _: 0,
        )
        self.thread = QuestionThread()
        self.second_thread = QuestionThread(beside=self.thread)
        self.questions = questions = Questions(self.thread.ask, cloud.questions if cloud else None)
        self.scale = composition.scale(self.config, self.board, self.counters)
        self.cashier = Cashier(
            till,
            self.board,
            self.open_sale,
            PastBills(till, self.board, self.last_bill, self.open_sale.options),
            self.catalogue,
            questions,
            queued=cloud.entries.of_call if cloud else composition.nothing_queued,
            wake=self._queued,
            rules=rules,
            scale=self.scale,
        )
        self.rights = composition.rights(self.config, till)
        self.overrides = Overrides(till, self.open_sale, self.rights, self.config.rights.discount_free_bp)
        self.returning = Returning(
            till,
            self.open_sale,
            by_sku=self.catalogue.by_sku,
            redeemed=cloud.entries.redeemed if cloud else lambda _: [],
            rules=rules,
            rights=self.rights,
        )
        self.retro = Retro(
            till,
            self.open_sale,
            questions,
            allowed=partial(composition.may_retro, rules),
            calls=cloud.entries.of_retro if cloud else composition.nothing_queued,
            wake=self._queued,
        )
        self.labels = composition.labels(
            self.config, till, self.board, self.cashier, self.catalogue, self.aside
        )

    def _make_devices(self) -> None:
        config, counters = self.config, self.counters
        section = printing_side.printer_of(config)
        shop = partial(composition.shop, config, self.language)
        self.receipts = Receipts(self.till.read, shop, columns=printing_side.printer_columns(section))
        self.letters = printing_side.letters(config, self.language)
        reader, letters = self.store.reader, self.letters
        self.printers = printing_side.printers(
            config, self.till, self.board, self.last_bill, self.receipts, reader, letters, counters
        )
        self.drawer = printing_side.cash_drawer(config, self.till, self.printers, self.rights, counters)
        self.page = page_door(self.config.web.port)
        self.page_key = page_key(self.config.socket_path.parent)
        self.reports = Reports(
            self.board,
            self.receipts,
            lambda: self.reading,
            self.organisation.late,
            self.config.key_origin,
            self._page_trouble,
            self.room,
            lambda: list(map(self.language.text, self.letters.told())),
            printing_side.paper_picture(section),
            lambda: self.scanners.report(self.language.text),
            lambda: self.printers.report(self.language.text),
            lambda: self.drawer.watch.state,
            counters.beside,
        )
        self.display = composition.customer_display(config, self.board, self.language, counters)
        self.scanners = composition.scanners(config, self.board, self.labels, counters)

    # --- life -------------------------------------------------------------------------------------

    def start(self) -> None:
        """Scanners first, since the next customer may be standing there; then everything else."""
        self._check_journal()
        self._look_at_room()
        self._register_quiet_jobs()
        supervisor, stop = self.supervisor, self.supervisor.stop
        supervisor.start("till", lambda: self.till.run(stop), self.till.turn)
        supervisor.start("counter", lambda: self.thread.run(stop), self.thread)
        supervisor.start("counter-2", lambda: self.second_thread.run(stop), self.second_thread)
        for name, driver in self.scanners.drivers():
            supervisor.start(name, partial(driver.run, stop), driver)
        if self.scale:
            supervisor.start("scale", partial(self.scale.driver.run, stop), self.scale.driver)
        doors = (self.page, command_line_door(self.config.socket_path))
        opened = {door: found for door in doors if (found := door.opened())}
        page = opened.get(self.page)
        port = page.getsockname()[1] if page else 0
        write_start_page(self.config.socket_path.parent, port or self.config.web.port, self.page_key)
        served = f"http://127.0.0.1:{port}/" if page else "-"
        log.info("ready to scan: store %s, page %s", self.config.store, served)
        notify(f"READY=1\nSTATUS=ready to scan, {f'page on port {port}' if page else 'page not served'}")
        self.board.set()
        self.start_web(list(opened.values()), [door for door in doors if door not in opened])
        if self.display:
            supervisor.start("display", partial(self.display.driver.run, stop), self.display.driver)
            supervisor.start("customer", partial(self.display.run, stop), self.display)
        for section, printer in zip(self.config.printer, self.printers.each, strict=True):
            supervisor.start(printer.name, partial(printer.run, stop), printer, section.deadline_s + 60.0)
        self._start_cloud()
        check = StoreCheck(self.till, self.store, self.config.catalogue_path, self.open_sale.idle)
        supervisor.start("store-check", lambda: check.run(stop), check, 900.0)
        self.aside(self.store.vault.warm)

    def wait(self) -> None:
        """Watch over the threads until something asks for the end."""
        self.supervisor.watch(self.till.disk.stalled)

    def close(self) -> None:
        """End the threads and give the store back."""
        notify("STOPPING=1")
        with contextlib.suppress(StoreError, TillClosed):
            self.counters.keep_now()
        self.supervisor.stop.set()
        self.printers.wake()
        self.drawer.close()
        if self.cloud:
            self.cloud.forwarding.wake()
        self._aside.close()
        self.supervisor.join()
        if self.till.turn.broken:
            # What is in the log is for the next opening to find: SQLite leaves it while somebody reads.
            self.store.close()
        else:
            # Nobody reads any more: fold the log in, so that the file alone is the whole store.
            self.till.close()
            with contextlib.suppress(StoreError):
                self.store.checkpoint()
            self.store.close()
        with contextlib.suppress(OSError):
            self.config.socket_path.unlink()

    def start_web(self, sockets: list[socket.socket], shut: list[Door]) -> None:
        """Serve the page and the command line on these, and through the shut doors once they open; whoever
        wants neither closes the sockets instead."""
        from agent.daemon.web_server import WebServer

        web, stop = WebServer(self.backend(), sockets, shut), self.supervisor.stop
        # What it imports first takes its time on a slow box; the main thread feeds the watchdog meanwhile.
        self.supervisor.start("web", lambda: web.run(stop), web, patience_s=60.0)

    def backend(self) -> Backend:
        """What the web room is handed of the till."""
        from agent.web.backend import Backend

        return Backend(
            version=__version__,
            language=self.language,
            page_key=self.page_key,
            damaged=self.till.damaged,
            hangs=self.till.hangs,
            board=self.board,
            cashier=self.cashier,
            overrides=self.overrides,
            labels=self.labels,
            returning=self.returning,
            retro=self.retro,
            bills=lambda limit: self.reading.bills(limit),  # noqa: PLW0108 - read when asked for
            receipt=self.reports.receipt,
            receipt_picture=self.reports.picture,
            queue=self.outbox_desk,
            resolve_print=lambda job, printed, key: self.printers.resolve(job, printed=printed, key=key),
            late_print=lambda jobs, wanted, key: self.printers.late(jobs, wanted=wanted, key=key),
            open_drawer=self.drawer.open,
            print_labels=printing_side.label_sheet(self.config, self.till, self.printers).print,
            print_test=check_paper.check_sheet(self.config, self.till, self.printers).print,
            store_logo=check_paper.logo_sheet(self.config, self.till, self.printers).print,
            new_roll=self.printers.new_roll,
            ask_printer=self.printers.ask,
            metrics=self.reports.metrics,
            status=self.reports.status,
            scans=self.scanners.seen,
            try_scanner=self.scanners.try_out,
            codes=printing_side.calibration_sheet(self.till, self.printers),
            pull_rules=self.organisation.ask,
        )

    # --- what is handed to services ---------------------------------------------------------------

    def now(self) -> datetime:
        """The wall clock, in the shop's zone."""
        return datetime.now(self._zone)

    def aside(self, work: Callable[[], Any]) -> None:
        """Do something nobody waits for on another thread."""
        self._aside(work)

    @cached_property
    def reading(self) -> Reading:
        """Lists and reports; what they need is imported when the first is asked for."""
        from agent.store.reading import Reading

        return Reading(self.store.path, self.store.vault)

    @cached_property
    def outbox_desk(self) -> OutboxDesk:
        """The outbox's verbs, imported after the till can scan."""
        from agent.outbox_desk.verbs import OutboxDesk

        return OutboxDesk(
            self.till,
            self.tally,
            self.queue_badge,
            self.last_bill,
            lambda: self.reading,
            rights=self.rights,
            cashier=self.config.till.cashier,
            questions=self.questions,
            changed=cloud.forwarding.changed if (cloud := self.cloud) else lambda _: None,
            resume=cloud.forwarding.resume if cloud else None,
            calls=cloud.entries.of_bill if cloud else lambda _: (),
        )

    # --- underneath -------------------------------------------------------------------------------

    def _page_trouble(self) -> str:
        trouble = self.page.trouble
        return self.language.text(trouble) if trouble else ""

    def _check_journal(self) -> None:
        """The end of the journal, at every start; the full walk is `journal.verify`."""
        for problem in self.till.read(lambda tx: list(journal.verify(tx, last=_CHECKED_LINKS))):
            log.error("journal: %s", in_english(problem))
            self.till.damaged(problem)

    def _look_at_room(self) -> None:
        """And at the store's names; have the ballast made where there is room for it: some disks take their
        time for that."""
        self.till.look_at_store()
        if self.till.disk.look_at_room():
            self.aside(self.till.disk.make_ballast)

    def _register_quiet_jobs(self) -> None:
        of_cloud = (self.cloud.dated.tidy, self.cloud.members.tidy) if self.cloud else ()
        for job in (self._look_at_room, self.open_sale.tidy, self.counters.keep, self.scanners.look):
            self.till.when_quiet(job)
        self.till.when_quiet(lambda: self.store.high_water.run_ahead(*self.open_sale.upcoming()))
        self.till.when_quiet(lambda: self.clock.tidy(self.open_sale.look_at_clock))
        for job in (*of_cloud, self.erasure.tidy, self.queue_badge.show, self.printers.look):
            self.till.when_quiet(job)

    def _completed(self, closed: sales.Closed) -> None:
        self.receipts.completed(closed)
        if self.cloud:
            self.cloud.forwarding.changed(closed.settled)
        # Not aside: who is told of the bill must not read that the queue is empty.
        self.queue_badge.show()
        self.aside(lambda: log.info("bill %s completed", closed.bill.number))
        # Last of all: who wakes up takes the processor from the answer to the customer.
        self.drawer.completed(closed.bill)
        if self.cloud:
            self.cloud.forwarding.wake()

    def _queued(self) -> None:
        self.queue_badge.show()
        if self.cloud:
            self.cloud.forwarding.wake()

    def _start_cloud(self) -> None:
        if self.cloud is None:
            # No forwarder will: what was being sent before the cloud left the settings is not any more.
            with contextlib.suppress(StoreFull, StoreReadOnly):
                self.till.write(lambda tx: delivery.after_restart(tx, 0))
            return
        supervisor, stop = self.supervisor, self.supervisor.stop
        forwarding, rules, asked = self.cloud.forwarding, self.cloud.organisation, self.cloud.asked
        # A counter thread makes the questions ready, before a customer waits for it.
        self.aside(lambda: self.thread.ask(asked))
        supervisor.start("forwarder", lambda: forwarding.run(stop), forwarding, 180.0)
        supervisor.start("organisation", lambda: rules.run(stop), rules, 120.0)
