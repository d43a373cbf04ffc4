"""Where a database is may be shown, and the way in never."""

import pytest

from storage.away import without_password


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ada@host/db", "postgresql://ada@host/db"),
        ("postgresql://ada:secret@host:5432/db", "postgresql://ada@host:5432/db"),
        ("postgresql://ada:se?cret@host/db", "postgresql://ada@host/db"),
        ("postgresql://ada:sec@ret@host/db", "postgresql://ada@host/db"),
        ("mysql://ada:s?secret@127.0.0.1/x", "mysql://ada@127.0.0.1/x"),
        ("postgresql://host/db?user=ada&password=sec@ret", "postgresql://host/db?user=ada"),
        ("postgresql://host/db?sslpassword=secret&sslmode=require", "postgresql://host/db?sslmode=require"),
        ("sqlite:////srv/cohortium.db", "sqlite:////srv/cohortium.db"),
        ("ada:secret@host", "***"),
        ("postgresql://ada:secret@host:secret/db", "***"),
        ("", "***"),
    ],
)
def test_no_part_of_a_password_is_shown(url: str, shown: str) -> None:
    assert without_password(url) == shown
