"""Writing a draft: the question that was asked beside the button, and the issuer's limits, which only advise."""

from pathlib import Path

from cohorts.catalogue.questions import QUESTIONS
from cohorts.events import OpenForm, Response, Whisper
from cohorts.messages import ChoiceField, Form, TextField
from cohorts.words import say
from tests.scenarios.town import MICROCREDENTIAL, SIX, Town, buttons, open_town, whispered


def form_of(response: Response) -> Form:
    assert isinstance(response, OpenForm)
    return response.form


def text_of(form: Form) -> TextField:
    field = form.fields[0]
    assert isinstance(field, TextField)
    return field


async def prompt_of(town: Town) -> tuple[str, int]:
    """The value that opens the first prompt with a word limit, and the limit."""
    microcredential = await town.ask(lambda tx: tx.catalogue.get(MICROCREDENTIAL))
    places = [(part, prompt) for part in microcredential.parts for prompt in part.prompts if prompt.max_words]
    part, prompt = places[0]
    return f"{MICROCREDENTIAL}/{part.id}/{prompt.id}", prompt.max_words


async def test_home_asks_and_the_form_asks_the_same(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        home = await town.press("ann", "home.open")
        assert isinstance(home, Whisper)
        button = next(one for one in buttons(home.message) if one.action == "evidence.open" and "/" in one.value)
        form = form_of(await town.press("ann", button.action, button.value))
        asked = [
            say("en", f"questions.{kind}_{number + 1}") for kind, most in QUESTIONS.items() for number in range(most)
        ]
        beside = [question for question in asked if question in whispered(home)]
        assert len(beside) == 1
        said = form.intro + "".join(field.hint for field in form.fields)
        assert beside[0] in said
        assert sum(question in said for question in asked) == 1


async def test_a_made_up_question_is_not_asked(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        place, _ = await prompt_of(town)
        plain = text_of(form_of(await town.press("ann", "evidence.open", place)))
        odd = text_of(form_of(await town.press("ann", "evidence.open", f"{place}/../basics")))
        assert odd == plain


async def test_a_draft_may_be_longer_than_the_issuer_takes(tmp_path: Path) -> None:
    """Every chat can say the limit, because the hint does; a draft is one's own, so nothing is refused."""
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        place, most = await prompt_of(town)
        field = text_of(form_of(await town.press("ann", "evidence.open", place)))
        assert (field.max_words, field.advisory) == (most, True)
        assert str(most) in field.hint
        kept = await town.send("ann", "evidence.write.send", place, text="word " * (most + 12))
        assert f"{most + 12} words, {most} at most" in whispered(kept)


async def test_long_questions_are_cut_where_a_word_ends(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        form = form_of(await town.press("ann", "evidence.choose.open", MICROCREDENTIAL))
        field = form.fields[0]
        assert isinstance(field, ChoiceField)
        microcredential = await town.ask(lambda tx: tx.catalogue.get(MICROCREDENTIAL))
        whole = {f"{part.id}/{prompt.id}": prompt.text for part in microcredential.parts for prompt in part.prompts}
        whole |= {f"{part.id}/{one.id}": one.name for part in microcredential.parts for one in part.artifacts}
        cut = {option.id: option.label for option in field.options if option.label.endswith("…")}
        assert cut
        for place, label in cut.items():
            assert len(label) <= 75
            kept = label.removesuffix("…")
            assert whole[place].startswith(kept)
            assert not whole[place][len(kept)].isalnum()
