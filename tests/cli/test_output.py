"""What commands print: data is shown as it is, whatever is in it."""

from __future__ import annotations

import pytest

from agent.cli.output import table


@pytest.mark.parametrize("cell", ["Asha [vip]", "[/b]", "[red]9.50[/red]", "[Wáíts~~]", "100 [%]", ""])
def test_a_cell_is_shown_as_it_is(cell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Customers, catalogues and languages write brackets, which the table's library reads as its markup."""
    table([f"head {cell}"], [[cell, "next"][:1], ["[bold]"]])
    shown = capsys.readouterr().out
    assert cell in shown
    assert f"head {cell}".strip() in shown
    assert "[bold]" in shown
