"""Where somebody stands (welcome, in the queue, paused, gone): only the newest word on it has buttons."""

from datetime import datetime

from cohorts.cards.basics import without_buttons
from cohorts.messages import Message
from cohorts.ports import Transaction

from .tell import Note, said_to, tell

STANDING = "said-standing"
"""Under this key stands the delivery key of that newest word."""


def tell_standing(tx: Transaction, educator_id: str, key: str, message: Message, now: datetime) -> None:
    """A reply, at once. What the word before it offered is taken off it; its words stay."""
    retire_standing(tx, educator_id, now)
    tell(tx, educator_id, Note(key=key, message=message), now)
    tx.evidence.save_reading(educator_id, STANDING, key)


def retire_standing(tx: Transaction, educator_id: str, now: datetime) -> None:
    """Nothing of what the newest word offered is left to do."""
    key = tx.evidence.readings(educator_id).get(STANDING, "")
    said = said_to(tx, educator_id, key) if key else None
    if said:
        note = Note(key=f"{key}:retired", message=without_buttons(said), verb="update", about=key, silent=True)
        tell(tx, educator_id, note, now)
        tx.evidence.save_reading(educator_id, STANDING, "")
