"""What is said where Slack did not open what somebody pressed for: its three seconds were over, or it stumbled."""

from cohorts.events import Event, OpenForm, Pressed, Response
from cohorts.messages import Button, Buttons, Message, Section
from cohorts.words import say

OPENS = ".open"
"""Actions that end so change nothing: they may be done once more."""


def unopened_card(event: Event, response: Response, language: str) -> Message:
    """The same door again, where that is harmless; else a word on whether anything is done. What the modal would have
    shown is not repeated: it may be for a form alone, and this stays in a conversation."""
    if isinstance(event, Pressed) and event.action.endswith(OPENS):
        said = say(language, "chat.unopened")
        button = Button(label=say(language, "chat.unopened.button"), action=event.action, value=event.value)
        return Message(text=said, blocks=(Section(text=said), Buttons(items=(button,))))
    return Message(text=say(language, "chat.unopened.form" if isinstance(response, OpenForm) else "chat.unopened.done"))
