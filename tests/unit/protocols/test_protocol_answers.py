"""One answer against its step, in both languages."""

import pytest

from cohorts.protocols.answers import check_answer, count_words, judging_words
from cohorts.protocols.load import latest

TUNE = latest("tune-a-draft")
CYCLE = latest("inquiry-cycle")
REVIEW = {
    "see": "You open with the work of one student and return to it at the end",
    "place": "second paragraph",
    "criterion": "part-1/goal",
    "try": "What if you named the page that shows the change you hope for",
}
SHARE = {"draft": "draft-1", "context": "Grade 5", "goal": "A plan", "focus": "Where would a stranger get lost?"}


def test_a_full_answer_fits() -> None:
    assert check_answer("tune-a-draft", TUNE.step("examine"), REVIEW, "en") == {}
    assert check_answer("tune-a-draft", TUNE.step("share"), SHARE, "es") == {}


def test_nothing_is_shared_without_a_question() -> None:
    assert check_answer("tune-a-draft", TUNE.step("share"), SHARE | {"focus": "  "}, "en") == {
        "focus": "Please write something here, even a few words."
    }


def test_an_answer_is_long_enough_and_not_too_long() -> None:
    values = REVIEW | {"see": "Nice work", "place": "word " * 41}
    assert check_answer("tune-a-draft", TUNE.step("examine"), values, "en") == {
        "see": "A little more, please: 2 words so far, at least 8 help the others understand you.",
        "place": "That is 41 words; 40 fit here. What matters most?",
    }


@pytest.mark.parametrize("language", ["en", "es"])
def test_what_is_one_word_at_any_length_has_a_limit_of_its_own(language: str) -> None:
    """Forty words go with 1,100 characters, a long link among them."""
    fits, over = "😀" * 1100, "😀" * 1101
    assert "place" not in check_answer("tune-a-draft", TUNE.step("examine"), REVIEW | {"place": fits}, language)
    problems = check_answer("tune-a-draft", TUNE.step("examine"), REVIEW | {"place": over}, language)
    assert "1101" in problems["place"]
    assert "1100" in problems["place"]


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("en", "Nine of them stop after line two BECAUSE they should rest here now", "because, should"),
        ("es", "Nueve se detienen en la segunda línea porque no pueden seguir ya más", "porque, no pueden"),
    ],
)
def test_a_description_leaves_judging_for_later(language: str, text: str, words: str) -> None:
    problems = check_answer(
        "inquiry-cycle", CYCLE.step("look"), {"describe": text, "pattern": "Seven of nine stop there"}, language
    )
    assert list(problems) == ["describe"]
    assert problems["describe"].endswith(f"{words}.")


def test_judging_words_are_whole_words() -> None:
    assert judging_words("inquiry-cycle", "look", "describe", "The goodness of a badge", "en") == ()


def test_only_what_is_offered_can_be_chosen() -> None:
    step = CYCLE.step("submit")
    values = {"level": "steady", "criteria": "yes", "own_words": "", "students": "on", "status": "never", "missing": ""}
    assert check_answer("inquiry-cycle", step, values, "es") == {
        "students": "Elige una de las opciones de la lista.",
        "status": "Elige una de las opciones de la lista.",
    }


def test_criteria_and_drafts_are_checked_against_what_is_offered() -> None:
    offered = {"criterion": {"part-1/goal"}}
    assert check_answer("tune-a-draft", TUNE.step("examine"), REVIEW, "en", offered) == {}
    other = REVIEW | {"criterion": "part-9/none"}
    assert list(check_answer("tune-a-draft", TUNE.step("examine"), other, "en", offered)) == ["criterion"]


def test_several_choices_are_each_checked() -> None:
    step = CYCLE.step("develop")
    many = step.model_copy(update={"form": (step.form[2].model_copy(update={"many": True}),)})
    assert check_answer("inquiry-cycle", many, {"consent": "asked, not_yet"}, "en") == {}
    assert list(check_answer("inquiry-cycle", many, {"consent": "asked, other"}, "en")) == ["consent"]


def test_words_are_counted_as_a_reader_would() -> None:
    assert count_words("It's a follow-up — ¿verdad, señora?") == 5
