"""Both databases, as the storage tests have them."""

from tests.storage.conftest import database, empty, empty_url, postgres_server

__all__ = ["database", "empty", "empty_url", "postgres_server"]
