"""A Spanish cohort reads its microcredential in Spanish where there is a text; what there is not says it is English."""

from pathlib import Path

from cohorts.events import OpenForm
from cohorts.messages import ChoiceField, TextField
from tests.scenarios.town import MICROCREDENTIAL, SIX, START, open_town, whispered

GROUPS = "data-driven-small-groups"
NAME = "Grupos pequeños a partir de los datos"
QUESTION = "¿Qué dicen tus datos sobre lo que cada quien ya sabe hacer, y qué dejan sin responder?"


async def test_a_spanish_cohort_works_in_spanish(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        (cohort,) = await town.form(*SIX, microcredential=GROUPS, language="es")
        assert cohort.name == f"{NAME} · 1"
        await town.tick_to(START)
        assert NAME in await town.reads("ann")
        form = await town.press("ann", "evidence.open", f"{GROUPS}/analyze/analyze")
        assert isinstance(form, OpenForm)
        field = form.form.fields[0]
        assert isinstance(field, TextField)
        assert (field.label, field.tongue) == (QUESTION, "")
        shown = whispered(await town.press("ann", "evidence.open", GROUPS))
        assert "Las necesidades se leen en más de una fuente" in shown
        assert "Needs are read" not in shown


async def test_a_name_that_is_only_in_english_says_so(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.press("ann", "home.language")
        form = await town.press("ann", "join.open")
        assert isinstance(form, OpenForm)
        field = next(one for one in form.form.fields if one.id == "microcredential")
        assert isinstance(field, ChoiceField)
        options = {option.id: option for option in field.options}
        assert (options[GROUPS].label, options[GROUPS].tongue) == (NAME, "")
        assert options[MICROCREDENTIAL].tongue == "en"
