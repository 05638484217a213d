"""The cloud's own time: read from its answers, and from nobody else's."""

from __future__ import annotations

import socket
import threading
import time
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.loyalty.attempt import attempt
from agent.loyalty.calls.call import Call
from agent.loyalty.line.server_date import boottime_ms, date_ms, word_of
from agent.loyalty.line.transport import Transport
from agent.sale.clock import Word

from ..conftest import options_for
from ..scripted import ScriptedCloud, Step, reply, silence

GET = Call("customer_get", "GET", "/v1.1/customer/get", (("mobile", "919876543210"),), family="customer")
FOUND = {
    "response": {
        "status": {"success": "true", "code": 200, "message": "Success"},
        "customers": {
            "customer": {"mobile": "919876543210", "item_status": {"success": "true", "code": 1000}}
        },
    }
}
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NOON_MS = int(NOON.timestamp() * 1000)
DATE = "Mon, 23 Nov 2026 12:00:00 GMT"


def told_by(*steps: Step, deadline_s: float = 5.0) -> list[Word]:
    """What a listener hears of one question."""
    words: list[Word] = []
    with ScriptedCloud(list(steps)) as cloud:
        transport = Transport(options_for(cloud.url))
        attempt(transport, GET, deadline_s, listen=lambda _, word: words.append(word) if word else None)
        transport.close()
    return words


def test_an_answer_of_the_cloud_tells_its_time() -> None:
    before = boottime_ms()
    (word,) = told_by(reply(FOUND, Date=DATE))
    assert abs(word.cloud_at(before) - NOON_MS) <= word.within_ms
    assert word.within_ms < 2000


def test_a_refusal_in_the_clouds_envelope_tells_it_as_well() -> None:
    refused = {"response": {"status": {"success": "false", "code": 517, "message": "too many"}}}
    assert len(told_by(reply(refused, 200, Date=DATE))) == 1


def test_half_of_the_round_trip_is_the_error_and_its_middle_the_moment() -> None:
    assert word_of(NOON_MS, 100_000, 3000) == Word(NOON_MS + 500, 98_500, 2000)


def _slowly(step: Step) -> Step:
    def late(link: socket.socket, over: threading.Event) -> bool:
        over.wait(0.4)
        return step(link, over)

    return late


def test_a_slow_answer_is_less_certain_by_half_of_its_time() -> None:
    (word,) = told_by(_slowly(reply(FOUND, Date=DATE)))
    assert 700 <= word.within_ms < 2000


@pytest.mark.parametrize(
    "step",
    [
        reply(FOUND),
        reply(FOUND, Date="Mon, 23 Nov 2026 12:00:00 +0530"),
        reply(FOUND, Date="Thu, 01 Jan 1970 00:00:00 GMT"),
        reply(FOUND, Date="Mon, 23 Nov 2126 12:00:00 GMT"),
        reply(FOUND, Date="yesterday"),
        reply(FOUND, Date=DATE, Age="3600"),
        reply(b"<html>Welcome to Free Wi-Fi</html>", 200, Date=DATE),
        reply(b"<html>moved</html>", 302, Date=DATE, Location="http://portal.example/"),
        reply({"portal": "log in"}, 200, Date=DATE),
        reply(b"", 503, Date=DATE),
        reply({"message": "who are you"}, 401, Date=DATE),
    ],
    ids=[
        *(
            "no date",
            "other zone",
            "too early",
            "too late",
            "not a date",
            "from a cache",
            "portal",
            "redirect",
        ),
        *("portal in JSON", "bare status", "bare 401"),
    ],
)
def test_what_is_not_the_clouds_own_word_is_not_heard(step: Step) -> None:
    assert told_by(step) == []


def test_no_answer_tells_nothing() -> None:
    assert told_by(silence, deadline_s=0.2) == []


@given(st.text(max_size=40) | st.from_regex(r"[MTWFS][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"))
def test_whatever_the_header_says_reading_it_does_not_fail(text: str) -> None:
    found = date_ms(text)
    assert found is None or 0 < found < 4_102_444_800_000


@given(st.datetimes(datetime(2026, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001
def test_every_date_a_server_writes_is_read(at: datetime) -> None:
    assert date_ms(format_datetime(at, usegmt=True)) == int(at.timestamp()) * 1000


def test_the_time_since_the_start_of_the_box_does_not_stand_still() -> None:
    first = boottime_ms()
    time.sleep(0.01)
    assert boottime_ms() - first in range(5, 5000)
