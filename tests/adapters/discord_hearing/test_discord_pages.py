"""Forms from the first press to the last page, as whoever fills them in sees them."""

from pathlib import Path
from typing import Any

from bot.chat.discord.hearing import forms
from bot.chat.discord.hearing.desk import OpenedForm
from bot.chat.words.pieces import Voice
from cohorts.events import AccountRef, Place
from cohorts.messages import FileField, Form, TextField
from tests.adapters.discord_hearing import made_up as told
from tests.adapters.discord_hearing.test_discord_answers import answering, asked
from tests.adapters.discord_hearing.wire import Town, Wire, buttons_of, open_town, words_of

ONLY_FOR_THEM = {"id": "1001", "flags": 64}


def lists_of(form: told.Json) -> dict[str, list[told.Json]]:
    """The options of each list, by its custom id."""
    inner = [one["component"] for one in form["components"] if "component" in one]
    return {one["custom_id"]: one["options"] for one in inner if one["type"] == 3}


def chosen(form: told.Json, **changes: str) -> list[told.Json]:
    """The lists as they come back: what was chosen to begin with, but for these."""
    begun = {box: [one["value"] for one in options if one["default"]] for box, options in lists_of(form).items()}
    begun |= {box: [value] for box, value in changes.items()}
    return [{"type": 3, "custom_id": box, "values": values} for box, values in begun.items()]


def sent(form: told.Json, number: str, components: list[told.Json]) -> told.Json:
    raw = told.sent(form["custom_id"], *components)
    raw["d"]["id"] = number
    return raw


async def leaves_of(town: Town) -> Any:
    return (await town.house.database.read(lambda tx: tx.people.get_educator("ann"))).leaves


async def days_away(town: Town) -> told.Json:
    answer = await town.hear(told.pressed("0:away.open"))
    assert answer is not None
    return dict(answer["data"])


async def test_days_away_far_ahead_are_taken_from_the_second_of_two_lists(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        form = await days_away(town)
        first, back = (lists_of(form)[box] for box in ("first#2", "back#2"))
        far = {"first#2": first[0]["value"], "back#2": back[-1]["value"]}
        await town.hear(sent(form, "3001", chosen(form, **far)))
        assert [one.first.isoformat() for one in await leaves_of(town)] == [far["first#2"]]


async def test_two_new_choices_where_one_is_wanted_are_told_and_kept(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        form = await days_away(town)
        both = {"first": lists_of(form)["first"][3]["value"], "first#2": lists_of(form)["first#2"][1]["value"]}
        wrong = await town.hear(sent(form, "3001", chosen(form, **both)))
        assert "only one" in words_of(wrong)
        assert wrong is not None
        again = await town.hear(told.pressed(buttons_of(wrong)["Write again"], id="5001"))
        assert again is not None
        shown = {one["custom_id"]: one["values"] for one in chosen(again["data"])}
        assert (shown["first"], shown["first#2"]) == ([both["first"]], [both["first#2"]])


async def test_a_form_that_discord_cannot_carry_says_where_it_can_be_filled_in() -> None:
    wire = Wire()
    form = Form(title="A", action="step.send", submit="Send", fields=(TextField(id="a" * 101, label="A"),))
    ana = AccountRef(platform="discord", workspace=told.GUILD, user=told.ANA)
    opened = OpenedForm(id="form-a", account=ana, educator="ana", form=form, place=Place(conversation="500"))
    await answering(wire).follow(asked(), opened, Voice())
    assert "longer than a form in Discord" in words_of(wire.answers()[0])


async def test_whoever_presses_in_what_they_alone_see_reads_that_it_is_done(tmp_path: Path) -> None:
    """Nothing changes such a message afterwards, and no other is to be seen there."""
    async with open_town(tmp_path, "es") as town:
        form = await days_away(town)
        raw = sent(form, "3001", chosen(form))
        raw["d"]["message"] = ONLY_FOR_THEM
        answer = await town.hear(raw)
        assert answer is not None
        assert (answer["type"], answer["data"]["flags"] & 64) == (4, 64)
        assert "Hecho" in words_of(answer)


async def test_a_form_that_is_sent_once_more_says_that_it_was_sent(tmp_path: Path) -> None:
    """Discord keeps a form open when it has not heard from us in time, and people press again."""
    async with open_town(tmp_path, "es") as town:
        form = await days_away(town)
        await town.hear(sent(form, "3001", chosen(form)))
        assert "ya se envió" in words_of(await town.hear(sent(form, "3002", chosen(form)))).lower()
        turned = await town.hear(told.pressed(f"0:form.page:{form['custom_id']}", id="3003"))
        assert "ya se envió" in words_of(turned).lower()
        assert len(await leaves_of(town)) == 1


def on_message(raw: told.Json, answer: told.Json) -> told.Json:
    """Sent from the form that a button of this answer has opened."""
    message = {"id": "1001", "flags": 64, "components": answer["data"]["components"]}
    return {**raw, "d": {**raw["d"], "message": message}}


async def test_what_is_said_after_a_page_takes_the_place_of_the_button_that_led_to_it(tmp_path: Path) -> None:
    """Else each page leaves a button behind that opens what was sent."""
    async with open_town(tmp_path) as town:
        form = await days_away(town)
        both = {"first": lists_of(form)["first"][3]["value"], "first#2": lists_of(form)["first#2"][1]["value"]}
        wrong = await town.hear(sent(form, "3001", chosen(form, **both)))
        assert wrong is not None
        assert wrong["type"] == 4
        still = await town.hear(on_message(sent(form, "3002", chosen(form, **both)), wrong))
        assert still is not None
        assert (still["type"], "Write again" in buttons_of(still)) == (7, True)
        done = await town.hear(on_message(sent(form, "3003", chosen(form)), still))
        assert done is not None
        assert done["type"] == 7
        assert "Write again" not in buttons_of(done)
        assert len(await leaves_of(town)) == 1


async def test_where_that_button_is_gone_it_is_said_all_the_same(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        form = await days_away(town)
        both = {"first": lists_of(form)["first"][3]["value"], "first#2": lists_of(form)["first#2"][1]["value"]}
        wrong = await town.hear(sent(form, "3001", chosen(form, **both)))
        assert wrong is not None
        town.wire.refusals["/callback"] = [(404, 10008)]
        await town.hear(on_message(sent(form, "3002", chosen(form)), wrong))
        assert [one["type"] for one in town.wire.answers()][-2:] == [7, 4]


async def test_a_form_under_the_desk_leaves_the_desk(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        desk = await town.hear(told.command())
        assert desk is not None
        form = await days_away(town)
        done = await town.hear(on_message(sent(form, "3001", chosen(form)), desk))
        assert done is not None
        assert done["type"] == 4


def test_a_document_that_was_brought_stays_until_another_one_is() -> None:
    """Discord shows no file again, so a page that comes back comes without it."""
    fields = (FileField(id="file", label="A document"), TextField(id="text", label="Words"))
    form = Form(title="A", action="a", submit="Send", fields=fields)
    ana = AccountRef(platform="discord", workspace=told.GUILD, user=told.ANA)
    opened = OpenedForm(id="form-a", account=ana, educator="ana", form=form, place=Place(conversation="500"))
    brought = forms.with_more(opened, {"file": "I waited.", "text": ""})
    again = forms.with_more(brought, {"file": "", "text": "Typed."})
    assert again.values == {"file": "I waited.", "text": "Typed."}
    assert forms.with_more(again, {"file": "They spoke.", "text": ""}).values == {"file": "They spoke.", "text": ""}
