"""The way from a page to the core: what `bot.web` asks of the house."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar, TypeVarTuple

from itsdangerous import BadSignature, URLSafeTimedSerializer

from bot import clock
from bot.app import House
from bot.chat.local import ids as local
from bot.web.desk import ClockControl, Persona, Reader
from cohorts.events import Event, Response
from cohorts.people.model import Account, Educator
from cohorts.ports import MissingError, Transaction
from cohorts.usecases.show_cohorts import show_cohorts
from storage.sign_ins import keep_link, use_link
from storage.transaction import SqlTransaction

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

PATIENCE = timedelta(seconds=2)
"""So long a page waits for what takes a while; after that it says that it is under way."""
LINK_DAYS = 7
LINK_SALT = "sign-in link"


class HouseDesk:
    """`bot.web.desk.Desk` over a running house. Without a demo, people come in by a signed link."""

    clock: ClockControl | None = None
    demo = False

    def __init__(self, house: House, secret: str) -> None:
        self._house = house
        self._links = URLSafeTimedSerializer(secret, salt=LINK_SALT)

    def now(self) -> datetime:
        return self._house.now()

    def new_token(self) -> str:
        return clock.token()

    async def handle(self, event: Event) -> Response:
        return await self._house.handle(event, PATIENCE)

    async def transact(self, work: Callable[[SqlTransaction, *Ts], T], *args: *Ts) -> T:
        return await self._house.database.transact(work, *args)

    async def read(self, work: Callable[[SqlTransaction, *Ts], T], *args: *Ts) -> T:
        return await self._house.database.read(work, *args)

    async def reader(self, user: str) -> Reader | None:
        return await self._house.database.read(_reader, user)

    async def names(self, users: Iterable[str]) -> Mapping[str, str]:
        return await self._house.database.read(_names, tuple(users))

    async def personas(self, language: str) -> Sequence[Persona]:  # noqa: ARG002 - there is nobody to tell of
        return ()

    async def write_link(self, user: str) -> str:
        """A token that lets this user in once, within a week, unless a newer one is written."""
        nonce = clock.token()
        await self._house.database.transact(keep_link, user, nonce)
        return self._links.dumps([user, nonce])

    async def verify_link(self, token: str) -> str | None:
        try:
            user, nonce = self._links.loads(token, max_age=LINK_DAYS * 24 * 3600)
        except BadSignature:
            return None
        fresh = await self._house.database.transact(_come_in, str(user), str(nonce), self.now())
        return str(user) if fresh else None


def _come_in(tx: SqlTransaction, user: str, nonce: str, now: datetime) -> bool:
    """By the newest link, once. Somebody without any account sees their cohorts here from then on."""
    if not use_link(tx, user, nonce):
        return False
    educator = _educator(tx, user)
    if educator and educator.active and not tx.people.accounts(user):
        account = Account(platform=local.PLATFORM, workspace=local.WORKSPACE, user=user, educator_id=user)
        tx.people.link_account(account)
        show_cohorts(tx, account, now)
    return True


def _reader(tx: Transaction, user: str) -> Reader | None:
    """None for who is no longer on the roster: a session of theirs ends with the next page."""
    educator = _educator(tx, user)
    if educator is None or not educator.active:
        return None
    lea = tx.people.find_lea(educator.lea_id)
    zone = educator.zone or (lea.zone if lea else "UTC")
    return Reader(user=user, name=educator.name, language=educator.language, zone=zone, roles=educator.roles)


def _educator(tx: Transaction, user: str) -> Educator | None:
    try:
        return tx.people.get_educator(user)
    except MissingError:
        return None


def _names(tx: Transaction, users: Sequence[str]) -> Mapping[str, str]:
    found = ((user, _educator(tx, user)) for user in users)
    return {user: educator.name for user, educator in found if educator}
