"""Key events of a scanner, and a kernel that drops them: no wrong label, and every loss is told."""

from __future__ import annotations

import random
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scanner.framing import Framing
from drivers.scanner.keyboard import (
    EV_KEY,
    EV_MSC,
    EV_SYN,
    SYN_DROPPED,
    SYN_REPORT,
    KeyDecoder,
    KeyEvent,
    KeyOptions,
)
from drivers.scanner.label import Scan, ScannedLabel, TornScan
from drivers.scanner.layouts import LAYOUTS
from drivers.simulated.keyboard_scanner import STYLES, key_events

ROOM = 64
"""Events the kernel keeps for a reader at least (EVDEV_MIN_BUFFER_SIZE)."""


STALLS = 0.004
"""How likely the reader stalls at an event: so that some labels come and most do not."""


class KernelQueue:
    """What a reader of an event node gets, as drivers/input/evdev.c of Linux 6.1 keeps it: a ring that is
    full drops all it holds, says SYN_DROPPED and keeps the newest. masked: without EV_MSC (EVIOCSMASK)."""

    def __init__(self, *, masked: bool) -> None:
        self._masked = masked
        self._ring: list[KeyEvent] = []
        self._whole = 0
        self.dropped = 0

    def put(self, event: KeyEvent) -> None:
        if self._masked and event.type == EV_MSC:
            return
        if (event.type, event.code) == (EV_SYN, SYN_REPORT) and self._whole == len(self._ring):
            return
        self._ring.append(event)
        if len(self._ring) == ROOM:
            self.dropped += ROOM - 1
            self._ring = [KeyEvent(event.time_s, EV_SYN, SYN_DROPPED, 0), event]
            self._whole = 0
        if (event.type, event.code) == (EV_SYN, SYN_REPORT):
            self._whole = len(self._ring)

    def read(self) -> list[KeyEvent]:
        taken, self._ring, self._whole = self._ring[: self._whole], self._ring[self._whole :], 0
        return taken


def read(queue: KernelQueue, decoder: KeyDecoder, now: float) -> list[Scan]:
    """What a reader makes of all that waits."""
    scans = [scan for event in queue.read() for scan in decoder.feed(event)]
    return scans + decoder.idle(now)


def label_of(chance: random.Random, number: int) -> str:
    """No label is like another, or a piece of another: each has its number in front and behind."""
    letters = "".join(chance.choice("0123456789ABCabcXYZxyz-/") for _ in range(chance.randint(2, 16)))
    return f"{number:05d}{letters}{number:05d}"


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("masked", [True, False])
def test_of_five_thousand_scans_to_a_reader_that_is_late_none_comes_wrong(style: str, masked: bool) -> None:
    """A label that does not come is followed, before the next one that does, by the news that scans may be
    missing. Scans come in bursts, as from a base that was out of reach, and the reader stalls for up to two
    of them."""
    chance = random.Random(12)
    queue, decoder = KernelQueue(masked=masked), KeyDecoder(KeyOptions(framing=Framing(code_id="none")))
    now, sent, scans = 1.0, list[str](), list[Scan]()
    while len(sent) < 5000 / (len(STYLES) * 2):
        burst: list[KeyEvent] = []
        for _ in range(chance.randint(1, 3)):
            sent.append(label_of(chance, len(sent)))
            burst += key_events(sent[-1], style=style, start_s=now)
            now = burst[-1].time_s + chance.choice((0.001, 0.02))
        stalls_until = 0.0
        for event in burst:
            queue.put(event)
            if event.time_s >= stalls_until:
                scans += read(queue, decoder, event.time_s)
                if chance.random() < STALLS:
                    stalls_until = event.time_s + chance.choice((0.01, 0.05, 0.2))
        for wait in (0.02, chance.choice((0.02, 1.0))):
            now += wait
            scans += read(queue, decoder, now)
    told = [scan.text if isinstance(scan, ScannedLabel) else None for scan in scans]
    _nothing_wrong_and_nothing_unsaid(sent, told)
    assert queue.dropped > 1000


def _nothing_wrong_and_nothing_unsaid(sent: list[str], told: list[str | None]) -> None:
    come = [text for text in told if text is not None]
    assert set(come) <= set(sent), set(come) - set(sent)
    assert come == sorted(set(come), key=sent.index)
    place = 0
    for missing, texts in groupby(sent, key=lambda text: text not in set(come)):
        if missing:
            assert None in told[place : place + 1], list(texts)
            while told[place : place + 1] == [None]:
                place += 1
        else:
            for _ in texts:
                while told[place] is None:
                    place += 1
                place += 1
    assert len(come) > len(sent) / 8


@given(st.data(), st.sampled_from(STYLES), st.sampled_from(["us", "de", "fr"]))
def test_a_lost_key_event_spoils_no_later_label_either(data: st.DataObject, style: str, layout: str) -> None:
    """Caps Lock is a key like others: a lost tap of it would turn the letters of every label to come."""
    framing = Framing(code_id="none")
    decoder, scans = KeyDecoder(KeyOptions(layout=layout, framing=framing)), list[Scan]()
    text = data.draw(st.text("0123456789ABCabc", min_size=1, max_size=10))
    first = key_events(text, layout=layout, style=style, start_s=1.0)
    lost = data.draw(st.sampled_from([at for at, event in enumerate(first) if event.type == EV_KEY]))
    soon = data.draw(st.booleans())
    for event in first[:lost] + first[lost + 1 :]:
        scans += decoder.feed(event)
    next_at = first[-1].time_s + (0.1 if soon else 2.0)
    scans += decoder.idle(next_at)
    second, later = list[Scan](), list[Scan]()
    for event in key_events("Next1", layout=layout, style=style, start_s=next_at):
        second += decoder.feed(event)
    for event in key_events("Later2", layout=layout, style=style, start_s=next_at + 3.0):
        later += decoder.feed(event)
    come = [scan.text for scan in scans + second if isinstance(scan, ScannedLabel)]
    assert come in ([], [text], ["Next1"], [text, "Next1"])
    assert len(come) == 2 or any(isinstance(scan, TornScan) for scan in scans + second)
    assert [scan.text for scan in later if isinstance(scan, ScannedLabel)][-1:] == ["Later2"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 1, 1, 1, 4]),
            st.integers(0, 255),
            st.integers(-1, 3),
            st.sampled_from([0.001, 0.1, 1.0]),
        ),
        max_size=60,
    ),
    st.sampled_from(sorted(LAYOUTS)),
    st.sampled_from([Framing(), Framing(suffix="none"), Framing(settle_s=0.06), Framing(max_length=8)]),
)
def test_no_more_letters_come_than_keys_went_down(
    raw: list[tuple[int, int, int, float]], layout: str, framing: Framing
) -> None:
    """Whatever events: each letter of a label is a key that went down, but for the two of a dead key
    alone."""
    decoder, now, pressed = KeyDecoder(KeyOptions(layout=layout, framing=framing)), 1.0, 0
    for kind, code, value, wait in raw:
        now += wait
        pressed += kind == EV_KEY and value not in (0, 2)
        for scan in decoder.feed(KeyEvent(now, kind, code, value)):
            assert len(scan.raw.decode()) <= 2 * pressed
            pressed = pressed if isinstance(scan, TornScan) else 0
    decoder.finish()
    assert decoder.deadline is None
