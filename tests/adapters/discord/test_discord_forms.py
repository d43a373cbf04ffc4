"""Any form can be filled in on Discord, in pages where it has more than a modal holds."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from bot.chat.discord.form_answers import settled, whole
from bot.chat.discord.render_form import field_items, modal, pages
from bot.chat.words.pieces import Voice
from cohorts.messages import CheckField, ChoiceField, FileField, Form, FormField, Option, TextField
from tests.adapters.slack.made_up import FORMS
from tests.fakes.discord.checker import check_request
from tests.fakes.examples import examples

VOICE = Voice(language="en", zone="America/Chicago", site="https://chat.example.org")
pytestmark = [pytest.mark.filterwarnings("ignore:Generating overly large repr"), pytest.mark.timeout(400)]


def form_of(*fields: FormField, **about: Any) -> Form:
    return Form(**{"title": "Answer", "action": "step.answer", "submit": "Send"} | about, fields=fields)


def problems_of(drawn: dict[str, Any]) -> list[str]:
    body = {"type": 9, "data": drawn | {"custom_id": "form:x:0"}}
    return check_request("POST /interactions/{interaction_id}/{interaction_token}/callback", body)


@settings(
    max_examples=examples(8),
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
    deadline=None,
    derandomize=True,
)
@given(FORMS)
def test_discord_takes_any_form_page_by_page(form: Form) -> None:
    paged = pages(form, VOICE)
    for page in range(len(paged)):
        assert problems_of(modal(form, VOICE, page)) == []
    drawn = [field for field in form.fields if list(field_items(field, VOICE))]
    assert [field for page in paged for field in page.begun] == drawn
    assert [field for page in paged for field in page.ended] == drawn


def test_five_fields_are_one_page_and_more_go_on() -> None:
    fields = [TextField(id=f"f{number}", label=f"Field {number}") for number in range(8)]
    assert [len(page.begun) for page in pages(form_of(*fields[:5]), VOICE)] == [5]
    assert [len(page.begun) for page in pages(form_of(*fields), VOICE)] == [5, 3]
    assert [len(page.begun) for page in pages(form_of(*fields, note="Only Ana sees it."), VOICE)] == [4, 4]
    with pytest.raises(IndexError):
        modal(form_of(*fields), VOICE, 2)


def test_who_can_see_it_is_read_before_the_fields() -> None:
    form = form_of(TextField(id="a", label="A"), intro="Think **aloud**.", note="Only Ana sees it.")
    first, label = modal(form, VOICE)["components"]
    assert first == {"type": 10, "content": "Think **aloud**.\n\n-# Only Ana sees it."}
    assert label["component"]["custom_id"] == "a"


def test_all_of_a_long_draft_is_read_before_the_fields_and_who_sees_the_answer_first() -> None:
    draft = "\n\n".join(f"Sentence {number} of the draft." for number in range(400))
    form = form_of(TextField(id="a", label="A"), intro=draft, note="Only Ana sees it.")
    paged = pages(form, VOICE)
    drawn = [modal(form, VOICE, page) for page in range(len(paged))]
    assert [problem for one in drawn for problem in problems_of(one)] == []
    read = [item["content"] for one in drawn for item in one["components"] if item["type"] == 10]
    assert read[0] == "-# Only Ana sees it."
    assert "\n\n".join(read[1:]) == draft
    assert [len(page.begun) for page in paged] == [0] * (len(paged) - 1) + [1]


def test_a_text_has_a_box_with_what_was_there() -> None:
    field = TextField(id="a", label="What did you see?", hint="One thing.", initial="It.", multiline=True)
    (label,) = modal(form_of(field), VOICE)["components"]
    assert label == {
        "type": 18,
        "label": "What did you see?",
        "description": "One thing.",
        "component": {
            "type": 4,
            "custom_id": "a",
            "style": 2,
            "max_length": 4000,
            "required": True,
            "value": "It.",
        },
    }


def test_a_long_answer_has_several_boxes() -> None:
    field = TextField(id="a", label="Essay", multiline=True, max_words=1200, initial="A sentence. " * 400)
    labels = modal(form_of(field), VOICE)["components"]
    assert [one["component"]["custom_id"] for one in labels] == ["a", "a#2", "a#3"]
    assert [one["label"] for one in labels] == ["Essay (1/3)", "Essay (2/3)", "Essay (3/3)"]
    assert [one["component"]["required"] for one in labels] == [True, False, False]
    said = " ".join(one["component"].get("value", "") for one in labels)
    assert said.split() == field.initial.split()


def test_choices_are_lists_with_what_was_chosen() -> None:
    options = tuple(Option(id=f"o{number}", label=f"Option {number}", hint="why") for number in range(30))
    one = ChoiceField(id="one", label="One", options=options[:3], initial=("o1", "o2"))
    many = ChoiceField(id="many", label="Many", options=options[:3], initial=("o1", "o2"), many=True, required=False)
    first, second = (label["component"] for label in modal(form_of(one, many), VOICE)["components"])
    assert [option["default"] for option in first["options"]] == [False, True, False]
    assert (first["min_values"], first["max_values"]) == (1, 1)
    assert [option["default"] for option in second["options"]] == [False, True, True]
    assert (second["min_values"], second["max_values"], second["required"]) == (0, 3, False)
    long = modal(form_of(ChoiceField(id="long", label="Long", options=options)), VOICE)["components"]
    assert [(one["component"]["custom_id"], len(one["component"]["options"])) for one in long] == [
        ("long", 25),
        ("long#2", 5),
    ]


def test_a_tick_is_yes_or_nothing() -> None:
    (label,) = modal(form_of(CheckField(id="ok", label="I agree", initial=True)), VOICE)["components"]
    assert label["component"]["options"] == [{"label": "Yes", "value": "yes", "default": True}]
    assert label["component"]["min_values"] == 0


def test_what_is_too_long_for_its_line_is_written_out_above() -> None:
    label = "Which of these would you most like to try in your own classroom next week? " * 2
    field = ChoiceField(id="a", label=label, options=(Option(id="x", label="word " * 40), Option(id="y", label="No")))
    text, drawn = modal(form_of(field), VOICE)["components"]
    assert " ".join(label.split()) in text["content"]
    assert "word " * 39 in text["content"]
    assert drawn["label"].endswith("…")
    (short,) = modal(form_of(TextField(id="a", label="What would you try in your own classroom next week?")), VOICE)[
        "components"
    ]
    assert short["description"] == "What would you try in your own classroom next week?"


@pytest.mark.parametrize(
    "field",
    [
        TextField(id="a" * 101, label="A"),
        ChoiceField(id="a", label="A", options=(Option(id="", label="O"),)),
    ],
)
def test_what_discord_could_not_carry_is_refused(field: FormField) -> None:
    with pytest.raises(ValueError, match="cannot carry"):
        modal(form_of(field), VOICE)


def drawn_of(form: Form, **boxes: str) -> Sequence[dict[str, Any]]:
    """Every input of every page."""
    every = [modal(form, VOICE, page, boxes)["components"] for page in range(len(pages(form, VOICE)))]
    return [one["component"] for page in every for one in page if "component" in one]


def test_every_option_can_be_chosen_however_many_there_are() -> None:
    options = tuple(Option(id=f"o{number}", label=f"Option {number:03}") for number in range(260))
    lists = drawn_of(form_of(ChoiceField(id="a", label="A", options=options), note="Only Ana sees it."))
    assert [one["value"] for drawn in lists for one in drawn["options"]] == [one.id for one in options]
    assert "Option 025 – Option 049" in lists[1]["placeholder"]


def test_what_is_written_out_is_all_there() -> None:
    options = tuple(Option(id=f"o{number}", label=f"{number} " + "word " * 30) for number in range(30))
    form = form_of(ChoiceField(id="a", label="A", options=options))
    every = [one for page in range(len(pages(form, VOICE))) for one in modal(form, VOICE, page)["components"]]
    said = "".join(one.get("content", "") for one in every)
    assert all(option.label.strip() in said for option in options)


def test_no_word_of_a_huge_text_is_lost_when_it_is_shown_and_sent_again() -> None:
    field = TextField(id="a", label="A", multiline=True, initial="It was a long day in class. " * 1400)
    form = form_of(field)
    boxes = {one["custom_id"]: one.get("value", "") for one in drawn_of(form)}
    assert whole(form, boxes)["a"].split() == field.initial.split()


def test_a_page_is_shown_again_as_it_was_sent() -> None:
    long = TextField(id="a", label="A", multiline=True, max_words=900)
    form = form_of(long, *(TextField(id=f"f{number}", label="F") for number in range(3)))
    sent = {"a": "One sentence here. " * 205 + "no end " * 14, "a#2": "word " * 799, "f1": ""}
    shown = {one["custom_id"]: one.get("value", "") for one in drawn_of(form, **sent)}
    assert shown == {**sent, "f0": "", "f2": ""}
    assert len(pages(form, VOICE)) == 1


def test_of_a_single_choice_from_two_lists_the_new_one_counts() -> None:
    options = tuple(Option(id=f"o{number}", label="O") for number in range(30))
    form = form_of(ChoiceField(id="a", label="A", options=options, initial=("o1",)))
    assert whole(form, settled(form, {}, {"a": "o1", "a#2": "o26"})) == {"a": "o26"}
    assert whole(form, settled(form, {"a": "", "a#2": "o26"}, {"a": "o3", "a#2": "o26"})) == {"a": "o3"}
    assert whole(form, settled(form, {}, {"a": "o1", "a#2": ""})) == {"a": "o1"}
    assert whole(form, settled(form, {}, {"a": "o3", "a#2": "o26"})) == {"a": "o3,o26"}
    many = form_of(ChoiceField(id="a", label="A", options=options, initial=("o1",), many=True))
    assert whole(many, settled(many, {}, {"a": "o1,o2", "a#2": "o26"})) == {"a": "o1,o2,o26"}


def test_an_option_with_a_long_id_can_be_chosen() -> None:
    options = (Option(id="x", label="X"), Option(id="o" * 150, label="O"))
    form = form_of(ChoiceField(id="a", label="A", options=options, initial=("o" * 150,)))
    (drawn,) = drawn_of(form)
    assert [one["default"] for one in drawn["options"]] == [False, True]
    assert whole(form, {"a": drawn["options"][1]["value"]}) == {"a": "o" * 150}


def test_a_document_has_a_field_and_where_it_was_brought_it_need_not_be_again() -> None:
    form = form_of(FileField(id="a", label="A document", hint="Its words are read", required=True))
    (drawn,) = modal(form, VOICE)["components"]
    assert drawn["description"] == "Its words are read"
    box = {"type": 19, "custom_id": "a", "required": True, "min_values": 1, "max_values": 1}
    assert drawn["component"] == box
    again = modal(form, VOICE, 0, {"a": "I waited."})
    (kept,) = again["components"]
    assert (kept["component"]["required"], kept["component"]["min_values"]) == (False, 0)
    assert "are kept" in kept["description"]
    assert problems_of(again) == []
    (empty,) = modal(form, VOICE, 0, {"a": ""})["components"]
    assert empty == drawn
    assert whole(form, settled(form, {}, {"a": "One, two.\n\nThree."})) == {"a": "One, two.\n\nThree."}
