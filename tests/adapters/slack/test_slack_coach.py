"""The coach in people's own conversation with the app: prompts, and answers in the thread of their words."""

from datetime import timedelta
from pathlib import Path

import pytest

from cohorts.cards.coaching import PROMPTS
from cohorts.feedback.model import Assignment
from cohorts.protocols.engine import RunIdentity
from cohorts.protocols.load import latest
from cohorts.usecases.carry_out import begin_run
from cohorts.words import say
from storage.transaction import SqlTransaction
from tests.adapters.slack.test_slack_listening import WAYS, Town, action_of, open_town
from tests.adapters.slack.test_slack_people import lay, on_roster
from tests.fakes.slack.faults import Refused
from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.world import Message
from tests.fakes.small_core import START


async def answered(slack: FakeSlack, town: Town, asked: Message, count: int = 1) -> Message:
    """The newest answer in the thread of what they wrote."""
    ann, root = town.ann, asked.thread_ts or asked.ts

    def answers() -> list[Message]:
        return [one for one in ann.reads(ann.direct, root) if one.bot_id and not one.streaming]

    await slack.until(lambda: len(answers()) >= count)
    await slack.quiet()
    assert len(answers()) == count
    return answers()[-1]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("language", ["en", "es"])
async def test_each_prompt_is_answered_in_its_thread(slack: FakeSlack, tmp_path: Path, way: str, language: str) -> None:
    async with open_town(slack, tmp_path, way, language) as town:
        await lay(town, on_roster("ben"), cohort=("ann", "ben"))
        ann = town.ann
        await ann.opens_home("messages")
        await slack.until(lambda: slack.called("assistant.threads.setSuggestedPrompts"))
        (call,) = slack.called("assistant.threads.setSuggestedPrompts")
        prompts = [one["message"] for one in call.args["prompts"]]
        assert prompts == [say(language, f"coach.prompt.{name}") for name in PROMPTS]
        said = {}
        for prompt in prompts:
            asked = await ann.posts(ann.direct, prompt)
            answer = await answered(slack, town, asked)
            assert (answer.only_for, answer.thread_ts) == ("", asked.ts)
            said[prompt] = answer
        home, question, readers = said.values()
        assert "evidence.open" in str(home.blocks)
        assert "evidence.open" in str(question.blocks)
        assert say(language, "coach.small") in str(question.blocks)
        assert readers.text == say(language, "coach.readers.none")
        assert {one.args["thread_ts"] for one in slack.called("assistant.threads.setStatus")} == {
            one.thread_ts for one in said.values()
        }


async def test_who_reads_a_draft_is_told_in_counts(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_town(slack, tmp_path, "http") as town:
        await lay(town, on_roster("ben"), on_roster("cal"), cohort=("ann", "ben", "cal"))

        def ask(tx: SqlTransaction) -> None:
            cohort = tx.cohorts.get("sotol")
            ident = RunIdentity(id="run-1", cohort_id="sotol", parent_id="", parent_step="")
            begin_run(tx, cohort, latest("tune-a-draft"), ident, START, presenter="ann")
            for reviewer, status in (("ben", "done"), ("cal", "open")):
                facts = {"id": reviewer, "run_id": "run-1", "author": "ann", "reviewer": reviewer, "status": status}
                one = Assignment.model_validate({**facts, "due": START + timedelta(days=2), "assigned_at": START})
                tx.feedback.save_assignment(one, "sotol")

        await town.house.database.transact(ask)
        asked = await town.ann.posts(town.ann.direct, "  who reads my DRAFT ")
        answer = await answered(slack, town, asked)
        assert "2 colleagues of your cohort read your draft." in answer.text
        assert "1 review has come." in answer.text
        assert "Cal" not in str(answer.blocks)
        assert "'type': 'date'" in str(answer.blocks)


async def test_other_words_open_home_and_a_repeat_is_not_answered_twice(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_town(slack, tmp_path, "http") as town:
        slack.courier.repeat_next = 1
        asked = await town.ann.posts(town.ann.direct, "write my reflection for me")
        answer = await answered(slack, town, asked)
        assert "join.open" in str(answer.blocks)
        again = await town.ann.posts(town.ann.direct, "What is next for me?", asked.ts)
        await answered(slack, town, again, 2)


@pytest.mark.parametrize("word", ["not_agent_app", "missing_scope", "unknown_method"])
async def test_where_the_app_is_no_agent_it_answers_all_the_same(slack: FakeSlack, tmp_path: Path, word: str) -> None:
    async with open_town(slack, tmp_path, "http") as town:
        slack.faults.add(Refused(word), "assistant.threads.setSuggestedPrompts", times=9)
        slack.faults.add(Refused(word), "assistant.threads.setStatus", times=9)
        await town.ann.opens_home("messages")
        asked = await town.ann.posts(town.ann.direct, "What is next for me?")
        assert "join.open" in str((await answered(slack, town, asked)).blocks)


async def test_a_thread_in_an_older_apps_view_is_greeted_with_its_prompts(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_town(slack, tmp_path, "http") as town:
        await lay(town, on_roster("ben"), cohort=("ann", "ben"))
        begun = await town.ann.opens_assistant()
        greeting = await answered(slack, town, begun)
        assert "Hello, Ann." in greeting.text
        await slack.until(lambda: slack.called("assistant.threads.setSuggestedPrompts"))
        (call,) = slack.called("assistant.threads.setSuggestedPrompts")
        assert call.args["thread_ts"] == begun.ts
        await town.ann.clicks(greeting, action_of(greeting.blocks, "coach.question.open"))
        await slack.until(lambda: [one for one in town.ann.reads(town.ann.direct) if one.only_for])
