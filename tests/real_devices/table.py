"""What came of it, as lines for docs/devices.md."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.real_devices.bench import Device


@dataclass
class Table:
    """A row for each device; what was tried, what was left out and for want of what, what failed."""

    _rows: dict[Device, dict[str, list[str]]] = field(default_factory=dict)

    def note(self, device: Device, what: str, outcome: str, reason: str) -> None:
        """outcome: passed, skipped (for want of reason) or failed."""
        told = f"{what} ({reason})" if outcome == "skipped" else what
        self._rows.setdefault(device, {}).setdefault(outcome, []).append(told)

    def markdown(self) -> str:
        """The table; empty if nothing was tried."""
        if not self._rows:
            return ""
        heads = ("Kind", "Tried with", "Seen", "Not tried, for want of", "Failed")
        lines = [f"| {' | '.join(heads)} |", "|" + " --- |" * len(heads)]
        for device, found in self._rows.items():
            cells = ("; ".join(found.get(outcome, ())) for outcome in ("passed", "skipped", "failed"))
            lines.append(f"| {device.kind} | {device.model} ({device.way}) | {' | '.join(cells)} |")
        return "\n".join(lines)
