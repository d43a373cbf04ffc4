"""The way from Discord to the core: what `bot.chat.discord` asks of the house."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from pydantic import ValidationError

from bot.app import House
from bot.chat.discord.custom_ids import Handles
from bot.chat.discord.hearing.desk import Heard, Look, OpenedForm, Told
from bot.chat.discord.ids import PLATFORM, is_direct
from bot.chat.discord.interactions import KEPT
from bot.chat.words.pieces import Voice
from bot.known import behind, connected_already, known_by, voice_of
from cohorts.cards.basics import card, whisper, words
from cohorts.events import (
    AccessEnded,
    AccountRef,
    Done,
    Event,
    FieldErrors,
    Held,
    Notice,
    OpenForm,
    Posted,
    Pressed,
    Response,
    RoomChanged,
    Unknown,
)
from cohorts.ids import make_id
from cohorts.people.model import Educator
from cohorts.usecases.guard_room import Watched, guard_room
from cohorts.usecases.hold_words import ask_to_hold, keep_words
from cohorts.usecases.lose_access import lose_access
from cohorts.usecases.receive import receive
from cohorts.usecases.recognise import CONNECT, connect
from cohorts.usecases.room_state import ROOM_CHANGED, closed_by, room_subject
from cohorts.usecases.take_notice import take_notice
from prompts.render import LANGUAGES
from storage import handles, open_forms
from storage.accounts import accounts_of, rooms_in
from storage.queues import workspaces
from storage.queues.conversations import keep_conversation
from storage.sign_ins import use_code
from storage.transaction import SqlTransaction

FORM_LASTS = timedelta(days=14)
"""So long may somebody leave a form open; what they wrote in it is forgotten then."""
NAME = "Discord"


class HouseDesk:
    """`bot.chat.discord.hearing.desk.Desk` over a running house. Discord tells nobody's address: whoever is not known
    brings a code."""

    def __init__(self, house: House, site: str) -> None:
        self._house, self._site = house, site

    async def handle(self, heard: Heard) -> Told:
        response, known = await self._house.database.transact(_answer, heard, self._house.now())
        return Told(response, self._spoken(known, heard.language))

    async def opened(self, form: str, account: AccountRef) -> OpenedForm | None:
        return await self._house.database.read(_opened, form, account, self._house.now())

    async def fill(self, opened: OpenedForm) -> None:
        await self._house.database.transact(_keep_form, opened, self._house.now())

    async def note(self, notice: Notice) -> None:
        await self._house.database.transact(_note, notice, self._house.now())
        self._house.dispatcher.wake()

    async def let_in(self, workspace: str) -> None:
        place = (PLATFORM, workspace)
        if await self._house.database.read(lambda tx: workspaces.why_lost(tx.connection, place)):
            await self._house.database.transact(lambda tx: workspaces.regain(tx.connection, place))
            self._house.dispatcher.wake()

    async def closed_rooms(self, workspace: str) -> Sequence[str]:
        return await self._house.database.read(_closed_rooms, workspace)

    async def rooms(self, workspace: str) -> Collection[str]:
        return frozenset(await self._house.database.read(lambda tx: rooms_in(tx.connection, (PLATFORM, workspace))))

    async def watch(self, workspace: str, conversation: str, look: Look) -> None:
        place = {"platform": PLATFORM, "workspace": workspace, "conversation": conversation}
        watched = Watched(**place, shown=look.shown, ours=look.ours)
        await self._house.database.transact(guard_room, watched, self._house.now())
        self._house.dispatcher.wake()

    async def open_again(self, workspace: str, conversation: str) -> None:
        now = self._house.now()
        key = make_id("discord-opened", workspace, conversation, now.isoformat())
        place = {"platform": PLATFORM, "workspace": workspace, "conversation": conversation}
        await self.note(RoomChanged(key=key, **place, what="opened_again", at=now))

    async def knows(self, account: AccountRef) -> bool:
        return await self._house.database.read(_knows, account)

    async def voice(self, account: AccountRef, language: str) -> Voice:
        return self._spoken(await self._house.database.read(_voice, account), language)

    def _spoken(self, known: Voice | None, language: str) -> Voice:
        spoken = known or Voice(language=_ours(language))
        return spoken.model_copy(update={"site": self._site})

    async def keep(self, kept: Handles) -> None:
        await self._house.database.transact(lambda tx: handles.keep(tx.connection, kept))


def _answer(tx: SqlTransaction, heard: Heard, now: datetime) -> tuple[Response | OpenedForm, Voice | None]:
    response = _receive(tx, heard, now)
    return response, _voice(tx, heard.event.account)


def _receive(tx: SqlTransaction, heard: Heard, now: datetime) -> Response | OpenedForm:
    """In one transaction: who and where it is, what the core says to it, and the form it opens or has sent."""
    event = _meant(tx, _settled(tx, heard))
    if event is None:
        return whisper(_language(tx, heard), "basics.gone")
    educator = _educator(tx, event.account)
    if isinstance(event, Pressed) and event.action == CONNECT:
        return _connect(tx, educator, (event, _language(tx, heard)), now)
    if educator is None:
        return _stranger(heard.language)
    if is_direct(event.place.conversation):
        place = event.place.conversation
        keep_conversation(tx.connection, PLATFORM, event.account.workspace, f"dm:{educator.id}", place)
    response = receive(tx, event, now)
    if isinstance(response, Held) and isinstance(event, Posted):
        # In a channel nobody can be told something for themselves, and words that are not to us are not shown to us.
        return (keep_words if event.text.strip() else ask_to_hold)(tx, educator, event, now)
    return _with_form(tx, event, response, heard.form, now)


def _settled(tx: SqlTransaction, heard: Heard) -> Event:
    """In a direct conversation it is the server in which they told us something last; a thread that is no room of ours
    is a part of its channel."""
    event = heard.event
    account, place = event.account, event.place
    if not account.workspace:
        known = accounts_of(tx.connection, PLATFORM, account.user)
        account = account.model_copy(update={"workspace": known[0].workspace}) if known else account
    if heard.within and not tx.outbox.logical(PLATFORM, account.workspace, place.conversation):
        place = heard.within.model_copy(update={"message": place.message})
    return event.model_copy(update={"account": account, "place": place})


def _meant(tx: SqlTransaction, event: Event) -> Event | None:
    """What a handle stands for; None for one that was never kept."""
    if not isinstance(event, Pressed) or event.action != KEPT:
        return event
    does = handles.find(tx.connection, event.value)
    return event.model_copy(update={"action": does[0], "value": does[1]}) if does else None


def _connect(tx: SqlTransaction, known: Educator | None, asked: tuple[Pressed, str], now: datetime) -> Response:
    """With a code somebody is let in: they have shown elsewhere who they are. It is a server they are let in to."""
    event, language = asked
    if known:
        return connected_already(known)
    if not event.account.workspace:
        return _stranger(language)
    if not tx.inbox.receive(f"{PLATFORM}/{event.account.workspace}", event.key, now):
        return Done()
    whose = use_code(tx, event.value, now)
    if whose is None:
        return whisper(language, "joining.connect.wrong")
    return connect(tx, event.account, whose, now)


def _stranger(language: str) -> Unknown:
    return Unknown(message=card(words(_ours(language), "joining.stranger", platform=NAME)))


def _ours(language: str) -> str:
    """The language, where we speak it."""
    return language if language in LANGUAGES else LANGUAGES[0]


def _with_form(tx: SqlTransaction, event: Event, response: Response, sent: str, now: datetime) -> Response | OpenedForm:
    """The form that opens is kept, and the one that was taken forgotten."""
    if sent and not isinstance(response, FieldErrors):
        open_forms.forget(tx.connection, sent)
    if not isinstance(response, OpenForm):
        return response
    form_id = make_id("form", event.key)
    educator = _educator(tx, event.account)
    whose = educator.id if educator else ""
    opened = OpenedForm(id=form_id, account=event.account, educator=whose, form=response.form, place=event.place)
    _keep_form(tx, opened, now)
    open_forms.limit(tx.connection, event.account.user, form_id, (now, now + FORM_LASTS))
    return opened


def _opened(tx: SqlTransaction, form: str, account: AccountRef, now: datetime) -> OpenedForm | None:
    """In a direct conversation it is sent as whoever opened it; from another server it is not sent."""
    kept = open_forms.find(tx.connection, form, now)
    try:
        opened = OpenedForm.model_validate_json(kept or "")
    except ValidationError:  # it is gone, or of a version that did not keep whose it is
        return None
    if account.user != opened.account.user or account.workspace not in ("", opened.account.workspace):
        return None
    whose = _educator(tx, opened.account)
    return opened if whose and whose.id == opened.educator else None


def _keep_form(tx: SqlTransaction, opened: OpenedForm, now: datetime) -> None:
    open_forms.keep(tx.connection, opened.id, opened.model_dump_json(), (now, now + FORM_LASTS))


def _note(tx: SqlTransaction, notice: Notice, now: datetime) -> None:
    if isinstance(notice, RoomChanged) and not _concerns_us(tx, notice):
        return
    if take_notice(tx, notice, now) and isinstance(notice, AccessEnded):
        place = (notice.platform, notice.workspace)
        if workspaces.lose(tx.connection, place, "access_ended", now):
            lose_access(tx, place, [place], workspaces.lost_places(tx.connection), now)


def _concerns_us(tx: SqlTransaction, notice: RoomChanged) -> bool:
    """Discord tells of every channel of a server, and of each change of it, whatever has changed."""
    if not tx.outbox.logical(PLATFORM, notice.workspace, notice.conversation):
        return False
    if notice.what != "renamed":
        return True
    lines = tx.history.about(room_subject(PLATFORM, notice.workspace, notice.conversation), ROOM_CHANGED)
    names = [line.facts["name"] for line in lines if line.facts["what"] == "renamed"]
    return names[-1:] != [notice.name]


def _closed_rooms(tx: SqlTransaction, workspace: str) -> Sequence[str]:
    rooms = rooms_in(tx.connection, (PLATFORM, workspace))
    return [one for one in rooms if closed_by(tx, room_subject(PLATFORM, workspace, one)) == "closed_to_us"]


def _knows(tx: SqlTransaction, account: AccountRef) -> bool:
    return _educator(tx, account) is not None


def _educator(tx: SqlTransaction, account: AccountRef) -> Educator | None:
    """Without a workspace, in a direct conversation, whoever it is in the one they used last."""
    if account.workspace:
        return known_by(tx, account)
    return behind(tx, next(iter(accounts_of(tx.connection, account.platform, account.user)), None))


def _language(tx: SqlTransaction, heard: Heard) -> str:
    educator = _educator(tx, heard.event.account)
    return educator.language if educator else _ours(heard.language)


def _voice(tx: SqlTransaction, account: AccountRef) -> Voice | None:
    return voice_of(tx, _educator(tx, account))
