"""Labels typed by a keyboard scanner with faults: dropped and torn keys, a cable pulled between two."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.message import Message
from drivers.scanner.keyboard import KeyDecoder, KeyOptions
from drivers.scanner.label import Scan, ScannedLabel
from drivers.scanner.recording import decode_recording
from drivers.simulated.fault_script import Script, generated, read
from drivers.simulated.faults import Faults
from drivers.simulated.keyboard_scanner import KeyboardScanner, type_keys

LABELS = [f"89000000{number:05d}" for number in range(30)]


def typed(script: Script) -> tuple[list[str], list[str], list[str]]:
    """What was typed whole, what is heard of it all, and what struck."""
    now = 0.0
    faults = Faults("keyboard", script, clock=lambda: now)
    scanner, decoder = KeyboardScanner(faults), KeyDecoder(KeyOptions())
    whole: list[str] = []
    scans: list[Scan] = []
    for label in LABELS:
        now += 2.0  # a person puts the cable back before the next
        made = scanner.scan(label)
        whole += [label] * made.whole
        for event in made.events:
            scans += decoder.feed(event)
        if made.pulled:
            scans += decoder.reset(Message("scanner.torn.unplugged"))
    return whole, [scan.text for scan in scans if isinstance(scan, ScannedLabel)], faults.struck


@pytest.mark.parametrize("seed", range(40))
def test_no_label_is_heard_that_was_not_shown_and_each_whole_one_is(seed: int) -> None:
    """A label that has lost a key's way up alone is still that label."""
    whole, heard, struck = typed(generated(seed, "keyboard"))
    assert struck
    assert set(whole) <= set(heard) <= set(LABELS)
    assert heard == sorted(set(heard)), "in order, and none twice"


@pytest.mark.parametrize(
    "fault", ["dropped-syn for 1 label", "at key 40: unplug for 1 s", "at label 2: dropped-syn for 3 labels"]
)
def test_what_is_lost_tears_its_own_labels_alone(fault: str) -> None:
    whole, heard, _ = typed(read(fault, "keyboard"))
    assert len(LABELS) - 3 <= len(whole) < len(LABELS)
    assert set(heard) == set(whole)


def test_typed_lines_become_a_recording_with_their_faults(tmp_path: Path) -> None:
    said: list[str] = []
    lines = [LABELS[0], "!wobble", "!unplug", LABELS[1], "!clear", LABELS[2]]
    type_keys(tmp_path / "rec.txt", lines, say=said.append)
    scans = [timed.scan for timed in decode_recording((tmp_path / "rec.txt").read_text().splitlines())]
    assert [scan.text for scan in scans if isinstance(scan, ScannedLabel)] == [LABELS[0], LABELS[2]]
    assert "!wobble was not typed: 'wobble' is no fault of keyboard; there are unplug" in said[2]
    assert f"{LABELS[1]} was not typed: the keyboard scanner is unplugged" in said
