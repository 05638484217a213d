"""The transport over real sockets: deadlines, broken lines, TLS, and what counts as never sent."""

from __future__ import annotations

import gzip
import logging
import re
import socket
import threading
import time
from pathlib import Path

import pytest

from agent.language.language import in_english
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.line import http_wire
from agent.loyalty.line.exchange import Kind, RawAnswer
from agent.loyalty.line.sign_in import basic_auth
from agent.loyalty.line.transport import Transport, request_id
from agent.sale.queue_terms import Op

from ..conftest import options_for
from ..scripted import ScriptedCloud, Step, drip, raw, reply, reset, silence

GET = Call("customer_get", "GET", "/v1.1/customer/get", (("mobile", "919876543210"), ("format", "json")))
POST = Call("customer_add", "POST", "/v1.1/customer/add", body=b'{"root":{}}')


def ask(cloud: ScriptedCloud, call: Call = GET, deadline_s: float = 5.0) -> RawAnswer:
    transport = Transport(options_for(cloud.url))
    try:
        return transport.send(call, deadline_s)
    finally:
        transport.close()


def answered_by(step: Step, call: Call = GET, deadline_s: float = 5.0) -> RawAnswer:
    with ScriptedCloud([step]) as cloud:
        return ask(cloud, call, deadline_s)


@pytest.mark.parametrize(
    ("user", "password", "value"),
    [
        ("store.server", "server123", "c3RvcmUuc2VydmVyOjhhMTZhNmI3MDUwNWViMWYxZmY3Y2RjMGNkNTU1OWE3"),
        ("till1", "123", "dGlsbDE6MjAyY2I5NjJhYzU5MDc1Yjk2NGIwNzE1MmQyMzRiNzA="),
    ],
)
def test_basic_authentication_follows_the_checked_vectors(user: str, password: str, value: str) -> None:
    assert basic_auth(user, password) == f"Basic {value}"


def test_a_call_goes_out_whole_and_its_answer_comes_back_whole() -> None:
    with ScriptedCloud([reply({"a": 1}, X_Cap_Requestid="5670FF")]) as cloud:
        answer = ask(cloud, POST)
    assert (answer.kind, answer.http_status, answer.body) == (Kind.ANSWERED, 200, b'{"a": 1}')
    assert answer.request_id == "5670FF"
    (request,) = cloud.requests
    assert (request.method, request.target, request.body) == ("POST", POST.path, POST.body)
    assert request.headers["content-type"] == request.headers["accept"] == "application/json"
    assert request.headers["authorization"].startswith("Basic ")
    assert request.headers["user-agent"].startswith("pos-agent/")


def test_headers_of_a_call_go_out_beside_those_of_every_call() -> None:
    call = Call(
        "x", "POST", "/v1.1/transaction/update", body=b"{}", headers=(("X-CAP-CLIENT-SIGNATURE", "a"),)
    )
    with ScriptedCloud([reply({})]) as cloud:
        ask(cloud, call)
    headers = cloud.requests[0].headers
    assert (headers["x-cap-client-signature"], headers["content-type"]) == ("a", "application/json")


def test_query_values_are_escaped_once() -> None:
    call = Call("customer_get", "GET", "/v1.1/customer/get", (("email", "a+b &c@x.in"),))
    with ScriptedCloud([reply({})]) as cloud:
        ask(cloud, call)
    assert cloud.requests[0].target == "/v1.1/customer/get?email=a%2Bb%20%26c%40x.in"


@pytest.mark.parametrize("name", ["x-cap-requestid", "x-cap-request-id"])
def test_both_spellings_of_the_request_id_are_read(name: str) -> None:
    assert request_id({name: "77"}) == "77"


def test_connections_are_kept_between_calls() -> None:
    with ScriptedCloud([reply({})]) as cloud:
        transport = Transport(options_for(cloud.url))
        for _ in range(3):
            assert transport.send(GET, 5).kind is Kind.ANSWERED
        transport.close()
    assert cloud.connections == 1


def test_a_connection_left_idle_is_opened_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_wire, "IDLE_S", 0.0)
    with ScriptedCloud([reply({})]) as cloud:
        transport = Transport(options_for(cloud.url))
        for _ in range(2):
            assert transport.send(GET, 5).kind is Kind.ANSWERED
        transport.close()
    assert cloud.connections == 2


def test_nobody_listening_is_never_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    answer = Transport(options_for(f"http://127.0.0.1:{port}")).send(POST, 5)
    assert answer.kind is Kind.NEVER_SENT
    assert in_plain_words(answer) == "the cloud could not be reached: nobody listens there"


