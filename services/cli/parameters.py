"""Dates and months as arguments of commands."""

from collections.abc import Callable
from datetime import date
from typing import Any

import click

from shared.kernel.dates import Month, parse_date, parse_month


class Parsed(click.ParamType):
    """An argument read by one of the kernel's parsers; its ValueError is the message."""

    def __init__(self, name: str, parse: Callable[[str], Any], done: type) -> None:
        self.name = name
        self._parse = parse
        self._done = done

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> Any:
        if isinstance(value, self._done):
            return value
        try:
            return self._parse(value)
        except ValueError as error:
            self.fail(str(error), parameter, context)


DATE = Parsed("date", parse_date, date)
MONTH = Parsed("month", parse_month, Month)
