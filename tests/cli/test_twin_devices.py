"""Two devices of one model: udev gives their common name to whichever came last, and each is adopted all the
same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.cli.app import app
from agent.cli.plugged_in import by_node
from agent.settings.config import load
from drivers.plugged import Plugged
from tests.cli.test_devices import SETTINGS

POS = "/dev/pos/scanner-0c2e-0901"


def twin(number: int, *, last: bool, kind: str = "keyboard", pos: str = POS) -> Plugged:
    """One of a model without serial numbers; last: who has the common name now."""
    node, place = f"/dev/input/event{number}", f"/dev/input/by-path/usb-{number}"
    shared = (pos,) if last else ()
    return Plugged(kind, node, place, (place, *shared), "0c2e", "0901", ruled=True, shared=shared)


Adopt = Callable[..., str]


@pytest.fixture
def adopt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Adopt:
    file = tmp_path / "agent.toml"
    file.write_text(
        SETTINGS.format(place=tmp_path) + f'[[scanner]]\nkind = "keyboard"\npath = "{POS}"\nname = "desk"\n'
    )

    def adopted(found: list[Plugged], device: str, code: int = 0) -> str:
        monkeypatch.setattr("drivers.plugged.plugged", lambda: found)
        words = ["device", "adopt", device, "--config", str(file), "--rules", str(tmp_path / "rules")]
        done = CliRunner().invoke(app, words)
        assert done.exit_code == code, done.output
        return done.output

    return adopted


def read_by(tmp_path: Path) -> dict[str, str]:
    """The names of the scanners by the path of each."""
    return {one.path: one.name for one in load(tmp_path / "agent.toml", {})[0].scanner}


@pytest.mark.parametrize("last", [1, 2])
def test_the_second_is_adopted_and_the_first_gets_a_name_of_its_own(
    tmp_path: Path, adopt: Adopt, last: int
) -> None:
    """Whichever of them the common name leads to at the moment."""
    found = [twin(number, last=number == last) for number in (1, 2)]
    said = adopt(found, "/dev/input/by-path/usb-2")
    assert read_by(tmp_path) == {"/dev/input/by-path/usb-1": "desk", "/dev/input/by-path/usb-2": ""}
    assert "desk reads by its own name now: /dev/input/by-path/usb-1" in said
    assert "is read already" in adopt(found, "/dev/input/by-path/usb-2")
    assert "is read already" in adopt(found, "/dev/input/by-path/usb-1")


def test_a_name_that_two_have_in_turn_proves_nothing(tmp_path: Path, adopt: Adopt) -> None:
    del adopt
    config = load(tmp_path / "agent.toml", {})[0]
    assert by_node(config, [twin(1, last=False), twin(2, last=True)]) == {}


def test_among_three_a_person_says_which(tmp_path: Path, adopt: Adopt) -> None:
    found = [twin(number, last=number == 3) for number in (1, 2, 3)]
    said = adopt(found, "/dev/input/by-path/usb-3", code=2)
    assert "/dev/input/by-path/usb-1, /dev/input/by-path/usb-2" in " ".join(said.split())
    assert read_by(tmp_path) == {POS: "desk"}


def test_the_scale_at_a_chip_that_a_scanner_has_too_is_told_apart_first(tmp_path: Path, adopt: Adopt) -> None:
    """A bridge's numbers are those of its chip."""
    pos, file = "/dev/pos/serial-1a86-7523", tmp_path / "agent.toml"
    file.write_text(SETTINGS.format(place=tmp_path) + f'[scale]\npath = "{pos}"\n')
    found = [twin(number, last=number == 2, kind="serial", pos=pos) for number in (1, 2)]
    said = " ".join(adopt(found, "/dev/input/by-path/usb-2", code=2).split())
    assert "scale is read by /dev/pos/serial-1a86-7523" in said
    assert "/dev/input/by-path/usb-1" in said
    assert "[[scanner]]" not in file.read_text()
