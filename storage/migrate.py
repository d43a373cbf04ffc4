"""Bring a database to the newest shape. Run at every start; it changes nothing when all is up to date."""

from importlib.resources import as_file, files

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def _config(connection: Connection, folder: str) -> Config:
    config = Config()
    config.set_main_option("script_location", folder)
    config.attributes["connection"] = connection
    return config


_ONE_AT_A_TIME = 4_268_731
"""The advisory lock under which a server is brought to its newest shape: workers that start together wait."""


def upgrade(connection: Connection) -> None:
    """To the newest shape, in the open transaction. Old workers may go on meanwhile: shapes only grow."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})")
    with as_file(files("storage") / "migrations") as folder:
        command.upgrade(_config(connection, str(folder)), "head")


def revisions(connection: Connection) -> tuple[str | None, str | None]:
    """What the database has, what this version of the program wants; equal when up to date."""
    with as_file(files("storage") / "migrations") as folder:
        wanted = ScriptDirectory.from_config(_config(connection, str(folder))).get_current_head()
    return MigrationContext.configure(connection).get_current_revision(), wanted


def autogenerate(connection: Connection, message: str, revision: str) -> None:
    """Write the next migration from the difference between the tables and this database (for developers)."""
    with as_file(files("storage") / "migrations") as folder:
        config = _config(connection, str(folder))
        command.revision(config, message, autogenerate=True, rev_id=revision)
