"""How many wait beside somebody with whom they could be in a cohort."""

from collections.abc import Collection

from cohorts.forming.model import Rung
from cohorts.forming.similarity import band
from cohorts.forming.together import Keeps, could_be_together
from cohorts.living_ports import Wish
from cohorts.people.model import Interest
from cohorts.ports import Transaction

from .ladder_answers import LADDER, read_widening, topics_within


def count_beside(tx: Transaction, interest: Interest, rung: Rung, *, any_grades: bool = False) -> int:
    """How many others wait within this step, in the same language, with whom this person could be by what both keep
    to; `any_grades`: if this person did not keep to their own.

    Lists of names do not count: a number that falls when somebody writes such a list would tell of it.
    """
    topics = topics_within(tx, interest.microcredential_id, rung)
    found, closed = tx.interests.count_waiting(topics, interest.language, LADDER), tx.living.closed_leas()
    mine = _wish_of(tx, interest)
    me = _keeps(mine, closed)
    if any_grades:
        me = me._replace(own_grades=False)
    with_me = sum(count for wish, count in found.items() if could_be_together(me, _keeps(wish, closed)))
    counts_me = interest.status == "waiting" and could_be_together(me, _keeps(mine, closed))
    return with_me - counts_me


def _wish_of(tx: Transaction, interest: Interest) -> Wish:
    person = tx.people.get_educator(interest.educator_id)
    kept = tx.evidence.readings(person.id).get(f"{LADDER}/{interest.id}", "")
    return Wish(person.lea_id, interest.share_across_leas, interest.grade_band, kept)


def _keeps(wish: Wish, closed: Collection[str]) -> Keeps:
    share = wish.share_across_leas and wish.lea_id not in closed
    return Keeps(wish.lea_id, share, band(wish.grade_band), read_widening(wish.kept).own_grades)
