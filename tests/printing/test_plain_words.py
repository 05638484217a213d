"""What a cashier is told of the line to the printer reads as sentences, wherever it is said."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest
from babel.messages.pofile import read_po

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


def said_by_the_driver() -> list[Message]:
    """Every message of the printer's driver, with something in each of its places."""
    with (files("agent.language") / "locale" / "en.po").open("rb") as file:
        words = {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id}
    return [
        Message(name, **{place: f"tcp://{place}" for place in re.findall(r"{(\w+)}", text)})
        for name, text in words.items()
        if name.startswith("printer.") and not name.startswith("printer.explain.")
    ]


@pytest.mark.parametrize("said", said_by_the_driver(), ids=lambda said: said.id)
def test_no_word_of_the_driver_names_a_setting_to_a_cashier(said: Message) -> None:
    """A profile, an option or a printer's make are for whoever sets the till up."""
    for told in (for_cashier(said), for_cashier(Sentence("badge.printer.unproven", status=said))):
        assert not re.search(r"printer\.profile|replies|baudrate|of a make", english().text(told)), told


def test_a_printer_that_cannot_confirm_is_ready_for_a_cashier() -> None:
    """That another profile is to be chosen is no news of the printer."""
    told = for_cashier(Sentence("badge.printer.unproven", status=Message("printer.ready")))
    assert english().text(told) == "Ready."
    lost = Message("printer.job.lost", why=Message("printer.job.cannot-confirm.gs-r"))
    asked = english().text(Sentence("print-unknown", why=for_cashier(lost)))
    assert asked.endswith("It is not known whether it printed. This printer does not confirm what it prints.")
