"""Four status bytes become a state that is never better than the proof."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.message import Message
from drivers.printer.profile import profile_named
from drivers.printer.status import status_from


@pytest.mark.parametrize(
    ("answers", "ready", "paper", "cover", "fault"),
    [
        ("16 12 12 12", True, "ok", "closed", "none"),
        ("1e 12 12 12", False, "ok", "closed", "none"),
        ("1e 32 12 7e", False, "out", "closed", "none"),
        ("1e 32 12 72", False, "out", "closed", "none"),
        ("1e 16 12 12", False, "ok", "open", "none"),
        ("16 12 12 1e", True, "near_end", "closed", "none"),
        ("1e 52 1a 12", False, "ok", "closed", "cutter"),
        ("1e 52 32 12", False, "ok", "closed", "unrecoverable"),
        ("1e 52 52 12", False, "ok", "closed", "recoverable"),
        ("1e 52 12 12", False, "ok", "closed", "other"),
        ("16 12 12 7e", False, "out", "closed", "none"),
    ],
)
def test_states(answers: str, ready: bool, paper: str, cover: str, fault: str) -> None:
    """Idle as captured from a TM-T20II; faults as documented and as an independent emulator sends them."""
    got = status_from(dict(zip((1, 2, 3, 4), bytes.fromhex(answers), strict=True)))
    assert (got.known, got.ready, got.paper, got.cover, got.fault) == (True, ready, paper, cover, fault)
    assert got.message != Message("printer.ready") or ready


@pytest.mark.parametrize(
    "answers", ["16 12 12 16", "16 12 12 32", "16 12 12 ff", "00 12 12 12", "14 00 00 0f"]
)
def test_nonsense_is_unknown(answers: str) -> None:
    """Half a pair of paper bits, or a byte that is no real-time status, is no answer."""
    got = status_from(dict(zip((1, 2, 3, 4), bytes.fromhex(answers), strict=True)))
    assert (got.known, got.ready, got.paper, got.online) == (False, False, "unknown", None)


@given(st.dictionaries(st.integers(1, 4), st.integers(0, 255)))
def test_no_answers_are_better_than_they_look(answers: dict[int, int]) -> None:
    """Ready needs all four answers, each with its fixed bits, no fault bit and no paper-out bit."""
    if status_from(answers).ready:
        assert all(answers[n] & 0x93 == 0x12 for n in (1, 2, 3, 4))
        assert answers[1] & 0x08 == 0
        assert answers[2] & 0x44 == 0
        assert answers[3] & 0x6C == 0
        assert answers[4] & 0x60 == 0


def test_the_drawer_is_open_or_closed_only_for_who_knows_its_level() -> None:
    bytes_high = {1: 0x16, 2: 0x12, 3: 0x12, 4: 0x12}
    assert [status_from(bytes_high, level).drawer for level in ("high", "low", "")] == [
        "open",
        "closed",
        "unknown",
    ]


def test_an_unknown_profile_names_the_nearest() -> None:
    with pytest.raises(ValueError, match="did you mean 'epson-tm-t20'"):
        profile_named("epson-tm-t2")
