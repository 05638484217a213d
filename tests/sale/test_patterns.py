"""Regular expressions of others: which can be used, and that none which can takes long."""

from __future__ import annotations

import re
import time
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.sale import rule_values
from agent.sale.patterns import is_quick, unusable
from agent.sale.rules import rule_book

NUMBER = 16

QUICK = [
    r"[A-Z0-9]{1,16}",
    r"^([A-Z0-9]+[-/])*[0-9]+$",
    r"(?=.*\d)(?=.*[A-Z])[A-Z0-9-]+",
    r"\d{2}-T\d/\d{6}",
    r"[^ ]+( [^ ]+)*",
    r"(?i)st.*|XX.+",
    r"(?P<a>.)(?P=a)?-(?(a)b|c)(?>x+)y*+",
]
ENDLESS = [
    "((.*)*)*x",
    "(.*){50}x",
    "(.|.|.|.|.|.)*x",
    "(?:(?:.?){0,99}){0,99}x",
    "(.*.*.*.*.*.*.*.*.*.*)*x",
    ".?" * 60 + "x",
    "(|.)" * 60 + "x",
    "(){4000000000}",
    "((){10000}){10000}",
    "(?=((.*)*)*x).*",
]


@pytest.mark.parametrize("pattern", QUICK)
def test_what_an_organisation_writes_is_taken(pattern: str) -> None:
    assert is_quick(pattern, NUMBER)
    assert rule_values.pattern(pattern) == pattern


@pytest.mark.parametrize("pattern", ENDLESS)
def test_what_never_ends_is_not_tried(pattern: str) -> None:
    """The organisation's is as good as not set, and complained of."""
    assert not is_quick(pattern, NUMBER)
    book = rule_book({"CONF_CLIENT_BILL_NO_REGEX": pattern})
    assert (book.rules.number_pattern, len(book.complaints)) == ("", 1)


@pytest.mark.parametrize("pattern", ["(", "a{99999999999999}", "(" * 5000, "[z-a]"])
def test_what_is_no_pattern_is_told(pattern: str) -> None:
    found = unusable(pattern)
    assert found is not None
    assert found.id == "rules.expected.pattern"


_REPEATED = st.sampled_from(["*", "+", "?", "*?", "{0,9}", "{3}", "{2,40}", "{100}"])
_PATTERNS = st.recursive(
    st.sampled_from([".", r"\w", "[A-Z0-9]", "S", r"\d", "", "x"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map("(?:{0[0]}|{0[1]})".format),
        st.tuples(inner, _REPEATED).map("({0[0]}){0[1]}".format),
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(_PATTERNS, st.sampled_from(["x", "$", "", r"\b!"]))
def test_whatever_is_taken_is_decided_at_once(pattern: str, end: str) -> None:
    if not is_quick(pattern + end, NUMBER):
        return
    for text in ("ST01T126-000004", "1" * NUMBER, "x" * NUMBER):
        before = time.process_time()
        with warnings.catch_warnings(action="ignore"):
            re.fullmatch(pattern + end, text)
        assert time.process_time() - before < 0.3
