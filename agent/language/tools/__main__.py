"""`python -m agent.language.tools compile|update|check`: see docs/languages.md.

Exit 0, or 1 with a line for each thing wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from babel.messages.pofile import PoFileError

from agent.language.tools import updating
from agent.language.tools.checks import faults
from agent.language.tools.compiler import compile_all

USAGE = "python -m agent.language.tools compile|update|check"


def main(argv: Sequence[str]) -> int:
    """The command line."""
    try:
        match argv:
            case ["compile"]:
                compile_all()
                return 0
            case ["update"]:
                updating.update_all()
                return 0
            case ["check"]:
                return _told(faults())
            case _:
                return _told([USAGE])
    except PoFileError as error:
        return _told([f"{error.catalog.locale_identifier}.po:{error.lineno}: {error}"])


def _told(lines: list[str]) -> int:
    for line in lines:
        sys.stderr.write(f"{line}\n")
    return 1 if lines else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
