"""Slack's own idea of an installation store, kept by ours on either database: sealed, found by its ids, revoked."""

import pytest
from cryptography.fernet import Fernet
from slack_bolt.error import BoltError
from slack_sdk.oauth.installation_store import Installation
from sqlalchemy import select, update

from bot.chat.slack.install.sealing import BadKeyError, Keyring, NoKeyError, Secrets, WrongKeyError, new_key
from bot.chat.slack.install.store import InstallationStore
from bot.chat.slack.origin import Origin
from storage.database import PostgresDatabase, SqliteDatabase
from storage.installations import INSTALLATION
from storage.queues import workspaces
from tests.storage.values import NOW

Database = SqliteDatabase | PostgresDatabase
KEY = Fernet.generate_key().decode()


def store_in(database: Database, keys: str = KEY) -> InstallationStore:
    return InstallationStore(database, Keyring(keys), lambda: NOW)


def made(team: str | None = "T1", organisation: str | None = None, *, whole: bool = False) -> Installation:
    return Installation(
        app_id="A1",
        enterprise_id=organisation,
        team_id=team,
        team_name="Spur" if team else None,
        bot_token=f"xoxb-{team or organisation}",
        bot_user_id="UBOT",
        bot_scopes="chat:write,commands",
        bot_refresh_token="xoxe-1-refresh",
        bot_token_expires_at=1_800_000_000,
        user_id="UANN",
        is_enterprise_install=whole,
    )


async def token(
    store: InstallationStore, team: str | None, organisation: str | None = None, *, whole: bool = False
) -> str:
    asked = {"enterprise_id": organisation, "team_id": team}
    bot = await store.async_find_bot(**asked, is_enterprise_install=whole)
    full = await store.async_find_installation(**asked, is_enterprise_install=whole)
    assert (bot and bot.bot_token) == (full and full.bot_token)
    return bot.bot_token if bot else ""


async def test_what_is_saved_is_found_whole_by_its_team(database: Database) -> None:
    store = store_in(database)
    await store.async_save(made())
    found = await store.async_find_installation(enterprise_id=None, team_id="T1")
    assert found is not None
    assert (found.app_id, found.team_name, found.user_id, found.bot_user_id) == ("A1", "Spur", "UANN", "UBOT")
    assert (found.bot_token, found.bot_refresh_token, found.bot_token_expires_at) == (
        "xoxb-T1",
        "xoxe-1-refresh",
        1_800_000_000,
    )
    assert list(found.bot_scopes or ()) == ["chat:write", "commands"]
    assert await token(store, "T2") == ""


async def test_no_row_holds_a_token_that_can_be_read(database: Database) -> None:
    await store_in(database).async_save(made())
    rows = await database.with_connection(lambda opened: opened.execute(select(INSTALLATION)).all())
    assert rows
    assert "xox" not in str(rows)


async def test_two_workspaces_and_an_organisation_never_share_a_token(database: Database) -> None:
    store = store_in(database)
    for one in (made("T1"), made("T2", "E1"), made(None, "E1", whole=True)):
        await store.async_save(one)
    assert await token(store, "T1") == "xoxb-T1"
    assert await token(store, "T2", "E1") == "xoxb-T2"
    assert await token(store, None, "E1", whole=True) == "xoxb-E1"
    assert await token(store, "T3", "E1", whole=True) == "xoxb-E1"


async def test_a_sealed_token_put_beside_another_workspace_does_not_open(database: Database) -> None:
    store = store_in(database)
    await store.async_save(made("T1"))
    await store.async_save(made("T2"))
    (stolen,) = await database.with_connection(
        lambda opened: opened.execute(select(INSTALLATION.c.sealed).where(INSTALLATION.c.id == "T2")).scalars().all()
    )
    swap = update(INSTALLATION).where(INSTALLATION.c.id == "T1").values(sealed=stolen)
    await database.with_connection(lambda opened: opened.execute(swap))
    with pytest.raises(WrongKeyError):
        await token(store, "T1")


async def test_a_deleted_one_is_not_found_and_saving_brings_it_back(database: Database) -> None:
    store = store_in(database)
    await store.async_save(made())
    await store.async_delete_installation(enterprise_id=None, team_id="T1", user_id="UANN")
    assert await token(store, "T1") == "xoxb-T1"
    await store.async_delete_all(enterprise_id=None, team_id="T1")
    assert await token(store, "T1") == ""
    assert not await store.admits(Origin("T1"))
    await store.async_save(made())
    assert await token(store, "T1") == "xoxb-T1"


