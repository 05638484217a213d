"""What a driver says, for who uses the drivers without the till and its languages."""

from __future__ import annotations

import pytest

from drivers.message import Message
from drivers.printer.transport import TransportFailed, open_transport


def test_a_message_reads_as_its_id_and_parameters() -> None:
    lost = Message("printer.job.lost", why=Message("printer.job.noise"), sent=3, all=9)
    assert str(lost) == "printer.job.lost(why=printer.job.noise, sent=3, all=9)"


def test_messages_are_values() -> None:
    assert Message("a", name="x") == Message("a", name="x") != Message("a", name="y")
    assert len({Message("a", name="x"), Message("a", name="x")}) == 1


def test_what_is_raised_reads_so_too() -> None:
    with pytest.raises(TransportFailed, match=r"^printer\.line\.no-device\(path='/etc/hostname'\)$"):
        open_transport("file:///etc/hostname")
