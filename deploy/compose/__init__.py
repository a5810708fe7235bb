"""The process list of docker-compose.yml, started on a machine without Docker: `python -m deploy.compose run`."""

from deploy.compose.fleet import Fleet
from deploy.compose.owning import InUse
from deploy.compose.running import Failed

__all__ = ["Failed", "Fleet", "InUse"]
