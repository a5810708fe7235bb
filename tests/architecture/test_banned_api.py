"""No clock and no random id outside the adapters: ruff goes red on a planted call."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BANNED = {
    "datetime.now": "from datetime import UTC, datetime\n\nmoment = datetime.now(UTC)\n",
    "datetime.utcnow": "from datetime import datetime\n\nmoment = datetime.utcnow()\n",
    "date.today": "import datetime\n\nday = datetime.date.today()\n",
    "uuid4": "from uuid import uuid4\n\nname = uuid4()\n",
    "time.time": "import time\n\nmoment = time.time()\n",
}


def banned_calls(place: str, code: str) -> str:
    ruff = str(Path(sys.executable).with_name("ruff"))
    command = [
        ruff,
        "check",
        "--no-cache",
        "--select",
        "TID251",
        "--output-format",
        "concise",
        "--stdin-filename",
        place,
        "-",
    ]
    return subprocess.run(command, cwd=ROOT, input=code, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("place", ["shared/flow/relay.py", "services/billing/decider.py", "services/demo/days.py"])
@pytest.mark.parametrize("code", BANNED.values(), ids=BANNED)
def test_is_refused(place: str, code: str) -> None:
    assert "TID251" in banned_calls(place, code)


@pytest.mark.parametrize("code", BANNED.values(), ids=BANNED)
def test_is_allowed_in_an_adapter(code: str) -> None:
    assert "TID251" not in banned_calls("shared/adapters/clock.py", code)


def test_a_test_does_not_start_a_loop_where_a_browser_may_have_left_one() -> None:
    assert "TID251" in banned_calls("tests/unit/web/test_gate.py", "import asyncio\n\nasyncio.run(go())\n")
