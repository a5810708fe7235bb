"""A view knows in what form its tables were made."""

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.wiring import open_embedded
from shared.adapters.sql_view import FORMS, Shape, SqlView
from tests.tally import LEVELS

JARS = Shape("jars", (sa.Column("jar", sa.Text), sa.Column("shelf", sa.Text)), (sa.Column("level", sa.Integer),))
VIEW = SqlView("tally.jars", (JARS,), lambda _connection, _tables, _events: None)
OTHER_SHAPES = {
    "another column": replace(JARS, columns=(*JARS.columns, sa.Column("label", sa.Text))),
    "another type": replace(JARS, columns=(sa.Column("level", sa.Text),)),
    "another order of keys": replace(JARS, key=JARS.key[::-1]),
    "another index": replace(JARS, indexes=(("level",),)),
}


def in_memory() -> sa.Connection:
    return sa.create_engine("sqlite://").connect()


def with_shape(shape: Shape) -> SqlView:
    return SqlView(VIEW.name, (shape,), VIEW.projection)


def test_what_was_opened_fits() -> None:
    with in_memory() as connection:
        VIEW.open(connection, 1)
        VIEW.open(connection, 1)
        assert VIEW.fits(connection, 1)


@pytest.mark.parametrize("shape", OTHER_SHAPES.values(), ids=OTHER_SHAPES)
def test_tables_of_another_form_stay_and_do_not_fit(shape: Shape) -> None:
    with in_memory() as connection:
        VIEW.open(connection, 1)
        other = with_shape(shape)
        other.open(connection, 1)
        assert not other.fits(connection, 1)
        other.open(connection, 2)
        assert other.fits(connection, 2)


def test_the_same_tables_with_another_meaning_do_not_fit() -> None:
    with in_memory() as connection:
        VIEW.open(connection, 1)
        assert not SqlView(VIEW.name, VIEW.shapes, VIEW.projection, version=2).fits(connection, 1)


def test_what_was_dropped_is_made_in_the_new_form() -> None:
    other = with_shape(OTHER_SHAPES["another column"])
    with in_memory() as connection:
        VIEW.open(connection, 1)
        VIEW.drop(connection, 1)
        other.open(connection, 1)
        assert other.fits(connection, 1)


def test_the_form_is_that_of_every_generation_and_every_process() -> None:
    assert LEVELS.form == SqlView(LEVELS.name, LEVELS.shapes, LEVELS.projection).form != VIEW.form


def test_a_start_rebuilds_the_views_of_another_version(tmp_path: Path) -> None:
    """Given a store whose view has lost a column, when the program starts, then the view is anew in today's form."""
    open_embedded(tmp_path).system.close()
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'points.db'}")
    with engine.begin() as connection:
        connection.execute(sa.update(FORMS).where(FORMS.c.view == "points.entries").values(form="of another version"))
        connection.exec_driver_sql("ALTER TABLE entries__1 DROP COLUMN reason")
    again = open_embedded(tmp_path)
    with again.system.store("points").reading() as connection:
        assert "reason" in {column["name"] for column in sa.inspect(connection).get_columns("entries__2")}
    again.system.close()
    engine.dispose()
