"""Each way a line can fail has a sentence of its own for the cashier and a line of its own in the log."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.language.language import english, in_english
from agent.loyalty.answers.reply import Reply
from agent.loyalty.line.transport import Transport
from agent.loyalty.line.trouble import Trouble, sentence
from agent.loyalty.questions.questions import Questions
from agent.sale.basket import Customer

from ..certificates import certificate_for
from ..conftest import options_for
from ..counter import NOW, asked
from ..scripted import ScriptedCloud, Step, drip, raw, reply, reset, silence

PORTAL = b"<!doctype html><html><body>Please accept the terms</body></html>"

in_words = english().text


def told(answer: Reply[Customer], trouble: Trouble) -> None:
    assert answer.outcome == "offline"
    assert in_english(answer.sentence) == f"{in_words(sentence(trouble))} The sale goes on without it."


@contextmanager
def questions_to(url: str, verify: str | bool = True) -> Iterator[Questions]:
    options = options_for(url, verify=verify, question_budget_s=3.0)
    transport = Transport(options)
    yield Questions(transport, options, lambda: NOW)
    transport.close()


def test_every_trouble_has_a_sentence_of_its_own() -> None:
    texts = {in_words(sentence(trouble)) for trouble in Trouble}
    assert len(texts) == len(Trouble)
    assert all(text[0].isupper() and text.endswith(".") for text in texts)


@pytest.mark.parametrize(
    ("step", "trouble"),
    [
        (silence, Trouble.LATE),
        (reset, Trouble.BROKEN),
        (raw(b"HTTP/1.1 2"), Trouble.BROKEN),
        (drip(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + b" " * 900, 0.03), Trouble.LATE),
        (drip(b"HTTP/1.1 200 OK\r\nX-Padding: " + b"y" * 900, 0.03), Trouble.LATE),
        (reply(PORTAL), Trouble.PORTAL),
        (reply(b"", 302, Location="http://127.0.0.1:9/login"), Trouble.PORTAL),
        (reply(PORTAL, 511), Trouble.PORTAL),
    ],
    ids=[
        "silent",
        "reset",
        "cut off",
        "dripping body",
        "dripping head",
        "portal",
        "portal 302",
        "portal 511",
    ],
)
def test_a_line_that_fails_is_told_apart_within_the_budget(step: Step, trouble: Trouble) -> None:
    started = time.monotonic()
    with asked(step, question_budget_s=0.4) as (questions, _):
        told(questions.customer("mobile", "9876543210"), trouble)
        assert time.monotonic() - started < 2


def test_a_cloud_in_trouble_of_its_own_is_no_portal() -> None:
    with asked(reply(b"<html>503</html>", 503)) as (questions, _):
        answer = questions.customer("mobile", "9876543210")
    assert "page of the network" not in in_english(answer.sentence)


def test_nobody_listening_and_no_such_name_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with questions_to(f"http://127.0.0.1:{port}") as questions:
        told(questions.customer("mobile", "9876543210"), Trouble.UNREACHED)

    def no_such_name(host: str, *args: object, **more: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    with questions_to("https://cloud.invalid") as questions:
        told(questions.customer("mobile", "9876543210"), Trouble.NAME)


@pytest.mark.parametrize(
    ("name", "until", "trusted", "trouble"),
    [
        ("IP:127.0.0.1", "20991231000000Z", False, Trouble.UNTRUSTED),
        ("IP:127.0.0.1", "20200102000000Z", True, Trouble.EXPIRED),
        ("DNS:cloud.example", "20991231000000Z", True, Trouble.OTHER_HOST),
    ],
    ids=["self-signed", "expired", "another host"],
)
def test_a_certificate_that_is_not_the_clouds_is_told_apart_and_nothing_is_sent(
    tmp_path: Path, name: str, until: str, trusted: bool, trouble: Trouble, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    made = certificate_for(tmp_path, name, until)
    with (
        ScriptedCloud([reply({})], certificate=made) as cloud,
        questions_to(cloud.url, f"{made}.crt" if trusted else True) as questions,
    ):
        told(questions.customer("mobile", "9876543210"), trouble)
    assert cloud.requests == []
    assert "the cloud's certificate was not accepted: " in caplog.text
    assert "CERTIFICATE_VERIFY_FAILED" in caplog.text  # the library's own words, in the log alone


def test_a_good_certificate_is_taken(tmp_path: Path) -> None:
    made = certificate_for(tmp_path)
    nobody = {
        "response": {"status": {"code": 500}, "customers": {"customer": {"item_status": {"code": 1012}}}}
    }
    with (
        ScriptedCloud([reply(nobody)], certificate=made) as cloud,
        questions_to(cloud.url, f"{made}.crt") as questions,
    ):
        assert questions.customer("mobile", "9876543210").code == "not_found"


def test_a_server_that_speaks_no_tls_is_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_plain_answer, args=(listener,))
        thread.start()
        with questions_to(f"https://127.0.0.1:{listener.getsockname()[1]}") as questions:
            told(questions.customer("mobile", "9876543210"), Trouble.TLS)
        thread.join()


def _plain_answer(listener: socket.socket) -> None:
    link, _ = listener.accept()
    with link:
        link.recv(100)
        link.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def test_every_attempt_at_the_counter_is_in_the_log_with_its_request_id_and_nobodys_number(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    step = reply({"response": {"status": {"code": 500}}}, X_Cap_Request_Id="77F0")
    with asked(step) as (questions, _):
        questions.customer("mobile", "9876543210")
    with asked(silence, question_budget_s=0.2) as (questions, _):
        questions.customer("mobile", "9876543210")
    assert "request 77F0" in caplog.text
    assert "no answer came in time" in caplog.text
    assert "9876543210" not in caplog.text
