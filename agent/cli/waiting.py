"""What waits for the cloud, from the agent, or from its store when no agent answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from agent.cli import link
from agent.cli.output import UNREACHABLE, fail, text, warn
from agent.cli.place import reading_of
from agent.cli.supervisors import allowed
from agent.language.sentence import Sentence
from agent.settings.config import Config

T = TypeVar("T")

SEALED = Sentence("cli.queue.sealed")


_PAGE = 1000


def every(config: Config) -> Iterator[list[dict[str, Any]]]:
    """All open calls, oldest first, as GET /api/queue has them, a page at a time; none is empty."""
    stored: list[_Stored] = []
    after = 0

    def asked() -> list[dict[str, Any]]:
        return list(link.ask(config.socket_path, f"/api/queue?after={after}&limit={_PAGE}")["rows"])

    def kept(store: _Stored) -> list[dict[str, Any]]:
        stored.append(store)
        return store.rows(after, _PAGE)

    while page := stored[0].rows(after, _PAGE) if stored else _either(config, asked, kept):
        yield page
        after = page[-1]["id"]


def one(config: Config, row_id: int) -> dict[str, Any]:
    """One call whole, as GET /api/queue/{row} has it; ends the command when it is not open."""
    found = _either(
        config,
        lambda: dict(link.ask(config.socket_path, f"/api/queue/{row_id}")),
        lambda stored: stored.whole(row_id),
    )
    if found is None:
        fail(Sentence("no-such-row.listed", row=row_id))
    return found


def exported(config: Config, form: dict[str, Any], supervisor: str) -> Iterator[dict[str, Any]]:
    """All open calls whole, as they are read; ends the command when that is refused. Unmasked ones need the
    running agent."""

    def told() -> Iterator[dict[str, Any]]:
        post = partial(link.rows, config.socket_path, "/api/queue/export")
        status, answer = allowed(post, form, supervisor)
        if status != 200:
            fail(link.words(answer))
        return _to_the_end(answer["rows"])

    def kept(stored: _Stored) -> Iterator[dict[str, Any]]:
        if form["identifiers"]:
            fail(Sentence("cli.queue.unmasked"), UNREACHABLE)
        return stored.wholes()

    return _either(config, told, kept)


def _to_the_end(rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Half an export is none: the command ends, and says so."""
    try:
        yield from rows
    except link.Unreachable as error:
        fail(error.sentence, UNREACHABLE)


def _either(config: Config, asked: Callable[[], T], read: Callable[[_Stored], T]) -> T:
    """What the agent says, else what the store says, and on stderr that it is the store."""
    try:
        return asked()
    except link.Forbidden as error:
        fail(error.sentence, UNREACHABLE)
    except link.Refused as error:
        fail(str(error))
    except link.Unreachable as error:
        found = read(_Stored(config))
        if isinstance(error, link.Unanswered):
            warn(Sentence("cli.queue.of-store", trouble=error.sentence))
        else:
            warn(Sentence("cli.queue.not-running"))
        return found


class _Stored:
    """The queue as the store has it while nobody sends."""

    def __init__(self, config: Config) -> None:
        self._reading = reading_of(config)
        self._zone = ZoneInfo(config.till.timezone)

    def rows(self, after: int, limit: int) -> list[dict[str, Any]]:
        from agent.outbox_desk.rows import described

        page = map(_ended, self._reading.queue(after, limit))
        return [described(self._at, row, text) | {"choices": []} for row in page]

    def whole(self, row_id: int) -> dict[str, Any] | None:
        found = self._reading.queue_row(row_id)
        return self._whole(found) if found else None

    def wholes(self) -> Iterator[dict[str, Any]]:
        return map(self._whole, self._reading.whole_queue())

    def _whole(self, row: dict[str, Any]) -> dict[str, Any]:
        from agent.outbox_desk.rows import whole

        listed = _ended(row)
        told = whole(self._at, listed, self._request(listed["id"]), text)
        return told | {"choices": [], "advice": [text(Sentence("cli.queue.start-first")), *told["advice"]]}

    def _request(self, row_id: int) -> bytes | None:
        from agent.store.errors import StoreKeyless
        from agent.store.sealing import SealBroken

        try:
            return self._reading.request(row_id)
        except (StoreKeyless, SealBroken):
            return None

    def _at(self, ms: int) -> str:
        return datetime.fromtimestamp(ms / 1000, self._zone).isoformat(timespec="seconds")


def _ended(row: dict[str, Any]) -> dict[str, Any]:
    """What was being sent when the agent ended is unknown: the agent's next start calls it so too."""
    return row | {"state": "unknown"} if row["state"] == "inflight" else row
