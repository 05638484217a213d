"""The script of faults for every simulated device: a line of text for each fault, and one grammar.

    [DEVICE:] [at COUNT N | at TIME:] FAULT [FIGURE] [for TIME | for N COUNTS]    # a remark
    printer: at byte 120: unplug for 500 ms
    scanner: at label 3: noise 2 for 1 label
    seed 7

A line without "at" strikes at once; a fault without "for" stays until it is cleared. Counts begin when the
line is given: for a file when the device is plugged in. "seed" makes what is drawn inside a fault (stray
bytes, lost keys) the same each time. Of several devices of a kind the others are called scanner-2 and so on.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches

from drivers.simulated.fault_words import COUNTS, RECIPES, SAID_OTHERWISE, WORDS

_IN_A_SECOND = {"ms": 1000, "s": 1}
_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?")
_WHOLE = re.compile(r"[1-9][0-9]{0,11}")
_PLACES = re.compile(r"\{([0-9]+)-([0-9]+)\}")


@dataclass(frozen=True, slots=True)
class Span:
    """So much of a unit: "s" for seconds, or what a device counts."""

    amount: float
    unit: str

    def __str__(self) -> str:
        if self.unit == "s":
            return f"{self.amount * 1000:g} ms" if self.amount < 1 else f"{self.amount:g} s"
        return f"{int(self.amount)} {self.unit}" + "s" * (self.amount != 1)


@dataclass(frozen=True, slots=True)
class Fault:
    """A line of a script. at: None for at once. lasts: None for until it is cleared."""

    device: str
    word: str
    at: Span | None = None
    figure: float = 0.0
    lasts: Span | None = None

    def __str__(self) -> str:
        at = self.at
        when = "" if at is None else f"at {at}: " if at.unit == "s" else f"at {at.unit} {int(at.amount)}: "
        wants = WORDS[self.word].figure
        figure = f" {Span(self.figure, 's')}" if wants == "s" else f" {int(self.figure)}" if wants else ""
        return f"{self.device}: {when}{self.word}{figure}" + (f" for {self.lasts}" if self.lasts else "")


@dataclass(frozen=True, slots=True)
class Script:
    """What shall go wrong, in the order of its lines."""

    faults: tuple[Fault, ...] = ()
    seed: int = 0

    def __str__(self) -> str:
        return "\n".join((f"seed {self.seed}", *map(str, self.faults)))


def read(text: str, device: str = "") -> Script:
    """A script. device: whose the lines are that name none; without it each has to. Raises ValueError that
    names the line, what is wrong with it and the nearest right word."""
    faults, seed = [], 0
    for number, line in enumerate(text.splitlines(), 1):
        try:
            told = line.partition("#")[0].strip()
            if told.split()[:1] == ["seed"]:
                seed = _seed(told.split()[1:])
            elif told:
                faults.append(read_line(told, device))
        except ValueError as error:
            raise ValueError(f"line {number} of the faults: {error}") from None
    return Script(tuple(faults), seed)


def read_line(line: str, device: str = "") -> Fault:
    """One fault; see read."""
    parts = [part.strip() for part in line.partition("#")[0].split(":")]
    if len(parts) > 1 and parts[0].split()[:1] != ["at"]:
        device = parts.pop(0)
        kind_of(device)
    if not device:
        raise ValueError(f"{line!r} does not say whose it is: {_either(COUNTS)}, and a colon")
    at = _when(parts.pop(0), device) if len(parts) > 1 else None
    words, lasts = parts[0].split(), None
    if len(parts) != 1 or not words or words[0] in ("at", "for"):
        raise ValueError(f"{line!r} is not as in 'at byte 120: unplug for 2 s'")
    if "for" in words:
        begins = words.index("for")
        words, lasts = words[:begins], _lasts(words[begins + 1 :], device)
    word, *rest = words
    return Fault(device, word, at, _figure(word, _wants(word, device), rest), lasts)


def generated(seed: int, device: str, count: int = 10) -> Script:
    """The script of a seed: the same each time. count faults, each of which passes by itself, strike one
    after the other."""
    chosen = random.Random(f"{seed} {device}")
    faults: list[Fault] = []
    reached: dict[str, float] = {}
    for recipe in chosen.choices(RECIPES[kind_of(device)], k=count):
        drawn = read_line(_PLACES.sub(lambda at: str(chosen.randint(int(at[1]), int(at[2]))), recipe), device)
        place = drawn.at or Span(0, "s")
        reached[place.unit] = reached.get(place.unit, 0) + place.amount
        faults.append(replace(drawn, at=Span(reached[place.unit], place.unit)))
    return Script(tuple(faults), seed)


def kind_of(device: str) -> str:
    """What a device is: scanner-2 is a scanner."""
    kind = re.sub(r"-[0-9]+\Z", "", device)
    if kind not in COUNTS:
        raise ValueError(f"{device!r} is no device; {_nearest(kind, COUNTS)}")
    return kind


def words_of(device: str) -> tuple[str, ...]:
    """The faults that a device has."""
    kind = kind_of(device)
    return tuple(name for name, word in WORDS.items() if kind in word.devices)


def _wants(name: str, device: str) -> str:
    """What figure goes with a device's word."""
    if name in words_of(device):
        return WORDS[name].figure
    if name in WORDS:
        raise ValueError(f"{name} is a fault of {_either(WORDS[name].devices)}, not of {device}")
    raise ValueError(f"{name!r} is no fault of {device}; {_nearest(name, words_of(device))}")


