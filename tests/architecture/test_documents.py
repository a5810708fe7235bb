"""What the documents promise is there."""

import re
from pathlib import Path

import pytest

from deploy.compose.reading import read_composition

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "deploy/README.md"]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_make_command_is_a_target(name: str) -> None:
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", read(name), re.MULTILINE)) <= TARGETS


def test_the_two_commands_are_named_in_the_readme_and_made() -> None:
    assert {"run", "test"} <= TARGETS
    assert re.search(r"^make run ", read("README.md"), re.MULTILINE)
    assert re.search(r"^make test ", read("README.md"), re.MULTILINE)


def test_the_gate_calls_the_command_of_the_readme() -> None:
    assert "make test" in read(".ci/run")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_linked_file_exists(name: str) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", read(name))

    folder = (ROOT / name).parent
    assert [link for link in links if "://" not in link and not (folder / link).exists()] == []


def test_every_decision_record_is_listed_and_numbered_without_a_gap() -> None:
    records = sorted(path.name for path in (ROOT / "docs" / "adr").glob("*.md"))

    assert [int(name[:4]) for name in records] == list(range(1, len(records) + 1))
    assert [name for name in records if name not in read("ARCHITECTURE.md")] == []


def test_the_operators_document_names_every_variable_and_every_verb() -> None:
    text = read("deploy/README.md")
    verbs = set(re.findall(r"`yui ([a-z]+)", text))

    assert set(re.findall(r"\bYUI_[A-Z_]+", read("services/settings.py"))) <= set(re.findall(r"\bYUI_[A-Z_]+", text))
    processes = read_composition(read("docker-compose.yml"), {}).processes
    assert {process.command[0] for process in processes if process.image == "yui"} <= verbs
