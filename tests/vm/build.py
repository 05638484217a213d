"""The machine's disk, kernel and first snapshot, made when they are missing and kept outside the repository.

The tree, the wheels and the environment are the box's (tests.box.tree). The README's commands are carried
out in a box on that tree; what its root holds then is the disk.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.box import readme, tree
from tests.box.box import Box
from tests.vm.machine import Machine, MachineError
from tests.vm.till import VmTill

TOOLS = {
    "qemu-system-x86_64": "qemu-system-x86",
    "qemu-img": "qemu-utils",
    "mkfs.ext4": "e2fsprogs",
    "busybox": "busybox-static",
    "cpio": "cpio",
    "modprobe": "kmod",
    "mmdebstrap": "mmdebstrap",
    "systemd-nspawn": "systemd-container",
}
GUEST = Path(__file__).parent / "guest"
EDITOR = f"sh {readme.SOURCE}/tests/vm/guest/technician.sh"
DISK_SIZE = "3G"
# What stands between the first instruction and Debian's own modules.
MODULES = ("virtio_pci", "virtio_blk", "crc32c_generic", "ext4")
READY_SECONDS = 900

_INIT = """#!/bin/busybox sh
b=/bin/busybox
$b mount -t devtmpfs none /dev
$b mount -t proc none /proc
for module in {modules}; do $b insmod /modules/$module; done
until [ -b /dev/vda ]; do $b usleep 10000; done
$b mount -t ext4 /dev/vda /system
$b mount -o move /dev /system/dev
$b umount /proc
exec $b switch_root /system /sbin/init
"""


@dataclass(frozen=True, slots=True)
class Image:
    """A directory of the cache; a machine works on a copy of its snapshot."""

    place: Path

    @property
    def kernel(self) -> Path:
        return self.place / "vmlinuz"

    @property
    def initramfs(self) -> Path:
        return self.place / "initramfs.gz"

    @property
    def root(self) -> Path:
        """The installed system, never written to."""
        return self.place / "root.ext4"

    @property
    def ready(self) -> Path:
        """What was written since, and the snapshot "ready": a till with its devices that has sold nothing."""
        return self.place / "ready.qcow2"


def cache() -> Path:
    """Where images are kept: POS_MACHINE_CACHE, or a directory beside the box's cache."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    place = Path(os.environ.get("POS_MACHINE_CACHE") or home / "pos-agent-vm")
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def missing() -> list[str]:
    """What keeps a machine from being made here, by the names of Debian's packages."""
    wanted = [package for tool, package in TOOLS.items() if not shutil.which(tool)]
    return wanted + (["root's rights"] if os.geteuid() else [])


def prepare() -> Image:
    """The image of this source, made now or found from an earlier run. Raises BoxError or MachineError."""
    parts = tree.prepare()
    with tree.alone(cache()):
        recipe = f"{parts.environment.name}\n{_source()}"
        return Image(tree.kept(cache(), "image", recipe, lambda place: _make(Image(place), parts), keep_s=0))


def _source() -> str:
    """Names and contents of everything that is installed."""
    digest = hashlib.sha256()
    for file in sorted(_files()):
        digest.update(f"{file.relative_to(tree.REPOSITORY)}\n".encode() + file.read_bytes())
    return digest.hexdigest()


def _files() -> Iterator[Path]:
    for name in ("agent", "drivers", "systemd"):
        for file in (tree.REPOSITORY / name).rglob("*"):
            if file.is_file() and not {"__pycache__", "node_modules"} & set(file.parts):
                yield file
    yield from (readme.README, tree.REPOSITORY / "pyproject.toml", Path(__file__))
    yield Path(__file__).with_name("machine.py")
    yield from (file for file in GUEST.iterdir() if file.is_file())


def _make(image: Image, parts: tree.Parts) -> None:
    image.place.mkdir()
    shutil.copy(next((parts.tree / "boot").glob("vmlinuz-*")), image.kernel)
    _make_initramfs(parts.tree, image.initramfs)
    with Box(parts.tree, image.place / "box.log", parts.binds) as box:
        box.start_udevd()
        box.must("sh", "-ec", readme.steps(), env=readme.offline(EDITOR), timeout_s=600)
        box.must("systemctl", "stop", "pos-agent")
        # The root without what is mounted on it, and the environment, which is.
        box.must("mount", "--bind", "/", "/mnt")
        box.must("mount", "--bind", tree.PREFIX, f"/mnt{tree.PREFIX}")
        tree.run("mkfs.ext4", "-q", "-d", str(box.root / "mnt"), str(image.root), DISK_SIZE)
    _take_snapshot(image)


def _make_initramfs(system: Path, target: Path) -> None:
    """As small as it can be: Debian's own takes ten times as long under emulation."""
    version = next((system / "usr/lib/modules").iterdir()).name
    told = tree.run("modprobe", "-d", str(system), "-S", version, "--show-depends", "--all", *MODULES)
    files = dict.fromkeys(Path(line.split()[1]) for line in told.splitlines() if line.startswith("insmod "))
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        for name in ("bin", "dev", "proc", "system", "modules"):
            (place / name).mkdir()
        shutil.copy(str(shutil.which("busybox")), place / "bin/busybox")
        for file in files:
            shutil.copy(file, place / "modules")
        (place / "init").write_text(_INIT.format(modules=" ".join(file.name for file in files)), "utf-8")
        (place / "init").chmod(0o755)
        names = "\n".join(str(file.relative_to(place)) for file in [*place.rglob("*")])
        packed = subprocess.run(
            ("cpio", "--quiet", "-o", "-H", "newc"),
            input=names.encode(),
            capture_output=True,
            check=True,
            cwd=place,
            timeout=60,
        )
        target.write_bytes(gzip.compress(packed.stdout, 1))


def _take_snapshot(image: Image) -> None:
    tree.run("qemu-img", "create", "-q", "-f", "qcow2", "-b", image.root.name, "-F", "raw", str(image.ready))
    with tempfile.TemporaryDirectory() as work, Machine(image, Path(work), image.ready) as machine:
        machine.until(lambda: _is_ready(VmTill(machine)), "the till to have its devices", READY_SECONDS)
        machine.must("sync")
        machine.save("ready")


def _is_ready(till: VmTill) -> bool:
    with contextlib.suppress(MachineError):
        badges = till.snapshot()["badges"]
        return bool(badges["scanner"]["state"] == badges["printer"]["state"] == "ok")
    return False
