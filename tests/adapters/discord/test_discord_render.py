"""Whatever Cohortium says, Discord takes it; whatever a person writes, Discord shows it as they wrote it."""

import re
from collections.abc import Mapping, Sequence
from cProfile import Profile
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.chat.discord.custom_ids import HANDLE, custom_id, handle, handles_of, read
from bot.chat.discord.render import fewer, plain, render
from bot.chat.discord.words.markdown import literal, markdown, markdown_texts
from bot.chat.words.cutting import size
from bot.chat.words.pieces import Voice, pieces_of
from cohorts.messages import Button, Buttons, Context, Divider, Facts, Message, Progress, Section, moment, quote_person
from cohorts.messages import plain as plain_words
from tests.adapters.slack.made_up import MARKS, MESSAGES
from tests.fakes.discord.checker import check_request
from tests.fakes.small_core import START, WELCOME

VOICE = Voice(language="en", zone="America/Chicago", site="https://chat.example.org")
CALM = settings(
    max_examples=25,
    phases=(Phase.explicit, Phase.generate),  # these examples are large, and shrinking one takes minutes
    suppress_health_check=list(HealthCheck),
    deadline=None,
    derandomize=True,
)
pytestmark = [pytest.mark.filterwarnings("ignore:Generating overly large repr"), pytest.mark.timeout(400)]
NASTY = (
    "@everyone <@&123> <#1|general> </join:1> <https://evil.example> <id:customize>",
    "*bold* _italic_ ~~gone~~ `code` ```block``` ||hidden|| __under__",
    "> not a quote\n- not a list\n1. nor this\n# no title\n-# small\n>>> q",
    "<:smile:1> <a:x:2> \\* \\",
    "<t:2026-01-05T21:00Z|day_time> <t:1767646800:F>",
    "**[link](https://evil.example)** https://example.org http://a.b",
)
ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")
Json = Mapping[str, Any]


def problems_of(body: Json) -> Sequence[str]:
    sent = {**body, "nonce": "n", "enforce_nonce": True}
    return check_request("POST /channels/{channel_id}/messages", sent)


def texts(bodies: Sequence[Json]) -> Sequence[str]:
    return [one["content"] for body in bodies for one in body["components"] if one["type"] == 10]


def shown(text: str) -> str:
    """What Discord shows of literal text."""
    return ESCAPED.sub(r"\1", text)


@CALM
@given(MESSAGES)
def test_discord_takes_any_message(message: Message) -> None:
    for body in render(message, VOICE):
        assert problems_of(body) == []
    for body in plain(message, VOICE):
        assert problems_of(body) == []


@settings(CALM, max_examples=10)
@given(MESSAGES, st.integers(1, 3))
def test_discord_takes_any_message_in_so_many_parts(message: Message, most: int) -> None:
    bodies = fewer(render(message, VOICE), most, VOICE)
    assert len(bodies) == most
    assert [problem for body in bodies for problem in problems_of(body)] == []


@CALM
@given(MARKS)
def test_a_persons_words_are_shown_as_they_wrote_them(text: str) -> None:
    (said,) = texts(render(Message(text=plain_words(text)), VOICE))
    assert shown(said).split() == text.split() or (not text.strip() and said == "–")


@CALM
@given(st.text(alphabet="<>&*_~`:ab1. \n|!@#^{}[]()\\/-+", max_size=80))
def test_no_words_of_a_person_have_an_effect(text: str) -> None:
    for said in texts(render(Message(text=plain_words(text)), VOICE)):
        bare = ESCAPED.sub("", said)
        assert not re.search(r"[*_~`|<>\[\]@\\]|://", bare)
        assert not re.search(r"^\s*([#+-]|\d+[.)])", said, re.MULTILINE)


@pytest.mark.parametrize("text", NASTY)
def test_nobody_can_mention_link_or_format(text: str) -> None:
    (body,) = render(Message(text="x", blocks=(Section(text=quote_person(text)),)), VOICE)
    assert body["allowed_mentions"] == {"parse": []}
    (said,) = texts([body])
    lines = [line.removeprefix("> ").removeprefix(">") for line in said.split("\n")]
    assert [" ".join(shown(line).split()) for line in lines] == [" ".join(line.split()) for line in text.split("\n")]
    assert not any(re.search(r"[*_~`|<>@]|://", ESCAPED.sub("", line)) for line in lines)


@pytest.mark.parametrize(
    ("text", "drawn_as"),
    [
        ("**Week 1** opens *soon*: `x`", "**Week 1** opens *soon*: `x`"),
        ("[the rubric](https://example.org/r_(1))", "[the rubric](<https://example.org/r_%281%29>)"),
        ("[write](mailto:a@example.org)", r"write (a\@example.org)"),
        ("[map](/evidence)", "[map](<https://chat.example.org/evidence>)"),
        ("**one\ntwo**", "**one**\n**two**"),
        ("***both***", "***both***"),
        ("*a***b**", "*a*\u200b**b**"),
        ("> q\n> r", "> q\n> r"),
        ("- a\n- b\n    - c", "- a\n- b\n  - c"),
        ("1. x\n2. y", "1. x\n1. y"),
        ("3. third", r"3\. third"),
        ("one\n\ntwo", "one\n\ntwo"),
    ],
)
def test_our_markdown_is_discords(text: str, drawn_as: str) -> None:
    assert texts(render(Message(text=text), VOICE)) == [drawn_as]


@pytest.mark.parametrize(("style", "letter"), [("day", "D"), ("time", "t"), ("day_time", "f"), ("weekday_time", "F")])
def test_a_moment_is_told_by_the_readers_own_clock(style: Any, letter: str) -> None:
    said = texts(render(Message(text=f"Opens {moment(START, style)}"), VOICE))
    assert said == [f"Opens <t:{int(START.timestamp())}:{letter}>"]


