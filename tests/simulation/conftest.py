from pathlib import Path

import pytest

from services import parts
from tests.fakes import seeded_mint
from tests.simulation.runs import Runs
from tests.simulation.world import empty_files


@pytest.fixture(autouse=True)
def the_same_ids_for_the_same_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "mint", seeded_mint(1))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return empty_files(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def runs(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    return Runs(template, tmp_path_factory.mktemp("runs"))


@pytest.fixture
def fresh_runs(template: Path, tmp_path: Path) -> Runs:
    """Runs that share no expectations with other tests: for a system that is not the usual one."""
    return Runs(template, tmp_path)
