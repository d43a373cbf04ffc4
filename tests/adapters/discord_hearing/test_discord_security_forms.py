"""A form that is open belongs to who opened it, as who they were: nobody else sees what is in it, or sends it."""

from datetime import timedelta
from pathlib import Path

import pytest

from cohorts.people.model import Account, Educator
from storage import open_forms
from storage.transaction import SqlTransaction
from tests.adapters.discord_hearing import made_up as told
from tests.adapters.discord_hearing.test_discord_listening import joined, opened
from tests.adapters.discord_hearing.wire import Town, buttons_of, open_town, words_of
from tests.fakes.small_core import START

WRITTEN = "Few students answer when I ask an open question."
OTHER = "701"
HERE = Account(platform="discord", workspace=told.GUILD, user=told.ANA, educator_id="ann")
ELSEWHERE = Account(platform="discord", workspace=OTHER, user=told.ANA, educator_id="ben")


def add_ben(tx: SqlTransaction) -> None:
    facts = {"given_name": "Ben", "family_name": "Lee", "email": "ben@x.org", "lea_id": "4800001"}
    tx.people.save_educator(Educator(id="ben", **facts))


def lose_account(tx: SqlTransaction) -> None:
    tx.people.unlink_account(HERE)


def become_ben(tx: SqlTransaction) -> None:
    lose_account(tx)
    add_ben(tx)
    tx.people.link_account(HERE.model_copy(update={"educator_id": "ben"}))


def leave_roster(tx: SqlTransaction) -> None:
    tx.people.save_educator(tx.people.get_educator("ann").model_copy(update={"active": False}))


async def begun(town: Town) -> tuple[told.Json, str]:
    """A form with a problem in it, and the button that shows it again with what was written."""
    form = await opened(town)
    values = joined(form, microcredential="", grade_band="", problem=WRITTEN)
    wrong = await town.hear(told.sent(form["custom_id"], *values))
    assert wrong is not None
    return form, buttons_of(wrong)["Write again"]


@pytest.mark.parametrize("change", [lose_account, become_ben, leave_roster])
async def test_whoever_is_not_that_person_any_more_does_not_see_what_was_written(
    tmp_path: Path, change: object
) -> None:
    async with open_town(tmp_path) as town:
        form, again = await begun(town)
        await town.change(change)  # type: ignore[arg-type]
        shown = await town.hear(told.pressed(again, id="5001"))
        assert shown is not None
        assert shown["type"] == 4
        said = await town.hear({**told.sent(form["custom_id"], *joined(form)), "s": 8})
        assert said is not None
        assert "Write again" not in buttons_of(said)


async def test_nobody_sends_or_sees_it_from_another_server(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        _, again = await begun(town)
        await town.change(add_ben)
        await town.change(lambda tx: tx.people.link_account(ELSEWHERE))
        shown = await town.hear(told.pressed(again, id="5001", guild_id=OTHER))
        assert shown is not None
        assert shown["type"] == 4


async def test_what_was_opened_as_one_person_is_sent_as_that_one(tmp_path: Path) -> None:
    """In one's own conversation with us one may be two people by now, of two servers."""
    async with open_town(tmp_path) as town:
        await town.change(lambda tx: tx.people.use_account(HERE, START))
        answer = await town.hear(told.in_direct(told.pressed("0:join.open")))
        assert answer is not None
        form = answer["data"]

        def come_elsewhere(tx: SqlTransaction) -> None:
            add_ben(tx)
            tx.people.link_account(ELSEWHERE)
            tx.people.use_account(ELSEWHERE, START + timedelta(minutes=1))

        await town.change(come_elsewhere)
        for page in range(6):
            sent = told.in_direct(told.sent(form["custom_id"], *joined(form)))
            sent["d"] |= {"id": str(4000 + page), "message": {"id": "1001"}}
            answer = await town.hear(sent)
            assert answer is not None
            on = buttons_of(answer).get("Go on", "") if answer["type"] == 4 else ""
            if not on:
                break
            shown = await town.hear(told.in_direct(told.pressed(on, id=str(5000 + page))))
            assert shown is not None
            form = shown["data"]
        interests = await town.house.database.read(lambda tx: (tx.interests.of("ann"), tx.interests.of("ben")))
        assert [len(one) for one in interests] == [1, 0]


async def test_nothing_is_kept_of_a_field_that_the_form_does_not_have(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        form = await opened(town)
        more = [{"type": 4, "custom_id": f"x{number}", "value": "made up" * 500} for number in range(30)]
        await town.hear(told.sent(form["custom_id"], *joined(form, microcredential=""), *more))
        kept = await town.house.database.read(
            lambda tx: tx.connection.exec_driver_sql("select value from note where key like 'form/%'").scalars().all()
        )
        assert kept
        assert "made up" not in words_of(list(kept))


async def test_a_form_that_does_not_say_whose_it_is_is_gone(tmp_path: Path) -> None:
    """An earlier version kept no more than the user."""
    async with open_town(tmp_path) as town:
        _, again = await begun(town)
        old = "update note set value = replace(value, '\"educator\"', '\"user\"') where key like 'form/%'"
        await town.change(lambda tx: tx.connection.exec_driver_sql(old))
        shown = await town.hear(told.pressed(again, id="5001"))
        assert shown is not None
        assert shown["type"] == 4


async def test_somebody_who_opens_form_after_form_has_the_newest_few(tmp_path: Path) -> None:
    """Whoever presses a button all night does not fill the database with forms."""
    async with open_town(tmp_path) as town:
        forms = list[str]()
        for number in range(open_forms.MOST + 4):
            answer = await town.hear(told.pressed("0:join.open", id=str(6000 + number)))
            assert answer is not None
            forms.append(answer["data"]["custom_id"])
        kept = await town.house.database.read(
            lambda tx: (
                tx.connection.exec_driver_sql("select key from note where key like 'form/form-%'").scalars().all()
            )
        )
        assert {one.removeprefix("form/") for one in kept} == {
            one.partition(":")[0] for one in forms[-open_forms.MOST :]
        }
        oldest = await town.hear(told.pressed(f"0:form.page:{forms[0]}", id="7000"))
        newest = await town.hear(told.pressed(f"0:form.page:{forms[-1]}", id="7001"))
        assert "This form is closed" in words_of(oldest)
        assert newest is not None
        assert newest["type"] == 9
