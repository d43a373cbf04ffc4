"""Where a meeting is: links have to be whole and safe, words may say anything."""

import pytest

from cohorts.meeting.place import check_place


@pytest.mark.parametrize(
    "where",
    ["", "by phone: 432-555-0100", "Room 12", "https://meet.example.org/j/123?pwd=abc#x", "my house", "Ann's, 4 p.m."],
)
def test_it_can_be_there(where: str) -> None:
    assert check_place(where) is None


@pytest.mark.parametrize(
    ("where", "problem"),
    [
        ("http://meet.example.org/j/1", "place_not_https"),
        ("javascript://example.org/%0aalert(1)", "place_not_https"),
        ("zoom.us/j/1", "place_unreadable"),
        ("www.example.org", "place_unreadable"),
        ("https://me:secret@meet.example.org/1", "place_secret"),
        ("https://localhost/room", "place_local"),
        ("https://10.0.0.7/room", "place_local"),
        ("https://", "place_unreadable"),
        ("https://meet.example.org/a b", "place_unreadable"),
        ("x" * 301, "place_long"),
    ],
)
def test_it_cannot_be_there(where: str, problem: str) -> None:
    assert check_place(where) == problem
