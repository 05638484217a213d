"""A label through the framer, against a plain split of the same bytes."""

import timeit
from collections.abc import Callable
from itertools import count

from drivers.scanner.framing import Framer, Framing
from drivers.scanner.label import ScannedLabel
from tests.bench.row import Row

_WIRE = b"8901030867569\r"
_TIMES = 20_000


def framing_rows() -> list[Row]:
    """A label of 13 digits that came in one piece; the split makes the same label and guards nothing."""
    framer, now = Framer(Framing(), "front"), count()

    def split() -> list[ScannedLabel]:
        return [ScannedLabel(one.decode(), "", "front", one) for one in _WIRE.split(b"\r") if one]

    def framed() -> object:
        return framer.feed(_WIRE, float(next(now)))

    assert split() == framed()
    floor, here = _fastest(split), _fastest(framed)
    what = "a label of 13 digits through the framer / a plain split"
    return [Row(what, f"{floor * 1e6:.1f} us", f"{here * 1e6:.1f} us", here / floor, 3.0)]


def _fastest(what: Callable[[], object]) -> float:
    return min(timeit.repeat(what, number=_TIMES, repeat=5)) / _TIMES
