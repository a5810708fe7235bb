"""What deploy/Dockerfile promises."""

import re
from importlib import import_module

from tests.unit.deploy.files import read


def instructions() -> list[tuple[str, str]]:
    """(instruction, the rest) in order; continued lines are one."""
    joined = re.sub(r"\\\n\s*", "", read("deploy/Dockerfile"))
    lines = [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


STEPS = instructions()
LAST_STAGE = STEPS[max(index for index, (word, _) in enumerate(STEPS) if word == "FROM") :]


def test_the_image_runs_as_a_user_without_rights() -> None:
    users = [rest for word, rest in LAST_STAGE if word == "USER"]

    assert users == ["10001:10001"]
    assert LAST_STAGE[-2:] == [("ENTRYPOINT", '["yui"]'), ("CMD", '["--help"]')]


def test_nothing_is_added_from_an_address() -> None:
    assert [rest for word, rest in STEPS if word == "ADD"] == []
    assert [rest for word, rest in STEPS if re.search(r"curl|wget|://", rest)] == []


def test_images_are_slim_have_a_version_and_name_no_registry() -> None:
    bases = [rest.split()[0] for word, rest in STEPS if word == "FROM"]

    assert len(bases) == 3
    assert all(re.fullmatch(r"(python|node):\d+(\.\d+)?-slim", base) for base in bases)


def test_packages_come_from_the_lock_by_their_hashes_and_from_nowhere_else() -> None:
    runs = [rest for word, rest in STEPS if word == "RUN"]
    pip = [part for run in runs for part in run.split("&&") if re.search(r"pip (install|wheel)", part)]

    assert len(pip) == 2
    assert "--require-hashes" in pip[0]
    assert "--requirement requirements.lock" in pip[0]
    assert "--no-index --find-links=/wheels" in pip[1]
    assert [run for run in runs if "npm" in run] == ["npm ci --ignore-scripts --no-audit --no-fund --loglevel=error"]


def test_the_last_stage_takes_over_only_what_is_installed() -> None:
    assert [rest for word, rest in LAST_STAGE if word == "COPY"] == ["--from=installed /opt/yui /opt/yui"]


def test_what_the_image_copies_is_not_ignored() -> None:
    let_in = {line.removeprefix("!") for line in read(".dockerignore").splitlines() if line.startswith("!")}
    copied = {source for word, rest in STEPS if word == "COPY" and "--from" not in rest for source in rest.split()[:-1]}

    assert copied == let_in
    assert read(".dockerignore").splitlines()[1] == "*"


def test_what_the_image_runs_of_ours_is_there() -> None:
    scripts = re.findall(r'python -c "([^"]*)"', " ".join(rest for word, rest in STEPS if word == "RUN"))
    imports = [re.fullmatch(r"from (\S+) import (\S+); \2\(\)", script) for script in scripts]

    assert imports
    for found in imports:
        assert found
        assert callable(getattr(import_module(found[1]), found[2]))
