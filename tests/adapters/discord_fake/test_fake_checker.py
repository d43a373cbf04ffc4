"""The checker finds what Discord's description finds, and what that does not know."""

from typing import Any

import pytest

from tests.fakes.discord.checker import check_request
from tests.fakes.discord.contracts import reference
from tests.fakes.discord.world import COMPONENTS_V2

CREATE = "POST /channels/{channel_id}/messages"
CALLBACK = "POST /interactions/{interaction_id}/{interaction_token}/callback"
COMMANDS = "PUT /applications/{application_id}/commands"
GOOD: dict[str, Any] = {"content": "hello", "nonce": "n", "enforce_nonce": True, "allowed_mentions": {"parse": []}}
BUTTON: dict[str, Any] = {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}


def text(content: str) -> dict[str, Any]:
    return {"type": 10, "content": content}


def second(*components: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in GOOD.items() if name != "content"}
    return kept | {"flags": COMPONENTS_V2, "components": list(components)}


def modal(*components: dict[str, Any], **data: Any) -> dict[str, Any]:
    return {"type": 9, "data": {"custom_id": "m", "title": "Words", "components": list(components)} | data}


def label(component: dict[str, Any], words: str = "Words") -> dict[str, Any]:
    return {"type": 18, "label": words, "component": component}


INPUT = {"type": 4, "custom_id": "text", "style": 1}


@pytest.mark.parametrize(
    "body",
    [
        GOOD,
        second(text("hello"), {"type": 1, "components": [BUTTON]}),
        second({"type": 17, "components": [text("in a box"), {"type": 14}]}),
    ],
)
def test_good_messages_pass(body: dict[str, Any]) -> None:
    assert check_request(CREATE, body) == []


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (GOOD | {"content": "x" * 2_001}, "content of more than 2000"),
        (GOOD | {"content": ""}, "an empty message"),
        (GOOD | {"nonce": "x" * 26}, "nonce"),
        ({"content": "hello", "allowed_mentions": {"parse": []}}, "a repeat would double it"),
        ({"content": "hello", "nonce": "n", "enforce_nonce": True}, "allowed_mentions"),
        (GOOD | {"allowed_mentions": {"parse": ["everyone"]}}, "everyone may be called"),
        (GOOD | {"embeds": [{"description": "x" * 3_100}] * 2}, "embeds of more than 6000"),
        (GOOD | {"components": [{"type": 1, "components": [BUTTON]}] * 2}, "stands twice"),
        (GOOD | {"components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "Go"}]}]}, "custom_id"),
        (second(text("a"), text("b")) | {"content": "too"}, "content together with"),
        (second(*(text("x") for _ in range(41))), "a message holds 40"),
        (second(text("x" * 2_500), text("x" * 2_500)), "a message holds 4000"),
        (second(text("x")) | {"flags": 0}, "IS_COMPONENTS_V2"),
        (second({"type": 12, "items": [{"media": {"url": "https://example.org/a.png"}}]}), "a picture without words"),
    ],
)
def test_what_is_wrong_with_a_message_is_told(body: dict[str, Any], problem: str) -> None:
    assert problem in " ".join(check_request(CREATE, body))


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (modal(*(label(INPUT | {"custom_id": f"f{number}"}) for number in range(6))), "a modal holds 1 to 5"),
        (modal(label(INPUT), title="x" * 46), "a modal's title"),
        (modal(label(INPUT), label(INPUT)), "stands twice"),
        (modal(label(INPUT | {"label": "twice"})), "no label of its own"),
        (modal(label(INPUT | {"value": "long", "max_length": 2})), "characters to begin with"),
        (modal({"type": 1, "components": [INPUT | {"label": "old"}]}), "deprecated"),
    ],
)
def test_what_is_wrong_with_a_modal_is_told(body: dict[str, Any], problem: str) -> None:
    assert problem in " ".join(check_request(CALLBACK, body))
    assert check_request(CALLBACK, modal(label(INPUT))) == []


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ({"name": "Cohort", "description": "Opens."}, "no name of a slash command"),
        ({"name": "cohort"}, "has a description"),
        ({"name": "Keep", "type": 3, "description": "Keeps."}, "another kind has none"),
        (
            {
                "name": "cohort",
                "description": "Opens.",
                "options": [
                    {"type": 3, "name": "a", "description": "A."},
                    {"type": 3, "name": "b", "description": "B.", "required": True},
                ],
            },
            "what is required comes first",
        ),
    ],
)
def test_what_is_wrong_with_a_command_is_told(command: dict[str, Any], problem: str) -> None:
    assert problem in " ".join(check_request(COMMANDS, [command]))


@pytest.mark.skipif(reference() is None, reason="COHORTIUM_SHARED does not lead to Discord's description")
def test_what_the_description_says_is_said() -> None:
    assert "no such route" in " ".join(check_request("POST /nowhere", {}))
    assert check_request(CREATE, GOOD | {"tts": "no"}) != []
    assert check_request(CREATE, None) != []
    assert "unknown field 'unheard_of'" in " ".join(check_request(CREATE, GOOD | {"unheard_of": 1}))
