"""What the coach says when somebody turns to it: a greeting, one question, who reads a draft. It only asks."""

from datetime import datetime

from cohorts.messages import Message
from cohorts.nudging.model import Thing
from cohorts.people.model import Educator
from cohorts.words import say

from .basics import button, card, primary, row, small, words

PROMPTS = {"next": "home.open", "question": "coach.question.open", "readers": "coach.readers.open"}
"""What somebody may ask in one tap → what answers it. `coach.prompt.<name>` is both its label and its words."""


def greeting_card(educator: Educator) -> Message:
    language = educator.language
    doors = [button(language, f"coach.prompt.{name}", action) for name, action in PROMPTS.items()]
    return card(words(language, "coach.hello", name=educator.given_name), row(*doors), small(language, "coach.small"))


def question_card(thing: Thing, language: str) -> Message:
    """The question of the drafting nudge, about the piece of evidence that is next."""
    return card(
        words(language, thing.title, **thing.params),
        row(primary(language, thing.label, thing.action, thing.value)),
        small(language, "coach.small"),
    )


def readers_card(asked: int, came: int, due: datetime | None, language: str) -> Message:
    """Counts alone: nobody who is awaited is named."""
    return card(words(language, "coach.readers", asked=asked, came=came, due=due if came < asked else None))


def asked_by_words(text: str) -> str:
    """The action that answers these words of somebody's, in whichever language; "" for any others."""
    said = " ".join(text.split()).rstrip("?¿!.").lstrip("¿").casefold()
    for language in ("en", "es"):
        for name, action in PROMPTS.items():
            if said == say(language, f"coach.prompt.{name}").rstrip("?").lstrip("¿").casefold():
                return action
    return ""
