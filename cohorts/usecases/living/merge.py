"""A cohort with fewer than three active people is offered a merge: with everybody's yes, and otherwise not."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from cohorts.cards.basics import whisper
from cohorts.cards.living import merge_refused_card, merged_away_card, merged_here_card
from cohorts.events import Recorded, Response
from cohorts.forming.merging import is_too_few, nearest, try_together
from cohorts.forming.model import Candidate, Group
from cohorts.people.model import Cohort
from cohorts.ports import Transaction
from cohorts.protocols.load import protocol_of
from cohorts.protocols.run import Paused, Run
from cohorts.usecases.ask import Ask
from cohorts.usecases.ask_facilitator import tell_of_few
from cohorts.usecases.candidates import candidate_of, member_candidates, seat_interest
from cohorts.usecases.carry_out import ROOM_STAYS, move_run
from cohorts.usecases.meet_tell import call_off_all
from cohorts.usecases.membership import seated, take_seat
from cohorts.usecases.sight import may_sit
from cohorts.usecases.spoken import call_cohort
from cohorts.usecases.tell import Note, tell_room

from .activity import active_people
from .found import cycle_id
from .offers import lapse, make_offers, tell_gone, wait_for_rest, went_to
from .seats import come_in, keep_reason, open_door

LOOK_BACK = timedelta(weeks=4)
"""So long a cohort that was not merged with another is not offered that one again."""
HELP_AFTER = timedelta(days=7)
"""A facilitator has so long to ask both cohorts; then they are asked without."""
WEEKS_APART = 1
"""Cohorts whose cycles are further apart than this are not merged: somebody would miss, or repeat, too much."""
AGAIN = timedelta(hours=6)


class Pair(NamedTuple):
    small: Cohort
    other: Cohort

    @property
    def about(self) -> str:
        return f"{self.small.id}/{self.other.id}"


def look_for_merge(tx: Transaction, cohort: Cohort, active: Collection[str], now: datetime) -> None:
    """The facilitator sees the nearest cohort and may ask both; where nobody does within a week, they are asked."""
    if _is_asked(tx, cohort):
        return
    other = _nearest(tx, cohort, active, now)
    if other is None:
        tell_of_few(tx, cohort, None, len(active), now)
        return
    pair = Pair(cohort, other)
    seen = [line for line in tx.history.about(cohort.id, "merge_seen") if line.facts["other"] == other.id]
    if not cohort.facilitator_id or (seen and now - seen[-1].at >= HELP_AFTER):
        _ask_all(tx, pair, active, now)
        return
    _remember(tx, pair, "merge_seen", now)
    tell_of_few(tx, cohort, other, len(active), now)


def ask_both(tx: Transaction, ask: Ask) -> Response:
    """The facilitator's button: `<cohort>/<other>`."""
    cohort_id, _, other_id = ask.value.partition("/")
    pair = Pair(tx.cohorts.get(cohort_id), tx.cohorts.get(other_id))
    if ask.me != pair.small.facilitator_id and "operator" not in ask.educator.roles:
        return whisper(ask.language, "leading.not.you")
    active = active_people(tx, pair.small, ask.now)
    few = is_too_few(len(active), tx.forming.policy)
    if not few or _is_asked(tx, pair.small) or not _fits(tx, pair, active, ask.now):
        return whisper(ask.language, "leading.nothing")
    _ask_all(tx, pair, active, ask.now)
    return whisper(ask.language, "living.merge_asked")


def settle_merge(tx: Transaction, about: str, now: datetime) -> None:
    """All said yes: they move at the next step boundary. Anything else, and both stay as they are."""
    if went_to(tx, about, "no", "lapsed"):
        lapse(tx, about, now, everything=True)
        _refuse(tx, _pair(tx, about), now)
        return
    if not wait_for_rest(tx, "merge", about):
        tx.due.set("merge", about, now)


def move_due_merge(tx: Transaction, about: str, now: datetime) -> None:
    """At a step boundary of the small cohort: nothing that somebody wrote waits there for others any more."""
    due = tx.due.at("merge", about)
    if due is None or due > now:
        return
    tx.due.clear("merge", about)
    pair = _pair(tx, about)
    people = [offer.educator_id for offer in went_to(tx, about, "yes")]
    movers = [person for person in people if person in pair.small.active_members]
    if pair.small.status != "active":
        return
    if (boundary := _boundary(tx, pair.small, now)) is not None:
        tx.due.set("merge", about, boundary)
    elif group := _fits(tx, pair, movers, now):
        _move(tx, pair, movers, group, now)
    else:
        _refuse(tx, pair, now)


