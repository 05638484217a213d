"""The README's section "On a box", to be carried out to the letter."""

from __future__ import annotations

import re
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"
SOURCE = "/usr/src/pos-agent"
WHEELS = "/srv/wheels"


def steps() -> str:
    """Every command of the section, as a shell script for a shell that stands in the source's directory."""
    section = README.read_text("utf-8").partition("\n## On a box\n")[2].partition("\n## ")[0]
    lines = [line.strip() for line in section.splitlines() if line.startswith("    ")]
    return "\n".join([f"cd {SOURCE}", *lines])


def environment_steps() -> str:
    """The commands up to the one that installs the product itself: what the locks alone decide."""
    found = re.split(r"^.*pip install .* \.$", steps(), maxsplit=1, flags=re.MULTILINE)
    if len(found) != 2:
        raise ValueError(
            "the README's section 'On a box' no longer installs the product with pip install … ."
        )
    return found[0]


def offline(editor: str = "false") -> dict[str, str]:
    """What the commands are told beyond the README: where the wheels lie, and who edits the settings."""
    return {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": WHEELS,
        "EDITOR": editor,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
