"""What the drivers say by id has its words: every id they have, and every one they put together."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agent.language.language import Language
from agent.language.tools import checks, extractor, files
from drivers.message import Message, Unreadable
from drivers.printer.explain import explain
from drivers.printer.status import NONSENSE, SILENT, status_from
from drivers.reconnect import DeviceGone

PSEUDO = Language("en-XA")
TEXTS = files.texts(files.read(files.ENGLISH))
USES = [use for use in extractor.uses() if use.file.is_relative_to(extractor.DRIVERS)]
IDS = sorted(ident for ident in TEXTS if any(use.says(ident) for use in USES))
STATUS_BYTES = range(0x12, 0x80, 4)


@pytest.mark.parametrize("ident", IDS)
def test_a_message_is_said_in_the_language_of_the_till(ident: str) -> None:
    """Words between the brackets of the pseudo-language come from its file; the rest is a parameter."""
    assert ident.startswith(("printer.", "scanner.", "scale.", "device."))
    places = checks.places(TEXTS[ident])
    said = PSEUDO.text(Message(ident, **dict.fromkeys(places, "§")))
    assert (said[0], said[-1], said.count("§")) == ("[", "]", len(places))


def within(message: Message) -> Iterator[Message]:
    """The message and those in it."""
    yield message
    for value in message.params.values():
        if isinstance(value, Message):
            yield from within(value)


def made() -> Iterator[Message]:
    """Whatever is put together from a printer's bytes and the system's error numbers."""
    yield from (SILENT.message, NONSENSE.message)
    for general in (0x12, 0x1A):
        for cause in STATUS_BYTES:
            for error in STATUS_BYTES:
                for roll in (0x12, 0x1E, 0x7E):
                    yield status_from({1: general, 2: cause, 3: error, 4: roll}).message
    for asked in ("", "100401", "100402", "100403", "100404", "100405", "1d7201", "1d7202", "1d7204"):
        for byte in range(256):
            yield from explain(f"{byte:02x}", asked)
            yield from explain(f"37 22 41 42 43 44 00 {byte:02x} 41 00", asked)
    for first in (0x10, 0x7C):
        for second in range(0x70):
            yield from explain(bytes((first, second & 0x6F, second & 0x6F, 0x0F)).hex())
    mark = b"\x1d(H\x06\x0000AB01".hex()
    for answer in ("", "37 25 00", "3b 30 00", "37 22 41 42 30 31 00", "37 22 41 42 30 32 00"):
        yield from explain(answer, mark)
    for answer, asked in (("no hex", ""), ("", "no hex")):
        with pytest.raises(Unreadable) as refused:
            explain(answer, asked)
        yield refused.value.message
    for number in range(1, 134):
        yield DeviceGone.because("front", OSError(number, "words of the system")).message


def test_what_is_put_together_has_its_words_and_places() -> None:
    found = {(one.id, tuple(sorted(one.params))) for message in made() for one in within(message)}
    wanted = {(ident, tuple(sorted(checks.places(TEXTS[ident])))) for ident, _ in found if ident in TEXTS}
    assert found == wanted
    families = ("printer.explain.", "printer.fault.", "device.gone.")
    assert {ident for ident in TEXTS if ident.startswith(families)} <= {ident for ident, _ in found}
