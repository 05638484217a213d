"""Signing in with a token at the simulated cloud: shared, renewed, taken back, not to be had."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from agent.language.language import in_english
from agent.language.sentence import Sentence
from agent.loyalty.answers.envelope import parse
from agent.loyalty.answers.verdict import Outcome, Verdict
from agent.loyalty.calls import builders
from agent.loyalty.calls.call import Call
from agent.loyalty.line.exchange import Kind
from agent.loyalty.line.sign_in import TOKEN_PATH, sign_in
from agent.loyalty.line.transport import Transport
from agent.loyalty.line.trouble import Trouble
from agent.loyalty.outcomes.decision import Hold
from agent.sale.basket import Customer
from agent.simulated.cloud.serve.server import RunningCloud
from agent.simulated.cloud.trainer.faults import Form

from ..bills import bill
from ..conftest import options_for
from ..scripted import ScriptedCloud, reply, silence
from ..simulated import ASHA, KEYED, simulated, till_options
from ..verdicts import COUPON_USE, decided

GET = builders.customer_get("mobile", ASHA)
TOKEN = {"data": {"accessToken": "t" * 600, "ttlSeconds": 300}, "errors": None}


@contextmanager
def keyed(**switches: Any) -> Iterator[tuple[Transport, RunningCloud]]:
    with simulated(**switches) as cloud:
        transport = Transport(till_options(cloud, **KEYED))
        yield transport, cloud
        transport.close()


def verdict(transport: Transport, call: Call = GET, deadline_s: float = 5.0) -> Verdict:
    return parse(call, transport.send(call, deadline_s))


def ops(cloud: RunningCloud) -> list[str]:
    return [call["op"] for call in cloud.world.log.entries()]


def test_one_token_serves_many_calls_and_acts_for_this_till() -> None:
    with keyed() as (transport, cloud):
        assert [verdict(transport).outcome for _ in range(3)] == [Outcome.OK] * 3
        sold = builders.transaction_add(till_options(cloud), bill("B-1", customer=Customer(mobile=ASHA)))
        assert verdict(transport, sold).outcome is Outcome.OK
        assert ops(cloud).count("oauth/token/generate") == 1
        assert cloud.world.log.entries()[-1]["till"] == "till01"


def test_a_token_of_one_second_is_renewed_before_it_ends() -> None:
    with keyed(oauth_ttl_s=1) as (transport, cloud):
        until = time.monotonic() + 2.5
        while time.monotonic() < until:
            assert verdict(transport).outcome is Outcome.OK
            time.sleep(0.02)
        calls_made = ops(cloud)
        assert 3 <= calls_made.count("oauth/token/generate") <= 5
        refused = [call for call in cloud.world.log.entries() if call["http"] == 401]
        assert refused == []


@pytest.mark.parametrize("shared", [True, False])
def test_threads_that_start_together_ask_for_one_token_between_them(shared: bool) -> None:
    with simulated() as cloud:
        cloud.world.faults.add("slow", op="oauth/token/generate", seconds=0.2)
        options = till_options(cloud, **KEYED)
        one = sign_in(options)
        transports = [Transport(options, one if shared else None) for _ in range(4)]
        threads = [threading.Thread(target=verdict, args=(transport,)) for transport in transports]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for transport in transports:
            transport.close()
        assert ops(cloud).count("oauth/token/generate") == (1 if shared else 4)
        assert ops(cloud).count("customer/get") == 4


def test_a_token_taken_back_in_the_middle_is_replaced_and_a_question_goes_on() -> None:
    with keyed() as (transport, cloud):
        verdict(transport)
        cloud.world.tokens.clear()
        assert verdict(transport).outcome is Outcome.OK
        assert ops(cloud)[2:] == ["customer/get", "oauth/token/generate", "customer/get"]


@pytest.mark.parametrize("form", list(Form))
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_call_that_commits_is_not_sent_again_behind_a_401(form: str, when: str) -> None:
    """It may have been done all the same; the next call has a new token, and looks."""
    with keyed() as (transport, cloud):
        verdict(transport)
        cloud.world.faults.add("http", op="v2/transactions", status=401, when=when, count=1, form=form)
        sold = builders.transaction_add(till_options(cloud), bill("B-1", customer=Customer(mobile=ASHA)))
        turned_away = verdict(transport, sold)
        assert (turned_away.outcome, turned_away.sense) == (Outcome.NO, "hold")
        assert ops(cloud)[1:] == ["customer/get", "v2/transactions"]
        assert isinstance(decided(sold, turned_away), Hold)
        assert verdict(transport).outcome is Outcome.OK
        assert ops(cloud)[3:] == ["oauth/token/generate", "customer/get"]


@pytest.mark.parametrize("status", [401, 200])
def test_a_coupon_that_was_used_behind_a_401_is_used_once(status: int) -> None:
    """By status line, or in a body under 200."""
    turned_away = {"response": {"status": {"success": "false", "code": 401, "message": "who are you"}}}
    with ScriptedCloud([reply(TOKEN), reply(turned_away, status)]) as cloud:
        transport = Transport(options_for(cloud.url, **KEYED))
        assert verdict(transport, COUPON_USE).sense == "hold"
        transport.close()
    assert [request.path for request in cloud.requests] == [TOKEN_PATH, COUPON_USE.path]


def test_a_401_in_a_body_under_200_renews_too_and_a_second_one_is_the_answer() -> None:
    refused = {"response": {"status": {"success": "false", "code": "401", "message": "no"}}}
    with ScriptedCloud([reply(TOKEN), reply(refused), reply(TOKEN), reply(refused)]) as cloud:
        transport = Transport(options_for(cloud.url, **KEYED))
        answer = verdict(transport)
        transport.close()
    assert (answer.outcome, answer.sense) == (Outcome.NO, "hold")
    assert [request.path for request in cloud.requests] == [TOKEN_PATH, GET.path] * 2


def test_with_the_endpoint_away_the_old_token_serves_until_its_end_and_then_nothing_is_sent() -> None:
    with keyed(oauth_ttl_s=4) as (transport, cloud):
        verdict(transport)
        cloud.world.faults.add("away", op="oauth/token/generate")
        time.sleep(3.4)
        assert verdict(transport).outcome is Outcome.OK
        assert verdict(transport).outcome is Outcome.OK
        # One attempt to renew, not one with each call.
        assert ops(cloud).count("oauth/token/generate") == 2
        time.sleep(1.0)
        sold = builders.transaction_add(till_options(cloud), bill("B-1", customer=Customer(mobile=ASHA)))
        lost = transport.send(sold, 5)
        assert (lost.kind, "signing in" in in_english(lost.reason)) == (Kind.NEVER_SENT, True)
        assert ops(cloud)[-1] == "oauth/token/generate"
        assert [call for call in cloud.world.log.entries() if call["http"] == 401] == [], (
            "not even to be refused"
        )
        cloud.world.faults.clear()
        assert verdict(transport, sold).outcome is Outcome.OK


@pytest.mark.parametrize("status", [500, 503])
def test_an_endpoint_in_trouble_is_a_cloud_that_is_away(status: int) -> None:
    with keyed() as (transport, cloud):
        cloud.world.faults.add("http", op="oauth/token/generate", status=status)
        assert verdict(transport).outcome is Outcome.NEVER_SENT


def test_a_wrong_key_holds_like_a_wrong_password() -> None:
    with simulated() as cloud:
        transport = Transport(till_options(cloud, **(KEYED | {"oauth_secret": "guess"})))
        refused = verdict(transport)
        transport.close()
    assert (refused.outcome, refused.code, refused.sense) == (Outcome.NO, 401, "hold")
    assert "key" in in_english(refused.sentence)


@pytest.mark.parametrize("status", [404, 405, 410])
def test_an_endpoint_that_is_not_there_is_a_wrong_address_and_not_a_wrong_key(status: int) -> None:
    with ScriptedCloud([reply("<html>Not here</html>", status)] * 2) as cloud:
        transport = Transport(options_for(cloud.url, **KEYED))
        refused = verdict(transport)
        transport.close()
    assert (refused.outcome, refused.code, refused.sense) == (Outcome.NO, status, "hold")
    said = in_english(refused.sentence)
    assert "address" in said
    assert "key" not in said


def test_a_limit_on_tokens_is_a_limit_on_calls() -> None:
    with ScriptedCloud([reply({}, 429, Retry_After="7")]) as cloud:
        transport = Transport(options_for(cloud.url, **KEYED))
        limited = verdict(transport)
        transport.close()
    assert (limited.outcome, limited.code, limited.retry_after_s) == (Outcome.NO, 429, 7.0)


UNFIT = [{"data": {"accessToken": text}} for text in ("", "half \ud83d", "two\r\nlines", "x" * 9000)]


@pytest.mark.parametrize("body", [{}, *UNFIT, {"data": []}, b"<html>portal</html>"])
def test_an_answer_without_a_token_sends_nothing(body: Any) -> None:
    with ScriptedCloud([reply(body)]) as cloud:
        transport = Transport(options_for(cloud.url, **KEYED))
        assert verdict(transport).outcome is Outcome.NEVER_SENT
        transport.close()
    assert [request.path for request in cloud.requests] == [TOKEN_PATH]


@pytest.mark.parametrize("ttl_s", [0, "0", -5, 0.000_001])
def test_a_token_that_is_over_when_it_comes_is_not_sent(ttl_s: Any) -> None:
    with ScriptedCloud([reply({"data": {"accessToken": "t", "ttlSeconds": ttl_s}})]) as cloud:
        transport = Transport(options_for(cloud.url, **KEYED))
        assert verdict(transport).outcome is Outcome.NEVER_SENT
        transport.close()
    assert [request.path for request in cloud.requests] == [TOKEN_PATH]


def test_the_tokens_time_counts_inside_the_questions_budget() -> None:
    with keyed() as (transport, cloud):
        cloud.world.faults.add("slow", op="oauth/token/generate", seconds=0.4)
        cloud.world.faults.add("slow", op="customer/get", seconds=2)
        started = time.monotonic()
        assert verdict(transport, deadline_s=0.8).outcome is Outcome.UNKNOWN
        assert time.monotonic() - started < 1.5


def test_a_silent_endpoint_keeps_a_call_no_longer_than_its_deadline() -> None:
    with ScriptedCloud([silence]) as cloud:
        transport = Transport(options_for(cloud.url, **KEYED))
        started = time.monotonic()
        assert verdict(transport, deadline_s=0.3).outcome is Outcome.NEVER_SENT
        assert time.monotonic() - started < 1.5
        transport.close()


def test_neither_token_nor_secret_is_ever_written_down(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with ScriptedCloud([reply(TOKEN), reply({}, 401), reply({"data": None}, 401)]) as cloud:
        options = options_for(cloud.url, **KEYED)
        transport = Transport(options)
        answer = transport.send(GET, 5)
        transport.close()
    shown = caplog.text + repr(answer) + repr(options) + repr(vars(transport))
    assert cloud.requests[1].headers["x-cap-api-oauth-token"] == "t" * 600
    assert "tttt" not in shown
    assert "training-secret" not in shown
    assert "signed in for 300 s" in caplog.text


@pytest.mark.parametrize("how", [{}, KEYED | {"oauth_secret": ""}], ids=["basic", "oauth"])
def test_without_its_secret_nothing_is_sent_and_the_reason_is_told(how: dict[str, Any]) -> None:
    """Asking with an empty password would be refused at best, and lock the till's user at worst."""
    why = Sentence("settings.secret-sealed", credential="cloud-password", error="no such key")
    with simulated() as cloud:
        transport = Transport(till_options(cloud, **how, no_secret=why))
        found = verdict(transport)
        transport.close()
        assert (found.outcome, found.message, found.trouble) == (Outcome.NEVER_SENT, why, Trouble.SECRET)
        assert ops(cloud) == []
