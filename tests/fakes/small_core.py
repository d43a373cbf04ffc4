"""A core small enough to see through: real values, real database, real local chat, a made-up network of eight."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from bot.chat.local.adapter import LocalChat
from bot.chat.local.feed import Feed
from bot.web.desk import NextThing, Persona, Reader
from cohorts import events
from cohorts.messages import (
    Button,
    Buttons,
    CheckField,
    ChoiceField,
    Context,
    Divider,
    Facts,
    Form,
    Message,
    Option,
    Progress,
    Section,
    TextField,
    moment,
)
from storage.database import Database
from tests.fakes.files import create_tables

START = datetime(2026, 1, 12, 15, 20, tzinfo=UTC)

PEOPLE = (
    ("ana", "Ana Treviño", "facilitator", "Middle school science", "Presidio ISD", "es", "America/Chicago"),
    (
        "ben",
        "Ben Okafor",
        "teacher",
        "Grade 7 science",
        "Presidio ISD",
        "en",
        "America/Chicago",
    ),
    ("chloe", "Chloe Marchetti-Vandenberg", "teacher", "Agricultural science", "Marfa ISD", "en", "America/Chicago"),
    ("dara", "Dara Whitehorse", "teacher", "Grade 8 science", "Marfa ISD", "en", "America/Denver"),
    ("eli", "Eli Nguyen", "teacher", "Biology and one section of art", "Fort Davis ISD", "en", "America/Chicago"),
    ("fatima", "Fatima El-Amin", "teacher", "Newcomer science", "Fort Davis ISD", "en", "America/Chicago"),
    ("goran", "Goran Petrović", "operator", "Regional service center", "Region 18", "en", "America/Chicago"),
    ("hana", "Hana Kim", "teacher", "Chemistry", "Valentine ISD", "en", "America/Denver"),
)
STORIES = {
    "ana": "Leads two cohorts and teaches four classes. Wants to see who is stuck before it is too late.",
    "ben": "New to inquiry. Collects exit tickets in a shoe box and would like a better way.",
    "chloe": "Drives an hour to work; reads on her phone in the car park.",
    "dara": "Came back after a year away. Careful with words, generous with feedback.",
    "eli": "Keen, always a day late.",
}

JOIN = Form(
    title="Join a cohort",
    action="join.send",
    submit="Join",
    intro="Six short questions. **Nothing is final**: you can change every answer later.",
    note="Your facilitator sees your answers. Your cohort sees your subject and what you want to work on.",
    fields=(
        TextField(id="subject", label="What do you teach?", hint="As you would say it to a colleague."),
        TextField(
            id="practice",
            label="What in your classroom would you like to understand better?",
            hint="3 to 40 words.",
            multiline=True,
            min_words=3,
            max_words=40,
        ),
        ChoiceField(
            id="band",
            label="Grade band",
            options=(
                Option(id="elementary", label="Elementary"),
                Option(id="middle", label="Middle school", hint="Grades 6 to 8"),
                Option(id="high", label="High school"),
            ),
        ),
        ChoiceField(
            id="days",
            label="Days that work",
            many=True,
            required=False,
            options=tuple(Option(id=day[:3].lower(), label=day) for day in ("Monday", "Tuesday", "Wednesday")),
        ),
        ChoiceField(
            id="minutes",
            label="Time each week",
            options=tuple(Option(id=str(number), label=f"{number} minutes") for number in range(15, 150, 15)),
            initial=("60",),
        ),
        CheckField(id="share", label="I am glad to work with people from other districts", initial=True),
    ),
)


class SteppedClock:
    """It stands still until somebody moves it."""

    def __init__(self) -> None:
        self.at = START
        self._playing = False
        self.speed = 600.0

    @property
    def playing(self) -> bool:
        return self._playing

    async def play(self) -> None:
        self._playing = True

    async def pause(self) -> None:
        self._playing = False

    async def next(self) -> None:
        self.at += timedelta(hours=18)

    async def next_thing(self, language: str) -> NextThing | None:
        what = "Se abre el punto de la semana 1" if language == "es" else "The week 1 check-in opens"
        return NextThing(at=self.at + timedelta(hours=18), what=what)


class SmallCore:
    """A Desk. `heard` holds every event once; the words it answers with are its own."""

    def __init__(self, database: Database, *, demo: bool = True) -> None:
        self.database = database
        self.demo = demo
        self.clock: SteppedClock | None = SteppedClock() if demo else None
        self._tokens = count(1)
        self._keys: set[str] = set()
        self.heard: list[events.Event] = []
        self.links: dict[str, str] = {}
        feed = Feed()
        database.follow(feed.hear)
        self.local = LocalChat(database, self.now, feed)

    def now(self) -> datetime:
        return self.clock.at if self.clock else START

    def new_token(self) -> str:
        return f"token-{next(self._tokens)}"

    async def transact(self, work: Callable[..., Any], *args: object) -> Any:
        return await self.database.transact(work, *args)

    async def read(self, work: Callable[..., Any], *args: object) -> Any:
        return await self.database.read(work, *args)

    async def reader(self, user: str) -> Reader | None:
        for one in PEOPLE:
            if one[0] == user:
                roles: Any = ("teacher",) if one[2] == "teacher" else ("teacher", one[2])
                return Reader(user=user, name=one[1], language=one[5], zone=one[6], roles=roles)
        return None

    async def names(self, users: Iterable[str]) -> Mapping[str, str]:
        return {one[0]: one[1] for one in PEOPLE if one[0] in set(users)}

    async def personas(self, language: str) -> Sequence[Persona]:
        return [
            Persona.model_validate(
                {"user": one[0], "name": one[1], "role": one[2], "subject": one[3], "lea": one[4], "language": one[5]}
                | {"story": STORIES.get(one[0], "")}
            )
            for one in PEOPLE
        ]

    async def verify_link(self, token: str) -> str | None:
        return self.links.pop(token, None)

    async def handle(self, event: events.Event) -> events.Response:
        if event.key in self._keys:
            return events.Done()
        self._keys.add(event.key)
        self.heard.append(event)
        if isinstance(event, events.Pressed):
            return await self._pressed(event)
        if isinstance(event, events.Sent):
            return await self._sent(event)
        if isinstance(event, events.Posted) and "hold on" in event.text:
            return events.Held(message=Message(text="The presenter listens until **step 6**. Your words are kept."))
        return events.Done()

    async def _pressed(self, event: events.Pressed) -> events.Response:
        match event.action:
            case "join.open":
                return events.OpenForm(form=JOIN)
            case "packet.get":
                return events.Download(name='evidence "Ana"\r\nX: y/../ñ.zip', content=b"PK-not-really")
            case "who.sees":
                text = "Only you and your facilitator see this."
                again = Buttons(items=(Button(label="Join a cohort", action="join.open"),))
                return events.Whisper(message=Message(text=text, blocks=(Section(text=text), again)))
            case "boom":
                raise RuntimeError("the core broke")
        return events.Done()

    async def _sent(self, event: events.Sent) -> events.Response:
        if "everything" in event.values["practice"]:
            return events.FieldErrors(problems={"practice": "“Everything” is a lot. Name one thing you could look at."})
        if "whisper" in event.values["practice"]:
            return events.Whisper(message=Message(text="Kept, for you alone."))
        await self.local.send(
            f"joined {event.key}", "", event.place.conversation, Message(text="You are in. **Thank you.**")
        )
        return events.Done()


WELCOME = Message(
    text="Welcome to Cohortium.",
    blocks=(
        Section(
            text="Good to have you here, **Ben**. A cohort is six to eight colleagues from several districts who work"
            " on the same microcredential for eight weeks.\n\n- one small step a week\n- feedback from two peers\n"
            "- [how it works](https://example.org/how)"
        ),
        Facts(
            rows=(
                ("Microcredential", "Checking for understanding"),
                ("Starts", moment(START + timedelta(days=3), "day")),
                ("Time", "About 60 minutes a week"),
            )
        ),
        Progress(label="4 of 6 places taken", done=4, total=6),
        Divider(),
        Context(text=f"You can join until {moment(START + timedelta(days=2))}."),
        Buttons(
            items=(
                Button(label="Join a cohort", action="join.open", style="primary"),
                Button(label="Who sees what I write?", action="who.sees"),
                Button(label="Get my packet", action="packet.get"),
                Button(label="Not now", action="join.never", style="danger"),
                Button(label="Read more", action="", url="https://example.org"),
            )
        ),
    ),
)


async def furnish(core: SmallCore) -> str:
    """A room with a few words in it; every person has their conversation. Returns the room's id."""
    await core.database.with_connection(create_tables)
    for user, *_ in PEOPLE:
        direct = await core.local.open_direct("", user)
        await core.local.send(f"welcome {user}", "", direct, WELCOME)
    people = ("ana", "ben", "chloe", "dara")
    topic = "Checking for understanding · 4 educators, 2 districts"
    room = await core.local.open_room("room-1", "", "Sotol cohort", topic, people)
    header = Message(
        text="Week 1: meet and choose.",
        blocks=(
            Section(text="**Week 1 · Meet and choose**\nTell the others one thing your students do that puzzles you."),
            Progress(label="2 of 4 have answered", done=2, total=4),
            Context(text=f"Opens for everybody {moment(START + timedelta(days=2), 'weekday_time')}"),
        ),
    )
    await core.local.send("header", "", room, header)
    people_side = core.local.people
    first = await people_side.post(
        "chloe", room, "p1", "Half my class nods when I ask “is that clear?”\nThen the quiz says otherwise."
    )
    await people_side.post(
        "dara", room, "p2", "Same here. I started with whiteboards: https://example.org/whiteboards?x=1&y=2"
    )
    await people_side.post("ana", room, "p3", "Which question did you put on them?", first)
    await people_side.post("chloe", room, "p4", "“Which of these two is the stronger claim, and why?”", first)
    return room
