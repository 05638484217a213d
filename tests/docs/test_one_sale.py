"""The sale of docs/http.md, from scan to bill: its very requests, sent to a whole simulated till."""

from __future__ import annotations

import re
import shlex
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from agent.simulated.world import World
from tests.docs.tables import section

LEFT_OUT = "…"


def steps() -> Iterator[tuple[str, str]]:
    """Each curl command of the page with the answer it shows."""
    for block in re.findall(
        r"^```console\n(.*?)^```", section("http.md", "One sale, from scan to bill"), re.S | re.M
    ):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, answer = step.partition("\n")
            if command.startswith("curl "):
                yield command, answer.strip()


def sent(command: str, till: str, signed_in: dict[str, str]) -> str:
    """What the till answers to a curl command, of which -s, -H and -d may be used; @signed-in is the file
    that the page has made before."""
    words = iter(shlex.split(command.replace("$TILL", till))[1:])
    address, body, headers = "", None, {}
    for word in words:
        if word == "-d":
            body = next(words).encode()
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers |= signed_in if name == "@signed-in" else {name: value}
        elif word != "-s":
            assert word.startswith(till), command
            address = word
    request = urllib.request.Request(address, body, headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return str(answer.read(), "utf-8")
    except urllib.error.HTTPError as refused:
        assert refused.code == 409, command
        return str(refused.read(), "utf-8")


def as_shown(answer: str, shown: str) -> bool:
    """Whether the page shows this answer, folded and with parts of it left out."""
    kept = map(re.escape, re.sub(r"\n +", "", shown).split(LEFT_OUT))
    return re.fullmatch(".*?".join(kept), answer, re.DOTALL) is not None


def test_the_sale_of_the_page_is_answered_as_the_page_shows(tmp_path: Path) -> None:
    """Whoever types the page's commands sees the page's answers."""
    answers: list[str] = []
    with World(tmp_path) as world:
        world.start()
        for command, shown in steps():
            answer = sent(command, world.page.rstrip("/"), world.signed_in)
            assert as_shown(answer, shown), f"{command}\n{answer}"
            answers.append(answer)
    assert any('"bill_number"' in answer for answer in answers)
