"""The way from Slack to the core: what `bot.chat.slack` asks of the house."""

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime

from bot.app import House
from bot.chat.slack.ids import PLATFORM, is_direct
from bot.chat.slack.install.store import leave_out, take_in
from bot.chat.words.pieces import Voice
from bot.known import connected_already, known_by, voice_of
from cohorts.cards.joining import way_in_card
from cohorts.events import (
    AccessEnded,
    AccountRef,
    Arrived,
    Done,
    Event,
    Held,
    Notice,
    Place,
    Posted,
    Pressed,
    Profile,
    ReachChanged,
    Response,
    Whisper,
)
from cohorts.messages import Message
from cohorts.people.model import Educator
from cohorts.ports import Transaction
from cohorts.usecases.hold_words import keep_words
from cohorts.usecases.home import home_for
from cohorts.usecases.lose_access import lose_access
from cohorts.usecases.receive import receive
from cohorts.usecases.recognise import (
    CONNECT,
    YES,
    connect,
    invite_outsider,
    offered,
    question_for,
    recognise,
    unproven,
)
from cohorts.usecases.take_notice import still_holds, take_notice
from storage import installations
from storage.queues import workspaces
from storage.queues.conversations import keep_conversation, logical_conversation
from storage.sign_ins import use_code
from storage.transaction import SqlTransaction

WriteLink = Callable[[str], Awaitable[str]]
"""Makes the token with which this educator signs in on the web, once."""


class HouseDesk:
    """`bot.chat.slack.hearing.desk.Desk` over a running house. In many workspaces an address counts only where an
    operator has said so."""

    def __init__(self, house: House, site: str, write_link: WriteLink) -> None:
        self._house, self._site, self._write_link = house, site, write_link
        self._many = house.installations is not None

    async def handle(self, event: Event) -> Response:
        """Committed when it returns; what it caused is delivered behind the ack, for which every commit that has
        caused something wakes the bell."""
        return await self._house.database.transact(_receive, event, self._house.now(), self._many)

    async def organisation(self, workspace: str) -> str:
        """What whoever let us in there told, never what comes with an event: that may name somebody else's."""
        if not self._many:
            return ""
        place = (PLATFORM, workspace)
        found = await self._house.database.read(lambda tx: installations.find_of(tx.connection, place))
        return found.granted.organisation if found else ""

    async def recognise(self, account: AccountRef, profile: Profile, place: Place) -> Response:
        now = self._house.now()
        if self._many and not await self._house.database.read(_is_believed, account, profile):
            return Done() if profile.outside else unproven(profile.language)
        if not profile.outside:
            return await self._house.database.transact(recognise, account, profile, now)
        educator = await self._house.database.transact(_invite, account, profile, place, now)
        if educator is None:
            return Done()
        self._house.dispatcher.wake()
        address = f"{self._site}/enter?token={await self._write_link(educator.id)}"
        return Whisper(message=way_in_card(educator.language, address))

    async def note(self, notice: Notice) -> None:
        now = self._house.now()

        def note(tx: SqlTransaction) -> None:
            fresh = take_notice(tx, notice, now)
            if fresh and isinstance(notice, AccessEnded):
                _lose(tx, notice, now)
            if fresh and isinstance(notice, ReachChanged) and self._many:
                _reach(tx, notice, now)

        await self._house.database.transact(note)
        self._house.dispatcher.wake()

    async def voice(self, account: AccountRef) -> Voice:
        known = await self._house.database.read(_voice, account)
        return known.model_copy(update={"site": self._site}) if known else Voice(site=self._site)

    async def home(self, account: AccountRef) -> Message:
        now = self._house.now()

        def home(tx: SqlTransaction) -> Message:
            educator = known_by(tx, account)
            if educator is None:
                asked = not self._many or offered(tx, account, now)
                return question_for(tx, account, now) if asked else unproven("").message
            shown = home_for(tx, educator, now)
            return shown.message if isinstance(shown, Whisper) else Message(text="")

        return await self._house.database.read(home)


