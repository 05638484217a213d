"""The words in the store's SQL are those of the closed sets."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from agent.sale.queue_terms import STORED, Op
from agent.store import delivery, outbox, owed, returned
from agent.store.waived import SETTLED, WAIVED

SCHEMA = Path(outbox.__file__).parent / "schema"
_TYPES = ("blob",)
"""What typeof answers."""
QUOTED = re.compile(r"'([a-z_]+)'")


def _texts(source: str) -> list[str]:
    nodes = ast.walk(ast.parse(source))
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


@pytest.mark.parametrize("module", [outbox, delivery, owed, returned])
def test_every_word_in_sql_is_an_operation_or_a_state(module: object) -> None:
    texts = _texts(Path(str(module.__file__)).read_text("utf-8"))  # type: ignore[attr-defined]
    words = {word for text in texts for word in QUOTED.findall(text)}
    assert words
    assert words - {*Op, *STORED, WAIVED, SETTLED, *_TYPES} == set()


def test_the_outbox_takes_the_states_a_row_can_have_and_no_other() -> None:
    schema = (SCHEMA / "v1.sql").read_text("utf-8")
    table = re.search(r"CREATE TABLE outbox.*?CHECK \(state IN \((.*?)\)\)", schema, re.DOTALL)
    assert table is not None
    assert QUOTED.findall(table[1]) == list(STORED)


def test_the_index_of_redemptions_is_of_what_is_owed_for() -> None:
    schema = (SCHEMA / "v2.sql").read_text("utf-8")
    index = re.search(r"CREATE INDEX sent_redemption .*op IN \((.*?)\)", schema)
    assert index is not None
    assert QUOTED.findall(index[1]) == list(owed.REDEMPTIONS)
