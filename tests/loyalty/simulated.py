"""The simulated cloud for the tests of the client: one server, a fresh world each time."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import cache
from typing import Any

from agent.loyalty.calls.call import Call
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.line.exchange import Exchange, RawAnswer
from agent.loyalty.line.transport import Transport
from agent.loyalty.questions.questions import Questions
from agent.simulated.cloud.books.cloud_world import Clock, CloudWorld, system_clock
from agent.simulated.cloud.books.demo_data import seed_demo
from agent.simulated.cloud.books.ledger import Ledger
from agent.simulated.cloud.books.options import CloudOptions as Rules
from agent.simulated.cloud.serve.server import RunningCloud, running_cloud
from agent.simulated.cloud.trainer.call_log import CallLog
from agent.simulated.cloud.trainer.faults import Faults

from .conftest import options_for

ASHA = "919000000001"
TILL = {"username": "till01", "password": "training", "store_code": "ST01", "till_code": "till01"}
KEYED = {"auth": "oauth", "oauth_key": "training-key", "oauth_secret": "training-secret"}


@cache
def _server() -> RunningCloud:
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(running_cloud())


@contextmanager
def simulated(clock: Clock = system_clock, **switches: Any) -> Iterator[RunningCloud]:
    """A cloud with fresh books, no faults, and these options on."""
    server = _server()
    world = server.world
    world.ledger, world.faults, world.log = Ledger(), Faults(0), CallLog()
    world.options, world.clock = Rules().changed(**switches), clock
    world.tokens.clear()
    world.recent.clear()
    seed_demo(world.ledger, world.now())
    yield server


def till_options(cloud: RunningCloud, **settings: Any) -> CloudOptions:
    """Options of a till the simulated cloud lets in."""
    return options_for(cloud.base_url, **(TILL | settings))


def told(call: Call) -> RawAnswer:
    """What the cloud of the test answers to a call of its till."""
    transport = Transport(till_options(_server()))
    answer = transport.send(call, 10.0)
    transport.close()
    return answer


def _direct(transport: Exchange) -> Exchange:
    return transport


@contextmanager
def counter(
    clock: Clock = system_clock, way: Callable[[Exchange], Exchange] = _direct, **switches: Any
) -> Iterator[tuple[Questions, CloudWorld]]:
    """The counter's real questions to a fresh simulated cloud; way may stand between the two."""
    with simulated(clock, **switches) as cloud:
        options = till_options(cloud, question_budget_s=10.0)
        transport = Transport(options)
        yield Questions(way(transport), options, lambda: _local(clock())), cloud.world
        transport.close()


def _local(moment: datetime) -> datetime:
    return moment.astimezone()
