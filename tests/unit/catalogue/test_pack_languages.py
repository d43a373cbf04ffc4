"""Texts of a pack in other languages: read with their places checked, spoken as far as they go."""

from importlib.resources import files

import pytest

from cohorts.catalogue.model import Microcredential
from cohorts.catalogue.pack import read_pack
from cohorts.catalogue.speak import foreign_texts, in_language, name_of_cohort, texts
from cohorts.problems import BadInputError

PACK = """\
pack: 1
language: en
issuers:
  - id: river
    name: River Valley
    ai_rule: forbid
    ai_note: Write it yourself.
    translations:
      es: {ai_note: Escríbelo tú.}
microcredentials:
  - id: wait-time
    name: Wait Time
    issuer: river
    competency: Gives students time to think.
    source: https://river.example.org/wait-time
    checked: 2026-11-23
    parts:
      - id: overview
        title: Overview
        prompts:
          - id: context
            text: Which discussion did you choose?
            max_words: 200
        artifacts:
          - id: plan
            name: A plan
            kind: plan
        criteria:
          - id: clear
            name: The context is clear
            levels:
              Not yet: It cannot be pictured.
              Passing: It can be pictured.
            passing: Passing
    translations:
      es:
        name: Tiempo de espera
        parts:
          overview:
            title: Panorama
            prompts: {context: "¿Qué conversación elegiste?"}
            artifacts:
              plan: {name: Un plan}
            criteria:
              clear:
                name: El contexto es claro
                levels:
                  Passing: {name: Logrado, description: Se puede imaginar.}
"""


def read(text: str = PACK) -> Microcredential:
    return read_pack("pack.yaml", text)[0]


def test_what_has_a_text_is_spoken_and_the_rest_stays() -> None:
    english, spanish = read(), in_language(read(), "es")
    part = spanish.parts[0]
    assert (spanish.name, part.title, part.prompts[0].text) == (
        "Tiempo de espera",
        "Panorama",
        "¿Qué conversación elegiste?",
    )
    assert (part.artifacts[0].name, part.criteria[0].name) == ("Un plan", "El contexto es claro")
    assert [level.name for level in part.criteria[0].levels] == ["Not yet", "Logrado"]
    assert spanish.competency == english.competency
    assert spanish.issuer.ai_note == "Escríbelo tú."
    assert part.criteria[0].passing == english.parts[0].criteria[0].passing
    assert part.prompts[0].max_words == 200


def test_what_stays_is_known_as_foreign() -> None:
    assert foreign_texts(read(), "en") == frozenset()
    kept = {"Gives students time to think.", "Not yet", "It cannot be pictured."}
    assert foreign_texts(read(), "es") == kept
    assert foreign_texts(in_language(read(), "es"), "es") == kept
    assert foreign_texts(read(PACK.replace("language: en", "language: en-US")), "en") == frozenset()


def test_a_cohort_is_called_in_its_readers_language() -> None:
    assert name_of_cohort("Wait Time · 2", read(), "es") == "Tiempo de espera · 2"
    assert name_of_cohort("Tiempo de espera · 2", read(), "en") == "Wait Time · 2"
    assert name_of_cohort("The night owls", read(), "es") == "The night owls"


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        ("      es:\n        name", "      fr:\n        name", "36:7: “fr” is not known here. Known here: es."),
        (
            "      es:\n        name",
            "      en:\n        name",
            "36:7: The pack is in en already. Write these texts where the pack has them",
        ),
        (
            "          overview:\n",
            "          overwiev:\n",
            "39:11: “overwiev” is not known here. Did you mean “overview”?",
        ),
        ("            title: P", "            titel: P", "40:13: “titel” is not known here. Did you mean “title”?"),
        ("{context: ", "{contest: ", "41:23: “contest” is not known here. Did you mean “context”?"),
        (
            "              plan: {name",
            "              plans: {name",
            "43:15: “plans” is not known here. Did you mean “plan”?",
        ),
        (
            "              plan: {name",
            "              plan: {naem",
            "43:22: “naem” is not known here. Did you mean “name”?",
        ),
        ("              clear:\n", "              cleer:\n", "45:15: “cleer” is not known here. Did you mean “clear”?"),
        (
            "                  Passing: {name",
            "                  Pasing: {name",
            "48:19: “Pasing” is not known here. Did you mean “Passing”?",
        ),
        (
            "name: Tiempo de espera",
            "name:",
            "37:14: “name” is empty. Write something, or remove the line if it is not needed.",
        ),
        (
            "es: {ai_note",
            "es: {ai_rule",
            "9:11: “ai_note” is missing. Add it here.\npack.yaml:9:12: “ai_rule” is not known here.",
        ),
        (
            "language: en",
            "language: English",
            "2:11: “English” is not a language code. Write two letters, such as en or es.",
        ),
    ],
)
def test_a_text_for_nothing_says_where_and_how_to_mend_it(right: str, wrong: str, expected: str) -> None:
    assert PACK.count(right) == 1
    with pytest.raises(BadInputError) as caught:
        read(PACK.replace(right, wrong))
    assert str(caught.value).startswith(f"pack.yaml:{expected}")


def test_the_spanish_demo_cohort_finds_everything_in_spanish() -> None:
    pack = read_pack("demo.yaml", (files("prompts") / "catalogue" / "demo.yaml").read_text("utf-8"))
    groups = next(one for one in pack if one.id == "data-driven-small-groups")
    assert foreign_texts(groups, "es") == frozenset()
    places = {at for at, text in texts(groups) if text}
    assert set(groups.translations["es"]) == places
