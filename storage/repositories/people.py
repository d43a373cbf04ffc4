"""Educators, their LEAs and schools, and the accounts a chat knows them by."""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import cast

from sqlalchemy import Connection, bindparam, delete, insert, select, text, update

from cohorts.people.leas import Cooperative
from cohorts.people.model import Account, Educator, Lea, School
from cohorts.ports import MissingError, Saved
from storage.instants import Instant
from storage.prepared import Prepared, Row
from storage.queues.conversations import forget_direct
from storage.rows import add_once, dump, find_in, find_row, find_rows, load, save_row
from storage.tables import (
    LEADS,
    AccountRow,
    CooperativeLeaRow,
    CooperativeRow,
    EducatorRow,
    LeaRow,
    SchoolRow,
    table_of,
)

LEA, EDUCATOR, ACCOUNT = (table_of(model) for model in (LeaRow, EducatorRow, AccountRow))
NEVER = datetime.min.replace(tzinfo=UTC)
COOPERATIVE, COOPERATIVE_LEA = table_of(CooperativeRow), table_of(CooperativeLeaRow)

_SAW = update(EDUCATOR).where(EDUCATOR.c.id == bindparam("educator_id"))
_SAW_AT = Prepared(_SAW.values(last_seen_at=bindparam("at", type_=Instant)))
_LEADERS = Prepared(select(EDUCATOR.c.body).where(text(LEADS)).order_by(EDUCATOR.c.id))
_LAST_SEEN = Prepared(select(EDUCATOR.c.last_seen_at).where(EDUCATOR.c.id == bindparam("educator_id")))


