"""Installations: which one we are in a workspace by, what a revoked one still holds, and who renews its token."""

from datetime import timedelta

from storage import installations
from storage.database import PostgresDatabase, SqliteDatabase
from storage.installations import Granted, Installation
from storage.queues.workspaces import Place
from tests.storage.values import NOW

Database = SqliteDatabase | PostgresDatabase
T1: Place = ("slack", "T1")
T2: Place = ("slack", "T2")
E1: Place = ("slack", "E1")
MINUTE = timedelta(minutes=1)
ONE = Granted(name="Spur", bot="UBOT", scopes=("chat:write", "commands"), installed_by="UANN")
ALL = Granted(organisation="E1", whole=True)


async def put(database: Database, place: Place = T1, granted: Granted = ONE, sealed: str = "sealed") -> None:
    await database.with_connection(lambda opened: installations.install(opened, place, granted, sealed, None, NOW))


async def of(database: Database, workspace: Place) -> Installation | None:
    return await database.with_connection(lambda opened: installations.find_of(opened, workspace))


async def test_a_workspace_has_the_installation_that_was_made_for_it(database: Database) -> None:
    await put(database)
    found = await of(database, T1)
    assert found == Installation("slack", "T1", ONE, NOW, None, None, (), "sealed")
    assert await of(database, T2) is None
    assert await of(database, ("discord", "T1")) is None


async def test_an_organisations_is_in_the_workspaces_it_was_heard_from(database: Database) -> None:
    await put(database, E1, ALL)
    assert await of(database, T1) is None
    for place in (T2, T1):
        await database.with_connection(lambda opened, at=place: installations.settle(opened, at, "E1"))
    found = await of(database, T2)
    assert found is not None
    assert found.id == "E1"
    assert await database.with_connection(lambda opened: installations.workspaces_in(opened, E1)) == [T1, T2]


async def test_a_revoked_one_forgets_its_tokens_and_comes_back_with_its_domains(database: Database) -> None:
    await put(database)
    assert await database.with_connection(lambda opened: installations.trust(opened, T1, ["b.example", "a.example"]))
    assert await database.with_connection(lambda opened: installations.revoke(opened, T1, NOW))
    assert not await database.with_connection(lambda opened: installations.revoke(opened, T1, NOW + MINUTE))
    assert await of(database, T1) is None
    kept = await database.with_connection(lambda opened: installations.find(opened, T1))
    assert kept is not None
    assert (kept.revoked_at, kept.sealed) == (NOW, "")
    await put(database, sealed="other")
    again = await of(database, T1)
    assert again is not None
    assert (again.sealed, again.domains, again.revoked_at) == ("other", ("a.example", "b.example"), None)


async def test_one_at_a_time_renews_a_token(database: Database) -> None:
    await put(database)

    async def take(after: timedelta) -> bool:
        at = NOW + after
        return await database.with_connection(lambda opened: installations.take_renewal(opened, T1, at, at + MINUTE))

    assert await take(timedelta())
    assert not await take(MINUTE / 2)
    assert await take(MINUTE)
    until = NOW + timedelta(hours=12)
    assert await database.with_connection(lambda opened: installations.reseal(opened, T1, "sealed", "new", until))
    assert await take(MINUTE)
    found = await of(database, T1)
    assert found is not None
    assert (found.sealed, found.expires_at) == ("new", until)


async def test_what_was_installed_meanwhile_is_not_overwritten_by_a_renewal(database: Database) -> None:
    await put(database)
    await put(database, sealed="installed again")
    assert not await database.with_connection(lambda opened: installations.reseal(opened, T1, "sealed", "late", None))
    found = await of(database, T1)
    assert found is not None
    assert found.sealed == "installed again"
    assert not await database.with_connection(lambda opened: installations.trust(opened, T2, []))
