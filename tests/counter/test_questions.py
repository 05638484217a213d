"""Questions at the counter are asked beside each other, and an end of the till ends whoever waits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

import pytest

from agent.counter.questions import QuestionThread
from agent.till.turn import TillClosed

PATIENCE_S = 20


@pytest.fixture
def counter() -> Iterator[tuple[QuestionThread, Event]]:
    """Both counter threads, running, and what stops them."""
    first, stop = QuestionThread(), Event()
    threads = [Thread(target=each.run, args=(stop,)) for each in (first, QuestionThread(beside=first))]
    for thread in threads:
        thread.start()
    yield first, stop
    stop.set()
    for thread in threads:
        thread.join()


def test_a_question_does_not_wait_for_a_cloud_that_hangs_over_the_one_before(
    counter: tuple[QuestionThread, Event],
) -> None:
    asked, answered = Event(), Event()

    def hangs() -> str:
        asked.set()
        answered.wait(PATIENCE_S)
        return "late"

    with ThreadPoolExecutor() as customers:
        slow = customers.submit(counter[0].ask, hangs)
        assert asked.wait(PATIENCE_S)
        assert customers.submit(counter[0].ask, lambda: "at once").result(PATIENCE_S) == "at once"
        assert not slow.done()
        answered.set()
        assert slow.result(PATIENCE_S) == "late"


def test_what_goes_wrong_in_a_question_is_its_askers(counter: tuple[QuestionThread, Event]) -> None:
    with pytest.raises(LookupError, match="no such"):
        counter[0].ask(lambda: (_ for _ in ()).throw(LookupError("no such")))
    assert counter[0].ask(lambda: 5) == 5


def test_who_asks_a_till_that_has_ended_is_told(counter: tuple[QuestionThread, Event]) -> None:
    counter[1].set()
    deadline = time.monotonic() + PATIENCE_S
    with pytest.raises(TillClosed):
        while time.monotonic() < deadline:
            counter[0].ask(lambda: None)
