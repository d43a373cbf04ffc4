"""How a made-up person fills in a form: from phrases, by the seed, within the limits the form states."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import yaml

from cohorts.messages import CheckField, ChoiceField, FileField, Form, FormField, TextField

from .people import DemoPerson, chance

HOURS = {
    "en": ("first-hour", "second-hour", "third-hour", "fourth-hour"),
    "es": ("primera hora", "segunda hora", "tercera hora", "cuarta hora"),
}
MARKS = {"en": "(notebook {code})", "es": "(cuaderno {code})"}
KINDS = {
    "see": "see",
    "try": "try",
    "place": "place",
    "will": "plan",
    "lesson": "plan",
    "goal": "plan",
    "strategy": "plan",
    "then": "plan",
    "cue": "short",
    "ask": "short",
    "source": "short",
    "thanks": "feel",
    "stuck": "feel",
    "proud": "feel",
    "hello": "hello",
    "hope": "hope",
    "need": "need",
    "question": "question",
    "focus": "question",
    "wonder": "question",
    "heard": "heard",
}


@cache
def _phrases() -> Mapping[str, Mapping[str, list[str]]]:
    return dict(yaml.safe_load((files("bot.demo") / "data" / "words.yaml").read_text("utf-8")))


def fill(form: Form, person: DemoPerson, seed: int, about: str) -> Mapping[str, str]:
    """A value for every field of the form. `about` makes two answers of one person differ."""
    return {field.id: _value(field, form, person, seed, about) for field in form.fields}


def write(person: DemoPerson, seed: int, about: str, words: int, kind: str = "observe") -> str:
    """At least so many words in the person's language, never the same for two different `about`."""
    language = person.educator.language
    bank = _phrases()[language][kind]
    said: list[str] = []
    number = 0
    while sum(len(sentence.split()) for sentence in said) < words or not said:
        draw = chance(seed, person.educator.id, about, str(number))
        sentence = bank[(draw + number) % len(bank)]
        figures = {"a": draw % 17 + 9, "b": draw // 23 % 29 + 11, "c": draw // 700 % 7 + 2}
        hour = HOURS[language][draw // 5000 % 4]
        said.append(sentence.format(hour=hour, **figures))
        number += 1
    return " ".join(said)


def _value(field: FormField, form: Form, person: DemoPerson, seed: int, about: str) -> str:
    if isinstance(field, FileField):
        return ""
    if isinstance(field, CheckField):
        return "yes"
    if isinstance(field, ChoiceField):
        return _choice(field, person, seed, about)
    return _joining(field, person) if form.action == "join.send" else _text(field, person, seed, f"{about}/{field.id}")


def _joining(field: TextField, person: DemoPerson) -> str:
    return {"subject": person.subject, "problem": person.problem}.get(field.id, "")


def _choice(field: ChoiceField, person: DemoPerson, seed: int, about: str) -> str:
    known = {
        "microcredential": person.microcredential_id,
        "grade_band": person.grade_band,
        "grades": "any",
        "language": person.educator.language,
        "minutes": "60",
        "start": "now",
        "share": "yes" if person.share else "no",
        "consent": "held",
        "status": "submitted",
    }
    ids = [option.id for option in field.options]
    if field.id == "draft" and ids:
        return ids[0]
    if known.get(field.id) in ids:
        return known[field.id]
    if field.id == "times":
        return ",".join(slot for slot in ids if "after" in slot and chance(seed, person.educator.id, slot) % 5 < 3)
    if field.many:
        return ""
    return ids[chance(seed, person.educator.id, about, field.id) % len(ids)] if ids else ""


def _text(field: TextField, person: DemoPerson, seed: int, about: str) -> str:
    if field.id == "link":
        return f"https://drive.example.org/evidence/{chance(seed, person.educator.id, about):x}"
    if field.id == "title":
        return field.initial
    kind = KINDS.get(field.id, "observe")
    code = f"{chance(seed, person.educator.id, about, 'mark') % 10**7:07d}"
    mark = MARKS[person.educator.language].format(code=code) if person.marked else ""
    text = write(person, seed, about, field.min_words, kind)
    limit = field.max_words or 10_000
    return " ".join([*text.split()[: limit - len(mark.split())], mark]).strip()
