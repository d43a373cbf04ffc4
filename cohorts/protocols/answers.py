"""Whether one answer fits what its step asks. Each problem is a sentence for the person, in their language."""

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType

from cohorts.words import say

from .template import InputField, Step

_NOTHING: Mapping[str, Collection[str]] = MappingProxyType({})


def check_answer(
    protocol_id: str,
    step: Step,
    values: Mapping[str, str],
    language: str,
    offered: Mapping[str, Collection[str]] = _NOTHING,
) -> dict[str, str]:
    """Field id → what to mend; empty when the answer fits.

    `offered` says, for criterion and draft fields, which ids may be chosen; a field not in it takes any id.
    Several values of a `many` field are joined by commas; a tick is "yes" or "".
    """
    checked = ((field, values.get(field.id, "").strip()) for field in step.form)
    problems = ((field.id, _check(protocol_id, step.id, field, value, language, offered)) for field, value in checked)
    return {name: problem for name, problem in problems if problem}


def count_words(text: str) -> int:
    """Runs of letters or digits; `don't` and `follow-up` are one each."""
    return len(re.findall(r"\w+(?:['’\-]\w+)*", text))


def most_letters(words: int) -> int:
    """How many characters go with so many words, a long link among them: without spaces there is but one word."""
    return 15 * words + 500


def judging_words(protocol_id: str, step_id: str, field_id: str, text: str, language: str) -> tuple[str, ...]:
    """The words in the text that the field asks to leave out, in the order in which they are listed."""
    listed = say(language, f"protocol-{protocol_id}.{step_id}.{field_id}.refuse")
    wanted = [word.strip() for word in re.split(r"[,\n]", listed) if word.strip()]
    return tuple(word for word in wanted if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE))


def _check(
    protocol_id: str,
    step_id: str,
    field: InputField,
    value: str,
    language: str,
    offered: Mapping[str, Collection[str]],
) -> str:
    if not value:
        return say(language, "protocol-common.required") if field.required else ""
    if field.kind != "text":
        return _check_choice(field, value, language, offered)
    words = count_words(value)
    if words < field.min_words:
        return say(language, "protocol-common.too_short", words=words, least=field.min_words)
    if field.max_words and words > field.max_words:
        return say(language, "protocol-common.too_long", words=words, most=field.max_words)
    if field.max_words and len(value) > (most := most_letters(field.max_words)):
        return say(language, "protocol-common.too_many_letters", letters=len(value), most=most)
    if field.fact_only and (judging := judging_words(protocol_id, step_id, field.id, value, language)):
        return say(language, "protocol-common.fact_only", words=", ".join(judging))
    return ""


def _check_choice(field: InputField, value: str, language: str, offered: Mapping[str, Collection[str]]) -> str:
    chosen = [part.strip() for part in value.split(",")] if field.many else [value]
    allowed: Collection[str] = offered.get(field.id, field.options)
    if field.kind == "check":
        allowed = ("yes",)
    known = field.kind in ("criterion", "draft") and field.id not in offered
    if known or all(part in allowed for part in chosen):
        return ""
    return say(language, "protocol-common.unknown_option")
