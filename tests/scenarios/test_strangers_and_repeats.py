"""Other people's things, nonsense, repeats and things that come too late: nothing happens and nothing leaks."""

from pathlib import Path

import pytest

from cohorts.events import AccountRef, Done, OpenForm, Place, Pressed
from cohorts.usecases.routes import ACTIONS
from tests.scenarios.town import MICROCREDENTIAL, SIX, Town, fill, open_town, whispered

PRIVATE = "Umbrella maroon: words of Ann that nobody else was ever meant to read."
VALUES = ("", "a/b/c/d", "/", "//////", " ", "x" * 10_000, "🙂/\x00/é", "../../etc/passwd", f"{MICROCREDENTIAL}/x/y/z")


async def everything(town: Town) -> str:
    """All that the database holds, but for what says only that an event came."""

    def look(tx: object) -> list[str]:
        connection = tx.connection  # type: ignore[attr-defined]
        tables = [row[0] for row in connection.exec_driver_sql("select name from sqlite_master where type='table'")]
        kept = sorted(set(tables) - {"inbox", "seen", "note", "due", "sqlite_sequence", "nudge"})
        found = list[str]()
        for name in kept:
            rows = connection.exec_driver_sql(f"select * from {name}").mappings()
            found += (f"{name} { {key: value for key, value in row.items() if key != 'last_seen_at'} }" for row in rows)
        return found

    return "\n".join(await town.ask(look))


async def busy(town: Town) -> dict[str, str]:
    """Ann's own things, by what names them."""
    (cohort,) = await town.form(*SIX)
    await town.pass_days(1)
    draft = await town.write_draft("ann", about=PRIVATE)
    part = next(p for p in (await town.ask(lambda tx: tx.catalogue.get(MICROCREDENTIAL))).parts if p.artifacts)
    place = f"{MICROCREDENTIAL}/{part.id}/{part.artifacts[0].id}"
    link = {"title": "Umbrella plan", "link": "https://drive.example.org/umbrella", "consent": "held"}
    await town.send("ann", "evidence.link.send", place, **link)
    (artifact,) = await town.ask(lambda tx: tx.evidence.artifacts("ann", MICROCREDENTIAL))
    run = await town.begin("tune-a-draft", cohort, presenter="ann")
    await town.answer("ann", run, "share")
    await town.tick_until(lambda tx: tx.runs.get(run.id).step("examine").status == "open")
    for name in (await town.run(run.id)).role("reviewer"):
        await town.answer(name, run, "examine")
    await town.tick_until(lambda tx: bool(tx.feedback.reviews(run.id)))
    await town.pass_days(0.1)
    review = (await town.ask(lambda tx: tx.feedback.reviews(run.id)))[0].assignment_id
    return {
        "cohort": cohort.id,
        "run": run.id,
        "step": f"{run.id}/respond",
        "review": review,
        "artifact": artifact.id,
        "place": f"{place}/{artifact.id}",
        "draft": draft,
        "map": MICROCREDENTIAL,
    }


async def test_a_stranger_gets_and_changes_nothing(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX, "zoe") as town:
        things = await busy(town)
        await town.join("zoe", microcredential="wait-time")
        before, heard = await everything(town), len(await town.heard())
        values = {"text": "taken over", "link": "https://drive.example.org/evil", "title": "Evil", "consent": "held"}
        answers = values | {"useful": "3", "heard": "a b c d e f", "will": "a b c d e", "status": "earned"}
        steered = [action for action in ACTIONS if action.split(".")[0] in ("step", "review", "lead", "form", "member")]
        for action in (*steered, "evidence.open", "evidence.link.send", "evidence.withdraw", "evidence.packet"):
            for value in (*things.values(), f"{things['run']}/share", f"{things['review']}/zoe", "ann"):
                if action.endswith(".send"):
                    response = await town.send("zoe", action, value, **answers)
                else:
                    response = await town.press("zoe", action, value)
                assert "mbrella" not in str(response), (action, value)
                assert not isinstance(response, OpenForm), (action, value)
        after = await everything(town)
        assert _without_zoes(after) == _without_zoes(before)
        assert len(await town.heard()) == heard
        assert "mbrella" not in await town.reads("zoe")


def _without_zoes(text: str) -> list[str]:
    """Whatever zoe did to what is her own does not matter here."""
    return sorted(line for line in text.splitlines() if "zoe" not in line)


