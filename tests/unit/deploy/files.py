"""The files of deploy/, as values."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def load(name: str) -> Any:
    return yaml.safe_load(read(name))


def ours() -> dict[str, dict[str, Any]]:
    """The services of docker-compose.yml that run the image `yui`, by name."""
    services = load("docker-compose.yml")["services"]
    return {name: body for name, body in services.items() if body["image"] == "yui"}
