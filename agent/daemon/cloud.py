"""The till's side of the loyalty cloud: questions at the counter, calls of bills, the forwarder's queue.

What needs the network's libraries is imported when the first question or the forwarder wants it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from agent.config import Config
from agent.counter.questions import Cloud, Reply
from agent.counter.returning import Redeemed
from agent.daemon.privacy import from_before
from agent.daemon.supervision import Supervisor
from agent.daemon.telling import entries, parent, redeemed
from agent.sale.basket import Bill, Customer, TenderType
from agent.sale.plain_data import from_plain, to_plain
from agent.store import outbox, returned
from agent.store.ordering import order_key

if TYPE_CHECKING:
    from agent.daemon.agent import Agent
    from agent.daemon.forwarding import Forwarding
    from agent.loyalty.enrolment import Enrolment
    from agent.loyalty.options import CloudOptions
    from agent.loyalty.questions import Questions
    from agent.loyalty.sign_in import SignIn

log = logging.getLogger("agent.daemon")

_IDENTIFIERS, _NAMES = ("mobile", "email", "external_id"), ("firstname", "lastname")


@dataclass(frozen=True, slots=True)
class _Said:
    """A reply of our own making."""

    outcome: str
    code: str = ""
    text: str = ""
    value: Any = None
    call: Any = None


class CloudSide:
    """A till with a loyalty cloud."""

    def __init__(self, agent: Agent, options: CloudOptions) -> None:
        self._agent = agent
        self.options = self._options = options
        self._wake = threading.Event()
        self._forwarding: Forwarding | None = None
        self._signing = threading.Lock()
        self._sign_in: SignIn | None = None
        self._asking = _Asking(options, agent, self._back, self.sign_in)
        self.questions: Cloud = self._asking

    def calls_of_bill(self, bill: Bill, otp: str, coupon_otp: str = "") -> Sequence[outbox.Entry]:
        """What the cloud must hear of a bill: the bill first, redemptions only once it is acknowledged."""
        from agent.loyalty.calls import calls_of_bill

        if bill.points and otp:
            bill = replace(bill, points=replace(bill.points, otp=otp))
        if bill.coupon and coupon_otp:
            bill = replace(bill, coupon=replace(bill.coupon, otp=coupon_otp))
        store = self._agent.store
        return entries(store.vault, calls_of_bill(self._options, bill, partial(parent, store.connection)))

    def tagged(self, bill: Bill, customer: Customer, cloud_id: str) -> Sequence[outbox.Entry]:
        """The call that gives a not-interested bill to a member."""
        from agent.loyalty.calls import retro

        call = retro(self._options, cloud_id, bill.number, bill.at, bill.due_minor, customer)
        return entries(self._agent.store.vault, [call])

    def redeemed(self, bill_id: int) -> list[Redeemed]:
        """How the redemptions of a bill stand in the cloud; asked in a turn."""
        return [redeemed(row) for row in returned.redemptions(self._agent.store.connection, bill_id)]

    def queued(self, call: Any, key: str) -> Sequence[outbox.Entry]:
        """The outbox entry of a call that got no verdict while the customer stood there."""
        from agent.loyalty.retry import ENROL_PAUSE_S

        wait_ms = int(ENROL_PAUSE_S * 1000)
        chain = order_key(self._agent.store.vault, call.chain)
        return [outbox.Entry(str(call.op), chain, key, call.to_bytes(), wait_ms=wait_ms)]

    def start(self, supervisor: Supervisor) -> None:
        """Start the forwarder."""
        from agent.daemon.forwarding import Forwarding

        thread = self._forwarding = Forwarding(self._agent, self._options, self.sign_in())
        self._agent.ask_aside(self._asking.warm)
        supervisor.start("forwarder", lambda: thread.run(supervisor.stop, self._wake), thread, 180.0)
        rules = self._agent.organisation
        supervisor.start("organisation", lambda: rules.run(supervisor.stop), rules, 120.0)

    def sign_in(self) -> SignIn:
        """One for all ways to the cloud, so that they share a token; made when the first wants it."""
        from agent.loyalty import sign_in

        with self._signing:
            if self._sign_in is None:
                self._sign_in = sign_in.sign_in(self._options)
            return self._sign_in

    def wake(self) -> None:
        """There is something new to send."""
        self._wake.set()

    def changed(self, ids: Iterable[int]) -> None:
        """A person changed these rows of the outbox: the forwarder must not act on what it remembers."""
        if self._forwarding:
            self._forwarding.changed(ids)

    def hurry(self) -> None:
        """A person wants the queue tried now."""
        self._back()

    def _back(self) -> None:
        """A question was answered: what waits in the queue need not wait for its own next try."""
        if self._forwarding:
            self._forwarding.retry_now()
            self._wake.set()


class NoCloud:
    """A till without a loyalty cloud: nothing to ask, nothing to queue."""

    options = None

    def __init__(self) -> None:
        self.questions: Cloud = _Nobody()

    def calls_of_bill(
        self,
        bill: Bill,  # noqa: ARG002 - CloudSide's face
        otp: str,  # noqa: ARG002
        coupon_otp: str = "",  # noqa: ARG002
    ) -> Sequence[outbox.Entry]:
        """Nothing."""
        return ()

    def queued(self, call: Any, key: str) -> Sequence[outbox.Entry]:  # noqa: ARG002
        """Nothing."""
        return ()

    def tagged(self, bill: Bill, customer: Customer, cloud_id: str) -> Sequence[outbox.Entry]:  # noqa: ARG002
        """Nothing."""
        return ()

    def redeemed(self, bill_id: int) -> list[Redeemed]:  # noqa: ARG002
        """Nothing was."""
        return []

    def start(self, supervisor: Supervisor) -> None:
        """Nothing to start."""

    def sign_in(self) -> None:
        """Nobody to sign in with."""

    def wake(self) -> None:
        """Nobody to wake."""

    def changed(self, ids: Iterable[int]) -> None:
        """Nobody remembers anything."""

    def hurry(self) -> None:
        """Nobody to hurry."""


def cloud_side(config: Config, agent: Agent) -> CloudSide | NoCloud:
    """The cloud the settings name, or none."""
    if not config.cloud.base_url:
        agent.board.badge("cloud", state="unknown", text="No loyalty cloud is set up")
        return NoCloud()
    return CloudSide(agent, cloud_options(config))


def cloud_options(config: Config) -> CloudOptions:
    """The settings as the loyalty room wants them. ValueError for what the rooms' own rules refuse."""
    from agent.loyalty.options import DEFAULT_TENDER_MODES, CloudOptions

    section, till = config.cloud, config.till
    modes = {TenderType(name): mode for name, mode in section.tender_modes.items()}
    return CloudOptions(
        base_url=section.base_url,
        username=section.username,
        password=section.password,
        auth=section.auth,
        oauth_key=section.oauth_key,
        oauth_secret=section.oauth_secret,
        cluster_tz=section.cluster_timezone,
        question_budget_s=section.question_budget_ms / 1000,
        store_code=till.store_code,
        till_code=till.till_code,
        org=section.org,
        country_code=section.country,
        points_program_id=section.program_id,
        fleet_tills=section.fleet_tills,
        requests_per_minute=section.requests_per_minute,
        start_spread_s=section.start_spread_s,
        bulk_rows=section.bulk_rows,
        client_signature=section.client_signature,
        tender_modes={**DEFAULT_TENDER_MODES, **modes},
        customer_fields=section.fields.all(),
        bill_custom=section.bill_fields.custom,
        bill_extended=section.bill_fields.extended,
        line_custom=section.line_fields.custom,
        line_extended=section.line_fields.extended,
        tender_attributes={
            kind: getattr(section.tender_attributes, kind.value)
            for kind in TenderType
            if hasattr(section.tender_attributes, kind.value)
        },
    )


