"""`python -m benchmarks.distributed.idle_agent SERVER TOPIC MESSAGES`: a Faust agent that takes batches of 500 and does
nothing with them. Prints messages a second, from the first batch to the last.
"""

import asyncio
import json
import sys
import tempfile
from time import perf_counter
from typing import Any

import faust

BATCH = 500
WITHIN_SECONDS = 0.02


async def drain(server: str, topic: str, messages: int, folder: str) -> float:
    app = faust.App(
        "idle",
        broker=f"kafka://{server}",
        store="memory://",
        datadir=folder,
        autodiscover=False,
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        consumer_auto_offset_reset="earliest",
    )
    done = asyncio.Event()
    seen: list[tuple[float, int]] = []

    async def idle(stream: Any) -> None:
        taken = 0
        async for batch in stream.take(BATCH, within=WITHIN_SECONDS):
            taken += len(batch)
            seen.append((perf_counter(), taken))
            if taken >= messages:
                done.set()

    app.agent(app.topic(topic, key_serializer="raw", value_serializer="raw"), name="idle")(idle)
    worker = faust.Worker(app, loglevel="ERROR", redirect_stdouts=False, override_logging=False)
    async with app:
        await done.wait()
    worker.spinner = None
    (first, before), (last, after) = seen[0], seen[-1]
    return (after - before) / (last - first)


def main() -> None:
    server, topic, messages = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with tempfile.TemporaryDirectory(prefix="yui-bench-") as folder:
        rate = asyncio.new_event_loop().run_until_complete(drain(server, topic, messages, folder))
    sys.stdout.write(json.dumps(rate))


if __name__ == "__main__":
    main()
