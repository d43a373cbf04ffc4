"""Sealed and shared text are different types; only the reveal turns one into the other.

A message, export, log or digest takes SharedText alone, so a leak is a type error. SealedText has no `str`.
"""

from dataclasses import dataclass
from typing import NoReturn

from .run import Run
from .template import Step


@dataclass(frozen=True, slots=True, repr=False)
class SharedText:
    """Words that those in the room may read."""

    text: str

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"SharedText({self.text!r})"


class StillSealedError(Exception):
    """The step has not revealed this yet."""


class SealedText:
    """Words that only their author may read until the reveal."""

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def __repr__(self) -> str:
        return "SealedText(…)"

    def __str__(self) -> NoReturn:
        raise StillSealedError("Sealed text cannot be shown; reveal it first.")

    def __format__(self, spec: str) -> NoReturn:
        raise StillSealedError("Sealed text cannot be shown; reveal it first.")

    def for_author(self) -> str:
        """The author's own words back to the author, and to storage; nobody else."""
        return self.__text

    def reveal(self, run: Run, step_id: str, stage: int) -> SharedText:
        """Raises StillSealedError unless the run says that this stage of the step is revealed."""
        state = run.step(step_id)
        if state.revealed <= stage:
            raise StillSealedError(f"{run.id}/{step_id}: stage {stage} is not revealed.")
        return SharedText(self.__text)

    def share(self, step: Step) -> SharedText:
        """What a step's answers say to the whole cohort at once. Raises StillSealedError for any other step."""
        if step.visibility != "thread":
            raise StillSealedError(f"{step.id}: its answers are not shared as they come.")
        return SharedText(self.__text)
