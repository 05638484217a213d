"""The kill -9 proof: a program that sells is killed again and again, and goes on where it was.

python -m tests.crash.kill_sweep --kills 10000 [--seed S]
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from agent.store.errors import StoreError
from agent.store.opening import FILE_NAME
from agent.store.reader import open_reader
from tests.crash import seller
from tests.crash.heard import SELLER, Heard, Wording
from tests.crash.judge import Base, Fault, Standing, examine
from tests.crash.room import room

_WHOLE_EVERY = 500
_FAULTS_TOLD = 10


@dataclass(frozen=True, slots=True)
class Life:
    """A running program: words is the reading end of its standard output; group: pid leads a process group
    that dies with it."""

    pid: int
    words: int
    group: bool

    def kill(self) -> None:
        """kill -9, which no program can prepare for."""
        (os.killpg if self.group else os.kill)(self.pid, signal.SIGKILL)

    def ended(self) -> int:
        """Wait for the end; returns the exit status, negative for a signal."""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


Start = Callable[[int], Life]


def forked(directory: Path, seed: str, flaw: str = "") -> Start:
    """Lives of the till without a face, forked from this process: everything is imported already."""

    def start(life: int) -> Life:
        ours, theirs = os.pipe()
        pid = os.fork()
        if not pid:
            os.close(ours)
            _live(directory, theirs, f"{seed}:{life}", flaw)
        os.close(theirs)
        return Life(pid, ours, group=False)

    return start


def commanded(command: Callable[[int], Sequence[str]], cwd: Path) -> Start:
    """Lives of any program that says on its standard output what it has done. Its children die with it if
    they stay in its process group; they should keep its standard output, whose end says that all are dead.
    """

    def start(life: int) -> Life:
        ours, theirs = os.pipe()
        process = subprocess.Popen(command(life), cwd=cwd, stdout=theirs, start_new_session=True)
        os.close(theirs)
        process.returncode = 0  # waited for by its pid, not by this object
        return Life(process.pid, ours, group=True)

    return start


def _live(directory: Path, words: int, seed: str, flaw: str) -> NoReturn:
    def say(line: str) -> None:
        os.write(words, f"{line}\n".encode())

    try:
        seller.live(directory, say, seed, sales_wanted=1 << 30, flaw=flaw)
    except (StoreError, sqlite3.Error, AssertionError) as error:
        say(f"TROUBLE {type(error).__name__}: {error}")
    finally:
        os._exit(1)


@dataclass(frozen=True, slots=True)
class Sweep:
    """What to kill, and how often. directory is the store; each start goes on with what is in it.

    The moment of each kill comes from seed: after so many words, so many microseconds later. The same seed
    makes the same plan again; what the machine does in the last microseconds is its own. words is how many
    are said between two kills on average; slack_s is the longest wait after the last one.
    """

    directory: Path
    start: Start
    kills: int = 1000
    seed: str = "1"
    wording: Wording = SELLER
    words: float = 12.0
    slack_s: float = 0.002
    opening_s: float = 0.008
    stop_at_fault: bool = False


@dataclass
class Figures:
    """What a sweep saw. unsaid: kills that left a change committed which nobody had been told of."""

    kills: int = 0
    sales: int = 0
    unsaid: int = 0
    while_opening: int = 0
    reopened: int = 0
    seconds: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(self.kinds.items())) or "none"
        return (
            f"{self.kills} kills in {self.seconds:.1f} s ({self.kills / max(self.seconds, 0.001):.1f}/s), "
            f"{self.sales} sales; {self.unsaid} kills between a commit and its word, {self.while_opening} "
            f"while opening, {self.reopened} open sales found again; faults: {kinds}"
        )


class Killer:
    """Runs one sweep and keeps what the outside world knows of it."""

    def __init__(self, sweep: Sweep) -> None:
        self._sweep = sweep
        self._base = Base()
        self._bills = 0
        self._lines = 0
        self._story = Heard(sweep.wording)
        self.figures = Figures()

    def run(self) -> Figures:
        """Kill as often as wanted; at the end the whole store is judged against the whole story."""
        began = time.monotonic()
        for life in range(self._sweep.kills):
            text = self._one_life(life)
            self._judge_life(life, text)
            if self._sweep.stop_at_fault and self.figures.kinds:
                break
            if (life + 1) % _WHOLE_EVERY == 0:
                self._judge_story(life)
        self._judge_story(self.figures.kills)
        self.figures.seconds = time.monotonic() - began
        return self.figures

    def _one_life(self, life: int) -> bytes:
        """Start it, let it live until its moment, kill it; returns all it said."""
        rng = random.Random(f"{self._sweep.seed}:{life}")
        # A store that is not made yet is the business of the power-cut proof, which cuts at every call.
        opening = life > 0 and rng.random() < 0.1
        words = 0 if opening else 1 + int(rng.expovariate(1 / self._sweep.words))
        pause = rng.uniform(0, self._sweep.opening_s if opening else self._sweep.slack_s)
        process = self._sweep.start(life)
        try:
            text = _read(process.words, words)
            time.sleep(pause)
            process.kill()
            text += _read(process.words, 1 << 60)
        finally:
            os.close(process.words)
            status = process.ended()
        if status != -signal.SIGKILL:
            raise AssertionError(f"life {life} ended by itself with {status}: {text[-1000:].decode()}")
        self.figures.kills += 1
        self.figures.while_opening += not text
        return text

    def _judge_life(self, life: int, text: bytes) -> None:
        """Look only at what this life can have changed, through a connection that repairs nothing."""
        heard = Heard(self._sweep.wording, scans=self._lines)
        for line in text.splitlines():
            heard.hear(line)
        self._same_step(life, text)
        connection = open_reader(self._sweep.directory / FILE_NAME)
        try:
            found = Standing.of(connection, self._base)
            self._tell(life, examine(connection, heard, self._base, found, whole=False))
            self._base = Base.now(connection)
        finally:
            connection.close()
        lines = sum(found.open_lines)
        unsaid = len(found.bills) - len(heard.acked), found.cancelled - heard.cancelled, lines - heard.scans
        self.figures.unsaid += any(count > 0 for count in unsaid)
        self.figures.sales += len(found.bills)
        self.figures.reopened += lines > 0
        self._bills, self._lines = self._bills + len(found.bills), lines
        self._story.acked += [bill.number for bill in found.bills]
        self._story.cancelled += found.cancelled
        self._story.scans = lines
        self._story.printed.update(heard.printed)
        self._story.called.update(heard.called)

    def _same_step(self, life: int, text: bytes) -> None:
        """What the program found when it started is what the store held when the one before it died."""
        pattern = self._sweep.wording.ready
        found = pattern.search(text) if pattern else None
        if found and (int(found[1]), int(found[2])) != (self._bills, self._lines):
            words = f"left {self._bills} bills and {self._lines} items, found {found[0].decode()}"
            self._tell(life, [Fault("step", words)])

    def _judge_story(self, life: int) -> None:
        connection = open_reader(self._sweep.directory / FILE_NAME)
        try:
            self._tell(life, examine(connection, self._story))
        finally:
            connection.close()

    def _tell(self, life: int, faults: Iterable[Fault]) -> None:
        for fault in faults:
            self.figures.kinds[fault.kind] += 1
            if len(self.figures.told) < _FAULTS_TOLD:
                self.figures.told.append(f"life {life}, seed {self._sweep.seed}: {fault.kind}: {fault.text}")


def _read(words: int, lines: int) -> bytes:
    """Read until so many lines came or nobody can write any more."""
    text = b""
    while text.count(b"\n") < lines and (piece := os.read(words, 65536)):
        text += piece
    return text


def main(arguments: list[str]) -> int:
    """The long form. Status 1 if anything was lost, doubled or damaged."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=int(os.environ.get("POS_KILLS", "10000")))
    parser.add_argument("--seed", default="1")
    options = parser.parse_args(arguments)
    with room() as place:
        directory = place / "store"
        sweep = Sweep(directory, forked(directory, options.seed), options.kills, options.seed)
        figures = Killer(sweep).run()
    sys.stdout.write("\n".join([str(figures), *figures.told, ""]))
    return int(bool(figures.kinds))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
