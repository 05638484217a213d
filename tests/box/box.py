"""A throw-away Debian: systemd-nspawn with a real systemd as PID 1 over a tree that is never written."""

from __future__ import annotations

import contextlib
import errno
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

BOOT_SECONDS = 60
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


# Writes its own process into the files before "--" and becomes the command behind it.
MOVE_INTO = 'while [ "$1" != -- ]; do echo $$ >"$1"; shift; done; shift; exec "$@"'

# In a container udevd waits for a /sys it can write to; here it only has to take orders.
_UDEVD = ("systemd-udevd.service", "systemd-udevd-control.socket", "systemd-udevd-kernel.socket")


class BoxError(Exception):
    """The box did not do what it should; the text says what, and what it said meanwhile."""


class Box:
    """Booted when made. Whatever it writes is gone with close(); it has a network of its own, loopback only.

    binds are nspawn's --bind, --bind-ro and --overlay options. Needs root.
    """

    def __init__(self, tree: Path, log: Path, binds: Sequence[str] = ()) -> None:
        self._log = log
        # Two boxes at once would share one tree of cgroups, and kill each other's processes.
        self._cgroups = [mount / f"pos-agent-box-{os.getpid()}" for mount in _cgroup_mounts()]
        for cgroup in self._cgroups:
            cgroup.mkdir(exist_ok=True)
        command = [
            *("sh", "-ec", MOVE_INTO, "move", *(f"{cgroup}/cgroup.procs" for cgroup in self._cgroups), "--"),
            # A test run that is killed takes its box with it.
            *("setpriv", "--pdeathsig=TERM"),
            *("systemd-nspawn", "--quiet", f"--directory={tree}", "--volatile=overlay", "--boot"),
            # Neither machined nor a host run by systemd is needed.
            *("--register=no", "--keep-unit", f"--machine=till-{os.getpid()}"),
            *("--private-network", "--resolv-conf=off", "--timezone=off", "--link-journal=no"),
            # Without these two the box's systemd could not enforce DeviceAllow, and would not say so.
            *("--capability=CAP_BPF", "--system-call-filter=bpf"),
            *binds,
            *("systemd.unit=multi-user.target", "systemd.show_status=0"),
        ]
        with log.open("wb") as sink:
            self._nspawn = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
                # Debian 12's own layout, whatever the host's is.
                env={"PATH": PATH, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
            )
        try:
            self.leader = self.until(self._find_leader, "PID 1 of the box", BOOT_SECONDS)
            self.until(self._is_up, "the box to boot", BOOT_SECONDS)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Box:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def root(self) -> Path:
        """The box's files as the host sees them; sockets in there can be connected to."""
        return Path(f"/proc/{self.leader}/root")

    def start_udevd(self) -> None:
        """Start the udevd that the README's commands speak to."""
        for unit in _UDEVD:
            directory = self.root / "run/systemd/system" / f"{unit}.d"
            directory.mkdir(parents=True)
            (directory / "box.conf").write_text("[Unit]\nConditionPathIsReadWrite=\n", "utf-8")
        self.must("systemctl", "daemon-reload")
        self.must("systemctl", "start", "systemd-udevd.service")

    def run(
        self, *command: str, feed: str = "", env: dict[str, str] | None = None, timeout_s: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the box as root and wait for it; its exit status is the caller's business."""
        # The cgroup namespace is entered as well, or systemctl would see the host's tree.
        enter = [
            "nsenter",
            f"--target={self.leader}",
            *["--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"],
            "--",
        ]
        return subprocess.run(
            [*enter, *command],
            input=feed,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=timeout_s,
            env={"PATH": PATH, "LANG": "C.UTF-8", "HOME": "/root"} | (env or {}),
        )

    def must(
        self, *command: str, feed: str = "", env: dict[str, str] | None = None, timeout_s: float = 60
    ) -> str:
        """Run a command that has to succeed; its output. Raises BoxError with everything it said."""
        done = self.run(*command, feed=feed, env=env, timeout_s=timeout_s)
        if done.returncode:
            raise BoxError(f"{shlex.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def until(self, met: Callable[[], T], what: str, timeout_s: float = 30) -> T:
        """Wait for something to be true and give it back. Raises BoxError with what was awaited."""
        deadline = time.monotonic() + timeout_s
        while not (found := met()):
            if self._nspawn.poll() is not None:
                raise BoxError(
                    f"the box ended while waiting for {what}\n{self._log.read_text('utf-8', 'replace')}"
                )
            if time.monotonic() > deadline:
                raise BoxError(f"waited {timeout_s:.0f} s for {what}")
            time.sleep(0.05)
        return found

    def close(self) -> None:
        """Kill PID 1 of the box and everything in it with it; nspawn then takes its mounts away."""
        if self._nspawn.poll() is None:
            leader = self._find_leader()
            with contextlib.suppress(ProcessLookupError):
                os.kill(leader or self._nspawn.pid, signal.SIGKILL if leader else signal.SIGTERM)
        try:
            self._nspawn.wait(20)
        except subprocess.TimeoutExpired:
            self._nspawn.kill()
            self._nspawn.wait()
        for cgroup in self._cgroups:
            _remove_cgroup(cgroup)

    def _find_leader(self) -> int:
        """The process that is PID 1 in there, or 0."""
        for pid in _descendants(self._nspawn.pid):
            with contextlib.suppress(OSError, IndexError):
                status = Path(f"/proc/{pid}/status").read_text()
                numbers = next(line.split() for line in status.splitlines() if line.startswith("NSpid:"))
                # nspawn's own child is PID 1 too, until it becomes the box's systemd.
                if (
                    len(numbers) > 2
                    and numbers[-1] == "1"
                    and Path(f"/proc/{pid}/comm").read_text() == "systemd\n"
                ):
                    return pid
        return 0

    def _is_up(self) -> bool:
        return self.run("systemctl", "is-system-running").stdout.strip() in ("running", "degraded")


def _descendants(pid: int) -> Iterator[int]:
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            yield int(child)
            yield from _descendants(int(child))


def _cgroup_mounts() -> list[Path]:
    """Where the hierarchies are that a systemd sorts its units into: version 2, and the old named one."""
    found = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        mount, _, source = line.partition(" - ")
        kind, _, options = source.split(" ", 2)
        if kind == "cgroup2" or (kind == "cgroup" and "name=systemd" in options.split(",")):
            found.append(Path(mount.split()[4]))
    return found


def _remove_cgroup(cgroup: Path) -> None:
    """A cgroup of processes that have just been killed stays busy for a moment."""
    deadline = time.monotonic() + 5
    for directory, _, _ in os.walk(cgroup, topdown=False):
        while time.monotonic() < deadline:
            try:
                Path(directory).rmdir()
                break
            except OSError as error:
                if error.errno != errno.EBUSY:
                    raise
                time.sleep(0.02)
