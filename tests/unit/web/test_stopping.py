"""A server that is told to stop ends the streams that are open, and then itself."""

import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Thread

import httpx
from fastapi import FastAPI
from fastapi.responses import Response

from shared.adapters.http import Server
from shared.flow.system import Progress
from shared.web.bell import Bell
from shared.web.streams import stream


def test_an_open_stream_ends_and_so_does_the_server() -> None:
    bell = Bell(Progress())

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        bell.start()
        yield

    app = FastAPI(lifespan=lifespan)

    async def quiet() -> Response:
        return stream(bell, "", lambda _after: ())

    app.get("/stream", response_model=None)(quiet)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(app, bell.stop)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with httpx.stream("GET", f"{address}/stream", timeout=60) as answer:
            chunks = answer.iter_lines()
            assert next(chunks) == "retry: 1000"
            server.handle_exit(signal.SIGTERM, None)
            assert [line for line in chunks if line] == []
        thread.join()
    assert bell.streams == 0
