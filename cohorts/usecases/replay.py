"""Try again what failed on its last try."""

from cohorts.cards.basics import whisper
from cohorts.events import Recorded, Response
from cohorts.ports import Transaction

from .ask import Ask
from .ask_facilitator import cohort_of_work


def replay(tx: Transaction, ask: Ask) -> Response:
    """By an operator, or the facilitator of the cohort it is about."""
    kind, _, ref = ask.value.partition("/")
    cohort = cohort_of_work(tx, kind, ref)
    if "operator" not in ask.educator.roles and not (cohort and ask.me == cohort.facilitator_id):
        return whisper(ask.language, "leading.not.you")
    if not tx.due.revive(kind, ref, ask.now):
        return whisper(ask.language, "leading.nothing")
    tx.history.append(Recorded(at=ask.now, kind="replayed", subject=ref, actor=ask.me, facts={"work": kind}))
    return whisper(ask.language, "leading.done.replay")
