"""How a running cohort came to be."""

from cohorts.forming.model import Group, Proposal
from cohorts.people.model import Cohort
from cohorts.ports import Transaction


def formed_as(tx: Transaction, cohort: Cohort) -> tuple[Proposal, Group] | None:
    """The approved proposal and its group that most of the cohort's people have their seat from; None when it was made
    in another way."""
    people = {member.educator_id for member in cohort.members}
    for member in cohort.members:
        proposal = tx.proposals.approved_with(member.educator_id)
        group = proposal.group_of(member.educator_id) if proposal else None
        if proposal and group and 2 * len(people & {seat.educator_id for seat in group.members}) > len(people):
            return proposal, group
    return None
