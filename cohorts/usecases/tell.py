"""Say something to a person or a cohort: one logical message becomes a delivery to every platform they are on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from functools import cached_property, lru_cache

from cohorts.calendar.hours import next_allowed, next_common
from cohorts.calendar.model import Rhythm, SchoolCalendar
from cohorts.messages import Message
from cohorts.people.model import Account, Cohort, Educator, Leave
from cohorts.ports import Delivery, Purpose, Transaction, Verb

Room = tuple[str, str]
"""Platform and workspace: where one of a cohort's rooms is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A logical message. `key` is its delivery key; `about` and `thread` name earlier keys in the same room."""

    key: str
    message: Message | None = None
    verb: Verb = "send"
    about: str = ""
    thread: str = ""
    name: str = ""
    """What the conversation about it is called, where the chat gives it a name."""
    silent: bool = False
    """An edit nobody is told of: it need not wait for anybody's quiet hours."""


class Audience:
    """A cohort at one instant, as whoever tells it something wants to know it: looked up once, for all that is said.

    It holds as long as nobody's days and accounts change.
    """

    def __init__(self, tx: Transaction, cohort: Cohort, now: datetime) -> None:
        self._tx, self.cohort, self.now = tx, cohort, now

    @cached_property
    def rhythms(self) -> dict[str, Rhythm]:
        """Of everybody who ever had a role here."""
        return rhythms_in(self._tx, self.cohort)

    @cached_property
    def rooms(self) -> Sequence[Room]:
        return rooms_of(self._tx, self.cohort)

    @cached_property
    def may_hear_at(self) -> datetime:
        """The first instant at which all in the room may be written to."""
        return next_common([self.rhythms[person] for person in people_of(self.cohort)], self.now)

    def tell(self, note: Note) -> None:
        """The same words in every room of the cohort.

        A room that was opened later has nothing of what was said before, so nothing about that is told there.
        """
        at = self.now if note.silent else self.may_hear_at
        for room in self.rooms:
            if len(self.rooms) == 1 or not note.about or self._tx.outbox.enqueued(_at(note.about, *room)):
                self._tx.outbox.add(_delivery(*room, f"cohort:{self.cohort.id}", note, "room", at), self.now)

    def was_told(self, key: str) -> bool:
        """This was said in the rooms, or waits to be."""
        return any(self._tx.outbox.enqueued(_at(key, *room)) for room in self.rooms)


def rhythm_of(tx: Transaction, educator: Educator) -> Rhythm:
    return _rhythm_at(educator, *_days_of(tx, educator.lea_id))


def _days_of(tx: Transaction, lea_id: str) -> tuple[str, SchoolCalendar | None]:
    """The zone and the calendar of an LEA."""
    lea = tx.people.find_lea(lea_id)
    return lea.zone if lea else "UTC", tx.calendars.find_for_lea(lea_id)


def _rhythm_at(educator: Educator, zone: str, calendar: SchoolCalendar | None) -> Rhythm:
    return _rhythm(educator.zone or zone, calendar, educator.quiet_from, educator.quiet_until, educator.leaves)


@lru_cache(maxsize=8192)
def _rhythm(
    zone: str, calendar: SchoolCalendar | None, quiet_from: time, quiet_until: time, leaves: tuple[Leave, ...]
) -> Rhythm:
    """The same rhythm again for all who share it: what is known of it is found the faster."""
    return Rhythm(zone=zone, calendar=calendar, quiet_from=quiet_from, quiet_until=quiet_until, leaves=leaves)


def rhythms_of(tx: Transaction, cohort: Cohort) -> dict[str, Rhythm]:
    """Everybody in the room."""
    return _rhythms(tx, people_of(cohort))


def people_of(cohort: Cohort) -> Sequence[str]:
    """Whose room it is, each once: the active members and the facilitator."""
    return tuple(dict.fromkeys((*cohort.active_members, *filter(None, (cohort.facilitator_id,)))))


def rhythms_in(tx: Transaction, cohort: Cohort) -> dict[str, Rhythm]:
    """Everybody who ever had a role here: runs may still name those who paused or left."""
    people = (*(member.educator_id for member in cohort.members), *filter(None, (cohort.facilitator_id,)))
    return _rhythms(tx, people)


def _rhythms(tx: Transaction, people: Sequence[str]) -> dict[str, Rhythm]:
    tx.people.warm(people)
    educators = [tx.people.get_educator(person) for person in dict.fromkeys(people)]
    leas = {educator.lea_id for educator in educators}
    tx.calendars.warm(leas)
    days = {lea_id: _days_of(tx, lea_id) for lea_id in leas}
    return {educator.id: _rhythm_at(educator, *days[educator.lea_id]) for educator in educators}


def account_of(tx: Transaction, educator_id: str) -> Account | None:
    """Where this person is written to: the account they last told us something from, else the first."""
    return next(iter(tx.people.accounts(educator_id)), None)


def tell(tx: Transaction, educator_id: str, note: Note, now: datetime, purpose: Purpose = "reply") -> str:
    """A direct message. A reply goes at once; everything else waits for an instant the person allows.

    What is about an earlier message goes where that one went. Returns the delivery's key, "" when there is nowhere to
    hear it.
    """
    account = (_account_told(tx, educator_id, note.about) if note.about else None) or account_of(tx, educator_id)
    return tell_account(tx, account, note, now, purpose) if account else ""


