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
from .unlink import LINKED, UNLINKED, subject_of, tell_others

YES, NO = "account.yes", "account.no"
"""What the buttons of the question do: the only thing somebody unknown can press."""
CONNECT = "account.connect"
"""What bringing a code does, with the code as its value."""
OFFERED, REFUSED = "account_offered", "account_refused"
INVITED = "account_invited"
TOLD_ANEW, RECONSIDERED = "account_told_anew", "account_reconsidered"
LINK_LASTS = timedelta(days=7)
OFFER_LASTS = timedelta(hours=1)
"""After it, or when the platform tells anew who they are, the address is looked up before anybody is asked again."""


def recognise(tx: Transaction, ref: AccountRef, profile: Profile, now: datetime) -> Response:
    """The question whether they are the educator of this address; Unknown when there is none, or they have said no."""
    educator = tx.people.find_by_email(profile.email) if profile.email and not profile.outside else None
    if educator is None or not educator.active:
        return unknown(profile.language)
    kind, person = _last(tx, ref)
    if kind in (REFUSED, UNLINKED) and person == educator.id:
        return unknown(profile.language)
    if kind != OFFERED or offered(tx, ref, now) != educator:
        _record(tx, ref, OFFERED, educator.id, now)
    return Whisper(message=_question(tx, educator))


def question_for(tx: Transaction, ref: AccountRef, now: datetime) -> Message:
    """What somebody unknown sees of us: the question they have not answered yet, or that we do not know them."""
    educator = offered(tx, ref, now) if _last(tx, ref)[0] == OFFERED else None
    return _question(tx, educator) if educator else unknown("").message


def answer_question(tx: Transaction, event: Pressed, now: datetime) -> Response:
    """Yes links the account, and their other accounts are told; no can be taken back. Without a question that is still
    good there is nothing to answer, but who thinks again is asked anew."""
    ref = event.account
    educator = offered(tx, ref, now)
    if educator is None:
        kind, person = _last(tx, ref)
        if kind == REFUSED and event.action == YES:
            _record(tx, ref, RECONSIDERED, person, now)
        return unknown("")
    if event.action == NO:
        _record(tx, ref, REFUSED, educator.id, now)
        return Whisper(message=refused_card(educator.language))
    others = tx.people.accounts(educator.id)
    account = Account(**ref.model_dump(), educator_id=educator.id)
    link(tx, account, now)
    _record(tx, ref, LINKED, educator.id, now)
    tell_others(tx, account, others, now)
    welcome(tx, educator, now)
    return whisper(educator.language, "joining.recognised.yes", name=educator.given_name)


def link(tx: Transaction, account: Account, now: datetime) -> None:
    """The account is this educator's: they are written to there, and see their cohorts there."""
    tx.people.link_account(account)
    tx.people.use_account(account, now)
    show_cohorts(tx, account, now)


def invite_outsider(tx: Transaction, ref: AccountRef, profile: Profile, room: str, now: datetime) -> Educator | None:
    """Whom a web link is to be given, because apps are closed to them where they are; once in a link's life.

    `room`: `cohort:<id>` of where they wrote. They must be a member of that cohort, lead nothing, and have no account
    anywhere yet: their address is told by an organisation that nobody here has chosen.
    """
    educator = tx.people.find_by_email(profile.email) if profile.email and profile.outside else None
    given = tx.history.about(subject_of(ref), INVITED)
    if educator is None or not educator.active or (given and now - given[-1].at < LINK_LASTS):
        return None
    if educator.leads or tx.people.accounts(educator.id):
        return None
    if room not in {f"cohort:{one.id}" for one in tx.cohorts.of(educator.id)}:
        return None
    _record(tx, ref, INVITED, educator.id, now)
    return educator


def unknown(language: str) -> Unknown:
    return Unknown(message=card(words("es" if language == "es" else "en", "joining.unknown")))


def unproven(language: str) -> Unknown:
    """The same where nobody here has chosen who tells the addresses, whoever asks: they show who they are by a code."""
    return Unknown(message=card(words("es" if language == "es" else "en", "joining.unproven")))


def offered(tx: Transaction, ref: AccountRef, now: datetime) -> Educator | None:
    """Whom the question asks for that they have not answered for good, as long as it is good."""
    lines = tx.history.about(subject_of(ref), OFFERED, REFUSED, LINKED, TOLD_ANEW, RECONSIDERED, UNLINKED)
    if not lines or lines[-1].kind not in (OFFERED, REFUSED) or now - lines[-1].at >= OFFER_LASTS:
        return None
    return _active(tx, lines[-1].facts["educator"])


def doubt_offer(tx: Transaction, ref: AccountRef, now: datetime) -> None:
    """Their platform tells anew who they are: what they were asked by the address it told before counts no more."""
    educator = offered(tx, ref, now)
    if educator:
        _record(tx, ref, TOLD_ANEW, educator.id, now)


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
    lines = tx.history.about(subject_of(ref), OFFERED, REFUSED, LINKED, RECONSIDERED, UNLINKED)
    return (lines[-1].kind, lines[-1].facts["educator"]) if lines else ("", "")


def _record(tx: Transaction, ref: AccountRef, kind: str, educator_id: str, now: datetime) -> None:
    facts = {"educator": educator_id}
    tx.history.append(Recorded(at=now, kind=kind, subject=subject_of(ref), actor=ref.user, facts=facts))


def _active(tx: Transaction, educator_id: str) -> Educator | None:
    try:
        educator = tx.people.get_educator(educator_id) if educator_id else None
    except MissingError:
        return None
    return educator if educator and educator.active else None
