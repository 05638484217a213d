"""docs/settings.md, http.md and operations.md against the product: what is told in both, and nothing else."""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import json
import re
import subprocess
import sys
import time
import typing
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.cli import output
from agent.counter.sale_view import sale_view
from agent.sale import label_masks, labels
from agent.sale.basket import (
    BundlePart,
    CouponRedemption,
    Customer,
    CustomerBill,
    CustomerCoupon,
    Line,
    Phase,
    PointsRedemption,
    Product,
    Sale,
    Tender,
    TenderType,
)
from agent.sale.queue_terms import Op
from agent.sale.rules import KEYS
from agent.sale.totals import Pricing
from agent.settings import config
from agent.simulated.world import CATALOGUE, free_ports
from agent.store import catalogue_rows, spool
from agent.store.catalogue_import import import_catalogue
from agent.store.label_key import LabelKey
from drivers.printer.profile import profiles
from tests.docs.tables import DOCS, keys, names, rows, section
from tests.rig.till import RigTill

SETTINGS, HTTP, OPERATIONS = "settings.md", "http.md", "operations.md"
REPOSITORY = DOCS.parent

_SETTINGS = """\
store = "{directory}/store"
[shop]
name = "Shop of the documents"
[till]
store_code = "ST01"
till_code = "till01"
bill_prefix = "DOC01"
[[cloud.fields.custom]]
name = "city"
[web]
port = {port}
"""


def settings_of(section_type: type, path: str = "") -> dict[str, dataclasses.Field[Any]]:
    """Every setting by its dotted name; those of an array of tables without its index."""
    hints = typing.get_type_hints(section_type)
    found: dict[str, dataclasses.Field[Any]] = {}
    for field in dataclasses.fields(section_type):
        kinds = [hints[field.name], *typing.get_args(hints[field.name])]
        inner = next((kind for kind in kinds if dataclasses.is_dataclass(kind)), None)
        if isinstance(inner, type):
            found |= settings_of(inner, f"{path}{field.name}.")
        else:
            found[f"{path}{field.name}"] = field
    return found


def as_written(field: dataclasses.Field[Any]) -> str:
    """A default as the document writes it: a TOML value, or a word for what TOML cannot say."""
    if field.default_factory is not dataclasses.MISSING:
        return "empty"
    if field.default is dataclasses.MISSING:
        return "**required**"
    if field.default is None:
        return "none"
    value = field.default.as_posix() if isinstance(field.default, Path) else field.default
    return f"`{json.dumps(value, ensure_ascii=False)}`"


