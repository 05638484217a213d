"""What the command line says of a file or an agent it cannot have, as a technician reads it: in the words of
the till, none of a library or of the operating system, and with advice that can be followed."""

from __future__ import annotations

import http.client
import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.cli.app import app
from agent.language.language import in_english
from agent.language.system_words import reason
from agent.settings.config import DEFAULT_FILE
from tests.rig.settings import shop_in
from tests.sale.label_checks import closed

_RAW = re.compile(
    r"Errno|codec|Traceback|[A-Z][a-z]+Error|No such file|Is a directory|Permission denied|\(\)|^-:|: -:"
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("POS_AGENT_CONFIG", str(shop_in(tmp_path, "training = true\n")))
    return tmp_path


def told(*arguments: str, code: int = 2) -> str:
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == code, done.output
    assert not _RAW.search(done.output), done.output
    return " ".join(done.output.split())


def unreadable(place: Path, what: str, name: str) -> Path:
    file = place / name
    match what:
        case "directory":
            file.mkdir()
        case "empty":
            file.touch()
        case "binary":
            file.write_bytes(b"\x89PNG\r\n\x1a\n\0\0binary")
        case "loop":
            file.symlink_to(file)
    return file


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("missing", "cannot be read (it is not there)"),
        ("directory", "cannot be read (it is a directory)"),
        ("loop", "cannot be read ("),
        ("empty", "the file is empty"),
        ("binary", "neither CSV nor JSON: save the items as CSV"),
    ],
)
@pytest.mark.parametrize("suffix", ["csv", "json"])
def test_a_catalogue_that_is_none_is_told_as_what_it_is(
    place: Path, what: str, words: str, suffix: str
) -> None:
    said = told("catalogue", "import", str(unreadable(place, what, f"items.{suffix}")))
    assert words in said
    assert "--accept-good" not in said  # nothing in it is good
    assert "0 of 0" not in said
    assert "expected" not in said


def test_a_column_that_is_missing_is_no_matter_of_rows(place: Path) -> None:
    (place / "items.csv").write_text("sku,name\nA,Rice\n", "utf-8")
    said = told("catalogue", "import", str(place / "items.csv"))
    assert "line field found what is wrong" in said
    assert "--accept-good" not in said and "Mend the file" in said


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("missing", "cannot be read: it is not there"),
        ("directory", "cannot be read: it is a directory"),
        ("empty", "shop: is missing; expected a table"),
        ("binary", "is not UTF-8 text"),
    ],
)
def test_settings_that_are_none_are_told_with_their_file(place: Path, what: str, words: str) -> None:
    file = unreadable(place, what, "other.toml")
    said = told("config", "check", "--config", str(file))
    assert said.startswith(f"{file}: {words}")


@pytest.mark.parametrize(
    ("what", "words", "code"),
    [
        ("missing", "it is not there", 2),
        ("directory", "it is a directory", 2),
        ("binary", "it is no recording, which is text", 2),
        ("empty", "0 labels, 0 damaged", 0),
    ],
)
def test_a_recording_that_is_none_is_told(place: Path, what: str, words: str, code: int) -> None:
    assert words in told("scan", "decode", str(unreadable(place, what, "rec.txt")), code=code)


@pytest.mark.parametrize(
    ("what", "words"), [("directory", "it is a directory"), ("nowhere/x", "it is not there")]
)
def test_a_sheet_of_labels_that_cannot_be_written_is_told(place: Path, what: str, words: str) -> None:
    assert "There is no store in" in told("labels", "new")
    (place / "store").mkdir()
    told("labels", "new", code=0)
    file = unreadable(place, what, "sheet.png") if what == "directory" else place / what / "sheet.png"
    assert words in told("labels", "print", str(file))


