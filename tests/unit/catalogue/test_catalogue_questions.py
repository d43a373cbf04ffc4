import re

import pytest

from cohorts.catalogue.model import (
    ArtifactKind,
    ArtifactRequest,
    Criterion,
    Issuer,
    Level,
    Microcredential,
    Part,
    Prompt,
)
from cohorts.catalogue.questions import QUESTIONS, question_for
from cohorts.words import LANGUAGES, has, say

KEYS = [f"questions.{kind}_{number}" for kind, count in QUESTIONS.items() for number in range(1, count + 1)]


def a_part(id_: str, *kinds: ArtifactKind) -> Part:
    levels = (Level(id="no", name="No"), Level(id="yes", name="Yes"))
    return Part(
        id=id_,
        title=id_,
        prompts=() if kinds else (Prompt(id="p", text="?"),),
        artifacts=tuple(ArtifactRequest(id=f"a{n}", name="a", kind=kind) for n, kind in enumerate(kinds)),
        criteria=(Criterion(id="c", name="c", levels=levels, passing="yes"),),
    )


def a_microcredential(*parts: Part) -> Microcredential:
    return Microcredential.model_validate(
        {
            "id": "m", "name": "M", "issuer": Issuer(id="i", name="I"), "competency": "", "parts": parts,
            "source": "https://example.org", "checked": "2026-11-23",
        }
    )  # fmt: skip


def kinds_asked(microcredential: Microcredential, part: str) -> set[str]:
    keys = {question_for(microcredential, part, "c", f"day {day}") for day in range(200)}
    return {key.removeprefix("questions.").rsplit("_", 1)[0] for key in keys}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_is_there_in_every_language_and_only_asks(language: str) -> None:
    for key in KEYS:
        question = say(language, key)
        assert question.endswith("?"), key
        assert not re.search(r"\b(I|my|we|our|yo|mi|nosotros)\b", question), key
    assert not has(language, f"questions.plan_{QUESTIONS['plan'] + 1}")


def test_a_part_is_asked_about_what_it_wants() -> None:
    microcredential = a_microcredential(
        a_part("first"), a_part("work", "student_work", "plan"), a_part("clip", "audio"), a_part("last")
    )

    assert kinds_asked(microcredential, "first") == {"overview"}
    assert kinds_asked(microcredential, "work") == {"student_work", "plan"}
    assert kinds_asked(microcredential, "clip") == {"recording"}
    assert kinds_asked(microcredential, "last") == {"reflection"}


def test_the_same_salt_asks_the_same_and_other_salts_reach_every_question() -> None:
    microcredential = a_microcredential(a_part("only", "data"))

    asked = [question_for(microcredential, "only", "c", f"day {day}") for day in range(200)]

    assert asked == [question_for(microcredential, "only", "c", f"day {day}") for day in range(200)]
    assert set(asked) == {f"questions.data_{number}" for number in range(1, QUESTIONS["data"] + 1)}


def test_a_criterion_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        question_for(a_microcredential(a_part("only")), "only", "other", "")