async def test_a_renewed_bot_replaces_its_tokens_alone(database: Database) -> None:
    store = store_in(database)
    await store.async_save(made())
    bot = await store.async_find_bot(enterprise_id=None, team_id="T1")
    assert bot is not None
    bot.bot_token, bot.bot_token_expires_at = "xoxe.xoxb-2", 1_900_000_000
    await store.async_save_bot(bot)
    found = await store.async_find_installation(enterprise_id=None, team_id="T1")
    assert found is not None
    assert (found.bot_token, found.bot_token_expires_at, found.user_id) == ("xoxe.xoxb-2", 1_900_000_000, "UANN")


@pytest.mark.parametrize("changes", [{"bot_token": None}, {"team_id": None}])
async def test_what_cannot_be_used_is_not_kept(database: Database, changes: dict[str, None]) -> None:
    wrong = made()
    for name, value in changes.items():
        setattr(wrong, name, value)
    with pytest.raises(BoltError):
        await store_in(database).async_save(wrong)


async def test_an_organisation_is_in_the_teams_it_is_heard_from_and_in_no_others(database: Database) -> None:
    store = store_in(database)
    await store.async_save(made(None, "E1", whole=True))
    await store.async_save(made("T9"))
    assert await token(store, "T1") == ""
    assert not await store.admits(Origin("T1", "E1", whole=True))
    assert await store.admits(Origin("T1", "E1", whole=True, vouched=True))
    assert await store.admits(Origin("T1", "E1", whole=True))
    assert await token(store, "T1") == "xoxb-E1"
    assert not await store.admits(Origin("T1", "E2", whole=True))
    assert not await store.admits(Origin("T1", "E1"))
    # Somebody else's workspace, in a channel shared with one of the organisation.
    assert not await store.admits(Origin("T9", "E1", whole=True))
    assert await token(store, "T9") == "xoxb-T9"


async def test_no_organisation_takes_a_workspace_that_another_or_nobody_but_itself_let_us_into(
    database: Database,
) -> None:
    """Also not when it has taken us out meanwhile: what is held for it would go out by a stranger's token."""
    store = store_in(database)
    for one in (made("TOURS"), made("TGRID", "E1"), made(None, "EEVIL", whole=True)):
        await store.async_save(one)
    for team in ("TOURS", "TGRID"):
        await store.async_delete_bot(enterprise_id=None, team_id=team)
        await database.transact(lambda tx, at=("slack", team): workspaces.lose(tx.connection, at, "access_ended", NOW))
        for vouched in (False, True):
            assert not await store.admits(Origin(team, "EEVIL", whole=True, vouched=vouched))
    await store.async_save(made(None, "EEVIL", whole=True))
    lost = await database.read(lambda tx: workspaces.lost(tx.connection))
    assert {one.workspace for one in lost} == {"TOURS", "TGRID"}
    assert await token(store, "TOURS") == ""
    await store.async_save(made("TOURS"))
    assert await token(store, "TOURS") == "xoxb-TOURS"


async def test_a_team_of_the_organisation_moves_from_its_own_installation_to_that_of_all(database: Database) -> None:
    store = store_in(database)
    await store.async_save(made("T1", "E1"))
    await store.async_save(made(None, "E1", whole=True))
    assert await token(store, "T1") == "xoxb-T1"
    assert await store.admits(Origin("T1", "E1", whole=True))
    assert await token(store, "T1") == "xoxb-E1"
    assert await store.admits(Origin("T1", "E1"))
    assert await token(store, "T1") == "xoxb-T1"


async def test_another_key_opens_nothing_and_both_together_all(database: Database) -> None:
    await store_in(database).async_save(made())
    other = new_key()
    with pytest.raises(WrongKeyError, match="COHORTIUM_SLACK_TOKEN_KEYS"):
        await store_in(database, other).check()
    both = store_in(database, f"{other}, {KEY}")
    await both.check()
    assert await token(both, "T1") == "xoxb-T1"


def test_the_first_key_seals_and_secrets_are_not_shown() -> None:
    old, new = Keyring(KEY), Keyring(f"{new_key()},{KEY}")
    sealed = old.seal("T1", Secrets("xoxb-secret", "xoxe-secret"))
    assert not new.is_newest(sealed)
    again = new.reseal(sealed)
    assert new.is_newest(again)
    opened = new.open("T1", again)
    assert (opened.token, opened.refresh) == ("xoxb-secret", "xoxe-secret")
    assert "secret" not in repr(opened)
    with pytest.raises(WrongKeyError):
        old.open("T1", again)


@pytest.mark.parametrize(("keys", "error"), [("", NoKeyError), (" , ", NoKeyError), ("short", BadKeyError)])
def test_a_setting_that_holds_no_key_says_so(keys: str, error: type[Exception]) -> None:
    with pytest.raises(error, match="COHORTIUM_SLACK_TOKEN_KEYS") as raised:
        Keyring(keys)
    assert "short" not in str(raised.value)
