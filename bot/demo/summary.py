"""The figures of a headless run, counted from what was delivered, not from what the engine meant to do."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median

from cohorts.calendar.hours import hold
from cohorts.forming.explain import explain_unplaced
from cohorts.forming.model import Proposal
from cohorts.messages import Message, Section
from cohorts.people.model import Educator, Interest
from cohorts.protocols.load import protocol_of
from cohorts.protocols.queries import stages_of
from cohorts.protocols.run import Run, StepState
from cohorts.protocols.template import Protocol, Step
from cohorts.usecases.living.waiting import reason_to_wait
from cohorts.usecases.tell import rhythm_of
from cohorts.usecases.unfinished import map_of
from cohorts.words import say
from storage.chat_journal import Heard, Outgoing, Room, outgoing, rooms
from storage.transaction import SqlTransaction

from .record import spoken

WEEK = timedelta(days=7)
IN_TIME = timedelta(minutes=1)
CLOCK_HOLDS = ("quiet_hours", "weekend", "monday_morning", "friday_afternoon")
ANSWERS = (":welcome@", ":joined:", ":paused:", ":resumed:", ":left:", ":returned:")
"""Direct messages with these in their key answer what somebody just did; nobody else is written to by them."""
LONG_AGO = datetime.min.replace(tzinfo=UTC)
LONG_ENOUGH = 20
"""Letters from which a sealed text can be recognised in another message."""


def summarise(tx: SqlTransaction, heard: Sequence[Heard], now: datetime) -> Mapping[str, object]:
    """The keys of `summary.json` as things stand now, `seconds` aside."""
    proposal = next((p for p in tx.proposals.with_status("approved")), None)
    said = outgoing(tx.connection)
    places = {room.id: room for room in rooms(tx.connection)}
    return {
        "members": len(
            {seat.educator_id for p in tx.proposals.with_status("approved") for g in p.groups for seat in g.members}
        ),
        "cohorts": len(tx.cohorts.every()),
        **_singletons(proposal),
        "unplaced": _unplaced(tx, heard),
        "reviews_per_author": _reviews(tx, heard),
        "nudges_per_person_week_max": _most_in_a_week(heard, places, ":digest:"),
        "facilitator_messages_per_week_max": _most_in_a_week(heard, places, ":questions:"),
        "sends_in_forbidden_hours": _forbidden(tx, heard, places),
        "steps_late": _steps_late(tx, heard),
        "sealed_leaks": len(find_leaks(tx, heard, said)),
        "duplicates": _duplicates(heard),
        "lost": _lost(said, heard, now),
        "packets_complete": _packets(tx),
    }


def _singletons(proposal: Proposal | None) -> Mapping[str, int]:
    if proposal is None:
        return {"singletons": 0, "singletons_placed": 0}
    alone = [person for person, level in proposal.singletons.items() if level == "lea"]
    return {"singletons": len(alone), "singletons_placed": sum(proposal.seat_of(p) is not None for p in alone)}


def _unplaced(tx: SqlTransaction, heard: Sequence[Heard]) -> Mapping[str, str]:
    """Who waits → the reason they were told; "" is somebody who waits in silence."""
    told: dict[str, str] = {}
    for interest in tx.interests.with_status("waiting"):
        person = tx.people.get_educator(interest.educator_id)
        code, words = _reason(tx, person, interest)
        zone = rhythm_of(tx, person).zone
        read = any(words in spoken(e.message, zone, person.language) for e in heard if f"{person.id}:digest:" in e.key)
        told[person.id] = code if read else ""
    return told


def _reason(tx: SqlTransaction, person: Educator, interest: Interest) -> tuple[str, str]:
    """Its code and the words in which it is told; "no-round" while no round has looked at this person."""
    if found := reason_to_wait(tx, person.id):
        return found.reason.code, explain_unplaced(found.reason, person.language)
    name = tx.catalogue.get(interest.microcredential_id).name
    return "no-round", say(person.language, "joining.waiting_long", microcredential=name)


def _reviews(tx: SqlTransaction, heard: Sequence[Heard]) -> Mapping[str, float]:
    """Over (author, round) that shared in time and whose reviews are shown: how many could be read in the thread."""
    read: Counter[str] = Counter()
    for entry in heard:
        run_id, _, rest = entry.key.partition(":")
        if rest.startswith("examine:reveal:0@"):
            read[run_id] += sum(isinstance(b, Section) and b.text.startswith("**") for b in entry.message.blocks[1:])
        elif rest.startswith("examine:answer:"):
            read[run_id] += 1
    counts = [read[run.id] for run, _ in _runs(tx) if shared_in_time(run)]
    if not counts:
        return {"min": 0, "median": 0, "max": 0}
    return {"min": min(counts), "median": median(counts), "max": max(counts)}


def shared_in_time(run: Run) -> bool:
    """A round of feedback on a draft that its author shared in time, and that was read."""
    if run.protocol_id != "tune-a-draft":
        return False
    share = run.step("share")
    return bool(share.answered) and not share.late and run.step("examine").status == "done"


def _most_in_a_week(heard: Sequence[Heard], places: Mapping[str, Room], mark: str) -> int:
    """The most unasked direct messages of one sort that anybody got in any seven days."""
    sent: dict[str, list[datetime]] = defaultdict(list)
    for entry in heard:
        if mark in entry.key:
            sent[places[entry.room].members[0].user].append(entry.at)
    return max((sum(a <= b < a + WEEK for b in times) for times in sent.values() for a in times), default=0)


def _forbidden(tx: SqlTransaction, heard: Sequence[Heard], places: Mapping[str, Room]) -> int:
    """Direct: any hold of the reader's. Rooms: quiet hours and weekends of anybody in them."""
    count = 0
    for entry in heard:
        if "@" not in entry.key or any(mark in entry.key and "cohort-" not in entry.key[:7] for mark in ANSWERS):
            continue
        direct = places[entry.room].kind == "direct"
        for member in places[entry.room].members:
            if member.joined_at > entry.at or (member.left_at and member.left_at < entry.at):
                continue
            reason = hold(rhythm_of(tx, tx.people.get_educator(member.user)), entry.at)
            count += reason is not None and (direct or reason in CLOCK_HOLDS)
    return count