def tell_account(tx: Transaction, account: Account, note: Note, now: datetime, purpose: Purpose = "facilitator") -> str:
    """The same, where just this one of a person's accounts will do."""
    educator_id = account.educator_id
    at = now if purpose == "reply" else next_allowed(rhythm_of(tx, tx.people.get_educator(educator_id)), now)
    # Two queues into one conversation: a reply does not stand behind what waits for the morning.
    queue = f"dm:{educator_id}" if purpose == "reply" else f"dm:{educator_id}:unasked"
    delivery = _delivery(account.platform, account.workspace, queue, note, purpose, at)
    tx.outbox.add(delivery, now)
    return delivery.key


def tell_alone(tx: Transaction, account: Account, note: Note, now: datetime) -> None:
    """At once, to this very account, whichever other ones the person has in the same workspace."""
    place = (account.platform, account.workspace)
    delivery = _delivery(*place, f"dm:{account.educator_id}:{account.user}", note, "reply", now)
    tx.outbox.add(delivery.model_copy(update={"people": (account.user,)}), now)


def tell_room(tx: Transaction, cohort: Cohort, note: Note, now: datetime) -> None:
    """Where one thing alone is said: see `Audience`."""
    Audience(tx, cohort, now).tell(note)


def tell_one_room(tx: Transaction, cohort: Cohort, room: Room, note: Note, now: datetime) -> None:
    """In this room alone."""
    at = next_common(tuple(rhythms_of(tx, cohort).values()), now)
    tx.outbox.add(_delivery(*room, f"cohort:{cohort.id}", note, "room", at), now)


def said_to(tx: Transaction, educator_id: str, key: str) -> Message | None:
    """What was told this person under the key, wherever; None when nothing was."""
    account = _account_told(tx, educator_id, key)
    return tx.outbox.message(_at(key, account.platform, account.workspace)) if account else None


def _account_told(tx: Transaction, educator_id: str, key: str) -> Account | None:
    accounts = tx.people.accounts(educator_id)
    return next((one for one in accounts if tx.outbox.enqueued(_at(key, one.platform, one.workspace))), None)


def said_in(tx: Transaction, cohort: Cohort, key: str) -> Message | None:
    """What was said under the key in any of the cohort's rooms."""
    said = (tx.outbox.message(_at(key, *room)) for room in rooms_of(tx, cohort))
    return next((message for message in said if message), None)


def open_rooms(tx: Transaction, cohort: Cohort, topic: str, now: datetime) -> None:
    """A room on every platform and workspace where somebody of the cohort is."""
    for room in rooms_of(tx, cohort):
        open_one_room(tx, cohort, room, topic, now)


def open_one_room(tx: Transaction, cohort: Cohort, room: Room, topic: str, now: datetime) -> bool:
    """With everybody of the cohort who is there; False when it was opened before."""
    platform, workspace = room
    delivery = Delivery(
        key=_at(f"{cohort.id}:open", platform, workspace),
        platform=platform,
        workspace=workspace,
        conversation=f"cohort:{cohort.id}",
        verb="open_room",
        people=tuple(dict.fromkeys(one.user for one in people_there(tx, cohort, room))),
        name=cohort.name,
        topic=topic,
        not_before=now,
    )
    return tx.outbox.enqueue(delivery, now)


def change_people(tx: Transaction, cohort: Cohort, verb: Verb, educator_id: str, now: datetime) -> None:
    """`add_people` or `remove_people` for one person, in every room they are in."""
    for account in tx.people.accounts(educator_id):
        change_account(tx, cohort, verb, account, now)


def change_account(tx: Transaction, cohort: Cohort, verb: Verb, account: Account, now: datetime) -> None:
    """The same for one of their accounts."""
    key = f"{cohort.id}:{verb}:{account.educator_id}:{now.isoformat()}"
    delivery = Delivery(
        key=_at(key, account.platform, account.workspace),
        platform=account.platform,
        workspace=account.workspace,
        conversation=f"cohort:{cohort.id}",
        verb=verb,
        people=(account.user,),
        not_before=now,
    )
    tx.outbox.add(delivery, now)


def rooms_of(tx: Transaction, cohort: Cohort) -> Sequence[Room]:
    """Wherever somebody of the cohort has an account, each once, in a fixed order."""
    people = (cohort.facilitator_id, *(member.educator_id for member in cohort.members))
    accounts = [tx.people.accounts(person) for person in people if person]
    return sorted({(account.platform, account.workspace) for theirs in accounts for account in theirs})


def people_there(tx: Transaction, cohort: Cohort, room: Room) -> Sequence[Account]:
    """The accounts in this workspace of everybody who belongs into the room."""
    people = filter(None, (*cohort.active_members, cohort.facilitator_id))
    accounts = (account for person in people for account in tx.people.accounts(person))
    return [one for one in accounts if (one.platform, one.workspace) == room]


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
        name=note.name,
        not_before=at,
    )


def _at(key: str, platform: str, workspace: str) -> str:
    return f"{key}@{platform}/{workspace}" if key else ""
