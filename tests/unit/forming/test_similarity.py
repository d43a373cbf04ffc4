"""Likeness of problems of practice, subjects and grades."""

import pytest

from cohorts.forming.similarity import bag, band, cosine, subject_family


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ("Students do not revise their writing", "Students do not revise their writing", 1, 1),
        ("Revising drafts after feedback", "My students never revise a draft with feedback", 0.7, 1),
        ("Discusiones en grupos pequeños", "Una discusión en un grupo pequeño", 0.3, 1),
        ("Wait time after questions", "Fractions on a number line", 0, 0),
        ("", "Fractions", 0, 0),
        ("", "", 0, 0),
        ("the and of", "the and of", 0, 0),
        ("NaN", "?!", 0, 0),
    ],
)
def test_likeness_is_in_the_words_that_mean_something(one: str, other: str, low: float, high: float) -> None:
    assert low <= round(cosine(bag(one), bag(other)), 9) <= high
    assert cosine(bag(one), bag(other)) == cosine(bag(other), bag(one))


@pytest.mark.parametrize(
    ("subject", "family"),
    [
        ("Algebra 1", "stem"),
        ("Matemáticas", "stem"),
        ("Earth science", "stem"),
        ("English Language Arts", "humanities"),
        ("ELA", "humanities"),
        ("English learners", "languages"),
        ("Visual Arts", "arts"),
        ("Physical education", "wellbeing"),
        ("Physics", "stem"),
        ("Educación especial", "inclusion"),
        ("Underwater basketry", ""),
        ("", ""),
    ],
)
def test_subjects_have_families(subject: str, family: str) -> None:
    assert subject_family(subject) == family


@pytest.mark.parametrize(
    ("grades", "place"),
    [("K-2", 0), ("3-5", 1), ("6–8", 2), ("9-12", 3), ("PK-5", 0.5), ("Middle school", 2), ("7", 2), ("", None)],
)
def test_grades_lie_on_four_bands(grades: str, place: float | None) -> None:
    assert band(grades) == place
