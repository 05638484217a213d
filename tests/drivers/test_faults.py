"""The script of faults: its grammar, its errors, its seeds, and what a device that counts is told."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.simulated.fault_script import Fault, Script, Span, generated, kind_of, read, read_line, words_of
from drivers.simulated.fault_words import COUNTS, RECIPES, SAID_OTHERWISE, WORDS
from drivers.simulated.faults import Faults

DOCS = Path(__file__).parents[2] / "docs" / "devices.md"


class Device:
    """One that only counts, with a clock to turn."""

    def __init__(self, text: str = "", name: str = "printer") -> None:
        self.now = 100.0
        self.told: list[str] = []
        self.said: list[str] = []
        self.faults = Faults(name, read(text, name), clock=lambda: self.now, say=self.said.append)
        self.faults.on_strike = lambda word: self.told.append(f"+{word}")
        self.faults.on_end = lambda word: self.told.append(f"-{word}")


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("silent", ("printer", "silent", None, 0, None)),
        ("printer: at byte 120: unplug for 2 s", ("printer", "unplug", (120, "byte"), 0, (2, "s"))),
        ("at line 3: paper-out", ("printer", "paper-out", (3, "line"), 0, None)),
        ("at 1.5 s: late 300 ms for 700 bytes  # x", ("printer", "late", (1.5, "s"), 0.3, (700, "byte"))),
        ("noise 3 for 1 byte", ("printer", "noise", None, 3, (1, "byte"))),
        ("scanner-2: at label 2: half for 3 labels", ("scanner-2", "half", (2, "label"), 0, (3, "label"))),
    ],
)
def test_a_line_says_what_and_when(line: str, fault: tuple[Any, ...]) -> None:
    device, word, at, figure, lasts = fault
    told = read_line(line, "printer")
    assert told == Fault(device, word, at and Span(*at), figure, lasts and Span(*lasts))
    assert read_line(str(told)) == told


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("paperout", "'paperout' is no fault of printer; did you mean paper-out?"),
        ("jam", "did you mean cutter-error?"),
        ("well", "did you mean clear?"),
        ("wobble", "there are unplug, silent"),
        ("torn-keys 1", "torn-keys is a fault of keyboard, not of printer"),
        ("scaner: silent", "'scaner' is no device; did you mean scanner?"),
        ("at byt 3: silent", "printer does not count 'byt'; did you mean byte?"),
        ("at byte 0: silent", "byte wants a whole number from 1"),
        ("at byte 3 silent", "is not as in 'at byte 120: unplug for 2 s'"),
        ("at: silent", "is not as in 'at byte 120' or 'at 2 s'"),
        ("silent for ever", "'for ever' is not as in 'for 2 s'"),
        ("silent for", "'for' is not as in 'for 2 s'"),
        ("silent for 3 keys", "printer does not count 'keys'"),
        ("silent 4", "silent takes no figure, and '4' follows it"),
        ("noise", "noise wants a whole number from 1, as in 'noise 3'"),
        ("late 3", "late wants a time, as in 'late 500 ms'"),
        ("x: at byte 3: y: silent", "'x' is no device"),
        ("seed", "seed wants a number"),
    ],
)
def test_a_wrong_line_is_named_with_what_would_be_right(line: str, words: str) -> None:
    with pytest.raises(ValueError, match=r"^line 2 of the faults: ") as refused:
        read(f"# nothing yet\n{line}\n", "printer")
    assert words in str(refused.value)


def test_of_a_script_for_several_each_line_says_whose_it_is() -> None:
    script = read("seed 9\nprinter: silent\nscale: over")
    assert (script.seed, [fault.device for fault in script.faults]) == (9, ["printer", "scale"])
    with pytest.raises(ValueError, match="line 1 of the faults: 'silent' does not say whose it is"):
        read("silent")
    with pytest.raises(ValueError, match="is for scale, and this is printer"):
        Faults("printer").add("scale: over")


@given(st.text(alphabet="abt 0123:.#\n-silent", max_size=30))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    try:
        script = read(text, "printer")
    except ValueError as error:
        assert str(error).startswith("line ")
    else:
        assert read(str(script)) == script


@pytest.mark.parametrize("device", COUNTS)
def test_a_seed_gives_the_same_script_each_time_and_it_can_be_written_down(device: str) -> None:
    for seed in range(50):
        script = generated(seed, device)
        assert script == generated(seed, device) == read(str(script))
        assert all(fault.lasts and fault.at for fault in script.faults), "each strikes, and passes by itself"
    assert len({generated(seed, device) for seed in range(50)}) == 50


def test_a_fault_strikes_behind_its_byte_and_is_over_when_it_says() -> None:
    device = Device("at byte 10: silent for 5 bytes\nat 3 s: offline for 500 ms")
    assert device.faults.left("byte") == 10
    device.faults.came("byte", 9)
    assert device.told == []
    device.faults.came("byte")
    assert "silent" in device.faults
    assert device.faults.left("byte") == 5
    device.faults.came("byte", 5)
    assert device.told == ["+silent", "-silent"]
    assert device.faults.left("byte") is None
    assert device.faults.tick() == pytest.approx(3.0)
    device.now += 3.1
    assert device.faults.tick() == pytest.approx(0.5)
    device.now += 0.6
    assert device.faults.tick() is None
    assert device.told[2:] == ["+offline", "-offline"]


def test_a_fault_of_no_time_is_seen_by_its_device_all_the_same() -> None:
    device = Device("at byte 1: unplug for 0 s")
    device.faults.came("byte")
    assert device.told == ["+unplug", "-unplug"]


def test_at_a_label_it_is_that_label_and_by_hand_the_next() -> None:
    device = Device("at label 2: half for 1 label", "scanner")
    halves = []
    for number in range(1, 6):
        if number == 4:
            device.faults.add("half for 1 label")
        device.faults.came("label")
        halves.append("half" in device.faults)
    assert halves == [False, True, False, True, False]


def test_what_is_added_later_counts_from_then() -> None:
    device = Device()
    device.faults.came("byte", 100)
    device.faults.add("at byte 5: silent")
    device.faults.came("byte", 4)
    assert device.told == []
    device.faults.came("byte")
    assert device.told == ["+silent"]
    assert device.said == ["printer: at byte 105: silent  # after 0.000 s"]


def test_repaired_by_name_the_rest_still_comes_and_repaired_as_a_whole_nothing() -> None:
    device = Device("silent\nat byte 5: offline")
    device.faults.tick()
    device.faults.clear("silent")
    device.faults.came("byte", 5)
    assert device.told == ["+silent", "-silent", "+offline"]
    device.faults.add("at byte 1: paper-out")
    device.faults.clear()
    device.faults.came("byte")
    assert device.told[3:] == ["-offline"]
    assert device.faults.now == []


def test_struck_again_before_it_is_over_it_lasts_anew() -> None:
    device = Device("silent for 5 bytes\nat byte 3: silent for 5 bytes")
    device.faults.tick()
    device.faults.came("byte", 3)
    device.faults.came("byte", 4)
    assert "silent" in device.faults
    device.faults.came("byte")
    assert "silent" not in device.faults


def test_every_word_belongs_to_a_device_and_every_recipe_is_a_script() -> None:
    assert {device for word in WORDS.values() for device in word.devices} == set(COUNTS) == set(RECIPES)
    assert set(SAID_OTHERWISE.values()) <= {*WORDS, "clear"}
    for device, recipes in RECIPES.items():
        for recipe in recipes:
            fault = read_line(re.sub(r"\{([0-9]+)-[0-9]+\}", r"\1", recipe), device)
            assert fault.word in words_of(device)
    assert kind_of("scanner-12") == "scanner"
    assert read("") == Script()


def test_the_table_of_the_document_has_every_word_its_devices_and_its_meaning() -> None:
    rows = re.findall(r"^\| `([a-z-]+)( [A-Z]+)?` \| ([^|]+) \| ([^|]+) \|$", DOCS.read_text("utf-8"), re.M)
    told = {word: (devices, meaning) for word, _, devices, meaning in rows if word in WORDS}
    kinds = {
        name: "all" if len(word.devices) == len(COUNTS) else ", ".join(word.devices)
        for name, word in WORDS.items()
    }
    assert {name: devices for name, (devices, _) in told.items()} == kinds
    assert {name: meaning for name, (_, meaning) in told.items()} == {
        name: word.meaning for name, word in WORDS.items()
    }
