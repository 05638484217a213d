"""receiptio (npm) in a Node of its own, put in place by npm as the page's modules are."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

_PLACE = Path(__file__).with_name("receiptio")
_NPM_S = 120
_SPECIAL = re.compile(r"[\\|{}~_\"`^]")


class ReceiptioBeside:
    """It as its user sees it: a ticket is handed over, and it says how that went."""

    def __init__(self, orders: IO[bytes], told: IO[bytes]) -> None:
        self._orders = orders
        self._told = told

    def prints(self, markdown: str) -> tuple[float, float]:
        """(when it began, when it had its proof), on the clock of time.perf_counter."""
        self._orders.write(json.dumps(markdown).encode() + b"\n")
        self._orders.flush()
        started, ended, result = self._told.readline().split()
        assert result == b"success", result
        return float(started), float(ended)


@contextmanager
def receiptio_beside(printer: str) -> Iterator[ReceiptioBeside | None]:
    """At a printer of tcp://127.0.0.1. None, and a word on stderr, where there is no Node, or npm does not
    put receiptio in place."""
    if why := _missing():
        sys.stderr.write(f"NOT COMPARED with receiptio: {why}\n")
        yield None
        return
    command = ["node", str(_PLACE / "print.js"), printer.rpartition(":")[2]]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        try:
            yield ReceiptioBeside(process.stdin, process.stdout)
        finally:
            process.stdin.close()


def _missing() -> str:
    """Why there is no receiptio; "" when it is in place."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "node and npm are not installed"
    if (_PLACE / "node_modules").is_dir():
        return ""
    npm = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    try:
        subprocess.run(npm, cwd=_PLACE, capture_output=True, timeout=_NPM_S, check=True)
    except (subprocess.SubprocessError, OSError) as error:
        return f"npm did not put it in place: {error}"
    return ""


def markdown(document: list[dict[str, Any]]) -> str:
    """The same lines in receiptio's own language."""
    return "\n".join(map(_line, document))


def _line(item: dict[str, Any]) -> str:
    if item["kind"] == "row":
        return " | ".join(_escaped(str(cell["text"])) for cell in item["cells"])
    if item["kind"] == "qr":
        return f"{{code:{_escaped(item['data'])};option:qrcode,4,m}}"
    if item["kind"] == "barcode":
        return f"{{code:{_escaped(item['data'])};option:code128,2,60}}"
    return "---" if item["kind"] == "rule" else ""


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)
