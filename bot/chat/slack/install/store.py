"""Installations as Slack's own libraries know them, in our database, with their tokens sealed."""

from collections.abc import Callable
from datetime import UTC, datetime

from slack_bolt.error import BoltError
from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore

from bot.chat.slack.ids import PLATFORM
from bot.chat.slack.origin import Origin
from cohorts.events import Recorded
from storage import installations
from storage.database import Database
from storage.installations import Granted
from storage.installations import Installation as Kept
from storage.queues import workspaces
from storage.queues.workspaces import Place
from storage.transaction import SqlTransaction

from .sealing import Keyring, Secrets

TAKEN_OUT = "team_access_not_granted"
"""Slack's word for a workspace that its organisation has left out. Once something comes from there, it is back."""


class InstallationStore(AsyncInstallationStore):
    """Of every workspace and organisation that let us in. `installed` is called after each that did, committed.

    Whoever is let in where access had been lost finds everything as it was: what was held for its workspaces goes out.
    """

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        now: Callable[[], datetime],
        installed: Callable[[], None] = lambda: None,
    ) -> None:
        self.database, self.keyring, self.now, self.installed = database, keyring, now, installed

    async def async_save(self, installation: Installation) -> None:
        """Raises BoltError for one without a bot token or an id: neither can be used."""
        whole = installation.is_enterprise_install
        key = (installation.enterprise_id if whole else installation.team_id) or ""
        if not key or not installation.bot_token:
            raise BoltError("Slack told no bot token, or not whose it is.")
        granted = Granted(
            organisation=installation.enterprise_id or "",
            whole=whole,
            name=(installation.enterprise_name if whole else installation.team_name) or key,
            app=installation.app_id or "",
            bot=installation.bot_user_id or "",
            scopes=tuple(installation.bot_scopes or ()),
            installed_by=installation.user_id or "",
        )
        secrets = Secrets(installation.bot_token, installation.bot_refresh_token or "")
        sealed, expires_at = self.keyring.seal(key, secrets), moment(installation.bot_token_expires_at)
        await self.database.transact(_install, (PLATFORM, key), granted, sealed, expires_at, self.now())
        self.installed()

    async def async_save_bot(self, bot: Bot) -> None:
        """A renewed token of an installation that is still there."""
        kept = await self._find(bot.enterprise_id, bot.team_id, bot.is_enterprise_install)
        if kept is None:
            return
        secrets = Secrets(bot.bot_token, bot.bot_refresh_token or "")
        await self.renew(kept, secrets, moment(bot.bot_token_expires_at))

    async def async_find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        """None where we are not let in, or not any more. Raises WrongKeyError."""
        kept = await self._find(enterprise_id, team_id, is_enterprise_install)
        return self.bot_of(kept) if kept else None

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,  # noqa: ARG002 - nothing is done in a person's name, so no person has a token
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        """None where we are not let in, or not any more. Raises WrongKeyError."""
        kept = await self._find(enterprise_id, team_id, is_enterprise_install)
        if kept is None:
            return None
        bot = self.bot_of(kept)
        return Installation(
            app_id=bot.app_id,
            enterprise_id=bot.enterprise_id,
            enterprise_name=bot.enterprise_name,
            team_id=bot.team_id,
            team_name=bot.team_name,
            bot_token=bot.bot_token,
            bot_user_id=bot.bot_user_id,
            bot_scopes=bot.bot_scopes,
            bot_refresh_token=bot.bot_refresh_token,
            bot_token_expires_at=bot.bot_token_expires_at,
            user_id=kept.granted.installed_by,
            is_enterprise_install=kept.granted.whole,
            installed_at=kept.installed_at.timestamp(),
        )

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """The installation is revoked, and its tokens forgotten; that it was there stays."""
        place = (PLATFORM, team_id or enterprise_id or "")
        now = self.now()
        await self.database.transact(lambda tx: installations.revoke(tx.connection, place, now))

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """The same; one person's part in it is none."""
        if user_id is None:
            await self.async_delete_bot(enterprise_id=enterprise_id, team_id=team_id)

    async def admits(self, origin: Origin) -> bool:
        """Whether what comes from there is by an installation of ours. The first event by which Slack says that a
        workspace is in the installation of an organisation makes it one of ours; where another organisation, or nobody
        but itself, has ever let us in, none does."""
        found = await self.database.read(_place, origin)
        if found == "moves":
            return await self.database.transact(_move, origin)
        return found == "here"

    async def check(self) -> None:
        """Raises WrongKeyError when a token that is kept cannot be opened: nothing could be sent there."""
        for kept in await self.database.read(lambda tx: installations.all_of(tx.connection, PLATFORM)):
            if kept.revoked_at is None:
                self.keyring.open(kept.id, kept.sealed)

    async def of_workspace(self, workspace: str) -> Kept | None:
        return await self.database.read(lambda tx: installations.find_of(tx.connection, (PLATFORM, workspace)))

    async def renew(self, kept: Kept, secrets: Secrets, expires_at: datetime | None) -> bool:
        """Other tokens for it. False when it was installed anew or revoked meanwhile: then that counts."""
        sealed = self.keyring.seal(kept.id, secrets)
        return await self.database.transact(
            lambda tx: installations.reseal(tx.connection, kept.place, kept.sealed, sealed, expires_at)
        )

    def bot_of(self, kept: Kept) -> Bot:
        """As Slack's libraries take it. Raises WrongKeyError."""
        secrets, granted = self.keyring.open(kept.id, kept.sealed), kept.granted
        return Bot(
            app_id=granted.app,
            enterprise_id=granted.organisation or None,
            enterprise_name=granted.name if granted.whole else None,
            team_id=None if granted.whole else kept.id,
            team_name=None if granted.whole else granted.name,
            bot_token=secrets.token,
            bot_id="",
            bot_user_id=granted.bot,
            bot_scopes=granted.scopes,
            bot_refresh_token=secrets.refresh or None,
            bot_token_expires_at=int(kept.expires_at.timestamp()) if kept.expires_at else None,
            is_enterprise_install=granted.whole,
            installed_at=kept.installed_at.timestamp(),
        )

    async def _find(self, organisation: str | None, team: str | None, whole: bool | None) -> Kept | None:
        """By the ids Slack's libraries ask with: the team's own, or the organisation's that the team is in."""
        if team and not whole:
            return await self.of_workspace(team)
        place = (PLATFORM, organisation or "")
        kept = await self.database.read(lambda tx: installations.find(tx.connection, place))
        return kept if kept and kept.revoked_at is None else None


def moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _install(
    tx: SqlTransaction, place: Place, granted: Granted, sealed: str, expires_at: datetime | None, now: datetime
) -> None:
    installations.install(tx.connection, place, granted, sealed, expires_at, now)
    if granted.whole:
        _take_over(tx, place)
    for workspace in installations.workspaces_in(tx.connection, place):
        workspaces.regain(tx.connection, workspace)
    facts = {"name": granted.name, "whole": "yes" if granted.whole else ""}
    subject = f"{place[0]}/{place[1]}"
    tx.history.append(Recorded(at=now, kind="chat.installed", subject=subject, actor=granted.installed_by, facts=facts))


def _take_over(tx: SqlTransaction, place: Place) -> None:
    """Workspaces of the organisation that had an installation of their own, and lost it, are in this one now."""
    for one in installations.all_of(tx.connection, place[0]):
        if one.granted.organisation == place[1] and not one.granted.whole and one.revoked_at:
            installations.settle(tx.connection, one.place, place[1])


def _place(tx: SqlTransaction, origin: Origin) -> str:
    """here: by the installation that is known for it; moves: by one of the organisation it has been in, or is by
    Slack's own word when nobody has let us in there yet, or again after that had taken this one workspace out; "" for
    everything else."""
    workspace = (PLATFORM, origin.workspace)
    here = installations.find_of(tx.connection, workspace)
    if here is not None and here.id == origin.installation:
        return "moves" if workspaces.why_lost(tx.connection, workspace) == TAKEN_OUT else "here"
    by = installations.find(tx.connection, (PLATFORM, origin.installation))
    if by is None or by.revoked_at is not None:
        return ""
    known = installations.organisations_of(tx.connection, workspace)
    return "moves" if (known == {origin.organisation} if known else origin.vouched) else ""


def leave_out(tx: SqlTransaction, workspace: str, organisation: str, now: datetime) -> bool:
    """What is for it is held. False where we are not in it by this organisation, or where that is known already."""
    place = (PLATFORM, workspace)
    by = installations.find_of(tx.connection, place)
    return by is not None and by.id == organisation and workspaces.lose(tx.connection, place, TAKEN_OUT, now)


def take_in(tx: SqlTransaction, workspace: str, organisation: str) -> bool:
    """By the organisation's own word, where it has let us in. True where we are in it then."""
    return _move(tx, Origin(workspace, organisation, whole=True, vouched=True))


def _move(tx: SqlTransaction, origin: Origin) -> bool:
    """Whether we are there now, by the installation it came from."""
    if _place(tx, origin) == "moves":
        workspace = (PLATFORM, origin.workspace)
        installations.settle(tx.connection, workspace, origin.installation)
        workspaces.regain(tx.connection, workspace)
    return _place(tx, origin) == "here"
