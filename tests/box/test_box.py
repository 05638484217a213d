"""The product on a real systemd: installed as the README says, sold with, killed, starved, misconfigured."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.box.box import BoxError
from tests.box.readme import SOURCE
from tests.box.till import POS_AGENT, SETTINGS, UNIT, BoxedTill
from tests.box.tree import REPOSITORY

# Building the box for the first time takes minutes; a run with everything in the cache does not.
pytestmark = pytest.mark.timeout(900)

RICE, TEA, SPICE = "8900000000012", "8900000000081", "8900000000142"


def test_the_readme_s_commands_end_in_a_till_that_has_said_it_is_ready(till: BoxedTill) -> None:
    found = till.show("ActiveState", "Type", "UnitFileState", "StatusText", "User")
    assert found["ActiveState"] == "active"
    assert found["Type"] == "notify"
    assert found["UnitFileState"] == "enabled"
    assert found["User"] == "pos-agent"
    assert found["StatusText"] == "ready to scan, page on port 8765"


def test_the_page_s_port_answers_on_the_box(till: BoxedTill) -> None:
    ask = (
        "import urllib.request as r; key = open('/run/pos-agent/page-key').read();"
        "page = r.Request('http://127.0.0.1:8765/api/snapshot', headers={'Authorization': 'Bearer ' + key});"
        "print(r.urlopen(page).read().decode())"
    )
    assert json.loads(till.box.must("python3", "-c", ask))["till"]["store_name"] == "Store in a Box"


@pytest.mark.parametrize("user", ["root", "pos-agent", "technician"])
def test_status_works_for_root_for_the_till_s_user_and_for_a_technician_in_its_group(
    till: BoxedTill, user: str
) -> None:
    found = till.ask_as(user, "status")
    assert found["reachable"]
    assert found["attention"] == []


def test_a_stranger_on_the_box_gets_at_neither_socket_store_nor_settings(till: BoxedTill) -> None:
    for path in (
        "/run/pos-agent/agent.sock",
        "/run/pos-agent/page-key",
        "/run/pos-agent/page.html",
        "/var/lib/pos-agent/till.db",
        SETTINGS,
    ):
        assert till.file(path).exists()
        done = till.box.run("runuser", "-u", "nobody", "--", "ls", path)
        assert "Permission denied" in done.stderr


def test_the_store_belongs_to_the_till_and_to_nobody_else(till: BoxedTill) -> None:
    listed = till.box.must("find", "/var/lib/pos-agent", "-printf", "%y %u:%g %m %p\n").splitlines()
    assert listed[0] == "d pos-agent:pos-agent 700 /var/lib/pos-agent"
    assert any(line.endswith("/till.db") for line in listed)
    assert [line for line in listed if " pos-agent:pos-agent " not in line] == []


def test_a_bill_is_sold_printed_and_forwarded_inside_the_sandbox(till: BoxedTill) -> None:
    """The spice's name is in Devanagari, and the box has no font for it: the ticket comes all the same."""
    run = till.run_id()
    number = till.sell_for_cash(RICE, SPICE)

    def settled() -> bool:
        last = till.snapshot()["last_bill"]
        return bool(last["number"] == number and last["print"] == "confirmed" and last["sync"] == "done")

    till.box.until(settled, "the bill on paper and in the cloud", 60)
    # The printer says that it is on paper before the file that shows it is written.
    (ticket,) = till.box.until(lambda: till.tickets(number), "the ticket")
    assert "Kaveri Sona Masoori Rice 5 kg" in ticket
    assert number in till.file("/srv/cloud/ledger").read_text("utf-8")
    assert till.run_id() == run
    assert "Traceback" not in till.journal()
    assert "denied" not in till.journal()


def test_what_the_cloud_told_of_the_time_holds_over_a_restart_with_the_cloud_away(till: BoxedTill) -> None:
    """The sandbox hides which run of the box this is, so the unit has to say it."""

    def clock() -> str:
        return str(till.snapshot()["badges"]["clock"]["state"])

    till.box.until(lambda: clock() == "ok", "the clock to be compared with the cloud's")
    till.settings(till.file(SETTINGS).read_text("utf-8").replace("127.0.0.1:8766", "127.0.0.1:9"))
    till.box.must("systemctl", "restart", UNIT)
    till.box.until(till.is_well, "the till to be well")
    assert clock() == "ok"


def test_a_killed_till_comes_back_with_the_open_sale(till: BoxedTill) -> None:
    till.scan_in(RICE, TEA)
    before, restarts, pid = till.snapshot()["sale"], till.restarts(), till.pid()
    till.box.must("systemctl", "kill", "--signal=KILL", UNIT)
    till.box.until(lambda: till.restarts() == restarts + 1 and till.is_well(), "the restarted till")
    assert till.pid() != pid
    assert till.snapshot()["sale"] == before
    till.scan_in(RICE)
    assert len(till.lines()) == 3