COMMANDS = (
    ("status",),
    ("bill", "print", "X"),
    ("config", "pull"),
    ("scan", "refused"),
    ("queue", "retry", "1"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_agent_is_told(place: Path, command: tuple[str, ...]) -> None:
    assert "agent.sock (it is not there). Is pos-agent running?" in told(*command, code=3)


@contextmanager
def answering(path: Path, answer: bytes) -> Iterator[None]:
    """An agent that takes every request, answers all of them alike and hangs up."""
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(path))
        door.listen()

        def hang_up() -> None:
            while True:
                try:
                    line, _ = door.accept()
                except OSError:
                    return
                with line, line.makefile("rb") as asked:
                    head = http.client.parse_headers(asked) if asked.readline() else {}
                    asked.read(int(head.get("Content-Length", 0)))
                    line.sendall(answer)

        threading.Thread(target=hang_up, daemon=True).start()
        try:
            yield
        finally:
            door.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def silent_agent(place: Path) -> Iterator[Path]:
    """Takes every request and hangs up."""
    (place / "store").mkdir()
    with answering(place / "store" / "agent.sock", b""):
        yield place


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_an_agent_that_hangs_up_is_told(silent_agent: Path, command: tuple[str, ...]) -> None:
    assert "does not answer (the line broke)" in told(*command, code=3)


ANSWERS: dict[str, tuple[int, dict[str, object], str]] = {
    "damaged": (
        409,
        {"ok": False, "code": "row-damaged", "text": "A row is damaged.", "data": {}},
        "A row is damaged.",
    ),
    "malformed": (
        422,
        {"detail": [{"loc": ["body", "row"], "msg": "too large", "type": "x"}]},
        "row: too large",
    ),
    "another version": (404, {"detail": "Not Found"}, "Not Found"),
}


@pytest.fixture(params=ANSWERS)
def refusing_agent(place: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Answers everything with the same no; the words in which that is told."""
    status, answer, words = ANSWERS[request.param]
    body = json.dumps(answer).encode()
    head = f"HTTP/1.1 {status} No\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    (place / "store").mkdir()
    told("labels", "new", code=0)
    with answering(place / "store" / "agent.sock", head.encode() + body):
        yield words


ASKING = (
    *COMMANDS,
    ("scan", "watch", "--seconds", "1"),
    ("queue", "list"),
    ("queue", "show", "1"),
    ("queue", "code", "1"),
    ("queue", "waive", "1", "--reason", "x", "--supervisor", "Asha"),
    ("queue", "settle", "1"),
    ("queue", "export"),
    ("printer", "resolve", "1", "--printed"),
    ("printer", "late", "1", "--leave"),
    ("labels", "print"),
)


@pytest.mark.parametrize("command", ASKING, ids=" ".join)
def test_an_agent_that_refuses_is_told_in_its_words(refusing_agent: str, command: tuple[str, ...]) -> None:
    assert told(*command).endswith(refusing_agent)


LABELS = """
[labels]
masks = ["27IIIIIWWWWWC"]
[[scanner]]
kind = "serial"
path = "x"
suffix = "tab"
"""


def test_labels_and_recordings_go_by_the_settings_of_all_commands(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop_in(place, LABELS)
    (place / "rec.txt").write_text(f"+0 {b'8900000000012'.hex()}09\n", "utf-8")
    label = closed("270004201250")
    assert "kind measured" in told("barcode", label, code=0)
    assert "1 label, 0 damaged" in told("scan", "decode", str(place / "rec.txt"), code=0)
    settings = ("--config", str(place / "agent.toml"))
    monkeypatch.delenv("POS_AGENT_CONFIG")
    assert "kind measured" in told("barcode", label, *settings, code=0)
    assert "1 label, 0 damaged" in told("scan", "decode", str(place / "rec.txt"), *settings, code=0)
    if not DEFAULT_FILE.exists():
        assert f"There are no settings at {DEFAULT_FILE}" in told("barcode", "8900000000012", code=0)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("simulate printer --port {port} --dir {place}", "port {port}: something else has it."),
        ("simulate printer --port 0 --dir /proc/x", "/proc/x: it is not there."),
        ("simulate scanner /nowhere/x", "/nowhere"),
        ("simulate cloud --port 0 --ledger {place}", "{place}: it is a directory."),
        ("demo --dir /proc/x", "/proc/x: it is not there."),
        ("demo --faults {place}/wrong", "line 1 of the faults: 'paperout' is no fault of printer"),
        ("simulate printer --port 0 --faults {place}/wrong", "did you mean paper-out?"),
        ("simulate printer --port 0 --faults {place}/none", "{place}/none: it is not there."),
        ("simulate printer --port 0 --faults {place}/wrong --seed 1", "choose one."),
        ("simulate scale {place}/scale --faults {place}/others", "{place}/others has no line for scale."),
    ],
)
def test_what_is_simulated_says_in_words_why_it_does_not_begin(place: Path, command: str, words: str) -> None:
    (place / "wrong").write_text("printer: at byte 3: paperout", "utf-8")
    (place / "others").write_text("printer: silent", "utf-8")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        names = {"port": str(taken.getsockname()[1]), "place": str(place)}
        typed = [sys.executable, "-m", "agent.cli", *command.format(**names).split()]
        done = subprocess.run(typed, capture_output=True, text=True, check=False, timeout=60, input="")
    assert done.returncode == 2
    assert words.format(**names) in done.stderr
    assert not _RAW.search(done.stderr), done.stderr


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (FileNotFoundError(2, "x"), "it is not there"),
        (OSError(9999, "x"), "error 9999"),
        (TimeoutError("timed out"), "no answer in time"),
        (ConnectionResetError("Remote end closed connection"), "the line broke"),
        (ValueError("x"), "error ValueError"),
    ],
)
def test_what_the_system_refuses_is_said_in_words_or_by_its_code(error: Exception, words: str) -> None:
    assert in_english(reason(error)) == words
