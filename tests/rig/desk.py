"""A real till with its store and forwarder; only the wire is made up: a ledger that can refuse and lose."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any, Protocol

from agent.cloud.questions import CounterQuestions
from agent.counter import questions as counter_questions
from agent.counter.cashier import Cashier
from agent.counter.past_bills import PastBills
from agent.daemon.agent import Agent
from agent.language.language import english
from agent.language.sentence import Sentence
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.forwarder.loop import Forwarder
from agent.loyalty.line.exchange import Kind, RawAnswer, idle
from agent.loyalty.questions.questions import Questions
from agent.outbox_desk.verbs import OutboxDesk
from agent.sale import events as e
from agent.sale.basket import Customer
from agent.settings.config import (
    CloudSection,
    Config,
    RightsSection,
    ShopSection,
    SupervisorSection,
    TillSection,
)
from agent.store import journal, outbox, sales
from tests.loyalty.bills import AT, COUPON, POINTS, bill
from tests.loyalty.ledger import Ledger

BOSS, PIN = "Meera", "4711-boss"
_CHEAP = hashlib.scrypt(PIN.encode(), salt=b"salt", n=2, r=8, p=1, dklen=32)
# Made with the least cost there is, so that a test waives as fast as it retries.
PIN_LINE = f"scrypt$2$8$1${base64.b64encode(b'salt').decode()}${base64.b64encode(_CHEAP).decode()}"


@dataclass
class LedgerWire:
    """An exchange straight into a ledger. refuse: item code by operation or by bill number; lose: chance
    that an answer is lost after its effect; before: told of each call before the ledger is."""

    ledger: Ledger = field(default_factory=Ledger)
    refuse: dict[str, int] = field(default_factory=dict)
    lose: float = 0.0
    rng: Random = field(default_factory=lambda: Random(5))
    before: Callable[[Call], None] = lambda call: None
    sent: list[Call] = field(default_factory=list)

    def send(self, call: Call, deadline_s: float, meanwhile: Callable[[], None] = idle) -> RawAnswer:
        self.before(call)
        self.sent.append(call)
        code = self.refuse.get(f"{call.op} {call.fact('number')}") or self.refuse.get(call.op)
        if code:
            return RawAnswer(Kind.ANSWERED, 200, _refusal(call, code))
        fault, status, body = self.ledger.answer(call.method, call.target, call.body)
        meanwhile()
        if fault == "lost before" or self.rng.random() < self.lose:
            return RawAnswer(Kind.UNKNOWN, reason=Sentence("line.late"))
        return RawAnswer(Kind.ANSWERED, status, body)

    def count(self, op: str) -> int:
        return sum(call.op == op for call in self.sent)


def _refusal(call: Call, code: int) -> bytes:
    if call.path.startswith("/v2"):
        return json.dumps({"errors": [{"status": False, "code": code, "message": "said"}]}).encode()
    entity = {"points_redeem": "points", "coupon_redeem": "coupon"}.get(call.op, "customer")
    item = {"item_status": {"success": "false", "code": code, "message": "said"}}
    return json.dumps({"response": {"status": {"code": 200}, "all": {entity: [item]}}}).encode()


class Wire(Protocol):
    """A way to a cloud."""

    def send(self, call: Call, deadline_s: float, meanwhile: Callable[[], None] = idle) -> RawAnswer: ...


class Sender:
    """The till's forwarder on a made-up wire and a clock that can be put forward; both may be changed."""

    def __init__(self, agent: Agent, wire: Wire) -> None:
        assert agent.cloud is not None
        self.agent = agent
        self.wire = wire
        self.ahead_ms = 0
        self.clock = agent.till.now_ms
        self.wake = threading.Event()
        self.queue = agent.cloud.make_queue()
        self.queue.open()
        self.forwarder = Forwarder(
            self.queue,
            self,
            agent.cloud.options,
            lambda: self.clock() + self.ahead_ms,
            Random(3),
            agent.queue_badge.pause,
            listen=agent.cloud.heard,
            text=english().text,
            cloud_ms=self.cloud_ms,
        )
        agent.cloud.forwarding.work_with(self.queue, self.forwarder)

    def send(self, call: Call, deadline_s: float, meanwhile: Callable[[], None] = idle) -> RawAnswer:
        """The forwarder's way out."""
        return self.wire.send(call, deadline_s, meanwhile)

    def cloud_ms(self) -> int | None:
        """The cloud's clock goes on as this one does."""
        told_ms = self.agent.clock.cloud_ms()
        return None if told_ms is None else told_ms + self.ahead_ms

    def drain(self, most: int = 60) -> None:
        """Send until nothing is due, putting the clock forward over pauses."""
        for _ in range(most):
            wait_s = self.forwarder.step()
            self.ahead_ms += round(wait_s * 1000)
            if wait_s >= 30:
                return


