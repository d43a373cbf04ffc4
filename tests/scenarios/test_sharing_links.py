"""A link is shared with the cohort, taken back from it, and never shown without consent."""

from pathlib import Path

from cohorts.events import Whisper
from cohorts.evidence.model import Artifact
from tests.scenarios.town import MICROCREDENTIAL, SIX, Town, joining, open_town, spoken, whispered


async def keep(town: Town, name: str, consent: str) -> Artifact:
    microcredential = await town.ask(lambda tx: tx.catalogue.get(MICROCREDENTIAL))
    part = next(part for part in microcredential.parts if part.artifacts)
    place = f"{MICROCREDENTIAL}/{part.id}/{part.artifacts[0].id}"
    values = {"title": "Exit slips", "link": "https://drive.example.org/slips(1)", "consent": consent}
    await town.send(name, "evidence.link.send", place, **values)
    return (await town.ask(lambda tx: tx.evidence.artifacts(name, MICROCREDENTIAL)))[-1]


async def room_says(town: Town, name: str, words: str) -> bool:
    return words in await town.reads(name)


async def test_a_shared_link_is_in_the_room_until_it_is_taken_back(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(3)
        artifact = await keep(town, "ann", "held")
        assert "Shared" in whispered(await town.press("ann", "evidence.share", artifact.id))
        await town.pass_days(3)
        assert await room_says(town, "ben", "Exit slips")
        await town.press("ann", "evidence.withdraw", artifact.id)
        await town.pass_days(1)
        assert not await room_says(town, "ben", "Exit slips")


async def test_without_consent_nothing_is_shared(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(3)
        artifact = await keep(town, "ann", "missing")
        assert isinstance(await town.press("ann", "evidence.share", artifact.id), Whisper)
        assert (await town.ask(lambda tx: tx.evidence.get_artifact(artifact.id))).shared_with == ()
        await town.pass_days(3)
        assert not await room_says(town, "ben", "Exit slips")


async def test_nobody_shares_what_is_somebody_elses(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        artifact = await keep(town, "ann", "held")
        await town.press("ben", "evidence.share", artifact.id)
        assert (await town.ask(lambda tx: tx.evidence.get_artifact(artifact.id))).shared_with == ()


async def test_a_change_of_what_one_told_can_be_undone(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        (before,) = await town.ask(lambda tx: tx.interests.of("ann"))
        await town.send("ann", "join.send", **joining(subject="Knitting"))
        assert (await town.ask(lambda tx: tx.interests.of("ann")))[0].subject == "Knitting"
        await town.press("ann", "join.undo", before.id)
        assert "Undone" in spoken((await town.seen("ann"))[-1])
        (after,) = await town.ask(lambda tx: tx.interests.of("ann"))
        assert after == before


async def test_the_same_link_does_not_count_twice(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        await keep(town, "ann", "held")
        await keep(town, "ann", "held")
        assert len(await town.ask(lambda tx: tx.evidence.artifacts("ann", MICROCREDENTIAL))) == 1


async def test_an_answer_given_again_takes_the_place_of_the_first(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.tick_until(lambda tx: bool(tx.runs.of_cohort(tx.cohorts.active()[0].id)))
        run = await town.cycle()
        await town.answer("ann", run, "meet", hope="We begin with marbles.")
        await town.pass_days(1)
        await town.answer("ann", run, "meet", hope="We begin with pebbles.")
        await town.pass_days(1)
        read = await town.reads("ben")
        assert "pebbles" in read
        assert "marbles" not in read
