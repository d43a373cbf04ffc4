"""Whatever Cohortium says, Slack takes it; whatever a person writes, Slack shows it as they wrote it."""

import json
import re
from time import process_time

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.chat.local.people import literal as local_literal
from bot.chat.slack.home import home_view
from bot.chat.slack.render import Rendered, blocks_of, render, text_of
from bot.chat.slack.words.mrkdwn import BREAK, literal
from bot.chat.words.cutting import shorten, size, split
from bot.chat.words.pieces import Voice
from cohorts.messages import (
    Button,
    Buttons,
    Context,
    Divider,
    Facts,
    Message,
    Progress,
    Section,
    moment,
    plain,
    quote_person,
)
from tests.adapters.slack.made_up import MARKS, MESSAGES
from tests.fakes.slack.checker import check_message, check_view
from tests.fakes.slack.contracts import Json
from tests.fakes.slack.measures import elements
from tests.fakes.small_core import START, WELCOME

VOICE = Voice(language="en", zone="America/Chicago", site="https://chat.example.org")
CALM = settings(
    max_examples=25,
    phases=(Phase.explicit, Phase.generate),  # these examples are large, and shrinking one takes minutes
    suppress_health_check=list(HealthCheck),
    deadline=None,
    derandomize=True,  # a form can be drawn so large that to check it takes minutes
)
pytestmark = [pytest.mark.filterwarnings("ignore:Generating overly large repr"), pytest.mark.timeout(400)]
NASTY = (
    "@everyone <!channel> <@U123> <#C1|general> <https://evil.example|click>",
    "*bold* _italic_ ~gone~ `code` ```block```",
    "> not a quote\n- not a list\n1. nor this",
    ":smile: :+1: &lt; &amp;",
    "<t:2026-01-05T21:00Z|day_time> <!date^1^{date}|x>",
    "**[link](https://evil.example)** https://example.org",
)


def drawn(message: Message) -> list[Json]:
    return list(blocks_of(message, VOICE))


def section(text: str) -> list[Json]:
    return [
        element for block in drawn(Message(text="x", blocks=(Section(text=text),))) for element in block["elements"]
    ]


def said(blocks: list[Json]) -> str:
    """What a reader sees of rich text."""
    words = []
    for node in elements(blocks):
        if node.get("type") in ("text", "link"):
            words.append(node["text"])
        elif node.get("type") == "date":
            words.append(node["fallback"])
    return "".join(words)


def problems_of(part: Rendered) -> list[str]:
    """What Slack would refuse, and what nobody could read or tell apart."""
    problems = check_message({"text": part.text, "blocks": list(part.blocks)})
    problems += [] if part.text.strip() and part.blocks else ["nothing to read"]
    buttons = [node["action_id"] for node in elements(list(part.blocks)) if node.get("type") == "button"]
    return problems + ([] if len(buttons) == len(set(buttons)) else ["two buttons of one name"])


@CALM
@given(MESSAGES)
def test_slack_takes_any_message(message: Message) -> None:
    for part in render(message, VOICE):
        assert problems_of(part) == []


@settings(CALM, max_examples=10)
@given(MESSAGES)
def test_slack_takes_any_message_as_a_home(message: Message) -> None:
    assert check_view(home_view(message, VOICE)) == []


@CALM
@given(MARKS)
def test_a_persons_words_are_shown_as_they_wrote_them(text: str) -> None:
    lines = [" ".join(line.split()) for line in text.strip().splitlines()]
    shown = said(drawn(Message(text=local_literal(text))))
    assert shown.split() == " ".join(lines).split() or (not text.strip() and shown == "–")


@CALM
@given(st.text(alphabet="<>&*_~`:ab \n|!@#^{}[]()\\", max_size=80))
def test_no_words_of_a_person_have_an_effect_in_mrkdwn(text: str) -> None:
    message = Message(text="x", blocks=(Context(text=plain(text)), Facts(rows=(("Name", plain(text)),))))
    for node in elements(drawn(message)):
        if node.get("type") == "mrkdwn":
            shown = node["text"].removeprefix("*Name*\n")
            assert not re.search(r"[<>]", shown)
            assert not re.search(r"&(?!amp;|lt;|gt;)", shown)
            assert not re.search(r"(?<![\w\u200b])[*_~`](?=[^\s\u200b])", shown)
            assert shown.replace(BREAK, "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").split() == (
                " ".join(text.split()).split()
            )


@pytest.mark.parametrize("text", NASTY)
def test_nobody_can_mention_link_or_format(text: str) -> None:
    kinds = {node["type"] for node in elements(drawn(Message(text="x", blocks=(Section(text=quote_person(text)),))))}
    assert kinds <= {"rich_text", "rich_text_quote", "text"}
    spoken = text_of(Message(text=plain(text)), VOICE)
    assert "<" not in spoken
    assert all(node.get("verbatim", True) for node in elements(drawn(Message(text="x", blocks=(Context(text=text),)))))


