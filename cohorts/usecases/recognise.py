"""Somebody nobody knows on a platform that knows them: by their e-mail address they are asked, once, who they are.

Only the owner of the address, as their platform tells it, is asked. Nobody can name an address, and every other answer
is the same whether the roster has it or not.
"""

from datetime import datetime, timedelta

from cohorts.cards.basics import card, whisper, words
from cohorts.cards.joining import recognised_card, refused_card
from cohorts.events import AccountRef, Pressed, Profile, Recorded, Response, Unknown, Whisper
from cohorts.messages import Message
from cohorts.people.model import Account, Educator
from cohorts.people.names import tidy_lea
from cohorts.ports import MissingError, Transaction

from .join import welcome
from .show_cohorts import show_cohorts

YES, NO = "account.yes", "account.no"
"""What the buttons of the question do: the only thing somebody unknown can press."""
CONNECT = "account.connect"
"""What bringing a code does, with the code as its value."""
OFFERED, REFUSED, LINKED = "account_offered", "account_refused", "account_linked"
INVITED = "account_invited"
LINK_LASTS = timedelta(days=7)


def recognise(tx: Transaction, ref: AccountRef, profile: Profile, now: datetime) -> Response:
    """The question whether they are the educator of this address; Unknown when there is none, or they have said no."""
    educator = tx.people.find_by_email(profile.email) if profile.email and not profile.outside else None
    if educator is None or not educator.active or _last(tx, ref) == (REFUSED, educator.id):
        return unknown(profile.language)
    if _last(tx, ref) != (OFFERED, educator.id):
        _record(tx, ref, OFFERED, educator.id, now)
    return Whisper(message=_question(tx, educator))


def question_for(tx: Transaction, ref: AccountRef) -> Message:
    """What somebody unknown sees of us: the question they have not answered yet, or that we do not know them."""
    kind, person = _last(tx, ref)
    educator = _active(tx, person)
    return _question(tx, educator) if educator and kind == OFFERED else unknown("").message


def answer_question(tx: Transaction, event: Pressed, now: datetime) -> Response:
    """Yes links the account for good; no can be taken back. Without a question there is nothing to answer."""
    ref = event.account
    educator = offered(tx, ref)
    if educator is None:
        return unknown("")
    if event.action == NO:
        _record(tx, ref, REFUSED, educator.id, now)
        return Whisper(message=refused_card(educator.language))
    link(tx, Account(**ref.model_dump(), educator_id=educator.id), now)
    _record(tx, ref, LINKED, educator.id, now)
    welcome(tx, educator, now)
    return whisper(educator.language, "joining.recognised.yes", name=educator.given_name)


def link(tx: Transaction, account: Account, now: datetime) -> None:
    """The account is this educator's: they are written to there, and see their cohorts there."""
    tx.people.link_account(account)
    tx.people.use_account(account, now)
    show_cohorts(tx, account, now)


def invite_outsider(tx: Transaction, ref: AccountRef, profile: Profile, room: str, now: datetime) -> Educator | None:
    """Whom a web link is to be given, because apps are closed to them where they are; once in a link's life.

    `room`: `cohort:<id>` of where they wrote. They must be of that cohort: their address is told by an organisation
    that nobody here has chosen.
    """
    educator = tx.people.find_by_email(profile.email) if profile.email and profile.outside else None
    given = tx.history.about(_subject(ref), INVITED)
    if educator is None or not educator.active or (given and now - given[-1].at < LINK_LASTS):
        return None
    if room not in {f"cohort:{one.id}" for one in (*tx.cohorts.of(educator.id), *tx.cohorts.led_by(educator.id))}:
        return None
    _record(tx, ref, INVITED, educator.id, now)
    return educator


def unknown(language: str) -> Unknown:
    return Unknown(message=card(words("es" if language == "es" else "en", "joining.unknown")))


def unproven(language: str) -> Unknown:
    """The same where nobody here has chosen who tells the addresses, whoever asks: they show who they are by a code."""
    return Unknown(message=card(words("es" if language == "es" else "en", "joining.unproven")))


def offered(tx: Transaction, ref: AccountRef) -> Educator | None:
    """Whom the question asks for that they have not answered for good."""
    kind, person = _last(tx, ref)
    return _active(tx, person) if kind in (OFFERED, REFUSED) else None


def connect(tx: Transaction, ref: AccountRef, educator_id: str | None, now: datetime) -> Response:
    """They brought a code of this educator's, made where they had signed in; None for a code that is good for nobody.
    No address says who they are."""
    educator = _active(tx, educator_id or "")
    if educator is None:
        return whisper("en", "joining.connect.wrong")
    link(tx, Account(**ref.model_dump(), educator_id=educator.id), now)
    _record(tx, ref, LINKED, educator.id, now)
    welcome(tx, educator, now)
    return whisper(educator.language, "joining.connect.done", name=educator.given_name)


def _question(tx: Transaction, educator: Educator) -> Message:
    lea = tx.people.find_lea(educator.lea_id)
    return recognised_card(educator, tidy_lea(lea.name) if lea else "")


def _last(tx: Transaction, ref: AccountRef) -> tuple[str, str]:
    """What was asked or answered last, and about whom; both "" when nothing was."""
    lines = tx.history.about(_subject(ref), OFFERED, REFUSED, LINKED)
    return (lines[-1].kind, lines[-1].facts["educator"]) if lines else ("", "")


def _record(tx: Transaction, ref: AccountRef, kind: str, educator_id: str, now: datetime) -> None:
    facts = {"educator": educator_id}
    tx.history.append(Recorded(at=now, kind=kind, subject=_subject(ref), actor=ref.user, facts=facts))


def _subject(ref: AccountRef) -> str:
    return f"account/{ref.platform}/{ref.workspace}/{ref.user}"


def _active(tx: Transaction, educator_id: str) -> Educator | None:
    try:
        educator = tx.people.get_educator(educator_id) if educator_id else None
    except MissingError:
        return None
    return educator if educator and educator.active else None
