"""Puts the page's third-party modules in place: npm packages in, `static/vendor/*.js` out.

Run as `python -m agent.web.build_page [--tests]`. The versions are those of package.json and its lock;
`--tests` also installs what only the tests need (axe-core). Nothing is bundled: each module is copied as
published, its bare imports ("preact") turned into relative ones ("./preact.js"), so that the page needs
no import map and no inline script, and a policy of `default-src 'self'` holds.
Exit 0 when the modules are in place, 1 with one line saying why when they are not.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

WEB = Path(__file__).resolve().parent
STAMP = "versions.json"
NPM_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Module:
    """One ES module to copy: how others import it, its package, its file there, its name in vendor."""

    specifier: str
    package: str
    file: str
    name: str


MODULES = (
    Module("preact", "preact", "dist/preact.mjs", "preact.js"),
    Module("preact/hooks", "preact", "hooks/dist/hooks.mjs", "hooks.js"),
    Module("@preact/signals-core", "@preact/signals-core", "dist/signals-core.mjs", "signals-core.js"),
    Module("@preact/signals", "@preact/signals", "dist/signals.mjs", "signals.js"),
    Module("htm", "htm", "dist/htm.mjs", "htm.js"),
)

_IMPORT = re.compile(r"""((?:\bfrom|\bimport)\s*)(["'])([^"']+)\2""")
_SOURCE_MAP = re.compile(r"^//# sourceMappingURL=.*$", re.MULTILINE)


class PageNotBuilt(Exception):
    """The modules could not be put in place; the text says what to do about it."""


def wanted_versions(web: Path) -> dict[str, str]:
    """The pinned version of every package the page runs on, by package name."""
    return dict(json.loads((web / "package.json").read_text(encoding="utf-8"))["dependencies"])


def extra_versions(web: Path) -> dict[str, str]:
    """The pinned versions of what only the tests need."""
    return dict(json.loads((web / "package.json").read_text(encoding="utf-8"))["devDependencies"])


def _installed(web: Path, versions: dict[str, str]) -> bool:
    """Whether node_modules already holds exactly these versions, so that npm need not be asked."""
    for package, version in versions.items():
        manifest = web / "node_modules" / package / "package.json"
        if not manifest.is_file() or json.loads(manifest.read_text(encoding="utf-8"))["version"] != version:
            return False
    return True


def _in_place(web: Path, versions: dict[str, str]) -> bool:
    vendor = web / "static" / "vendor"
    stamp = vendor / STAMP
    if not stamp.is_file() or json.loads(stamp.read_text(encoding="utf-8")) != versions:
        return False
    return all((vendor / module.name).is_file() for module in MODULES)


def _install(web: Path, *, tests: bool) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise PageNotBuilt(
            "npm is not installed: the till sells without it, but the cashier's page is missing"
        )
    command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    if not tests:
        command.append("--omit=dev")
    try:
        done = subprocess.run(
            command, cwd=web, capture_output=True, text=True, timeout=NPM_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as exc:
        raise PageNotBuilt(f"npm did not finish within {NPM_SECONDS} s") from exc
    except OSError as exc:
        raise PageNotBuilt(f"npm could not be started: {exc}") from exc
    if done.returncode != 0:
        tail = [line for line in done.stderr.splitlines() if line.strip()][-3:]
        raise PageNotBuilt(f"npm failed ({done.returncode}): {' / '.join(tail) or 'it said nothing'}")


def relative_imports(source: str) -> str:
    """The module's text with bare imports made relative; PageNotBuilt for one that vendor does not hold."""
    names = {module.specifier: module.name for module in MODULES}

    def place(found: re.Match[str]) -> str:
        specifier = found.group(3)
        if specifier.startswith("."):
            return found.group(0)
        if specifier not in names:
            raise PageNotBuilt(f"a module imports {specifier!r}, which the page does not carry")
        return f'{found.group(1)}"./{names[specifier]}"'

    return _SOURCE_MAP.sub("", _IMPORT.sub(place, source))


def _copy(web: Path, versions: dict[str, str]) -> None:
    vendor = web / "static" / "vendor"
    shutil.rmtree(vendor, ignore_errors=True)
    vendor.mkdir(parents=True)
    for module in MODULES:
        package = web / "node_modules" / module.package
        text = relative_imports((package / module.file).read_text(encoding="utf-8"))
        licence = module.package.split("/")[-1] + ".LICENSE"
        title = f"/*! {module.package} {versions[module.package]}, see {licence} */\n"
        (vendor / module.name).write_text(title + text, encoding="utf-8")
        shutil.copyfile(package / "LICENSE", vendor / licence)
    (vendor / STAMP).write_text(json.dumps(versions, indent=1) + "\n", encoding="utf-8")


def build(web: Path = WEB, *, tests: bool = False) -> bool:
    """Put the modules in place. False when they were there already; PageNotBuilt when they cannot be."""
    versions = wanted_versions(web)
    needed = versions | (extra_versions(web) if tests else {})
    built = _in_place(web, versions)
    if built and (not tests or _installed(web, needed)):
        return False
    if not _installed(web, needed):
        _install(web, tests=tests)
    try:
        _copy(web, versions)
    except OSError as exc:
        raise PageNotBuilt(f"the modules could not be copied: {exc}") from exc
    return True


def main(argv: Sequence[str], web: Path = WEB) -> int:
    """The command line: 0 in place, 1 not."""
    try:
        new = build(web, tests="--tests" in argv)
    except PageNotBuilt as exc:
        sys.stderr.write(f"page not built: {exc}\n")
        return 1
    sys.stdout.write(f"page modules {'put' if new else 'already'} in place: {web / 'static' / 'vendor'}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
