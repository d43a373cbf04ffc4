"""The shipped protocols are whole: they lint clean and say everything in every language."""

from importlib.resources import files

import pytest

from cohorts.protocols.lint import lint
from cohorts.protocols.load import latest, read_with_positions, shipped
from cohorts.words import LANGUAGES, has, say
from prompts.render import messages

IDS = sorted({name for name, _ in shipped()})


@pytest.mark.parametrize("file", [entry.name for entry in (files("prompts") / "protocols").iterdir()])
def test_a_shipped_protocol_lints_clean_and_is_named_after_itself(file: str) -> None:
    text = (files("prompts") / "protocols" / file).read_text("utf-8")
    protocol, positions = read_with_positions(file, text)
    assert lint(protocol, positions, has, IDS) == []
    assert file == f"{protocol.id}.v{protocol.version}.yaml"
    assert protocol.lineage


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_says_why_and_has_a_script_and_hints(name: str, language: str) -> None:
    for step in latest(name).steps:
        for key in ("why", "script"):
            assert say(language, f"protocol-{name}.{step.id}.{key}")
        for field in step.form:
            assert say(language, f"protocol-{name}.{step.id}.{field.id}.hint")


@pytest.mark.parametrize("area", [f"protocol-{name}" for name in IDS] + ["protocol-common"])
def test_the_languages_say_the_same_things(area: str) -> None:
    keys = [{key for key in messages(language) if key.startswith(f"{area}.")} for language in LANGUAGES]
    assert keys[0] == keys[1]


@pytest.mark.parametrize("name", IDS)
def test_no_words_are_left_over(name: str) -> None:
    protocol = latest(name)
    known = {"title", "purpose", "why"} | {step.id for step in protocol.steps}
    fields = {f"{step.id}.{field.id}" for step in protocol.steps for field in step.form}
    for key in (key.removeprefix(f"protocol-{name}.") for key in messages("en") if key.startswith(f"protocol-{name}.")):
        parts = key.split(".")
        assert parts[0] in known
        assert len(parts) <= 2 or ".".join(parts[:2]) in fields


def test_the_plan_never_asks_for_a_clock_time_alone() -> None:
    cue = latest("inquiry-cycle").step("plan").form[-1]
    assert (cue.id, cue.kind) == ("cue", "text")
    assert "clock time alone" in say("en", "protocol-inquiry-cycle.plan.cue.hint")


def test_minutes_are_said_in_words() -> None:
    assert say("en", "protocol-common.minutes", minutes=1) == "about 1 minute"
    assert say("es", "protocol-common.minutes", minutes=25) == "unos 25 minutos"
