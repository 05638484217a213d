"""A printer on a kernel's own usblp node: its word, its paper, its cable, its power, and one that is mute."""

import pytest

from tests.vm.till import PATIENCE, SETTINGS, SOCKET, UNIT, VmTill

pytestmark = pytest.mark.timeout(3600)

RICE, SPICE = "8900000000012", "8900000000142"
# LPGETSTATUS of usblp's node, by the till's own open file (pidfd_open, pidfd_getfd): nobody else may open it.
PORT_STATUS = """
import ctypes, fcntl, os, sys
pid = int(sys.argv[1])
files = f"/proc/{pid}/fd/"
fd = next(int(one) for one in os.listdir(files) if os.readlink(files + one).startswith("/dev/usb/lp"))
call = ctypes.CDLL(None).syscall
status = bytearray(4)
fcntl.ioctl(call(438, call(434, pid, 0), fd, 0), 0x060B, status)
print(hex(status[0]))
"""
# How long the page's lamp takes to follow the printer, by the guest's own clock.
LATENESS = f"""
import http.client, json, socket, sys, time
class Unix(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect("{SOCKET}")
def lamp():
    wire.request("GET", "/api/snapshot")
    return json.loads(wire.getresponse().read())["badges"]["printer"]["state"]
wire = Unix("agent")
lamp()
control = socket.create_connection(("127.0.0.1", 9100))
for line, awaited in (("fault cover-open", "cover_open"), ("clear cover-open", "ok")):
    begun = time.monotonic()
    control.sendall(line.encode() + b"\\n")
    while lamp() != awaited:
        time.sleep(0.1)
    print(time.monotonic() - begun)
    time.sleep(0.5)
"""


def test_the_kernel_s_word_and_the_printer_s_are_what_the_till_says_of_paper(till: VmTill) -> None:
    assert _port_status(till) == "0x18"
    till.switch("fault paper-out")
    till.wait_badge("printer", "paper_out")
    till.machine.until(lambda: _port_status(till) == "0x38", "the kernel's word for no paper")
    number = till.sell_for_cash(RICE)
    till.wait_paper(number, "held")
    assert till.paper(number) == []
    till.switch("clear paper-out")
    till.machine.until(lambda: _port_status(till) == "0x18", "the kernel's word for paper")
    till.wait_paper(number, "confirmed")
    assert len(till.paper(number)) == 1


def test_paper_that_runs_out_in_mid_ticket_is_waited_for_or_asked_about_and_comes_once(till: VmTill) -> None:
    """One that prints slowly may not answer for three seconds then, as one that was switched off and on."""
    number = _in_mid_ticket(till)
    till.switch("fault paper-out")
    till.wait_badge("printer", "paper_out")
    till.switch("clear slow")
    till.switch("clear paper-out")
    ends = ("confirmed", "unknown")
    till.machine.until(lambda: till.paper_state(number) in ends, "the ticket's end", PATIENCE)
    if till.paper_state(number) == "confirmed":
        assert len(till.paper(number)) == 1
    else:
        till.wait_badge("printer", "ok")
        till.ask_for_a_copy(number)


def test_a_cover_is_seen_within_a_second_since_the_printer_tells_of_it(till: VmTill) -> None:
    (printer,) = till.cli("printer", "show")
    assert next(one for one in printer["values"] if one["setting"] == "auto_status")["value"] is True
    late = _latenesses(till)
    assert max(late) < 1.0, late
    # The control: a printer that is only asked, every five seconds.
    settings = till.machine.must("cat", SETTINGS)
    pinned = settings.replace('profile = "epson-tm-t20"', 'profile = "epson-tm-t20"\nauto_status = false')
    till.machine.must(f"cat > {SETTINGS}", feed=pinned)
    till.machine.must("systemctl restart", UNIT)
    till.wait_badge("printer", "ok")
    asked = _latenesses(till)
    assert max(asked) > 1.0, asked
    print(f"told: {late}; asked: {asked}")  # noqa: T201


@pytest.mark.parametrize("trouble", ["cable", "power"])
def test_what_goes_in_mid_ticket_is_asked_about_and_nothing_comes_twice_by_itself(
    till: VmTill, trouble: str
) -> None:
    number = _in_mid_ticket(till)
    if trouble == "cable":
        till.pull("printer")
    else:
        till.switch("fault power-loss")
    till.wait_paper(number, "unknown")
    till.wait_badge("printer", "offline")
    till.switch("clear slow")
    if trouble == "cable":
        till.insert("printer")
    else:
        till.switch("clear power-loss")
    took_s = till.wait_badge("printer", "ok")
    print(f"ready {took_s:.1f} s after the {trouble}")  # noqa: T201
    (asked,) = till.snapshot()["unknown_prints"]
    assert asked["number"] == number
    later = till.sell_for_cash(RICE)
    till.wait_paper(later, "confirmed")
    assert till.paper_state(number) == "unknown"
    assert till.snapshot()["unknown_prints"] == [asked]
    till.press("print/resolve", job=asked["job"], printed=False)
    till.wait_paper(number, "confirmed")
    copies = till.paper("DUPLICATE")
    assert len(copies) == 1
    assert number in copies[0]
    assert till.snapshot()["unknown_prints"] == []


def test_a_printer_whose_power_goes_and_comes_prints_what_waited_once(till: VmTill) -> None:
    till.switch("fault power-loss")
    till.wait_badge("printer", "offline")
    number = till.sell_for_cash(RICE)
    assert till.paper_state(number) == "queued"
    till.switch("clear power-loss")
    till.wait_paper(number, "confirmed")
    assert len(till.paper(number)) == 1


def test_a_printer_without_replies_gets_the_end_of_its_receipt_though_the_till_is_stopped(
    till: VmTill,
) -> None:
    """usblp calls a transfer written when it is submitted, and cancels it when the node is closed."""
    machine = till.machine
    settings = machine.must("cat", SETTINGS)
    settings = settings.replace("printer-04b8-0202", "printer-0416-5011")
    settings = settings.replace("epson-tm-t20", "clone-80-no-replies")
    machine.must(f"cat > {SETTINGS}", feed=settings)
    machine.must("systemctl restart", UNIT)
    till.wait_badge("printer", "mute")
    till.switch("fault slow 4000", "clone")
    for _ in range(20):
        till.press("scan", label=SPICE)
    number = till.complete_for_cash()
    till.wait_paper(number, "sent")
    machine.must("systemctl stop", UNIT)
    # Its last command is the cut, without which there is no ticket.
    till.machine.until(lambda: till.paper(number, "clone"), "the whole receipt")
    assert len(till.paper(number, "clone")) == 1


def _port_status(till: VmTill) -> str:
    pid = till.machine.must("systemctl show --property=MainPID --value", UNIT).strip()
    return till.machine.must(f"python3 - {pid}", feed=PORT_STATUS).strip()


def _latenesses(till: VmTill) -> list[float]:
    """Of the cover, opened and shut three times."""
    said = [till.machine.must("python3 -", feed=LATENESS, timeout_s=PATIENCE) for _ in range(3)]
    return [float(line) for one in said for line in one.split()]


def _in_mid_ticket(till: VmTill) -> str:
    """A bill of which a slow printer has a part."""
    number = till.begin_a_ticket(RICE)
    assert till.paper_state(number) == "sending"
    return number
