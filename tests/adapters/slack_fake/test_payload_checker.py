"""What the checker lets pass and what it finds, and that the fake asks it about everything."""

from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack.checker import check_call, check_message, check_reply, check_view
from tests.fakes.slack.contracts import answer_problems, reference
from tests.fakes.slack.methods.call import METHODS
from tests.fakes.slack.recorded import HOSTILE, changed, paths
from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.workspace import Workspace

Block = dict[str, Any]


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def section(text: str = "Hello", **more: Any) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}} | more


def button(action_id: str = "go", **more: Any) -> Block:
    return {"type": "button", "action_id": action_id, "text": plain("Go")} | more


def actions(*elements: Block) -> Block:
    return {"type": "actions", "elements": list(elements)}


def menu(options: int, label: str = "Monday") -> Block:
    made = [{"text": plain(label), "value": str(number)} for number in range(options)]
    return {"type": "static_select", "action_id": "day", "placeholder": plain("Day"), "options": made}


ASKED: Block = {"type": "input", "label": plain("Why?"), "element": {"type": "plain_text_input", "action_id": "why"}}
IMAGE: Block = {"type": "image", "image_url": "https://example.org/x.png", "alt_text": "Two hands"}
MODAL: Block = {"type": "modal", "title": plain("Check in"), "submit": plain("Send"), "blocks": [ASKED]}
METADATA = {"event_type": "delivery", "event_payload": {"key": "k"}}


def without(block: Block, name: str) -> Block:
    return {key: value for key, value in block.items() if key != name}


GOOD: list[list[Block]] = [
    [section(), {"type": "divider"}, actions(button(), button("no", style="danger"), menu(100)), IMAGE],
    [{"type": "header", "text": plain("x" * 150)}, section(fields=[plain("a"), plain("b")])],
    [section(accessory=button(url="https://example.org", value="v" * 2000))],
    [{"type": "context", "elements": [plain("why this came"), IMAGE]}, actions(button()), actions(button())],
    [section(f"{number}") for number in range(50)],
    [{"type": "markdown", "text": "# Hello"}],
]


@pytest.mark.parametrize("blocks", GOOD)
def test_good_messages_pass(blocks: list[Block]) -> None:
    said = {"channel": "C1", "text": "Hello", "blocks": blocks, "metadata": METADATA}
    assert check_call("chat.postMessage", said) == []


@pytest.mark.parametrize(
    ("blocks", "found"),
    [
        ([section()] * 51, "51 blocks; a message holds 50"),
        ([section(block_id="a"), {"type": "divider", "block_id": "a"}], "block_id 'a' stands twice"),
        ([actions(button("a"), button("a"))], "action_id 'a' stands twice"),
        ([section("x" * 3001)], "cannot exceed 3000"),
        ([section("")], "an empty mrkdwn"),
        ([{"type": "header", "text": plain("x" * 151)}], "cannot exceed 150"),
        ([section(fields=[plain("x")] * 11)], "11"),
        ([section(fields=[plain("x" * 2001)])], "longer than 2000"),
        ([actions(*(button(str(number)) for number in range(26)))], "26"),
        ([actions(button(text=plain("x" * 76)))], "cannot exceed 75"),
        ([actions(button(value="x" * 2001))], "2001; 2000 is the most"),
        ([actions(button("x" * 256))], "cannot exceed 255"),
        ([actions(menu(101))], "101; 100 is the most"),
        ([actions(menu(1, "x" * 76))], "75 characters"),
        ([actions(menu(1) | {"initial_option": {"text": plain("x"), "value": "x"}})], "none of its options"),
        ([without(IMAGE, "alt_text")], "alt_text"),
        ([{"type": "context", "elements": [without(IMAGE, "alt_text")]}], "alt_text"),
        ([{"type": "markdown", "text": "x" * 6001}] * 2, "12002 characters"),
        ([{"type": "input", "label": plain("x"), "element": {"type": "file_input", "action_id": "f"}}], "modals alone"),
    ],
)
def test_what_is_wrong_with_a_message_is_found(blocks: list[Block], found: str) -> None:
    problems = check_message({"text": "Hello", "blocks": blocks})
    assert [problem for problem in problems if found in problem], problems


@pytest.mark.parametrize(
    ("blocks", "found"),
    [
        ([section(nonsense=1)], "'nonsense' was unexpected"),
        ([{"type": "section", "text": "no object"}], "no object"),
        ([{"type": "fireworks"}], "no block is called 'fireworks'"),
        ([actions(button(style="loud"))], "loud"),
        ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "plain_text"),
    ],
)
def test_what_only_the_schemas_know(blocks: list[Block], found: str, contracts: None) -> None:
    problems = check_message({"text": "Hello", "blocks": blocks})
    assert [problem for problem in problems if found in problem], problems


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"blocks": [section()]}, "without a top-level text"),
        ({"text": "x" * 40_001}, "longer than 40000"),
        ({"markdown_text": "x" * 12_001}, "longer than 12000"),
        ({"markdown_text": "x", "text": "x"}, "together with"),
        ({"text": "x", "metadata": {"event_type": "x"}}, "event_type and event_payload"),
        ({"text": "x", "metadata": {"event_type": "x", "event_payload": "key"}}, "an object"),
    ],
)
def test_what_is_wrong_beside_the_blocks(said: Block, found: str) -> None:
    assert [problem for problem in check_message(said) if found in problem]


