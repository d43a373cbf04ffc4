"""Interactions: three seconds to answer, fifteen minutes to say more, one first answer alone."""

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.discord.contracts import Json
from tests.fakes.discord.rest.call import UNKNOWN_INTERACTION, UNKNOWN_WEBHOOK, Call, invalid, route
from tests.fakes.discord.rest.messages import compose, edit, post, take_back, unknown_message
from tests.fakes.discord.world import (
    EPHEMERAL,
    INTERACTION_SECONDS,
    LOADING,
    TOKEN_SECONDS,
    ApiError,
    Channel,
    Message,
    User,
)

HOOK = "/webhooks/{webhook_id}/{webhook_token}"
MESSAGE, DEFER, DEFER_UPDATE, UPDATE, COMPLETE, MODAL = 4, 5, 6, 7, 8, 9
COMMAND, COMPONENT, AUTOCOMPLETE, SUBMIT = 2, 3, 4, 5


@dataclass
class Interaction:
    """What somebody did and what came of it. `answered` is the type of the first answer, 0 without one; `message` that
    first answer, `more` what followed, `modal` what was opened, `source` the message that was pressed, `before` what
    had opened the modal that was sent."""

    id: str
    token: str
    type: int
    at: float
    user: User
    channel: Channel
    payload: Json
    source: Message | None = None
    before: "Interaction | None" = None
    answered: int = 0
    answered_at: float = 0.0
    message: Message | None = None
    modal: Json | None = None
    more: list[Message] = field(default_factory=list)
    late: bool = False

    @property
    def shown(self) -> list[Message]:
        """What it has left to be read, an answer that still loads left out."""
        first = [self.message] if self.message is not None and not self.message.flags & LOADING else []
        return [*first, *self.more]

    @property
    def words(self) -> str:
        return "\n".join(one.words for one in self.shown)

    def metadata(self) -> Json:
        told: Json = {"id": self.id, "type": self.type, "user": self.user.as_json()}
        told["authorizing_integration_owners"] = self.payload["authorizing_integration_owners"]
        if self.type == COMPONENT and self.source is not None:
            told["interacted_message_id"] = self.source.id
        if self.type == SUBMIT and self.before is not None:
            told["triggering_interaction_metadata"] = self.before.metadata()
        return told


@route("POST /interactions/{interaction_id}/{interaction_token}/callback")
def call_back(call: Call) -> tuple[int, Any]:
    found = call.fake.interactions.get(call.path["interaction_token"])
    if found is None or found.id != call.path["interaction_id"]:
        raise _unknown()
    if call.fake.clock.now() - found.at > INTERACTION_SECONDS and not found.answered:
        found.late = True
        raise _unknown()
    if found.answered:
        raise ApiError(400, 40060, "Interaction has already been acknowledged.")
    kind = call.json["type"]
    if (kind in {DEFER_UPDATE, UPDATE} and found.source is None) or (kind == MODAL and found.type == SUBMIT):
        raise invalid("this kind of answer is not for this kind of interaction")
    _answer(call, found, kind, call.json.get("data") or {})
    found.answered, found.answered_at = kind, call.fake.clock.now()
    call.fake.notice()
    if call.query.get("with_response") in {"true", "1", "True"}:
        return 200, _response(found)
    return 204, None


def _unknown() -> ApiError:
    return ApiError(404, UNKNOWN_INTERACTION, "Unknown interaction")


def _response(found: Interaction) -> Json:
    told: Json = {"interaction": {"id": found.id, "type": found.type, "channel_id": found.channel.id}}
    if found.message is not None:
        told["interaction"] |= {
            "response_message_id": found.message.id,
            "response_message_ephemeral": bool(found.message.flags & EPHEMERAL),
            "response_message_loading": bool(found.message.flags & LOADING),
        }
        if found.answered in {MESSAGE, UPDATE}:
            told["resource"] = {"type": found.answered, "message": found.message.as_json()}
    return told


def _answer(call: Call, found: Interaction, kind: int, data: Json) -> None:
    if kind == MESSAGE:
        found.message = _say(call, found, data)
    elif kind == DEFER:
        found.message = _say(call, found, {"flags": int(data.get("flags") or 0) & EPHEMERAL}, loading=True)
    elif kind == UPDATE and found.source is not None:
        edit(call.fake, found.channel, found.source, _settable(data), call.files)
        found.message = found.source
    elif kind == DEFER_UPDATE:
        found.message = found.source
    elif kind == MODAL:
        found.modal = data
        call.fake.modals[found.user.id] = (found, data)


def _settable(data: Json) -> Json:
    """Whom a message is for does not change."""
    return data if "flags" not in data else data | {"flags": int(data["flags"] or 0) & ~EPHEMERAL}


def _say(call: Call, found: Interaction, data: Json, *, loading: bool = False) -> Message:
    message = compose(call.fake, found.channel.id, call.me, _settable(data), call.files)
    flags = int(data.get("flags") or 0)
    message.webhook, message.interaction, message.type = call.fake.application, found.metadata(), 20
    message.flags |= (LOADING if loading else 0) | (flags & EPHEMERAL)
    if flags & EPHEMERAL:
        message.only_for = found.user.id
        found.channel.messages[message.id] = message
    else:
        post(call.fake, found.channel, message)
    return message


@route(f"POST {HOOK}")
def follow_up(call: Call) -> tuple[int, Any]:
    """The first one after a deferred answer takes its place, and is for whom that was."""
    found = _open(call)
    if found.answered == DEFER and found.message is not None and found.message.flags & LOADING:
        _fill(call, found, found.message)
        return 200, found.message.as_json()
    message = _say(call, found, call.json)
    found.more.append(message)
    call.fake.notice()
    return 200, message.as_json()


def _fill(call: Call, found: Interaction, message: Message) -> None:
    message.flags &= ~LOADING
    edit(call.fake, found.channel, message, _settable(call.json), call.files)
    call.fake.notice()


@route(f"GET {HOOK}/messages/@original", f"GET {HOOK}/messages/{{message_id}}")
def get(call: Call) -> tuple[int, Any]:
    return 200, _message(call, _open(call)).as_json()


@route(f"PATCH {HOOK}/messages/@original", f"PATCH {HOOK}/messages/{{message_id}}")
def change(call: Call) -> tuple[int, Any]:
    found = _open(call)
    message = _message(call, found)
    _fill(call, found, message)
    return 200, message.as_json()


@route(f"DELETE {HOOK}/messages/@original", f"DELETE {HOOK}/messages/{{message_id}}")
def delete(call: Call) -> tuple[int, Any]:
    found = _open(call)
    message = _message(call, found)
    take_back(call.fake, found.channel, message)
    if message is found.message:
        found.message = None
    found.more = [one for one in found.more if one is not message]
    call.fake.notice()
    return 204, None


def _open(call: Call) -> Interaction:
    found = call.fake.interactions.get(call.path["webhook_token"])
    if found is None or call.path["webhook_id"] != call.fake.application or not found.answered:
        raise ApiError(404, UNKNOWN_WEBHOOK, "Unknown Webhook")
    if call.fake.clock.now() - found.at > TOKEN_SECONDS:
        raise ApiError(401, 50027, "Invalid Webhook Token")
    return found


def _message(call: Call, found: Interaction) -> Message:
    named = call.path.get("message_id", "@original")
    for message in [found.message, *found.more]:
        if message is None or message.id not in found.channel.messages:
            continue
        if message.id == named or (named == "@original" and message is found.message):
            return message
    raise unknown_message()
