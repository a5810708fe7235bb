"""What goes wrong beside a command is said in a line."""

import logging

from shared.adapters.logs import ErrorLines


def test_an_error_is_one_line_without_a_traceback() -> None:
    try:
        raise ValueError("garbage")
    except ValueError as error:
        info = (type(error), error, error.__traceback__)
    record = logging.LogRecord("yui.threads", logging.ERROR, __file__, 1, "loop failed: %s", ("live",), info)
    assert ErrorLines().format(record) == (
        "処理の異常: loop failed: live（ValueError: garbage）。yui doctor で確かめてください。"
    )


def test_what_has_ended_a_command_is_told_whole() -> None:
    try:
        raise ValueError("garbage")
    except ValueError as error:
        info = (type(error), error, error.__traceback__)
    record = logging.LogRecord("yui.cli", logging.CRITICAL, __file__, 1, "command failed: %s", ("import",), info)
    first, second, *_, last = ErrorLines().format(record).splitlines()
    assert (first, second, last) == (
        "command failed: import",
        "Traceback (most recent call last):",
        "ValueError: garbage",
    )


def test_an_error_without_an_exception_is_said_too() -> None:
    record = logging.LogRecord("yui", logging.ERROR, __file__, 1, "stopped", (), None)
    assert ErrorLines().format(record) == "処理の異常: stopped。yui doctor で確かめてください。"
