"""docs/decisions.md: every entry says when it was decided, instead of what, and what would change it."""

from __future__ import annotations

import re
from datetime import date

from tests.docs.tables import DOCS, rows, section

TEXT = (DOCS / "decisions.md").read_text("utf-8")
LEFT_OUT = "Left out on purpose, for now"


def test_every_decision_has_its_date_its_alternative_and_what_would_change_it() -> None:
    """The three lines stand at the end of the entry, in this order."""
    entries = re.split(r"^###? ", TEXT, flags=re.MULTILINE)[1:]
    told = [entry for entry in entries if "\n- " in entry or "\n\n" in entry.strip()]
    assert told
    for entry in told:
        if entry.startswith(LEFT_OUT):
            continue
        title, _, body = entry.partition("\n")
        lines = re.search(
            r"\n- Decided: (\S+)\n- Instead of: \S.*\n- Would change it: \S.*\Z", body.rstrip(), re.DOTALL
        )
        assert lines, title
        date.fromisoformat(lines[1])


def test_what_is_left_out_says_the_same() -> None:
    for what, decided, instead, change in rows(section("decisions.md", LEFT_OUT)):
        assert what
        assert instead
        assert change
        date.fromisoformat(decided)
