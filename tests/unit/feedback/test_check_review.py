"""The form says what to add, in the person's language, and lets useful reviews through."""

from datetime import UTC, datetime

import pytest

from cohorts.feedback.assign import Author
from cohorts.feedback.check import check_review, read_review
from cohorts.feedback.ledger import Standing
from cohorts.feedback.model import Assignment
from cohorts.feedback.rate import check_rating, read_rating
from cohorts.feedback.speak import standing_line
from cohorts.words import LANGUAGES, say

NOW = datetime(2026, 1, 6, 18, tzinfo=UTC)
GOOD = {
    "see": "I see you asked students to explain their steps before you showed yours.",
    "place": "second paragraph",
    "criterion": "part1/plan",
    "try": "What if they wrote the steps first?",
}


def problem(field: str, words: str, language: str = "en") -> str | None:
    return check_review({**GOOD, field: words}, language).get(field)


def test_a_useful_review_passes_in_both_languages() -> None:
    assert check_review(GOOD, "en", ["part1/plan"]) == {}
    spanish = {
        "see": "Veo que pediste a los alumnos explicar sus pasos antes de mostrar los tuyos.",
        "place": "segundo párrafo",
        "try": "Podrías agregar un ejemplo de un alumno.",
    }
    assert check_review(spanish, "es") == {}


@pytest.mark.parametrize(
    "words",
    ["Great job, I love it!", "Wow, this is really awesome work", "¡Muy buen trabajo, me encanta!", "👏👏 super"],
)
def test_praise_alone_does_not_pass(words: str) -> None:
    assert problem("see", words) == say("en", "feedback.see_only_praise")
    assert problem("try", words) == say("en", "feedback.try_only_praise")


@pytest.mark.parametrize("words", ["This is confusing and weak.", "Bad and unclear", "Está muy confuso y flojo"])
def test_fault_alone_does_not_pass(words: str) -> None:
    assert problem("see", words) == say("en", "feedback.see_only_fault")
    assert problem("try", words) == say("en", "feedback.try_only_fault")


@pytest.mark.parametrize(
    "words",
    [
        "Your instructions are unclear and the whole lesson is poorly planned and boring",
        "The exit ticket on page two is vague, the warm-up dull.",
        "Las instrucciones de la segunda hoja son confusas; la actividad es aburrida y floja",
    ],
)
def test_a_verdict_is_not_what_one_sees(words: str) -> None:
    assert problem("see", words) == say("en", "feedback.see_only_fault")


@pytest.mark.parametrize(
    "words",
    [
        "You should throw it away and start again from nothing because it fails",
        "Start over, the whole unit is boring.",
        "I would scrap it.",
        "Deberías tirarlo y empezar de cero porque no funciona.",
    ],
)
def test_to_throw_it_away_is_nothing_to_try(words: str) -> None:
    assert problem("try", words) == say("en", "feedback.try_discards")


@pytest.mark.parametrize(
    "words",
    [
        "I see that students solve three problems alone before anyone answers.",
        "Three students find the mistakes in a worked example and say what is wrong with it.",
        "You ask for a reason in question two, but the goal above it is vague.",
        "Pides una razón en la segunda pregunta, pero la meta es confusa.",
        "In minute four nobody raised a hand, so you did not call on anybody.",
    ],
)
def test_what_is_seen_may_be_hard_to_hear(words: str) -> None:
    assert problem("see", words) is None


@pytest.mark.parametrize(
    "words",
    [
        "You could start again with the second question, where they disagreed.",
        "The goal is vague: could it name the skill?",
        "Don't give up on the pairs; try three seconds of silence first.",
        "Podrías empezar de nuevo con la segunda pregunta, que no entendieron.",
    ],
)
def test_a_way_on_passes_whatever_it_begins_with(words: str) -> None:
    assert problem("try", words) is None


def test_fault_with_a_way_on_passes() -> None:
    assert problem("try", "The goal is unclear; you could name the skill in one sentence.") is None
    assert problem("try", "It is not clear why they pair up. What would happen if they chose?") is None


def test_praise_with_substance_passes() -> None:
    assert problem("see", "I love how the exit ticket asks for a diagram and a reason.") is None


def test_each_missing_field_has_its_own_words() -> None:
    problems = check_review({"see": " ", "place": "", "criterion": "x", "try": ""}, "es", ["part1/plan"])
    assert problems == {field: say("es", f"feedback.{field}_missing") for field in ("see", "place", "criterion", "try")}
    assert problem("see", "Three short words") == say("en", "feedback.see_short")
    assert problem("try", "Add examples") == say("en", "feedback.try_short")
    assert "criterion" not in check_review({**GOOD, "criterion": ""}, "en")


def test_a_checked_form_becomes_a_review() -> None:
    assignment = Assignment(id="a1", run_id="r", author="ana", reviewer="ben", assigned_at=NOW)
    review = read_review(assignment, {**GOOD, "kind": "point"}, NOW)
    assert (review.author, review.reviewer, review.kind, review.try_) == ("ana", "ben", "point", GOOD["try"])
    assert read_review(assignment, {**GOOD, "kind": "shout"}, NOW).kind == "move"
    assert Author(id="a", run_id="r", lea_id="l").avoid == frozenset()


def test_the_author_rates() -> None:
    assert set(check_rating({"useful": "7"}, "en")) == {"useful"}
    assert check_rating({"useful": "0"}, "en") == {}
    rating = read_rating("a1", {"useful": "3", "will_use": "yes"})
    assert (rating.useful, rating.will_use) == (3, True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_debts_are_told_to_the_person(language: str) -> None:
    owing = Standing(educator_id="a", given=0, received=2, coming=1, owes=0)
    even = owing.model_copy(update={"given": 2})
    assert standing_line(owing, language) != standing_line(even, language)
    assert "2" in standing_line(even, language)
