"""History is append-only: the database itself refuses to change or remove a line of it."""

from sqlalchemy import Connection

_SQLITE = tuple(
    f"""CREATE TRIGGER history_{verb.lower()} BEFORE {verb} ON history
        BEGIN SELECT RAISE(ABORT, 'history is append-only'); END"""
    for verb in ("UPDATE", "DELETE")
)
_POSTGRESQL = (
    """CREATE FUNCTION refuse_history_change() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION 'history is append-only'; END $$""",
    """CREATE TRIGGER history_rows BEFORE UPDATE OR DELETE ON history
        FOR EACH ROW EXECUTE FUNCTION refuse_history_change()""",
    """CREATE TRIGGER history_truncate BEFORE TRUNCATE ON history
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_history_change()""",
)


def protect_history(connection: Connection) -> None:
    for statement in _POSTGRESQL if connection.dialect.name == "postgresql" else _SQLITE:
        connection.exec_driver_sql(statement)


def unprotect_history(connection: Connection) -> None:
    """Before the table goes, or is changed; dropping a table in SQLite drops its triggers."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DROP FUNCTION IF EXISTS refuse_history_change CASCADE")