def _when(told: str, device: str) -> Span:
    word, *rest = told.split()
    if not device or word != "at" or len(rest) != 2:
        raise ValueError(f"{told!r} is not as in 'at byte 120' or 'at 2 s'")
    if _NUMBER.fullmatch(rest[0]):
        return _span(rest, device)
    return Span(_whole(rest[1:], rest[0]), _count(rest[0], device))


def _lasts(told: list[str], device: str) -> Span:
    if len(told) != 2 or not _NUMBER.fullmatch(told[0]):
        raise ValueError(f"'{' '.join(('for', *told))}' is not as in 'for 2 s' or 'for 700 bytes'")
    return _span(told, device)


def _span(told: list[str], device: str) -> Span:
    if told[1] in _IN_A_SECOND:
        return Span(float(told[0]) / _IN_A_SECOND[told[1]], "s")
    return Span(_whole(told[:1], told[1]), _count(told[1], device))


def _count(name: str, device: str) -> str:
    known = COUNTS[kind_of(device)]
    for one in known:
        if name in (one, one + "s"):
            return one
    also = (*known, "s", "ms")
    raise ValueError(f"{device} does not count {name!r}; {_nearest(name, also)}")


def _figure(word: str, wants: str, told: list[str]) -> float:
    if not wants and told:
        raise ValueError(f"{word} takes no figure, and {' '.join(told)!r} follows it")
    if wants == "number":
        return _whole(told, word)
    if wants == "s":
        if len(told) != 2 or not _NUMBER.fullmatch(told[0]) or told[1] not in _IN_A_SECOND:
            raise ValueError(f"{word} wants a time, as in '{word} 500 ms'")
        return float(told[0]) / _IN_A_SECOND[told[1]]
    return 0.0


def _whole(told: list[str], after: str) -> int:
    if len(told) != 1 or not _WHOLE.fullmatch(told[0]):
        raise ValueError(f"{after} wants a whole number from 1, as in '{after} 3'")
    return int(told[0])


def _seed(told: list[str]) -> int:
    if len(told) != 1 or not told[0].isdecimal():
        raise ValueError("seed wants a number, as in 'seed 7'")
    return int(told[0])


def _either(names: Iterable[str]) -> str:
    return ", ".join(names)


def _nearest(name: str, known: Iterable[str]) -> str:
    names = list(known)
    meant = SAID_OTHERWISE.get(name, "")
    near = [meant] if meant in (*names, "clear") else get_close_matches(name, names, 1, 0.5)
    return f"did you mean {near[0]}?" if near else f"there are {_either(names)}"
