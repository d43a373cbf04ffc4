"""The coach's answer as a stream: begun with our own words, ended with the rest, and there once whatever goes wrong."""

from pathlib import Path

import pytest

from bot.chat.slack.hearing.streaming import beginning
from cohorts.cards.coaching import greeting_card
from cohorts.messages import Message, Section, plain, quote_person
from cohorts.people.model import Educator
from tests.adapters.slack.test_slack_coach import answered
from tests.adapters.slack.test_slack_listening import open_town
from tests.fakes.slack.faults import Fault, Garbage, RateLimited, Refused, Reset, ServerError
from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.world import Message as Shown

QUESTION = "What is next for me?"


async def asked(slack: FakeSlack, tmp_path: Path, way: str = "http") -> Shown:
    """The one answer that stands in the thread when everything is quiet."""
    async with open_town(slack, tmp_path, way) as town:
        words = await town.ann.posts(town.ann.direct, QUESTION)
        answer = await answered(slack, town, words)
        shown = [one for one in town.ann.reads(town.ann.direct, words.ts) if one.bot_id]
        assert shown == [answer]
        return answer


@pytest.mark.parametrize("way", ["http", "socket"])
async def test_an_answer_begins_with_our_words_and_ends_with_its_buttons(
    slack: FakeSlack, tmp_path: Path, way: str
) -> None:
    answer = await asked(slack, tmp_path, way)
    (begun,), (ended,) = slack.called("chat.startStream"), slack.called("chat.stopStream")
    assert begun.args["markdown_text"].startswith("**Welcome, Ann.**")
    assert answer.text == begun.args["markdown_text"]
    assert "join.open" in str(ended.args["blocks"])
    assert "Welcome" not in str(answer.blocks)


@pytest.mark.parametrize("method", ["chat.startStream", "chat.stopStream"])
@pytest.mark.parametrize(
    "fault",
    [
        Refused("channel_type_not_supported"),
        Refused("unknown_method"),
        RateLimited(),
        Reset("before"),
        Reset("after"),
        ServerError("before"),
        ServerError("after"),
        Garbage(),
    ],
    ids=str,
)
async def test_whatever_becomes_of_the_stream_the_answer_is_there_once(
    slack: FakeSlack, tmp_path: Path, method: str, fault: Fault
) -> None:
    slack.faults.add(fault, method)
    answer = await asked(slack, tmp_path)
    assert "join.open" in str(answer.blocks)


async def test_a_reader_who_stops_it_gets_the_answer_whole(slack: FakeSlack, tmp_path: Path) -> None:
    slack.faults.add(Refused("invalid_blocks"), "chat.stopStream")
    answer = await asked(slack, tmp_path)
    assert "Welcome, Ann." in str(answer.blocks)
    assert len(slack.called("chat.delete")) == 1


async def test_where_the_app_is_no_agent_nothing_is_streamed(slack: FakeSlack, tmp_path: Path) -> None:
    slack.faults.add(Refused("not_agent_app"), "assistant.threads.setStatus", times=9)
    await asked(slack, tmp_path)
    assert not slack.called("chat.startStream")


@pytest.mark.parametrize(
    "text",
    [
        quote_person("I *wonder* <!channel>"),
        f"You wrote {plain('<@U1> *now*')}.",
        "Until <t:2026-01-05T21:00Z|day_time>.",
        "# A title",
        "`code`",
        "",
        "word " * 1000,
    ],
)
def test_what_others_wrote_and_when_it_is_are_not_streamed(text: str) -> None:
    message = Message(text="all", blocks=(Section(text=text),))
    assert beginning(message) == ("", message)


def test_our_own_words_are() -> None:
    card = greeting_card(Educator(id="e1", email="ann@example.org", given_name="Ann", family_name="Lee", lea_id="1"))
    own, rest = beginning(card)
    assert own.startswith("Hello, Ann.") or "Hello, Ann." in own
    assert rest is not None
    assert rest.blocks == card.blocks[1:]
    assert beginning(Message(text="Nobody reads a draft of yours now.")) == ("Nobody reads a draft of yours now.", None)
