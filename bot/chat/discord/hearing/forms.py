"""Forms in Discord: shown and sent a page at a time. What is filled in is kept by us until all of it is there.

Discord shows a form only in answer to a button or a command, never to a form, and closes it whatever we say: so going
on, and writing again, is a button.
"""

from collections.abc import Mapping
from typing import NamedTuple

from bot.chat.discord.form_answers import field_of, form_id, problems_of, settled, whole
from bot.chat.discord.interactions import PAGE
from bot.chat.discord.render import Json
from bot.chat.discord.render_form import modal, pages
from bot.chat.words.pieces import Voice
from cohorts.messages import Button, Buttons, FileField, Message, Section
from cohorts.words import say

from .desk import OpenedForm


class Sheet(NamedTuple):
    """Which form, and which page of it."""

    form: str
    page: int


def sheet_of(value: str) -> Sheet | None:
    form, _, page = value.partition(":")
    return Sheet(form, int(page)) if page.isascii() and page.isdecimal() and len(page) < 3 else None


def show(opened: OpenedForm, voice: Voice, page: int = 0) -> Json:
    """The form as an answer's data, with what was filled in before. A page that is no more is the first.

    Raises ValueError for a form that Discord cannot carry.
    """
    try:
        return {**modal(opened.form, voice, page, opened.values), "custom_id": form_id(opened.id, page)}
    except IndexError:
        return {**modal(opened.form, voice, 0, opened.values), "custom_id": form_id(opened.id, 0)}


def with_more(opened: OpenedForm, values: Mapping[str, str]) -> OpenedForm:
    """With what was filled in now; what is in no box of the form is left out. A document that was brought before stays
    until another one is."""
    known = {field.id: field for field in opened.form.fields}
    more = {box: value for box, value in values.items() if field_of(box) in known}
    more = {box: value for box, value in more.items() if value or not isinstance(known[field_of(box)], FileField)}
    return opened.model_copy(update={"values": settled(opened.form, opened.values, more)})


def wrong(opened: OpenedForm, sheet: Sheet, voice: Voice) -> Mapping[str, str]:
    """What is wrong with this page as it was sent, by field; of one that goes on it is seen on its last."""
    every = pages(opened.form, voice)
    fields = every[sheet.page].ended if sheet.page < len(every) else ()
    return problems_of(fields, whole(opened.form, opened.values), voice.language)


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
    for number, page in enumerate(pages(opened.form, voice)):
        if any(field.id in problems for field in page.begun):
            return number
    return 0


def _door(opened: OpenedForm, page: int, label: str, voice: Voice) -> Buttons:
    door = Button(label=say(voice.language, label), action=PAGE, value=f"{opened.id}:{page}", style="primary")
    return Buttons(items=(door,))
