"""Texts of tens of thousands of letters: shown as far as anybody reads, told that they are cut, and never a flood."""

import json
from collections.abc import Callable

import pytest

from bot.chat.slack.home import home_view
from bot.chat.slack.render import MOST_PARTS, render
from bot.chat.slack.render_form import notice
from bot.chat.words.pieces import Voice
from cohorts.events import OpenForm
from cohorts.messages import Button, Buttons, Context, Facts, Form, Message, Section, TextField
from tests.adapters.slack.test_slack_listening import WAYS, Frail, hearing
from tests.fakes.slack.checker import check_message, check_view
from tests.fakes.slack.server import FakeSlack

VOICE = Voice(site="https://chat.example.org")
MANY = 60_000
HUGE = {
    "one word": "x" * MANY,
    "words": "word " * (MANY // 5),
    "marks": "*a " * (MANY // 3),
    "brackets": "[" * MANY,
    "items": "- a\n" * (MANY // 4),
    "characters": "字" * MANY,
    "families": "\U0001f468\u200d\U0001f469\u200d\U0001f467" * (MANY // 5),
    "entities": "&" * MANY,
}
DOOR = Buttons(items=(Button(label="Open", action="home.open"),))
MESSAGES: list[Callable[[str], Message]] = [
    lambda text: Message(text=text),
    lambda text: Message(text=text, blocks=(Section(text=text), Context(text=text), DOOR)),
    lambda text: Message(text="x", blocks=(Facts(rows=((text, text),)), Section(text=text), DOOR)),
    lambda text: Message(text="x", blocks=(*[Section(text=text[:3000])] * 300, DOOR)),
]


@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE)
@pytest.mark.parametrize("make", MESSAGES)
def test_nobody_is_flooded(text: str, make: Callable[[str], Message]) -> None:
    message = make(text)
    parts = render(message, VOICE)
    assert len(parts) <= MOST_PARTS
    assert "longer than a message can be" in str(parts[-1].blocks)
    for one in parts:
        assert check_message({"text": one.text, "blocks": list(one.blocks)}) == []


@pytest.mark.slow
@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE)
@pytest.mark.parametrize("make", MESSAGES)
def test_what_is_read_in_a_view_fits_into_it(text: str, make: Callable[[str], Message]) -> None:
    message = make(text)
    for view in (home_view(message, VOICE), notice(message, VOICE)):
        assert check_view(view) == []
        assert "than" in json.dumps(view["blocks"][-1])


def test_what_can_be_done_is_not_cut_away() -> None:
    (*_, last) = render(Message(text="x", blocks=(Section(text=HUGE["words"]), DOOR)), VOICE)
    assert "home.open" in str(last.blocks)


def test_what_is_long_and_meant_is_whole() -> None:
    said = " ".join(f"Sentence {number}." for number in range(2000))
    blocks = "".join(str(one.blocks) for one in render(Message(text="x", blocks=(Section(text=said),)), VOICE))
    assert all(f"Sentence {number}." in blocks for number in range(2000))


@pytest.mark.parametrize("way", WAYS)
async def test_a_form_that_no_modal_holds_says_where_it_can_be_opened(slack: FakeSlack, way: str) -> None:
    """Opened by a button, and as the answer to another form: that is kept, so it is acknowledged."""
    desk = Frail()
    ann = slack.workspace("T1").user("Ann")
    long = TextField(id="text", label="Text", multiline=True, initial=HUGE["characters"])
    async with hearing(slack, desk, way):
        desk.response = OpenForm(form=Form(title="Draft", action="a.send", submit="Keep", fields=(long,)))
        await ann.slash("/cohort")
        await slack.until(lambda: ann.modal and "longer than a form in Slack" in str(ann.modal))
        await ann.closes()
        short = TextField(id="text", label="Text")
        desk.response = OpenForm(form=Form(title="Draft", action="a.send", submit="Keep", fields=(short,)))
        await ann.slash("/cohort")
        await slack.until(lambda: ann.modal and ann.modal.body.get("submit"))
        desk.response = OpenForm(form=Form(title="Draft", action="a.send", submit="Keep", fields=(long,)))
        assert (await ann.submits({"words:0:0:text": "words"})).ok
        assert "longer than a form in Slack" in str(ann.modal)
