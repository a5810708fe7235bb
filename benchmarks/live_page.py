"""From the confirmation of a visit until the live page shows it, in the embedded mode with nothing else to do."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.probing import PROBED, Page, probe
from benchmarks.ratios import Ratio, p95
from benchmarks.worlds import opened, settle_in
from deploy.compose.fleet import ROOT
from deploy.servers import free_port

P95_MILLISECONDS = 250.0
ENDS_WITHIN_SECONDS = 20.0


def measure(probes: int) -> Ratio:
    with tempfile.TemporaryDirectory(prefix="yui-bench-") as folder:
        data = Path(folder)
        with opened(data) as session:
            ((_, lines),) = settle_in(session, [PROBED], probes)
        with _serving(data) as address, Page(address, lines) as page:
            slow = p95(probe(page, probes))
    return Ratio(f"POST to live page, p95 of {probes} / 250 ms", slow, P95_MILLISECONDS, "ms", at_most=1)


@contextmanager
def _serving(data: Path) -> Iterator[str]:
    """The pages of that store in a process of their own; where they are, once it says so."""
    port = free_port()
    command = [sys.executable, "-m", "services", "up", "--data", str(data), "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            said = process.stdout.readline() if process.stdout else ""
            if "http" not in said:
                raise RuntimeError(f"the pages were not served: {said}")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(ENDS_WITHIN_SECONDS)
