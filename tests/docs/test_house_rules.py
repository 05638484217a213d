"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.tables import DOCS

REPOSITORY = DOCS.parent
ROOMS = [*(REPOSITORY / "agent").rglob("*.py"), *(REPOSITORY / "drivers").rglob("*.py")]
ORACLE = REPOSITORY / "agent" / "simulated"
WRITING = {"write", "once", "note", "enqueue", "transaction"}
PRIVATE = re.compile(
    r"noqa:[^\n]*SLF001|[gs]etattr\([^\n]*?\"_[a-z]|\bvars\(|^ *from [\w.]+ import [^\n]*\b_[a-z]", re.M
)
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
IMPURE = re.compile(r"\bopen\(|\.now\(|\bos\.|today\(")


def _named(files: list[Path], pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{file.name}: {found[0].strip()}" for file in files for found in pattern.finditer(file.read_text())
    ]


def test_nobody_gets_around_what_is_private() -> None:
    """ruff sees x._y; these are the ways past it. pyserial's own socket is the one exception."""
    found = [line for line in _named(ROOMS, PRIVATE) if not line.startswith("serial_line.py")]
    assert found == []


def test_all_sql_stands_in_the_store() -> None:
    others = [file for file in ROOMS if "store" not in file.parts and ORACLE not in file.parents]
    assert _named(others, re.compile(r"\.execute(?:many)?\(")) == []


def test_the_sale_asks_nobody_for_the_time_or_a_file() -> None:
    assert _named([file for file in ROOMS if "sale" in file.parts], IMPURE) == []


def test_nothing_is_imported_behind_the_contracts() -> None:
    assert _named(ROOMS, re.compile(r"import_module\(|__import__\(")) == []


def test_a_file_holds_one_idea_and_a_function_does_one_thing() -> None:
    """The most that CONTRIBUTING allows."""
    long = [file.name for file in ROOMS if len(file.read_text().splitlines()) > 400]
    for file in ROOMS:
        functions = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, FUNCTION)]
        long += [f"{file.name}: {one.name}" for one in functions if (one.end_lineno or 0) - one.lineno >= 60]
    assert long == []


def _writes(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            for call in ast.walk(node):
                called = call.func if isinstance(call, ast.Call) else None
                if isinstance(called, ast.Attribute) and called.attr in WRITING:
                    yield f"line {called.lineno}: {called.attr}"


@pytest.mark.parametrize(
    "room", ["cloud", "counter", "outbox_desk", "printing", "devices", "till", "web", "daemon"]
)
def test_no_constructor_writes(room: str) -> None:
    """A service that was made and never started has changed nothing."""
    files = (REPOSITORY / "agent" / room).rglob("*.py")
    assert {file.name: found for file in files if (found := list(_writes(ast.parse(file.read_text()))))} == {}
