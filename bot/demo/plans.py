"""What a made-up person will do, and when. Pure: the same messages give the same plans, before and after a restart."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Literal

from cohorts.calendar.hours import to_instant
from cohorts.ids import make_id
from cohorts.messages import Button, Buttons, Message
from cohorts.values import Frozen

from .people import DemoPerson, Habit, chance

Deed = Literal["press", "work", "finish", "propose", "approve", "arrive"]

SOLO_EVERY = timedelta(days=7)
ANSWERABLE = frozenset(
    {"join.open", "step.answer.open", "review.rate.open", "evidence.open", "evidence.ready.open", "lead.extend"}
)
DELAYS: Mapping[Habit, tuple[int, int]] = {
    "steady": (1, 26),
    "late": (70, 130),
    "silent": (20, 60),
    "leaver": (2, 30),
    "returner": (2, 30),
    "alone": (1, 26),
    "newcomer": (1, 26),
    "facilitator": (1, 20),
    "operator": (1, 20),
}
"""Hours from reading to doing, least and most."""
LOOKS_AT_A_PROPOSAL = timedelta(minutes=30)
"""For so long at least, before it is approved."""
HEADER = ":header@"
SILENT_ANSWERS = 4
"""A silent person does one thing in so many."""


class Plan(Frozen):
    """`key` names the try, `deed_id` what is tried: it may take several tries and is done once."""

    at: datetime
    key: str
    user: str
    deed: Deed
    deed_id: str = ""
    room: str = ""
    thread: str = ""
    message: str = ""
    action: str = ""
    value: str = ""


def own_plans(person: DemoPerson, starts: date, weeks: int, seed: int) -> Iterable[Plan]:
    """What somebody does without being asked: arrive, sit down once a week, go away, come back, leave."""
    me = person.educator.id
    if person.habit in ("newcomer", "operator"):
        return
    yield _own(person, "arrive", starts + timedelta(days=chance(seed, me, "day") % 3), seed)
    if person.habit == "facilitator":
        if "operator" in person.educator.roles:
            propose = _own(person, "propose", starts + timedelta(days=4), seed)
            approve = _own(person, "approve", starts + timedelta(days=4), seed, hours=2)
            yield propose
            yield approve.model_copy(update={"at": max(approve.at, propose.at + LOOKS_AT_A_PROPOSAL)})
        return
    for week in range(1, weeks + 2):
        day = starts + timedelta(days=7 * week + chance(seed, me, str(week)) % 6)
        yield _own(person, "work", day, seed, about=str(week))
    last = starts + timedelta(days=7 * (weeks + 1) + 2)
    yield _own(person, "finish", last, seed)
    if person.habit == "leaver":
        yield _button(person, "join.leave", starts + timedelta(days=24), seed)
    if person.habit == "returner":
        yield _button(person, "join.pause", starts + timedelta(days=28), seed)


class Heard(Frozen):
    """A message as it reached the chat. `readers` are the users who can see it."""

    id: str
    key: str
    room: str
    thread: str
    at: datetime
    message: Message
    readers: tuple[str, ...]

    @property
    def direct(self) -> bool:
        """Said to one person alone; a thing may be named there again, and is then tried again."""
        return len(self.readers) == 1


def plans_after(heard: Heard, people: Mapping[str, DemoPerson], seed: int) -> Iterable[Plan]:
    """What those who read it will do about its buttons; each button's deed is planned once for each person.

    A run's header is drawn again and again, so what it offers depends on when one looks: nobody acts on it.
    """
    if HEADER in heard.key:
        return
    for button in _buttons(heard.message):
        if button.action not in ANSWERABLE:
            continue
        for user in heard.readers:
            person = people.get(user)
            if person is None or not _cares(person, button, heard, seed):
                continue
            yield Plan(
                at=_when(person, heard.at, seed, f"{button.action}/{button.value}"),
                key=make_id("deed", user, button.action, button.value, heard.key if heard.direct else ""),
                deed_id=make_id("deed", user, button.action, button.value),
                user=user,
                deed="press",
                room=heard.room,
                thread=heard.thread,
                message=heard.id,
                action=button.action,
                value=button.value,
            )


def _buttons(message: Message) -> list[Button]:
    return [button for block in message.blocks if isinstance(block, Buttons) for button in block.items]


def _cares(person: DemoPerson, button: Button, heard: Heard, seed: int) -> bool:
    """The silent skip most things; a facilitator leads, and answers what they alone are asked for.

    Every other of a facilitator's decisions is let go by.
    """
    me = person.educator.id
    if button.action == "join.open" and button.value:
        return False  # the welcome's button joins; this one would change what was told
    if button.action.startswith("lead."):
        return chance(seed, me, button.value, "lead") % 2 == 0
    if person.habit == "facilitator":
        return heard.direct and button.action == "step.answer.open"
    if person.habit == "silent" and button.action != "join.open":
        return chance(seed, me, button.action, button.value) % SILENT_ANSWERS == 0
    return True


def _when(person: DemoPerson, at: datetime, seed: int, about: str) -> datetime:
    """Some hours later, at an hour when people are awake."""
    least, most = DELAYS["steady" if about.startswith("join.") else person.habit]
    minutes = 60 * least + chance(seed, person.educator.id, about, "delay") % (60 * (most - least))
    return _awake(at + timedelta(minutes=minutes), chance(seed, person.educator.id, about, "awake"))


def _awake(at: datetime, draw: int) -> datetime:
    """Between 13:00 and 03:00 UTC: day and evening in the Americas."""
    if 3 <= at.hour < 13:
        return at.replace(hour=13) + timedelta(minutes=draw % 360)
    return at


def _own(person: DemoPerson, deed: Deed, day: date, seed: int, hours: int = 0, about: str = "") -> Plan:
    me = person.educator.id
    wall = time(8 + chance(seed, me, deed, about, "hour") % 3 + hours, chance(seed, me, deed, about) % 60)
    at = to_instant(day, wall, "America/Chicago")
    return Plan(at=at, key=make_id("deed", me, deed, about), user=me, deed=deed, value=about)


def _button(person: DemoPerson, action: str, day: date, seed: int) -> Plan:
    plan = _own(person, "press", day, seed, about=action)
    return plan.model_copy(update={"action": action, "value": ""})
