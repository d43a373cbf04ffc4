"""A posted form → our event. Pure: the words, who sent them and where are all arguments."""

from collections.abc import Mapping, Sequence

from cohorts.events import AccountRef, Arrived, Deleted, Edited, Place, Posted, Pressed, Sent
from cohorts.messages import Button, Buttons, CheckField, ChoiceField, FileField, Form, FormField, Message, TextField
from cohorts.values import Frozen
from cohorts.words import say

from .ids import PLATFORM, WORKSPACE, direct_id, event_key, message_id

MOST_LETTERS = 40_000
"""In a field of a form; a message takes MOST_IN_MESSAGE."""
MOST_IN_MESSAGE = 8_000


class Raw(Frozen):
    """One thing one person did: `nonce` is drawn with the button or the box, so a double click is one event.

    No room: it was done on a page, outside the chat.
    """

    user: str
    room_id: str
    nonce: str
    thread_id: int | None = None
    message_id: int | None = None


def account(user: str) -> AccountRef:
    return AccountRef(platform=PLATFORM, workspace=WORKSPACE, user=user)


def arrived(user: str, day: str) -> Arrived:
    """Once a day at most, however often the conversation is opened."""
    key = event_key(user, f"arrived {day}")
    return Arrived(key=key, account=account(user), place=Place(conversation=direct_id(user)))


def posted(raw: Raw, text: str) -> Posted:
    return Posted(key=_key("posted", raw), account=account(raw.user), place=_place(raw), text=text)


def edited(raw: Raw, text: str) -> Edited:
    return Edited(key=_key("edited", raw), account=account(raw.user), place=_place(raw), text=text)


def deleted(raw: Raw) -> Deleted:
    return Deleted(key=_key("deleted", raw), account=account(raw.user), place=_place(raw))


def pressed(raw: Raw, message: Message, action: str, value: str) -> Pressed | None:
    """None when the message has no such button (any more): a page may be old, and a request may be made by hand."""
    if not any(button.action == action and button.value == value and not button.url for button in buttons(message)):
        return None
    return pressed_on_page(raw, action, value)


def pressed_on_page(raw: Raw, action: str, value: str) -> Pressed:
    """A button on a page: whatever follows is said in the person's own conversation."""
    return Pressed(
        key=_key(f"pressed {action} {value}", raw),
        account=account(raw.user),
        place=_place(raw),
        action=action,
        value=value,
    )


def sent(raw: Raw, form: Form, values: Mapping[str, str]) -> Sent:
    return Sent(
        key=_key("sent", raw),
        account=account(raw.user),
        place=_place(raw),
        action=form.action,
        value=form.value,
        values=values,
    )


def buttons(message: Message) -> Sequence[Button]:
    return [button for block in message.blocks if isinstance(block, Buttons) for button in block.items]


def values_of(form: Form, posted_pairs: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    """Each field's value from `f.<id>` pairs: text with plain newlines, several choices joined by commas."""
    return {field.id: _value(field, posted_pairs) for field in form.fields}


def problems_of(form: Form, values: Mapping[str, str], language: str) -> Mapping[str, str]:
    """What any chat would refuse before the core hears of it: nothing where something is needed, unknown options."""
    found = {field.id: _problem(field, values.get(field.id, ""), language) for field in form.fields}
    return {name: problem for name, problem in found.items() if problem}


def _value(field: FormField, pairs: Sequence[tuple[str, str]]) -> str:
    """Of a file nothing: its words are read where it is."""
    if isinstance(field, FileField):
        return ""
    given = [value for name, value in pairs if name == f"f.{field.id}"]
    if isinstance(field, ChoiceField) and field.many:
        return ",".join(value for value in given if value)
    if isinstance(field, CheckField):
        return "yes" if "yes" in given else ""
    return given[-1].replace("\r\n", "\n").strip() if given else ""


def _problem(field: FormField, value: str, language: str) -> str:
    if field.required and not value:
        return say(language, "chat.form_choose_one" if isinstance(field, ChoiceField) else "chat.form_needed")
    if isinstance(field, ChoiceField):
        known = {option.id for option in field.options}
        chosen = set(value.split(",")) if field.many else {value}
        return "" if not value or chosen <= known else say(language, "chat.form_choose_one")
    if isinstance(field, TextField) and value:
        return _length_problem(field, value, language)
    return ""


def _length_problem(field: TextField, value: str, language: str) -> str:
    if len(value) > MOST_LETTERS:
        return say(language, "chat.form_too_big")
    count = len(value.split())
    if field.advisory:
        return ""
    if field.max_words and count > field.max_words:
        return say(language, "chat.form_too_long", count=count, most=field.max_words)
    return say(language, "chat.form_too_short", count=count, least=field.min_words) if count < field.min_words else ""


def _key(verb: str, raw: Raw) -> str:
    return event_key(raw.user, f"{verb} {raw.room_id} {raw.message_id} {raw.nonce}")


def _place(raw: Raw) -> Place:
    return Place(
        conversation=raw.room_id or direct_id(raw.user),
        thread=message_id(raw.thread_id),
        message=message_id(raw.message_id),
    )
