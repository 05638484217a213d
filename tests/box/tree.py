"""What the box is made of, kept between runs: Debian's tree, the wheels of the locks, an environment of them.

The network is used here and nowhere else: Debian's packages come through the machine's own apt sources, the
wheels through its own pip. Each part is made beside its place and moved there whole.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.box.box import Box, BoxError
from tests.box.readme import SOURCE, WHEELS, environment_steps, offline

SUITE = "bookworm"
# python3-dev and gcc because evdev is published as source only.
PACKAGES = (
    "systemd-sysv",
    "systemd",
    "udev",
    "dbus",
    "python3",
    "python3-venv",
    "python3-dev",
    "gcc",
    "libfribidi0",
)
# The virtual machine's, from the same tree where there is to be one (POS_MACHINE).
KERNEL = ("linux-image-amd64", "kmod", "qemu-guest-agent", "curl")
LOCKS = ("requirements.lock", "requirements-build.lock", "requirements-evdev.lock")
REPOSITORY = Path(__file__).resolve().parents[2]
PREFIX = "/usr/lib/pos-agent"
KEEP_SECONDS = 7 * 86_400

_UNUSED = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*")


@dataclass(frozen=True, slots=True)
class Parts:
    """Directories of the cache: none of them is written to by a box."""

    tree: Path
    wheels: Path
    environment: Path

    @property
    def binds(self) -> list[str]:
        """nspawn's options that put them in their places; the environment can be written to, and forgets."""
        return [*_sources(self.wheels), f"--overlay={self.environment}::{PREFIX}"]


def prepare() -> Parts:
    """Everything a box needs, made now or found from an earlier run. Raises BoxError."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pos-agent-box"
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    locks = "".join((REPOSITORY / name).read_text("utf-8") for name in LOCKS)
    with alone(cache):
        packages = (*PACKAGES, *(KERNEL if os.environ.get("POS_MACHINE") else ()))
        recipe = f"{SUITE} {packages} {_UNUSED}"
        tree = kept(cache, "tree", recipe, lambda place: _make_tree(place, packages))
        version = (tree / "usr/bin/python3").readlink().name.removeprefix("python")
        wheels = kept(cache, "wheels", f"{version}\n{locks}", lambda place: _download(place, version))
        steps = environment_steps()
        environment = kept(
            cache,
            "environment",
            f"{tree.name} {wheels.name}\n{steps}",
            lambda place: _install(place, tree, wheels, steps),
        )
    return Parts(tree, wheels, environment)


@contextmanager
def alone(cache: Path) -> Iterator[None]:
    """Nobody else makes parts of this cache meanwhile."""
    with (cache / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def kept(
    cache: Path, name: str, recipe: str, make: Callable[[Path], None], keep_s: float = KEEP_SECONDS
) -> Path:
    """The part made by this recipe, which changes with the locks. Parts nobody has asked for in keep_s go."""
    place = cache / f"{name}-{hashlib.sha256(recipe.encode()).hexdigest()[:16]}"
    if not place.exists():
        fresh = cache / f"{name}-unfinished"
        if fresh.exists():
            shutil.rmtree(fresh)
        make(fresh)
        fresh.rename(place)
    os.utime(place)
    for other in cache.glob(f"{name}-*"):
        # Not at once: another run may have a box on it.
        if other != place and time.time() - other.stat().st_mtime > keep_s:
            shutil.rmtree(other)
    return place


def _make_tree(place: Path, packages: tuple[str, ...]) -> None:
    apt = Path("/etc/apt")
    sources = [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*.list"))]
    sources += sorted((apt / "sources.list.d").glob("*.sources"))
    run(
        "mmdebstrap",
        *("--quiet", "--variant=minbase", "--mode=root", f"--include={','.join(packages)}"),
        '--aptopt=Apt::Install-Recommends "false"',
        *(f"--dpkgopt=path-exclude={unused}" for unused in _UNUSED),
        *(SUITE, str(place)),
        *(str(source) for source in sources if source.exists()),
    )


def _download(place: Path, version: str) -> None:
    """Wheels for the box's Python, which need not be the one that runs the tests; evdev has none."""
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps")
    pip = (*pip, "--require-hashes", f"--dest={place}")
    wheels, build, evdev = (str(REPOSITORY / name) for name in LOCKS)
    run(*pip, "--only-binary=:all:", f"--python-version={version}", "-r", wheels, "-r", build)
    run(*pip, f"--find-links={place}", "-r", evdev)


def _install(place: Path, tree: Path, wheels: Path, steps: str) -> None:
    place.mkdir()
    log = place.with_name("environment.log")
    with Box(tree, log, [*_sources(wheels), f"--bind={place}:{PREFIX}"]) as box:
        box.must("sh", "-ec", steps, env=offline(), timeout_s=500)


def _sources(wheels: Path) -> list[str]:
    return [f"--bind-ro={REPOSITORY}:{SOURCE}", f"--bind-ro={wheels}:{WHEELS}"]


def run(*command: str) -> str:
    """Run a command that has to succeed; its output. Raises BoxError with everything it said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1200)
    if done.returncode:
        raise BoxError(f"{command[0]}: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout
