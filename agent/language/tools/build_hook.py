"""Compiles the language files when the package is built, so that an installed till has its texts."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_PLACE = "agent/language/locale"


class LanguageHook(BuildHookInterface[Any]):
    """In place for an editable install; else beside, since the source may be read-only."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it collects files."""
        sys.path.insert(0, self.root)  # hatchling runs this file by its path
        from agent.language.tools.compiler import compile_all

        if version == "editable":
            compile_all()
            return
        self._made = tempfile.TemporaryDirectory()
        compile_all(Path(self._made.name))
        build_data["force_include"][self._made.name] = _PLACE

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Called by hatchling when the package is whole."""
        if version != "editable":
            self._made.cleanup()
