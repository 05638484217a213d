"""What commands print: data is shown as it is, whatever is in it."""

from __future__ import annotations

import cProfile
import io
import json
import pstats
import re
from pathlib import Path

import pytest
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from agent.cli import output, queue_listing
from agent.cli.output import cell, table
from agent.language.sentence import Sentence


@pytest.mark.parametrize("text", ["Asha [vip]", "[/b]", "[red]9.50[/red]", "[Wáíts~~]", "100 [%]", ""])
def test_a_cell_is_shown_as_it_is(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Customers, catalogues and languages write brackets, which the table's library reads as its markup."""
    table([f"head {text}"], [[text, "next"][:1], ["[bold]"]])
    shown = capsys.readouterr().out
    assert text in shown
    assert f"head {text}".strip() in shown
    assert "[bold]" in shown


@pytest.mark.parametrize("value", ["=1+1", "+919", "-1+cmd|'/C calc'!A0", "@SUM(A1)", "\t=1", "\n=1", " =1"])
def test_no_cell_of_a_csv_file_is_a_formula_or_gives_orders(value: str) -> None:
    assert cell(value)[0] == "'"
    assert cell("\x1b[2J") == "\\u001b[2J"
    assert (cell("Rice 5 kg = 5,000 g"), cell(7)) == ("Rice 5 kg = 5,000 g", "7")


def _drawn(heads: list[str], rows: list[list[str]]) -> str:
    """As the library draws it, which takes thousands of calls a row."""
    table = Table(*(Column(Text(one)) for one in heads), box=SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    for row in rows:
        table.add_row(*map(Text, row))
    out = io.StringIO()
    Console(file=out, width=160).print(table)
    return out.getvalue()


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [["1", "tea"], ["22", "rice – é"]],
        [["", ""]],
        [["चाय", "茶"], ["1", "e\u0301"]],
        [["x" * 70, "y" * 80]],
        [["x" * 100, "long words " * 20]],
        [["two\nlines", "z"]],
    ],
)
def test_a_table_is_as_the_library_draws_it(
    rows: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    table(["id", "what"], rows)
    assert capsys.readouterr().out == _drawn(["id", "what"], rows)


def test_a_row_of_a_table_costs_little(capsys: pytest.CaptureFixture[str]) -> None:
    """A long outage leaves a hundred thousand; the library makes 3000 calls a row."""
    rows = [[str(no), "transaction_add", "BLR126-000001", "ready", "4", "3 h", "now"] for no in range(500)]
    table(["a", "b", "c", "d", "e", "f", "g"], rows)
    calls = cProfile.Profile()
    calls.runcall(table, ["a", "b", "c", "d", "e", "f", "g"], rows)
    capsys.readouterr()
    assert pstats.Stats(calls).total_calls / len(rows) < 300  # type: ignore[attr-defined]


def test_every_fact_of_a_list_has_its_name_in_words() -> None:
    """The name is the end of an id, which no extractor sees whole."""
    told = "".join(file.read_text("utf-8") for file in Path(output.__file__).parent.glob("*.py"))
    names = set(re.findall(r'\bfact\("([a-z]+)"', told))
    assert len(names) > 10
    raw = {name for name in names if output.text(Sentence(f"cli.fact.{name}")) == f"cli.fact.{name}"}
    assert raw == set()


@pytest.mark.parametrize("way", ["say", "warn", "fact", "table", "json", "queue"])
@pytest.mark.parametrize(
    "mark",
    [
        "\x1b[31m",
        "\x9b31m",
        "\x07",
        "\x7f",
        "\r",
        "\x00",
        "\u202e",
        "\u2066",
        "\u200f",
        "\u061c",
        "\u2028",
        "\ud800",
    ],
)
def test_no_name_gives_orders_to_the_terminal(way: str, mark: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Nor turns the line around: what is no letter is shown as its number."""
    name = f"Asha{mark}dlog"
    match way:
        case "say":
            output.say(name)
        case "warn":
            output.warn(name)
        case "fact":
            output.fact("store", name)
        case "table":
            table([name], [[name]])
        case "json":
            output.show_json({name: [name]})
            assert json.loads(capfd.readouterr().out) == {name: [name]}
            output.show_json({name: [name]})
        case "queue":
            row = {"id": 1, "state": "parked", "text": name}
            queue_listing.show_json([[row]])
            assert json.loads(capfd.readouterr().out) == [row]
            queue_listing.show_json([[row]])
    shown = "".join(capfd.readouterr())
    assert mark not in shown
    assert "Asha\\" in shown
    assert "dlog" in shown


def test_letters_that_need_their_joiners_keep_them(capfd: pytest.CaptureFixture[str]) -> None:
    output.say("क्‍ष à¸\tb\nc שלום")
    assert capfd.readouterr().out == "क्‍ष à¸\tb\nc שלום\n"
