"""A till whose counter and queue talk to the simulated cloud; nothing is sent before the queue drains."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.counter.cashier import Cashier
from agent.counter.questions import Questions
from agent.language.sentence import Sentence
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.line.exchange import Kind, RawAnswer, idle
from agent.loyalty.line.transport import Transport
from agent.sale import events as e
from agent.sale.basket import Product, Sale, TenderType
from agent.simulated.cloud.books.cloud_world import CloudWorld
from agent.simulated.cloud.books.ledger_rows import Customer as Member
from agent.till.answer import Answer
from tests.loyalty.simulated import simulated, till_options
from tests.rig import desk as desk_rig
from tests.rig.desk import AsideAtOnce, DeskTill, questions_over

ASHA, BALA = "9000000001", "9000000002"


@dataclass
class Line:
    """The way to the cloud; down, nothing is ever sent."""

    transport: Transport
    options: CloudOptions
    down: bool = False

    def send(self, call: Call, deadline_s: float, meanwhile: Callable[[], None] = idle) -> RawAnswer:
        if self.down:
            return RawAnswer(Kind.NEVER_SENT, reason=Sentence("line.no-time"))
        return self.transport.send(call, deadline_s, meanwhile)


@dataclass
class Shop:
    """One till, its cashier, and the cloud's books."""

    till: DeskTill
    world: CloudWorld
    counter: Line
    desk: Cashier = field(init=False)

    def __post_init__(self) -> None:
        agent = self.till.agent
        assert agent.cloud is not None
        ask = Questions(
            lambda question: question(), questions_over(agent, self.counter, self.counter.options)
        )
        self.till.desk = desk_rig.desk_over(agent, ask)
        self.desk = desk_rig.cashier_over(agent, ask)

    @property
    def sale(self) -> Sale:
        return self.till.agent.open_sale.sale

    def scan(self, price_minor: int = 100_000) -> None:
        assert self.desk.do(e.ItemAdded(Product("RICE", "Rice", price_minor, 0), 1000, price_minor), "").ok

    def begin(self, mobile: str, price_minor: int = 100_000) -> None:
        """A sale to a member who was just found."""
        self.scan(price_minor)
        assert self.desk.search("mobile", mobile, "").ok

    def pay(self) -> str:
        """Pay in cash; the bill's number."""
        answer = self.desk.pay_exact(TenderType.CASH, "", "")
        assert answer.ok, answer.text
        return str(answer.data["bill_number"])

    def no(self, answer: Answer) -> str:
        """What a refusal says."""
        assert not answer.ok, answer.text
        return answer.text

    def member(self, mobile: str) -> Member:
        (found,) = [one for one in self.world.ledger.all(Member) if one.mobile == f"91{mobile}"]
        return found


@contextmanager
def shop(directory: Path, **switches: Any) -> Iterator[Shop]:
    """A shop whose cloud has these options on."""
    with simulated(**switches) as cloud, desk_rig.till(directory, kind=AsideAtOnce) as till:
        options = till_options(cloud, question_budget_s=10.0)
        transport = Transport(options)
        till.sender.wire = transport
        yield Shop(till, cloud.world, Line(transport, options))
        transport.close()
