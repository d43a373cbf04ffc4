"""What a button is about is found months later, however little its chat carries, on either database."""

from storage import handles
from storage.database import Database


async def test_a_handle_says_what_its_button_is_about(database: Database) -> None:
    kept = {"handle-one": ("step.open", "run-" + "1" * 300), "handle-two": ("join.open", "")}
    for _ in range(2):
        await database.with_connection(lambda opened: handles.keep(opened, kept))
    for handle, about in kept.items():
        assert await database.with_connection(lambda opened, asked=handle: handles.find(opened, asked)) == about


async def test_a_handle_that_was_never_kept_is_none(database: Database) -> None:
    assert await database.with_connection(lambda opened: handles.find(opened, "handle-none")) is None
