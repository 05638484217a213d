"""The cloud room's services, put together for a till that has a loyalty cloud."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from agent.cloud.badge import CloudBadge
from agent.cloud.cloud_clock import CloudClock
from agent.cloud.dated_calls import DatedCalls
from agent.cloud.forwarding import Forwarding
from agent.cloud.known_numbers import KnownNumbers, cloud_knows
from agent.cloud.made_once import made_once
from agent.cloud.member_cache import MemberCache
from agent.cloud.open_calls import OpenCalls
from agent.cloud.options import cloud_options
from agent.cloud.organisation import Organisation
from agent.cloud.outbox_entries import OutboxEntries
from agent.cloud.questions import CounterQuestions, questions_once
from agent.cloud.silence import Silence
from agent.sale.clock import Word
from agent.sale.numbering import credit_series, financial_year, series_name
from agent.settings.config import Config
from agent.store.opening import Store
from agent.till.board import Board
from agent.till.last_bill import LastBill
from agent.till.outbox_tally import OutboxTally
from agent.till.queue_badge import QueueBadge
from agent.till.till import Till

if TYPE_CHECKING:
    from agent.cloud.silent_cloud import Probe
    from agent.cloud.store_queue import StoreQueue
    from agent.loyalty.answers.verdict import Verdict
    from agent.loyalty.attempt import Listener
    from agent.loyalty.calls.options import CloudOptions
    from agent.loyalty.line.sign_in import SignIn


class CloudSide:
    """Made, each handed what it uses. Nothing is imported that only the network needs."""

    def __init__(
        self,
        config: Config,
        store: Store,
        till: Till,
        board: Board,
        tally: OutboxTally,
        queue_badge: QueueBadge,
        last_bill: LastBill,
        clock: CloudClock,
        aside: Callable[[Callable[[], Any]], None],
    ) -> None:
        self.options = options = cloud_options(config)
        silence = Silence(options.question_budget_s)
        self._badge = CloudBadge(board.claim("cloud"), till.stamp, silence, till.language.text)
        self._clock = clock
        sign_in = made_once(partial(_sign_in, options))
        numbers = _numbers(config, till, cloud_knows(options, sign_in, self.heard))
        self.organisation = Organisation(
            till,
            board,
            config,
            options,
            sign_in=sign_in,
            listen=self.heard,
            probe=_probe(options, sign_in, silence, self.heard),
            numbers=numbers,
        )
        self.members = MemberCache(till, aside, keep=config.privacy.member_cache > 0)
        self.make_queue = partial(
            _queue, till, board, tally, queue_badge, last_bill, store.reader, numbers.doubt
        )
        self.forwarding = Forwarding(
            options,
            self.make_queue,
            sign_in,
            on_pause=queue_badge.pause,
            now_ms=till.now_ms,
            stale=self.organisation.stale,
            text_of=till.language.text,
            cloud_ms=clock.cloud_ms,
            unique=self.organisation.unique,
            listen=self.heard,
        )
        self.open_calls = OpenCalls(till, tally, self.forwarding.changed)
        self.entries = OutboxEntries(options, store.vault, till.read, till.language.text)
        self.asked = asked = questions_once(options, sign_in, till.now, silence, self.heard)
        """The questions themselves: made at the first call, which may take a while."""
        self.questions = CounterQuestions(
            options, asked, self.members, self.open_calls, now=till.now, past_ms=clock.past_ms
        )
        self.dated = DatedCalls(
            till,
            tally,
            last_bill,
            cloud_ms=clock.cloud_ms,
            rules=self.organisation.rules,
            changed=self.forwarding.changed,
            wake=self.forwarding.wake,
        )

    def heard(self, verdict: Verdict, word: Word | None) -> None:
        """What an exchange with the cloud came to, and what the cloud said of the time: told of every one."""
        if self._badge.heard(verdict):
            self.forwarding.retry_now()
        if word:
            self._clock.learn(word)


def _queue(*parts: Any) -> StoreQueue:
    from agent.cloud.store_queue import StoreQueue

    return StoreQueue(*parts)


def _numbers(config: Config, till: Till, knows: Callable[[str], bool]) -> KnownNumbers:
    return KnownNumbers(till, partial(_series, config, till), knows)


def _series(config: Config, till: Till) -> tuple[str, str]:
    year = financial_year(till.now().date(), config.till.fiscal_month)
    of_bills = series_name(config.till.bill_prefix, year)
    return of_bills, credit_series(of_bills)


def _probe(
    options: CloudOptions, sign_in: Callable[[], SignIn], silence: Silence, heard: Listener
) -> Callable[[], None]:
    """A look whether a silent cloud is back. What it needs is imported when the cloud was silent."""

    def made() -> Probe:
        from agent.cloud.silent_cloud import Probe
        from agent.loyalty.line.transport import Transport

        return Probe(options, Transport(options, sign_in()), silence, heard)

    probe = made_once(made)
    return lambda: probe().look() if silence.any else None


def _sign_in(options: CloudOptions) -> SignIn:
    from agent.loyalty.line.sign_in import sign_in

    return sign_in(options)
