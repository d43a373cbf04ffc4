"""Bring a database to the newest shape. Run at every start; it changes nothing when all is up to date."""

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from importlib.resources import as_file, files

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Column, Connection, Integer, MetaData, Table, inspect

MARK = Table("half_moved", MetaData(), Column("id", Integer, primary_key=True))
"""Stands in a database as long as only part of another one has been copied into it."""


class HalfMovedError(Exception):
    """This database holds half of another one: finish with `cohortium db move`, or set another COHORTIUM_DATABASE."""

    def __str__(self) -> str:
        return str(self.__doc__)


class NewerShapeError(Exception):
    """A newer version of Cohortium has shaped this database: install that version, or go back to a copy from before."""

    def __str__(self) -> str:
        return str(self.__doc__)


def _config(folder: str, connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", folder)
    config.attributes["connection"] = connection
    return config


LOCK_PATIENCE = timedelta(seconds=1)
"""So long a change of a table waits for those who use it, and they for it."""


@cache
def _newest() -> str | None:
    """Asked of the scripts once in a process: reading them all takes milliseconds."""
    with as_file(files("storage") / "migrations") as folder:
        return ScriptDirectory.from_config(_config(str(folder))).get_current_head()


_ONE_AT_A_TIME = 4_268_731
"""The advisory lock under which a server is brought to its newest shape: workers that start together wait."""


def half_moved(connection: Connection) -> bool:
    return inspect(connection).has_table(MARK.name)


def upgrade(connection: Connection, to: str = "head") -> None:
    """To the newest shape, in the open transaction. Old workers may go on meanwhile: shapes only grow.

    On a server a table that others have open for long is not waited for, since everybody else would wait behind us:
    the database then begins anew. Raises HalfMovedError (whoever starts on half the data would act on it) or
    NewerShapeError, having changed nothing.
    """
    if half_moved(connection):
        raise HalfMovedError
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})")
    has, wants = revisions(connection)
    if has == wants:
        return
    if has and not is_known(has):
        raise NewerShapeError
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {LOCK_PATIENCE // timedelta(milliseconds=1)}")
    with as_file(files("storage") / "migrations") as folder:
        command.upgrade(_config(str(folder), connection), to)


def shapes() -> Sequence[str]:
    """The name of every shape there has been, the first one first."""
    with as_file(files("storage") / "migrations") as folder:
        script = ScriptDirectory.from_config(_config(str(folder)))
        return [each.revision for each in reversed(list(script.walk_revisions()))]


def revisions(connection: Connection) -> tuple[str | None, str | None]:
    """What the database has, what this version of the program wants; equal when up to date."""
    return MigrationContext.configure(connection).get_current_revision(), _newest()


def is_known(revision: str) -> bool:
    """False for what only a newer version of the program can have made."""
    with as_file(files("storage") / "migrations") as folder:
        try:
            ScriptDirectory.from_config(_config(str(folder))).get_revision(revision)
        except CommandError:
            return False
    return True


def autogenerate(connection: Connection, message: str, revision: str) -> None:
    """Write the next migration from the difference between the tables and this database (for developers)."""
    with as_file(files("storage") / "migrations") as folder:
        config = _config(str(folder), connection)
        command.revision(config, message, autogenerate=True, rev_id=revision)
