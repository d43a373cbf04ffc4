"""Alembic's door. `storage.migrate` hands in an open connection; there is no ini file and no URL here."""

from alembic import context
from sqlmodel import SQLModel

import storage.tables  # noqa: F401 - fills SQLModel.metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=False,
)
context.run_migrations()
