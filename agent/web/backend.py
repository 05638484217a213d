"""What the web room needs of the till: the board, the cashier's verbs, and a few things to read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from agent.counter.cashier import Cashier
from agent.counter.labels import Labels
from agent.counter.overrides import Overrides
from agent.counter.retro import Retro
from agent.counter.returning import Returning
from agent.language.language import Language
from agent.language.sentence import Sentence
from agent.till.answer import Answer
from agent.till.board import Board
from agent.till.rights import Claim


class OutboxVerbs(Protocol):
    """The outbox in a person's hands; every verb carries the request's key."""

    def rows(self, after: int, limit: int, *, parked: bool | None) -> list[dict[str, Any]]: ...
    def supervisors(self) -> list[str]: ...
    def show(self, row_id: int) -> dict[str, Any] | None: ...
    def retry(self, row_id: int, reason: str, key: str, otp: str = "") -> Answer: ...
    def send_code(self, row_id: int) -> Answer: ...
    def retry_all(self, code: str, reason: str, key: str) -> Answer: ...
    def waive(self, row_id: int, reason: str, key: str, claim: Claim) -> Answer: ...
    def settle(
        self,
        row_id: int,
        tender: str,
        reference: str,
        reason: str,
        key: str,
        *,
        unchecked: bool,
        claim: Claim,
    ) -> Answer: ...
    def export(self, *, identifiers: bool, reason: str, claim: Claim) -> Answer: ...
    def exported(self, *, identifiers: bool) -> Iterator[dict[str, Any]]: ...


class ScannerCodes(Protocol):
    """The codes that scanners are set up by: on paper, once for a key, and each as a PNG for a screen."""

    def print(self, key: str) -> Answer: ...
    def picture(self, asks: str) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class Backend:
    """Everything is given by the daemon; the web room holds no state of its own."""

    version: str
    board: Board
    cashier: Cashier
    overrides: Overrides
    labels: Labels
    returning: Returning
    retro: Retro
    bills: Callable[[int], list[dict[str, Any]]]
    receipt: Callable[[str], dict[str, Any] | None]
    receipt_picture: Callable[[str], bytes | None]
    queue: OutboxVerbs
    resolve_print: Callable[[int, bool, str], Answer]
    late_print: Callable[[list[int], bool, str], Answer]
    open_drawer: Callable[[str, str, Claim], Answer]
    print_labels: Callable[[dict[str, str], str], Answer]
    print_test: Callable[[str, str], Answer]
    store_logo: Callable[[str, str], Answer]
    new_roll: Callable[[str], Answer]
    ask_printer: Callable[[str], Answer]
    metrics: Callable[[], str]
    status: Callable[[], dict[str, Any]]
    scans: Callable[[int], list[dict[str, Any]]]
    try_scanner: Callable[[str, int], list[dict[str, Any]] | None]
    codes: ScannerCodes
    pull_rules: Callable[[], Answer]
    language: Language
    page_key: str
    damaged: Callable[[Sentence], None]
    hangs: Callable[[], bool]
