"""Forms in Discord: shown and sent a page at a time. What is filled in is kept by us until all of it is there.

Discord shows a form only in answer to a button or a command, never to a form, and closes it whatever we say: so going
on, and writing again, is a button.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from bot.chat.discord.form_answers import form_id, problems_of
from bot.chat.discord.render import Json
from bot.chat.discord.render_form import modal, pages
from bot.chat.words.pieces import Voice
from cohorts.messages import Button, Buttons, CheckField, ChoiceField, Form, FormField, Message, Section, TextField
from cohorts.words import say

from .desk import OpenedForm

PAGE = "form.page"
"""What the buttons of a form do: show this page of it. The core never hears of them."""


class Sheet(NamedTuple):
    """Which form, and which page of it."""

    form: str
    page: int


def sheet_of(value: str) -> Sheet | None:
    form, _, page = value.partition(":")
    return Sheet(form, int(page)) if page.isascii() and page.isdecimal() and len(page) < 3 else None


def show(opened: OpenedForm, voice: Voice, page: int = 0) -> Json:
    """The form as an answer's data. A page that is no more is the first."""
    form = filled(opened.form, opened.values)
    try:
        return {**modal(form, voice, page), "custom_id": form_id(opened.id, page)}
    except IndexError:
        return {**modal(form, voice), "custom_id": form_id(opened.id, 0)}


def filled(form: Form, values: Mapping[str, str]) -> Form:
    """The form with what was filled in before."""
    return form.model_copy(update={"fields": tuple(_filled(field, values) for field in form.fields)})


def with_more(opened: OpenedForm, values: Mapping[str, str]) -> OpenedForm:
    """With what was filled in now; what is no field of the form is left out."""
    known = {field.id for field in opened.form.fields}
    more = {field: value for field, value in values.items() if field in known}
    return opened.model_copy(update={"values": {**opened.values, **more}})


def wrong(opened: OpenedForm, sheet: Sheet, voice: Voice) -> Mapping[str, str]:
    """What is wrong with this page as it was sent, by field."""
    every = pages(opened.form, voice)
    fields = every[sheet.page] if sheet.page < len(every) else ()
    return problems_of(fields, opened.values, voice.language)


def has_more(opened: OpenedForm, sheet: Sheet, voice: Voice) -> bool:
    return sheet.page + 1 < len(pages(opened.form, voice))


def go_on(opened: OpenedForm, sheet: Sheet, voice: Voice) -> Message:
    """After a page that is not the last."""
    said = say(voice.language, "chat.form_page", page=sheet.page + 1, pages=len(pages(opened.form, voice)))
    return Message(text=said, blocks=(Section(text=said), _door(opened, sheet.page + 1, "chat.form_on", voice)))


def begin(opened: OpenedForm, voice: Voice) -> Message:
    """One form leads to the next."""
    said = opened.form.title
    return Message(text=said, blocks=(Section(text=said), _door(opened, 0, "chat.form_on", voice)))


def again(opened: OpenedForm, problems: Mapping[str, str], voice: Voice) -> Message:
    """What is wrong, and the way back to where it is; nothing that was written is lost."""
    labels = {field.id: field.label for field in opened.form.fields}
    lines = [f"**{labels[field]}**: {said}" if field in labels else said for field, said in problems.items()]
    said = "\n\n".join(lines)
    door = _door(opened, _page_of(opened, problems, voice), "chat.form_again", voice)
    return Message(text=said, blocks=(Section(text=said), door))


def _page_of(opened: OpenedForm, problems: Mapping[str, str], voice: Voice) -> int:
    """The first page with a problem on it."""
    for number, fields in enumerate(pages(opened.form, voice)):
        if any(field.id in problems for field in fields):
            return number
    return 0


def _door(opened: OpenedForm, page: int, label: str, voice: Voice) -> Buttons:
    door = Button(label=say(voice.language, label), action=PAGE, value=f"{opened.id}:{page}", style="primary")
    return Buttons(items=(door,))


def _filled(field: FormField, values: Mapping[str, str]) -> FormField:
    if field.id not in values:
        return field
    value = values[field.id]
    match field:
        case TextField():
            return field.model_copy(update={"initial": value})
        case ChoiceField():
            return field.model_copy(update={"initial": tuple(_chosen(value))})
        case CheckField():
            return field.model_copy(update={"initial": value == "yes"})


def _chosen(value: str) -> Iterator[str]:
    return (one for one in value.split(",") if one)
