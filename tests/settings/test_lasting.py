"""A store that would be gone with the power is refused, except at a training till."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.cli.app import app
from agent.settings import lasting
from agent.settings.lasting import forgets
from tests.crash.small_disk import mount, small_disk
from tests.rig.settings import SHOP

_TRAINING = """\
training = {training}
[web]
port = 0
"""
# One line of a real box each, and the options that matter.
_DISK = "22 1 254:0 / / rw - ext4 /dev/vda rw"
_RAM = "23 22 0:25 / {point} rw - {kind} {kind} rw"
_OVERLAY = "24 1 0:30 / / rw - overlay overlay rw,lowerdir=/lower,upperdir={upper},workdir=/work"


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A directory that forgets."""
    with small_disk(tmp_path / "memory", 4 << 20) as place:
        yield place


def settings(tmp_path: Path, directory: Path, training: str = "false") -> str:
    file = tmp_path / "agent.toml"
    file.write_text((SHOP + _TRAINING).format(directory=directory, training=training), "utf-8")
    return str(file)


def test_a_store_in_memory_is_refused_by_the_check_and_at_the_start(tmp_path: Path, memory: Path) -> None:
    file = settings(tmp_path, memory)
    checked = CliRunner().invoke(app, ["config", "check", "--config", file])
    assert checked.exit_code == 2
    assert "forgets everything with the power (tmpfs)" in checked.stdout
    command = [sys.executable, "-m", "agent.daemon", "--config", file]
    started = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert started.returncode == 2
    assert "forgets everything with the power (tmpfs)" in started.stderr
    assert not (memory / "store").exists()


def test_a_training_till_may_forget_and_a_disk_is_a_disk(tmp_path: Path, memory: Path) -> None:
    for directory, training in ((memory, "true"), (tmp_path, "false")):
        file = settings(tmp_path, directory, training)
        assert CliRunner().invoke(app, ["config", "check", "--config", file]).exit_code == 0


@pytest.mark.parametrize("kind", ["tmpfs", "ramfs"])
def test_the_nearest_mount_tells(kind: str) -> None:
    ram = _RAM.format(point="/mnt/with\\040space", kind=kind)
    assert forgets(Path("/mnt/with space/store"), f"{_DISK}\n{ram}", contained=False) == kind
    assert forgets(Path("/mnt/with"), f"{_DISK}\n{ram}", contained=False) == ""
    assert forgets(Path("/mnt/with space too"), f"{_DISK}\n{ram}", contained=False) == ""
    # A disk mounted over it, and one mounted below it.
    for point in ("/mnt/with\\040space", "/mnt/with\\040space/store"):
        disk = _DISK.replace(" / / ", f" / {point} ")
        assert forgets(Path("/mnt/with space/store"), f"{_DISK}\n{ram}\n{disk}", contained=False) == ""


def test_an_overlay_lasts_as_its_upper_directory_does(tmp_path: Path) -> None:
    upper = tmp_path / "upper layer"
    overlay = _OVERLAY.format(upper=str(upper).replace(" ", "\\040"))
    ram = _RAM.format(point=tmp_path, kind="tmpfs")
    upper.mkdir()
    for contained in (False, True):
        assert overlaid(f"{overlay}\n{ram}", contained=contained) == "overlay/tmpfs"
        disk = _DISK.replace(" / / ", f" / {tmp_path} ")
        assert overlaid(f"{overlay}\n{disk}", contained=contained) == ""


def test_an_overlay_whose_upper_directory_cannot_be_seen_lasts_in_a_container_alone(tmp_path: Path) -> None:
    """In its place there is nothing, or something of the same name in the overlay itself."""
    overlay = _OVERLAY.format(upper=tmp_path / "upper")
    for _ in range(2):
        assert overlaid(overlay, contained=False) == "overlay"
        assert overlaid(overlay, contained=True) == ""
        (tmp_path / "upper").mkdir(exist_ok=True)


def overlaid(mounts: str, *, contained: bool) -> str:
    return forgets(Path("/var/lib/pos-agent"), mounts, contained=contained)


def test_a_store_under_an_overlay_in_memory_that_was_hidden_since_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an initramfs leaves it (overlayroot, systemd.volatile=overlay)."""
    lower, root = tmp_path / "lower", tmp_path / "root"
    lower.mkdir()
    root.mkdir()
    file = settings(tmp_path, root)
    monkeypatch.setattr(lasting, "CONTAINERS", ())
    assert CliRunner().invoke(app, ["config", "check", "--config", file]).exit_code == 0
    with small_disk(tmp_path / "memory", 4 << 20) as memory:
        (memory / "upper").mkdir()
        (memory / "work").mkdir()
        layers = f"lowerdir={lower},upperdir={memory}/upper,workdir={memory}/work"
        made = mount("-t", "overlay", "-o", layers, "overlay", str(root))
        assert made.returncode == 0, made.stderr
    try:
        checked = CliRunner().invoke(app, ["config", "check", "--config", file])
    finally:
        subprocess.run(["umount", str(root)], check=True)
    assert checked.exit_code == 2
    assert "an overlay whose upper layer cannot be seen" in checked.stdout
