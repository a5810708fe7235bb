"""Logs of a process, one JSON document a line: what happened, with tenant and correlation, never who a person is."""

import logging
import sys
from datetime import UTC, datetime
from typing import Literal

import msgspec

CONTEXT = ("service", "subscription", "tenant", "correlation", "cause", "seq", "source", "outcome", "reason", "count")
"""What may stand beside a message: `log.info(text, extra={"tenant": …})`. All of it is free of personal data."""


class JsonLines(logging.Formatter):
    """`{"time", "level", "logger", "message", …context, "error"}`."""

    def format(self, record: logging.LogRecord) -> str:
        document = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "thread": record.threadName,
            "message": record.getMessage(),
        }
        document |= {name: record.__dict__[name] for name in CONTEXT if name in record.__dict__}
        if record.exc_info:
            document["error"] = self.formatException(record.exc_info)
        return msgspec.json.encode(document).decode()


class TextLines(logging.Formatter):
    """The same for people at a terminal."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        context = " ".join(f"{name}={record.__dict__[name]}" for name in CONTEXT if name in record.__dict__)
        return f"{super().format(record)} {context}".rstrip()


class ErrorLines(logging.Formatter):
    """What goes wrong beside a command, for who gave it: one line, where to look further, no traceback. What is
    critical has ended the command, and is told whole.
    """

    def format(self, record: logging.LogRecord) -> str:
        if record.levelno >= logging.CRITICAL:
            return super().format(record)
        error = record.exc_info[1] if record.exc_info else None
        why = f"（{type(error).__name__}: {error}）" if error else ""
        return f"処理の異常: {record.getMessage()}{why}。yui doctor で確かめてください。"


def log_to_stderr(form: Literal["json", "text"], level: int = logging.INFO) -> None:
    """From now on everything that is worth a line goes to stderr; libraries only when something is wrong."""
    _log_with(JsonLines() if form == "json" else TextLines(), level)


def log_errors_to_stderr() -> None:
    """From now on only what goes wrong, a line each."""
    _log_with(ErrorLines(), logging.ERROR)


def _log_with(formatter: logging.Formatter, level: int) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(level, logging.WARNING))
    logging.getLogger("yui").setLevel(level)
