"""What commands print: data is shown as it is, whatever is in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agent.cli import output
from agent.cli.output import table
from agent.language.sentence import Sentence


@pytest.mark.parametrize("cell", ["Asha [vip]", "[/b]", "[red]9.50[/red]", "[Wáíts~~]", "100 [%]", ""])
def test_a_cell_is_shown_as_it_is(cell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Customers, catalogues and languages write brackets, which the table's library reads as its markup."""
    table([f"head {cell}"], [[cell, "next"][:1], ["[bold]"]])
    shown = capsys.readouterr().out
    assert cell in shown
    assert f"head {cell}".strip() in shown
    assert "[bold]" in shown


def test_every_fact_of_a_list_has_its_name_in_words() -> None:
    """The name is the end of an id, which no extractor sees whole."""
    told = "".join(file.read_text("utf-8") for file in Path(output.__file__).parent.glob("*.py"))
    names = set(re.findall(r'\bfact\("([a-z]+)"', told))
    assert len(names) > 10
    raw = {name for name in names if output.text(Sentence(f"cli.fact.{name}")) == f"cli.fact.{name}"}
    assert raw == set()