class People:
    """LEAs and educators are asked for many times in one transaction; each is read once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._leas: dict[str, Lea | None] = {}
        self._educators: dict[str, Educator] = {}
        self._leaders: Sequence[Educator] | None = None
        self._accounts_of: dict[str, Sequence[Account]] = {}

    def save_cooperative(self, cooperative: Cooperative) -> Saved:
        columns = {"state": cooperative.state, "body": dump(cooperative)}
        return save_row(self._connection, CooperativeRow, {"id": cooperative.id}, **columns)

    def cooperatives(self) -> Sequence[Cooperative]:
        rows = self._connection.execute(select(COOPERATIVE.c.body).order_by(COOPERATIVE.c.id))
        return [load(Cooperative, row.body) for row in rows]

    def find_cooperative(self, lea_id: str) -> Cooperative | None:
        """The cooperative the LEA belongs to."""
        query = (
            select(COOPERATIVE.c.body)
            .join(COOPERATIVE_LEA, COOPERATIVE_LEA.c.cooperative == COOPERATIVE.c.id)
            .where(COOPERATIVE_LEA.c.lea_id == lea_id)
        )
        body = self._connection.execute(query).scalar()
        return load(Cooperative, body) if body else None

    def save_lea(self, lea: Lea, cooperative: str = "") -> Saved:
        """With a cooperative's id the LEA moves there; without one it stays where it is."""
        if cooperative:
            elsewhere = (COOPERATIVE_LEA.c.lea_id == lea.id) & (COOPERATIVE_LEA.c.cooperative != cooperative)
            self._connection.execute(delete(COOPERATIVE_LEA).where(elsewhere))
            add_once(self._connection, CooperativeLeaRow, cooperative=cooperative, lea_id=lea.id)
        self._leas.pop(lea.id, None)
        return save_row(self._connection, LeaRow, {"id": lea.id}, state=lea.state, body=dump(lea))

    def find_lea(self, lea_id: str) -> Lea | None:
        if lea_id not in self._leas:
            row = find_row(self._connection, LeaRow, id=lea_id)
            self._leas[lea_id] = row and load(Lea, row.body)
        return self._leas[lea_id]

    def leas(self) -> Sequence[Lea]:
        rows = self._connection.execute(select(LEA.c.body).order_by(LEA.c.id))
        return [load(Lea, row.body) for row in rows]

    def save_school(self, school: School) -> Saved:
        return save_row(self._connection, SchoolRow, {"id": school.id}, lea_id=school.lea_id, body=dump(school))

    def find_school(self, school_id: str) -> School | None:
        row = find_row(self._connection, SchoolRow, id=school_id)
        return row and load(School, row.body)

    def save_educator(self, educator: Educator) -> Saved:
        self._educators.pop(educator.id, None)
        self._leaders = None
        return save_row(self._connection, EducatorRow, {"id": educator.id}, **_columns(educator))

    def save_many(self, records: Sequence[School | Educator]) -> Mapping[Saved, int]:
        """Many at once, in three statements a table: a roster of 100,000 goes through here."""
        self._educators.clear()
        self._leaders = None
        tally: Counter[Saved] = Counter()
        schools = {record.id: record for record in records if isinstance(record, School)}
        educators = {record.id: record for record in records if isinstance(record, Educator)}
        tally.update(self._save_batch(SchoolRow, {key: _school_columns(value) for key, value in schools.items()}))
        tally.update(self._save_batch(EducatorRow, {key: _columns(value) for key, value in educators.items()}))
        return tally

    def _save_batch(
        self, model: type[SchoolRow | EducatorRow], wanted: Mapping[str, Mapping[str, str]]
    ) -> Mapping[Saved, int]:
        if not wanted:
            return {}
        table = table_of(model)
        rows = self._connection.execute(select(table.c.id, table.c.body).where(table.c.id.in_(list(wanted))))
        bodies = {row.id: row.body for row in rows}
        fresh = [{"id": key, **columns} for key, columns in wanted.items() if key not in bodies]
        changed = [
            {"key": key, **columns}
            for key, columns in wanted.items()
            if key in bodies and bodies[key] != columns["body"]
        ]
        if fresh:
            self._connection.execute(insert(table), fresh)
        if changed:
            names = [name for name in changed[0] if name != "key"]
            statement = update(table).where(table.c.id == bindparam("key"))
            self._connection.execute(statement.values({name: bindparam(name) for name in names}), changed)
        return {"new": len(fresh), "changed": len(changed), "same": len(wanted) - len(fresh) - len(changed)}

    def warm(self, educator_ids: Collection[str]) -> Sequence[Educator]:
        """Read these people, their LEAs and accounts now, in three statements instead of three for each."""
        missing = [person for person in educator_ids if person not in self._educators]
        if missing:
            self._read(missing)
        unread = [person for person in educator_ids if person not in self._accounts_of]
        if unread:
            self._read_accounts(unread)
        return [self._educators[person] for person in educator_ids if person in self._educators]

    def _read(self, educator_ids: Collection[str]) -> None:
        rows = find_in(self._connection, EducatorRow, "id", educator_ids)
        self._educators |= {row.id: load(Educator, row.body) for row in rows}
        leas = sorted({row.lea_id for row in rows} - self._leas.keys())
        self._leas |= {row.id: load(Lea, row.body) for row in find_in(self._connection, LeaRow, "id", leas)}

    def _read_accounts(self, educator_ids: Collection[str]) -> None:
        by_person: dict[str, list[Row]] = {person: [] for person in educator_ids}
        for row in find_in(self._connection, AccountRow, "educator_id", educator_ids):
            by_person[row.educator_id].append(row)
        self._accounts_of |= {person: _to_accounts(mine) for person, mine in by_person.items()}

    def get_educator(self, educator_id: str) -> Educator:
        if educator_id not in self._educators:
            row = find_row(self._connection, EducatorRow, id=educator_id)
            if row is None:
                raise MissingError(f"No educator {educator_id}.")
            self._educators[educator_id] = load(Educator, row.body)
        return self._educators[educator_id]

    def find_by_email(self, email: str) -> Educator | None:
        row = find_row(self._connection, EducatorRow, email=email.strip().lower())
        return row and load(Educator, row.body)

    def known_educators(self, educator_ids: Sequence[str]) -> Mapping[str, Educator]:
        """Those of them that are here, by id, in one query."""
        query = select(EDUCATOR.c.id, EDUCATOR.c.body).where(EDUCATOR.c.id.in_(educator_ids))
        return {row.id: load(Educator, row.body) for row in self._connection.execute(query)}

    def zones(self) -> Mapping[str, str]:
        """Everybody's zone by e-mail address: their own, or that of their LEA. Holds no whole educators."""
        query = select(EDUCATOR.c.email, EDUCATOR.c.lea_id, EDUCATOR.c.body)
        of_lea = {lea.id: lea.zone for lea in self.leas()}
        rows = self._connection.execute(query)
        return {row.email: json.loads(row.body)["zone"] or of_lea.get(row.lea_id, "") for row in rows}

    def educators(self, lea_id: str = "") -> Sequence[Educator]:
        query = select(EDUCATOR.c.body).order_by(EDUCATOR.c.id)
        if lea_id:
            query = query.where(EDUCATOR.c.lea_id == lea_id)
        return [load(Educator, row.body) for row in self._connection.execute(query)]

    def leaders(self) -> Sequence[Educator]:
        """Facilitators and operators, by id."""
        if self._leaders is None:
            found = [load(Educator, row.body) for row in _LEADERS.all(self._connection, {})]
            self._leaders = [one for one in found if one.leads]  # a name may be such a word too
        return self._leaders

    def link_account(self, account: Account) -> None:
        key = {"platform": account.platform, "workspace": account.workspace, "user": account.user}
        self._accounts_of.clear()
        save_row(self._connection, AccountRow, key, educator_id=account.educator_id)

    def unlink_account(self, account: Account) -> None:
        self._accounts_of.clear()
        platform, workspace = account.platform, account.workspace
        mine = (ACCOUNT.c.platform == platform) & (ACCOUNT.c.workspace == workspace) & (ACCOUNT.c.user == account.user)
        self._connection.execute(delete(ACCOUNT).where(mine))
        forget_direct(self._connection, platform, workspace, account.educator_id)

    def find_account(self, platform: str, workspace: str, user: str) -> Account | None:
        row = find_row(self._connection, AccountRow, platform=platform, workspace=workspace, user=user)
        return row and _to_account(row.platform, row.workspace, row.user, row.educator_id)

    def use_account(self, account: Account, at: datetime) -> None:
        """From now on this is the first of its owner's accounts."""
        self._accounts_of.pop(account.educator_id, None)
        key = {"platform": account.platform, "workspace": account.workspace, "user": account.user}
        save_row(self._connection, AccountRow, key, educator_id=account.educator_id, used_at=at)

    def accounts(self, educator_id: str) -> Sequence[Account]:
        """The one used last comes first, those never used in a fixed order after it."""
        if educator_id not in self._accounts_of:
            self._accounts_of[educator_id] = self._accounts(educator_id=educator_id)
        return self._accounts_of[educator_id]

    def all_accounts(self, platform: str) -> Sequence[Account]:
        return self._accounts(platform=platform)

    def _accounts(self, **key: str) -> Sequence[Account]:
        return _to_accounts(find_rows(self._connection, AccountRow, **key))

    def saw(self, educator_id: str, at: datetime) -> None:
        _SAW_AT.change(self._connection, {"educator_id": educator_id, "at": at})

    def last_seen(self, educator_id: str) -> datetime | None:
        return cast("datetime | None", _LAST_SEEN.scalar(self._connection, {"educator_id": educator_id}))


def _columns(educator: Educator) -> dict[str, str]:
    return {"email": educator.email, "lea_id": educator.lea_id, "body": dump(educator)}


def _school_columns(school: School) -> dict[str, str]:
    return {"lea_id": school.lea_id, "body": dump(school)}


@lru_cache(maxsize=8192)
def _to_account(platform: str, workspace: str, user: str, educator_id: str) -> Account:
    """The same account again, unbuilt: it is asked for with every message."""
    return Account(platform=platform, workspace=workspace, user=user, educator_id=educator_id)


def _to_accounts(rows: Sequence[Row]) -> Sequence[Account]:
    ordered = rows
    if len(rows) > 1:
        ordered = sorted(rows, key=lambda row: (row.platform, row.workspace, row.user))
        ordered.sort(key=lambda row: row.used_at or NEVER, reverse=True)
    return [_to_account(row.platform, row.workspace, row.user, row.educator_id) for row in ordered]
