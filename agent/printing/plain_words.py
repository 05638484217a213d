"""What a cashier is told of the printer: no address, no path, no setting, no word of the operating system."""

from __future__ import annotations

from agent.language.sentence import Said, Sentence
from drivers.message import Message

_LINE = "printer.line."
_PLAIN = {
    "printer.line.os.held.network": Sentence("at-printer.held"),
    "printer.line.os.held.device": Sentence("at-printer.used"),
    "printer.line.full": Sentence("at-printer.full"),
    "printer.line.stuck": Sentence("at-printer.full"),
    "printer.silent": Sentence("at-printer.off"),
    "printer.silent.network": Sentence("at-printer.silent"),
    "printer.partly": Sentence("at-printer.partly"),
    "printer.job.confirmed-before": Sentence("badge.printer.doubtful"),
    "printer.job.cannot-confirm.process-id": Sentence("at-printer.unconfirmed"),
    "printer.job.cannot-confirm.gs-r": Sentence("at-printer.unconfirmed"),
}


def for_cashier(said: Said) -> Said:
    """The same in whole sentences, without what only a technician can use; that stands in the log and in
    `pos-agent status`."""
    if plain := _PLAIN.get(said.id):
        return plain
    if said.id.startswith(_LINE):
        return Sentence("at-printer.gone")
    params = {
        name: for_cashier(value) if not isinstance(value, (str, int)) else value
        for name, value in said.params.items()
    }
    return _around(said, params)


def _around(said: Said, params: dict[str, str | int | Said]) -> Said:
    """What a line says is a part of a sentence, what the cashier is told of it a whole one."""
    match said.id, *params.values():
        case "badge.printer.line", Sentence() as line:
            return line
        case "badge.printer.unproven", Sentence() | Message() as status:
            return status
        case "printer.job.lost", Sentence() as line:
            return Sentence("at-printer.lost", why=line)
        case "printer.job.lost-unsent", Sentence() as line:
            return Sentence("at-printer.unsent", why=line)
        case _:
            return type(said)(said.id, **params)  # type: ignore[call-arg]
