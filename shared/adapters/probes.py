"""What every process answers to whoever looks after it: `/healthz`, `/readyz`, `/metrics`."""

import json
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from shared.flow.ports import Unavailable

log = logging.getLogger("yui.probes")

Failures = Callable[[], Mapping[str, str]]
"""What does not work now, by name, in a few words."""


def readiness(failures: Failures) -> tuple[int, dict[str, Any]]:
    """Status and document of `/readyz`."""
    try:
        failing = dict(failures())
    except Unavailable as error:
        failing = {"store": str(error)}
    return (503 if failing else 200), {"ready": not failing, "failures": failing}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - overrides
        """What whoever asks breaks off is nothing to log; the rest belongs into the log, not beside it."""
        error = sys.exception()
        if not isinstance(error, ConnectionError):
            log.error("a question was not answered", exc_info=error)


@contextmanager
def probes(address: tuple[str, int], registry: CollectorRegistry, failures: Failures) -> Iterator[int]:
    """Answer on this address while the block runs; the port. OSError when it is taken."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            match self.path.partition("?")[0]:
                case "/healthz":
                    self._answer(200, "text/plain; charset=utf-8", b"ok")
                case "/readyz":
                    status, document = readiness(failures)
                    self._answer(status, "application/json", json.dumps(document, ensure_ascii=False).encode())
                case "/metrics":
                    self._answer(200, CONTENT_TYPE_LATEST, generate_latest(registry))
                case _:
                    self._answer(404, "text/plain; charset=utf-8", b"/healthz /readyz /metrics")

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - overrides
            log.debug(format, *args)

    server = _Server(address, Handler)
    thread = Thread(target=server.serve_forever, name="probes", daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