def test_an_unknown_host_is_never_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_such_name(host: str, *args: object, **more: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    answer = Transport(options_for("https://cloud.invalid")).send(POST, 5)
    assert answer.kind is Kind.NEVER_SENT
    assert "cloud.invalid" in in_plain_words(answer)


def test_a_silent_name_server_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    asked = []

    def silent(host: str, *args: object, flags: int = 0, **more: object) -> list[object]:
        if flags & socket.AI_NUMERICHOST:
            raise socket.gaierror(socket.EAI_NONAME, "not an address")
        asked.append(host)
        over.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    transport = Transport(options_for("https://quiet.invalid"))
    try:
        answers = [transport.send(POST, 0.1) for _ in range(3)]
    finally:
        over.set()
        transport.close()
    assert [answer.kind for answer in answers] == [Kind.NEVER_SENT] * 3
    # Waiting look-ups do not pile up behind a name server that is away.
    assert len(asked) == 1


_RAW = re.compile(r"Errno|Error|[A-Z][a-z]+[A-Z]|Connection (aborted|refused|reset)|bytes read|[({'\"]")
"""How libraries and the operating system speak."""


def in_plain_words(answer: RawAnswer) -> str:
    words = in_english(answer.reason)
    assert words
    assert not _RAW.search(words.replace("HTTP", "")), words
    return words


@pytest.mark.parametrize("step", [silence, reset, raw(b""), raw(b"HTTP/1.1 2")])
def test_a_line_that_breaks_after_the_request_is_unknown(
    step: Step, caplog: pytest.LogCaptureFixture
) -> None:
    """What the library says of it stands in the log alone."""
    caplog.set_level(logging.INFO)
    answer = answered_by(step, POST, 0.3)
    assert answer.kind is Kind.UNKNOWN
    in_plain_words(answer)
    assert any(record.name == http_wire.__name__ for record in caplog.records)


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\xff\xfe garbage\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 99999999 Much\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot gzip!",
    ],
    ids=lambda garbage: repr(garbage[:30]),
)
def test_what_is_no_answer_at_all_is_unknown(garbage: bytes) -> None:
    answer = answered_by(raw(garbage), POST)
    assert answer.kind is Kind.UNKNOWN
    in_plain_words(answer)


def test_a_compressed_answer_is_read_and_one_that_swells_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_wire, "LARGEST_ANSWER", 1_000_000)
    fine, bomb = gzip.compress(b'{"a": 1}'), gzip.compress(b" " * 50_000_000)
    assert answered_by(reply(fine, Content_Encoding="gzip")).body == b'{"a": 1}'
    swollen = answered_by(reply(bomb, Content_Encoding="gzip"))
    assert swollen.kind is Kind.UNKNOWN
    assert len(swollen.body) < 2_000_000


def test_a_body_shorter_than_promised_is_unknown() -> None:
    answer = answered_by(raw(b'HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"createdId": 5'), POST)
    assert answer.kind is Kind.UNKNOWN
    assert "broke off" in in_plain_words(answer)


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Padding: ", b"HTTP/1.1 2"],
    ids=["body", "header", "status line"],
)
def test_a_dripping_answer_ends_at_the_deadline_wherever_it_drips(head: bytes) -> None:
    """Each byte comes well within any read time-out; only the whole has run out of time."""

    def step(link: socket.socket, over: threading.Event) -> bool:
        link.sendall(head)
        return drip(b"0" * 500, 0.05)(link, over)

    started = time.monotonic()
    answer = answered_by(step, POST, 0.4)
    assert answer.kind is Kind.UNKNOWN
    # Dripped to its end the answer would take 25 s.
    assert time.monotonic() - started < 10


def test_an_endless_body_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_wire, "LARGEST_BODY", 50_000)
    answer = answered_by(reply(b"x" * 200_000), Call(Op.TRANSACTION_BULK, "GET", "/v2/x"))
    assert answer.kind is Kind.UNKNOWN
    assert "larger" in in_english(answer.reason)


def test_a_question_reads_no_more_than_can_be_read_at_once_and_a_bulk_answer_may_be_long() -> None:
    members = b'{"a":[' + b'{"b":{}},' * 100_000 + b"{}]}"
    bulk = Call(Op.TRANSACTION_BULK, "GET", "/v2/x")
    assert answered_by(reply(members), bulk).kind is Kind.ANSWERED
    asked = answered_by(reply(members), Call(Op.CUSTOMER_GET, "GET", "/v1.1/customer/get"))
    assert (asked.kind, "larger" in in_english(asked.reason)) == (Kind.UNKNOWN, True)


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    """Captive portals redirect; following one would carry the till's credentials to it."""
    with ScriptedCloud([reply({"portal": True})]) as portal:
        answer = answered_by(reply(b"", 302, Location=portal.url + "/login"))
    assert (answer.kind, answer.http_status) == (Kind.ANSWERED, 302)
    assert portal.requests == []


