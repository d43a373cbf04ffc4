"""While somebody waits, and while cohorts change: what is asked, and what was answered."""

from collections.abc import Mapping, Sequence

from cohorts.messages import Message
from cohorts.people.model import Cohort, Educator, Interest
from cohorts.words import say

from .basics import button, card, primary, row, words
from .forming import member_line

CHOICES: Mapping[str, str] = {"wait.keep": "living.button.keep", "wait.on": "living.button.on"}
"""The action that goes on waiting → what its button says."""


def answered_card(language: str, said: str, interest: Interest) -> Message:
    """What somebody who waits has answered, and the way back; for whoever begins alone, the door to it."""
    undo = button(language, "joining.button.undo", "wait.undo", interest.id)
    begin = primary(language, "keeping.button.evidence", "evidence.open", interest.microcredential_id)
    doors = (begin, undo) if said == "alone" else (undo,)
    return card(words(language, f"living.answered_{said}"), row(*doors))


def arrival_card(language: str, person: Educator, interest: Interest, lea_names: Mapping[str, str]) -> Message:
    """In the room: somebody has come into it."""
    head = words(language, "living.arrived", name=person.name)
    return card(head, member_line(language, person, interest, lea_names))


def came_card(cohort: Cohort, name: str, language: str) -> Message:
    """For the facilitator: somebody was given a free seat."""
    return card(words(language, "living.came", name=name, cohort=cohort.name, active=len(cohort.active_members)))


def long_wait_card(name: str, microcredential: str, days: int, language: str) -> Message:
    return card(
        words(language, "living.waits", name=name, microcredential=microcredential, days=days),
        row(primary(language, "leading.button.forming", "form.look.open")),
    )


def health_card(cohort: Cohort, active: int, everybody: int, language: str) -> Message:
    """For the facilitator: how many have done a step of late; never who."""
    return card(
        words(language, "living.health", cohort=cohort.name, active=active, all=everybody),
        row(primary(language, "leading.button.message", "lead.message.open", cohort.id)),
    )


def few_card(cohort: Cohort, other: Cohort | None, active: int, language: str) -> Message:
    """For the facilitator: the cohort has become small, and with which one it could go on."""
    if other is None:
        head = words(language, "living.few_alone", cohort=cohort.name, active=active)
        return card(head, row(primary(language, "leading.button.message", "lead.message.open", cohort.id)))
    return card(
        words(
            language,
            "living.few",
            cohort=cohort.name,
            active=active,
            other=other.name,
            size=active + len(other.active_members),
        ),
        row(
            primary(language, "living.button.merge", "merge.ask", f"{cohort.id}/{other.id}"),
            button(language, "leading.button.message", "lead.message.open", cohort.id),
        ),
    )


def merge_refused_card(language: str) -> Message:
    return card(words(language, "living.merge_over"))


def merged_away_card(other: Cohort, language: str) -> Message:
    """The last word in the room of a cohort that goes on in another one."""
    return card(words(language, "living.merged_away", other=other.name))


def merged_here_card(names: Sequence[str], small: Cohort, language: str) -> Message:
    """In the room of the cohort that others have come into."""
    said = say(language, "forming.and").join(filter(None, (", ".join(names[:-1]), names[-1])))
    return card(words(language, "living.merged_here", names=said, count=len(names), other=small.name))


def out_of_it_card(cohort: Cohort, people: int, language: str) -> Message:
    """For the facilitator: so many are out, and how many go on."""
    active = len(cohort.active_members)
    return card(words(language, "living.out_of_it", cohort=cohort.name, people=people, active=active))


def round_card(groups: int, people: int, waiting: int, language: str) -> Message:
    """For whoever may form cohorts: the round of this fortnight is there to be looked at."""
    return card(
        words(language, "living.round", groups=groups, people=people, waiting=waiting),
        row(primary(language, "leading.button.proposal", "form.look.open")),
    )


def taken_out_card(cohort: Cohort, why: str, language: str) -> Message:
    """To somebody who may not be with their cohort any more: why, what stays, and what comes."""
    return card(words(language, f"living.taken_out_{why}", cohort=cohort.name), words(language, "living.taken_out"))


def parted_card(count: int, language: str) -> Message:
    """In the room: some are gone, and none of them by a wish of their own."""
    return card(words(language, "living.parted", count=count))


def kept_together_card(language: str) -> Message:
    return card(words(language, "living.kept_together"))


def new_leader_card(name: str, language: str) -> Message:
    """In the room; `name` is "" where nobody facilitates."""
    return card(words(language, "living.new_leader", name=name))


def handed_over_card(cohort: Cohort, name: str, language: str) -> Message:
    """To whom the cohort is taken from; `name` is "" where nobody facilitates it now."""
    return card(words(language, "living.handed_over", cohort=cohort.name, name=name))


def seat_gone_card(language: str) -> Message:
    """To somebody who said yes to a seat that cannot be given any more."""
    return card(words(language, "living.seat_gone"))
