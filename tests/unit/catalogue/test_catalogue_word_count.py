import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohorts.catalogue.word_count import word_count


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        (" \n\t ", 0),
        ("One two  three\nfour", 4),
        ("a well-known teacher's students' work", 5),
        ("l’élève d’Ana", 2),
        ("and/or 3.5 1,000 50% e.g. 3–5", 6),
        ("waited—then asked", 3),
        ("waited -- then... asked… again", 4),
        ("- first\n- second\n* * *\n— third", 3),
        ("**bold** _words_ > quote", 3),
        ("¿Qué pasó? ¡Sí!", 3),
        ("см. https://example.org/a-b?c=d", 2),
        ("nai\u0308ve cafe\u0301", 2),
        ("non\u00a0breaking zero\u200bwidth", 4),
    ],
)
def test_counts_as_a_word_processor_would(text: str, words: int) -> None:
    assert word_count(text) == words


@given(st.text(), st.text())
def test_texts_on_separate_lines_add_up(first: str, second: str) -> None:
    assert word_count(f"{first}\n{second}") == word_count(first) + word_count(second)