def test_the_watchdog_spares_a_till_that_works_and_ends_one_that_stands_still_saying_where(
    till: BoxedTill,
) -> None:
    till.drop_in("WatchdogSec=5")
    till.box.must("systemctl", "restart", UNIT)
    till.box.until(till.is_well, "the till under a quick watchdog")
    till.scan_in(RICE)
    restarts, run, fed = till.restarts(), till.run_id(), till.show("WatchdogTimestampMonotonic")
    till.box.until(lambda: till.show("WatchdogTimestampMonotonic") != fed, "the watchdog to be fed")
    till.box.must("systemctl", "kill", "--signal=STOP", UNIT)
    till.box.until(lambda: till.restarts() == restarts + 1 and till.is_well(), "the watchdog's restart")
    assert [line["sku"] for line in till.lines()] == ["RICE-5KG"]
    told = till.journal(run)
    assert "Watchdog timeout (limit 5s)!" in told
    assert re.search(r'File ".*/agent/daemon/supervision\.py", line \d+ in watch', told)


def test_wrong_settings_are_all_told_and_the_unit_does_not_try_for_ever(till: BoxedTill) -> None:
    till.settings(
        '[shop]\nnmae = "x"\n\n[till]\nstore_code = 5\ntill_code = "till01"\nbill_prefix = "too long"\n'
    )
    till.box.run("systemctl", "restart", UNIT)
    found = till.box.until(lambda: _given_up(till), "the unit to give up")
    assert (found["Result"], found["ExecMainStatus"], found["NRestarts"]) == ("exit-code", "2", "0")
    told = till.journal()
    for key in ("shop.nmae", "shop.name", "till.store_code", "till.bill_prefix"):
        assert f"config: {SETTINGS}: {key}:" in told or f"config: configuration: {key}:" in told


def _given_up(till: BoxedTill) -> dict[str, str]:
    found = till.show("ActiveState", "Result", "ExecMainStatus", "NRestarts")
    return found if found["ActiveState"] == "failed" else {}


def test_a_till_that_dies_again_and_again_is_started_again_and_again(till: BoxedTill) -> None:
    till.drop_in("ExecStart=\nExecStart=/bin/false\nRestartSec=20ms")
    till.box.run("systemctl", "restart", "--no-block", UNIT)
    till.box.until(lambda: till.restarts() > 10, "more starts than a limit would allow")


def test_runs_that_come_to_nothing_are_started_again_later_and_later_and_by_hand_at_once(
    till: BoxedTill,
) -> None:
    """Another agent has the store, as when somebody started one by hand."""
    till.box.must("systemctl", "stop", UNIT)
    agent = ("/usr/lib/pos-agent/bin/python", "-I", "-m", "agent.daemon", "--config", SETTINGS)
    till.box.must("systemd-run", "--quiet", "--unit=by-hand", "--property=User=pos-agent", *agent)
    try:
        till.box.until(lambda: "ready to scan" in _log(till, "by-hand"), "the other agent")
        till.box.run("systemctl", "start", "--no-block", UNIT)
        till.box.until(lambda: till.show("StatusText")["StatusText"] == "waits after 3 short runs", "a pause")
        assert "waits 4 s: the last 3 runs were short" in till.journal()
    finally:
        till.box.must("systemctl", "stop", "by-hand")
    till.box.must("systemctl", "restart", UNIT)
    till.box.until(till.is_well, "the till")
    assert "short" not in till.journal()


def test_whose_the_page_s_port_is_can_be_told_from_inside_the_sandbox(till: BoxedTill) -> None:
    """Programs of other users are hidden there, their users are not."""
    till.box.must("systemctl", "stop", UNIT)
    squatter = ("python3", "-m", "http.server", "--bind", "127.0.0.1", "8765")
    till.box.must("systemd-run", "--quiet", "--unit=squatter", *squatter)
    try:
        # 8765 as /proc writes it.
        till.box.until(lambda: ":223D" in till.box.run("cat", "/proc/net/tcp").stdout, "the port")
        till.box.must("systemctl", "start", UNIT)
        till.box.until(till.is_well, "the till without its page")
        till.scan_in(RICE)
        told = till.status()["page"]
    finally:
        till.box.must("systemctl", "stop", "squatter")
    assert "port 8765 is held by a program of the user root" in told
    till.box.until(lambda: till.status()["page"] == "", "the page")


def _log(till: BoxedTill, unit: str) -> str:
    return till.box.run("journalctl", f"--unit={unit}", "--no-pager", "--output=cat").stdout


def test_a_directory_of_the_same_name_in_the_root_does_not_take_the_till_s_place(till: BoxedTill) -> None:
    place = till.file("/agent")
    place.mkdir()
    try:
        (place / "__init__.py").write_text("raise SystemExit('not the till')\n")
        till.box.must("systemctl", "restart", UNIT)
        till.box.until(till.is_well, "the till")
    finally:
        shutil.rmtree(place)


