"""What stands on the bench, and the till that is plugged into it."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest

from agent.cli import link
from agent.simulated.world import CATALOGUE, World, WorldError
from tests.real_devices.hands import Hands

KINDS = ("scanner", "printer", "scale", "display")
CAPABILITIES = {
    "scanner": {"aim", "cable"},
    "printer": {"proof", "cover", "drawer"},
    "scale": {"weight"},
    "display": set[str](),
}
"""aim: it sends AIM identifiers. cable: it can be pulled and put back. proof: it answers its profile's fence.
cover: it has one that it tells of. drawer: one hangs on it. weight: something can be weighed on it."""


class BenchError(Exception):
    """The file does not say what stands on the bench; the text says why."""


@dataclass(frozen=True, slots=True, eq=False)
class Device:
    """settings: what the till is told of it, as in agent.toml. can: see CAPABILITIES."""

    kind: str
    model: str
    settings: dict[str, Any]
    can: frozenset[str]

    @property
    def way(self) -> str:
        """How it is connected or what it speaks, in a word or two."""
        named = (self.settings.get(name) for name in ("kind", "protocol", "profile"))
        return ", ".join(str(one) for one in named if one)


@dataclass(frozen=True, slots=True)
class BenchFile:
    """hands: whether somebody is there to scan, look and pull cables."""

    devices: tuple[Device, ...]
    hands: bool = False


def read_bench(path: Path) -> BenchFile:
    """A table for each device: `model`, `can`, and what agent.toml says of it. Raises BenchError."""
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BenchError(f"{path}: {error}") from error
    hands = tables.pop("hands", False)
    devices = []
    for kind, listed in tables.items():
        if kind not in KINDS:
            raise BenchError(f"{path}: {kind} is none of hands, {', '.join(KINDS)}")
        for settings in listed if isinstance(listed, list) else [listed]:
            model, can = settings.pop("model", ""), settings.pop("can", [])
            if not model:
                raise BenchError(f"{path}: a {kind} without its model")
            if unknown := set(can) - CAPABILITIES[kind]:
                raise BenchError(f"{path}: {model}: a {kind} cannot be {', '.join(sorted(unknown))}")
            devices.append(Device(kind, model, settings, frozenset(can)))
    if not devices or not isinstance(hands, bool):
        raise BenchError(f"{path}: " + ("hands is true or false" if devices else "nothing stands on it"))
    return BenchFile(tuple(devices), hands)


def settings_of(devices: tuple[Device, ...]) -> str:
    """The devices as agent.toml has them; scanners, scales and displays by the name of their model."""
    out = ""
    for device in devices:
        head = f"[[{device.kind}]]" if device.kind in ("scanner", "printer") else f"[{device.kind}]"
        named = {} if device.kind == "printer" else {"name": device.model}
        # What JSON makes of text, numbers, yes, no and lists of them is TOML as well.
        lines = (f"{key} = {json.dumps(value)}" for key, value in (named | device.settings).items())
        out += "\n".join(("", head, *lines, ""))
    return out


class BenchTill(World):
    """A training till whose devices are those of the bench."""

    def __init__(self, directory: Path, devices: tuple[Device, ...]) -> None:
        super().__init__(directory, with_printer=False)
        self._devices = devices

    def write_settings(self, extra: str = "") -> None:
        """Without the devices it would have in training."""
        super().write_settings("")
        text = self.config.read_text("utf-8")
        text = re.sub(r"\[\[(scanner|printer)\]\]\n(?:\w.*\n)+\n", "", text)
        self.config.write_text(text + settings_of(self._devices), "utf-8")

    def start(self, extra_settings: str = "") -> None:
        """It is up when it answers: whether its devices are there is what the tests ask."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self.write_settings()
        self.start_cloud()
        self.pos("catalogue", "import", str(CATALOGUE / "demo.csv"))
        self.start_agent(served=False)
        self.until(self._answers, "the till to answer", 90)

    def _answers(self) -> bool:
        try:
            return bool(self.snapshot())
        except OSError:
            return False


@dataclass(frozen=True, slots=True)
class Bench:
    """A running till with its devices, and whoever handles them. None: nobody does."""

    till: World
    hands: Hands | None

    def handled(self, device: Device, *capabilities: str) -> Hands:
        """Skips the test, and says what is missing, where the device or the bench lacks something."""
        self.needs(device, *capabilities)
        return self.hands or _missing("hands")

    def needs(self, device: Device, *capabilities: str) -> None:
        """The same for what nobody's hands are needed for."""
        for capability in capabilities:
            if capability not in device.can:
                _missing(capability)

    def state_of(self, device: Device) -> str:
        """How the till finds a device."""
        return self._told(device)[0]

    def until_state(self, device: Device, *states: str, timeout_s: float = 30.0) -> None:
        """Wait until the till finds it so. WorldError with what the till says of it."""
        try:
            self.till.until(lambda: self.state_of(device) in states, "it", timeout_s)
        except WorldError:
            raise WorldError(f"not {' or '.join(states)}: {self._told(device)[1]}") from None

    def heard(self, device: Device, after: int) -> list[dict[str, Any]]:
        """What a scanner has sent above a number of the till's list."""
        return [row for row in self._scans(after) if row["scanner"] == device.model]

    def last_heard(self) -> int:
        """The newest number of that list."""
        return max((int(row["n"]) for row in self._scans(0)), default=0)

    def _told(self, device: Device) -> tuple[str, str]:
        """What the till shows of it: a state and words."""
        found = self.till.snapshot()["badges"].get(device.kind)
        if device.kind == "scanner":
            scanners = self.till.ask("GET", "/api/status")[1]["scanners"]
            found = next(one for one in scanners if one["name"] == device.model)
        return str(found["state"]), str(found["text"])

    def _scans(self, after: int) -> list[dict[str, Any]]:
        socket = self.till.directory / "store" / "agent.sock"
        return list(link.ask(socket, f"/api/scans?after={after}")["scans"])


def _missing(capability: str) -> NoReturn:
    pytest.skip(capability)
