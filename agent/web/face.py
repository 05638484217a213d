"""What the web room needs of the till: the board, the desk, and a few things to read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agent.counter.answer import Answer
from agent.counter.board import Board
from agent.counter.desk import Desk
from agent.counter.labels import Labels
from agent.counter.returning import Returning
from agent.counter.tagging import Tagging


@dataclass(frozen=True, slots=True)
class Face:
    """Everything is given by the daemon; the web room holds no state of its own."""

    version: str
    board: Board
    desk: Desk
    labels: Labels
    returning: Returning
    tagging: Tagging
    bills: Callable[[int], list[dict[str, Any]]]
    receipt: Callable[[str], dict[str, Any] | None]
    queue: Callable[[], list[dict[str, Any]]]
    resolve_print: Callable[[int, bool], Answer]
    open_drawer: Callable[[str, str], Answer]
    metrics: Callable[[], str]
    status: Callable[[], dict[str, Any]]
    pull_rules: Callable[[], Answer]
