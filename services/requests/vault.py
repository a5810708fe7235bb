"""The vault: what says who somebody is, and free text. Never in an event (decision 9).

Source: 個人情報の保護に関する法律; `docs/adr/0009`.
"""

from collections.abc import Collection, Sequence
from datetime import date
from hashlib import sha256
from typing import Any

import msgspec
import sqlalchemy as sa

from shared.adapters.sql_keys import Place, rows_at
from shared.adapters.sql_view import upsert
from shared.kernel.ages import Ages, ages_on
from shared.kernel.kinds import PersonRow
from shared.kernel.standing import is_latest

metadata = sa.MetaData()

people = sa.Table(
    "vault_people",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("office_id", sa.Text, primary_key=True),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("details_from", sa.Date),
    sa.Column("name", sa.Text),
    sa.Column("kana", sa.Text),
    sa.Column("birth_date", sa.Date),
    sa.Column("postal_code", sa.Text),
    sa.Column("address", sa.Text),
    sa.Column("phone", sa.Text),
    sa.UniqueConstraint("tenant", "person"),
    sqlite_with_rowid=False,
)

rows = sa.Table(
    "vault_rows",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("care_from", sa.Text, primary_key=True),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

texts = sa.Table(
    "vault_texts",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("ref", sa.Text, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)

reads = sa.Table(
    "vault_reads",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("people", sa.Integer, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
)


class Identity(msgspec.Struct, frozen=True):
    """Behind an office's number: the random id, and the birth date for the ages of a day.

    `details_from` is the `care_from` of the row that the birth date was taken from.
    """

    person: str
    birth_date: date | None
    details_from: date | None = None

    def ages(self, day: date) -> Ages | None:
        if self.birth_date is None or day < self.birth_date:
            return None
        return ages_on(self.birth_date, day)


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """What a page may show of a person to somebody who is allowed to see it."""

    person: str
    office_id: str
    name: str | None
    kana: str | None


def identities(connection: sa.Connection, places: Collection[Place]) -> dict[Place, Identity]:
    """By municipality and the office's number; numbers that nobody has are missing."""
    of = people.c
    columns = (of.tenant, of.office_id, of.person, of.birth_date, of.details_from)
    found = rows_at(connection, columns, of.office_id, places)
    return {(tenant, office_id): Identity(*identity) for tenant, office_id, *identity in found}


def persons(connection: sa.Connection, tenant: str, ids: Collection[str]) -> dict[str, Any]:
    """Whole rows by random id; erased people are missing."""
    found = rows_at(connection, list(people.c), people.c.person, {(tenant, person) for person in ids})
    return {row.person: row for row in found}


def show(
    connection: sa.Connection, tenant: str, ids: Collection[str], actor: str, purpose: str, at: str
) -> dict[str, Person]:
    """Names and numbers for a page or a printed statement, by random id. The read is logged."""
    found = {
        person: Person(person=person, office_id=row.office_id, name=row.name, kana=row.kana)
        for person, row in persons(connection, tenant, ids).items()
    }
    entry = {"tenant": tenant, "actor": actor, "purpose": purpose, "people": len(found), "at": at}
    connection.execute(sa.insert(reads).values(**entry))
    return found


def row_hashes(connection: sa.Connection, places: Collection[Place]) -> dict[tuple[str, str, str], bytes]:
    """The rows accepted so far of people by their random ids, as hashes by (tenant, person, care_from)."""
    of = rows.c
    found = rows_at(connection, (of.tenant, of.person, of.care_from, of.hash), of.person, places)
    return {(tenant, person, care_from): hash_ for tenant, person, care_from, hash_ in found}


def row_hash(row: PersonRow) -> bytes:
    return sha256(msgspec.json.encode(row)).digest()


def row_key(row: PersonRow) -> str:
    return row.care_from.isoformat() if row.care_from else ""


class PersonDetails(msgspec.Struct, frozen=True):
    """An accepted row of the register, to be kept beside the event it made."""

    tenant: str
    person: str
    row: PersonRow


def keep_people(connection: sa.Connection, accepted: Sequence[PersonDetails]) -> None:
    """Write accepted rows: their hash, and the details when no later `care_from` is known."""
    if not accepted:
        return
    known: dict[tuple[str, str], date | None] = {}
    for tenant in {details.tenant for details in accepted}:
        ids = {details.person for details in accepted if details.tenant == tenant}
        known |= {(tenant, person): row.details_from for person, row in persons(connection, tenant, ids).items()}
    written = []
    for details in accepted:
        place = (details.tenant, details.person)
        if not is_latest(details.row.care_from, known.get(place)):
            continue
        known[place] = details.row.care_from
        written.append(_details(details))
    upsert(connection, people, written)
    upsert(
        connection,
        rows,
        [
            {
                "tenant": details.tenant,
                "person": details.person,
                "care_from": row_key(details.row),
                "hash": row_hash(details.row),
            }
            for details in accepted
        ],
    )


def _details(details: PersonDetails) -> dict[str, Any]:
    row = details.row
    return {
        "tenant": details.tenant,
        "office_id": row.person_id,
        "person": details.person,
        "details_from": row.care_from,
        "name": row.name,
        "kana": row.kana,
        "birth_date": row.birth_date,
        "postal_code": row.postal_code,
        "address": row.address,
        "phone": row.phone,
    }


def keep_numbers(connection: sa.Connection, minted: Collection[tuple[str, str, str]]) -> None:
    """Keep (tenant, office number, random id) of people who are only named yet, as relatives."""
    new = [{"tenant": tenant, "office_id": office_id, "person": person} for tenant, office_id, person in minted]
    upsert(connection, people, new)


def keep_texts(connection: sa.Connection, written: Collection[tuple[str, str, str]]) -> None:
    """Keep (tenant, reference, text)."""
    upsert(connection, texts, [{"tenant": tenant, "ref": ref, "text": text} for tenant, ref, text in written])


def text(connection: sa.Connection, tenant: str, ref: str) -> str | None:
    found: str | None = connection.scalar(sa.select(texts.c.text).where(texts.c.tenant == tenant, texts.c.ref == ref))
    return found
