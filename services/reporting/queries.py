"""What dashboards, lists and the live page ask of the read model: group-bys over rows per visit, grant and earning."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

import msgspec
import sqlalchemy as sa

from services.reporting.views import FIGURES
from shared.adapters.sql_store import live_generation

Dimension = Literal["month", "organisation_id", "district_id"]
Place = tuple[str, str | None, str | None]
"""Month, organisation, district; None where a visit has none."""

DIMENSIONS: Final[tuple[Dimension, ...]] = ("month", "organisation_id", "district_id")
_NOBODY: Final = "-"
"""In place of an organisation or district: what does not belong to any."""


class Figures(msgspec.Struct, kw_only=True):
    """Sums of one group. `visits` were done; `people` are the different users of those visits; yen are subsidies."""

    key: str
    name: str
    visits: int = 0
    people: int = 0
    per_visit_yen: int = 0
    base_yen: int = 0
    startup_yen: int = 0
    points: int = 0

    @property
    def total_yen(self) -> int:
        return self.per_visit_yen + self.base_yen + self.startup_yen


class Period(msgspec.Struct, frozen=True):
    """Months `YYYY-MM`, both included."""

    first: str
    last: str


class Summary(msgspec.Struct):
    """Figures by each dimension in the order of its keys, and of the whole, in which everybody counts once."""

    by: dict[Dimension, list[Figures]]
    total: Figures


class VisitFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of visits is narrowed to; None: not at all. `text` is looked for in the visit's number."""

    month: str | None = None
    organisation_id: str | None = None
    status: str | None = None
    reason: str | None = None
    text: str | None = None


def _tables(connection: sa.Connection) -> Mapping[str, sa.Table]:
    return FIGURES.tables(live_generation(connection, FIGURES.name))


def latest_month(connection: sa.Connection, tenant: str) -> str | None:
    """The month of the last visit that took place, None before the first one."""
    visits = _tables(connection)["visit_figures"].c
    query = sa.select(visits.month).where(visits.tenant == tenant, visits.status == "confirmed")
    found: str | None = connection.scalar(query.order_by(visits.served_on.desc()).limit(1))
    return found


def served_span(connection: sa.Connection, tenant: str) -> tuple[str, str] | None:
    """The months of the first and of the last visit, planned ones too."""
    visits = _tables(connection)["visit_figures"].c
    query = sa.select(visits.month).where(visits.tenant == tenant, visits.month.is_not(None)).limit(1)
    first = connection.scalar(query.order_by(visits.served_on))
    return first and (first, str(connection.scalar(query.order_by(visits.served_on.desc()))))


def figures_of(connection: sa.Connection, tenant: str, period: Period) -> Summary:
    """The figures of a period: one pass over its visits, its grants and its earnings, each."""
    tables = _tables(connection)
    sums = _Sums()
    for month, organisation, district, person, visits, yen in connection.execute(_visits(tables, tenant, period)):
        sums.add_visits((month, organisation, district), person, visits, yen or 0)
    for month, organisation, district, base, startup in connection.execute(_grants(tables, tenant, period)):
        for figures in sums.of((month, organisation, district)):
            figures.base_yen += base
            figures.startup_yen += startup
    for month, organisation, district, points in connection.execute(_points(tables, tenant, period)):
        for figures in sums.of((month, organisation, district)):
            figures.points += points
    names = {
        "organisation_id": organisation_names(connection, tenant),
        "district_id": _names(connection, tables["district_names"], "district_id", tenant),
    }
    return sums.summary(names)


def _visits(tables: Mapping[str, sa.Table], tenant: str, period: Period) -> sa.Select[Any]:
    """By month, organisation, district and user. A year is read as the rows lie, a month through the index of days."""
    of = tables["visit_figures"].c
    done = (of.status == "confirmed") & (of.outcome == "done")
    one_month = of.served_on.between(f"{period.first}-01", f"{period.first}-31")
    group = (of.month, of.organisation_id, of.district_id, of.person)
    return (
        sa.select(*group, sa.func.sum(sa.case((done, 1), else_=0)), sa.func.sum(of.subsidy_yen))
        .where(of.tenant == tenant, of.status.in_(("confirmed", "void")))
        .where(one_month if period.first == period.last else of.month.between(period.first, period.last))
        .group_by(*group)
    )


def _grants(tables: Mapping[str, sa.Table], tenant: str, period: Period) -> sa.Select[Any]:
    of, organisations = tables["grant_figures"].c, tables["organisation_names"].c
    same = (organisations.tenant == of.tenant) & (organisations.organisation_id == of.organisation_id)
    return (
        sa.select(of.month, of.organisation_id, organisations.district_id, of.base_yen, of.startup_yen)
        .join_from(tables["grant_figures"], tables["organisation_names"], same, isouter=True)
        .where(of.tenant == tenant, of.month.between(period.first, period.last))
        .where((of.base_yen != 0) | (of.startup_yen != 0))
    )


