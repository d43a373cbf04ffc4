"""What the headless demo writes: every message as its reader saw it, the packets, and figures counted from them."""

import json
import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.chat.local.ids import BOT
from bot.chat.local.people import written
from cohorts.calendar.instants import local
from cohorts.calendar.speak import translate_moments
from cohorts.evidence.packet import build_packet, slug, zip_packet
from cohorts.messages import Buttons, Facts, Message, Progress
from cohorts.people.model import Educator
from cohorts.ports import Transaction
from cohorts.usecases.submit_evidence import packet_source
from cohorts.usecases.tell import rhythm_of
from storage.chat_journal import Heard, Outgoing, Room, heard_since, outgoing, rooms
from storage.transaction import SqlTransaction

FOLDERS = ("rooms", "people", "packets")


class Reading:
    """Whose eyes a message is read with."""

    def __init__(self, tx: Transaction, educator: Educator) -> None:
        self.zone, self.language = rhythm_of(tx, educator).zone, educator.language


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as it stood from `entry.at` on: as it came, or `edited`."""

    entry: Heard
    edited: bool


def write_record(tx: SqlTransaction, folder: Path, now: datetime) -> Sequence[Heard]:
    """`rooms/`, `people/` and `packets/` in the folder, anew; returns all that was heard, in order."""
    for name in FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir(parents=True)
    heard = sorted(heard_since(tx.connection, 0), key=lambda entry: (entry.at, entry.room, entry.key))
    by_room = {room.id: room for room in rooms(tx.connection)}
    seen = _as_seen(heard, outgoing(tx.connection))
    keys = {entry.id: entry.key for entry in heard}
    people = {educator.id: educator for educator in tx.people.educators()}
    names = {person: educator.name for person, educator in people.items()} | {BOT: "Cohortium"}
    for room in by_room.values():
        if room.kind == "room":
            _write_room(tx, folder, room, seen, keys, names)
    for person, educator in people.items():
        reading = Reading(tx, educator)
        mine = (each for each in seen if person in _readers(each.entry, by_room[each.entry.room]))
        lines = [_line(each, reading, by_room[each.entry.room].name, keys, names) for each in mine]
        _write_lines(folder / "people" / f"{person}.jsonl", lines)
    _write_packets(tx, folder / "packets", people.values(), now)
    return heard


def _as_seen(heard: Sequence[Heard], said: Sequence[Outgoing]) -> Sequence[Seen]:
    """Each message as it came, and again each time it was changed, in the order in which people saw it."""
    first = {row.key: row.message for row in said if row.verb == "send"}
    changes = defaultdict(list)
    for row in said:
        if row.verb == "update" and row.state == "sent":
            changes[row.about].append(row)
    seen = []
    for entry in heard:
        came = first.get(entry.key)
        seen.append(Seen(_with(entry, entry.at, came) if came else entry, edited=False))
        seen += [Seen(_with(entry, row.settled_at or entry.at, row.message), edited=True) for row in changes[entry.key]]
    return sorted(seen, key=lambda each: each.entry.at)


def _with(entry: Heard, at: datetime, message: str) -> Heard:
    return entry.model_copy(update={"at": at, "message": Message.model_validate_json(message)})


def spoken(message: Message, zone: str, language: str) -> str:
    """The words of a message as one reads them: blocks where there are any, moments in the reader's zone."""
    parts = [text for block in message.blocks for text in _texts(block)] or [message.text]
    return written(Message(text=translate_moments("\n\n".join(parts), zone, language)))


def _texts(block: object) -> Iterable[str]:
    if isinstance(block, Facts):
        return [f"{label}: {value}" for label, value in block.rows]
    if isinstance(block, Progress):
        return [block.label]
    text = getattr(block, "text", "")
    return [text] if text else []


def _readers(entry: Heard, room: Room) -> frozenset[str]:
    """Who could read it when it came: those in the room then, or the one it was whispered to."""
    if entry.only_for:
        return frozenset({entry.only_for})
    return frozenset(
        m.user for m in room.members if m.joined_at <= entry.at and not (m.left_at and m.left_at < entry.at)
    )


def _write_room(
    tx: SqlTransaction,
    folder: Path,
    room: Room,
    seen: Sequence[Seen],
    keys: Mapping[str, str],
    names: Mapping[str, str],
) -> None:
    """A room as its facilitator reads it."""
    cohort = next((c for c in tx.cohorts.every() if c.name == room.name), None)
    reader = cohort.facilitator_id or cohort.members[0].educator_id if cohort else room.members[0].user
    reading = Reading(tx, tx.people.get_educator(reader))
    here = [each for each in seen if each.entry.room == room.id and not each.entry.only_for]
    lines = [_line(each, reading, room.name, keys, names) for each in here]
    _write_lines(folder / "rooms" / f"{slug(room.name)}-{room.id[-6:]}.jsonl", lines)


def _line(
    seen: Seen, reading: Reading, room: str, keys: Mapping[str, str], names: Mapping[str, str]
) -> Mapping[str, object]:
    entry = seen.entry
    buttons = [b.label for block in entry.message.blocks if isinstance(block, Buttons) for b in block.items]
    return {
        "time": local(entry.at, reading.zone).isoformat(timespec="minutes"),
        "zone": reading.zone,
        "room": room or "direct",
        "thread": keys.get(entry.thread, ""),
        "author": names.get(entry.author, entry.author),
        "only_you": bool(entry.only_for),
        "edited": seen.edited,
        "text": spoken(entry.message, reading.zone, reading.language),
        "buttons": buttons,
    }


def _write_lines(path: Path, lines: Iterable[Mapping[str, object]]) -> None:
    text = "".join(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n" for line in lines)
    path.write_text(text, "utf-8")


def _write_packets(tx: SqlTransaction, folder: Path, people: Iterable[Educator], now: datetime) -> None:
    for educator in people:
        for cohort in tx.cohorts.of(educator.id):
            source = packet_source(tx, educator, cohort.microcredential_id)
            if source.drafts or source.artifacts:
                path = folder / f"{educator.id}-{cohort.microcredential_id}.zip"
                path.write_bytes(zip_packet(build_packet(source, educator.language, now)))
