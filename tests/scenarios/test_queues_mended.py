"""What failed on its last try: who is told, who may try it again from the chat, and what is dropped without alarm."""

from datetime import datetime, timedelta
from pathlib import Path

from cohorts.messages import Message
from cohorts.people.model import Educator
from cohorts.ports import Delivery
from cohorts.usecases.ask_facilitator import tell_of_stuck_work
from storage.queues import due
from storage.survey import look_at_backlog
from storage.transaction import SqlTransaction
from tests.scenarios.town import SIX, Town, open_town, spoken, whispered


async def fail_for_good(town: Town, kind: str, ref: str) -> None:
    """As after the last try: the work rests, and who can help is told."""

    def bury(tx: SqlTransaction, now: datetime) -> None:
        tx.due.set(kind, ref, now)
        (item,) = [i for i in due.take(tx.connection, "x", now, timedelta(0), 99) if (i.kind, i.ref) == (kind, ref)]
        assert due.bury(tx.connection, item, "StaleError", now)
        tell_of_stuck_work(tx, kind, ref, "StaleError", now)

    await town.house.database.transact(bury, town.clock.now())
    await town.house.dispatcher.deliver_due()


async def is_dead(town: Town, ref: str) -> bool:
    return ref in {item.ref for item in await town.ask(lambda tx: due.dead(tx.connection))}


async def test_a_facilitator_tries_again_from_the_card_and_nobody_else_of_the_cohort_can(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.settle_in("luz", roles=("teacher", "facilitator"))
        await town.form(*SIX)
        await town.pass_days(1)
        run = await town.cycle()
        await fail_for_good(town, "run", run.id)
        assert ("lead.replay", f"run/{run.id}") in await town.actions("fay")
        (card,) = [message for message in await town.seen("fay") if "could not be done" in spoken(message)]
        assert "StaleError" in spoken(card)
        for other in ("ann", "luz"):
            assert "Only this cohort's facilitator" in whispered(
                await town.press(other, "lead.replay", f"run/{run.id}")
            )
            assert await is_dead(town, run.id)
        assert whispered(await town.press("fay", "lead.replay", f"run/{run.id}"))
        assert not await is_dead(town, run.id)
        (kept,) = [each for each in await town.ask(lambda tx: tx.history.about(run.id)) if each.kind == "replayed"]
        assert (kept.actor, kept.facts) == ("fay", {"work": "run"})
        await town.house.bell.tick()
        at = await town.ask(lambda tx: tx.due.at("run", run.id))
        assert at is None or at > town.clock.now(), "it was done"
        again = whispered(await town.press("fay", "lead.replay", f"run/{run.id}"))
        assert "nothing to change here any more" in again


async def test_a_facilitator_reads_what_failed_in_words_and_the_operator_the_error_too(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.settle_in("olga", roles=("operator",))
        await town.form(*SIX)
        await town.pass_days(1)
        await town.change(lambda tx: tx.people.save_educator(_facilitating(tx)))
        run = await town.cycle()
        await fail_for_good(town, "run", run.id)
        name = (await town.cohort("ann")).name
        for reader in ("fay", "olga"):
            assert f"A step of a cycle in {name} could not be done" in await town.reads(reader)
        assert "StaleError" not in await town.reads("fay")
        assert "StaleError" in await town.reads("olga")


def _facilitating(tx: SqlTransaction) -> Educator:
    return tx.people.get_educator("fay").model_copy(update={"roles": ("teacher", "facilitator")})


async def test_work_of_no_cohort_is_an_operators(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.settle_in("olga", roles=("teacher", "operator"))
        await town.settle_in("luz", roles=("teacher", "facilitator"))
        await town.form(*SIX)
        await fail_for_good(town, "digest", "ann")
        assert ("lead.replay", "digest/ann") in await town.actions("olga")
        assert ("lead.replay", "digest/ann") not in await town.actions("luz")
        await town.press("luz", "lead.replay", "digest/ann")
        assert await is_dead(town, "ann")
        await town.press("olga", "lead.replay", "digest/ann")
        assert not await is_dead(town, "ann")


async def test_a_digest_from_another_day_is_dropped_and_alarms_nobody(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        now = town.clock.now()
        stale = Delivery(
            key="stale",
            platform="local",
            workspace="local",
            conversation="dm:ann",
            purpose="digest",
            message=Message(text="yesterday's"),
            not_before=now - timedelta(days=1),
        )
        await town.change(lambda tx: tx.outbox.enqueue(stale, now))
        await town.house.dispatcher.deliver_due()
        assert (await town.states())["stale"] == "dropped"
        backlog = await town.ask(lambda tx: look_at_backlog(tx.connection, now))
        assert backlog.outbox == {"dropped": 1}