def _points(tables: Mapping[str, sa.Table], tenant: str, period: Period) -> sa.Select[Any]:
    """What was earned in visits belongs to their organisation and district; the rest to none (`_NOBODY`)."""
    of, visits = tables["point_figures"].c, tables["visit_figures"].c
    in_visit = of.kind.startswith("visit_") | of.kind.startswith("day_")
    same = in_visit & (visits.tenant == of.tenant) & (visits.visit_id == of.activity_id)
    group = (
        of.month,
        sa.case((in_visit, visits.organisation_id), else_=_NOBODY),
        sa.case((in_visit, visits.district_id), else_=_NOBODY),
    )
    return (
        sa.select(*group, sa.func.sum(of.points))
        .join_from(tables["point_figures"], tables["visit_figures"], same, isouter=True)
        .where(of.tenant == tenant, of.month.between(period.first, period.last), of.points != 0)
        .group_by(*group)
    )


class _Sums:
    """Figures by every dimension at once."""

    def __init__(self) -> None:
        self._total = Figures(key="", name="")
        self._everybody: set[str] = set()
        self._groups: dict[tuple[Dimension, str], Figures] = {}
        self._people: dict[tuple[Dimension, str], set[str]] = {}

    def of(self, place: Place) -> Iterator[Figures]:
        """The figures that something at this place counts in."""
        yield self._total
        for dimension, key in zip(DIMENSIONS, place, strict=True):
            if key != _NOBODY:
                found = self._groups.get((dimension, key or ""))
                if found is None:
                    found = self._groups[dimension, key or ""] = Figures(key=key or "", name=key or "")
                yield found

    def add_visits(self, place: Place, person: str, visits: int, yen: int) -> None:
        for figures in self.of(place):
            figures.visits += visits
            figures.per_visit_yen += yen
        if visits:
            self._everybody.add(person)
            for dimension, key in zip(DIMENSIONS, place, strict=True):
                self._people.setdefault((dimension, key or ""), set()).add(person)

    def summary(self, names: Mapping[str, Mapping[str, str]]) -> Summary:
        by: dict[Dimension, list[Figures]] = {dimension: [] for dimension in DIMENSIONS}
        for (dimension, key), figures in sorted(self._groups.items()):
            figures.people = len(self._people.get((dimension, key), ()))
            figures.name = names.get(dimension, {}).get(key, key)
            by[dimension].append(figures)
        self._total.people = len(self._everybody)
        return Summary(by, self._total)


def organisation_names(connection: sa.Connection, tenant: str) -> dict[str, str]:
    return _names(connection, _tables(connection)["organisation_names"], "organisation_id", tenant)


def _names(connection: sa.Connection, table: sa.Table, key: str, tenant: str) -> dict[str, str]:
    rows = connection.execute(sa.select(table.c[key], table.c.name).where(table.c.tenant == tenant))
    return {row[0]: row[1] for row in rows}


def list_visits(
    connection: sa.Connection, tenant: str, only: VisitFilter, after: tuple[str, str] | None, limit: int
) -> list[Any]:
    """Rows of visits, the latest first, from behind `after` (served_on, visit_id); at most `limit`."""
    table = _tables(connection)["visit_figures"]
    of = table.c
    query = sa.select(table).where(of.tenant == tenant, of.status.is_not(None), *_narrowed(of, only))
    if after is not None:
        query = query.where(sa.tuple_(of.served_on, of.visit_id) < sa.tuple_(*after))
    return list(connection.execute(query.order_by(of.served_on.desc(), of.visit_id.desc()).limit(limit)))


def _narrowed(of: Any, only: VisitFilter) -> list[Any]:
    found: list[Any] = []
    if only.month is not None:
        found.append(of.served_on.between(f"{only.month}-01", f"{only.month}-31"))
    if only.organisation_id is not None:
        found.append(of.organisation_id == only.organisation_id)
    if only.status is not None:
        found.append(of.status == only.status)
    if only.reason is not None:
        found.append(of.reason == only.reason)
    if only.text is not None:
        found.append(of.visit_id.icontains(only.text, autoescape=True))
    return found


def list_recent(connection: sa.Connection, tenant: str, limit: int) -> list[Any]:
    """The last events about visits, newest first, each with the visit's row as it stands now (yen once assessed)."""
    tables = _tables(connection)
    recent, visits, names = tables["recent_visits"], tables["visit_figures"], tables["organisation_names"]
    query = (
        sa.select(
            recent.c.seq,
            recent.c.type,
            recent.c.recorded.label("noticed"),
            visits,
            names.c.name.label("organisation_name"),
        )
        .join_from(recent, visits, (visits.c.tenant == recent.c.tenant) & (visits.c.visit_id == recent.c.visit_id))
        .join(
            names,
            (names.c.tenant == visits.c.tenant) & (names.c.organisation_id == visits.c.organisation_id),
            isouter=True,
        )
        .where(recent.c.tenant == tenant)
        .order_by(recent.c.seq.desc())
        .limit(limit)
    )
    return list(connection.execute(query))
