"""People in a Slack workspace and the real house behind it, over signed HTTP and over a socket."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import aiohttp
import httpx2
import pytest
from starlette.applications import Starlette

from bot.app import House, open_house
from bot.chat.slack.hearing.answers import Answers
from bot.chat.slack.hearing.http import EVENTS, http_routes
from bot.chat.slack.hearing.socket import Socket
from bot.chat.slack.listen import Listener
from bot.chat.slack.render_form import modal
from bot.chat.words.pieces import Voice
from bot.demo.network import demo_catalogue
from bot.desk import HouseDesk
from bot.settings import Settings
from bot.slack import listening
from cohorts.events import AccountRef, Done, Download, Event, Held, Notice, Place, Posted, Profile, Response, Whisper
from cohorts.messages import Button, Buttons, Message
from cohorts.people.model import Account, Educator, Lea
from storage.queues import workspaces
from storage.transaction import SqlTransaction
from tests.adapters.slack.conftest import chat_on
from tests.fakes.slack.faults import Fault, Refused, Reset, ServerError
from tests.fakes.slack.people import Person
from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.workspace import Workspace
from tests.fakes.small_core import JOIN, START

Answered = tuple[int, Mapping[str, str], bytes]
WAYS = ("http", "socket")


async def post_to(
    app: Starlette, url: str, headers: Mapping[str, str], body: bytes
) -> tuple[int, dict[str, str], bytes]:
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://house") as client:
        answer = await client.post(url, headers=dict(headers), content=body)
        return answer.status_code, dict(answer.headers), answer.content


def listen_over_http(slack: FakeSlack, app: Starlette) -> None:
    slack.courier.connect_http(EVENTS, post=lambda url, headers, body: post_to(app, url, headers, body))


@dataclass
class Town:
    slack: FakeSlack
    house: House
    ann: Person

    @property
    def place(self) -> Workspace:
        return self.slack.workspace("T1")

    async def delivered(self) -> None:
        await self.house.dispatcher.deliver_due()

    def reads(self) -> list[str]:
        return [one.text for one in self.ann.reads(self.ann.direct)]


@asynccontextmanager
async def open_town(
    slack: FakeSlack, folder: Path, way: str, language: str = "en", now: Callable[[], datetime] = lambda: START
) -> AsyncIterator[Town]:
    place = slack.workspace("T1")
    ann = place.user("Ann")
    settings = Settings(
        data=folder,
        slack_bot_token=place.token,
        slack_app_token=slack.app_token if way == "socket" else "",
        slack_signing_secret=slack.signing_secret,
        slack_api_base=slack.base_url,
        public_url="https://chat.example.org",
        _env_file=None,
    )  # type: ignore[call-arg]

    def lay(tx: SqlTransaction) -> None:
        tx.people.save_lea(Lea(id="4800001", name="Presidio", state="TX", zone="America/Chicago"))
        person = Educator(id="ann", given_name="Ann", family_name="Lee", email="ann@x.org", lea_id="4800001")
        tx.people.save_educator(person.model_copy(update={"language": language}))
        tx.people.link_account(Account(platform="slack", workspace="T1", user=ann.id, educator_id="ann"))
        for one in demo_catalogue():
            tx.catalogue.save(one)

    async with open_house(settings, now, "OFF") as house:
        await house.database.transact(lay)
        async with listening(house, settings, HouseDesk(house, "s" * 32).write_link) as routes:
            if routes:
                listen_over_http(slack, Starlette(routes=list(routes)))
            else:
                await slack.until(lambda: len(slack.courier.sockets) > 0)
            yield Town(slack, house, ann)


def action_of(blocks: list[dict[str, object]], action: str) -> str:
    """The id of the button that does this."""
    for block in blocks:
        for element in block.get("elements", []):  # type: ignore[attr-defined]
            if str(element.get("action_id", "")).endswith(f":{action}"):
                return str(element["action_id"])
    raise AssertionError(f"no button does {action}")


@pytest.mark.parametrize("way", WAYS)
async def test_somebody_comes_joins_and_is_answered(slack: FakeSlack, tmp_path: Path, way: str) -> None:
    async with open_town(slack, tmp_path, way) as town:
        ann = town.ann
        await ann.opens_home()
        await town.delivered()
        await slack.until(lambda: ann.home is not None)
        (welcome,) = ann.reads(ann.direct)
        assert "Ann" in welcome.text

        await ann.clicks(welcome, action_of(welcome.blocks, "join.open"))
        await slack.until(lambda: ann.modal is not None)
        form = ann.modal
        assert form is not None
        assert form.body["title"]["text"]

        fields = [block["element"]["action_id"] for block in form.body["blocks"] if block["type"] == "input"]
        texts = {one.rpartition(":")[2]: one for one in fields}
        answers = {
            texts["microcredential"]: "formative-assessment",
            texts["grade_band"]: "6-8",
            texts["share"]: "yes",
            texts["subject"]: "Science",
            texts["problem"]: "Few students answer when I ask an open question.",
        }
        await ann.submits(answers)
        interests = await town.house.database.read(lambda tx: tx.interests.of("ann"))
        assert [one.status for one in interests] == ["waiting"]


@pytest.mark.parametrize("way", WAYS)
async def test_home_is_drawn_anew_at_every_look_and_greets_once(slack: FakeSlack, tmp_path: Path, way: str) -> None:
    async with open_town(slack, tmp_path, way, "es") as town:
        for look in range(3):
            await town.ann.opens_home()
            await slack.until(lambda look=look: len(slack.called("views.publish")) == look + 1)
        await town.delivered()
        assert len(town.reads()) == 1
        home = town.ann.home
        assert home is not None
        assert "Ann" in str(home.body["blocks"])


@pytest.mark.parametrize("way", WAYS)
async def test_a_command_and_a_word_to_us_open_home_for_them_alone(slack: FakeSlack, tmp_path: Path, way: str) -> None:
    async with open_town(slack, tmp_path, way) as town:
        ann = town.ann
        ben = town.place.user("Ben")
        room = town.place.channel("sotol", ann, ben, private=True, bot=True)
        await ann.slash("/cohort", room)
        await slack.until(lambda: len(ann.reads(room)) == 1)
        assert ben.reads(room) == []
        await ann.posts(ann.direct, "hello?")
        await slack.until(lambda: len(ann.reads(ann.direct)) == 2)
        await ann.posts(room, "hello all")
        await ben.posts(room, "hello Ann")
        await slack.quiet()
        assert [one.only_for for one in ann.reads(room)] == [ann.id, "", ""]


async def test_a_stranger_is_told_so_at_home_and_by_the_command(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_town(slack, tmp_path, "http") as town:
        cal = town.place.user("Cal")
        await cal.opens_home()
        await slack.until(lambda: cal.home is not None)
        await cal.slash("/cohort")
        await slack.until(lambda: len(cal.reads(cal.direct)) >= 1)


@pytest.mark.parametrize("way", WAYS)
async def test_a_workspace_that_takes_us_out_is_marked(slack: FakeSlack, tmp_path: Path, way: str) -> None:
    async with open_town(slack, tmp_path, way) as town:
        await town.place.uninstalls()
        lost = await town.house.database.with_connection(workspaces.lost)
        assert [(one.platform, one.workspace) for one in lost] == [("slack", "T1")]


async def test_what_slack_tells_of_itself_is_kept_once(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_town(slack, tmp_path, "http") as town:
        ann = town.ann
        room = town.place.channel("sotol", bot=True)
        slack.courier.repeat_next = 1
        await ann.joins(room)
        await town.place.changes(ann, zone="America/Denver")
        await town.place.changes(town.place.user("Nobody"), zone="Asia/Tokyo")
        await town.place.archives(room, ann)

        def look(tx: SqlTransaction) -> list[str]:
            subjects = (f"slack/T1/{room}", f"slack/T1/{ann.id}")
            return [one.kind for subject in subjects for one in tx.history.about(subject)]

        kinds = await town.house.database.read(look)
        assert kinds == ["chat.joined", "chat.room_changed", "chat.account_changed"]


@dataclass
class Frail:
    """A desk whose database is away for the first `fails` times."""

    fails: int = 0
    response: Response = field(default_factory=Done)
    heard: list[Event] = field(default_factory=list)
    noted: list[Notice] = field(default_factory=list)

    async def handle(self, event: Event) -> Response:
        if self.fails:
            self.fails -= 1
            raise OSError("disk full")
        self.heard.append(event)
        return self.response

    async def organisation(self, workspace: str) -> str:
        return ""

    async def recognise(self, account: AccountRef, profile: Profile, place: Place) -> Response:
        return self.response

    async def note(self, notice: Notice) -> None:
        if self.fails:
            self.fails -= 1
            raise OSError("disk full")
        self.noted.append(notice)

    async def voice(self, account: AccountRef) -> Voice:
        return Voice(site="https://chat.example.org")

    async def home(self, account: AccountRef) -> Message:
        return Message(text=f"Home of {account.user}")


@asynccontextmanager
async def hearing(slack: FakeSlack, desk: Frail, way: str = "http") -> AsyncIterator[Socket | None]:
    async with aiohttp.ClientSession() as session:
        chat = chat_on(slack, session)
        listener = Listener(desk, Answers(chat.calls, desk, session))
        if way == "http":
            listen_over_http(slack, Starlette(routes=list(http_routes(listener.hear, slack.signing_secret))))
            yield None
        else:
            socket = Socket(listener.hear, slack.app_token, slack.base_url, look_every=0.05, ping=0.1)
            await socket.start()
            await slack.until(lambda: len(slack.courier.sockets) > 0)
            yield socket
            await socket.stop()
        await listener.stop()


@pytest.mark.parametrize("way", WAYS)
async def test_nothing_is_acknowledged_before_it_is_kept(slack: FakeSlack, way: str) -> None:
    slack.courier.ack_seconds = 0.5
    desk = Frail(fails=2)
    town = slack.workspace("T1")
    ann = town.user("Ann")
    async with hearing(slack, desk, way):
        await ann.posts(ann.direct, "important")
        assert desk.heard == []
        assert [one.acked for one in slack.courier.deliveries] == [False]
        await slack.advance(60)
        assert [one.text for one in desk.heard if isinstance(one, Posted)] == ["important"]
        assert [one.acked for one in slack.courier.deliveries] == [True]


async def test_a_request_that_slack_did_not_sign_is_refused(slack: FakeSlack) -> None:
    desk = Frail()
    async with hearing(slack, desk):
        listener = Listener(desk, None)  # type: ignore[arg-type]
        listen_over_http(slack, Starlette(routes=list(http_routes(listener.hear, "another secret"))))
        ann = slack.workspace("T1").user("Ann")
        await ann.posts(ann.direct, "forged")
        assert desk.heard == []
        assert not slack.courier.deliveries[0].acked
    assert await slack.courier.verify_url() is False


async def no_link(user: str) -> str:
    raise AssertionError(f"a link for {user}")


async def test_without_a_secret_nobody_is_listened_to(slack: FakeSlack, tmp_path: Path) -> None:
    """Anybody could sign with an empty one."""
    settings = Settings(data=tmp_path, slack_bot_token=slack.workspace("T1").token, _env_file=None)  # type: ignore[call-arg]
    async with (
        open_house(settings, lambda: START, "OFF") as house,
        listening(house, settings, no_link) as routes,
    ):
        assert list(routes) == []


async def test_slacks_check_of_our_address_is_answered(slack: FakeSlack) -> None:
    async with hearing(slack, Frail()):
        assert await slack.courier.verify_url()


async def test_a_form_with_too_few_words_stays_open_and_says_why(slack: FakeSlack) -> None:
    desk = Frail()
    ann = slack.workspace("T1").user("Ann")
    async with hearing(slack, desk):
        trigger = slack.new_trigger("T1", ann.id)
        async with aiohttp.ClientSession() as session:
            await chat_on(slack, session).calls.call(
                "T1", "views.open", {"trigger_id": trigger, "view": modal(JOIN, Voice())}
            )
        answers = {"words:0:0:subject": "Science", "choice:band": "middle", "words:3:40:practice": "oh so, so"}
        await ann.submits(answers | {"words:3:40:practice": "toolongtobe one"})
        assert ann.modal is not None
        assert ann.modal.errors == {"f.practice": "2 words are too few here; 3 at least."}
        assert desk.heard == []
        await ann.submits(answers)
        assert ann.modal is None
        assert len(desk.heard) == 1


async def test_a_file_is_given_in_their_own_conversation(slack: FakeSlack) -> None:
    desk = Frail(response=Download(name="packet.zip", content=b"zip" * 100))
    town = slack.workspace("T1")
    ann = town.user("Ann")
    async with hearing(slack, desk):
        await ann.slash("/cohort")
        await slack.until(lambda: [one for one in ann.reads(ann.direct) if one.files])
    assert list(town.team.uploads.values()) == [b"zip" * 100]


FILE_FAULTS = [
    (Reset("before"), "files.getUploadURLExternal"),
    (ServerError("before"), "upload"),
    (Reset("before"), "upload"),
    (Refused("file_not_found"), "files.completeUploadExternal"),
]


@pytest.mark.parametrize(("fault", "where"), FILE_FAULTS, ids=str)
async def test_a_file_that_does_not_come_is_told_and_comes_when_asked_again(
    slack: FakeSlack, fault: Fault, where: str
) -> None:
    desk = Frail(response=Download(name="packet.zip", content=b"zip" * 100))
    ann = slack.workspace("T1").user("Ann")
    slack.faults.add(fault, where)
    async with hearing(slack, desk):
        await ann.slash("/cohort")
        await slack.until(lambda: "could not be handed over" in str([one.text for one in ann.reads(ann.direct)]))
        await ann.slash("/cohort")
        await slack.until(lambda: [one for one in ann.reads(ann.direct) if one.files])
        assert [one.text for one in ann.reads(ann.direct) if one.files] == ["*packet.zip* is here. Only you see it."]


async def test_words_that_are_to_be_held_are_answered_to_their_author_alone(slack: FakeSlack) -> None:
    desk = Frail(response=Held(message=Message(text="Wait until step 6")))
    town = slack.workspace("T1")
    ann, ben = town.user("Ann"), town.user("Ben")
    room = town.channel("sotol", ann, ben, private=True, bot=True)
    async with hearing(slack, desk):
        root = await ben.posts(room, "root")
        await ann.posts(room, "too early", root.ts)
        await slack.until(lambda: len(ann.reads(room, root.ts)) == 3)
        assert ann.reads(room, root.ts)[-1].only_for == ann.id


async def test_an_answer_slack_does_not_take_stops_nothing(slack: FakeSlack) -> None:
    long = Message(text="x", blocks=(Buttons(items=(Button(label="x", action="a" * 300),)),))
    desk = Frail(response=Whisper(message=long))
    ann = slack.workspace("T1").user("Ann")
    async with hearing(slack, desk):
        await ann.slash("/cohort")
        desk.response = Whisper(message=Message(text="fine"))
        await ann.slash("/cohort")
        await slack.until(lambda: [one.text for one in ann.reads(ann.direct)] == ["fine"])


@pytest.mark.parametrize("end", ["refresh_requested", "warning", "cut"])
async def test_a_lost_connection_comes_back_and_nothing_said_meanwhile_is_lost(slack: FakeSlack, end: str) -> None:
    slack.courier.ack_seconds = 0.5
    desk = Frail()
    ann = slack.workspace("T1").user("Ann")
    async with hearing(slack, desk, "socket"):
        await ann.posts(ann.direct, "before")
        await (slack.courier.sockets.cut() if end == "cut" else slack.courier.sockets.disconnect(end))
        await ann.posts(ann.direct, "meanwhile")
        await slack.until(lambda: len(slack.courier.sockets) > 0)
        await slack.advance(400)
        assert {one.text for one in desk.heard if isinstance(one, Posted)} == {"before", "meanwhile"}


async def test_a_line_that_only_looks_alive_is_made_anew(slack: FakeSlack) -> None:
    desk = Frail()
    async with hearing(slack, desk, "socket"):
        opened = len(slack.called("apps.connections.open"))
        slack.courier.sockets.silent = True
        await slack.until(lambda: len(slack.called("apps.connections.open")) > opened)


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"", 400),
        ("application/json", b"{", 400),
        ("application/json", b"[" * 100_000, 400),
        ("application/json", b"\xff\xfe", 401),
        ("application/json", b"[]", 200),
        ("application/json", b'"words"', 200),
        ("application/x-www-form-urlencoded", b"payload=%7B", 400),
        ("application/x-www-form-urlencoded; charset=utf-8", b"payload=%7B%7D", 200),
        ("application/x-www-form-urlencoded", b"ssl_check=1&token=x", 200),
        ("application/x-www-form-urlencoded", b"a=1&" * 1000, 400),
        ("", b"a=1", 400),
    ],
)
async def test_a_signed_body_that_makes_no_sense_does_nothing(
    slack: FakeSlack, content_type: str, body: bytes, status: int
) -> None:
    desk = Frail()
    app = Starlette(routes=list(http_routes(Listener(desk, None).hear, slack.signing_secret)))  # type: ignore[arg-type]
    headers = slack.courier.sign(body) | {"Content-Type": content_type}
    answered, _, _ = await post_to(app, EVENTS, headers, body)
    assert answered == status
    assert desk.heard == []
    assert desk.noted == []


@pytest.mark.parametrize(
    "changed",
    [
        {"X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Request-Timestamp": ""},
        {"X-Slack-Signature": ""},
        {"X-Slack-Signature": "v0=0"},
        {"X-Slack-Request-Timestamp": "1767225600"},
    ],
)
async def test_a_signature_that_is_none_is_refused(slack: FakeSlack, changed: dict[str, str]) -> None:
    desk, body = Frail(), b'{"type":"url_verification","challenge":"x"}'
    app = Starlette(routes=list(http_routes(Listener(desk, None).hear, slack.signing_secret)))  # type: ignore[arg-type]
    headers = slack.courier.sign(body) | {"Content-Type": "application/json"}
    assert (await post_to(app, EVENTS, headers, body))[0] == 200
    assert (await post_to(app, EVENTS, headers | changed, body))[0] == 401
