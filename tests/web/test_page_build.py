"""Putting the page's modules in place, and saying so when it cannot be done."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from agent.web import build_page


@pytest.fixture
def web(tmp_path: Path) -> Path:
    """A web room with nothing built in it."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(build_page.WEB / name, tmp_path)
    (tmp_path / "static").mkdir()
    return tmp_path


def _packages(web: Path) -> None:
    """node_modules as npm leaves them, with the smallest modules that import as the real ones do."""
    versions = build_page.wanted_versions(web)
    for module in build_page.MODULES:
        package = web / "node_modules" / module.package
        (package / module.file).parent.mkdir(parents=True, exist_ok=True)
        (package / module.file).write_text('import{h}from"preact";export{h};\n//# sourceMappingURL=x.map\n')
        (package / "package.json").write_text(json.dumps({"version": versions[module.package]}))
        (package / "LICENSE").write_text("licence")


def test_bare_imports_become_relative() -> None:
    text = "import{h}from'preact';import 'preact/hooks';export*from'@preact/signals-core';import'./own.js'"
    assert build_page.relative_imports(text).split(";") == [
        'import{h}from"./preact.js"',
        'import "./hooks.js"',
        'export*from"./signals-core.js"',
        "import'./own.js'",
    ]


def test_unknown_import_is_refused() -> None:
    with pytest.raises(build_page.PageNotBuilt, match="left-pad"):
        build_page.relative_imports('import x from "left-pad"')


def test_build_copies_once_and_names_versions(web: Path) -> None:
    _packages(web)
    assert build_page.build(web) is True
    vendor = web / "static" / "vendor"
    assert json.loads((vendor / build_page.STAMP).read_text()) == build_page.wanted_versions(web)
    for module in build_page.MODULES:
        text = (vendor / module.name).read_text()
        assert text.startswith("/*! ")
        assert 'from"./preact.js"' in text
        assert "sourceMappingURL" not in text
    assert build_page.build(web) is False


def test_another_version_in_the_manifest_builds_anew(web: Path) -> None:
    _packages(web)
    build_page.build(web)
    manifest = json.loads((web / "package.json").read_text())
    manifest["dependencies"]["htm"] = "3.1.2"
    (web / "package.json").write_text(json.dumps(manifest))
    htm = web / "node_modules" / "htm" / "package.json"
    htm.write_text(json.dumps({"version": "3.1.2"}))
    assert build_page.build(web) is True


def test_without_npm_it_says_so_and_fails(
    web: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line for whoever ran it, exit 1, nothing half made."""
    monkeypatch.setenv("PATH", "")
    assert build_page.main([], web) == 1
    assert capsys.readouterr().err.startswith("page not built: npm is not installed")
    assert not (web / "static" / "vendor").exists()


def test_npm_that_fails_is_quoted(web: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "bin" / "npm"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho 'npm error code E404' >&2\nexit 7\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:/usr/bin:/bin")
    with pytest.raises(build_page.PageNotBuilt, match=r"npm failed \(7\): npm error code E404"):
        build_page.build(web)


def test_lock_pins_versions_and_names_no_address() -> None:
    lock = json.loads((build_page.WEB / "package-lock.json").read_text())
    manifest = json.loads((build_page.WEB / "package.json").read_text())
    pinned = manifest["dependencies"] | manifest["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in pinned.values())
    for package, version in pinned.items():
        entry = lock["packages"][f"node_modules/{package}"]
        assert entry["version"] == version
        assert entry["integrity"].startswith("sha512-")
    assert all("resolved" not in entry for entry in lock["packages"].values())


def test_modules_in_place_import_nothing_from_outside() -> None:
    vendor = build_page.WEB / "static" / "vendor"
    if not vendor.is_dir():
        pytest.skip("the page's modules are not in place: run python -m agent.web.build_page")
    for module in build_page.MODULES:
        text = (vendor / module.name).read_text(encoding="utf-8")
        for specifier in re.findall(r"\b(?:from|import)\s*[\"']([^\"']+)[\"']", text):
            assert (vendor / specifier).is_file(), specifier
