"""What a reviewer reads before writing: the draft as it was shared, and what its author wants to know."""

from cohorts.cards.running import Entry
from cohorts.ports import Transaction
from cohorts.protocols.queries import REVIEWER
from cohorts.protocols.template import Step

from .carry_out import Scene, entry_of


def draft_before(tx: Transaction, scene: Scene, step: Step) -> tuple[Step, Entry] | None:
    """The step in which the draft was shared, and the newest that was; None when this step reviews nothing."""
    sharing = next((one for one in scene.protocol.steps if any(f.kind == "draft" for f in one.form)), None)
    if step.actors != REVIEWER or sharing is None:
        return None
    given = tx.runs.answers(scene.run.id, sharing.id)
    if not given:
        return None
    answer, words = given[-1]
    return sharing, entry_of(tx, scene, sharing, answer, [(name, text.share(sharing)) for name, text in words.items()])
