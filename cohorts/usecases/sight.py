"""Who may see whom while cohorts are formed, and who may then be with whom."""

from collections.abc import Collection, Iterable, Mapping

from cohorts.forming.model import Proposal
from cohorts.people.model import Educator, Interest
from cohorts.people.names import tidy_lea
from cohorts.ports import Transaction

LIVE = ("waiting", "proposed", "placed", "paused")


def may_see(tx: Transaction, reader: Educator, person: Educator) -> bool:
    """Nobody reads what somebody whom they evaluate has told. Whoever keeps to their own LEA is read there alone,
    and by an operator."""
    if reader.email in person.evaluators:
        return False
    return "operator" in reader.roles or not _stays(tx, person) or _same_lea(reader, person)


def may_sit(tx: Transaction, one: Educator, other: Educator) -> bool:
    """Whether the two may be in one cohort, as members or as who leads it, by what both say now: neither evaluates the
    other, neither asked not to be with the other, and the consent of both covers the LEA."""
    if one.email in _shunned(tx, other) or other.email in _shunned(tx, one):
        return False
    return _same_lea(one, other) or not (_stays(tx, one) or _stays(tx, other))


def speaks(tx: Transaction, person: Educator, language: str) -> bool:
    """It is their own language, or one in which they would be in a cohort."""
    return person.language == language or any(one.language == language for one in _interests(tx, person))


def unseen(tx: Transaction, reader: Educator, educator_ids: Iterable[str]) -> frozenset[str]:
    """Those of them whom this reader may not see."""
    people = tx.people.warm(sorted(educator_ids))
    if "operator" not in reader.roles:  # of the others their consent is asked
        tx.interests.warm([one.id for one in people])
    return frozenset(person.id for person in people if not may_see(tx, reader, person))


def homes_told(tx: Transaction, reader: Educator, educator_ids: Iterable[str]) -> Mapping[str, str]:
    """Educator → the name of their LEA, where it may be told to somebody of the reader's: their own, or that of
    whoever agreed to be with people of other LEAs."""
    people = tx.people.warm(sorted(educator_ids))
    tx.interests.warm([one.id for one in people])
    told = [one for one in people if _same_lea(reader, one) or not _stays(tx, one)]
    leas = {lea_id: tx.people.find_lea(lea_id) for lea_id in {one.lea_id for one in told}}
    return {one.id: tidy_lea(lea.name) for one in told if (lea := leas[one.lea_id])}


def people_in(proposal: Proposal) -> frozenset[str]:
    """Everybody with a seat or without one."""
    return _seated(proposal) | frozenset(proposal.unplaced)


def may_approve(reader: Educator, proposal: Proposal, hidden: Collection[str]) -> bool:
    """Whoever opens a room has seen who will be in it; an operator answers for the network."""
    return "operator" in reader.roles or _seated(proposal).isdisjoint(hidden)


def _seated(proposal: Proposal) -> frozenset[str]:
    return frozenset(seat.educator_id for group in proposal.groups for seat in group.members)


def _interests(tx: Transaction, person: Educator) -> list[Interest]:
    return [interest for interest in tx.interests.of(person.id) if interest.status in LIVE]


def _stays(tx: Transaction, person: Educator) -> bool:
    """They keep to their own LEA: by their own word, or because it has withdrawn its consent."""
    if person.lea_id in tx.living.closed_leas():
        return True
    return any(not interest.share_across_leas for interest in _interests(tx, person))


def _shunned(tx: Transaction, person: Educator) -> frozenset[str]:
    wishes = (email for interest in _interests(tx, person) for email in interest.avoid)
    return frozenset((*person.evaluators, *wishes))


def _same_lea(one: Educator, other: Educator) -> bool:
    return bool(one.lea_id) and one.lea_id == other.lea_id
