"""Pieces that many cards share."""

from collections.abc import Iterable

from cohorts.catalogue.model import Microcredential
from cohorts.catalogue.speak import tongue_of
from cohorts.events import Whisper
from cohorts.evidence.model import Draft, criterion_key
from cohorts.messages import Button, Buttons, CheckField, Context, Message, Option, Section, shorten
from cohorts.words import say


def words(language: str, key: str, **values: object) -> Section:
    return Section(text=say(language, key, **values))


def small(language: str, key: str, **values: object) -> Context:
    return Context(text=say(language, key, **values))


def card(*blocks: Section | Context | Buttons) -> Message:
    """A message whose plain text is all that its blocks say."""
    said = (block.text for block in blocks if not isinstance(block, Buttons))
    return Message(text="\n\n".join(said), blocks=blocks)


def without_buttons(message: Message) -> Message:
    """The same words, when there is nothing left to press."""
    kept = tuple(block for block in message.blocks if not isinstance(block, Buttons))
    return message.model_copy(update={"blocks": kept})


def whisper(language: str, key: str, **values: object) -> Whisper:
    return Whisper(message=card(words(language, key, **values)))


def button(language: str, key: str, action: str, value: str = "") -> Button:
    return Button(label=say(language, key), action=action, value=value)


def primary(language: str, key: str, action: str, value: str = "") -> Button:
    return Button(label=say(language, key), action=action, value=value, style="primary")


def hint_with_limits(language: str, hint: str, least: int, most: int) -> str:
    """The hint, then how many words there may be; 0 means no limit."""
    key = "between" if least and most else "most" if most else "least"
    limits = say(language, f"basics.words_{key}", least=least, most=most) if least or most else ""
    return " ".join(filter(None, (hint, limits)))


def criterion_options(microcredential: Microcredential, language: str) -> tuple[Option, ...]:
    """Every criterion to choose from, under its part."""
    return tuple(
        Option(
            id=criterion_key(part.id, criterion.id),
            label=criterion.name,
            hint=part.title,
            tongue=tongue_of(microcredential, criterion.name, language),
        )
        for part in microcredential.parts
        for criterion in part.criteria
    )


def draft_options(microcredential: Microcredential, drafts: Iterable[Draft]) -> tuple[Option, ...]:
    """One's own drafts by what they answer; those of prompts that are no more are left out."""
    prompts = {
        (part.id, prompt.id): f"{part.title}: {prompt.text}"
        for part in microcredential.parts
        for prompt in part.prompts
    }
    answered = ((draft, prompts.get((draft.part_id, draft.prompt_id))) for draft in drafts)
    return tuple(Option(id=draft.id, label=shorten(label)) for draft, label in answered if label)


def no_students_check(language: str) -> CheckField:
    """The author has looked: what seems to name a student does not."""
    label, hint = say(language, "running.check.students"), say(language, "running.check.students.hint")
    return CheckField(id="no_students", label=label, hint=hint)


def row(*items: Button) -> Buttons:
    return Buttons(items=items)
