"""The tests of this folder for as long as one likes, led by what the code does with each input.

python -m tests.fuzz MINUTES [TEST, all if not told]

atheris makes the inputs, hypothesis makes of them what a test is given. The time is shared out among the
tests, as many of which run at once as there are processors. What was found to lead somewhere is kept in
build/fuzz/corpus, made as small as leads to the same places, and is begun with the next time; it is of use
to one version of hypothesis alone and therefore not part of the sources. A failure is told as hypothesis
tells it, and is repeated by the same command. Exit 1 with failures."""

from __future__ import annotations

import importlib
import os
import random
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.database import DirectoryBasedExampleDatabase

PLACE = Path(__file__).parents[2] / "build" / "fuzz"
LONGEST = 4096
"""Bytes of an input: hypothesis makes no more of one of these tests."""
TOO_SLOW_S = 25
"""An input that takes so long is a hang."""
_SECONDS_AT_LEAST = 5
_SEEDS = 8
_STATS = re.compile(r"^#(\d+)\s+DONE\s+cov: (\d+) ft: (\d+) corp: (\d+)/(\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one test."""

    name: str
    inputs: str = "-"
    covered: str = "-"
    corpus: str = "-"
    failure: str = ""


def main(minutes: str, *wanted: str) -> int:
    """Fuzz the tests wanted, print a line for each and what failed."""
    names = [name for name in _names() if not wanted or name.split(".")[-1] in wanted]
    at_once = os.cpu_count() or 1
    seconds = max(_SECONDS_AT_LEAST, round(float(minutes) * 60 * min(at_once, len(names)) / len(names)))
    with ThreadPoolExecutor(at_once) as pool:
        done = list(pool.map(lambda name: _fuzzed(name, seconds), names))
    for one in done:
        result = "FAILED" if one.failure else "ok"
        print(f"{result:6} {one.inputs:>10} inputs {one.covered:>6} places {one.corpus:>12}  {one.name}")  # noqa: T201
    failed = [one for one in done if one.failure]
    for one in failed:
        print(f"\n{one.name}\n{one.failure}")  # noqa: T201
    return 1 if failed or not done else 0


def _names() -> list[str]:
    """Every test of this folder that hypothesis feeds."""
    found = []
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        tests = re.findall(r"^@given\([^@]*?^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
        found += [f"{path.stem}.{test}" for test in tests]
    return found


def _fuzzed(name: str, seconds: int) -> Done:
    corpus = PLACE / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    if not any(corpus.iterdir()):
        for seed in range(_SEEDS):
            (corpus / str(seed)).write_bytes(random.Random(seed).randbytes(LONGEST >> seed))
    run = _child("fuzz", name, f"-max_total_time={seconds}", str(corpus))
    if run.returncode:
        again = _child("again", name)
        return Done(name, failure=(again.stdout + again.stderr if again.returncode else run.stderr)[-6000:])
    smaller = corpus.with_name(name + ".new")
    smaller.mkdir(exist_ok=True)
    if _child("fuzz", name, "-merge=1", str(smaller), str(corpus)).returncode == 0:
        shutil.rmtree(corpus)
        smaller.rename(corpus)
    kept = [path.stat().st_size for path in corpus.iterdir()]
    inputs, covered = _STATS.findall(run.stderr)[-1][:2]
    return Done(name, inputs, covered, f"{len(kept)}/{sum(kept)} b")


def _child(what: str, name: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.fuzz", f"--{what}", name, *options]
    return subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)


def _child_main(what: str, name: str, *options: str) -> None:
    """In a process of its own: fuzz one test, or try again what failed and make it small."""
    settings.register_profile(
        "fuzz",
        deadline=None,
        database=DirectoryBasedExampleDatabase(PLACE / "failed"),
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile("fuzz")
    module, _, test = name.partition(".")
    if what == "--again":
        getattr(importlib.import_module(f"tests.fuzz.{module}"), test)()
        return
    import atheris

    with atheris.instrument_imports(include=["drivers", "agent"]):
        found = getattr(importlib.import_module(f"tests.fuzz.{module}"), test)
    (PLACE / "crashes").mkdir(parents=True, exist_ok=True)
    limits = [f"-timeout={TOO_SLOW_S}", f"-max_len={LONGEST}", "-len_control=0"]
    # The first word is what the fuzzer starts again when it makes the corpus small.
    command = f"{sys.executable} -m tests.fuzz --fuzz {name}"
    atheris.Setup(
        [command, *limits, f"-artifact_prefix={PLACE}/crashes/", *options], found.hypothesis.fuzz_one_input
    )
    atheris.Fuzz()


if __name__ == "__main__":
    if sys.argv[1].startswith("--"):
        _child_main(*sys.argv[1:])
    else:
        raise SystemExit(main(*sys.argv[1:]))
