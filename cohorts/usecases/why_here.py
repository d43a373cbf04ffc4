"""Why this person is in this cohort, where the others come from as far as they agreed, and why not in another."""

from collections.abc import Mapping, Sequence

from cohorts.cards.basics import button, card, row, whisper
from cohorts.events import FieldErrors, OpenForm, Response, Whisper
from cohorts.forming.explain import explain, explain_homes, explain_why_not
from cohorts.forming.model import Group, Proposal, Seat
from cohorts.forming.own_words import own_words
from cohorts.forming.similarity import band
from cohorts.forming.why_not import other_groups, why_not
from cohorts.messages import ChoiceField, Form, Option, Section
from cohorts.people.names import tidy_lea
from cohorts.ports import Transaction
from cohorts.words import say

from .ask import Ask
from .candidates import candidates_of
from .living.ladder_answers import widening_of
from .sight import homes_told
from .spoken import read_microcredential
from .tell import rhythm_of


def explain_cohort(tx: Transaction, ask: Ask) -> Response:
    """From the terms of the proposal that formed it."""
    approved = tx.proposals.approved_with(ask.me)
    if approved is None:
        return whisper(ask.language, "keeping.group.none")
    title = say(ask.language, "keeping.group.title")
    zone = rhythm_of(tx, ask.educator).zone
    text = explain(approved, ask.me, ask.language, zone, _own_words(tx, ask, approved))
    homes = explain_homes(*_homes(tx, ask, approved), ask.language)
    said = "\n\n".join(filter(None, (title, text, homes)))
    doors = (
        [row(button(ask.language, "keeping.button.other", "cohort.other.open"))] if _others(tx, ask, approved) else []
    )
    return Whisper(message=card(Section(text=said), *doors))


def open_other_form(tx: Transaction, ask: Ask) -> Response:
    """Which other cohort of the same round. None is named by who is in it: taking part is nobody else's to tell."""
    approved = tx.proposals.approved_with(ask.me)
    others = _others(tx, ask, approved) if approved else {}
    if not others:
        return whisper(ask.language, "keeping.other.none")
    options = tuple(Option(id=group.id, label=_label(tx, ask, group, number)) for number, group in others.items())
    return OpenForm(
        form=Form(
            title=say(ask.language, "keeping.other.title"),
            action="cohort.other.send",
            submit=say(ask.language, "keeping.button.other"),
            cancel=say(ask.language, "basics.cancel"),
            intro=say(ask.language, "keeping.other.intro"),
            fields=(ChoiceField(id="group", label=say(ask.language, "keeping.other.which"), options=options),),
        )
    )


def explain_other(tx: Transaction, ask: Ask) -> Response:
    wanted = ask.values.get("group", "")
    if not wanted:
        return FieldErrors(problems={"group": say(ask.language, "chat.form_choose_one")})
    approved = tx.proposals.approved_with(ask.me)
    others = _others(tx, ask, approved) if approved else {}
    other = next((group for group in others.values() if group.id == wanted), None)
    mine = approved.group_of(ask.me) if approved else None
    why = (
        why_not(approved, ask.me, other, tx.forming.policy, candidates_of(tx, [mine, other]))
        if approved and mine and other
        else None
    )
    if why is None:
        return whisper(ask.language, "keeping.other.none")
    return whisper(ask.language, "keeping.other.told", why=explain_why_not(why, ask.language))


def _others(tx: Transaction, ask: Ask, approved: Proposal) -> Mapping[int, Group]:
    """By a number of their own, so that nothing shows where one is left out."""

    closed = tx.living.closed_leas()

    def shares_across(seat: Seat) -> bool:
        interest = tx.interests.find(seat.interest_id)
        return interest is not None and interest.share_across_leas and seat.lea_id not in closed

    mine = approved.seat_of(ask.me)
    me = tx.interests.find(mine.interest_id) if mine else None

    def welcomes(seat: Seat) -> bool:
        interest = tx.interests.find(seat.interest_id)
        if interest is None or me is None or not widening_of(tx, interest).own_grades:
            return True
        return band(interest.grade_band) in (None, band(me.grade_band))

    return dict(enumerate(other_groups(approved, ask.me, shares_across, welcomes), start=1))


def _label(tx: Transaction, ask: Ask, group: Group, number: int) -> str:
    topic = read_microcredential(tx, group.microcredential_id, ask.language).name
    return say(
        ask.language,
        "keeping.other.option",
        microcredential=topic,
        number=number,
        size=len(group.members),
        leas=group.leas,
    )


def _own_words(tx: Transaction, ask: Ask, approved: Proposal) -> Sequence[str]:
    """Their problem of practice is what each told the cohort."""
    group = approved.group_of(ask.me)
    told = {
        seat.educator_id: interest.problem_of_practice
        for seat in (group.members if group else ())
        if (interest := tx.interests.find(seat.interest_id))
    }
    return own_words(told.pop(ask.me, ""), list(told.values()))


def _homes(tx: Transaction, ask: Ask, approved: Proposal) -> tuple[Sequence[str], str]:
    """The LEA of each of the others, "" where it is not to be told; and the asker's own."""
    group = approved.group_of(ask.me)
    others = [seat.educator_id for seat in group.members if seat.educator_id != ask.me] if group else []
    told = homes_told(tx, ask.educator, others)
    lea = tx.people.find_lea(ask.educator.lea_id)
    return [told.get(person, "") for person in others], tidy_lea(lea.name) if lea else ""
