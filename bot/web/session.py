"""Who is signed in, by a session whose id is in a signed cookie, and the token that shows a form is one of ours."""

import hashlib
import hmac

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request

from storage.sign_ins import begin_session, end_session, session_user

from .desk import Desk, Reader, WebSettings

COOKIE = "cohortium"
COOKIE_LASTS = 7 * 24 * 3600
"""Seconds since it was last used."""


class SignedOutError(Exception):
    """Nobody is signed in here."""


class OtherReaderError(Exception):
    """Another tab has signed in since this page was opened: what it asks for is not this reader's doing."""


async def sign_in(request: Request, user: str) -> None:
    """A new session, whatever was there: nobody can prepare one for somebody else."""
    desk = desk_of(request)
    session = desk.new_token()
    await desk.transact(begin_session, session, user, desk.now())
    request.session.clear()
    request.session["id"] = session


async def sign_out(request: Request) -> None:
    """The session is over, also for whoever kept a copy of its cookie."""
    await desk_of(request).transact(end_session, str(request.session.get("id", "")))
    request.session.clear()


async def reader_of(request: Request) -> Reader:
    """Raises SignedOutError; OtherReaderError when the page that asks says it was opened for somebody else."""
    reader = await reader_or_none(request)
    if reader is None:
        raise SignedOutError
    if request.headers.get("x-reader", reader.user) != reader.user:
        raise OtherReaderError
    return reader


async def reader_or_none(request: Request) -> Reader | None:
    desk, session = desk_of(request), str(request.session.get("id", ""))
    user = await desk.read(session_user, session)
    reader = await desk.reader(user) if user else None
    if reader is not None:
        request.session["id"] = session  # used, so its cookie lasts from now on
    return reader


def desk_of(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def settings_of(request: Request) -> WebSettings:
    settings: WebSettings = request.app.state.settings
    return settings


def csrf_token(request: Request) -> str:
    """Bound to this session; made when first needed."""
    if "id" not in request.session:
        request.session["id"] = desk_of(request).new_token()
    return _mac(settings_of(request).secret, str(request.session["id"]))


async def checked_form(request: Request, *, files: int = 0) -> FormData:
    """The posted form, with so many files at most, after its token was found good. Raises OtherReaderError when
    somebody is signed in and the token is of another session; else HTTPException 403."""
    form = await request.form(max_files=files, max_fields=400)
    given, known = form.get("csrf"), str(request.session.get("id", ""))
    right = _mac(settings_of(request).secret, known)
    if known and isinstance(given, str) and hmac.compare_digest(given.encode(), right.encode()):
        return form
    if given and await reader_or_none(request):
        raise OtherReaderError
    raise HTTPException(403)


def text_of(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def _mac(secret: str, session: str) -> str:
    return hmac.new(secret.encode(), b"csrf " + session.encode(), hashlib.sha256).hexdigest()
