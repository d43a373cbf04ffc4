"""A proposal in words: to each person why they are here or wait, to facilitators what it is worth as a whole.

Only what the terms hold is said. They hold counts, so no sentence can name who avoids whom, who keeps to their own
LEA, or when one other person is free.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from cohorts.words import say

from .form import count_sizes
from .hours import local_time
from .model import RUNGS, Group, Proposal, Reason, Refusal, Seat
from .objective import ENOUGH_NEAR
from .why_not import WhyNot

MOST_TIMES = 3
_NUMBER_WORDS = 10


def explain(proposal: Proposal, educator_id: str, language: str, zone: str, words: Sequence[str] = ()) -> str:
    """Why this person sits where they sit, or waits; times in the zone. Paragraphs, in the language. `words` are their
    own that others of the cohort wrote too.

    Raises KeyError for somebody the proposal does not know.
    """
    group, seat = proposal.group_of(educator_id), proposal.seat_of(educator_id)
    if group is None or seat is None:
        return explain_unplaced(proposal.unplaced[educator_id], language)
    sentences = [
        _topic(group, seat, language),
        _hours(proposal, group, language, zone),
        _people(group, seat, language),
    ]
    traded = [say(language, f"forming.traded_{name}") for name in seat.terms.traded]
    if words:
        quoted = [say(language, "forming.own_word", word=word) for word in words]
        sentences.append(say(language, "forming.own_words", words=_join(quoted, language)))
    paragraphs = [" ".join(sentences)]
    if traded:
        paragraphs.append(say(language, "forming.traded", what=_join(traded, language)))
    if seat.asked:
        paragraphs.append(say(language, f"forming.asked_{seat.terms.rung}"))
    return "\n\n".join(paragraphs)


def explain_homes(homes: Sequence[str], mine: str, language: str) -> str:
    """Where the others of a cohort come from. `homes` are their LEAs' names, "" where it is not to be told; `mine` is
    the reader's, or "" for somebody who only looks on."""
    told = Counter(home for home in homes if home and home != mine)
    parts = [say(language, "forming.home", home=home, count=told[home]) for home in sorted(told)]
    if here := sum(bool(mine) and home == mine for home in homes):
        parts.insert(0, say(language, "forming.home_mine", count=here))
    if untold := sum(not home for home in homes):
        parts.append(say(language, "forming.home_untold", count=untold))
    return say(language, "forming.homes", homes=_join(parts, language)) if parts else ""


def explain_why_not(why: WhyNot, language: str) -> str:
    """Why not in that cohort, to the person herself. The last sentence is always said, so it tells nothing."""
    goods = {name: say(language, f"forming.good_{name}") for name in (*why.worse, *why.better)}
    sentences = [
        say(language, f"forming.why_not_{name}")
        for name, holds in (("language", why.language), ("far", why.far), ("full", why.full))
        if holds
    ]
    if why.worse:
        sentences.append(
            say(language, "forming.why_not_less", goods=_join([goods[one] for one in why.worse], language))
        )
    if why.better:
        sentences.append(
            say(language, "forming.why_not_more", goods=_join([goods[one] for one in why.better], language))
        )
    if why.needed_here:
        sentences.append(say(language, "forming.why_not_needed"))
    return " ".join([*sentences, say(language, "forming.why_not_all")])


def explain_group(proposal: Proposal, group: Group, language: str, zone: str) -> str:
    """One cohort to whoever facilitates it: what they share, when all can meet, and where it is weak."""
    size = len(group.members)
    if size == 1:
        return say(language, "forming.group_alone")
    family = max((seat.terms.same_family for seat in group.members), default=0) + 1
    near = sum(seat.terms.near_peers >= ENOUGH_NEAR for seat in group.members)
    shared = say(language, "forming.group_shares", size=size, family=family, near=near, same=group.rung == RUNGS[0])
    leas = _capital(say(language, "forming.leas", count=group.leas, number=_number(group.leas, language)))
    weak = weak_points(proposal, group)
    told = [say(language, f"forming.weak_{name}", count=count) for name, count in weak.items()]
    weakness = say(language, "forming.weak", points=_join(told, language)) if told else say(language, "forming.strong")
    return "\n\n".join([f"{shared} {_hours(proposal, group, language, zone)} {leas}.", weakness])


def weak_points(proposal: Proposal, group: Group) -> Mapping[str, int]:
    """What a facilitator should know of a cohort before it begins → for how many people it holds."""
    size, members = len(group.members), group.members
    alone = sum(
        proposal.singletons.get(seat.educator_id, "none") != "none" and seat.terms.near_peers < ENOUGH_NEAR
        for seat in members
    )
    found = {
        "hours": size if group.times_known and not group.common_hours else 0,
        "unknown": 0 if group.times_known else size,
        "alone": alone,
        "district": size if group.leas == 1 else 0,
        "wider": sum(seat.asked for seat in members),
        "problem": sum("problem" in seat.terms.traded for seat in members),
    }
    return {name: count for name, count in found.items() if count}