def test_our_markdown_becomes_rich_text() -> None:
    elements = section("**Week 1** opens *soon*: `x` and [the rubric](https://example.org/r)")
    assert elements == [
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "text", "text": "Week 1", "style": {"bold": True}},
                {"type": "text", "text": " opens "},
                {"type": "text", "text": "soon", "style": {"italic": True}},
                {"type": "text", "text": ": "},
                {"type": "text", "text": "x", "style": {"code": True}},
                {"type": "text", "text": " and "},
                {"type": "link", "url": "https://example.org/r", "text": "the rubric"},
            ],
        }
    ]


def test_quotes_and_lists_are_slacks_own() -> None:
    kinds = section("First.\n\nSecond.\n\n> one\n> two\n\n- a\n- b\n    - c\n\n1. x\n2. y")
    assert [one["type"] for one in kinds] == [
        "rich_text_section",
        "rich_text_quote",
        "rich_text_list",
        "rich_text_list",
        "rich_text_list",
    ]
    assert said(kinds[:1]) == "First.\n\nSecond."
    assert said(kinds[1:2]) == "one\ntwo"
    assert [(one["style"], one["indent"], len(one["elements"])) for one in kinds[2:]] == [
        ("bullet", 0, 2),
        ("bullet", 1, 1),
        ("ordered", 0, 2),
    ]


def test_what_slacks_lists_cannot_do_is_written_out() -> None:
    assert said(section("3. third\n4. fourth")) == "3. third\n\n4. fourth"
    assert said(section("> - in a quote")) == "• in a quote"


def test_a_moment_is_told_in_the_readers_zone() -> None:
    (date,) = [node for node in elements(section(f"Opens {moment(START)}")) if node["type"] == "date"]
    assert date == {
        "type": "date",
        "timestamp": int(START.timestamp()),
        "format": "{date_long_pretty}, {time}",
        "fallback": "Monday, Jan 12, 9:20 AM",
    }
    text = text_of(Message(text=f"Opens {moment(START, 'day')}"), VOICE)
    assert text == f"Opens <!date^{int(START.timestamp())}^{{date_long_pretty}}|Monday, Jan 12>"
    spanish = text_of(Message(text=moment(START, "time")), Voice(language="es", zone="Europe/Madrid"))
    assert spanish.endswith("^{time}|16:20>")


def test_links_to_our_own_pages_lead_there_from_slack() -> None:
    block = Buttons(items=(Button(label="Map", action="", url="/evidence"),))
    (actions,) = drawn(Message(text="x", blocks=(block,)))
    assert actions["elements"][0]["url"] == "https://chat.example.org/evidence"
    assert section("[map](/evidence)")[0]["elements"][0]["url"] == "https://chat.example.org/evidence"
    assert list(blocks_of(Message(text="x", blocks=(block, Divider())), Voice(site=""))) == [{"type": "divider"}]


def test_every_button_says_what_it_does() -> None:
    items = (
        Button(label="Answer", action="step.open", value="run-1", style="primary"),
        Button(label="Answer", action="step.open", value="run-2", style="danger"),
        Button(label=f"By {moment(START, 'time')}" + "!" * 100, action="x"),
    )
    (actions,) = drawn(Message(text="x", blocks=(Buttons(items=items),)))
    first, second, third = actions["elements"]
    assert (first["action_id"], first["value"], first["style"]) == ("1:step.open", "run-1", "primary")
    assert (second["action_id"], second["value"], second["style"]) == ("2:step.open", "run-2", "danger")
    assert third["text"]["text"].startswith("By 9:20 AM!!")
    assert len(third["text"]["text"]) == 75
    assert "value" not in third


@pytest.mark.parametrize(
    "button", [Button(label="x", action="a" * 241), Button(label="x", action="a", value="v" * 2001)]
)
def test_a_button_slack_could_not_carry_is_refused(button: Button) -> None:
    with pytest.raises(ValueError, match="cannot carry"):
        render(Message(text="x", blocks=(Buttons(items=(button,)),)), VOICE)


def test_facts_are_fields_and_a_long_one_is_written_out() -> None:
    rows = (("Step", "Meet & choose"), ("Why", "w" * 2500), *(("n", str(number)) for number in range(11)))
    blocks = drawn(Message(text="x", blocks=(Facts(rows=rows),)))
    assert [block["type"] for block in blocks] == ["section", "rich_text", "section", "section"]
    assert blocks[0]["fields"][0]["text"] == "*Step*\nMeet &amp; choose"
    assert [len(block["fields"]) for block in blocks[2:]] == [10, 1]


