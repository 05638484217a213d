"""The scans that did nothing, kept one by one: of a handful shown at once each is told, not only the last."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Literal

from agent.sale.masking import MASKED, masked
from agent.till.answer import Answer
from agent.till.board import Board

log = logging.getLogger("agent.counter")

_MOST = 50
_SHOWN = 48

Names = Literal["goods", "customer", "anybody"]


class RefusedScans:
    """The newest come first on the board; its methods may be called on any thread. now: the wall clock as
    text."""

    def __init__(self, board: Board, now: Callable[[], str]) -> None:
        self._board = board
        self._now = now
        self._lock = threading.Lock()
        self._kept: deque[dict[str, Any]] = deque(maxlen=_MOST)
        self._count = 0

    def add(self, label: str, answer: Answer, device: str = "", names: Names = "anybody") -> Answer:
        """Keep why a label did nothing; the answer. names: whom or what the label may name."""
        shown = _shown(label, names)
        text = answer.text if names == "goods" or shown == label else masked(answer.text)
        log.warning("refused scan from %s: %s (%s)", device or "-", shown, answer.code, extra=MASKED)
        item = str(answer.data.get("item", ""))
        with self._lock:
            self._count += 1
            self._kept.appendleft(
                {
                    "no": self._count,
                    "at": self._now(),
                    "scanner": device,
                    "label": shown,
                    "item": item,
                    "code": answer.code,
                    "text": text,
                }
            )
            self._board.set(refused_scans=list(self._kept))
        return answer


def _shown(label: str, names: Names) -> str:
    """A label as it may be shown and logged: goods whole, of anything else no more than lets the cashier find
    it again."""
    if names == "customer":
        return f"…{label[-4:]}" if len(label) > 6 else "…"
    told = label if names == "goods" else masked(label)
    plain = "".join(char if char.isprintable() else " " for char in told).strip()
    return plain if len(plain) <= _SHOWN else f"{plain[:_SHOWN]}…"
