"""How a scale is talked to: what is sent, and when its answer is whole. No bytes are moved here."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

from drivers.scale.reading import Reading


@dataclass(frozen=True, slots=True)
class Ask:
    """Bytes for the scale. whole: whether these bytes are all of its answer; None for what is not
    answered."""

    sent: bytes
    whole: Callable[[bytes], bool] | None = None


Conversation = Generator[Ask, bytes, Reading]
"""Yields what to send, is sent what came back (as much as did in time), returns what the scale said."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """weigh: what asks for a weight, given the unit the scale is set to and the price of one such unit, in
    minor units. look: what asks how it is, and gives out no weight for good. once: the scale itself gives a
    weight out once and wants its plate moved before the next; any other is asked twice.
    baudrate, data_bits, parity (none, even, odd), stop_bits: as the scales come."""

    weigh: Callable[[str, int], Conversation]
    look: Callable[[str], Conversation]
    baudrate: int = 9600
    data_bits: int = 7
    parity: str = "even"
    stop_bits: int = 1
    once: bool = False


def ends(mark: bytes) -> Callable[[bytes], bool]:
    """Whole when these bytes have come last."""
    return lambda answer: answer.endswith(mark)


def long(size: int) -> Callable[[bytes], bool]:
    """Whole when so many bytes have come."""
    return lambda answer: len(answer) >= size
