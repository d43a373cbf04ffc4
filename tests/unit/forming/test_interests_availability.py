"""Availability as people write it, and back."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohorts.forming.interests import AvailabilityError, parse_availability, write_availability
from cohorts.people.model import Window
from cohorts.words import LANGUAGES


def spans() -> st.SearchStrategy[Window]:
    minutes = st.lists(st.integers(0, 24 * 60 - 1), min_size=2, max_size=2, unique=True).map(sorted)
    return st.builds(
        lambda day, span: Window(weekday=day, start=time(*divmod(span[0], 60)), end=time(*divmod(span[1], 60))),
        st.integers(0, 6),
        minutes,
    )


@given(st.lists(spans(), max_size=8))
def test_what_is_written_reads_as_the_same_time(windows: list[Window]) -> None:
    def covered(some: tuple[Window, ...] | list[Window]) -> set[tuple[int, int]]:
        # Two windows that touch are one; a minute belongs to the window it begins in.
        return {
            (window.weekday, minute)
            for window in some
            for minute in range(window.start.hour * 60 + window.start.minute, window.end.hour * 60 + window.end.minute)
        }

    text = write_availability(windows)
    read = parse_availability(text)
    assert write_availability(read) == text
    assert covered(read) == covered(windows)


@given(st.text(alphabet="Mon lunTue-–;:/,.0123456789apm ", max_size=40))
def test_any_text_is_read_or_refused_at_a_place_in_it(text: str) -> None:
    refused: AvailabilityError | None = None
    try:
        windows = parse_availability(text)
    except AvailabilityError as error:
        refused, windows = error, ()
    assert all(window.start < window.end for window in windows)
    if refused:
        assert text[refused.position - 1 :].startswith(refused.word)
        assert all(refused.what(language) and refused.mend(language) for language in LANGUAGES)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Mon 15:30-17:00;Thu 16:00-18:00", "Mon 15:30-17:00;Thu 16:00-18:00"),
        ("thu 16:00 – 18:00 ; monday 3:30pm to 5 p.m.", "Mon 15:30-17:00;Thu 16:00-18:00"),
        ("lunes y miércoles 15:30 a 17:00\nvie. 8:00-9:00", "Mon 15:30-17:00;Wed 15:30-17:00;Fri 08:00-09:00"),
        ("Mon-Wed 3:30-5pm", "Mon 15:30-17:00;Tue 15:30-17:00;Wed 15:30-17:00"),
        ("Mon Wed 15:00-16:00", "Mon 15:00-16:00;Wed 15:00-16:00"),
        ("Sat-Sun 10:00-11:00", "Sat 10:00-11:00;Sun 10:00-11:00"),
        ("Mon 11-1pm", "Mon 11:00-13:00"),
        ("Mon 1530-1700", "Mon 15:30-17:00"),
        ("Mon 15:00-16:00;Mon 16:00-17:00;Mon 15:30-15:45", "Mon 15:00-17:00"),
        ("Mon 05:00-06:30", "Mon 05:00-06:30"),
        ("", ""),
        (" ; ", ""),
    ],
)
def test_days_and_times_are_read_as_people_write_them(written: str, read: str) -> None:
    assert write_availability(parse_availability(written)) == read


@pytest.mark.parametrize(
    ("written", "position", "what", "mend"),
    [
        ("15:30-17:00", 1, "“15:30-17:00” does not begin with a day.",
         "Write it like Mon 15:30-17:00; separate several with a semicolon."),
        ("Mon 15:00-16:00; Xyz 9:00-10:00", 18, "“Xyz” is no day of the week.",
         "Use Mon, Tue, Wed, Thu, Fri, Sat or Sun."),
        ("after school", 1, "“after” is no day of the week.", "Use Mon, Tue, Wed, Thu, Fri, Sat or Sun."),
        ("Mon", 1, "“Mon” is not a span of time.", "Give a beginning and an end, like 15:30-17:00."),
        ("Mon 15:30", 5, "“15:30” is not a span of time.", "Give a beginning and an end, like 15:30-17:00."),
        ("Mon 15:00-25:00", 11, "“25:00” is no time of day.", "Write hours and minutes, like 15:30 or 3:30pm."),
        ("Mon 9am-13pm", 9, "“13pm” is no time of day.", "Write hours and minutes, like 15:30 or 3:30pm."),
        ("Mon noon 12 - 1 Uhr", 5, "“noon” is no day of the week.", "Use Mon, Tue, Wed, Thu, Fri, Sat or Sun."),
        ("Mon 9-1 Uhr", 7, "“1 Uhr” is no time of day.", "Write hours and minutes, like 15:30 or 3:30pm."),
        ("Mon 15:00-24:00", 11, "“24:00” is no time of day.", "Write hours and minutes, like 15:30 or 3:30pm."),
        ("Mon 17:00-15:30", 5, "“17:00-15:30” ends before it begins.",
         "Put the earlier time first; past midnight, write two: Mon 22:00-23:59;Tue 00:00-02:00."),
        ("Mon 3:30-5:00", 5, "“3:30” could be in the morning or in the afternoon.",
         "Write 15:30 or 3:30pm for the afternoon, 03:30 or 3:30am for the night."),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_told_with_its_place(written: str, position: int, what: str, mend: str) -> None:
    with pytest.raises(AvailabilityError) as raised:
        parse_availability(written)
    error = raised.value
    assert (error.position, error.what(), error.mend()) == (position, what, mend)
    assert error.what("es") != what