def test_every_block_has_its_own_component() -> None:
    blocks = (
        Section(text="First."),
        Context(text="Everybody sees this.\n\nAnd this."),
        Facts(rows=(("Step", "Meet & choose"), ("", "alone"))),
        Progress(label="2 of 6", done=2, total=6),
        Divider(),
        Buttons(items=tuple(Button(label=f"B{number}", action="step.open", value="run-1") for number in range(6))),
    )
    (body,) = render(Message(text="x", blocks=blocks), VOICE)
    assert [one["type"] for one in body["components"]] == [10, 10, 10, 10, 14, 1, 1]
    assert texts([body])[1:] == [
        "-# Everybody sees this.\n-# And this.",
        "- **Step**: Meet & choose\n- alone",
        "2 of 6\n▰▰▱▱▱▱ 2/6",
    ]
    ids = [button["custom_id"] for row in body["components"][5:] for button in row["components"]]
    assert ids == [f"{number}:step.open:run-1" for number in range(6)]
    assert [len(row["components"]) for row in body["components"][5:]] == [5, 1]


def test_a_link_that_leads_nowhere_safe_is_not_drawn() -> None:
    items = tuple(Button(label="x", action="", url=url) for url in ("https://example.org", "javascript:x", "/evidence"))
    (body,) = render(Message(text="x", blocks=(Buttons(items=items),)), VOICE)
    (row,) = body["components"]
    assert [one["url"] for one in row["components"]] == ["https://example.org", "https://chat.example.org/evidence"]
    assert {one["style"] for one in row["components"]} == {5}


def test_fifty_blocks_are_one_message() -> None:
    message = Message(text="long", blocks=tuple(Section(text=f"part {number}") for number in range(50)))
    (body,) = render(message, VOICE)
    assert "part 0\n\npart 1" in texts([body])[0]
    assert problems_of(body) == []


def test_what_does_not_fit_goes_into_several_messages_cut_at_the_ends_of_sentences() -> None:
    text = "This is one sentence of some length, and it goes on a little. " * 300
    bodies = render(Message(text="long", blocks=(Section(text=text), Section(text="The end."))), VOICE)
    assert len(bodies) > 4
    assert all(said.endswith(".") and size(said) <= 4000 for said in texts(bodies))
    assert " ".join(texts(bodies)).split() == [*text.split(), "The", "end."]


def test_a_message_that_grew_beyond_its_parts_says_so() -> None:
    message = Message(text="x", blocks=tuple(Section(text=f"{number} " * 1500) for number in range(4)))
    (body,) = fewer(render(message, VOICE), 1, VOICE)
    assert texts([body])[-1].startswith("-# ")
    assert problems_of(body) == []


def test_drawn_plainly_it_still_says_all_of_it_and_has_its_buttons() -> None:
    bodies = plain(WELCOME, VOICE)
    said = " ".join(body["content"] for body in bodies)
    drawn = render(WELCOME, VOICE)
    assert all(word in said for text in texts(drawn) for word in text.split())
    rows = [one for body in drawn for one in body["components"] if one["type"] == 1]
    assert [row for body in bodies for row in body.get("components", [])] == rows
    assert [problem for body in bodies for problem in problems_of(body)] == []


@given(st.from_regex(r"[a-z]{1,8}(\.[a-z_]{1,60}){0,3}", fullmatch=True), st.text(max_size=200), st.integers(0, 99))
def test_a_button_says_what_it_is_about_or_has_a_handle_that_is_kept(action: str, value: str, number: int) -> None:
    written = custom_id(action, value, number)
    assert size(written) <= 100
    kept = handles_of(Message(text="x", blocks=(Buttons(items=(Button(label="x", action=action, value=value),)),)))
    found = read(written)
    assert found == (action, value) or (found == (HANDLE, handle(action, value)) and kept[found[1]] == (action, value))


@pytest.mark.parametrize("strange", ["", "x", "step.open", "1:", "form:abc:0", "١:step.open"])
def test_what_is_no_id_of_ours_is_nothing(strange: str) -> None:
    assert read(strange) is None


def test_a_link_needs_no_handle() -> None:
    button = Button(label="x", action="", value="v" * 300, url="https://example.org")
    assert handles_of(Message(text="x", blocks=(Buttons(items=(button,)),))) == {}


@given(st.text(max_size=3000), st.integers(150, 400))
def test_cutting_loses_no_word(text: str, most: int) -> None:
    pieces = pieces_of(plain_words(text), VOICE)
    parts = list(markdown_texts(pieces, most))
    assert all(size(part) <= most for part in parts)
    assert "".join("".join(parts).split()) == "".join(markdown(pieces).split())


def test_a_literal_line_cannot_become_anything() -> None:
    assert literal("# x\n- y\n12. z\n-# s") == "\\# x\n\\- y\n12\\. z\n\\-# s"
    assert literal("see https://x.org and 5 > 3") == "see https\\://x.org and 5 \\> 3"


def test_a_text_that_is_shown_again_is_not_read_again() -> None:
    """The same cards go to everybody, and who pressed waits for theirs."""
    said = Message(text="x", blocks=(Section(text="How **this** works.\n\n- one\n- two"), Context(text="*small*")))
    first, seen = render(said, Voice()), Profile()
    assert seen.runcall(render, said, Voice()) == first
    assert not [one for one in seen.getstats() if "markdown_it" in getattr(one.code, "co_filename", "")]
    assert "https://a.example/x" in str(render(Message(text="[x](/x)"), Voice(site="https://a.example")))
    assert "https://b.example/x" in str(render(Message(text="[x](/x)"), Voice(site="https://b.example")))
