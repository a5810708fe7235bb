"""What stands before every request: which hosts and origins are let in, what browsers are told, how a server ends."""

from collections.abc import Callable, Iterable
from signal import SIGINT
from types import FrameType

import uvicorn
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
OPEN_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked by address, by whoever keeps the processes running; they tell nothing of anybody."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
        "form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
FOR_GOOD = "public, max-age=31536000, immutable"
LONGEST_GOODBYE_SECONDS = 5


class Gate:
    """Refuses other hosts (DNS rebinding), writes that come from other sites (CSRF), and addresses with a NUL."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str] = LOOPBACK_HOSTS) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["path"] in OPEN_PATHS and scope["method"] in SAFE_METHODS:
            await self._app(scope, receive, send)
            return
        if "\0" in scope["path"] or b"%00" in scope["query_string"]:
            await PlainTextResponse("住所に使えない文字（NUL）が含まれています。取り除いてください。", 400)(
                scope, receive, send
            )
            return
        refusal = self._refusal(scope["method"], Headers(scope=scope))
        if refusal:
            await PlainTextResponse(refusal, 403)(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", FOR_GOOD if scope["path"].startswith("/static/") else "no-store")
            await send(message)

        await self._app(scope, receive, send_guarded)

    def _refusal(self, method: str, headers: Headers) -> str | None:
        host = headers.get("host", "")
        if _name(host) not in self._hosts:
            return "この住所では使えません。http://127.0.0.1 または http://localhost で開いてください。"
        if method in SAFE_METHODS:
            return None
        if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            return "ほかのサイトからの送信は受け付けません。Yuiの画面から操作してください。"
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != host:
            return "ほかのサイトからの送信は受け付けません。Yuiの画面から操作してください。"
        return None


def _name(host: str) -> str:
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


class Server(uvicorn.Server):
    """Ends open streams (`closing`) as soon as it is told to stop, so that it stops at once. To be run with sockets."""

    def __init__(self, app: ASGIApp, closing: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=LONGEST_GOODBYE_SECONDS,
            )
        )
        self._closing = closing

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - called with both
        """To be told to stop is no error: the signal is not raised again, so that the process ends as it began."""
        self._closing()
        self.force_exit = self.should_exit and sig == SIGINT
        self.should_exit = True

    def end(self) -> None:
        """The same, told by another thread instead of a signal."""
        self._closing()
        self.should_exit = True
