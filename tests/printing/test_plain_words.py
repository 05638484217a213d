"""What a cashier is told of the line to the printer reads as sentences, wherever it is said."""

from __future__ import annotations

import re

import pytest

from agent.language.language import english
from agent.language.sentence import Said, Sentence
from agent.printing.plain_words import for_cashier
from drivers.message import Message

LINES = (
    Message("printer.line.os.held.network", name="tcp://10.0.0.9:9100"),
    Message("printer.line.os.held.device", name="/dev/usb/lp0"),
    Message("printer.line.full", name="/dev/usb/lp0"),
    Message("printer.line.stuck", name="/dev/usb/lp0", done=3, all=900, seconds=5),
    Message("printer.line.error", name="/dev/usb/lp0", error="EPROTO"),
    Message("printer.line.os.broke", name="/dev/usb/lp0"),
    Message("printer.line.os.unreachable", name="tcp://10.0.0.9:9100"),
    Message("printer.line.no-connection", url="tcp://10.0.0.9:9100", seconds=2),
    Message("printer.silent.network", name="tcp://10.0.0.9:9100"),
)


def told_of(why: Said) -> list[str]:
    """Every sentence that takes what a line said, as the cashier reads it."""
    text = english().text
    badge = text(for_cashier(Sentence("badge.printer.line", detail=why)))
    lost = for_cashier(Message("printer.job.lost", why=why))  # type: ignore[arg-type]
    unsent = for_cashier(Message("printer.job.lost-unsent", why=why))  # type: ignore[arg-type]
    return [
        text(Sentence("drawer-shut", why=for_cashier(why))),
        text(Sentence("copy-waits.again", why=badge)),
        text(Sentence("copy-waits.of", number="BLR126-000001", why=badge)),
        text(Sentence("print-unknown", why=lost)),
        text(Sentence("print-unknown", why=unsent)),
        badge,
    ]


@pytest.mark.parametrize("why", LINES, ids=lambda why: why.id)
def test_every_sentence_about_the_line_begins_and_ends_as_one(why: Message) -> None:
    for told in told_of(why):
        assert told[0].isupper(), told
        assert re.search(r"[.?]$", told), told
        assert not re.search(r"[.?] [a-z]|[.?][.?]|Printer: ", told), told


@pytest.mark.parametrize("why", LINES, ids=lambda why: why.id)
def test_none_of_them_says_what_only_a_technician_can_use(why: Message) -> None:
    for told in told_of(why):
        assert not re.search(r"/dev|tcp:|Errno", told), told
