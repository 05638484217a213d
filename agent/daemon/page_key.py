"""The page's key and the file a kiosk opens: beside the command line's socket, for the same people."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import secrets
from pathlib import Path

from agent.files import regular_file
from agent.web.leading import leading_to

log = logging.getLogger("agent.daemon")

KEY_FILE, START_FILE = "page-key", "page.html"
_MODE = 0o640
_KEY = re.compile(r"[A-Za-z0-9_-]{43}")


def page_key(place: Path) -> str:
    """The key in this directory, made at the first start. It outlives the agent; where the directory is in
    /run, not the next boot. One that cannot be kept is told, and holds until the agent ends."""
    with contextlib.suppress(OSError):
        found = regular_file.read(place / KEY_FILE).decode("ascii", "replace")
        if _KEY.fullmatch(found):
            return found
    key = secrets.token_urlsafe(32)
    _keep(place / KEY_FILE, key)
    return key


def write_start_page(place: Path, port: int, key: str) -> None:
    """A page that leads to the till's and brings it the key. Its own address, which anybody on the box may
    see in the browser's command line, has no key in it."""
    address = f"http://127.0.0.1:{port}/start?key={key}"
    _keep(place / START_FILE, leading_to(address))


def _keep(file: Path, text: str) -> None:
    """Whole or not at all; never readable by others, not even for a moment."""
    fresh = file.with_name(f"{file.name}.new")
    try:
        with contextlib.suppress(FileNotFoundError):
            fresh.unlink()
        written = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(written, "w") as out:
            os.fchmod(out.fileno(), _MODE)
            out.write(text)
        fresh.replace(file)
    except OSError as error:
        log.error("page: %s cannot be written: %s", file, error.strerror or error)