@pytest.mark.parametrize(
    ("view", "found"),
    [
        (without(MODAL, "submit"), "an input block without a submit button"),
        (MODAL | {"title": plain("x" * 25)}, "between 1 and 24"),
        (MODAL | {"submit": plain("x" * 25)}, "cannot exceed 24"),
        (MODAL | {"private_metadata": "x" * 3001}, "3000"),
        (MODAL | {"blocks": [section()] * 101}, "101 blocks; a view holds 100"),
        (MODAL | {"blocks": [section("ü" * 2900)] * 45}, "larger than 250000 bytes"),
        (MODAL | {"blocks": [ASKED | {"block_id": "a"}] * 2}, "block_id 'a' stands twice"),
        ({"type": "home", "blocks": [section()], "submit": plain("Send")}, "cannot have submit"),
    ],
)
def test_what_is_wrong_with_a_view_is_found(view: Block, found: str) -> None:
    assert check_view(MODAL) == []
    problems = check_view(view)
    assert [problem for problem in problems if found in problem], problems


@settings(max_examples=30, deadline=None, phases=[Phase.generate])
@given(st.data())
def test_whatever_is_broken_the_checker_answers_in_sentences(data: st.DataObject) -> None:
    whole: dict[str, Any] = {
        "message": {
            "text": "Hello",
            "blocks": [block for blocks in GOOD[1:4] for block in blocks],
            "metadata": METADATA,
        },
        "view": MODAL,
    }
    for _ in range(data.draw(st.integers(1, 3))):
        there = [path for path in paths(whole, into=frozenset()) if len(path) > 1]
        whole = changed(whole, data.draw(st.sampled_from(there)), HOSTILE[data.draw(st.sampled_from(sorted(HOSTILE)))])
    assert all(isinstance(problem, str) for problem in check_message(whole["message"]) + check_view(whole["view"]))


def test_replies_are_checked() -> None:
    assert check_reply({"text": "Hello", "response_type": "ephemeral", "replace_original": True}) == []
    assert check_reply({"text": "Hello", "response_type": "loud", "channel": "C1"}) == [
        "unknown field: channel",
        "response_type 'loud'",
    ]


@pytest.mark.parametrize(
    ("method", "args", "found"),
    [
        ("chat.postMessage", {"text": "Hello"}, "missing required argument: channel"),
        ("chat.postMessage", {"channel": "C1", "text": "Hello", "nonce": "1"}, "unknown argument: nonce"),
        ("chat.postMessage", {"channel": "C1", "text": 7.5}, "wrong type of argument text"),
        ("conversations.history", {"channel": "C1", "limit": "many"}, "wrong type of argument limit"),
        ("chat.postMassage", {}, "Slack has no such method"),
        ("views.publish", {"user_id": "U1", "view": MODAL}, "a Home tab is published, a modal opened"),
    ],
)
def test_calls_are_held_against_the_reference(method: str, args: Block, found: str, contracts: None) -> None:
    problems = check_call(method, args)
    assert [problem for problem in problems if found in problem], problems


def test_a_body_that_slack_would_not_read(contracts: None) -> None:
    assert check_call("users.info", {"user": "U1"}, "json") == ["users.info: takes no JSON body"]
    assert check_call("users.info", {"user": "U1"}, "form") == []


async def test_the_fake_refuses_what_slack_refuses_and_remembers_it(
    slack: FakeSlack, town: Workspace, client: AsyncWebClient, contracts: None
) -> None:
    room = town.channel("open", town.user("Ann"), bot=True)
    with pytest.raises(SlackApiError, match="invalid_blocks"):
        await client.chat_postMessage(channel=room, text="Hello", blocks=[{"type": "divider"}] * 51)
    await client.api_call("chat.postMessage", json={"channel": room, "blocks": [section()]})
    await client.api_call("chat.postMessage", json={"channel": room, "text": "Hello", "nonce": "1"})
    with pytest.raises(SlackApiError, match="unknown_method"):
        await client.api_call("chat.scheduleMessage", json={"channel": room, "text": "Hello"})
    with pytest.raises(SlackApiError, match="unknown_method"):
        await client.api_call("chat.whisper")
    said = [problem.partition(": ")[2] for problem in slack.take_violations()]
    assert said == [
        "51 blocks; a message holds 50",
        "blocks without a top-level text: a screen reader and a notification have nothing to say",
        "unknown argument: nonce",
        "the fake does not know this method of Slack's yet",
        "Slack has no such method",
    ]
    assert [len(one.blocks) for one in town.messages(room)] == [1, 0]


async def test_leaving_the_fake_with_a_violation_fails() -> None:
    async def wordless() -> None:
        async with FakeSlack() as slack:
            client = AsyncWebClient(token=slack.workspace("T1").token, base_url=slack.base_url)
            said = {"channel": slack.workspace("T1").user("Ann").id, "blocks": [section()]}
            await client.api_call("chat.postMessage", json=said)

    with pytest.raises(AssertionError, match="without a top-level text"):
        await wordless()


def test_every_documented_answer_passes_the_answer_check(contracts: None) -> None:
    """The reference's own examples of what we fake: else the check would refuse what Slack says."""
    read = reference()
    assert read is not None
    described = [(name, read.method(name) or {}) for name in METHODS]
    answers = [(name, one["example"]) for name, method in described for one in method.get("examples", {}).values()]
    assert len(answers) > 2 * len(METHODS) - 5
    for name, answer in answers:
        assert list(answer_problems(read, name, answer)) == [], name
