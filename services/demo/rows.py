"""The rows of the four CSV kinds that `yui import` reads: field names are the columns, in their order."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple


class OrganisationRow(NamedTuple):
    """One row of `organisations`; dates are ISO text, an open end is empty."""

    organisation_id: str
    name: str
    services: str
    district_id: str
    active_from: str
    active_until: str


class PersonRow(NamedTuple):
    """One row of `people`: one person from one `care_from` on; `relatives` are ids separated by `;`."""

    person_id: str
    roles: str
    name: str
    kana: str
    birth_date: str
    postal_code: str
    address: str
    phone: str
    district_id: str
    care_level: str
    care_from: str
    care_until: str
    registered_on: str
    trained_on: str
    relatives: str


class VisitRow(NamedTuple):
    """One row of `visits`; `helper_ids` and `menu` hold one or more items separated by `;`."""

    visit_id: str
    organisation_id: str
    user_id: str
    helper_ids: str
    service: str
    menu: str
    served_on: str
    started_at: str
    minutes: int
    outcome: str
    slip_no: str


class ActivityRow(NamedTuple):
    """One row of `activities`; `kind` is `participation` or `volunteering`."""

    activity_id: str
    person_id: str
    kind: str
    done_on: str
    started_at: str
    minutes: int
    group_id: str
    venue_id: str


class _LineAsWritten:
    """Lets `csv.writer.writerow` return the line it would have written."""

    def write(self, text: str, /) -> str:
        return text


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The header and then each row as one CSV line ending in LF, made one at a time."""
    writer = csv.writer(_LineAsWritten(), lineterminator="\n")
    yield str(writer.writerow(columns))
    for row in rows:
        yield str(writer.writerow(row))


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The whole CSV file as text, UTF-8 when encoded, without BOM."""
    return "".join(csv_lines(columns, rows))


def clock(minute_of_day: int) -> str:
    """HH:MM of a minute counted from midnight."""
    return f"{minute_of_day // 60:02d}:{minute_of_day % 60:02d}"
