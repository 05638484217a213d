"""What a line of the log may hold: text of others is in it, and reads as text."""

from __future__ import annotations

import logging
import sys

import pytest

from agent.daemon.masked_log import MaskedFormatter

FORMAT = "%(levelname)s %(name)s %(message)s"


def written(text: str, error: BaseException | None = None) -> str:
    """The line of a message with a text of somebody else in it."""
    told = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("agent.loyalty", logging.INFO, "x.py", 1, "asked: %s", (text,), told)
    return MaskedFormatter(FORMAT).format(record)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;mine\x07\x1b[2J", "\\u001b]0;mine\\u0007\\u001b[2J"),
        ("x\r\nERROR agent.daemon the till is broken", "x\\u000d\\nERROR agent.daemon the till is broken"),
        ("\u202eabc\u2066\u2028", "\\u202eabc\\u2066\\u2028"),
        ("\x9b2J\ud800", "\\u009b2J\\ud800"),
        ("रामा ₹ 12", "रामा ₹ 12"),
    ],
)
def test_a_line_gives_no_orders_and_is_one_line(text: str, shown: str) -> None:
    """As a terminal reads it, and whoever looks for a line of ours."""
    assert written(text) == f"INFO agent.loyalty asked: {shown}"


def test_a_traceback_keeps_its_lines_and_gives_no_orders() -> None:
    def fail() -> None:
        raise ValueError("\x1b[2J")

    with pytest.raises(ValueError, match="2J") as raised:
        fail()
    lines = written("", raised.value).splitlines()
    assert lines[1].startswith("Traceback")
    assert lines[-1] == "ValueError: \\u001b[2J"


def test_a_line_can_be_written_whatever_the_text_is() -> None:
    written("\ud800\udfff").encode(sys.getdefaultencoding())
