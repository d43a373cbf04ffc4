"""Nothing that may identify a student goes out unseen; nothing harmless is held up without need."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohorts.evidence.privacy import ShareProblem, check_link, check_share
from cohorts.evidence.show import findings_line, problem_line
from cohorts.evidence.student_data import find_student_data
from cohorts.words import LANGUAGES
from tests.unit.evidence.builders import link

FOUND = {
    "My student Maria Lopez waited": "named_student",
    "He is my third grader Ana Ruiz": "named_student",
    "mi alumno José Pérez leyó": "named_student",
    "Una estudiante llamada Ana María Soto": "named_student",
    "One student, Juan de la Cruz, said so": "named_student",
    "Name: Emma Garcia": "named_student",
    "write to ana.b@isd.org": "email",
    "call 512-555-1234": "phone",
    "call (512) 555-1234 today": "phone",
    "123-45-6789": "ssn",
    "Student ID: 104882": "student_id",
    "matrícula 99812": "student_id",
    "her number, 100234567, is here": "student_id",
    "born on 3/4/2012": "birthdate",
    "nació el 4 de marzo de 2012": "birthdate",
    "DOB: 2012-03-04": "birthdate",
    "Emma Garcia\nLiam Smith\nNoah Jones": "name_list",
    "1. Emma Garcia\n2. Liam Smith\n\n3. Noah Jones": "name_list",
    "GARCIA, EMMA\nSMITH, LIAM\nLEE, ANA": "name_list",
    "In class were Emma Garcia, Liam Smith and Noah Jones.": "name_list",
    "Garcia, Emma 85\nSmith, Liam A-": "grade_list",
    "Maria\t85\nJosé\t90\nAna\t77%": "grade_list",
}
PROBLEMS: tuple[ShareProblem, ...] = (
    "consent_missing",
    "withdrawn",
    "title_name",
    "link_unreadable",
    "link_not_https",
    "link_credentials",
    "link_local",
    "link_name",
)
ALLOWED = (
    "Student A asked, Student 1 answered, J.R. waited, and M. smiled.",
    "My student Maria waited five seconds.",
    "My student Council met on Monday.",
    "Lesson Plan\nExit Ticket\nUnit Test",
    "Quiz 85\nEssay 90",
    "Think Pair Share\nTurn and Talk\nCold Call",
    "Of 1,200,000 words 85 % came within 3-5 seconds, in room 1234, in 2025-26.",
    "See https://drive.google.com/file/d/12345678901/view",
    "Trabajé con el quinto grado; el Alumno A explicó su idea.",
)


@pytest.mark.parametrize(("text", "kind"), FOUND.items())
def test_it_finds(text: str, kind: str) -> None:
    assert [finding.kind for finding in find_student_data(text)] == [kind]


@pytest.mark.parametrize("text", ALLOWED)
def test_it_lets_pass(text: str) -> None:
    assert find_student_data(text) == ()


@given(st.text(max_size=300), st.sampled_from(sorted(FOUND)))
def test_findings_lie_in_the_text_apart_and_in_order(noise: str, text: str) -> None:
    whole = f"{noise}\n\n{text}\n{noise}"
    findings = find_student_data(whole)
    assert all(whole[finding.start : finding.end] == finding.text for finding in findings)
    assert all(one.end <= two.start for one, two in pairwise(findings))


@pytest.mark.parametrize("text", ["Aa " * 5000, "Aa-" * 5000, "A" * 20000, "Aa, " * 5000, "1-" * 10000, "a@" * 8000])
def test_hostile_texts_take_no_time_to_speak_of(text: str) -> None:
    find_student_data(text)


@pytest.mark.parametrize(
    ("address", "problem"),
    {
        "https://drive.google.com/file/d/1AbC/view?usp=sharing": None,
        "https://1drv.ms/b/s!Ab": None,
        "https://district.example.org/Exit_Ticket_Week2.pdf": None,
        "http://drive.example.org/x": "link_not_https",
        "javascript:alert(1)": "link_unreadable",
        "file:///home/ana/x.pdf": "link_unreadable",
        "drive.example.org/x": "link_unreadable",
        "https://drive.example.org/a b": "link_unreadable",
        "https://drive.example.org:99999/": "link_unreadable",
        "https://[broken/": "link_unreadable",
        "https://ana:pw@drive.example.org/x": "link_credentials",
        "https://drive.example.org/x?a=1&password=2": "link_credentials",
        "https://localhost/x": "link_local",
        "https://LOCALHOST./x": "link_local",
        "https://nas.local/x": "link_local",
        "https://10.0.0.2/x": "link_local",
        "https://[::1]/x": "link_local",
        "https://2130706433/": "link_local",
        "https://127.1/": "link_local",
        "https://drive.example.org/Maria_Lopez_essay.pdf": "link_name",
        "https://drive.example.org/Lopez%20Maria.docx": "link_name",
        "https://drive.example.org/f?student=Maria_Lopez": "link_name",
        "https://drive.example.org/f?file=Maria%20Lopez%20IEP.pdf": "link_name",
        "https://drive.example.org/f?q=Maria+Lopez": "link_name",
        "https://drive.example.org/f?file=Maria%2520Lopez.pdf": "link_name",
        "https://drive.example.org/f#Maria-Lopez-essay": "link_name",
        "https://maria-lopez.example.org/": "link_name",
        "https://drive.example.org/maria.lopez@pupils.example": "link_name",
        "https://drive.example.org/x?email=maria.lopez@pupils.example": "link_name",
        "https://drive.example.org/x?email=maria.lopez%40pupils.example": "link_name",
        "https://b.s3.example.org/x?X-Amz-Signature=abc": "link_credentials",
        "https://b.s3.example.org/x?X-Amz-Security-Token=abc": "link_credentials",
        "https://drive.example.org/x#access_token=abc": "link_credentials",
        "https://drive.example.org/x?resourcekey=0-abc&usp=drive_link#heading=h.4": None,
        "https://santa-maria.example.org/Unit_3/Exit_Ticket.pdf?week=2": None,
        "https://austin-isd.example.org/x": None,
    }.items(),
)
def test_links(address: str, problem: str | None) -> None:
    assert check_link(address) == problem


def test_what_may_not_be_shared_says_why() -> None:
    assert check_share(link("one")) is None
    assert check_share(link("one", "missing")) == "consent_missing"
    assert check_share(link("one").model_copy(update={"withdrawn": True})) == "withdrawn"
    assert check_share(link("one", title="Maria Lopez, clip")) == "title_name"
    assert check_share(link("one").model_copy(update={"link": "http://x.example.org"})) == "link_not_https"


@pytest.mark.parametrize("language", LANGUAGES)
def test_people_are_told_what_kind_but_not_shown_it_again(language: str) -> None:
    line = findings_line(find_student_data("\n\n".join(FOUND)), language)
    assert "Lopez" not in line
    assert "104882" not in line
    assert len({problem_line(problem, language) for problem in PROBLEMS}) == len(PROBLEMS)


def test_a_text_full_of_findings_is_looked_through_for_the_first_fifty() -> None:
    found = find_student_data("a@b.org " * 20_000)
    assert len(found) == 50
    assert found[-1].start == 49 * 8
