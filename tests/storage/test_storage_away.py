"""What a database says when it cannot be opened, in words for whoever runs it."""

import pytest

from storage.away import first_words


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "(sqlalchemy.dialects.postgresql.asyncpg.Error) <class 'asyncpg.exceptions.X'>: no such role\n[SQL: x]",
            "no such role",
        ),
        ("(sqlite3.OperationalError) unable to open database file", "unable to open database file"),
        ("[Errno 111] Connect call failed", "[Errno 111] Connect call failed"),
        ("", "OSError"),
    ],
)
def test_of_what_a_driver_says_the_words_are_told_and_not_its_classes(said: str, told: str) -> None:
    assert first_words(OSError(said)) == told
