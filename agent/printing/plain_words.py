"""What a cashier is told of the line to the printer: no address, no path, no word of the operating system."""

from __future__ import annotations

from agent.language.sentence import Said, Sentence

_LINE = "printer.line."
_PLAIN = {
    "printer.line.held.network": Sentence("at-printer.held"),
    "printer.line.held.device": Sentence("at-printer.used"),
    "printer.line.full": Sentence("at-printer.full"),
    "printer.line.stuck": Sentence("at-printer.full"),
    "printer.silent.network": Sentence("at-printer.silent"),
}


def for_cashier(said: Said) -> Said:
    """The same without what only a technician can use; that stands in the log and in `pos-agent status`."""
    if plain := _PLAIN.get(said.id):
        return plain
    if said.id.startswith(_LINE):
        return Sentence("at-printer.gone")
    params = {
        name: for_cashier(value) if not isinstance(value, (str, int)) else value
        for name, value in said.params.items()
    }
    return _same(said, params)


def _same(said: Said, params: dict[str, str | int | Said]) -> Said:
    return said if params == dict(said.params) else type(said)(said.id, **params)  # type: ignore[call-arg]