class _Asking:
    """Questions to the real cloud. With nobody to answer, what was typed is what is known."""

    def __init__(
        self, options: CloudOptions, agent: Agent, back: Callable[[], None], sign_in: Callable[[], SignIn]
    ) -> None:
        """back is told when a question finds that the cloud is there again."""
        self._sign_in = sign_in
        self._options = options
        self._agent = agent
        self._back = back
        self._making = threading.Lock()
        self._made: Questions | None = None

    def customer(self, kind: str, value: str) -> Reply:
        from agent.loyalty import identifiers

        reply = self._seen(self._questions().customer(kind, value))
        if reply.outcome in ("ok", "no"):
            self._learn(kind, value, reply)
            return reply
        try:
            typed = identifiers.identifier(kind, value, self._options.country_code)
        except identifiers.UnusableError as error:
            return _Said("no", "unusable", str(error))
        if before := self._agent.privacy.recall(kind, typed):
            words = f"{reply.text} {from_before(before, self._agent.now())}"
            return _Said(reply.outcome, reply.code, words, before)
        nobody = Customer(source="typed", known_at=self._agent.stamp())
        known = from_plain(Customer, to_plain(nobody) | {kind: typed})
        return _Said(reply.outcome, reply.code, f"{reply.text} Points for this bill come later.", known)

    def history(self, customer: Customer, limit: int) -> Reply:
        return self._seen(self._questions().history(customer, limit))

    def enrol(self, form: dict[str, Any]) -> Reply:
        reply = self._seen(self._questions().enrol(self._typed(form)))
        if reply.outcome == "ok" and isinstance(reply.value, Customer):
            self._agent.privacy.remember(reply.value)
        elif reply.call is not None and isinstance(reply.value, Customer):
            self._agent.privacy.remember_enrolled(reply.value)
        return reply

    def update(self, customer: Customer, form: dict[str, Any]) -> Reply:
        """Only changed names are sent: those known from before may be older than the cloud's."""
        given = {**form, **{name: form[name] or getattr(customer, name) for name in _IDENTIFIERS}}
        given |= {name: form[name] if form[name] != getattr(customer, name) else "" for name in _NAMES}
        # A consent that was not asked about stays as it is.
        given["loyalty"] = customer.loyalty if form.get("loyalty") is None else form["loyalty"]
        reply = self._seen(self._questions().update(customer, self._typed(given)))
        if not isinstance(reply.value, Customer):
            return reply
        named = {name: getattr(reply.value, name) or getattr(customer, name) for name in _NAMES}
        updated = replace(reply.value, **named)
        if reply.outcome == "ok":
            self._updated(customer, updated, given)
        return _Said(reply.outcome, reply.code, reply.text, updated, reply.call)

    def _updated(self, before: Customer, after: Customer, given: dict[str, Any]) -> None:
        """Remember who was changed, and under no number they gave up; one the answer left out is as typed."""
        from agent.loyalty.own_identifiers import replaced

        told = replace(after, **{name: getattr(after, name) or given[name].strip() for name in _IDENTIFIERS})
        gone = replaced(before, told, self._options.country_code)
        self._agent.privacy.remember(after, replaced=gone)

    def points_check(self, customer: Customer, points_milli: int, otp: str) -> Reply:
        return self._seen(self._questions().points_check(customer, points_milli, otp))

    def points_otp(self, customer: Customer, points_milli: int) -> Reply:
        return self._seen(self._questions().points_otp(customer, points_milli))

    def coupon_check(self, customer: Customer, code: str, otp: str) -> Reply:
        return self._seen(self._questions().coupon_check(customer, code, otp))

    def retro(self, kind: str, value: str, number: str, at: str) -> Reply:
        reply = self._seen(self._questions().retro(kind, value, number, at))
        if reply.outcome == "ok":
            self._agent.privacy.remember(reply.value[0])
        return reply

    def _learn(self, kind: str, value: str, reply: Reply) -> None:
        """Remember who the cloud knows, for when it is away, and nobody it does not know."""
        from agent.loyalty import identifiers

        if reply.code == "unusable":
            return
        typed = identifiers.identifier(kind, value, self._options.country_code)
        if reply.code in ("not_found", "erased"):
            self._agent.privacy.forget(kind, typed, erased=reply.code == "erased")
        elif reply.value is not None:
            self._agent.privacy.remember(reply.value, (kind, typed))

    def _typed(self, form: dict[str, Any]) -> Enrolment:
        from agent.loyalty.enrolment import Enrolment

        return Enrolment(at=self._agent.stamp(), **form)

    def warm(self) -> None:
        """Import what the first question needs, before a customer waits for it."""
        self._questions()

    def _seen(self, reply: Reply) -> Reply:
        if reply.code == "unusable":  # refused here, before anybody was asked
            return reply
        offline = reply.outcome == "offline"
        if not offline and self._agent.board.part("badges")["cloud"]["state"] == "offline":
            self._back()
        show_cloud(self._agent, online=not offline, text=reply.text if offline else "")
        return reply

    def _questions(self) -> Questions:
        with self._making:
            if self._made is None:
                from agent.loyalty.questions import Questions
                from agent.loyalty.transport import Transport

                transport = Transport(self._options, self._sign_in())
                transport.warm()
                now, learn = self._agent.now, self._agent.clock.learn
                self._made = Questions(transport, self._options, now, listen=learn)
            return self._made


