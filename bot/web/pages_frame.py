"""What the pages beside the chat share: who reads, as an educator; buttons with tickets; words drawn safely."""

from dataclasses import dataclass
from datetime import date, time
from functools import partial

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.chat.local.ids import PLATFORM, WORKSPACE
from bot.chat.local.markdown import to_html
from cohorts.calendar.instants import to_instant
from cohorts.calendar.speak import speak
from cohorts.people.model import Educator
from cohorts.ports import MissingError, Transaction

from .desk import Reader
from .session import desk_of, settings_of
from .tickets import PressTicket, write_press
from .views import page

NOON = time(12)


@dataclass(frozen=True, slots=True)
class Target:
    """One of several things a button may be about: the action's value, and the option's words."""

    value: str
    label: str


def educator_of(tx: Transaction, user: str) -> Educator:
    """The educator behind a user of the local chat. Raises MissingError."""
    account = tx.people.find_account(PLATFORM, WORKSPACE, user)
    if account is None:
        raise MissingError(f"Nobody is linked to {user}.")
    return tx.people.get_educator(account.educator_id)


def leader_of(tx: Transaction, user: str) -> Educator:
    """The same, if they lead cohorts or run the network. Raises HTTPException 403."""
    educator = educator_of(tx, user)
    if not educator.leads:
        raise HTTPException(403)
    return educator


async def pressable_page(request: Request, template: str, reader: Reader, **values: object) -> Response:
    """A page whose buttons are tickets. Its template also has ticket(action, value), html(text) and day(date)."""
    return await page(
        request,
        template,
        reader,
        200,
        ticket=partial(_ticket, request, reader),
        html=partial(_html, reader),
        day=partial(_day, request, reader),
        **values,
    )


def _ticket(request: Request, reader: Reader, action: str, value: str = "") -> str:
    return write_press(settings_of(request).secret, PressTicket(user=reader.user, action=action, value=value))


def _html(reader: Reader, text: str) -> Markup:
    return to_html(text, reader.zone, reader.language)


def _day(request: Request, reader: Reader, day: date) -> str:
    return speak(to_instant(day, NOON, reader.zone), reader.zone, reader.language, "day", desk_of(request).now())