def _pair(tx: Transaction, about: str) -> Pair:
    small, _, other = about.partition("/")
    return Pair(tx.cohorts.get(small), tx.cohorts.get(other))


def _is_asked(tx: Transaction, cohort: Cohort) -> bool:
    """Somebody of it is being asked, or all have said yes and only a boundary is awaited."""
    asked = [line.facts["other"] for line in tx.history.about(cohort.id, "merge_asked")]
    abouts = [f"{cohort.id}/{other}" for other in asked]
    return any(went_to(tx, about, "open") or tx.due.at("merge", about) for about in abouts)


def _nearest(tx: Transaction, cohort: Cohort, active: Collection[str], now: datetime) -> Cohort | None:
    stack = tx.catalogue.get(cohort.microcredential_id).stack
    topics = {one.id for one in tx.catalogue.all() if stack and one.stack == stack} | {cohort.microcredential_id}
    others = [
        other
        for other in tx.cohorts.active_on(sorted(topics))
        if other.id != cohort.id and other.language == cohort.language and _may_join(tx, cohort, other, active, now)
    ]
    theirs = {other.id: _active_candidates(tx, other, other.active_members) for other in others}
    best = nearest(_active_candidates(tx, cohort, active), theirs, tx.forming.policy, now.date())
    return next((other for other in others if other.id == best), None)


def _may_join(tx: Transaction, cohort: Cohort, other: Cohort, active: Collection[str], now: datetime) -> bool:
    """Its cycle is about as far, it was not refused of late, and its facilitator may lead whoever would come."""
    refused = [line.facts["other"] for line in tx.history.about(cohort.id, "merge_over") if now - line.at < LOOK_BACK]
    weeks = _week(tx, cohort), _week(tx, other)
    if other.id in refused or None in weeks or abs((weeks[0] or 0) - (weeks[1] or 0)) > WEEKS_APART:
        return False
    return _may_be_led(tx, other, active)


def _may_be_led(tx: Transaction, other: Cohort, active: Collection[str]) -> bool:
    leader = tx.people.get_educator(other.facilitator_id) if other.facilitator_id else None
    return leader is None or all(
        leader.id != person and may_sit(tx, leader, tx.people.get_educator(person)) for person in active
    )


def _week(tx: Transaction, cohort: Cohort) -> int | None:
    """The week of the newest step that has opened; None while its cycle does not run."""
    run = next((run for run in tx.runs.of_cohort(cohort.id) if run.id == cycle_id(cohort)), None)
    if run is None or run.status != "running":
        return None
    protocol = protocol_of(run)
    return max((protocol.step(s.id).opens.week for s in run.steps if s.status != "waiting"), default=0)


def _active_candidates(tx: Transaction, cohort: Cohort, people: Collection[str]) -> list[Candidate]:
    return [one for one in member_candidates(tx, cohort) if one.educator_id in people]


def _fits(tx: Transaction, pair: Pair, active: Collection[str], now: datetime) -> Group | None:
    """The two as one cohort, by what everybody says now."""
    if pair.small.status != "active" or pair.other.status != "active":
        return None
    if not active or not _may_join(tx, pair.small, pair.other, active, now):
        return None
    mine = _active_candidates(tx, pair.small, active)
    theirs = _active_candidates(tx, pair.other, pair.other.active_members)
    return try_together(mine, theirs, tx.forming.policy, now.date(), pair.other.id)


def _ask_all(tx: Transaction, pair: Pair, active: Collection[str], now: datetime) -> None:
    """Everybody who is active in either; for whom the other cohort is, each as their own reads."""
    theirs = active_people(tx, pair.other, now)
    size, week = len(active) + len(pair.other.active_members), _week(tx, pair.other) or 1
    facts = {"size": str(size), "week": str(week)}
    people = {person: {**facts, "cohort": pair.small.id, "other": pair.other.id} for person in active}
    people |= {person: {**facts, "cohort": pair.other.id, "other": pair.small.id} for person in theirs}
    make_offers(tx, "merge", pair.about, now, people)
    _remember(tx, pair, "merge_asked", now)


def _refuse(tx: Transaction, pair: Pair, now: datetime) -> None:
    """Both rooms are told that they stay as they are, and never whose word it was."""
    _remember(tx, pair, "merge_over", now)
    for cohort in pair:
        if cohort.status == "active":
            key = f"{cohort.id}:merge-over:{now.isoformat()}"
            tell_room(tx, cohort, Note(key=key, message=merge_refused_card(cohort.language)), now)


