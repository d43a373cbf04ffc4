"""Who somebody of a chat is here, and how they are spoken to: what the desks of all chats ask."""

from bot.chat.words.pieces import Voice
from cohorts.events import AccountRef, Whisper
from cohorts.messages import Message
from cohorts.people.model import Account, Educator
from cohorts.ports import Transaction
from cohorts.usecases.tell import rhythm_of
from cohorts.words import say


def known_by(tx: Transaction, account: AccountRef) -> Educator | None:
    """Nobody, too, when the roster says that they are gone."""
    return behind(tx, tx.people.find_account(account.platform, account.workspace, account.user))


def behind(tx: Transaction, account: Account | None) -> Educator | None:
    educator = tx.people.get_educator(account.educator_id) if account else None
    return educator if educator and educator.active else None


def voice_of(tx: Transaction, educator: Educator | None) -> Voice | None:
    return Voice(language=educator.language, zone=rhythm_of(tx, educator).zone) if educator else None


def connected_already(educator: Educator) -> Whisper:
    """The answer to a code that is brought by somebody who is known."""
    said = say(educator.language, "joining.connect.already", name=educator.given_name)
    return Whisper(message=Message(text=said))
