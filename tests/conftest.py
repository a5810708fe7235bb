"""What every test shares. The same tree gives the same result: Hypothesis draws the same examples each time."""

import os

from hypothesis import settings

settings.register_profile("gate", derandomize=True, database=None, deadline=None)
settings.register_profile("explore", max_examples=2_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gate"))

pytest_plugins = ["tests.servers_kafka"]