async def test_a_member_may_not_do_what_is_another_members(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        things = await busy(town)
        before = await everything(town)
        # The author's answer, the author's rating, the facilitator's steering, the owner's link.
        assert not isinstance(await town.press("ben", "step.answer.open", things["step"]), OpenForm)
        await town.send("ben", "step.send", things["step"], heard="I heard it all of course", will="do it all")
        assert "no longer here" in whispered(await town.press("ben", "review.rate.open", things["review"]))
        await town.send("ben", "review.rate.send", things["review"], useful="0", will_use="")
        for action in ("lead.advance", "lead.extend", "lead.pause", "lead.resume"):
            await town.press("ben", action, things["step"])
        await town.press("ben", "lead.reassign", f"{things['review']}/ben")
        await town.send("ben", "lead.message.send", things["cohort"], text="Hello from nobody")
        await town.send("ben", "member.message.send", "ann", text="Hello from nobody")
        await town.press("ben", "evidence.withdraw", things["artifact"])
        link = {"title": "Mine now", "link": "https://drive.example.org/evil", "consent": "held"}
        await town.send("ben", "evidence.link.send", things["place"], **link)
        assert await everything(town) == before
        assert isinstance(await town.press("ann", "review.rate.open", things["review"]), OpenForm)


@pytest.mark.parametrize("value", VALUES, ids=[repr(value[:12]) for value in VALUES])
async def test_nonsense_is_answered_and_breaks_nothing(tmp_path: Path, value: str) -> None:
    async with open_town(tmp_path, *SIX) as town:
        (cohort,) = await town.form(*SIX)
        await town.pass_days(1)
        leaving = {"join.leave", "join.pause", "nudge.pause", "home.language"}
        for action in sorted(set(ACTIONS) - leaving):
            for name in ("ann", "fay"):
                await town.press(name, action, value)
                await town.send(name, action, value, **dict.fromkeys(("text", "item", "criteria", "status"), value))
                await town.send(name, action, value)
        assert "no longer here" in whispered(await town.press("ann", value, value))
        await town.pass_days(2)
        assert (await town.cohort("ann")).active_members == cohort.active_members
        assert whispered(await town.press("ann", "home.open"))


async def test_somebody_unknown_is_told_how_to_come_in(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        ref = AccountRef(platform="local", workspace="local", user="mallory")
        event = Pressed(key="1", account=ref, place=Place(conversation="dm-mallory"), action="home.open")
        assert "I do not know you yet" in whispered(await town.house.handle(event))


async def test_the_same_event_twice_is_one(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        (cohort,) = await town.form(*SIX)
        await town.pass_days(1)
        run = await town.begin("sealed-round", cohort)
        opened = await town.press("ann", "step.answer.open", f"{run.id}/answer", key="open")
        assert isinstance(opened, OpenForm)
        assert await town.press("ann", "step.answer.open", f"{run.id}/answer", key="open") == opened
        values = fill(opened.form, "ann")
        await town.send("ann", "step.send", f"{run.id}/answer", key="answer", **values)
        before = await everything(town)
        again = await town.send(
            "ann", "step.send", f"{run.id}/answer", key="answer", **(values | {"answer": "no " * 9})
        )
        assert isinstance(again, Done)
        assert await everything(town) == before
        await town.press("ann", "join.pause", key="pause")
        await town.press("ann", "join.resume", key="resume")
        assert isinstance(await town.press("ann", "join.pause", key="pause"), Done)
        assert "ann" in (await town.cohort("ann")).active_members
        # The same key from somebody else on the same platform would be theirs only by a broken chat: it is refused.
        await town.arrive("ben", key="welcome")
        await town.arrive("ben", key="welcome-2")
        assert sum(key.startswith("ben:welcome") for key in await town.states()) == 1


async def test_what_comes_after_the_end_is_answered_kindly(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        (cohort,) = await town.form(*SIX)
        await town.pass_days(1)
        run = await town.begin("sealed-round", cohort)
        await town.answer("ann", run, "answer")
        await town.pass_days(14)
        assert (await town.run(run.id)).status == "ended"
        before = (await town.run(run.id)).version
        assert "not open" in whispered(await town.press("ben", "step.answer.open", f"{run.id}/answer"))
        assert "not open" in whispered(await town.send("ben", "step.send", f"{run.id}/answer", answer="a b c d e f"))
        for action in ("lead.advance", "lead.extend", "lead.pause", "lead.resume"):
            assert "nothing to change" in whispered(await town.press("fay", action, f"{run.id}/answer"))
        assert (await town.run(run.id)).version == before
