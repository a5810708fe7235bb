"""Tests that share servers stay together: `make test` would start a fleet on every processor at once."""

import os

import pytest


@pytest.mark.xdist_group("group")
def test_groups_reach_the_one_who_distributes_tests(request: pytest.FixtureRequest) -> None:
    distributed = "PYTEST_XDIST_WORKER" in os.environ
    assert request.node.nodeid.endswith("@group") == distributed, "pytest-xdist does not fit, see pyproject.toml"
