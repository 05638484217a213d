"""Which sentences the code says, and with which parameters. Reads the code; runs none of it.

A sentence is said where one of MAKERS is called with its id. The id stands there in letters, as one of two
("a" if x else "b"), or as the beginning of several (f"tender.{kind}"); parameters stand there by name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.language.tools import files

AGENT = Path(__file__).parents[2]
DRIVERS = AGENT.with_name("drivers")
PAGE_SCRIPTS = AGENT / "web" / "static" / "js"

MAKERS: dict[str, frozenset[str]] = {
    "Sentence": frozenset(),
    "Refused": frozenset(),
    "UnusableError": frozenset(),
    "says": frozenset(),
    "Message": frozenset(),
    "Unreadable": frozenset(),
    "DeviceGone": frozenset(),
    "TransportFailed": frozenset({"reason", "handed_over"}),
}
"""What takes an id as its last plain argument, each with its named arguments that are no parameters."""


@dataclass(frozen=True, slots=True)
class Use:
    """One place where a sentence is said: one of idents, or any that begins as one of begins. params: the
    names given, None where the code does not tell."""

    file: Path
    line: int
    idents: frozenset[str]
    begins: tuple[str, ...] = ()
    params: frozenset[str] | None = None

    def says(self, ident: str) -> bool:
        """Whether the sentence of that id may be said here."""
        return ident in self.idents or ident.startswith(self.begins)

    def __str__(self) -> str:
        return f"{self.file.relative_to(AGENT.parent)}:{self.line}"


class Unclear(Exception):
    """A sentence is said in a way that cannot be read from the code."""


def uses() -> list[Use]:
    """Every place in the agent, its page and the drivers. Raises Unclear."""
    found: list[Use] = []
    for root in (AGENT, DRIVERS):
        for file in sorted(root.rglob("*.py")):
            found += in_python(file)
    for file in sorted(PAGE_SCRIPTS.rglob("*.js")):
        found += in_page(file)
    return found


def in_python(file: Path) -> Iterator[Use]:
    """The places of one module."""
    tree = ast.parse(file.read_text("utf-8"), str(file))
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if (name := name_of(call.func)) in MAKERS and call.args:
            yield from _said(file, call, MAKERS[name])


def name_of(called: ast.expr) -> str:
    """The last name of what is called; "" for what has none."""
    if isinstance(called, ast.Attribute):
        return called.attr
    return called.id if isinstance(called, ast.Name) else ""


def _said(file: Path, call: ast.Call, reserved: frozenset[str]) -> Iterator[Use]:
    texts = list(_texts(call.args[-1]))
    said = call.args[-1]
    if not texts and (
        isinstance(said, ast.Subscript | ast.BinOp | ast.JoinedStr)
        or (isinstance(said, ast.Name) and said.id.isupper())
    ):
        raise Unclear(f"{file}:{call.lineno}: write the id where it is said")
    if not texts:
        return  # a sentence made elsewhere, or the inside of a maker
    params = frozenset(word.arg or "**" for word in call.keywords) - reserved
    if "**" in params:
        raise Unclear(f"{file}:{call.lineno}: write the parameters out, each by its name")
    idents = frozenset(text for text, whole in texts if whole)
    begins = tuple(text for text, whole in texts if not whole)
    yield Use(file, call.lineno, idents, begins, params)


def _texts(argument: ast.expr) -> Iterator[tuple[str, bool]]:
    """(text, whether it is the whole id); nothing for what is no text, such as a sentence made elsewhere."""
    match argument:
        case ast.Constant(value=str(text)):
            yield text, True
        case ast.IfExp(body=body, orelse=orelse):
            yield from _texts(body)
            yield from _texts(orelse)
        case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
            yield text, False


_SAID = re.compile(r"\b(tn?|list)\((?:'([\w.]+)'(?=[,)])|[^'`;{}]*(?:=== '\w+' )?\? '([\w.]+)' : '([\w.]+)')")
_BEGUN = re.compile(r"\b(?:tn?|list)\(`([^`$]+)\$\{")
_KNOWN = re.compile(r"\bknown\('([\w.]+)'")
_NAME = re.compile(r"[{,]\s*(\w+)\s*(?=[:,}])")


def in_page(file: Path) -> Iterator[Use]:
    """The places of one script of the page: t, tn, list and known, with ids as the page writes them."""
    text = file.read_text("utf-8")

    def line(found: re.Match[str]) -> int:
        return text.count("\n", 0, found.start()) + 1

    for found in _SAID.finditer(text):
        params = _page_params(text, found.end()) | ({"count"} if found[1] == "tn" else set())
        idents = frozenset(files.PAGE + ident for ident in found.groups()[1:] if ident)
        yield Use(file, line(found), idents, params=params)
    for pattern, end in ((_BEGUN, ""), (_KNOWN, ".")):
        for found in pattern.finditer(text):
            yield Use(file, line(found), frozenset(), (f"{files.PAGE}{found[1]}{end}",))


def _page_params(text: str, start: int) -> frozenset[str]:
    """Names in the object that ends a call, whose first argument ends at start: `, { name, other: 1 })`."""
    depth, levels = 0, []
    for at in range(start, len(text)):
        depth += (text[at] in "([{") - (text[at] in ")]}")
        if depth < 0:
            break
        levels.append((at, depth))
    flat = "".join(text[at] for at, level in levels if level <= 1 and not (level == 0 and text[at] in ")]"))
    opened = flat.find("{")
    return frozenset(_NAME.findall(flat[opened:])) if opened >= 0 else frozenset()
