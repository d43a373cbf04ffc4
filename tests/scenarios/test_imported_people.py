"""Whom somebody else put on the list hears as much as whoever joined by the form, in their own language and zone."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from bot.chat.local.ids import PLATFORM, WORKSPACE
from cohorts.forming.interests import Known, read_interests
from cohorts.ids import make_id
from cohorts.people.model import Educator
from cohorts.usecases.candidates import waiting_candidates
from cohorts.usecases.let_in import let_in_interested
from cohorts.usecases.take_in import Summary, take_in_interests
from storage.transaction import SqlTransaction
from tests.scenarios.town import LEAS, MICROCREDENTIAL, PROBLEM, SIX, Town, buttons, open_town, spoken, whispered

HEAD = "email,microcredential,share_across_leas,subject,grade_band,problem_of_practice,language,timezone,grades\n"


async def listed(
    town: Town,
    *names: str,
    language: str = "",
    zone: str = "",
    grades: str = "",
    topics: Sequence[str] = (MICROCREDENTIAL,),
) -> Summary:
    """On a roster, on the list of interests, and let in, as `import roster`, `import interests` and `form` do."""
    text = HEAD + "".join(
        f"{name}@example.org,{topic},yes,Science,6-8,{PROBLEM},{language},{zone},{grades}\n"
        for name in names
        for topic in topics
    )

    def take_in(tx: SqlTransaction) -> Summary:
        for number, name in enumerate(names):
            person = {"given_name": name.title(), "family_name": "Lee", "lea_id": LEAS[number % len(LEAS)][0]}
            email = f"{name}@example.org"
            if tx.people.find_by_email(email) is None:
                tx.people.save_educator(Educator(id=educator_id(name), email=email, **person))
        known = Known(zones=tx.people.zones(), microcredentials={topic: topic for topic in topics})
        rows = read_interests("interests.csv", text.splitlines(keepends=True), known)
        saved = take_in_interests(tx, rows, town.clock.now())
        let_in_interested(tx, PLATFORM, WORKSPACE, town.clock.now())
        return saved

    return await town.change(take_in)


def educator_id(name: str) -> str:
    return make_id("educator", f"{name}@example.org")


async def approved(town: Town) -> None:
    await town.press("fay", "form.propose")
    await town.press("fay", "form.approve", await town.open_proposal())


async def test_who_was_listed_hears_that_their_cohort_is_there(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        await listed(town, *SIX)
        await approved(town)
        await town.pass_days(6)
        for name in SIX:
            told = [m for m in await town.seen(educator_id(name)) if "Your cohort is here" in spoken(m)]
            assert len(told) == 1


async def test_who_was_listed_and_waits_hears_why(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        await listed(town, "ann")
        await town.press("fay", "form.propose")
        await town.pass_days(6)
        assert "You are early" in await town.reads(educator_id("ann"))


async def test_nobody_without_a_place_to_hear_counts_as_told(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        await listed(town, "ann")

        def forget(tx: SqlTransaction) -> None:
            tx.connection.exec_driver_sql("delete from account where educator_id <> 'fay'")

        await town.change(forget)
        await town.press("fay", "form.propose")
        await town.pass_days(6)
        start = town.clock.now() - timedelta(days=21)
        assert not await town.ask(lambda tx: tx.nudges.records(educator_id("ann"), start))
        await town.change(lambda tx: let_in_interested(tx, PLATFORM, WORKSPACE, town.clock.now()))
        await town.pass_days(3)
        assert "You are early" in await town.reads(educator_id("ann"))


async def test_the_first_words_know_who_waits_and_who_has_a_cohort(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        await listed(town, *SIX, "gil")
        gil = educator_id("gil")
        await town.arrive(gil)
        assert "You are on the list" in await town.reads(gil)
        assert ("join.open", "") not in await town.actions(gil)
        await approved(town)
        await town.arrive(educator_id("ann"))
        (message,) = [m for m in await town.seen(educator_id("ann")) if "Welcome, Ann" in spoken(m)]
        assert (await town.cohort(educator_id("ann"))).name in spoken(message)
        assert "cohort.why.open" in {button.action for button in buttons(message)}


async def test_the_list_says_in_which_language_and_zone_people_are_written_to(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        await listed(town, "ann", language="es", zone="America/Denver")
        ann = educator_id("ann")
        await town.arrive(ann)
        assert "Te damos la bienvenida, Ann" in await town.reads(ann)
        person = await town.ask(lambda tx: tx.people.get_educator(ann))
        assert (person.language, person.zone) == ("es", "America/Denver")


async def test_a_list_that_says_neither_leaves_both_as_they_are(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        await listed(town, "ann", language="es")
        ann = educator_id("ann")
        await town.press(ann, "home.language")
        await listed(town, "ann", language="es")  # the same file once more is no news
        await listed(town, "ann")
        person = await town.ask(lambda tx: tx.people.get_educator(ann))
        assert (person.language, person.zone) == ("en", "")
        assert "Hello, Ann" in whispered(await town.press(ann, "home.open"))


async def keep_to_their_own(town: Town, *names: str) -> set[str]:
    def look(tx: SqlTransaction) -> set[str]:
        found = {one.educator_id: one.grades for one in waiting_candidates(tx)}
        return {name for name in names if found[educator_id(name)] == "own"}

    return await town.ask(look)


async def test_who_was_listed_with_their_own_grades_is_asked_before_others_come(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        await listed(town, "ann", grades="own")
        await listed(town, "ben", grades="any")
        await listed(town, "cam")
        assert await keep_to_their_own(town, "ann", "ben", "cam") == {"ann"}
        await town.pass_days(3)
        assert "grades" in await town.reads(educator_id("ann"))
        assert ("wait.widen", f"{await interest_of(town, 'ann')}/microcredential") in await town.actions(
            educator_id("ann")
        )


async def test_a_newer_list_changes_grades_and_a_repeat_or_a_blank_does_not(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        assert (await listed(town, "ann", grades="own"))["interests"] == {"new": 1}
        assert (await listed(town, "ann", grades="own"))["interests"] == {"same": 1}
        assert (await listed(town, "ann"))["interests"] == {"same": 1}
        assert await keep_to_their_own(town, "ann") == {"ann"}
        value = f"{await interest_of(town, 'ann')}/microcredential"
        await town.press(educator_id("ann"), "wait.widen", value)
        assert await keep_to_their_own(town, "ann") == set()
        assert (await listed(town, "ann", grades="own"))["interests"] == {"same": 1}
        assert await keep_to_their_own(town, "ann") == set(), "what she has answered since stays"
        assert (await listed(town, "ann", grades="any"))["interests"] == {"same": 1}, "she has said so herself"
        assert (await listed(town, "ann", grades="own"))["interests"] == {"changed": 1}
        assert await keep_to_their_own(town, "ann") == {"ann"}


async def test_a_second_microcredential_on_a_list_moves_the_wish_as_the_form_does(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        other = (await town.ask(lambda tx: tx.catalogue.all()))[-1].id
        await listed(town, *SIX)
        assert await wishes(town, "ann") == {MICROCREDENTIAL: "waiting"}
        await listed(town, "ann", topics=(MICROCREDENTIAL, other))
        assert await wishes(town, "ann") == {MICROCREDENTIAL: "withdrawn", other: "waiting"}
        saved = await listed(town, "ann", topics=(MICROCREDENTIAL, other))
        assert saved["interests"] == {"same": 2}, "the same list once more is no news"
        assert await wishes(town, "ann") == {MICROCREDENTIAL: "withdrawn", other: "waiting"}


async def test_a_second_microcredential_beside_a_cohort_waits(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        other = (await town.ask(lambda tx: tx.catalogue.all()))[-1].id
        await listed(town, *SIX)
        await approved(town)
        await listed(town, "ann", topics=(MICROCREDENTIAL, other))
        assert await wishes(town, "ann") == {MICROCREDENTIAL: "placed", other: "waiting"}


async def wishes(town: Town, name: str) -> dict[str, str]:
    mine = await town.ask(lambda tx: tx.interests.of(educator_id(name)))
    return {one.microcredential_id: one.status for one in mine}


async def interest_of(town: Town, name: str) -> str:
    return (await town.ask(lambda tx: tx.interests.of(educator_id(name))))[0].id
