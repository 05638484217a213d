"""The files below systemd/, read by the programs they are for: verified without a box, in seconds."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.box.till import UNIT
from tests.box.tree import REPOSITORY

SHIPPED = REPOSITORY / "systemd"
RULES = SHIPPED / "60-pos-agent.rules"

pytestmark = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed"
)


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def _objections(place: Path, text: str) -> str:
    """What systemd has to say against a unit that runs an interpreter which exists on this machine.

    Its exit status tells nothing: it is 0 for a key it does not know.
    """
    unit = place / UNIT
    unit.write_text(re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={sys.executable}", text), "utf-8")
    return _run("systemd-analyze", "verify", str(unit)).stderr


@pytest.mark.parametrize("unit", [UNIT, "pos-agent-credentials.service"])
def test_systemd_has_nothing_to_say_against_the_units(tmp_path: Path, unit: str) -> None:
    assert _objections(tmp_path, (SHIPPED / unit).read_text("utf-8")) == ""


def test_no_credential_is_asked_for_that_would_keep_the_till_from_starting() -> None:
    """One with a path must be there, an encrypted one must open; a bare name may be missing."""
    lines = re.findall(r"(?m)^LoadCredential\w*=.*$", (SHIPPED / UNIT).read_text("utf-8"))
    assert lines
    assert [line for line in lines if not re.fullmatch(r"LoadCredential=[^:]+:[^:/]+", line)] == []


@pytest.mark.parametrize("line", ["RestartTimes=3", "ProtectSystem=mostly", "SystemCallFilter=@everything"])
def test_systemd_would_speak_up_against_a_wrong_line(tmp_path: Path, line: str) -> None:
    text = (SHIPPED / UNIT).read_text("utf-8").replace("[Service]\n", f"[Service]\n{line}\n")
    assert _objections(tmp_path, text)


def test_the_unit_s_exposure_is_at_most_1_5() -> None:
    done = _run("systemd-analyze", "security", "--offline=true", "--threshold=15", str(SHIPPED / UNIT))
    assert done.returncode == 0, done.stdout


def test_the_unit_names_devices_by_number_since_names_are_unknown_before_their_driver_is_loaded() -> None:
    allowed = re.findall(r"(?m)^DeviceAllow=(\S+)", (SHIPPED / UNIT).read_text("utf-8"))
    assert allowed
    assert [name for name in allowed if not re.fullmatch(r"char-\d+", name)] == ["char-hidraw"]


def test_hidraw_has_a_number_before_the_sandbox_is_made() -> None:
    """The kernel chooses it when the module is loaded, so that one thing must be over before the other."""
    text = (SHIPPED / UNIT).read_text("utf-8")
    for key in ("Wants", "After"):
        assert "modprobe@hid.service" in re.findall(rf"(?m)^{key}=(.*)$", text)[0].split()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty system."""
    for directory in ("etc", "usr/lib/systemd/system", "usr/lib/systemd/system-preset"):
        (tmp_path / directory).mkdir(parents=True)
    return tmp_path


def test_sysusers_makes_a_user_who_cannot_log_in_and_whose_home_is_the_store(root: Path) -> None:
    done = _run("systemd-sysusers", f"--root={root}", str(SHIPPED / "pos-agent.sysusers"))
    assert done.returncode == 0, done.stderr
    (entry,) = [
        line.split(":") for line in (root / "etc/passwd").read_text().splitlines() if "pos-agent" in line
    ]
    assert entry[0] == "pos-agent"
    assert entry[5] == "/var/lib/pos-agent"
    assert entry[6].endswith("/nologin")
    assert re.search(rf"(?m)^pos-agent:[^:]*:{entry[3]}:", (root / "etc/group").read_text())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give directories to root")
def test_tmpfiles_makes_directories_for_settings_that_only_the_till_s_group_can_read(root: Path) -> None:
    _run("systemd-sysusers", f"--root={root}", str(SHIPPED / "pos-agent.sysusers"))
    done = _run("systemd-tmpfiles", "--create", f"--root={root}", str(SHIPPED / "pos-agent.tmpfiles"))
    assert (done.returncode, done.stderr) == (0, "")
    group = re.findall(r"(?m)^pos-agent:[^:]*:(\d+):", (root / "etc/group").read_text())
    for directory in ("etc/pos-agent", "etc/pos-agent/conf.d"):
        found = (root / directory).stat()
        assert (found.st_mode & 0o7777, found.st_uid, str(found.st_gid)) == (0o750, 0, *group)


def test_the_preset_enables_the_unit(root: Path) -> None:
    shutil.copy(SHIPPED / UNIT, root / "usr/lib/systemd/system")
    shutil.copy(SHIPPED / "90-pos-agent.preset", root / "usr/lib/systemd/system-preset")
    (root / "usr/lib/systemd/system-preset/99-none.preset").write_text("disable *\n")
    done = _run("systemctl", f"--root={root}", "preset", UNIT)
    assert done.returncode == 0, done.stderr
    assert (root / "etc/systemd/system/multi-user.target.wants" / UNIT).is_symlink()


def test_every_jump_of_the_rules_goes_forward_to_a_label_and_every_label_is_jumped_to() -> None:
    """udev looks for a label below the jump only, and ignores a jump that finds none."""
    lines = RULES.read_text("utf-8").splitlines()
    labels = {
        match[1]: number for number, line in enumerate(lines) if (match := re.search(r'^LABEL="(\w+)"', line))
    }
    jumps = [
        (match[1], number) for number, line in enumerate(lines) if (match := re.search(r'GOTO="(\w+)"', line))
    ]
    assert {name for name, _ in jumps} == set(labels)
    assert [name for name, number in jumps if labels[name] < number] == []


def test_the_rules_change_nothing_for_a_device_that_goes_away() -> None:
    first = next(line for line in RULES.read_text("utf-8").splitlines() if line and not line.startswith("#"))
    assert first == 'ACTION=="remove", GOTO="pos_agent_end"'


def test_the_rules_give_devices_to_the_group_that_sysusers_makes_and_to_nobody_else() -> None:
    text = RULES.read_text("utf-8")
    assert set(re.findall(r'GROUP="(.*?)"', text)) == {"pos-agent"}
    assert set(re.findall(r'MODE="(.*?)"', text)) == {"0660"}