def _receive(tx: SqlTransaction, event: Event, now: datetime, many: bool) -> Response:
    """Somebody may write to us before we have ever written to them: from now on we know where they read us. A command
    and a message's menu say nothing of it, for they also come from where two people talk without us."""
    direct = isinstance(event, Arrived | Posted) and is_direct(event.place.conversation)
    educator = known_by(tx, event.account) if many or direct or isinstance(event, Pressed) else None
    if isinstance(event, Pressed) and event.action == CONNECT:
        return _connect(tx, educator, event, now)
    if many and educator is None:
        return _meet(tx, event, now)
    if educator and direct:
        place = event.place.conversation
        keep_conversation(tx.connection, PLATFORM, event.account.workspace, f"dm:{educator.id}", place)
    response = receive(tx, event, now)
    if isinstance(response, Held) and isinstance(event, Posted) and (author := known_by(tx, event.account)):
        return keep_words(tx, author, event, now)  # Slack lets nobody take another's message back
    return response


def _meet(tx: SqlTransaction, event: Event, now: datetime) -> Response:
    """A question that was asked while the address counted is answered only as long as it does."""
    asked = offered(tx, event.account, now) if isinstance(event, Pressed) and event.action == YES else None
    if asked and (asked.leads or not _is_domain_of(asked.email, _domains(tx, event.account))):
        return unproven(asked.language)
    return receive(tx, event, now)


def _connect(tx: SqlTransaction, known: Educator | None, event: Pressed, now: datetime) -> Response:
    """With a code somebody is let in wherever they type it: they have shown elsewhere who they are."""
    if known:
        return connected_already(known)
    if not tx.inbox.receive(f"{PLATFORM}/{event.account.workspace}", event.key, now):
        return Done()
    return connect(tx, event.account, use_code(tx, event.value, now), now)


def _is_believed(tx: SqlTransaction, ref: AccountRef, profile: Profile) -> bool:
    """Whether what this workspace tells of somebody counts. Outsiders are told of by another one yet: enough here is
    that an operator trusts this one at all, and the core lets them in only where they are a member. Whoever leads is
    never known by an address alone: they bring a code."""
    domains = _domains(tx, ref)
    if profile.outside or not domains:
        return bool(domains)
    educator = tx.people.find_by_email(profile.email) if profile.email else None
    return _is_domain_of(profile.email, domains) and not (educator and educator.leads)


def _is_domain_of(email: str, domains: Collection[str]) -> bool:
    return email.rpartition("@")[2].lower() in domains


def _domains(tx: SqlTransaction, ref: AccountRef) -> Collection[str]:
    found = installations.find_of(tx.connection, (ref.platform, ref.workspace))
    return found.domains if found else ()


def _lose(tx: SqlTransaction, notice: AccessEnded, now: datetime) -> None:
    """Of all the workspaces that the installation was for. What ended before it was made anew has ended no more."""
    place = (notice.platform, notice.workspace)
    installed = installations.find(tx.connection, place)
    if installed and notice.at and notice.at < installed.installed_at.replace(microsecond=0):
        return
    if installed is None and installations.find_of(tx.connection, place):
        return  # it was let in again by the organisation it is in
    here = (place,) if installed is None else installations.workspaces_in(tx.connection, place)
    installations.revoke(tx.connection, place, now)
    lost = [one for one in here if workspaces.lose(tx.connection, one, "access_ended", now)]
    if lost:
        lose_access(tx, place, lost, workspaces.lost_places(tx.connection), now)


def _reach(tx: SqlTransaction, notice: ReachChanged, now: datetime) -> None:
    """Only of an organisation that has let us in, and only what did not happen before it did."""
    place = (notice.platform, notice.organisation)
    installed = installations.find(tx.connection, place)
    if installed is None or installed.revoked_at is not None:
        return
    if notice.at and notice.at < installed.installed_at.replace(microsecond=0):
        return
    for workspace in still_holds(tx, notice, now):
        if notice.inside:
            take_in(tx, workspace, notice.organisation)
        elif leave_out(tx, workspace, notice.organisation, now):
            gone = (notice.platform, workspace)
            lose_access(tx, gone, (gone,), workspaces.lost_places(tx.connection), now)


def _invite(tx: SqlTransaction, ref: AccountRef, profile: Profile, place: Place, now: datetime) -> Educator | None:
    """An outsider is let in on the web, and only as somebody of the very cohort in whose room they are."""
    room = logical_conversation(tx.connection, PLATFORM, ref.workspace, place.conversation)
    return invite_outsider(tx, ref, profile, room or "", now)


def _voice(tx: Transaction, account: AccountRef) -> Voice | None:
    return voice_of(tx, known_by(tx, account))
