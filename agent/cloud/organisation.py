"""The organisation's rules: pulled at the start and every night, kept in the store, in force also offline.

The last good answer stays until a whole good one replaces it (docs/capillary.md 8). Nothing waits for a pull.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from agent.cloud.known_numbers import KnownNumbers
from agent.counter.questions import ask_for
from agent.language.language import in_english
from agent.language.sentence import Sentence
from agent.sale.numbering import financial_year, series_name
from agent.sale.queue_terms import Op
from agent.sale.rules import IDENTIFIERS, OrgRules, RuleBook, refuses_twice, rule_book
from agent.settings.config import Config
from agent.store import key_value
from agent.store.errors import StoreError, translated
from agent.store.opening import FILE_NAME
from agent.store.reader import open_reader
from agent.till.answer import Answer
from agent.till.board import Board
from agent.till.till import Till

if TYPE_CHECKING:
    from agent.loyalty.attempt import Listener
    from agent.loyalty.calls.options import CloudOptions
    from agent.loyalty.line.sign_in import SignIn
    from agent.loyalty.outcomes.queue import QueueRow

log = logging.getLogger("agent.cloud")

FACT: Final = "organisation"
DEADLINE_S = 10.0
"""For each of the two questions."""
ANSWER_S = 3.0
"""How long who has it asked now waits for what it told."""
RETRY = timedelta(minutes=10)
_NIGHT_BEGINS, _NIGHT_S = time(1, 0), 4 * 3600
_LONGEST_AHEAD = timedelta(hours=25)


@dataclass(frozen=True, slots=True)
class Known:
    """What the organisation told last. at: when, "" for never."""

    at: str = ""
    configs: Mapping[str, str] = field(default_factory=dict)
    tenders: tuple[str, ...] = ()

    @classmethod
    def from_text(cls, text: str) -> Known:
        """The inverse of to_text; whatever is not one is as good as nothing known."""
        try:
            data = json.loads(text)
            configs = {str(key): str(value) for key, value in data["configs"].items()}
            return cls(str(data["at"]), configs, tuple(map(str, data["tenders"])))
        except (ValueError, LookupError, TypeError, AttributeError):
            return cls()

    def to_text(self) -> str:
        """As the store keeps it."""
        return json.dumps({"at": self.at, "configs": dict(self.configs), "tenders": list(self.tenders)})


class Organisation:
    """The rules in force; any thread may ask. options None: a till without a cloud, which pulls nothing.

    sign_in and listen are used by a pull: how to sign in, and who hears of the exchanges (attempt). probe: a
    look whether a silent cloud is back, which the thread of the pulls takes again and again. numbers:
    compared with the cloud after a pull, and where they are doubted.
    """

    def __init__(
        self,
        till: Till,
        board: Board,
        config: Config,
        options: CloudOptions | None = None,
        *,
        sign_in: Callable[[], SignIn] | None = None,
        listen: Listener | None = None,
        probe: Callable[[], None] = lambda: None,
        numbers: KnownNumbers | None = None,
    ) -> None:
        self._till = till
        self._board = board
        self._config = config
        self._options = options
        self._sign_in = sign_in
        self._listen = listen
        self._probe = probe
        self._numbers = numbers
        self._pulling = threading.Lock()
        self._asked: Future[tuple[bool, Sentence]] | None = None
        self._logged: tuple[Sentence, ...] = ()
        self.progress = 0
        self.take(Known.from_text(till.read(lambda tx: key_value.load(tx, FACT))))

    def rules(self) -> OrgRules:
        """The rules in force now."""
        return self._book.rules

    def stale(self, row: QueueRow) -> Sentence | None:
        """Why a row that may have arrived must not be sent again unseen; None if it may."""
        age = timedelta(milliseconds=self._till.now_ms() - row.created_ms)
        return self.rules().replay_risk(age) if row.op == Op.TRANSACTION_ADD else None

    def unique(self) -> bool:
        """Whether the organisation told that its cloud refuses a bill's number that it has. Never pulled or
        not told: nobody knows (docs/capillary.md 10.1)."""
        return refuses_twice(self._known.configs)

    def late(self, oldest_s: int | None) -> str:
        """A warning when the queue is older than the cloud's memory of bill numbers; "" while it is not."""
        risk = self.rules().replay_risk(timedelta(seconds=oldest_s or 0))
        return self._till.language.text(Sentence("rules.late", risk=risk)) if risk else ""

    def pull(self) -> Answer:
        """Ask the cloud now; on anything but a whole good answer the rules stay as they are."""
        return self._answer(*self._pull())

    def ask(self) -> Answer:
        """The same for somebody who waits: on a thread of its own, one for all who ask meanwhile. A cloud
        that takes its time is told as being asked; what comes of it, the cashier hears later."""
        asked = self._asked
        if asked is None or asked.done():
            asked = self._asked = Future()
            threading.Thread(target=ask_for, args=(asked, self._pull), name="rules", daemon=True).start()
        try:
            return self._answer(*asked.result(ANSWER_S))
        except TimeoutError:
            asked.add_done_callback(self._tell_late)
            return self._answer(True, Sentence("rules-asked"))  # noqa: FBT003

    def _tell_late(self, asked: Future[tuple[bool, Sentence]]) -> None:
        if asked.exception() is None:
            ok, told = asked.result()
            self._till.say(told, "info" if ok else "warn")

    def _answer(self, ok: bool, told: Sentence) -> Answer:  # noqa: FBT001
        if not ok:
            return self._till.refusal(told)
        warnings = list(map(self._till.language.text, self._warnings()))
        return self._till.answer(told, pulled_at=self._known.at or None, warnings=warnings)

    def _pull(self) -> tuple[bool, Sentence]:
        """Whether the rules are new, and what to say of it."""
        if self._options is None or self._sign_in is None:
            return False, Sentence("no-cloud.rules")
        from agent.loyalty.line.transport import Transport
        from agent.loyalty.organisation_rules import ask_organisation

        with self._pulling:
            transport = Transport(self._options, self._sign_in())
            try:
                told = ask_organisation(transport, DEADLINE_S, self._listen)
            finally:
                transport.close()
            if isinstance(told, Sentence):
                log.warning("rules: %s", in_english(told))
                return False, Sentence("rules-not-pulled", told=told)
            known = Known(self._till.stamp(), told.configs, told.tenders)
            self._till.write(lambda tx: key_value.save(tx, FACT, known.to_text()))
            self.take(known)
        said = Sentence("rules-pulled", moment=known.at, count=len(known.configs))
        log.info("rules: %s", in_english(said))
        return True, said

    def run(self, stop: threading.Event) -> None:
        """Pull at once, then every night; after a failure again soon. Until stop is set."""
        now = due = self._till.now()
        while not stop.is_set():
            now = self._till.now()
            # A clock that was set back must not put the next pull off for months.
            if now >= due or due - now > _LONGEST_AHEAD:
                due = self._next(now, pulled=self._pulled())
            self._probe()
            if self._numbers:
                self._numbers.look()
            self.progress += 1
            stop.wait(1.0)

    def _pulled(self) -> bool:
        try:
            return self.pull().ok and (self._numbers is None or self._numbers.compare())
        except StoreError as error:
            log.warning("rules: they could not be kept: %s", error.text)
            return False

    def _next(self, now: datetime, *, pulled: bool) -> datetime:
        till = self._config.till
        return next_pull(now, f"{till.store_code}:{till.till_code}") if pulled else now + RETRY

    def take(self, known: Known) -> None:
        """Put what was told in force, and say what is wrong with it."""
        self._known = known
        self._book = book_of(known, self._config)
        warnings = self._warnings()
        for warning in warnings:
            if warning not in self._logged:
                log.warning("rules: %s", in_english(warning))
        self._logged = warnings
        self._board.set(rules=self._view(warnings))

    def _warnings(self) -> tuple[Sentence, ...]:
        series = self._series()
        return (
            *self._book.complaints,
            *self.rules().warnings(series),
            *self._decimals_warning(),
            *self._tender_warnings(),
        )

    def _decimals_warning(self) -> tuple[Sentence, ...]:
        exponent = self._options.currency_exponent if self._options else 2
        told = self.rules().decimals_warning(exponent, self._config.till.round_to_minor)
        return (told,) if told else ()

    def _tender_warnings(self) -> tuple[Sentence, ...]:
        """Ways to pay that a bill would name and the organisation does not have (9607)."""
        if self._options is None or not self._known.tenders:
            return ()
        wrong = ", ".join(
            f"{kind} = {mode!r}"
            for kind, mode in self._options.tender_modes.items()
            if mode and mode not in self._known.tenders
        )
        known = ", ".join(self._known.tenders)
        return (Sentence("rules.tender-modes", wrong=wrong, known=known),) if wrong else ()

    def _series(self) -> str:
        """Of the bills made now."""
        till = self._config.till
        return series_name(till.bill_prefix, financial_year(self._till.now().date(), till.fiscal_month))

    def _view(self, warnings: tuple[Sentence, ...]) -> dict[str, Any]:
        """What the page must know."""
        rules = self.rules()
        return {
            "pulled_at": self._known.at or None,
            "retro": rules.retro,
            "unknown_bill_returns": self._config.returns.unknown_bills or rules.may_return_unknown(),
            "may_change": {kind: rules.identifier_may_change(kind) for kind in IDENTIFIERS},
            "warnings": list(map(self._till.language.text, warnings)),
        }


def known_in(directory: Path) -> Known:
    """What a store keeps, whether the agent runs or not; nothing known where there is no store. StoreError or
    OSError when it cannot be read."""
    file = directory / FILE_NAME
    try:
        file.stat()
    except FileNotFoundError:
        return Known()
    reader = open_reader(file)
    try:
        with translated():
            return Known.from_text(key_value.load(reader, FACT))
    finally:
        reader.close()


def book_of(known: Known, config: Config) -> RuleBook:
    """The rules that follow from what the organisation told and this till's settings."""
    return rule_book(known.configs, number_pattern=config.till.number_pattern)


def next_pull(now: datetime, till: str) -> datetime:
    """The next night's moment of this till, between 1 and 5 o'clock local: not all tills ask at once."""
    spread = int.from_bytes(hashlib.sha256(till.encode()).digest()[:4]) % _NIGHT_S
    tonight = datetime.combine(now.date(), _NIGHT_BEGINS, now.tzinfo) + timedelta(seconds=spread)
    return tonight if tonight > now else tonight + timedelta(days=1)
