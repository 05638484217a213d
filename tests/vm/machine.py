"""A Debian under QEMU: from a snapshot or cold, asked through its guest agent, its power cut by a kill."""

from __future__ import annotations

import base64
import contextlib
import json
import shlex
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from tests.vm.build import Image

T = TypeVar("T")

BOOT_SECONDS = 900
# Emulated beside other work, what takes a box a second takes half a minute.
PATIENCE = 300
_LOOK_S = 0.3
_SYNC = 0xFF
_PROMPT = b"(qemu) "
# The console is for whoever looks why a boot failed. No mitigations, no checks of ciphers: both take seconds.
_COMMAND_LINE = (
    "root=/dev/vda rw console=ttyS0 quiet mitigations=off cryptomgr.notests random.trust_cpu=on"
    " systemd.show_status=0"
)


class MachineError(Exception):
    """The machine did not do what it should; the text says what."""


class Machine:
    """Running when made; close() or cut() ends it. A command is run by Debian's qemu-guest-agent as root.

    work: a directory for sockets, console and paper. disk: a file over the image's root, written to.
    snapshot: where to begin; without one the machine boots.
    """

    def __init__(self, image: Image, work: Path, disk: Path, snapshot: str = "") -> None:
        self.work, self.disk = work, disk
        #: What the printers have printed, in lines of JSON; a power cut leaves it as it is.
        self.paper = work / "paper"
        for name in ("monitor", "agent"):
            (work / name).unlink(missing_ok=True)
        drive = {
            "node-name": "disk",
            "driver": "qcow2",
            "file": {"driver": "file", "filename": str(disk)},
            # Its own header names it as it was called while the image was made.
            "backing": {"driver": "raw", "file": {"driver": "file", "filename": str(image.root)}},
            # From a snapshot: what the guest has flushed is in the host's memory then, and outlives a killed
            # QEMU. One that boots has a disk without the host's cache (cache=none), whose flushes are real.
            "cache": {"direct": not snapshot, "no-flush": bool(snapshot)},
        }
        command = [
            # An old processor on a bare board: for each thing it has, udev would load a driver.
            *("qemu-system-x86_64", "-machine", "q35,i8042=off,sata=off,smbus=off", "-cpu", "Nehalem"),
            # Its time is its instructions, two nanoseconds each: how busy the host is does not show in there.
            *("-accel", "tcg", "-icount", "shift=1,sleep=on"),
            *("-smp", "1", "-m", "1024", "-nodefaults", "-display", "none", "-no-reboot"),
            *("-kernel", str(image.kernel), "-initrd", str(image.initramfs), "-append", _COMMAND_LINE),
            *("-blockdev", json.dumps(drive), "-device", "virtio-blk-pci,drive=disk"),
            *("-chardev", f"file,id=console,path={work}/console,append=on", "-serial", "chardev:console"),
            *("-chardev", f"file,id=paper,path={self.paper},append=on", "-serial", "chardev:paper"),
            *("-chardev", f"socket,id=agent,path={work}/agent,server=on,wait=off"),
            *("-device", "virtio-serial-pci"),
            *("-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"),
            *("-monitor", f"unix:{work}/monitor,server=on,wait=off"),
            *(("-loadvm", snapshot) if snapshot else ()),
        ]
        self._said = work / "qemu.log"
        self._wires: list[socket.socket] = []
        with self._said.open("ab") as sink:
            self._qemu = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True
            )
        try:
            self._monitor = self._connected("monitor")
            self._read_prompt()
            self._agent = self._connected("agent")
            self._unread = b""
            self.until(self._greets, "the guest's agent", BOOT_SECONDS)
        except BaseException:
            self.cut()
            raise

    def __enter__(self) -> Machine:
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()

    def cut(self) -> None:
        """The power goes: the guest's memory is lost, and nothing that it had flushed."""
        self._qemu.kill()
        self._qemu.wait()
        for wire in self._wires:
            wire.close()

    def save(self, snapshot: str) -> None:
        """Keep memory, devices and disk under this name, in the disk's file."""
        self._monitor.sendall(f"savevm {snapshot}\n".encode())
        if b"rror" in (told := self._read_prompt()):
            raise MachineError(told.decode())

    def run(
        self, command: str, *arguments: str, feed: str = "", timeout_s: float = PATIENCE
    ) -> subprocess.CompletedProcess[str]:
        """Run a line of shell, with arguments behind it, and wait for it; 124 when its time is over."""
        line = " ".join((command, *map(shlex.quote, arguments)))
        form: dict[str, Any] = {"path": "/bin/sh", "arg": ["-c", line], "capture-output": True}
        form["env"] = [
            "PATH=/usr/lib/pos-agent/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG=C.UTF-8",
            "HOME=/root",
        ]
        if feed:
            form["input-data"] = base64.b64encode(feed.encode()).decode()
        pid = self._ask("guest-exec", **form)["pid"]
        deadline, pause_s = time.monotonic() + timeout_s, 0.01
        while not (found := self._ask("guest-exec-status", pid=pid))["exited"]:
            if time.monotonic() > deadline:
                self.run(f"pkill -KILL -P {pid}; kill -KILL {pid}")
                return subprocess.CompletedProcess(line, 124, "", "its time is over")
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, 0.2)
        out, err = (
            base64.b64decode(found.get(name, "")).decode("utf-8", "replace")
            for name in ("out-data", "err-data")
        )
        return subprocess.CompletedProcess(line, found.get("exitcode", -1), out, err)

    def must(self, command: str, *arguments: str, feed: str = "", timeout_s: float = PATIENCE) -> str:
        """Run a line that has to succeed; its output. Raises MachineError with everything it said."""
        done = self.run(command, *arguments, feed=feed, timeout_s=timeout_s)
        if done.returncode:
            raise MachineError(f"{done.args}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def until(self, met: Callable[[], T], what: str, timeout_s: float = PATIENCE) -> T:
        """Wait for something to be true and give it back. Raises MachineError with what was awaited."""
        deadline = time.monotonic() + timeout_s
        while not (found := met()):
            if self._qemu.poll() is not None:
                raise MachineError(
                    f"QEMU ended while waiting for {what}\n{self._said.read_text('utf-8', 'replace')}"
                )
            if time.monotonic() > deadline:
                raise MachineError(f"waited {timeout_s:.0f} s for {what}")
            time.sleep(_LOOK_S)
        return found

    def _connected(self, name: str) -> socket.socket:
        wire = socket.socket(socket.AF_UNIX)
        wire.settimeout(30)
        self._wires.append(wire)

        def connect() -> bool:
            with contextlib.suppress(OSError):
                wire.connect(str(self.work / name))
                return True
            return False

        self.until(connect, f"QEMU's {name}", 30)
        return wire

    def _read_prompt(self) -> bytes:
        told = b""
        self._monitor.settimeout(120)
        while not told.endswith(_PROMPT):
            told += self._monitor.recv(4096)
        return told

    def _greets(self) -> bool:
        """Whether the guest's agent answers; what was asked before a snapshot was loaded is over."""
        token = time.monotonic_ns() & 0x7FFFFFFF
        request = {"execute": "guest-sync-delimited", "arguments": {"id": token}}
        self._unread = b""
        self._agent.settimeout(1)
        try:
            self._agent.sendall(bytes((_SYNC,)) + json.dumps(request).encode() + b"\n")
            while True:
                answer = self._line().rpartition(bytes((_SYNC,)))[2]
                with contextlib.suppress(ValueError):
                    if json.loads(answer).get("return") == token:
                        return True
        except TimeoutError:
            return False
        finally:
            self._agent.settimeout(30)

    def _ask(self, verb: str, **arguments: Any) -> Any:
        self._agent.sendall(json.dumps({"execute": verb, "arguments": arguments}).encode() + b"\n")
        answer = json.loads(self._line())
        if "error" in answer:
            raise MachineError(f"{verb}: {answer['error']}")
        return answer["return"]

    def _line(self) -> bytes:
        while b"\n" not in self._unread:
            data = self._agent.recv(65536)
            if not data:
                raise MachineError("QEMU hung up")
            self._unread += data
        line, _, self._unread = self._unread.partition(b"\n")
        return line