def explain_unplaced(reason: Reason, language: str) -> str:
    """Why somebody waits, and what happens next."""
    start = _date(reason, language)
    why = say(language, f"forming.waiting_{reason.code}", needed=reason.needed, start=start)
    return f"{why}\n\n{say(language, f'forming.next_{reason.code}', start=start)}"


def explain_refusal(refusal: Refusal, language: str) -> str:
    """Why a change cannot be made, without telling whose wish forbids it."""
    return say(language, f"forming.refused_{refusal.reason}")


def summarise(proposal: Proposal, language: str) -> tuple[tuple[str, str], ...]:
    """Label and value pairs for facilitators: people, sizes, common hours, near peers, districts, who waits."""
    seats = [(group, seat) for group in proposal.groups for seat in group.members]
    alone = [
        seat
        for _, seat in seats
        if proposal.singletons.get(seat.educator_id, "none") != "none" and seat.terms.near_peers < ENOUGH_NEAR
    ]
    lonely = [seat for _, seat in seats if proposal.singletons.get(seat.educator_id, "none") != "none"]
    rows = {
        "people": _share(len(seats), len(seats) + len(proposal.unplaced), language),
        "sizes": _list([_sized(size, count, language) for size, count in count_sizes(proposal).items()], language),
        "one_hour": _share(sum(group.common_hours >= 1 for group, _ in seats), len(seats), language),
        "three_hours": _share(sum(group.common_hours >= 3 for group, _ in seats), len(seats), language),
        "isolated": _share(len(alone), len(lonely), language),
        "problem_alone": str(len(proposal.problem_singletons)),
        "districts": _share(sum(group.leas >= 3 for group in proposal.groups), len(proposal.groups), language),
        "asked": _share(sum(seat.asked for _, seat in seats), len(seats), language),
        "waiting": _list(_causes(proposal, language), language),
    }
    return tuple((say(language, f"forming.label_{name}"), value) for name, value in rows.items())


def _topic(group: Group, seat: Seat, language: str) -> str:
    others = len(group.members) - 1
    return say(language, "forming.topic", same=seat.terms.same_microcredential, others=others)


def _hours(proposal: Proposal, group: Group, language: str, zone: str) -> str:
    if len(group.members) == 1:
        # What "all" of one can is when that one person is free.
        return say(language, "forming.hours_alone")
    if not group.times_known:
        return say(language, "forming.hours_unknown")
    times = [_moment(minute, proposal, zone, language) for minute in group.meet_at[:MOST_TIMES]]
    hours = _number(group.common_hours, language)
    return _capital(
        say(
            language,
            "forming.hours",
            count=group.common_hours,
            hours=hours,
            size=_number(len(group.members), language),
            times=", ".join(times),
            more=group.common_hours > len(times),
        )
    )


def _people(group: Group, seat: Seat, language: str) -> str:
    others, terms = len(group.members) - 1, seat.terms
    family = say(
        language,
        "forming.family",
        count=terms.same_family,
        number=_number(terms.same_family, language),
        others=_number(others, language),
        all=terms.same_family == others,
    )
    peers = say(language, "forming.peers", count=terms.near_peers, number=_number(terms.near_peers, language))
    leas = say(language, "forming.leas", count=group.leas, number=_number(group.leas, language))
    return _capital(f"{family}; {peers}; {leas}.")


def _moment(minute: int, proposal: Proposal, zone: str, language: str) -> str:
    weekday, clock = local_time(minute, zone, proposal.starts)
    return f"{say(language, 'forming.weekdays').split()[weekday]} {clock:%H:%M}"


def _date(reason: Reason, language: str) -> str:
    if reason.start is None:
        return ""
    month = say(language, "forming.months").split()[reason.start.month - 1]
    return say(language, "forming.date", day=reason.start.day, month=month)


def _number(number: int, language: str) -> str:
    words = say(language, "forming.numbers").split()
    return words[number] if number <= _NUMBER_WORDS else str(number)


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _share(part: int, whole: int, language: str) -> str:
    return say(language, "forming.share", part=part, whole=whole, percent=round(100 * part / whole) if whole else 0)


def _sized(size: int, count: int, language: str) -> str:
    return say(language, "forming.sized", size=size, count=count)


def _causes(proposal: Proposal, language: str) -> list[str]:
    counts = Counter(reason.code for reason in proposal.unplaced.values())
    return [f"{say(language, f'forming.cause_{code}')}: {count}" for code, count in sorted(counts.items())]


def _list(items: Sequence[str], language: str) -> str:
    return ", ".join(items) or say(language, "forming.nobody")


def _join(items: Sequence[str], language: str) -> str:
    return say(language, "forming.and").join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else items[0]
