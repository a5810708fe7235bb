"""A health check of the compose file, asked from outside the container."""

import re
import socket
from collections.abc import Callable, Sequence
from http.client import HTTPException
from typing import Final
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import psycopg

from deploy.compose.reading import Unreadable
from deploy.servers import HOST

PATIENCE_SECONDS: Final = 4.0

_DIRECT: Final = build_opener(ProxyHandler({}))

Probe = Callable[[], bool]
"""Whether the process is healthy now; it never raises for one that is not."""


def probe_of(check: Sequence[str], port: int, database_url: Callable[[], str]) -> Probe:
    """The probe for a health check whose addresses are already those of this machine.

    It knows three: an address that is opened by HTTP, a port that is opened (`/dev/tcp/…`), and `pg_isready`, which
    here also signs in, so that it is not fooled by a server that is still starting.
    """
    words = " ".join(check)
    if found := re.search(r"https?://[^\s'\"]+", words):
        return lambda: answers(found[0])
    if check[0] == "pg_isready":
        return lambda: lets_in(database_url)
    if "/dev/tcp/" in words:
        return lambda: listens(port)
    raise Unreadable(f"healthcheck: {words} を Docker なしで確かめる方法がありません。")


def answers(url: str) -> bool:
    try:
        with _DIRECT.open(url, timeout=PATIENCE_SECONDS) as response:
            return bool(200 <= response.status < 300)
    except (URLError, OSError, HTTPException):
        return False


def listens(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tried:
        tried.settimeout(PATIENCE_SECONDS)
        return tried.connect_ex((HOST, port)) == 0


def lets_in(database_url: Callable[[], str]) -> bool:
    """Whether the database is there for its administrator; before the first start is done there is no password."""
    try:
        with psycopg.connect(database_url(), connect_timeout=int(PATIENCE_SECONDS)):
            return True
    except (FileNotFoundError, psycopg.OperationalError):
        return False
