"""Versions of an answer: every one is kept, the highest counts."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from cohorts.catalogue.word_count import word_count
from cohorts.ids import make_id

from .model import Draft


def newest(drafts: Sequence[Draft]) -> Mapping[tuple[str, str], Draft]:
    """(part, prompt) → the draft that counts, of one educator and microcredential."""
    return {(draft.part_id, draft.prompt_id): draft for draft in sorted(drafts, key=lambda draft: draft.version)}


def versions(drafts: Sequence[Draft], part_id: str, prompt_id: str) -> tuple[Draft, ...]:
    """All versions of one answer, newest first."""
    mine = [draft for draft in drafts if (draft.part_id, draft.prompt_id) == (part_id, prompt_id)]
    return tuple(sorted(mine, key=lambda draft: -draft.version))


def first_draft(educator_id: str, microcredential_id: str, part_id: str, prompt_id: str) -> Draft:
    """Version 0: the empty page that `rewrite` starts from. It is never stored; `at` is the epoch."""
    return Draft(
        id="",
        educator_id=educator_id,
        microcredential_id=microcredential_id,
        part_id=part_id,
        prompt_id=prompt_id,
        version=0,
        text="",
        at=datetime.fromisoformat("1970-01-01T00:00Z"),
        word_count=0,
    )


def rewrite(draft: Draft, text: str, at: datetime) -> Draft:
    """The next version with these words, private again. The same words give the same draft back."""
    if text.strip() == draft.text:
        return draft
    place = (draft.educator_id, draft.microcredential_id, draft.part_id, draft.prompt_id)
    version = draft.version + 1
    return draft.model_copy(
        update={
            "id": make_id("draft", *place, str(version)),
            "version": version,
            "text": text.strip(),
            "at": at,
            "shared": False,
            "word_count": word_count(text),
        }
    )
