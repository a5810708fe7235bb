"""Tests that share servers stay together: `make test` would start a fleet on every processor at once."""

import os

import pytest


@pytest.mark.xdist_group("group")
@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="this is one process, there is nothing to group")
def test_groups_reach_the_one_who_distributes_tests(request: pytest.FixtureRequest) -> None:
    assert request.node.nodeid.endswith("@group"), "pytest and pytest-xdist do not fit together, see pyproject.toml"