@dataclass
class DeskTill:
    """The daemon's parts as a test holds them."""

    agent: Agent
    desk: OutboxDesk
    wire: LedgerWire
    sender: Sender

    def sell(self, seq: int, *, mobile: str = "919876543210", redeem: bool = True, at: str = AT) -> list[int]:
        """A bill of that number on disk, with what the cloud must hear of it; the rows' ids."""
        made = replace(
            bill(f"S01T1-{seq:06d}", customer=Customer(mobile=mobile, firstname="Tom")),
            at=at,
            seq=seq,
            sale_id=f"sale-{seq}",
            points=POINTS if redeem else None,
            coupon=COUPON if redeem else None,
            coupon_value_minor=2_000 if redeem else 0,
        )

        assert self.agent.cloud is not None
        of_bill = self.agent.cloud.entries.of_bill

        def work(tx: Any) -> sales.Closed:
            last = sales.Recorded(1, made.at, "", e.Completed())
            return sales.complete(
                tx,
                made.series,
                last,
                lambda _: made,
                of_bill,
                now_ms=self.agent.till.now_ms(),
                paper=False,
            )

        closed = self.agent.till.write(work)
        ops = [entry.op for entry in closed.entries]
        self.agent.tally.add(closed.queued, ops, closed.bill_id, self.agent.till.now_ms())
        return list(closed.queued)

    def row(self, row_id: int) -> outbox.Row:
        found = self.agent.till.read(lambda tx: outbox.row(tx, row_id))
        assert found is not None, f"row {row_id} is gone"
        return found

    def states(self) -> dict[int, str]:
        return {row["id"]: row["state"] for row in self.desk.rows()}

    def told(self, kind: str) -> list[dict[str, Any]]:
        """Bodies of the journal's entries of a kind."""
        rows = self.agent.till.read(
            lambda tx: tx.execute("SELECT body FROM journal WHERE kind = ? ORDER BY n", (kind,)).fetchall()
        )
        return [json.loads(body) for (body,) in rows]

    def badge(self) -> dict[str, Any]:
        self.agent.queue_badge.show()
        return dict(self.agent.board.part("badges")["queue"])

    def journal_holds(self) -> None:
        assert self.agent.till.read(lambda tx: list(journal.verify(tx))) == []

    def effects(self) -> tuple[Counter[str], Counter[str], Counter[str]]:
        """Bills, points and coupons in the cloud's books, by bill number."""
        ledger = self.wire.ledger
        return (
            Counter(number for number, _ in ledger.bills),
            Counter(number for _, number, _ in ledger.points),
            Counter(number for _, number in ledger.coupons),
        )


def settings(directory: Path, *, supervisor: bool = True) -> Config:
    """A till with a cloud that nobody ever calls and without devices."""
    pins = (SupervisorSection(BOSS, PIN_LINE),) if supervisor else ()
    return Config(
        shop=ShopSection(name="Corner Shop"),
        till=TillSection(store_code="S01", till_code="T1", bill_prefix="S01T1", cashier="Asha"),
        cloud=CloudSection(base_url="https://cloud.example", username="T1", password="x"),
        store=directory / "store",
        supervisor=pins,
        rights=RightsSection(settle="cashier", export="cashier"),
    )


class AsideAtOnce(Agent):
    """What nobody waits for is done at once, on the thread of the test."""

    def aside(self, work: Callable[[], Any]) -> None:
        work()


def questions_over(agent: Agent, line: Any, options: CloudOptions | None = None) -> CounterQuestions:
    """The till's questions, over another line; what is heard is remembered as ever."""
    cloud = agent.cloud
    assert cloud is not None
    asked = Questions(line, options or cloud.options, agent.now, listen=cloud.heard)
    return CounterQuestions(
        options or cloud.options,
        lambda: asked,
        cloud.members,
        cloud.open_calls,
        now=agent.now,
        past_ms=agent.clock.past_ms,
    )


def desk_over(agent: Agent, ask: counter_questions.Questions) -> OutboxDesk:
    """The desk of a till whose questions go this way."""
    assert agent.cloud is not None
    return OutboxDesk(
        agent.till,
        agent.tally,
        agent.queue_badge,
        agent.last_bill,
        lambda: agent.reading,
        rights=agent.rights,
        cashier=agent.config.till.cashier,
        questions=ask,
        changed=agent.cloud.forwarding.changed,
        resume=agent.cloud.forwarding.resume,
        calls=agent.cloud.entries.of_bill,
    )


def cashier_over(agent: Agent, ask: counter_questions.Questions) -> Cashier:
    """The cashier's verbs at a till whose questions go this way."""
    assert agent.cloud is not None
    return Cashier(
        agent.till,
        agent.board,
        agent.open_sale,
        PastBills(agent.till, agent.board, agent.last_bill, agent.open_sale.options),
        agent.catalogue,
        ask,
        queued=agent.cloud.entries.of_call,
        wake=lambda: None,
    )


@contextmanager
def till(directory: Path, *, supervisor: bool = True, kind: type[Agent] = Agent) -> Iterator[DeskTill]:
    """Such a till, opened or opened again."""
    with contextlib.ExitStack() as stack:
        agent = kind(settings(directory, supervisor=supervisor))
        stack.callback(agent.close)
        stack.callback(lambda: agent.reading.close())  # noqa: PLW0108 - made when first asked for
        wire = LedgerWire()
        wire.ledger.several_uses = True
        sender = Sender(agent, wire)
        stack.callback(sender.queue.close)
        ask = counter_questions.Questions(lambda question: question(), questions_over(agent, sender))
        yield DeskTill(agent, desk_over(agent, ask), wire, sender)


__all__ = ["AT", "BOSS", "PIN", "DeskTill", "LedgerWire", "Sender", "till"]
