"""A posted form becomes our event, once."""

import asyncio

import pytest

from bot.chat.local import events
from bot.chat.local.events import Raw
from bot.chat.local.feed import WAITING, Feed
from bot.chat.local.ids import direct_id, event_key, message_number
from cohorts.messages import Message
from storage.listening import Change
from tests.fakes.small_core import JOIN, WELCOME

RAW = Raw(user="ben", room_id="room-1", nonce="n1", message_id=7)
GOOD = [("f.subject", "Science"), ("f.practice", "why they\r\nnod"), ("f.band", "middle"), ("f.minutes", "60")]


def test_a_double_click_is_one_event_and_two_buttons_are_two() -> None:
    first = events.pressed(RAW, WELCOME, "join.open", "")
    again = events.pressed(RAW, WELCOME, "join.open", "")
    other = events.pressed(RAW, WELCOME, "who.sees", "")
    assert first is not None
    assert again is not None
    assert other is not None
    assert first.key == again.key != other.key
    assert (first.account.platform, first.account.user, first.place.message) == ("local", "ben", "7")


def test_a_later_press_and_another_person_are_other_events() -> None:
    keys = {
        one.key
        for raw in (RAW, RAW.model_copy(update={"nonce": "n2"}), RAW.model_copy(update={"user": "ana"}))
        if (one := events.pressed(raw, WELCOME, "join.open", ""))
    }
    assert len(keys) == 3


@pytest.mark.parametrize(("action", "value"), [("run.advance", ""), ("join.open", "other"), ("", "")])
def test_only_buttons_that_are_there_can_be_pressed(action: str, value: str) -> None:
    assert events.pressed(RAW, WELCOME, action, value) is None
    assert events.pressed(RAW, Message(text="no buttons"), "join.open", "") is None


def test_a_form_is_read_field_by_field() -> None:
    pairs = [*GOOD, ("f.days", "mon"), ("f.days", "wed"), ("f.share", "yes"), ("f.unknown", "x"), ("subject", "y")]
    values = events.values_of(JOIN, pairs)
    assert values == {
        "subject": "Science",
        "practice": "why they\nnod",
        "band": "middle",
        "days": "mon,wed",
        "minutes": "60",
        "share": "yes",
    }
    assert events.problems_of(JOIN, values, "en") == {}
    sent = events.sent(RAW, JOIN, values)
    assert (sent.action, sent.values) == ("join.send", values)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"f.subject": "  "}, "subject"),
        ({"f.practice": "two words"}, "practice"),
        ({"f.practice": "word " * 41}, "practice"),
        ({"f.practice": f"a b {'x' * 50_000}"}, "practice"),
        ({"f.band": "kindergarten"}, "band"),
        ({"f.band": ""}, "band"),
        ({"f.days": "sun"}, "days"),
    ],
)
@pytest.mark.parametrize("language", ["en", "es"])
def test_what_any_chat_would_refuse_is_said_at_its_field(change: dict[str, str], wrong: str, language: str) -> None:
    values = events.values_of(JOIN, [*(dict(GOOD) | change).items()])
    assert list(events.problems_of(JOIN, values, language)) == [wrong]


def test_a_page_press_is_answered_in_the_persons_conversation() -> None:
    pressed = events.pressed_on_page(Raw(user="ben", room_id="", nonce="n"), "packet.get", "x")
    assert pressed.place.conversation == direct_id("ben")


def test_an_arrival_is_one_event_a_day() -> None:
    assert events.arrived("ben", "2026-01-12").key == events.arrived("ben", "2026-01-12").key
    assert events.arrived("ben", "2026-01-12").key != events.arrived("ben", "2026-01-13").key


def test_keys_do_not_collide_across_people() -> None:
    assert event_key("a", "b c") != event_key("a b", "c")


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5", "٣", "9" * 19, "1; drop"])
def test_what_is_no_message_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a message id"):
        message_number(text)


async def test_the_feed_tells_the_audience_and_nobody_else() -> None:
    feed = Feed()
    with feed.listen("ana") as ana, feed.listen("ana") as tab, feed.listen("ben") as ben:
        change = Change(number=1, room_id="r", message_id=1, audience=("ana",))
        feed.hear(change)
        assert ana.get_nowait() == tab.get_nowait() == change
        assert ben.empty()
    assert feed.listeners() == []


async def test_a_hearer_who_does_not_keep_up_is_told_to_look_at_everything() -> None:
    feed = Feed()
    with feed.listen("ana") as slow:
        for number in range(WAITING + 1):
            feed.hear(Change(number=number, room_id="r", audience=("ana",)))
        assert await asyncio.wait_for(slow.get(), 1) is None
        assert slow.empty()
