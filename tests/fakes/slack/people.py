"""People who read, write and press in the fake Slack.

What Slack's own client would not let a person do raises NotPossibleError: a button that is not there, a required field
left empty, an app for somebody from outside.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.fakes.slack.checker import check_reply, check_view
from tests.fakes.slack.contracts import Json, misfits
from tests.fakes.slack.gestures import NotPossibleError, choice, find_element, state_of
from tests.fakes.slack.methods import rooms
from tests.fakes.slack.methods.chat import answer, post, say, take_back, tell_changed
from tests.fakes.slack.methods.views import app_home, bring, change, new_view
from tests.fakes.slack.sockets import Ack
from tests.fakes.slack.world import APP_ID, Channel, Member, Message, Team, View

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack

SHAPES = {
    "block_actions": "BlockActionPayload",
    "view_submission": "ViewSubmissionPayload",
    "view_closed": "ViewClosedPayload",
    "message_action": "MessageShortcutPayload",
}


@dataclass(frozen=True)
class Person:
    """Somebody in a workspace. A gesture returns how the app answered it."""

    fake: "FakeSlack"
    team: Team
    member: Member

    @property
    def id(self) -> str:
        return self.member.id

    @property
    def direct(self) -> str:
        """The conversation with the app."""
        members = [self.team.bot_user, self.id]
        found = self.team.channel_of(members, "im")
        if found is None:
            found = Channel(self.fake.numbers.next("D"), "im", members=members, creator=self.id)
            found.created = int(self.fake.clock.now())
            self.team.channels[found.id] = found
        return found.id

    @property
    def home(self) -> View | None:
        return self.team.homes.get(self.id)

    @property
    def modal(self) -> View | None:
        """The topmost open modal."""
        return self.member.modals[-1] if self.member.modals else None

    def reads(self, channel: str, thread: str = "") -> list[Message]:
        """What this person sees there, oldest first, ephemeral messages too; of a thread with `thread`."""
        room = self._room(channel)
        seen = [one for one in room.messages.values() if one.only_for in {"", self.id}]
        return [one for one in seen if thread in {one.thread_ts, one.ts}] if thread else seen

    async def posts(self, channel: str, text: str, thread: str = "") -> Message:
        room = self._room(channel)
        if room.archived:
            raise NotPossibleError("the channel is archived")
        message = Message(self.fake.clock.stamp(), channel, self.id, text, thread_ts=thread)
        section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
        message.blocks = self.fake.numbers.fill([{"type": "rich_text", "elements": [section]}])
        post(self.fake, self.team, room, message)
        await self._told()
        return message

    async def edits(self, message: Message, text: str) -> None:
        self._own(message)
        before = message.as_json(self.team.id)
        message.text, message.edited = text, self.fake.clock.stamp()
        tell_changed(self.fake, self.team, self._room(message.channel), message, before)
        await self._told()

    async def deletes(self, message: Message) -> None:
        self._own(message)
        take_back(self.fake, self.team, self._room(message.channel), message)
        await self._told()

    async def joins(self, channel: str) -> None:
        rooms.join(self.fake, self.team, self.team.channels[channel], self.id)
        await self._told()

    async def leaves(self, channel: str) -> None:
        rooms.part(self.fake, self.team, self._room(channel), self.id)
        await self._told()

    async def opens_home(self, tab: str = "home") -> None:
        self._may_use_apps()
        event: Json = {"type": "app_home_opened", "user": self.id, "channel": self.direct, "tab": tab}
        view = app_home(self.team, self.id) if tab == "home" else None
        self.fake.emit(self.team, event | ({"view": view} if view else {}))
        await self._told()

    async def opens_assistant(self, context: Json | None = None) -> Message:
        """Starts a thread in the assistant view; its first message. GUESS: the shape, none was recorded."""
        self._may_use_apps()
        first = say(
            self.fake,
            self.team,
            self._room(self.direct),
            "New Assistant Thread",
            self.id,
            subtype="assistant_app_thread",
        )
        thread = {"user_id": self.id, "context": context or {}, "channel_id": self.direct, "thread_ts": first.ts}
        self.fake.emit(self.team, {"type": "assistant_thread_started", "assistant_thread": thread})
        await self._told()
        return first

    async def clicks(self, where: Message | View, action_id: str, chosen: Any = None, **typed: Any) -> Ack:
        """Presses a button or picks from a menu. `chosen` is an option's value, a date, a user …; `typed` are other
        fields on the page as action_id → value."""
        self._may_use_apps()
        blocks = where.blocks if isinstance(where, Message) else where.body["blocks"]
        block, element = find_element(blocks, action_id)
        action = {"action_id": action_id, "block_id": block["block_id"], "type": element["type"]}
        action |= choice(element, chosen) | {"action_ts": self.fake.clock.stamp()}
        payload: Json = {"type": "block_actions", "actions": [action], "state": {"values": state_of(blocks, typed)}}
        if isinstance(where, View):
            payload |= {"container": {"type": "view", "view_id": where.id}, "view": where.as_json(self.team.bot_id)}
            payload["view"]["state"] = payload["state"]
            return await self._gesture(payload, view=where.id)
        kept = {"is_ephemeral": bool(where.only_for), "channel_id": where.channel, "message_ts": where.ts}
        payload["container"] = {"type": "message"} | kept
        if where.thread_ts:
            payload["container"]["thread_ts"] = where.thread_ts
        if not where.only_for:  # the message is not sent along when it is ephemeral
            payload["message"] = where.as_json(self.team.id)
        return await self._gesture(payload | self._from(where.channel, where.ts))

    async def submits(self, values: Mapping[str, Any], view: View | None = None) -> Ack:
        """Fills the open modal, by action_id, and presses its submit button; what the app answers happens to it."""
        view = view or self.modal
        if view is None or not view.body.get("submit"):
            raise NotPossibleError("there is no modal with a submit button")
        state = state_of(view.body["blocks"], values, complete=True)
        shown = view.as_json(self.team.bot_id) | {"state": {"values": state}}
        ack = await self._gesture({"type": "view_submission", "view": shown, "response_urls": []}, view=view.id)
        if ack.ok:
            self._follow(view, ack.body if isinstance(ack.body, dict) else {})
        return ack

    def chooses(self, name: str, content: bytes) -> list[Json]:
        """What to fill a file field with."""
        return [bring(self.fake, self.team, self.id, name, content)]

    async def closes(self, view: View | None = None, *, all_of_them: bool = False) -> Ack | None:
        """Closes the topmost modal; the app hears of it when it asked to."""
        view = view or self.modal
        if view is None:
            raise NotPossibleError("there is no modal")
        stack = self.member.modals
        stack[:] = [] if all_of_them else [one for one in stack if one is not view]
        if not view.body.get("notify_on_close"):
            return None
        payload = {"type": "view_closed", "view": view.as_json(self.team.bot_id), "is_cleared": all_of_them}
        return await self._gesture(payload)

    async def slash(self, command: str, channel: str = "") -> Ack:
        """Types a command, e.g. `/cohort help`, in a channel or in the conversation with the app."""
        self._may_use_apps()
        name, _, text = command.partition(" ")
        room = self._room(channel or self.direct)
        named = {"im": "directmessage", "mpim": room.name, "group": "privategroup", "channel": room.name}[room.kind]
        form = {"token": "legacy", "team_id": self.team.id, "team_domain": self.team.domain, "channel_id": room.id}
        form |= {"channel_name": named, "user_id": self.id, "user_name": self.member.handle, "command": name}
        form |= {
            "text": text,
            "api_app_id": APP_ID,
            "is_enterprise_install": str(self.fake.is_org_install(self.team)).lower(),
        }
        if self.team.enterprise:
            form |= {"enterprise_id": self.team.enterprise, "enterprise_name": self.team.enterprise}
        form["response_url"] = self.fake.new_response_url(self.team.id, room.id, self.id)
        form["trigger_id"] = self.fake.new_trigger(self.team.id, self.id)
        ack = await self.fake.courier.gesture("slash_commands", form)
        said = ack.body if isinstance(ack.body, dict) else {"text": ack.body} if ack.body else None
        if ack.ok and said:
            self.fake.violations += [f"{name}: {problem}" for problem in check_reply(said)] if self.fake.check else []
            answer(self.fake, self.team, room, self.id, said)
        return ack

    async def shortcut(self, callback_id: str, message: Message | None = None) -> Ack:
        """A global shortcut, or one on a message."""
        self._may_use_apps()
        payload: Json = {"callback_id": callback_id, "action_ts": self.fake.clock.stamp()}
        if message is None:
            return await self._gesture(payload | {"type": "shortcut"})
        payload |= {"type": "message_action", "message": message.as_json(self.team.id), "message_ts": message.ts}
        return await self._gesture(payload | self._from(message.channel, message.ts))

    def _from(self, channel: str, ts: str) -> Json:
        name = self.team.channels[channel].name or "directmessage"
        url = self.fake.new_response_url(self.team.id, channel, self.id, ts)
        return {"channel": {"id": channel, "name": name}, "response_url": url}

    async def _gesture(self, payload: Json, view: str = "") -> Ack:
        self._may_use_apps()
        user = {"id": self.id, "name": self.member.handle, "team_id": self.member.team}
        if payload["type"] != "message_action":
            user["username"] = user["name"]
        payload |= {
            "user": user,
            "api_app_id": APP_ID,
            "token": "legacy",
            "is_enterprise_install": self.fake.is_org_install(self.team),
        }
        if payload["type"] == "message_action":
            del payload["api_app_id"]
        # GUESS on where: in an org-wide install `team` can be null; here it is when a view was submitted or closed.
        blank = self._org and payload["type"].startswith("view_")
        payload["team"] = None if blank else {"id": self.team.id, "domain": self.team.domain}
        org = self.team.enterprise
        payload["enterprise"] = {"id": org, "name": org} if org else None
        if payload["type"] != "view_closed":
            payload["trigger_id"] = self.fake.new_trigger(self.team.id, self.id, view)
        self._check(payload)
        return await self.fake.courier.gesture("interactive", payload)

    def _check(self, payload: Json) -> None:
        contracts, name = self.fake.contracts, SHAPES.get(payload["type"])
        if contracts is not None and name and self.fake.check:
            shape = contracts.interaction_shape(name) | {"response_urls": []}
            found = misfits(payload, shape, payload["type"])
            self.fake.violations += [f"the fake itself: {problem}" for problem in found]

    def _follow(self, view: View, told: Json) -> None:
        """What the app answered to a submission: close, clear, errors, update or push."""
        stack, action = self.member.modals, told.get("response_action")
        if self.fake.check and "view" in told:
            self.fake.violations += [f"response_action: {problem}" for problem in check_view(told["view"])]
        if action == "errors":
            inputs = {block["block_id"] for block in view.body["blocks"] if block["type"] == "input"}
            unknown = set(told["errors"]) - inputs
            self.fake.violations += [f"response_action errors: no input block {one}" for one in sorted(unknown)]
            view.errors = told["errors"]
        elif action == "update":
            change(self.fake, view, told["view"])
        elif action == "push":
            pushed = new_view(self.fake, self.team, self.id, told["view"])
            pushed.root, pushed.previous = stack[0].id, view.id
            stack.append(pushed)
        else:
            stack[:] = [] if action == "clear" else [one for one in stack if one is not view]

    def _room(self, channel: str) -> Channel:
        room = self.team.channels[channel]
        if self.id not in room.members:
            raise NotPossibleError(f"{self.member.name} is not in {room.name or channel}")
        return room

    def _own(self, message: Message) -> None:
        if message.user != self.id:
            raise NotPossibleError("it is somebody else's message")

    @property
    def _org(self) -> bool:
        return self.fake.is_org_install(self.team)

    def _may_use_apps(self) -> None:
        # GUESS: what a post-only outsider meets when he presses; that apps are closed to him is documented.
        if self.member.outsider or self.member.deleted:
            raise NotPossibleError(f"apps are closed to {self.member.name}")

    async def _told(self) -> None:
        """Until the app has had its chance to hear of it; not when events are held."""
        if not self.fake.courier.holding:
            await self.fake.quiet()