def test_cookies_of_an_answer_are_not_kept() -> None:
    with ScriptedCloud([reply({}, Set_Cookie="portal=1; Path=/")]) as cloud:
        transport = Transport(options_for(cloud.url))
        transport.send(GET, 5)
        transport.send(GET, 5)
        transport.close()
    assert "cookie" not in cloud.requests[1].headers


def test_a_call_without_time_left_is_never_sent() -> None:
    with ScriptedCloud([reply({})]) as cloud:
        assert ask(cloud, POST, 0.0).kind is Kind.NEVER_SENT
    assert cloud.connections == 0


def test_proxy_and_netrc_settings_of_the_machine_change_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with ScriptedCloud([reply({})]) as cloud:
        assert ask(cloud).kind is Kind.ANSWERED
    assert cloud.requests[0].headers["authorization"] == basic_auth("store.server", "server123")


def test_a_certificate_nobody_vouches_for_stops_the_call_before_it_starts(certificate: Path) -> None:
    with ScriptedCloud([reply({})], certificate=certificate) as cloud:
        answer = ask(cloud, POST)
    assert answer.kind is Kind.NEVER_SENT
    assert "certificate" in in_english(answer.reason)
    assert cloud.requests == []


def test_tls_with_the_configured_bundle_works_and_keeps_its_deadline(certificate: Path) -> None:
    steps = [reply({"a": 1}), drip(b"HTTP/1.1 200 OK\r\n" + b"X: y" * 500, 0.05)]
    with ScriptedCloud(steps, certificate=certificate) as cloud:
        transport = Transport(options_for(cloud.url, verify=f"{certificate}.crt"))
        first, second = transport.send(POST, 5), transport.send(POST, 0.4)
        transport.close()
    assert (first.kind, second.kind) == (Kind.ANSWERED, Kind.UNKNOWN)


def test_a_tls_server_that_never_shakes_hands_is_never_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        answer = Transport(options_for(f"https://127.0.0.1:{port}")).send(POST, 0.3)
    assert answer.kind is Kind.NEVER_SENT


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"base_url": "http://cloud.example"}, "https"),
        ({"base_url": "cloud.example"}, "address"),
        ({"verify": False}, "verify"),
        ({"cluster_tz": "Asia/Atlantis"}, "cluster_tz"),
        ({"question_budget_s": 0}, "question_budget_s"),
        ({"username": ""}, "username"),
    ],
)
def test_settings_that_would_send_calls_astray_are_refused(settings: dict[str, object], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        options_for(**settings)  # type: ignore[arg-type]


def test_every_wrong_setting_is_named_at_once() -> None:
    with pytest.raises(ValueError, match=r"base_url.*connect_timeout_s.*verify"):
        CloudOptions("ftp://x", "u", "p", connect_timeout_s=-1, verify=False)


def test_the_password_stays_out_of_what_may_be_logged() -> None:
    assert "server123" not in repr(options_for())
    assert "919876543210" not in repr(GET)


def test_work_is_done_once_between_the_request_and_its_answer() -> None:
    done: list[int] = []
    with ScriptedCloud([reply({"a": 1}), reply({"a": 2})]) as cloud:
        transport = Transport(options_for(cloud.url))
        first = transport.send(POST, 5.0, lambda: done.append(1))
        second = transport.send(GET, 5.0)
        transport.close()
    assert (first.kind, second.kind, done) == (Kind.ANSWERED, Kind.ANSWERED, [1])


def test_work_is_not_done_for_a_call_that_never_left() -> None:
    done: list[int] = []
    transport = Transport(options_for("http://127.0.0.1:9"))
    assert transport.send(POST, 5.0, lambda: done.append(1)).kind is Kind.NEVER_SENT
    transport.close()
    assert done == []


@pytest.mark.parametrize("failure", [OSError("the disk"), ValueError("odd"), KeyError("none")])
def test_what_fails_meanwhile_is_not_taken_for_the_lines_failing(failure: Exception) -> None:
    def fail() -> None:
        raise failure

    with ScriptedCloud([reply({"a": 1})]) as cloud:
        transport = Transport(options_for(cloud.url))
        with pytest.raises(type(failure)) as raised:
            transport.send(POST, 5.0, fail)
        transport.close()
    assert raised.value is failure
