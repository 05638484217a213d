"""The line to a running agent: HTTP over its Unix socket, whose file mode says who may speak."""

from __future__ import annotations

import http.client
import json
import socket
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

from agent.cli.output import UNREACHABLE, fail, text
from agent.language.sentence import Sentence
from agent.language.system_words import reason

_END = b"]}}\n"
"""The last line of an answer whose rows have lines of their own."""


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("agent", timeout=30)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class Unreachable(Exception):
    """No agent answers on this socket; the sentence says so to a person."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        super().__init__(text(sentence))


class Forbidden(Unreachable):
    """This user may not speak to the agent, which may well be running."""


class Unanswered(Unreachable):
    """The agent took the request and did not answer: nobody knows what it made of it."""


class Refused(Exception):
    """The agent answered a question with something else than what was asked for: answer, and in words."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer = answer
        super().__init__(words(answer))


def words(answer: dict[str, Any]) -> str:
    """An answer that is none of 200. A malformed form is told field by field; its values, a PIN among them,
    are not repeated."""
    detail = answer.get("detail")
    if isinstance(detail, list):
        return "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in detail)
    return str(answer.get("text") or detail or answer)


def ask(path: Path, target: str) -> Any:
    """GET from the agent; its JSON. Raises Unreachable and Refused."""
    status, answer = _exchange(path, "GET", target, None)
    if status != HTTPStatus.OK:
        raise Refused(answer)
    return answer


def look(path: Path, target: str) -> Any:
    """ask, but ends the command when no agent answers, or not what was asked for."""
    try:
        return ask(path, target)
    except Unreachable as error:
        fail(error.sentence, UNREACHABLE)
    except Refused as error:
        fail(str(error))


def post(path: Path, target: str, body: dict[str, Any], key: str | None = "") -> tuple[int, Any]:
    """POST a command to the agent, under a key of its own unless one is given; (status, JSON). key None: what
    is asked again and again and does nothing twice anyway, so that no other key is forgotten for it. Raises
    Unreachable."""
    return _exchange(path, "POST", target, body, key)


def rows(path: Path, target: str, body: dict[str, Any], key: str) -> tuple[int, Any]:
    """post, of a command whose answer holds rows, each on a line of its own: where it is done they stand in
    the answer as "rows" and are read as they come. Reading them raises Unanswered where they end too soon."""
    with ExitStack() as opened, _answering(path, "POST"):
        connection = opened.enter_context(closing(_Connection(path)))
        answer = _asked(connection, path, "POST", target, body, key)
        if answer.status != HTTPStatus.OK:
            return answer.status, json.loads(answer.read())
        told = json.loads(answer.readline() + _END)
        opened.pop_all()
        return answer.status, told | {"rows": _read(connection, answer, path)}


def tell(path: Path, target: str, body: dict[str, Any]) -> tuple[int, Any]:
    """post, but ends the command when no agent answers."""
    try:
        return post(path, target, body)
    except Unreachable as error:
        fail(error.sentence, UNREACHABLE)


def _exchange(
    path: Path, method: str, target: str, body: dict[str, Any] | None, key: str | None = ""
) -> tuple[int, Any]:
    with closing(_Connection(path)) as connection, _answering(path, method):
        answer = _asked(connection, path, method, target, body, key)
        return answer.status, json.loads(answer.read())


def _asked(
    connection: _Connection,
    path: Path,
    method: str,
    target: str,
    body: dict[str, Any] | None,
    key: str | None,
) -> http.client.HTTPResponse:
    headers = {"Content-Type": "application/json"}
    if key is not None:
        headers["Idempotency-Key"] = key or str(uuid.uuid4())
    _open(connection, path)
    connection.request(method, target, None if body is None else json.dumps(body), headers)
    return connection.getresponse()


def _read(connection: _Connection, answer: http.client.HTTPResponse, path: Path) -> Iterator[dict[str, Any]]:
    with closing(connection), _answering(path, "GET"):
        while (line := answer.readline()) != _END:
            if not line:
                raise http.client.IncompleteRead(b"")
            yield json.loads(line.rstrip(b",\n"))


@contextmanager
def _answering(path: Path, method: str) -> Iterator[None]:
    try:
        yield
    except (OSError, http.client.HTTPException, ValueError) as error:
        said = Sentence(
            "cli.link.silent" if method == "GET" else "cli.link.silent-done",
            socket=str(path),
            error=reason(error),
        )
        raise Unanswered(said) from error


def _open(connection: _Connection, path: Path) -> None:
    try:
        connection.connect()
    except PermissionError as error:
        raise Forbidden(Sentence("cli.link.forbidden", socket=str(path))) from error
    except OSError as error:
        raise Unreachable(Sentence("cli.link.nobody", socket=str(path), error=reason(error))) from error
