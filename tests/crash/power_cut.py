"""The power-cut proof: trace a program that sells, cut the power everywhere, open what is left.

python -m tests.crash.power_cut --images 100000 [--seed S] [--reading strict] [--synchronous 2]
python -m tests.crash.power_cut --seed S --trace 3 --point 712    one point again, every fault in words
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Literal

from agent.store.opening import FILE_NAME
from tests.crash.disk import READINGS, Disk, Image, Reading
from tests.crash.heard import SELLER, Heard, Wording
from tests.crash.judge import Fault, judge
from tests.crash.ops import Op
from tests.crash.room import room
from tests.crash.trace import record

ROOT = Path(__file__).resolve().parents[2]
WORKERS = max(1, min(8, len(os.sched_getaffinity(0))))
Part = Literal["all", "making", "selling"]
_FAULTS_TOLD = 20


@dataclass(frozen=True, slots=True)
class Proof:
    """What to prove, and of whom.

    command(directory, seed) is the program that sells into the store in directory and ends with status 0;
    for the same seed it must make the same system calls again, or a point cannot be repeated. part "making"
    cuts until the program says the first thing that counts, "selling" from then on; stride leaves out points
    between. images is how many different images to judge at least; each trace gives about images_per_trace.
    """

    command: Callable[[Path, str], Sequence[str]]
    seed: str = "1"
    reading: Reading = "strict"
    part: Part = "all"
    stride: int = 1
    images: int = 2000
    images_per_trace: int = 5000
    wording: Wording = SELLER
    timeout_s: float = 100.0


@dataclass
class Figures:
    """What a run saw. images counts different ones only; kinds counts images with a fault of a kind; told
    holds the first faults in words, each with how to see it again."""

    traces: int = 0
    points: int = 0
    images: int = 0
    sales: int = 0
    syncs: int = 0
    checkpoints: int = 0
    worst_loss: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)

    def add(self, other: Figures) -> None:
        """Take in the figures of a part of the run."""
        for name in ("traces", "points", "images", "sales", "syncs", "checkpoints"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.worst_loss = max(self.worst_loss, other.worst_loss)
        self.kinds.update(other.kinds)
        self.told += other.told[: _FAULTS_TOLD - len(self.told)]

    def __str__(self) -> str:
        lost = f", {self.worst_loss} sales at worst" if self.worst_loss else ""
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(self.kinds.items())) or "none"
        return (
            f"{self.images} images at {self.points} points of {self.traces} traces ({self.sales} sales, "
            f"{self.syncs} syncs, {self.checkpoints} checkpoints); images with faults: {kinds}{lost}"
        )


@dataclass(frozen=True, slots=True)
class Traced:
    """What the program did in one run, in order, and where."""

    number: int
    ops: list[Op]
    root: str


def seller(
    *, sales: int = 8, lives: int = 3, synchronous: int = 2, flaw: str = ""
) -> Callable[[Path, str], list[str]]:
    """The till without a face; some of its lives end without closing the store."""
    options = ["--sales", str(sales), "--lives", str(lives), "--synchronous", str(synchronous)]
    options += ["--flaw", flaw] if flaw else []

    def command(directory: Path, seed: str) -> list[str]:
        return [sys.executable, "-m", "tests.crash.seller", str(directory), "--seed", seed, *options]

    return command


def run(proof: Proof) -> Figures:
    """Trace and cut until enough images were judged."""
    total = Figures()
    with room() as place:
        while total.images < proof.images:
            run_of = traced(proof, total.traces)
            wanted = min(proof.images_per_trace, proof.images - total.images)
            total.add(_cut_everywhere(proof, run_of, place, wanted))
    return total


def traced(proof: Proof, number: int) -> Traced:
    """Run the program once. What it says that means nothing is left out."""
    with tempfile.TemporaryDirectory(prefix="traced-") as place:
        directory = Path(place).resolve() / "store"
        ops, status, said = record(
            proof.command(directory, f"{proof.seed}.{number}"),
            directory,
            Path(place) / "trace",
            timeout_s=proof.timeout_s,
            cwd=ROOT,
        )
    if status:
        raise AssertionError(f"the program under test ended with status {status}: {said[-2000:]}")
    kept = [op for op in ops if op.kind != "said" or Heard(proof.wording).hear(op.data)]
    return Traced(number, kept, str(directory))


def cut_at(proof: Proof, run_of: Traced, point: int, place: Path, randoms: int) -> list[str]:
    """Judge one point again; returns its faults in words."""
    figures = Figures()
    _cut(proof, run_of, place / "again", randoms, range(point, point + 1), figures)
    return figures.told


def _cut_everywhere(proof: Proof, run_of: Traced, place: Path, wanted: int) -> Figures:
    """Share the points out among processes."""
    figures = _counted(run_of, proof)
    points = _points(proof, run_of)
    # Besides the random images of a point, the one that has everything is usually a new one.
    randoms = max(1, -(-wanted // len(points)) - 1)
    context = multiprocessing.get_context("fork")
    workers = []
    for index in range(WORKERS):
        ours, theirs = context.Pipe(duplex=False)
        mine = points[index::WORKERS]
        arguments = (proof, run_of, place / f"image-{index}", randoms, mine, theirs)
        process = context.Process(target=_work, args=arguments)
        process.start()
        theirs.close()
        workers.append((process, ours))
    results = [_result(process, ours) for process, ours in workers]
    for result in results:
        figures.add(result)
    return figures


def _result(process: ForkProcess, ours: Connection) -> Figures:
    """What a worker found; one that died has said why on standard error, and nothing is proven."""
    try:
        found: Figures = ours.recv()
    except EOFError:
        found = Figures(kinds=Counter({"unproven": 1}), told=["a process that judges died"])
    process.join()
    process.close()
    ours.close()
    return found


def _points(proof: Proof, run_of: Traced) -> range:
    """The operations after which the power goes."""
    count = len(run_of.ops)
    first = next((point for point, op in enumerate(run_of.ops) if op.kind == "said"), count)
    chosen = {"all": range(count), "making": range(first), "selling": range(first, count)}[proof.part]
    return chosen[:: proof.stride]


def _work(proof: Proof, run_of: Traced, place: Path, randoms: int, points: range, result: Connection) -> None:
    figures = Figures()
    _cut(proof, run_of, place, randoms, points, figures)
    result.send(figures)


def _cut(proof: Proof, run_of: Traced, place: Path, randoms: int, points: range, figures: Figures) -> None:
    """Replay the trace and judge what a cut after each chosen operation leaves."""
    disk, heard = Disk(proof.reading), Heard(proof.wording)
    seen: set[Image] = set()
    for point, op in enumerate(run_of.ops):
        disk.apply(op)
        if op.kind == "said":
            heard.hear(op.data)
            seen.clear()  # more is expected of the same bytes now
        if point not in points:
            continue
        figures.points += 1
        rng = random.Random(f"{proof.seed}:{run_of.number}:{point}")
        for image in disk.cuts(rng, randoms):
            if image in seen:
                continue
            seen.add(image)
            figures.images += 1
            _empty(place)
            disk.build(image, run_of.root, place)
            if faults := judge(place, heard):
                _tell(figures, proof, faults, f"--trace {run_of.number} --point {point}", image.label)


def _counted(run_of: Traced, proof: Proof) -> Figures:
    figures, heard, main = Figures(traces=1), Heard(proof.wording), 0
    for op in run_of.ops:
        if op.kind == "said":
            heard.hear(op.data)
        elif op.kind == "create" and op.name.endswith(f"/{FILE_NAME}"):
            main = op.inode
        elif op.kind == "sync":
            figures.syncs += 1
            figures.checkpoints += op.inode == main
    figures.sales = len(heard.acked)
    return figures


def _tell(figures: Figures, proof: Proof, faults: list[Fault], where: str, label: str) -> None:
    figures.kinds.update({fault.kind for fault in faults})
    figures.worst_loss = max(figures.worst_loss, *(fault.count for fault in faults))
    if len(figures.told) < _FAULTS_TOLD:
        words = "; ".join(f"{fault.kind}: {fault.text}" for fault in faults[:3])
        figures.told.append(f"{words} [{label}; --seed {proof.seed} --reading {proof.reading} {where}]")


def _empty(place: Path) -> None:
    if place.exists():
        shutil.rmtree(place)
    place.mkdir()


def main(arguments: list[str]) -> int:
    """The long form, and single points again. Status 1 if anything was lost, doubled or damaged."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--images", type=int, default=int(os.environ.get("POS_POWER_CUT_IMAGES", "100000")))
    parser.add_argument("--seed", default="1")
    parser.add_argument("--reading", choices=READINGS)
    parser.add_argument("--synchronous", type=int, default=2)
    parser.add_argument("--sales", type=int, default=8)
    parser.add_argument("--trace", type=int, default=0)
    parser.add_argument("--point", type=int)
    options = parser.parse_args(arguments)
    command = seller(sales=options.sales, synchronous=options.synchronous)
    readings: Sequence[Reading] = (options.reading,) if options.reading else READINGS
    bad = False
    for reading in readings:
        images = -(-options.images // len(readings))
        proof = Proof(command, options.seed, reading, images=images)
        if options.point is not None:
            with room() as place:
                told = cut_at(proof, traced(proof, options.trace), options.point, place, 200)
            bad = bad or bool(told)
            sys.stdout.write("\n".join([f"{reading}: {len(told)} images with faults", *told, ""]))
            continue
        figures = run(proof)
        bad = bad or bool(figures.kinds)
        sys.stdout.write("\n".join([f"{reading}: {figures}", *figures.told, ""]))
    return int(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
