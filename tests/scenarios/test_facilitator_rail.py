"""What a facilitator can do from Home in any chat: look into a cohort, decide, write, hold the cycle."""

from pathlib import Path

from cohorts.events import OpenForm, Whisper
from cohorts.messages import Button, Buttons, Message
from tests.scenarios.town import SIX, open_town, whispered


def buttons(message: Message) -> dict[str, Button]:
    """Action → the first button that does it."""
    found: dict[str, Button] = {}
    for block in message.blocks:
        for one in block.items if isinstance(block, Buttons) else ():
            found.setdefault(one.action, one)
    return found


async def test_home_leads_into_each_cohort_and_the_rail_steers_it(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        (cohort,) = await town.form(*SIX)
        await town.pass_days(1)
        home = await town.press("fay", "home.open")
        assert isinstance(home, Whisper)
        door = buttons(home.message)["lead.look.open"]
        assert (door.value, cohort.name[:10] in door.label) == (cohort.id, True)
        await town.pass_days(9)  # nobody has answered anything
        seen = await town.press("fay", "lead.look.open", cohort.id)
        assert isinstance(seen, Whisper)
        doors = buttons(seen.message)
        assert {"member.message", "lead.message.open", "step.guide.open", "lead.pause"} <= doors.keys()
        assert "awaited since" in seen.message.text
        assert "What comes next" in seen.message.text
        form = await town.press("fay", "member.message", doors["member.message"].value)
        assert isinstance(form, OpenForm)
        await town.press("fay", "lead.pause", doors["lead.pause"].value)
        again = await town.press("fay", "lead.look.open", cohort.id)
        assert isinstance(again, Whisper)
        assert "lead.resume" in buttons(again.message)


async def test_only_who_leads_a_cohort_looks_into_it(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        (cohort,) = await town.form(*SIX)
        await town.pass_days(1)
        assert "Only this cohort's facilitator" in whispered(await town.press("ann", "lead.look.open", cohort.id))
        home = await town.press("ann", "home.open")
        assert isinstance(home, Whisper)
        assert "lead.look.open" not in buttons(home.message)


async def test_whoever_learns_and_leads_has_both_at_home(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        (cohort,) = await town.form(*SIX)
        await town.join("fay")
        home = await town.press("fay", "home.open")
        assert isinstance(home, Whisper)
        doors = buttons(home.message)
        assert doors["lead.look.open"].value == cohort.id
        assert "join.leave" in doors


async def test_a_facilitator_forms_cohorts_without_leaving_the_chat(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.join(*SIX)
        home = await town.press("fay", "home.open")
        assert isinstance(home, Whisper)
        assert "form.look.open" in buttons(home.message)
        assert "6 people wait" in whispered(await town.press("fay", "form.look.open"))
        await town.press("fay", "form.propose")
        look = await town.press("fay", "form.look.open")
        assert isinstance(look, Whisper)
        assert all(f"{name.title()} Lee" in look.message.text for name in SIX)
        proposal = buttons(look.message)["form.approve.open"].value
        move = await town.press("fay", "form.move.open", proposal)
        assert isinstance(move, OpenForm)
        await town.send("fay", move.form.action, move.form.value, person="ann", target="waiting")
        look = await town.press("fay", "form.look.open")
        assert isinstance(look, Whisper)
        assert "Ann Lee" not in look.message.text
        await town.press("fay", "form.undo", buttons(look.message)["form.undo"].value)
        sure = await town.press("fay", "form.approve.open", proposal)
        assert isinstance(sure, OpenForm)
        await town.send("fay", sure.form.action, sure.form.value)
        (cohort,) = await town.ask(lambda tx: tx.cohorts.active())
        assert sorted(cohort.active_members) == sorted(SIX)


async def test_only_who_may_form_cohorts_sees_who_waits(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.join(*SIX)
        await town.press("fay", "form.propose")
        for action in ("form.look.open", "form.move.open", "form.approve.open"):
            assert "Lee" not in whispered(await town.press("ann", action, await town.open_proposal()))
        refused = await town.send("ann", "form.move.send", await town.open_proposal(), person="ben", target="waiting")
        assert "Moved" not in whispered(refused)
