"""Any form becomes a modal that Slack takes, and what comes back from it is what the core asked for."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.chat.slack.events import happened
from bot.chat.slack.form_answers import errors, problems_of, values_of
from bot.chat.slack.render_form import modal, notice
from bot.chat.words.pieces import Voice
from cohorts.events import Place, Sent
from cohorts.messages import CheckField, ChoiceField, Form, Message, Option, TextField, moment
from tests.adapters.slack.made_up import FORMS, MESSAGES
from tests.fakes.slack.checker import check_view
from tests.fakes.slack.contracts import Json
from tests.fakes.small_core import JOIN, START

VOICE = Voice(language="en", zone="America/Chicago", site="https://chat.example.org")
PLACE = Place(conversation="C1", thread="C1/1.0", message="C1/2.0/1.0")
CALM = settings(
    max_examples=30,
    phases=(Phase.explicit, Phase.generate),  # these examples are large, and shrinking one takes minutes
    suppress_health_check=list(HealthCheck),
    deadline=None,
    derandomize=True,  # a form can be drawn so large that to check it takes minutes
)
pytestmark = [pytest.mark.filterwarnings("ignore:Generating overly large repr"), pytest.mark.timeout(400)]


def inputs(view: Json) -> dict[str, Json]:
    return {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}


def untouched(view: Json) -> Json:
    """The view as it comes back when somebody sends it as it was opened."""
    values = {}
    for name, block in inputs(view).items():
        element = block["element"]
        state: Json = {"type": element["type"]}
        if element["type"] == "plain_text_input":
            state["value"] = element.get("initial_value")
        elif element["type"] in ("checkboxes", "multi_static_select"):
            state["selected_options"] = element.get("initial_options", [])
        else:
            state["selected_option"] = element.get("initial_option")
        values[name] = {element["action_id"]: state}
    return {**view, "id": "V1", "hash": "1.a", "state": {"values": values}}


def answered(view: Json, given_values: dict[str, Any]) -> Json:
    filled = untouched(view)
    for name, value in given_values.items():
        (state,) = filled["state"]["values"][name].values()
        if isinstance(value, list):
            state["selected_options"] = [{"value": one} for one in value]
        elif state["type"] == "plain_text_input":
            state["value"] = value
        else:
            state["selected_option"] = {"value": value}
    return filled


@CALM
@given(FORMS)
def test_slack_takes_any_form(form: Form) -> None:
    view = modal(form, VOICE, PLACE)
    assert check_view(view) == []
    assert set(values_of(untouched(view))) <= {field.id for field in form.fields}


@CALM
@given(MESSAGES, st.dictionaries(st.text(max_size=20), st.text(max_size=300), max_size=3))
def test_slack_takes_any_notice_and_any_problem(message: Message, problems: dict[str, str]) -> None:
    assert check_view(notice(message, VOICE)) == []
    answer = errors(untouched(modal(JOIN, VOICE)), problems, VOICE)
    assert set(answer["errors"]) <= set(inputs(modal(JOIN, VOICE)))


def test_a_form_comes_back_as_it_was_filled_in() -> None:
    view = modal(JOIN, VOICE, PLACE)
    filled = answered(
        view,
        {
            "f.subject": " Science ",
            "f.practice": "why they\r\nnod",
            "f.band": "middle",
            "f.days": ["mon", "wed"],
            "f.share": [],
        },
    )
    raw = {
        "type": "view_submission",
        "team": {"id": "T1"},
        "user": {"id": "U1"},
        "trigger_id": "13.37",
        "view": filled,
    }
    sent = happened(raw)
    assert isinstance(sent, Sent)
    assert (sent.action, sent.place, sent.account.workspace, sent.account.user) == ("join.send", PLACE, "T1", "U1")
    assert sent.values == {
        "subject": "Science",
        "practice": "why they\nnod",
        "band": "middle",
        "days": "mon,wed",
        "minutes": "60",
        "share": "",
    }
    assert problems_of(filled, "en") == {}


def test_every_field_is_the_control_that_fits_it() -> None:
    kinds = {name: block["element"]["type"] for name, block in inputs(modal(JOIN, VOICE)).items()}
    assert kinds == {
        "f.subject": "plain_text_input",
        "f.practice": "plain_text_input",
        "f.band": "radio_buttons",
        "f.days": "checkboxes",
        "f.minutes": "radio_buttons",
        "f.share": "checkboxes",
    }
    blocks = inputs(modal(JOIN, VOICE))
    assert blocks["f.practice"]["element"]["multiline"] is True
    assert blocks["f.practice"]["element"]["min_length"] == 5
    assert blocks["f.practice"]["hint"]["text"] == "3 to 40 words."
    assert blocks["f.band"]["optional"] is False
    assert blocks["f.days"]["optional"] is True
    assert blocks["f.band"]["element"]["options"][1]["description"]["text"] == "Grades 6 to 8"


@pytest.mark.parametrize(
    ("count", "many", "kind", "where"),
    [
        (10, False, "radio_buttons", "options"),
        (11, False, "static_select", "options"),
        (10, True, "checkboxes", "options"),
        (11, True, "multi_static_select", "options"),
        (100, False, "static_select", "options"),
        (101, False, "static_select", "option_groups"),
    ],
)
def test_many_options_become_a_list_that_opens(count: int, many: bool, kind: str, where: str) -> None:
    options = tuple(Option(id=str(number), label=f"Option {number}") for number in range(count))
    field = ChoiceField(id="c", label="Choose", options=options, many=many, initial=("3",))
    view = modal(Form(title="t", action="a", submit="s", fields=(field,)), VOICE)
    element = inputs(view)["f.c"]["element"]
    assert (element["type"], where in element) == (kind, True)
    assert values_of(untouched(view)) == {"c": "3"}
    assert check_view(view) == []


def test_labels_too_long_for_an_option_are_written_out_above() -> None:
    long = "I would like to look at how my students talk about evidence when they work in groups of four."
    field = ChoiceField(id="c", label="Choose", options=(Option(id="a", label=long), Option(id="b", label="Other")))
    view = modal(Form(title="t", action="a", submit="s", fields=(field,)), VOICE)
    assert long in json.dumps(view["blocks"][0])
    assert inputs(view)["f.c"]["element"]["options"][0]["text"]["text"].endswith("…")


def test_a_long_title_is_whole_inside() -> None:
    view = modal(Form(title="Tell us what you saw in your classroom", action="a", submit="s"), VOICE)
    assert view["title"]["text"] == "Tell us what you saw in…"
    assert view["blocks"][0]["text"]["text"] == "Tell us what you saw in your classroom"


def test_a_long_answer_gets_boxes_of_its_own_and_is_one_text_again() -> None:
    paragraphs = [f"{letter} saw something. " * 150 for letter in "ABC"]
    initial = "\n\n".join(paragraphs).strip()
    field = TextField(id="story", label="Your story", initial=initial, multiline=True, max_words=1500)
    view = modal(Form(title="t", action="a", submit="s", fields=(field,)), VOICE)
    assert list(inputs(view)) == ["f.story", "f.story#2", "f.story#3", "f.story#4"]
    assert [block["optional"] for block in inputs(view).values()] == [False, True, True, True]
    assert values_of(untouched(view))["story"].split() == initial.split()
    assert check_view(view) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("one two", "2 words are too few here; 3 at least."),
        ("word " * 41, "41 words are too many here; 40 at most."),
        ("just these three", ""),
    ],
)
def test_word_limits_are_kept_where_slack_counts_letters(text: str, problem: str) -> None:
    filled = answered(modal(JOIN, VOICE), {"f.practice": text, "f.subject": "x"})
    assert problems_of(filled, "en").get("practice", "") == problem


def test_problems_stand_at_their_fields_and_the_forms_own_at_the_first() -> None:
    view = untouched(modal(JOIN, VOICE))
    answer = errors(view, {"band": f"By {moment(START, 'time')}", "": "Look again.", "gone": "Too."}, VOICE)
    assert answer == {
        "response_action": "errors",
        "errors": {"f.band": "By 9:20 AM", "f.subject": "Look again. Too."},
    }


def test_problems_of_a_form_without_fields_are_told_in_it() -> None:
    view = untouched(modal(Form(title="t", action="a", submit="s", intro="Sure?"), VOICE))
    answer = errors(view, {"": "That is over."}, VOICE)
    assert answer["response_action"] == "update"
    assert "That is over." in json.dumps(answer["view"])


def test_a_tick_is_one_box() -> None:
    field = CheckField(id="ok", label="I have looked", hint="At every name", initial=True, required=True)
    view = modal(Form(title="t", action="a", submit="s", fields=(field,)), VOICE)
    assert values_of(untouched(view)) == {"ok": "yes"}
    assert values_of(answered(view, {"f.ok": []})) == {"ok": ""}


def test_a_form_that_cannot_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="carry"):
        modal(Form(title="t", action="a", value="v" * 3000, submit="s"), VOICE)
    fields = tuple(TextField(id=f"f{number}", label="x") for number in range(101))
    with pytest.raises(ValueError, match="larger"):
        modal(Form(title="t", action="a", submit="s", fields=fields), VOICE)
    options = (Option(id="o" * 151, label="x"),)
    with pytest.raises(ValueError, match="option"):
        modal(Form(title="t", action="a", submit="s", fields=(ChoiceField(id="c", label="x", options=options),)), VOICE)
