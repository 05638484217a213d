"""Every state that a line of the command line shows has its word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agent.language.tools import files
from agent.sale.basket import Phase
from agent.sale.queue_terms import STORED, SyncState

ROOT = Path(__file__).parents[2]
TEXTS = files.texts(files.read(files.ENGLISH))


def paper_states() -> set[str]:
    """As docs/http.md lists them for `last_bill.print`; notes in brackets left out."""
    [line] = re.findall(
        r"^\| `last_bill\.print` .*?\| (.*) \|$", (ROOT / "docs/http.md").read_text("utf-8"), re.M
    )
    return set(re.sub(r" \([^)]*\)", "", line).split(", "))


@pytest.mark.parametrize(
    ("family", "states"),
    [
        ("cli.sale.", {phase.value for phase in Phase}),
        ("cli.paper.", paper_states()),
        ("cli.cloud.", {"none", *(state.value for state in SyncState)}),
        ("cli.queue.state.", {state.value for state in STORED}),
    ],
)
def test_states_and_words_are_the_same(family: str, states: set[str]) -> None:
    assert {ident.removeprefix(family) for ident in TEXTS if ident.startswith(family)} == states