def test_stopping_is_clean_and_leaves_no_socket(till: BoxedTill) -> None:
    till.scan_in(RICE)
    before, run = till.snapshot()["sale"], till.run_id()
    till.box.must("systemctl", "stop", UNIT)
    assert till.show("ActiveState", "Result") == {"ActiveState": "inactive", "Result": "success"}
    assert "stopped" in till.journal(run)
    assert not till.file("/run/pos-agent").exists()
    till.box.must("systemctl", "start", UNIT)
    till.box.until(till.is_well, "the till")
    assert till.snapshot()["sale"] == before


def test_what_root_does_while_the_till_is_stopped_leaves_nothing_it_cannot_open(till: BoxedTill) -> None:
    number = till.sell_for_cash(RICE)
    till.box.must("systemctl", "stop", UNIT)
    till.box.must(POS_AGENT, "bill", "show", number)
    till.box.must(POS_AGENT, "queue", "list")
    till.box.must(POS_AGENT, "catalogue", "import", f"{SOURCE}/agent/simulated/catalogue/demo.csv")
    till.box.must("systemctl", "start", UNIT)
    till.box.until(till.is_well, "the till")
    till.scan_in(TEA)
    assert "pos-agent:pos-agent" in till.box.must("stat", "--format=%U:%G", "/var/lib/pos-agent/catalogue.db")


ALLOWED = {
    "ttyS": (4, 95),
    "input": (13, 95),
    "ttyACM": (166, 0),
    "lp": (180, 0),
    "ttyUSB": (188, 0),
    "ttyAMA": (204, 64),
}
REFUSED = {"mem": (1, 1), "tun": (10, 200), "disk": (8, 0)}
# Numbers that the kernel gives away as drivers are loaded (Documentation/admin-guide/devices.txt).
DYNAMIC = range(234, 255)


def test_the_sandbox_lets_the_till_s_devices_through_and_holds_against_everything_else(
    till: BoxedTill,
) -> None:
    """A major whose driver is not even loaded is allowed too: the device is missing, not forbidden."""
    reports = _hidraw()
    allowed = ALLOWED | ({"hidraw": (reports, 63)} if reports else {})
    others = {f"dynamic-{number}": (number, 63) for number in DYNAMIC if number != reports}
    found = _probed(till, allowed | REFUSED | others)
    refused = {name for name, outcome in found["devices"].items() if outcome == "EPERM"}
    assert refused == set(REFUSED | others)
    assert found["write"] == {
        "/var/lib/pos-agent": "ok",
        "/tmp": "ok",
        "/etc/pos-agent": "EROFS",
        "/usr/lib/pos-agent": "EROFS",
        "/home": "EACCES",
    }
    assert found["read /root"] == "EACCES"
    assert found["write and execute"] == "EPERM"
    assert found["raw packets"] in ("EAFNOSUPPORT", "EPERM")
    assert found["user namespace"] == "EPERM"
    assert found["priority"] == "EPERM"
    assert found["see PID 1"] == "ENOENT"


def _hidraw() -> int:
    """The number that this machine's kernel has chosen for hidraw, 0 if it has none."""
    lines = Path("/proc/devices").read_text().partition("\n\n")[0].splitlines()
    return next((int(line.split()[0]) for line in lines if line.endswith(" hidraw")), 0)


def _probed(till: BoxedTill, nodes: dict[str, tuple[int, int]]) -> dict[str, Any]:
    """The probe's findings, from a unit that differs from the shipped one only in what it runs."""
    box = till.box
    for name, (major, minor) in nodes.items():
        kind = "b" if name == "disk" else "c"
        box.must("mkdir", "-p", "/dev/probe")
        box.must("mknod", "-m", "0666", f"/dev/probe/{name}", kind, str(major), str(minor))
    places = "/var/lib/pos-agent /tmp /etc/pos-agent /usr/lib/pos-agent /home"
    unit = (REPOSITORY / "systemd" / UNIT).read_text("utf-8")
    for pattern, line in {
        r"^ExecStart=.*$": f"ExecStart=/usr/bin/python3 {SOURCE}/tests/box/probe.py {places}",
        r"^Type=.*$": "Type=oneshot\nStandardOutput=file:/srv/probe.json",
        r"^(Restart|Watchdog).*$": "",
        r"^RuntimeDirectory=.*$": "RuntimeDirectory=probe",
    }.items():
        unit, count = re.subn(pattern, line, unit, flags=re.MULTILINE)
        assert count, pattern
    Path(box.root / "run/systemd/system/probe.service").write_text(unit, "utf-8")
    box.must("systemctl", "daemon-reload")
    try:
        box.must("systemctl", "start", "probe.service")
    except BoxError as error:
        raise BoxError(box.must("journalctl", "--unit=probe", "--no-pager")) from error
    return dict(json.loads((box.root / "srv/probe.json").read_text("utf-8")))
