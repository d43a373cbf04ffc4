"""What an educator keeps on the way to a microcredential: words, links, results."""

from datetime import datetime
from typing import Literal

from cohorts.protocols.sealed import SharedText
from cohorts.values import Frozen

Consent = Literal["not_needed", "held", "missing"]
ResultStatus = Literal["submitted", "earned", "not_yet"]


def criterion_key(part_id: str, criterion_id: str) -> str:
    """`<part>/<criterion>`: how reviews, results and forms name a criterion, since criterion ids repeat over parts."""
    return f"{part_id}/{criterion_id}"


class Artifact(Frozen):
    """Something made or collected, kept as a link (https) to the LEA's own drive; never the file itself.

    `consent` missing blocks sharing. `shared_with` are ids of cohorts that may see it.
    """

    id: str
    educator_id: str
    microcredential_id: str
    part_id: str
    request_id: str
    title: str
    link: str
    consent: Consent
    shared_with: tuple[str, ...] = ()
    created_at: datetime
    withdrawn: bool = False


class Draft(Frozen):
    """One version of an answer to one prompt. The highest version counts; all are kept; private until shared."""

    id: str
    educator_id: str
    microcredential_id: str
    part_id: str
    prompt_id: str
    version: int
    text: str
    at: datetime
    shared: bool = False
    word_count: int

    def for_others(self) -> SharedText | None:
        """The words as a room may read them; None while the draft is private."""
        return SharedText(self.text) if self.shared else None


class Result(Frozen):
    """What the issuer said. `criteria` are the keys a "not yet" names; `attempt` counts submissions from 1."""

    status: ResultStatus
    at: datetime
    criteria: tuple[str, ...] = ()
    note: str = ""
    attempt: int = 1