@pytest.mark.parametrize(
    ("done", "total", "bar"),
    [(2, 6, "▰▰▱▱▱▱ 2/6"), (0, 0, "▱ 0/1"), (9, 6, "▰▰▰▰▰▰ 6/6"), (50, 100, "▰▰▰▰▰▰▱▱▱▱▱▱ 50/100")],
)
def test_progress_says_its_words_before_its_bar(done: int, total: int, bar: str) -> None:
    blocks = drawn(Message(text="x", blocks=(Progress(label="So many have answered", done=done, total=total),)))
    assert said(blocks) == f"So many have answered\n{bar}"


def test_a_message_without_blocks_is_its_text() -> None:
    (part,) = render(Message(text="**Hi** there"), VOICE)
    assert part.text == "*Hi* there"
    assert said(list(part.blocks)) == "Hi there"


def test_a_long_text_is_cut_at_the_ends_of_sentences() -> None:
    text = "This is one sentence of some length, and it goes on a little. " * 120
    (part,) = render(Message(text="long", blocks=(Section(text=text),)), VOICE)
    assert len(part.blocks) == 3
    assert all(said([block]).endswith(".") for block in part.blocks)
    assert " ".join(said([block]) for block in part.blocks).split() == text.split()


def test_what_does_not_fit_into_one_message_goes_into_several_and_nothing_is_lost() -> None:
    blocks = [Section(text=f"Part {number}.") for number in range(120)]
    blocks.insert(60, Section(text="A sentence that is long enough. " * 900))
    parts = render(Message(text="All of it", blocks=tuple(blocks)), VOICE)
    assert len(parts) > 3
    assert [part.text for part in parts] == [f"({n}/{len(parts)}) All of it" for n in range(1, len(parts) + 1)]
    assert all(problems_of(part) == [] for part in parts)
    shown = " ".join(said([block]) for part in parts for block in part.blocks)
    assert shown.split() == " ".join(block.text for block in blocks).split()


def test_fifty_blocks_are_one_message() -> None:
    message = Message(text="long", blocks=tuple(Section(text=f"part {number}") for number in range(50)))
    assert len(render(message, VOICE)) == 1


def test_a_home_that_is_too_long_says_so() -> None:
    message = Message(text="x", blocks=tuple(Section(text=str(number)) for number in range(120)))
    view = home_view(message, VOICE)
    assert len(view["blocks"]) == 100
    assert "more than fits here" in json.dumps(view["blocks"][-1])
    assert check_view(view) == []


def test_the_welcome_reads_well() -> None:
    (part,) = render(WELCOME, VOICE)
    assert problems_of(part) == []
    assert {block["type"] for block in part.blocks} >= {"rich_text", "actions", "section", "divider"}


@pytest.mark.parametrize(
    ("text", "drawn_as"),
    [
        ("a**b**c", f"a{BREAK}*b*{BREAK}c"),
        ("** b **", f"*{BREAK}*{BREAK} b *{BREAK}*{BREAK}"),
        ("**one\ntwo**", "*one*\n*two*"),
        ("***both***", "_*both*_"),
        ("`<b>`", "`&lt;b&gt;`"),
        ("[a|b](https://x.org/?a=1&b=2)", "<https://x.org/?a=1&amp;b=2|a|b>"),
        ("> q\n> r", "> q\n> r"),
        ("- a\n- b", "• a\n• b"),
        (plain("snake_case 5*3*2"), "snake_case 5*3*2"),
        ("one\n\ntwo", "one\n\ntwo"),
    ],
)
def test_small_print_is_mrkdwn(text: str, drawn_as: str) -> None:
    assert text_of(Message(text=text), VOICE) == drawn_as


def test_a_literal_line_cannot_become_a_quote() -> None:
    assert literal("> x\n> y") == f"{BREAK}&gt; x\n{BREAK}&gt; y"
    assert literal(":smile: 10:30:45") == f":{BREAK}smile: 10:{BREAK}30:45"


@given(st.text(max_size=400), st.integers(10, 60))
def test_cutting_loses_no_word(text: str, most: int) -> None:
    pieces = list(split(text, most))
    assert all(0 < size(piece) <= most for piece in pieces)
    assert "".join("".join(pieces).split()).replace(BREAK, "") == "".join(text.split()).replace(BREAK, "")
    assert size(shorten(text, most)) <= most


def test_a_character_is_never_cut_in_two() -> None:
    assert list(split("👩🏽‍🏫" * 4, 16)) == ["👩🏽‍🏫👩🏽‍🏫", "👩🏽‍🏫👩🏽‍🏫"]
    assert shorten("e\u0301" * 5, 4) == "e\u0301…"


def test_a_row_of_emoji_is_cut_in_about_the_time_of_as_many_letters() -> None:
    """They are one word at any length, and each counts double."""

    def spent(character: str) -> float:
        text, began = character * 16_000, process_time()
        pieces = list(split(text, 3000))
        assert "".join(pieces) == text
        assert all(size(piece) <= 3000 for piece in pieces)
        assert size(shorten(text, 3000)) <= 3000
        return process_time() - began

    spent("x")
    assert spent("😀") < 20 * spent("x")
