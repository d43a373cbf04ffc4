"""Say something to a person or a cohort: one logical message becomes a delivery to every platform they are on."""

from collections.abc import Sequence
from datetime import datetime

from cohorts.calendar.hours import next_allowed, next_common
from cohorts.calendar.model import Rhythm
from cohorts.messages import Message
from cohorts.people.model import Account, Cohort, Educator
from cohorts.ports import Delivery, Purpose, Transaction, Verb
from cohorts.values import Frozen


class Note(Frozen):
    """A logical message. `key` is its delivery key; `about` and `thread` name earlier keys in the same room."""

    key: str
    message: Message | None = None
    verb: Verb = "send"
    about: str = ""
    thread: str = ""
    silent: bool = False
    """An edit nobody is told of: it need not wait for anybody's quiet hours."""


def rhythm_of(tx: Transaction, educator: Educator) -> Rhythm:
    lea = tx.people.find_lea(educator.lea_id)
    return Rhythm(
        zone=educator.zone or (lea.zone if lea else "UTC"),
        calendar=tx.calendars.find_for_lea(educator.lea_id),
        quiet_from=educator.quiet_from,
        quiet_until=educator.quiet_until,
        leaves=educator.leaves,
    )


def rhythms_of(tx: Transaction, cohort: Cohort) -> dict[str, Rhythm]:
    """Everybody in the room: active members and the facilitator."""
    return _rhythms(tx, (*cohort.active_members, *filter(None, (cohort.facilitator_id,))))


def rhythms_in(tx: Transaction, cohort: Cohort) -> dict[str, Rhythm]:
    """Everybody who ever had a role here: runs may still name those who paused or left."""
    people = (*(member.educator_id for member in cohort.members), *filter(None, (cohort.facilitator_id,)))
    return _rhythms(tx, people)


def _rhythms(tx: Transaction, people: Sequence[str]) -> dict[str, Rhythm]:
    tx.people.warm(people)
    educators = [tx.people.get_educator(person) for person in dict.fromkeys(people)]
    tx.calendars.warm([educator.lea_id for educator in educators])
    return {educator.id: rhythm_of(tx, educator) for educator in educators}


def account_of(tx: Transaction, educator_id: str) -> Account | None:
    """Where this person is written to: the first account they linked."""
    return next(iter(tx.people.accounts(educator_id)), None)


def tell(tx: Transaction, educator_id: str, note: Note, now: datetime, purpose: Purpose = "reply") -> str:
    """A direct message. A reply goes at once; everything else waits for an instant the person allows.

    Returns the delivery's key, "" when there is nowhere to hear it.
    """
    account = account_of(tx, educator_id)
    return tell_account(tx, account, note, now, purpose) if account else ""


def tell_account(tx: Transaction, account: Account, note: Note, now: datetime, purpose: Purpose = "facilitator") -> str:
    """The same, where just this one of a person's accounts will do."""
    educator_id = account.educator_id
    at = now if purpose == "reply" else next_allowed(rhythm_of(tx, tx.people.get_educator(educator_id)), now)
    # Two queues into one conversation: a reply does not stand behind what waits for the morning.
    queue = f"dm:{educator_id}" if purpose == "reply" else f"dm:{educator_id}:unasked"
    delivery = _delivery(account.platform, account.workspace, queue, note, purpose, at)
    tx.outbox.enqueue(delivery, now)
    return delivery.key


def tell_room(tx: Transaction, cohort: Cohort, note: Note, now: datetime) -> None:
    """The same words in every room of the cohort, at the first instant at which all its people may be written to."""
    at = now if note.silent else next_common(tuple(rhythms_of(tx, cohort).values()), now)
    for platform, workspace in rooms_of(tx, cohort):
        tx.outbox.enqueue(_delivery(platform, workspace, f"cohort:{cohort.id}", note, "room", at), now)


def said_to(tx: Transaction, educator_id: str, key: str) -> Message | None:
    """What was told this person under the key; None when nothing was."""
    account = account_of(tx, educator_id)
    return tx.outbox.message(_at(key, account.platform, account.workspace)) if account else None


def is_said(tx: Transaction, cohort: Cohort, key: str) -> bool:
    """This was said in the cohort's rooms, or waits to be."""
    return any(tx.outbox.enqueued(_at(key, platform, workspace)) for platform, workspace in rooms_of(tx, cohort))


def open_rooms(tx: Transaction, cohort: Cohort, topic: str, now: datetime) -> None:
    """A room on every platform and workspace where somebody of the cohort is."""
    for platform, workspace in rooms_of(tx, cohort):
        delivery = Delivery(
            key=_at(f"{cohort.id}:open", platform, workspace),
            platform=platform,
            workspace=workspace,
            conversation=f"cohort:{cohort.id}",
            verb="open_room",
            people=_users(tx, cohort, platform, workspace),
            name=cohort.name,
            topic=topic,
            not_before=now,
        )
        tx.outbox.enqueue(delivery, now)


def change_people(tx: Transaction, cohort: Cohort, verb: Verb, educator_id: str, now: datetime) -> None:
    """`add_people` or `remove_people` for one person, in the room they are in."""
    account = account_of(tx, educator_id)
    if account is None:
        return
    key = f"{cohort.id}:{verb}:{educator_id}:{now.isoformat()}"
    delivery = Delivery(
        key=_at(key, account.platform, account.workspace),
        platform=account.platform,
        workspace=account.workspace,
        conversation=f"cohort:{cohort.id}",
        verb=verb,
        people=(account.user,),
        not_before=now,
    )
    tx.outbox.enqueue(delivery, now)


def rooms_of(tx: Transaction, cohort: Cohort) -> Sequence[tuple[str, str]]:
    """(platform, workspace) of everybody's account, each once, in a fixed order."""
    accounts = (account_of(tx, person) for person in (cohort.facilitator_id, *(m.educator_id for m in cohort.members)))
    return sorted({(account.platform, account.workspace) for account in accounts if account})


def _users(tx: Transaction, cohort: Cohort, platform: str, workspace: str) -> tuple[str, ...]:
    accounts = (account_of(tx, person) for person in (*cohort.active_members, cohort.facilitator_id))
    here = [a.user for a in accounts if a and (a.platform, a.workspace) == (platform, workspace)]
    return tuple(dict.fromkeys(here))


def _delivery(platform: str, workspace: str, conversation: str, note: Note, purpose: Purpose, at: datetime) -> Delivery:
    return Delivery(
        key=_at(note.key, platform, workspace),
        platform=platform,
        workspace=workspace,
        conversation=conversation,
        verb=note.verb,
        purpose=purpose,
        message=note.message,
        about=_at(note.about, platform, workspace),
        thread=_at(note.thread, platform, workspace),
        not_before=at,
    )


def _at(key: str, platform: str, workspace: str) -> str:
    return f"{key}@{platform}/{workspace}" if key else ""
