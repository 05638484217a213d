"""The scans that did nothing, kept one by one: of a handful shown at once each is told, not only the last."""

from __future__ import annotations

import logging
import re
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from agent.sale import gtin
from agent.sale.masking import masked
from agent.till.answer import Answer
from agent.till.board import Board

log = logging.getLogger("agent.counter")

_MOST = 50
_SHOWN = 48
_TRADE_ITEM = re.compile(r"[0-9]{8}|[0-9]{12,14}")


class RefusedScans:
    """The newest come first on the board; its methods may be called on any thread. now: the wall clock as
    text."""

    def __init__(self, board: Board, now: Callable[[], str]) -> None:
        self._board = board
        self._now = now
        self._lock = threading.Lock()
        self._kept: deque[dict[str, Any]] = deque(maxlen=_MOST)

    def add(self, label: str, answer: Answer, device: str = "", *, personal: bool = False) -> Answer:
        """Keep why a label did nothing; the answer. personal: it may name a customer."""
        shown = shown_label(label, personal=personal)
        log.warning("refused scan from %s: %s (%s)", device or "-", shown, answer.code)
        text = answer.text if shown == label else masked(answer.text)
        item = str(answer.data.get("item", ""))
        with self._lock:
            self._kept.appendleft(
                {
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


def shown_label(label: str, *, personal: bool = False) -> str:
    """A label as it may be shown and logged: the number of an item whole, of anything else no more than lets
    the cashier find it again."""
    if personal:
        return f"…{label[-4:]}" if len(label) > 6 else "…"
    if _TRADE_ITEM.fullmatch(label) and gtin.is_valid(label):
        return label
    plain = "".join(char if char.isprintable() else " " for char in masked(label)).strip()
    return plain if len(plain) <= _SHOWN else f"{plain[:_SHOWN]}…"
