"""The orgs.csv of a OneRoster: which schools there are and which LEA each org leads to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cohorts.ids import make_id

from .model import School
from .rows import Columns, Problems, Row, fold, quoted, read_rows, suggest

COLUMNS = Columns(
    required=("sourcedId", "name", "type"),
    optional=("status", "identifier", "parentSourcedId"),
    ignored=("dateLastModified",),
)
KINDS = {kind: kind for kind in ("department", "school", "district", "local", "state", "national")}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an org's people work; `school_id` is "" above the schools and in a school that is to be deleted."""

    lea_id: str
    school_id: str = ""


@dataclass(frozen=True, slots=True)
class Orgs:
    schools: tuple[School, ...]
    places: Mapping[str, Place]


@dataclass(frozen=True, slots=True)
class _Org:
    line: int
    id: str
    name: str
    kind: str
    identifier: str
    parent: str
    deleted: bool


def read_orgs(file_name: str, lines: Iterable[str], lea_ids: Mapping[str, str], lea_id: str = "") -> Orgs:
    """The schools in the order of the file, and every org's place by its sourcedId.

    An org belongs to the LEA of the nearest org above it whose `identifier` is in `lea_ids`, or to the only
    district there is when its parent is blank, or to `lea_id` when that is given. Raises BadInputError.
    """
    problems = Problems(file_name)
    orgs: dict[str, _Org] = {}
    for row in read_rows(lines, COLUMNS, problems):
        _keep(_org(row, problems), orgs, problems)
    problems.finish()
    tree = _Tree(orgs, lea_ids, lea_id)
    tree.report_unknown_districts(problems)
    schools: list[School] = []
    places: dict[str, Place] = {}
    for org in orgs.values():
        place = tree.place(org)
        if place:
            places[org.id] = place
            if org.kind == "school" and place.school_id:
                schools.append(School(id=place.school_id, lea_id=place.lea_id, name=org.name))
        elif org.kind == "school" and not org.deleted and not tree.has_district(org):
            what, mend = "The school leads to no district.", "Give the sourcedId of a district in this file."
            problems.add(org.line, "parentSourcedId", what, mend)
    problems.finish()
    return Orgs(tuple(schools), places)


def _org(row: Row, problems: Problems) -> _Org:
    kind = KINDS.get(fold(row.get("type")), "")
    if not kind:
        what = f"{quoted(row.get('type'))} is no type of org."
        problems.add(row.line, "type", what, suggest(row.get("type"), KINDS, f"Use one of: {', '.join(KINDS)}."))
    if not row.get("sourcedId"):
        problems.add(row.line, "sourcedId", "The sourcedId is blank.", "Give each org an id of its own.")
    if kind == "school" and not row.get("name"):
        problems.add(row.line, "name", "The school has no name.", "Give its name.")
    return _Org(
        row.line,
        row.get("sourcedId"),
        row.get("name"),
        kind,
        row.get("identifier"),
        row.get("parentSourcedId"),
        deleted=fold(row.get("status")) == "tobedeleted",
    )


def _keep(org: _Org, orgs: dict[str, _Org], problems: Problems) -> None:
    first = orgs.setdefault(org.id, org)
    if first is not org and org.id:
        what = f"{quoted(org.id)} is on line {first.line} already."
        problems.add(org.line, "sourcedId", what, "Keep one of the two rows.")


class _Tree:
    """The orgs by their parents."""

    def __init__(self, orgs: Mapping[str, _Org], lea_ids: Mapping[str, str], lea_id: str) -> None:
        self._orgs = orgs
        self._lea_ids = lea_ids
        self._lea_id = lea_id
        districts = [org for org in orgs.values() if org.kind == "district" and not org.deleted]
        self._districts = districts
        self._only = districts[0] if len(districts) == 1 else None

    def report_unknown_districts(self, problems: Problems) -> None:
        for district in self._districts:
            if not self._lea_of(district):
                what = f"No LEA is known as {quoted(district.identifier)}."
                mend = (
                    "Give the district's NCES LEAID as identifier and import its LEA first, or name the LEA yourself."
                )
                problems.add(district.line, "identifier", what, mend)

    def has_district(self, org: _Org) -> bool:
        return any(above.kind == "district" for above in self._upwards(org))

    def place(self, org: _Org) -> Place | None:
        """None when no LEA is found above it."""
        path = self._upwards(org)
        lea_id = next(filter(None, map(self._lea_of, path)), "")
        if not lea_id:
            return None
        school = next((above for above in path if above.kind == "school"), None)
        if school is None or school.deleted:
            return Place(lea_id)
        return Place(lea_id, make_id("school", lea_id, school.id))

    def _lea_of(self, org: _Org) -> str:
        if self._lea_id:
            return self._lea_id
        return "" if org.kind in ("school", "department") else self._lea_ids.get(org.identifier, "")

    def _upwards(self, org: _Org) -> list[_Org]:
        """The org and those above it; ends at a parent that is not in the file, or that was passed already."""
        path = [org]
        while (above := self._orgs.get(path[-1].parent)) and above not in path:
            path.append(above)
        if self._only and self._only not in path and path[-1].kind in ("school", "department"):
            path.append(self._only)
        return path
