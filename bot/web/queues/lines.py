"""What is in the queues as lines to read: kinds and reasons in words, names and conversations as they are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import get_args

from cohorts.cards.leading import WORK, work_words
from cohorts.ports import Verb
from cohorts.words import say
from storage.queues.dropped import Dropped
from storage.queues.due import UNREAD
from storage.queues.report import PlannedWork, QueuedDelivery, Queues
from storage.queues.workspaces import LostWorkspace
from storage.survey import Backlog

VERBS = frozenset(get_args(Verb))


@dataclass(frozen=True, slots=True)
class Line:
    """`name` is how commands call it; `about` where it goes, if anywhere; `why` what it waits for, or died of.

    `failed`: it waits for its next try, and need not.
    """

    name: str
    what: str
    about: str
    at: datetime
    why: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One list of the page; `key` names its words. `total` is more than its lines when there are too many to show."""

    key: str
    lines: Sequence[Line]
    total: int = 0


@dataclass(frozen=True, slots=True)
class QueuesShown:
    """`numbers` are pairs of a word's key and what stands beside it; `warn` names those that want somebody."""

    numbers: Sequence[tuple[str, str]]
    warn: frozenset[str]
    lost: Sequence[LostWorkspace]
    dead: Part
    others: Sequence[Part]
    dropped: Part
    last_tick: datetime | None


def shown(
    queues: Queues,
    backlog: Backlog,
    language: str,
    now: datetime,
    last_tick: datetime | None = None,
    who: Mapping[str, str] = MappingProxyType({}),
) -> QueuesShown:
    """`who`: educators' names, of those who dropped something."""
    dead = [*(_letter(letter, language) for letter in queues.dead), *(_work(w, language) for w in queues.dead_work)]
    held = [*(_work(w, language) for w in queues.put_off), *(_letter(letter, language) for letter in queues.held)]
    waiting = [_letter(letter, language) for letter in queues.waiting]
    totals = queues.totals
    number_dead = totals.dead + totals.dead_work
    held_in_all = totals.held + totals.put_off
    counted = {"due": totals.due, "held": held_in_all, "waiting": totals.waiting}
    counted |= {"dead": number_dead, "lost": backlog.lost_workspaces}
    oldest = say_age(language, now - backlog.oldest) if backlog.oldest else say(language, "queues.none")
    return QueuesShown(
        numbers=[("oldest", oldest), *((key, str(number)) for key, number in counted.items())],
        warn=frozenset(key for key in ("dead", "lost") if counted[key]),
        lost=queues.lost,
        dead=Part("dead", dead, number_dead),
        others=(
            Part("due", [_work(work, language) for work in queues.due], totals.due),
            Part("held", held, held_in_all),
            Part("waiting", waiting, totals.waiting),
        ),
        dropped=Part("dropped", [_gone(each, language, who) for each in queues.dropped], totals.dropped),
        last_tick=last_tick,
    )


def say_age(language: str, age: timedelta) -> str:
    """In its largest unit: "3 hours"."""
    seconds = max(0, int(age.total_seconds()))
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= size:
            return say(language, f"queues.age_{unit}", number=seconds // size)
    return say(language, "queues.age_seconds", number=seconds)


def _work(work: PlannedWork, language: str) -> Line:
    kind = work.name.partition("/")[0]
    what = work_words(kind, language)
    left = kind not in WORK or work.error == UNREAD
    held = say(language, f"queues.held_{'unknown' if left else 'again' if work.error else 'not'}")
    why = work.error if work.dead_at else f"{held} ({work.error})" if work.error else held
    failed = work.error not in ("", UNREAD)
    return Line(name=work.name, what=what, about="", at=work.dead_at or work.at, why=why, failed=failed)


def _gone(each: Dropped, language: str, who: Mapping[str, str]) -> Line:
    """What was dropped, and by whom: somebody with a name, or whoever may run commands."""
    what = _verb(each.verb, language) if each.verb else work_words(each.name.partition("/")[0], language)
    about = f"{each.conversation} · {each.place}" if each.verb else ""
    why = say(language, "queues.dropped_by", name=who.get(each.actor, ""), error=each.error)
    return Line(name=each.name, what=what, about=about, at=each.at, why=why)


def _verb(verb: str, language: str) -> str:
    return say(language, f"queues.verb_{verb}" if verb in VERBS else "queues.verb_other")


def _letter(letter: QueuedDelivery, language: str) -> Line:
    what = _verb(letter.verb, language)
    held = say(language, f"queues.held_{letter.held or 'not'}")
    why = letter.error if letter.state == "dead" else f"{held} ({letter.error})" if letter.error else held
    about = f"{letter.conversation} · {letter.place}"
    return Line(name=letter.key, what=what, about=about, at=letter.not_before, why=why, failed=letter.held == "again")
