"""What every value of the core is: frozen, strict about its fields, compared by content."""

from pydantic import BaseModel, ConfigDict


class UnreadableError(Exception):
    """Only a newer version of Cohortium can read this."""


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