@pytest.fixture(scope="module")
def till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real till, without devices and cloud, that has sold something."""
    directory = tmp_path_factory.mktemp("till")
    file, (port,) = directory / "agent.toml", free_ports(1)
    file.write_text(_SETTINGS.format(directory=directory, port=port), "utf-8")
    goods = config.load(file)[0].catalogue_path
    goods.parent.mkdir()
    import_catalogue(CATALOGUE / "demo.csv", goods)
    with (directory / "agent.log").open("wb") as log:
        daemon = subprocess.Popen(
            [sys.executable, "-m", "agent.daemon", "--config", str(file)], stderr=log, cwd=REPOSITORY
        )
    try:
        address = f"http://127.0.0.1:{port}"
        PLACES[address] = directory / "store"
        _until_answering(address, daemon, directory / "agent.log")
        with contextlib.suppress(urllib.error.HTTPError):
            _fetch(f"{address}/api/scan", {"label": "NO-SUCH"})
        key = LabelKey(config.load(file)[0].store, "DOC01")
        key.renew()
        for label in ("8900000000012", f"CMD:PAY-CASH-EXACT:{key.proof('PAY-CASH-EXACT')}"):
            _fetch(f"{address}/api/scan", {"label": label})
        yield address
    finally:
        daemon.terminate()
        daemon.wait(30)


PLACES: dict[str, Path] = {}
"""Where the key of each till is that was started, by its address."""


def _key(address: str) -> str:
    files = (place / "page-key" for till, place in PLACES.items() if address.startswith(till))
    return next((file.read_text() for file in files if file.exists()), "")


def _fetch(address: str, form: dict[str, Any] | None = None) -> Any:
    body = None if form is None else json.dumps(form).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {_key(address)}"}
    request = urllib.request.Request(address, body, headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())


def _until_answering(address: str, daemon: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while daemon.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            _fetch(f"{address}/api/snapshot")
            return
        time.sleep(0.1)
    pytest.fail(f"the till does not answer: {log.read_text('utf-8')}")


def flat(value: Any, path: str = "") -> set[str]:
    """The dotted names of everything in a JSON value; what lists hold is marked [], params are whole."""
    if isinstance(value, dict) and not path.endswith(".params"):
        return {name for key, inner in value.items() for name in flat(inner, f"{path}.{key}".lstrip("."))}
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return {name for item in value for name in flat(item, f"{path}[]")}
    return {path}


def test_every_setting_is_documented_and_no_other() -> None:
    """A setting that was added, dropped or renamed shows here, in both directions."""
    assert sorted(keys(section(SETTINGS, "Every setting"))) == sorted(settings_of(config.Config))


def test_the_documented_defaults_are_the_real_ones() -> None:
    """Somebody who leaves a setting out gets what the document says."""
    told = {names(row[0])[0]: row[1] for row in rows(section(SETTINGS, "Every setting"))}
    assert told == {name: as_written(field) for name, field in settings_of(config.Config).items()}


def test_every_printer_profile_is_documented_and_no_other() -> None:
    assert sorted(keys(section(SETTINGS, "Printer profiles"))) == sorted(profiles())


def test_the_smallest_configuration_of_the_document_is_right(tmp_path: Path) -> None:
    """What a reader copies first must pass `config check`."""
    _, _, rest = section(SETTINGS, "The smallest configuration").partition("```toml\n")
    file = tmp_path / "agent.toml"
    file.write_text(rest.partition("```")[0], "utf-8")
    found, _ = config.load(file)
    assert found.till.bill_prefix


def test_every_route_is_documented_and_no_other(till: str) -> None:
    """The routes a real till answers, as its own /openapi.json tells them."""
    told = sorted(keys(section(HTTP, "Routes")))
    paths = _fetch(f"{till}/openapi.json")["paths"]
    real = [f"{method.upper()} {path}" for path, methods in paths.items() for method in methods]
    assert told == sorted([*real, "GET /openapi.json"])


def test_the_documented_bodies_have_the_fields_of_the_real_ones(till: str) -> None:
    """A field that was added to a command, or dropped from it, shows here."""
    api = _fetch(f"{till}/openapi.json")
    told = {names(row[0])[0]: sorted(names(row[1])) for row in rows(section(HTTP, "Commands"))}
    assert told == {
        f"POST {path}": _fields(api, methods["post"])
        for path, methods in api["paths"].items()
        if "post" in methods
    }


def _fields(api: dict[str, Any], operation: dict[str, Any]) -> list[str]:
    reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    form = api["components"]["schemas"][reference.rpartition("/")[2]]
    return sorted(form.get("properties", {}))


def test_the_documented_snapshot_is_the_real_one(till: str, tmp_path: Path) -> None:
    """Everything but the open sale from a till that has sold; the open sale with all that a sale can have,
    and a print in doubt."""
    snapshot = _fetch(f"{till}/api/snapshot")
    snapshot["unknown_prints"] = _in_doubt(tmp_path)
    snapshot["sale"] = json.loads(json.dumps(sale_view(_full_sale(), Pricing())))
    assert sorted(keys(section(HTTP, "Snapshot"))) == sorted(flat(snapshot))


def _in_doubt(directory: Path) -> list[dict[str, Any]]:
    rig = RigTill(directory)
    rig.sell()
    with rig.store.transaction() as tx:
        spool.begin(tx, 1)
        spool.after_restart(tx)
        found = spool.asked(tx, lambda *_: False)
    rig.close()
    return found


def _full_sale() -> Sale:
    """A sale with one of everything, so that each part of the picture has its fields."""
    part = BundlePart("combo", "CUP", "Cup", 1000)
    product = Product("SET", "Tea set", 10_000, 500, variant=(("size", "M"),), parts=(part,))
    return Sale(
        "sale",
        Phase.TENDERING,
        (Line(1, product, 1000, 10_000),),
        customer=Customer(bills=(CustomerBill("B-1", "", 1),), coupons=(CustomerCoupon("C"),)),
        coupon=CouponRedemption("C", 100),
        points=PointsRedemption(1000, 100),
        tenders=(Tender(1, TenderType.CASH, 100),),
    )


def test_every_metric_is_documented_and_no_other(till: str) -> None:
    """The names a monitoring system sees, from the real /metrics."""
    with urllib.request.urlopen(f"{till}/metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    real = {line.split()[2] for line in lines if line.startswith("# TYPE ")}
    assert set(keys(section(OPERATIONS, "Metrics"))) == real


def test_every_kind_of_journal_entry_is_documented_and_no_other() -> None:
    """The kinds that stand in the source, wherever an entry is made."""
    assert set(keys(section(OPERATIONS, "Journal"))) == _journal_kinds()


def _journal_kinds() -> set[str]:
    """Literal kinds of calls such as journal.append(tx, "reprint", ...) and desk.note("drawer", ...)."""
    found: set[str] = set()
    for file in (REPOSITORY / "agent").rglob("*.py"):
        if "simulated" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            owner = ast.unparse(node.func.value)
            if (owner == "journal" and node.func.attr in ("append", "vouch")) or node.func.attr == "note":
                kinds = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
                found |= {kind for kind in kinds if isinstance(kind, str)}
    return found


def test_every_code_of_the_document_is_in_the_source() -> None:
    """A code that programs test for is renamed here as well, or not at all."""
    source = "\n".join(file.read_text("utf-8") for file in sorted((REPOSITORY / "agent").rglob("*.py")))
    # A code is what an id begins with; of labels, what follows label.
    missing = [
        code
        for code in keys(section(HTTP, "Codes"))
        if not re.search(rf'"(label\.)?{re.escape(code)}[".]', source)
    ]
    assert not missing


def test_the_cloud_calls_of_the_document_are_the_real_ones() -> None:
    """Operations by name; where they go is in agent/loyalty."""
    told = {name for row in rows(section(OPERATIONS, "Cloud calls")) for name in names(row[0])}
    assert told == {str(op) for op in Op}


def test_every_rule_of_the_organisation_is_documented_and_no_other() -> None:
    told = keys(section(OPERATIONS, "The organisation's rules"))
    assert sorted(told) == sorted(KEYS)


def test_every_field_of_a_catalogue_is_documented_and_no_other() -> None:
    assert keys(section(SETTINGS, "Catalogue files")) == list(catalogue_rows.FIELDS)


def test_the_default_masks_and_commands_are_the_documented_ones() -> None:
    text = section(SETTINGS, "Labels")
    assert all(f"`{mask}`" in text for mask in label_masks.DEFAULT_MASKS)
    assert {f"CMD:{command}" for command in labels.COMMANDS} <= set(names(text))


def test_the_exit_codes_are_the_documented_ones() -> None:
    told = [int(name) for name in keys(section(OPERATIONS, "Exit codes"))]
    assert told == [output.OK, output.WARNING, output.FAILED, output.UNREACHABLE]
