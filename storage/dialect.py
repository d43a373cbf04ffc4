"""SQLAlchemy's own way to a server, which does not wait for ever for one that fell silent."""

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.engine.interfaces import DBAPIConnection

DRIVER = "postgresql+patient"


class Patient(PGDialect_asyncpg):
    """A line that does not answer before it is used is a lost one: another takes its place, and that of all others."""

    supports_statement_cache = True

    def do_ping(self, dbapi_connection: DBAPIConnection) -> bool:
        try:
            return bool(super().do_ping(dbapi_connection))  # type: ignore[no-untyped-call]
        except TimeoutError:
            return False


registry.register("postgresql.patient", __name__, Patient.__name__)
