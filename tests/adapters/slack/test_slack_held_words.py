"""An author who should listen writes in the round's thread: Slack cannot hold it back, so it is kept for later."""

from pathlib import Path

from cohorts.messages import quote_person
from cohorts.protocols.engine import RunIdentity
from cohorts.protocols.load import latest
from cohorts.protocols.run import RoleChanged
from cohorts.usecases.carry_out import begin_run, move_run
from storage.transaction import SqlTransaction
from tests.adapters.slack.test_slack_rooms import Place, open_place
from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.world import Message

WORDS = "May I explain *what* I meant by that?"


async def silent_round(place: Place) -> Message:
    """Ann's round, in which she is silent now; its header in the room."""

    def begin(tx: SqlTransaction) -> None:
        cohort, protocol = tx.cohorts.get("sotol"), latest("tune-a-draft")
        ident = RunIdentity(id="run-1", cohort_id="sotol", parent_id="", parent_step="")
        run = begin_run(tx, cohort, protocol, ident, place.clock.now(), presenter="ann")
        silent = next(step for step in protocol.steps if "presenter" in step.silent)
        steps = tuple(
            state.model_copy(update={"status": "open" if state.id == silent.id else "closed"})
            if [one.id for one in protocol.steps].index(state.id) <= [one.id for one in protocol.steps].index(silent.id)
            else state
            for state in tx.runs.get(run.id).steps
        )
        held = tx.runs.get(run.id)
        tx.runs.save(held.model_copy(update={"steps": steps}), None)

    await place.town.house.database.transact(begin)
    await place.delivered()
    (room,) = place.rooms
    return next(one for one in place.town.place.messages(room.id) if not one.thread_ts)


async def test_what_came_too_early_is_kept_and_sent_when_it_is_time(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_place(slack, tmp_path) as place:
        (room,), header = place.rooms, await silent_round(place)
        slack.courier.repeat_next = 1
        await place.ann.posts(room.id, WORDS, header.ts)
        await place.delivered()
        await slack.until(lambda: "kept in our own conversation" in str(place.ann.reads(room.id, header.ts)))
        assert "kept in our own" not in str(place.ben.reads(room.id, header.ts))
        assert place.told(place.ann).count("Your words are kept here") == 1
        await place.presses(place.ann, "held.send")
        await slack.until(lambda: "It is not time yet" in place.told(place.ann))
        assert not [one for one in place.said(room) if "kept this until now" in one]

        def speak(tx: SqlTransaction) -> None:
            move_run(tx, tx.runs.get("run-1"), RoleChanged(role="presenter", members=()), place.clock.now())

        await place.town.house.database.transact(speak)
        await place.presses(place.ann, "held.send")
        await place.delivered()
        (sent,) = [one for one in place.town.place.messages(room.id) if "kept this until now" in one.text]
        assert sent.thread_ts == header.ts
        assert "May I explain *what* I meant by that?" in str(sent.blocks)
        assert "Ann Lee" in str(sent.blocks)


async def test_nobody_sends_what_was_kept_for_another(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_place(slack, tmp_path) as place:
        (room,), header = place.rooms, await silent_round(place)
        await place.ann.posts(room.id, WORDS, header.ts)
        await place.delivered()
        (kept,) = [one for one in place.ann.reads(place.ann.direct) if "kept here" in one.text]
        forged = Message(kept.ts, place.ben.direct, kept.user, kept.text, kept.blocks, bot_id=kept.bot_id)
        await place.ben.clicks(
            forged, next(e["action_id"] for b in kept.blocks for e in b.get("elements", ()) if "action_id" in e)
        )
        await place.delivered()
        assert not [one for one in place.said(room) if "kept this" in one]
        assert quote_person(WORDS)[2:9] not in place.told(place.ben)
