"""Both databases, as the storage tests have them."""

from tests.storage.conftest import database, empty, postgres_server, postgres_shaped, store

__all__ = ["database", "empty", "postgres_server", "postgres_shaped", "store"]