def _steps_late(tx: SqlTransaction, heard: Sequence[Heard]) -> int:
    """Steps whose opening reached the room later than planned, or later than they opened."""
    opened = {f"{run.id}:{state.id}:open": _opening(state) for run, _ in _runs(tx) for state in run.steps}
    late = 0
    for entry in heard:
        at = opened.get(entry.key.partition("@")[0])
        late += at is not None and entry.at > at + IN_TIME
    return late


def _opening(state: StepState) -> datetime | None:
    return min((at for at in (state.opens_at, state.opened_at) if at), default=None)


def find_leaks(tx: SqlTransaction, heard: Sequence[Heard], said: Sequence[Outgoing]) -> Sequence[str]:
    """`<run>/<step>/<member>/<field>` of each sealed text that anybody else could read before it was revealed."""
    shown = [(entry.at, _squeezed(entry.message), entry.only_for) for entry in heard]
    shown += [
        (row.settled_at, _squeezed(Message.model_validate_json(row.message)), "")
        for row in said
        if row.settled_at and row.message
    ]
    # What history and the nudge log keep may be read at any time.
    kept = [(LONG_AGO, str(dict(line.facts)), "") for run, _ in _runs(tx) for line in tx.history.about(run.id)]
    everything = [*shown, *kept]
    index = _index([words for _, words, _ in everything])
    leaks = []
    for where, member, text, revealed_at in _sealed(tx, heard):
        for number in min((index.get(word, ()) for word in text.split()[1:-1] or text.split()), key=len):
            at, words, only_for = everything[number]
            early = revealed_at is None or at < revealed_at
            if early and only_for != member and text in words:
                leaks.append(where)
    return leaks


def _squeezed(message: Message) -> str:
    """Its words on one line, as sealed texts are looked for."""
    return " ".join(spoken(message, "UTC", "en").split())


def _index(texts: Sequence[str]) -> Mapping[str, Sequence[int]]:
    """Word → numbers of the texts that have it: only those with a text's rarest word are worth a look."""
    index: dict[str, list[int]] = defaultdict(list)
    for number, text in enumerate(texts):
        for word in set(text.split()):
            index[word].append(number)
    return index


def _sealed(tx: SqlTransaction, heard: Sequence[Heard]) -> Sequence[tuple[str, str, str, datetime | None]]:
    """(where, author, text, when it was revealed) of every sealed text."""
    revealed = {entry.key.partition("@")[0]: entry.at for entry in heard}
    found = []
    for run, protocol in _runs(tx):
        for step in protocol.steps:
            if step.visibility not in ("sealed", "private"):
                continue
            for answer, words in tx.runs.answers(run.id, step.id):
                for name, sealed in words.items():
                    text = " ".join(sealed.for_author().split())
                    if len(text) >= LONG_ENOUGH and " " in text:
                        key = f"{run.id}:{step.id}"
                        at = revealed.get(f"{key}:reveal:{_stage(step, name)}")
                        at = at or revealed.get(f"{key}:answer:{answer.member}:{answer.number}")
                        found.append((f"{key}/{answer.member}/{name}", answer.member, text, at))
    return found


def _stage(step: Step, name: str) -> int:
    return next((number for number, names in enumerate(stages_of(step)) if name in names), -1)


def _duplicates(heard: Sequence[Heard]) -> int:
    """The same words twice in the same place within a minute."""
    seen: Counter[tuple[str, str, str, str]] = Counter(
        (entry.room, entry.thread, entry.only_for, f"{entry.at:%Y%m%d%H%M}{entry.message.model_dump_json()}")
        for entry in heard
        if not entry.only_for
    )
    return sum(count - 1 for count in seen.values())


def _lost(said: Sequence[Outgoing], heard: Sequence[Heard], now: datetime) -> int:
    """Meant to be said by now and not in the chat. A digest of another day that was dropped is not lost: the next has
    it."""
    there = {entry.key for entry in heard}
    sends = [row for row in said if row.verb == "send"]
    missing = sum(row.state == "sent" and row.key not in there for row in sends)
    dead = sum(row.state == "dead" and ":digest:" not in row.key for row in said)
    return missing + dead + _overdue(said, now)


def _overdue(said: Sequence[Outgoing], now: datetime) -> int:
    """What still waits though its time has come, and that of all that stands before it in its conversation."""
    ready: dict[str, datetime] = {}
    count = 0
    for row in said:
        if row.state in ("pending", "attempting"):
            at = ready[row.conversation] = max(row.not_before, ready.get(row.conversation, row.not_before))
            count += at <= now
    return count


def _packets(tx: SqlTransaction) -> int:
    return sum(
        map_of(tx, person, cohort.microcredential_id).complete
        for cohort in tx.cohorts.every()
        for person in cohort.active_members
    )


def _runs(tx: SqlTransaction) -> Sequence[tuple[Run, Protocol]]:
    runs = [run for cohort in tx.cohorts.every() for run in tx.runs.of_cohort(cohort.id)]
    return [(run, protocol_of(run)) for run in runs]
