"""Every import contract of pyproject.toml is shown to go red: a violation is planted into a copy of the code."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Plant(NamedTuple):
    contract: str
    importer: str
    imported: str


PLANTS = [
    Plant("layers", "services.requests.commands", "services.billing.events"),
    Plant("layers", "services.points.policies", "services.requests.events"),
    Plant("layers", "services.reporting.views", "services.wiring"),
    Plant("layers", "shared.kernel.money", "shared.flow.ports"),
    Plant("layers", "shared.flow.ports", "shared.adapters.clock"),
    Plant("layers", "shared.adapters.clock", "services.billing.events"),
    Plant("layers", "shared.web.layout", "shared.adapters.clock"),
    Plant("layers", "shared.adapters.clock", "shared.web.layout"),
    Plant("service-layers", "services.billing.events", "services.billing.decider"),
    Plant("service-layers", "services.billing.decider", "services.billing.policies"),
    Plant("service-layers", "services.billing.policies", "services.billing.subscriptions"),
    Plant("service-layers", "services.billing.views", "services.billing.pages"),
    Plant("service-layers", "services.billing.claims.events", "services.billing.claims.decider"),
    Plant("pure-core", "shared.kernel.money", "time"),
    Plant("pure-core", "shared.kernel.dates", "socket"),
    Plant("pure-core", "services.billing.decider", "sqlalchemy"),
    Plant("pure-core", "services.billing.claims.decider", "os"),
    Plant("pure-core", "services.points.commands", "httpx"),
    Plant("pure-core", "services.points.events", "sqlite3"),
    Plant("pure-core", "services.requests.policies", "fastapi"),
    Plant("pure-core", "services.requests.policies", "shared.flow.ports"),
    Plant("adapters-only-in-wiring", "services.billing.subscriptions", "shared.adapters.clock"),
    Plant("adapters-only-in-wiring", "shared.flow.ports", "shared.adapters.clock"),
    Plant("sql", "shared.flow.handle", "sqlalchemy"),
    Plant("sql", "shared.adapters.local_bus", "sqlalchemy"),
    Plant("sql", "services.billing.pages", "shared.adapters.sql_view"),
    Plant("settings-only-in-wiring", "services.billing.api", "services.settings"),
    Plant("settings-only-in-wiring", "shared.adapters.clock", "services.wiring"),
    Plant("kafka", "shared.adapters.local_bus", "kafka"),
    Plant("kafka", "shared.flow.relay", "aiokafka"),
    Plant("faust", "services.reporting.live", "faust"),
    Plant("http", "shared.flow.relay", "httpx"),
    Plant("http", "services.billing.desk", "starlette"),
]


@pytest.fixture
def copied_code(tmp_path: Path) -> Path:
    for folder in ("services", "shared", "tools"):
        ignored = shutil.ignore_patterns("__pycache__", "static", "templates")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def write_module(root: Path, module: str, line: str = "") -> None:
    """Adds a line at the end of a module; the module and its packages are made where they are missing."""
    *packages, name = module.split(".")
    folder = root
    for package in packages:
        folder = folder / package
        folder.mkdir(exist_ok=True)
        (folder / "__init__.py").touch()
    path = folder / name / "__init__.py" if (folder / name).is_dir() else folder / f"{name}.py"
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")


def lint(root: Path, contract: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(root), "COLUMNS": "400"}
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--contract", contract]
    answer = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode in {0, 1}, answer.stdout + answer.stderr
    return answer.stdout if answer.returncode else ""


@pytest.mark.parametrize("plant", PLANTS, ids=" ".join)
def test_contract_goes_red_on_a_planted_import(copied_code: Path, plant: Plant) -> None:
    if plant.imported.startswith(("services.", "shared.")):
        write_module(copied_code, plant.imported)
    write_module(copied_code, plant.importer, f"import {plant.imported}")

    assert f"{plant.importer} -> {plant.imported} (" in lint(copied_code, plant.contract)


def test_contract_goes_red_on_a_planted_cycle(copied_code: Path) -> None:
    write_module(copied_code, "shared.adapters.first", "import shared.adapters.second")
    write_module(copied_code, "shared.adapters.second", "import shared.adapters.first")

    found = lint(copied_code, "no-cycles")

    assert "first" in found
    assert "second" in found


def test_contract_sees_an_impure_import_behind_another_module(copied_code: Path) -> None:
    write_module(copied_code, "services.billing.rates", "import socket")
    write_module(copied_code, "services.billing.decider", "import services.billing.rates")

    assert "services.billing.rates -> socket (" in lint(copied_code, "pure-core")


def test_every_contract_has_a_planted_violation() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]

    assert {contract["id"] for contract in contracts} == {plant.contract for plant in PLANTS} | {"no-cycles"}
