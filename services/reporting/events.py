"""`reporting` publishes nothing; its contract is empty."""

from shared.kernel.contracts.reporting import CONTRACT

__all__ = ["CONTRACT"]
