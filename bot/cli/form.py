"""`cohortium form`: propose cohorts for everybody who waits, look, and approve."""

from collections.abc import Sequence
from typing import Annotated

import typer

from bot import clock
from bot.chat.local.ids import PLATFORM, WORKSPACE
from bot.searching import propose_now
from cohorts.forming.explain import explain, explain_refusal, explain_unplaced, summarise
from cohorts.forming.model import Proposal, Refusal
from cohorts.people.model import Cohort
from cohorts.ports import Transaction
from cohorts.usecases.form import approve
from cohorts.usecases.let_in import let_in_interested
from cohorts.usecases.living.found import count_asked
from cohorts.usecases.tell import rhythm_of
from cohorts.words import say
from prompts.render import LANGUAGES
from storage.database import Database

from ._progress import Passed, Share
from ._shared import out, problems_told, refusal, settings_here, with_database

LONG = 2_000
"""People who wait: of so many or more it is told how far the search is."""


def form(
    yes: Annotated[bool, typer.Option("--approve", help="Approve at once: rooms open and people are told.")] = False,
    seed: Annotated[int, typer.Option(help="The same people and seed give the same cohorts.")] = 7,
    language: Annotated[str, typer.Option(help="Language of the reasons: en or es.")] = "en",
) -> None:
    """Propose cohorts, with the reason for each person. Nothing is told to anybody before approval."""
    with problems_told():
        if language not in LANGUAGES:
            raise refusal("--language", f'We do not speak "{language}" yet.', f"Use {' or '.join(LANGUAGES)}.")
        with_database(settings_here(), lambda database: _form(database, seed, language, yes=yes))


async def _form(database: Database, seed: int, language: str, *, yes: bool) -> None:
    await database.transact(let_in_interested, PLATFORM, WORKSPACE, clock.now())
    passed = Passed(LONG, "searched")
    passed.total = await database.read(lambda tx: len(tx.interests.with_status("waiting")))
    with passed.shown("Searching"):
        made = await propose_now(database, seed, clock.now, Share(passed, passed.total))
    if made is None:
        out.print("Nobody is waiting for a cohort.")
        return
    proposal_id, proposal, _ = made
    for line in await database.read(_tell, proposal, language):
        out.print(line)
    if not yes:
        out.print(
            f"\nProposal {proposal_id} is open on the facilitators' page. To approve it:\ncohortium form --approve"
        )
        return
    cohorts = await database.transact(approve, proposal_id, clock.now())
    if isinstance(cohorts, Refusal):
        raise refusal(proposal_id, explain_refusal(cohorts, language), "Move people on the forming page.")
    for line in await database.read(_tell_approved, proposal_id, cohorts, language):
        out.print(f"\n{line}")


def _tell(tx: Transaction, proposal: Proposal, language: str) -> list[str]:
    lines = [f"{label}: {value}" for label, value in summarise(proposal, language)]
    for group in proposal.groups:
        lines.append(f"\n{tx.catalogue.get(group.microcredential_id).name} ({len(group.members)})")
        for seat in group.members:
            person = tx.people.get_educator(seat.educator_id)
            why = explain(proposal, person.id, language, rhythm_of(tx, person).zone)
            lines.append(f"  {person.name}: {' '.join(why.split())}")
    for person_id, reason in proposal.unplaced.items():
        name = tx.people.get_educator(person_id).name
        lines.append(f"\nWaits: {name}: {' '.join(explain_unplaced(reason, language).split())}")
    return lines


def _tell_approved(tx: Transaction, proposal_id: str, cohorts: Sequence[Cohort], language: str) -> list[str]:
    """As the facilitators' button tells it, without marks."""
    asked = count_asked(tx, proposal_id, cohorts)
    lines = []
    if cohorts or not asked:
        alone = sum(not cohort.facilitator_id for cohort in cohorts)
        lines.append(say(language, "leading.approve.done", groups=len(cohorts), alone=alone))
    if asked:
        lines.append(say(language, "living.approve_asked", asked=asked))
    return [line.replace("**", "") for line in lines]
