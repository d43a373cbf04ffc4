"""Signed slips that travel through a browser and come back unchanged: a form on its way, a page's own button."""

from itsdangerous import BadSignature, URLSafeSerializer

from bot.chat.local.events import Raw
from cohorts.messages import Form
from cohorts.values import Frozen


class FormTicket(Frozen):
    """A form as it was given to one person, the event its sending will be, and the path to go back to."""

    raw: Raw
    form: Form
    back: str


class PressTicket(Frozen):
    """A button on a page of ours: what it does, for one person, and the path to go back to where it is not that
    page's own: a button of an answer."""

    user: str
    action: str
    value: str = ""
    back: str = ""


class BadTicketError(Exception):
    """This slip is not ours, or it is somebody else's."""


def write_form(secret: str, ticket: FormTicket) -> str:
    return _write(secret, "form", ticket)


def read_form(secret: str, text: str, user: str) -> FormTicket:
    """Raises BadTicketError."""
    ticket = FormTicket.model_validate_json(_read(secret, "form", text))
    if ticket.raw.user != user:
        raise BadTicketError
    return ticket


def write_press(secret: str, ticket: PressTicket) -> str:
    return _write(secret, "press", ticket)


def read_press(secret: str, text: str, user: str) -> PressTicket:
    """Raises BadTicketError."""
    ticket = PressTicket.model_validate_json(_read(secret, "press", text))
    if ticket.user != user:
        raise BadTicketError
    return ticket


def _write(secret: str, kind: str, ticket: Frozen) -> str:
    signed: str | bytes = URLSafeSerializer(secret, salt=kind).dumps(ticket.model_dump_json())
    return signed if isinstance(signed, str) else signed.decode()


def _read(secret: str, kind: str, text: str) -> str:
    try:
        return str(URLSafeSerializer(secret, salt=kind).loads(text))
    except BadSignature as error:
        raise BadTicketError from error
