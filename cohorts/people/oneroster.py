"""The staff of a OneRoster 1.1 or 1.2 in CSV. Nobody and nothing else in it is kept.

Only manifest.csv, orgs.csv, users.csv and (1.2) roles.csv are opened. Students, guardians, parents, relatives and
proctors are passed over by their role before any other cell of the row is looked at; of passwords, phones and agents
not even the column is read. No error repeats what a row of users.csv or roles.csv says.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from cohorts.ids import make_id
from cohorts.problems import BadInputError, Problem

from .model import Educator, School
from .names import tidy_email, tidy_name
from .orgs import Orgs, read_orgs
from .posts import Post, RoleReader, read_roles
from .rows import Columns, Problems, Row, fold, read_rows, suggest

RosterRecord = School | Educator

_UNREAD = (
    "dateLastModified userIds middleName identifier sms phone agentSourcedIds grades password "
    "userMasterIdentifier preferredMiddleName primaryOrgSourcedId pronouns"
)
USERS = Columns(
    required=("sourcedId", "givenName", "familyName", "email"),
    optional=("status", "enabledUser", "username", "preferredGivenName", "preferredFamilyName"),
    ignored=(*_UNREAD.split(), "role", "orgSourcedIds"),
)
USERS_WITH_ROLES = Columns((*USERS.required, "role", "orgSourcedIds"), USERS.optional, USERS.ignored)
VERSIONS = ("1.1", "1.2")
MANIFEST = Columns(required=("propertyName", "value"))
MOST_LEADS = 100
_YES, _NO = ("", "true", "1", "yes", "y"), ("false", "0", "no", "n")


class RosterFiles(Protocol):
    """The CSV files of a folder or a zip. `open` gives the lines of one, and gives them again when asked again.

    Open as `read_rows` wants it. A generator over the open file closes it when the last line is read.
    """

    def names(self) -> Iterable[str]: ...

    def open(self, name: str) -> Iterable[str]: ...


def read_roster(
    files: RosterFiles, lea_ids: Mapping[str, str], lea_id: str = "", today: date | None = None
) -> Iterator[RosterRecord]:
    """Every school, then every member of staff, one record per e-mail address; nothing before all is checked.

    `lea_ids` gives the LEAID for a district's identifier (see `leas.lea_identifiers`); `lea_id`, when given, is
    the LEA of the whole roster. Roles that ended before `today` do not count, if it is given.

    Everybody comes as a teacher: what a person may do here is granted here, never by a roster. Principals and
    administrators become `evaluators` of the others in their school, which may have a hundred of them. Who is
    disabled or to be deleted comes as not active. Several schools: the first named (in 1.2 the primary role's)
    counts. users.csv is read twice, so what is held is the staff's roles and addresses only. Raises BadInputError.
    """
    found = _find_files(files)
    if "manifest.csv" in found:
        _check_version(found["manifest.csv"], files)
    orgs = read_orgs(found["orgs.csv"], files.open(found["orgs.csv"]), lea_ids, lea_id)
    posts = None
    if "roles.csv" in found:
        posts = read_roles(found["roles.csv"], files.open(found["roles.csv"]), today)
    users = _Users(found["users.csv"], orgs, posts)
    survey = _survey(users, files)
    yield from orgs.schools
    for person in users.read(files, Problems(users.file)):
        if survey.kept[person.email].line == person.line:
            yield _educator(person, survey)


def count_others(files: RosterFiles) -> Mapping[str, int]:
    """How many rows of each role are passed over, by the role as OneRoster spells it; looks at no other column.

    For a roster that `read_roster` takes. A row with several roles, one of them staff's, is not counted.
    """
    found = _find_files(files)
    name = found.get("roles.csv", found["users.csv"])
    problems = Problems(name)
    roles = RoleReader(problems)
    counts: Counter[str] = Counter()
    for row in read_rows(files.open(name), Columns(("role",)), problems):
        counts.update(roles.passed_over(row))
    return counts


def update_from_roster(known: Educator, roster: Educator) -> Educator:
    """The known educator with what a roster decides (name, place, evaluators, active); the rest is their own."""
    fields = ("given_name", "family_name", "lea_id", "school_id", "evaluators", "active")
    return known.model_copy(update={name: getattr(roster, name) for name in fields})


def _find_files(files: RosterFiles) -> Mapping[str, str]:
    """`users.csv` → its name in the folder or zip, whatever its case and folder; roles.csv may be absent."""
    found: dict[str, str] = {}
    problems: list[Problem] = []
    names = [name for name in files.names() if "__MACOSX" not in name]
    for name in sorted(names):
        plain = name.replace("\\", "/").rsplit("/", 1)[-1].lower()
        if plain in found and plain in ("manifest.csv", "orgs.csv", "users.csv", "roles.csv"):
            what = f'"{plain}" is there twice: {found[plain]} and {name}.'
            problems.append(Problem(name, 0, "", what, "Import one roster at a time."))
        found.setdefault(plain, name)
    for needed in ("orgs.csv", "users.csv"):
        if needed not in found:
            what = "The file is missing from the roster."
            strangers = [name for name in found if name.endswith("csv") and name != "roles.csv"]
            problems.append(Problem(needed, 0, "", what, _rename(needed, strangers)))
    if problems:
        raise BadInputError(*problems)
    return found


def _check_version(name: str, files: RosterFiles) -> None:
    """A manifest that names a version must name one that is read here; without it the columns decide."""
    problems = Problems(name)
    for row in read_rows(files.open(name), MANIFEST, problems):
        said = row.get("value")
        if row.get("propertyName") == "oneroster.version" and said and said not in VERSIONS:
            what = f'OneRoster "{said}" is not read here.'
            problems.add(row.line, "value", what, f"Export the roster as OneRoster {' or '.join(VERSIONS)} in CSV.")
    problems.finish()


def _rename(needed: str, names: list[str]) -> str:
    meant = next((name for name in names if suggest(name, [needed], "")), "")
    return f'Is it "{meant}"? Rename it.' if meant else "Export the roster again with this file in it."


@dataclass(frozen=True, slots=True)
class _Person:
    """A member of staff, as one row has it."""

    line: int
    source: str
    email: str
    given_name: str
    family_name: str
    lea_id: str
    school_id: str
    leads: tuple[str, ...]
    active: bool


@dataclass(frozen=True, slots=True)
class _Kept:
    line: int
    name: str
    active: bool


@dataclass(slots=True)
class _Survey:
    """By address, the row that counts; by sourcedId, its address; by school, the addresses of those who lead it."""

    kept: dict[str, _Kept] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    leads: dict[str, set[str]] = field(default_factory=dict)


def _survey(users: "_Users", files: RosterFiles) -> _Survey:
    """Reads and checks all of users.csv. Raises BadInputError."""
    survey = _Survey()
    problems = Problems(users.file)
    for person in users.read(files, problems):
        name = fold(f"{person.given_name} {person.family_name}")
        earlier = survey.kept.get(person.email)
        if earlier and earlier.name != name:
            what = f"The email is that of another person on line {earlier.line}."
            problems.add(person.line, "email", what, "Give each person their own address.")
        owner = person.email
        if person.active and person.source:
            owner = survey.sources.setdefault(person.source, owner)
        if owner != person.email:
            what = f"It is that of another person on line {survey.kept[owner].line}."
            problems.add(person.line, "sourcedId", what, "Give each person their own sourcedId.")
        # Somebody who moved is there twice: deleted in the old school, active in the new one.
        if earlier is None or (person.active and not earlier.active):
            survey.kept[person.email] = _Kept(person.line, name, person.active)
        for school_id in person.leads if person.active else ():
            _keep_lead(survey.leads.setdefault(school_id, set()), person, problems)
    problems.finish()
    return survey


def _keep_lead(leads: set[str], person: _Person, problems: Problems) -> None:
    """One school's leaders are an address each beside every name there, so their number is bounded."""
    if person.email not in leads and len(leads) == MOST_LEADS:
        what = f"More than {MOST_LEADS} principals and administrators are in this person's school."
        problems.add(person.line, "sourcedId", what, "Give the role to those who evaluate its teachers only.")
    leads.add(person.email)


def _educator(person: _Person, survey: _Survey) -> Educator:
    return Educator(
        id=make_id("educator", person.email),
        email=person.email,
        given_name=person.given_name,
        family_name=person.family_name,
        lea_id=person.lea_id,
        school_id=person.school_id,
        evaluators=tuple(sorted(survey.leads.get(person.school_id, set()) - {person.email})),
        active=person.active,
    )


class _Users:
    """users.csv, as often as it is asked for. `posts` are those of roles.csv, or None in 1.1."""

    def __init__(self, file: str, orgs: Orgs, posts: Mapping[str, Post] | None) -> None:
        self.file = file
        self._places = orgs.places
        self._posts = posts

    def read(self, files: RosterFiles, problems: Problems) -> Iterator[_Person]:
        """Every row of staff that is right; the others go to `problems`, which the end of the file raises."""
        columns = USERS_WITH_ROLES if self._posts is None else USERS
        roles = RoleReader(problems)
        for row in read_rows(files.open(self.file), columns, problems):
            post = roles.of_user(row) if self._posts is None else self._posts.get(row.get("sourcedId"))
            person = self._person(row, post, problems) if post else None
            if person:
                yield person
        problems.finish()

    def _person(self, row: Row, post: Post, problems: Problems) -> _Person | None:
        active = _is_active(row, problems)
        email = tidy_email(row.get("email")) or ("" if row.get("email") else tidy_email(row.get("username")))
        given = tidy_name(row.get("preferredGivenName") or row.get("givenName"))
        family = tidy_name(row.get("preferredFamilyName") or row.get("familyName"))
        places = [self._places[org] for org in post.orgs if org in self._places]
        if active and not email:
            problems.add(row.line, "email", *_explain_email(row))
        if active and not (given or family):
            problems.add(row.line, "familyName", "A member of staff has no name.", "Give the name.")
        if active and not places:
            what = "None of this person's orgs leads to an LEA in orgs.csv."
            column = "orgSourcedIds" if self._posts is None else "sourcedId"
            problems.add(row.line, column, what, "Give the sourcedId of a school or district there.")
        if not (email and places):
            return None
        place = next((place for place in places if place.school_id), places[0])
        led = (self._places[org].school_id for org in post.leads if org in self._places)
        leads = tuple(school_id for school_id in led if school_id)
        return _Person(
            row.line, row.get("sourcedId"), email, given, family, place.lea_id, place.school_id, leads, active
        )


def _explain_email(row: Row) -> tuple[str, str]:
    if row.get("email"):
        return "The email of a member of staff is no address.", "Write it like name@district.org."
    return "A member of staff has no email.", "Give the work email, or set enabledUser to false."


def _is_active(row: Row, problems: Problems) -> bool:
    status, enabled = fold(row.get("status")), fold(row.get("enabledUser"))
    if status not in ("", "active", "inactive", "tobedeleted"):
        problems.add(row.line, "status", "The status is not one of OneRoster's.", "Use active or tobedeleted.")
    if enabled not in _YES + _NO:
        problems.add(row.line, "enabledUser", "This is neither true nor false.", "Write true or false.")
    return status in ("", "active") and enabled in _YES
