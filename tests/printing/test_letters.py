"""What the fonts cannot draw is said, once and plainly; the fonts of India come with the till."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from agent.language.language import in_english
from agent.printing.letters import INDIA, Letters, shortcomings
from drivers.printer.fonts import FontShelf, packaged
from drivers.printer.profile import profile_named
from drivers.printer.ticket import compose

EPSON = profile_named("epson-tm-t20")


def _row(text: str) -> list[dict[str, object]]:
    return [{"kind": "row", "cells": [{"text": text, "width": 48, "align": "left"}]}]


@pytest.mark.parametrize("letter", INDIA)
def test_the_fonts_that_come_with_the_till_draw_every_script_of_india(letter: str) -> None:
    """On a box without any font of its own."""
    ticket = compose(_row(letter), EPSON, FontShelf(packaged()))
    assert (ticket.pictures, ticket.missing) == (1, "")


def test_a_box_without_fonts_says_which_letters_it_cannot_draw(tmp_path: Path) -> None:
    bare = FontShelf([tmp_path])
    assert compose(_row("Tea ₹ चाय"), EPSON, bare).missing.startswith("₹च")
    (told, *_) = shortcomings("Café 5 € ₹ क ₹", EPSON, bare)
    assert in_english(told).startswith("No font on this machine has ₹ क:")
    assert shortcomings("Café 5 €", EPSON, bare) == []


def test_a_letter_that_no_font_has_is_told_once_when_it_is_met(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    letters = Letters(lambda: "Shop", lambda: EPSON)
    assert letters.told() == []
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            letters.met(compose(_row("Tea ₹ ₿ \x1b"), EPSON, FontShelf([tmp_path])))
    assert len(caplog.records) == 1
    assert "has ₹ ₿:" in caplog.text
    assert ["₹ ₿" in in_english(one) for one in letters.told()] == [True]


def test_where_letters_cannot_be_joined_that_is_said_of_words_that_need_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As on a box whose Pillow finds no libfribidi."""
    monkeypatch.setattr("drivers.printer.raster.can_shape", lambda: False)
    (told,) = shortcomings("Tea चाय", EPSON, FontShelf(packaged()))
    assert "come out unjoined" in in_english(told)
    assert shortcomings("Tea ₹", EPSON, FontShelf(packaged())) == []
