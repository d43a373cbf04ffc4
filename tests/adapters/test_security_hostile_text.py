"""Texts made to keep the server busy: a search that looks back over and over would never end within the time limit."""

import pytest

from bot.chat.local.markdown import to_html
from cohorts.calendar.day_kinds import clean_title
from cohorts.calendar.ics import read_calendar
from cohorts.evidence.privacy import check_link
from cohorts.evidence.student_data import find_student_data
from cohorts.messages import plain, quote_person
from cohorts.problems import BadInputError
from cohorts.usecases.join import EMAIL

MOST = 20_000
PIECES = ("a", "Aa", "Aa ", "1", "1 ", "1,", "A+", " ", "\t", "-", "@", "a.", "[", "*", "\\", "<t:", "https://", "| ")
STARTS = ("", "Ana ", "Ana Lopez, ", "id", "born", "name", "my student ", "state ", "a@", "Ana\n")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("start", STARTS)
def test_a_hostile_text_costs_no_more_than_its_length(start: str) -> None:
    for piece in PIECES:
        text = f"{start}{piece * (MOST // len(piece))}!"
        find_student_data(text)
        EMAIL.fullmatch(text.replace(" ", ""))
        check_link(f"https://drive.example.org/{text[:1900]}")
        to_html(quote_person(text[:4000]), "UTC", "en", by_person=True)
        to_html(plain(text[:4000]), "UTC", "en", by_person=True)


def test_what_names_students_is_still_found() -> None:
    assert find_student_data("student id:    1234567")
    assert find_student_data("Ana Lopez   90 %\nBen Cruz, 85.5\n")[0].kind == "grade_list"
    assert find_student_data("date of birth:  March 3, 2012")
    assert not find_student_data("We waited 3 seconds, then 5, then 8.")
    assert EMAIL.fullmatch("eli.cruz@crosbyton.k12.example")
    assert not EMAIL.fullmatch("eli@crosbyton")
    assert not EMAIL.fullmatch("eli@crosbyton..example")


@pytest.mark.timeout(60)
def test_a_title_of_nothing_but_open_tags_is_cleaned_at_once() -> None:
    assert len(clean_title("<script " * 600_000)) <= 200
    assert clean_title("<b>Spring</b> break") == "Spring break"


def test_a_calendar_nested_without_end_is_refused() -> None:
    deep = "BEGIN:X\r\n" * 5000 + "END:X\r\n" * 5000
    zone = f"BEGIN:VTIMEZONE\r\nTZID:Mine\r\n{deep}END:VTIMEZONE\r\n"
    event = "BEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Mine:20260115T100000\r\nEND:VEVENT\r\n"
    with pytest.raises(BadInputError) as refused:
        read_calendar("a.ics", f"BEGIN:VCALENDAR\r\n{zone}{event}END:VCALENDAR\r\n".encode(), ("4800001",), "UTC")
    assert refused.value.problems[0].column == "BEGIN"
