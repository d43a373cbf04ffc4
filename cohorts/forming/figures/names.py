"""What the figures are called: the parts of the measure, and the rules an assignment can break."""

from typing import Literal

PAIRS = (
    *("subject", "grade_band", "problem", "stage", "platform", "other_lea", "shared_hours"),
    *("other_microcredential", "repeat"),
)
"""What closeness is the sum of; the last two take off."""

Rule = Literal[
    "size",
    "language",
    "consent",
    "grade_band",
    "avoid",
    "evaluator",
    "ladder",
    "twice_seated",
    "unknown_id",
    "start_later",
    "facilitator",
    "capacity",
]
