"""What dashboards, lists and the live page ask of the read model: group-bys over rows per visit, grant and earning."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from services.reporting.views import FIGURES
from shared.adapters.sql_store import live_generation

Dimension = Literal["month", "organisation_id", "district_id"]
LARGEST_PAGE = 200


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


def figures_by(connection: sa.Connection, tenant: str, period: Period, by: Dimension) -> list[Figures]:
    """The figures of a period by month, organisation or district, in the order of their keys."""
    tables = _tables(connection)
    names = _names(connection, tables, tenant, by)
    found: dict[str, Figures] = {}
    for query in (
        _visit_sums(tables, tenant, period, by),
        _grant_sums(tables, tenant, period, by),
        _point_sums(tables, tenant, period, by),
    ):
        for row in connection.execute(query):
            key = row.key or ""
            figures = found.setdefault(key, Figures(key=key, name=names.get(key, key)))
            for name, value in row._mapping.items():
                if name != "key":
                    setattr(figures, name, value or 0)
    return [found[key] for key in sorted(found)]


def total_figures(connection: sa.Connection, tenant: str, period: Period) -> Figures:
    """The figures of the whole municipality; people who came in several months count once."""
    tables = _tables(connection)
    total = Figures(key=tenant, name="")
    for query in (
        _visit_sums(tables, tenant, period, None),
        _grant_sums(tables, tenant, period, None),
        _point_sums(tables, tenant, period, None),
    ):
        for name, value in connection.execute(query).one()._mapping.items():
            if name != "key":
                setattr(total, name, value or 0)
    return total


def _visit_sums(tables: Mapping[str, sa.Table], tenant: str, period: Period, by: Dimension | None) -> sa.Select[Any]:
    visits = tables["visit_figures"].c
    done = (visits.status == "confirmed") & (visits.outcome == "done")
    key = _key(None if by is None else visits[by])
    query = sa.select(
        key,
        sa.func.sum(sa.case((done, 1), else_=0)).label("visits"),
        sa.func.count(sa.distinct(sa.case((done, visits.person)))).label("people"),
        sa.func.sum(visits.subsidy_yen).label("per_visit_yen"),
    ).where(
        visits.tenant == tenant,
        visits.status != "planned",
        visits.served_on >= f"{period.first}-01",
        visits.served_on <= f"{period.last}-31",
    )
    return query if by is None else query.group_by(key)


def _grant_sums(tables: Mapping[str, sa.Table], tenant: str, period: Period, by: Dimension | None) -> sa.Select[Any]:
    grants, organisations = tables["grant_figures"].c, tables["organisation_names"].c
    column = organisations.district_id if by == "district_id" else None if by is None else grants[by]
    key = _key(column)
    query = sa.select(
        key,
        sa.func.sum(grants.base_yen).label("base_yen"),
        sa.func.sum(grants.startup_yen).label("startup_yen"),
    ).where(grants.tenant == tenant, grants.month.between(period.first, period.last))
    if by == "district_id":
        same = (organisations.tenant == grants.tenant) & (organisations.organisation_id == grants.organisation_id)
        query = query.join_from(tables["grant_figures"], tables["organisation_names"], same, isouter=True)
    return query if by is None else query.group_by(key)


def _point_sums(tables: Mapping[str, sa.Table], tenant: str, period: Period, by: Dimension | None) -> sa.Select[Any]:
    """By organisation or district only what was earned in their visits."""
    points, visits = tables["point_figures"].c, tables["visit_figures"].c
    over_visits = by in {"organisation_id", "district_id"}
    key = _key(None if by is None else visits[by] if over_visits else points[by])
    query = sa.select(key, sa.func.sum(points.points).label("points")).where(
        points.tenant == tenant, points.month.between(period.first, period.last)
    )
    if over_visits:
        same = (visits.tenant == points.tenant) & (visits.visit_id == points.activity_id)
        query = query.join_from(tables["point_figures"], tables["visit_figures"], same)
        query = query.where(points.kind.startswith("visit_") | points.kind.startswith("day_"))
    return query if by is None else query.group_by(key)


def _key(column: Any) -> Any:
    return (sa.literal("") if column is None else column).label("key")


def _names(connection: sa.Connection, tables: Mapping[str, sa.Table], tenant: str, by: Dimension) -> dict[str, str]:
    if by == "month":
        return {}
    table = tables["organisation_names" if by == "organisation_id" else "district_names"]
    query = sa.select(table.c[by], table.c.name).where(table.c.tenant == tenant)
    return {row[0]: row[1] for row in connection.execute(query)}


def organisation_names(connection: sa.Connection, tenant: str) -> dict[str, str]:
    return _names(connection, _tables(connection), tenant, "organisation_id")


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
        found.append(of.visit_id.contains(only.text, autoescape=True))
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
