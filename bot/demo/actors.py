"""The made-up people act: they read what was delivered to them and press, write and send through a chat's door."""

from collections.abc import Mapping

from cohorts.catalogue.model import Prompt
from cohorts.events import Arrived, Download, FieldErrors, OpenForm, Place, Pressed, Sent, Whisper
from cohorts.evidence.gaps import Gap, find_gaps
from cohorts.messages import Button, Buttons, Form, Message
from cohorts.ports import Transaction
from cohorts.protocols.load import protocol_of
from cohorts.protocols.queries import accepts
from cohorts.usecases.unfinished import map_of

from .answers import fill, write
from .door import Door
from .people import DemoPerson
from .plans import Plan

AT_ONE_SITTING = 3


class DemoError(Exception):
    """A made-up person met something that a real one should not meet either."""


class Actors:
    """Does plans. What is done under a key is done once, whatever happens in between."""

    def __init__(self, door: Door, people: Mapping[str, DemoPerson], seed: int) -> None:
        self._door, self._people, self._seed = door, people, seed
        self.packets: dict[str, bytes] = {}

    async def do(self, plan: Plan) -> None:
        person = self._people[plan.user]
        match plan.deed:
            case "arrive":
                await self._door.handle(
                    Arrived(key=plan.key, account=self._door.account(plan.user), place=self._place(plan))
                )
            case "press":
                await self._press(person, plan, plan.action, plan.value, plan.key)
            case "work":
                await self._work(person, plan)
            case "finish":
                await self._finish(person, plan)
            case "propose":
                await self._press(person, plan, "form.propose", "", plan.key)
            case "approve":
                await self._approve(person, plan)

    async def _press(self, person: DemoPerson, plan: Plan, action: str, value: str, key: str) -> None:
        if action == "step.answer.open" and not await self._door.look(_asks, plan.user, value):
            return  # it says whom it asks
        pressed = Pressed(
            key=key, account=self._door.account(plan.user), place=self._place(plan), action=action, value=value
        )
        response = await self._door.handle(pressed)
        if isinstance(response, OpenForm):
            await self._send(
                person, plan, response.form, f"{plan.deed_id if plan.deed_id and key == plan.key else key}/send"
            )
        elif isinstance(response, Whisper) and (door := _door(response.message)) and not key.endswith("/again"):
            # There is nothing to share yet: write a first draft, then come back.
            await self._press(person, plan, door.action, door.value, f"{key}/draft")
            await self._press(person, plan, action, value, f"{key}/again")

    async def _send(self, person: DemoPerson, plan: Plan, form: Form, key: str) -> None:
        about = key if form.action == "evidence.link.send" else form.value or form.action
        values = dict(fill(form, person, self._seed, about))
        if form.action == "evidence.write.send":
            values["text"] = await self._draft(person, form.value)
        sent = Sent(
            key=key,
            account=self._door.account(plan.user),
            place=self._place(plan),
            action=form.action,
            value=form.value,
            values=values,
        )
        response = await self._door.handle(sent)
        if isinstance(response, OpenForm):
            await self._send(person, plan, response.form, f"{key}/then")
        if isinstance(response, FieldErrors):
            raise DemoError(f"{form.action} {form.value}: {dict(response.problems)} for {values}")

    async def _work(self, person: DemoPerson, plan: Plan) -> None:
        """Once a week: look at the evidence map and do the next things on it."""
        if person.habit == "silent" and int(plan.value) % 2:
            return
        for number in range(AT_ONE_SITTING):
            gap = await self._door.look(_next_gap, plan.user, person.microcredential_id)
            if gap is None:
                return
            value = f"{person.microcredential_id}/{gap.part_id}/{gap.prompt_id or gap.request_id}"
            await self._press(person, plan, "evidence.open", value, f"{plan.key}/{number}")

    async def _finish(self, person: DemoPerson, plan: Plan) -> None:
        """The last check, the packet, and word that it was sent off; whoever is not ready leaves it for later."""
        if not await self._door.look(_is_member, plan.user):
            return
        it = person.microcredential_id
        await self._press(person, plan, "evidence.ready.open", it, f"{plan.key}/ready")
        key = f"{plan.key}/packet"
        asked = Pressed(
            key=key, account=self._door.account(plan.user), place=self._place(plan), action="evidence.packet", value=it
        )
        response = await self._door.handle(asked)
        if isinstance(response, Download):
            self.packets[plan.user] = response.content
        if await self._door.look(_next_gap, plan.user, it) is None:
            await self._press(person, plan, "evidence.result.open", it, f"{plan.key}/result")

    async def _approve(self, person: DemoPerson, plan: Plan) -> None:
        newest = await self._door.look(_open_proposal)
        if newest:
            await self._press(person, plan, "form.approve", newest, plan.key)

    def _place(self, plan: Plan) -> Place:
        return Place(conversation=plan.room or self._door.direct(plan.user), thread=plan.thread, message=plan.message)

    async def _draft(self, person: DemoPerson, value: str) -> str:
        """An answer of the length that the prompt asks for."""
        it, part_id, prompt_id = value.split("/")
        prompt = await self._door.look(_prompt, it, part_id, prompt_id)
        wanted = prompt.min_words or (prompt.max_words * 2 // 3 if prompt.max_words else 120)
        text = write(person, self._seed, f"{value}", wanted + 5)
        return " ".join(text.split()[: prompt.max_words or None])


def _door(message: Message) -> Button | None:
    """The way to a first draft, where a message offers one."""
    buttons = (button for block in message.blocks if isinstance(block, Buttons) for button in block.items)
    return next((button for button in buttons if button.action == "evidence.choose.open"), None)


def _asks(tx: Transaction, user: str, value: str) -> bool:
    """The step waits for an answer of this person, in time or late."""
    run_id, _, step_id = value.partition("/")
    run = tx.runs.get(run_id)
    return accepts(protocol_of(run), run, step_id, user)


def _next_gap(tx: Transaction, user: str, microcredential_id: str) -> Gap | None:
    gaps = find_gaps(map_of(tx, user, microcredential_id))
    return next((gap for gap in gaps if gap.prompt_id or gap.request_id), None)


def _is_member(tx: Transaction, user: str) -> bool:
    return any(user in cohort.active_members for cohort in tx.cohorts.of(user))


def _open_proposal(tx: Transaction) -> str:
    newest = tx.proposals.newest("open")
    return newest[0] if newest else ""


def _prompt(tx: Transaction, microcredential_id: str, part_id: str, prompt_id: str) -> Prompt:
    parts = {part.id: part for part in tx.catalogue.get(microcredential_id).parts}
    return {prompt.id: prompt for prompt in parts[part_id].prompts}[prompt_id]
