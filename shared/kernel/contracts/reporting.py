"""`reporting` decides nothing and publishes nothing; its contract is empty."""

from shared.kernel.messages import contract

CONTRACT = contract("reporting", ())