def _boundary(tx: Transaction, cohort: Cohort, now: datetime) -> datetime | None:
    """When to look again, while words somebody wrote are still awaited or sealed; None at a boundary."""
    held = [state for run in _live_runs(tx, cohort) for state in run.steps if state.status in ("open", "closed")]
    held = [state for state in held if state.answered and (state.status == "open" or state.reveal_at)]
    ends = [state.reveal_at or state.closes_at or now for state in held]
    return max(now + AGAIN, *ends) if ends else None


def _live_runs(tx: Transaction, cohort: Cohort) -> list[Run]:
    return [run for run in tx.runs.of_cohort(cohort.id) if run.status == "running"]


def _move(tx: Transaction, pair: Pair, movers: Sequence[str], group: Group, now: datetime) -> None:
    """They go on in the other cohort; the room they leave stays readable."""
    small, other = pair
    end_cohort(tx, small, now, merged_into=other.id)
    message = merged_away_card(call_cohort(tx, other, small.language), small.language)
    tell_room(tx, small, Note(key=f"{small.id}:merged", message=message), now)
    for person in movers:
        other = take_seat(tx, other, person, now)
        open_door(tx, other, person, now)
        facts = {"cohort": other.id}
        tx.history.append(Recorded(at=now, kind="seated", subject=person, actor="timekeeper", facts=facts))
    names = [tx.people.get_educator(person).name for person in movers]
    came = merged_here_card(names, call_cohort(tx, small, other.language), other.language)
    tell_room(tx, other, Note(key=f"{other.id}:merged:{small.id}", message=came), now)
    keep_reason(tx, other, group, now)
    _remember(tx, pair, "merged", now)
    _offer_to_follow(tx, pair, [person for person in seated(small) if person not in movers], now)


def _offer_to_follow(tx: Transaction, pair: Pair, people: Sequence[str], now: datetime) -> None:
    """Who was silent was not asked; nobody is moved unasked, so a seat is held for them."""
    interests = {person: seat_interest(tx, pair.small, person) for person in people}
    held = {person: interest for person, interest in interests.items() if interest}
    for interest in held.values():
        tx.interests.save(interest.model_copy(update={"status": "proposed"}))
    facts = {
        person: {"cohort": pair.small.id, "other": pair.other.id, "interest": interest.id}
        for person, interest in held.items()
    }
    if facts:
        make_offers(tx, "follow", pair.about, now, facts)


def settle_follow(tx: Transaction, about: str, now: datetime) -> None:
    """Who said yes follows while there is room; everybody else has ended with the cohort they were in."""
    pair = _pair(tx, about)
    for offer in went_to(tx, about, "yes", "no", "lapsed"):
        interest = tx.interests.find(offer.facts.get("interest", ""))
        if interest is None or interest.status != "proposed":
            continue
        other = tx.cohorts.get(pair.other.id)
        mine = [candidate_of(tx, interest, tx.living.closed_leas())]
        group = try_together(mine, member_candidates(tx, other), tx.forming.policy, now.date(), other.id)
        if offer.status == "yes" and group and _may_be_led(tx, other, [offer.educator_id]):
            come_in(tx, other, interest, group, now)
        else:
            status = "waiting" if offer.status == "yes" else "finished"
            tx.interests.save(interest.model_copy(update={"status": status}))
            if offer.status == "yes":
                tx.due.set("wait", interest.id, now)
                tell_gone(tx, offer, now)
    wait_for_rest(tx, "follow", about)


def end_cohort(tx: Transaction, cohort: Cohort, now: datetime, **facts: str) -> None:
    """Nothing more happens in it; its room closes in four weeks, and what was shared stays readable."""
    call_off_all(tx, cohort, "ended", now)
    for run in _live_runs(tx, cohort):
        move_run(tx, tx.runs.get(run.id), Paused(), now)
    tx.cohorts.save(tx.cohorts.get(cohort.id).model_copy(update={"status": "finished"}))
    tx.living.close_seats(cohort.id)
    tx.due.clear("begin", cohort.id)
    tx.due.set("close", cohort.id, now + ROOM_STAYS)
    tx.history.append(Recorded(at=now, kind="cohort_ended", subject=cohort.id, actor="timekeeper", facts=facts))


def _remember(tx: Transaction, pair: Pair, kind: str, now: datetime) -> None:
    facts = {"other": pair.other.id}
    tx.history.append(Recorded(at=now, kind=kind, subject=pair.small.id, actor="timekeeper", facts=facts))