class _Nobody:
    """There is no cloud to ask."""

    _SAID = _Said("offline", "no-cloud", "This till has no loyalty cloud. The sale goes on without it.")

    def customer(self, kind: str, value: str) -> Reply:  # noqa: ARG002 - the face of Cloud, here and below
        return self._SAID

    def history(self, customer: Customer, limit: int) -> Reply:  # noqa: ARG002
        return self._SAID

    def enrol(self, form: dict[str, Any]) -> Reply:  # noqa: ARG002
        return self._SAID

    def update(self, customer: Customer, form: dict[str, Any]) -> Reply:  # noqa: ARG002
        return self._SAID

    def points_check(self, customer: Customer, points_milli: int, otp: str) -> Reply:  # noqa: ARG002
        return self._SAID

    def points_otp(self, customer: Customer, points_milli: int) -> Reply:  # noqa: ARG002
        return self._SAID

    def coupon_check(self, customer: Customer, code: str, otp: str) -> Reply:  # noqa: ARG002
        return self._SAID

    def retro(self, kind: str, value: str, number: str, at: str) -> Reply:  # noqa: ARG002
        return self._SAID


def show_cloud(agent: Agent, *, online: bool, text: str = "") -> None:
    """Put the cloud's state on the board; since tells when it changed."""
    state = "online" if online else "offline"
    badge = agent.board.part("badges")["cloud"]
    since = badge["since"] if badge["state"] == state else agent.stamp()
    words = "Online" if online else "Offline – sales continue"
    if (
        agent.board.badge("cloud", state=state, text=words, since=since, reason=text)
        and badge["state"] != state
    ):
        log.log(logging.INFO if online else logging.WARNING, "cloud: %s %s", state, text)
