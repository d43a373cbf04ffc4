"""Who is staff where, by OneRoster's roles: the role column of users.csv (1.1) or roles.csv (1.2)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from .rows import Columns, Problems, Row, fold, parse_date, read_rows, suggest

COLUMNS = Columns(
    required=("userSourcedId", "role", "orgSourcedId"),
    optional=("status", "roleType", "endDate"),
    ignored=("sourcedId", "dateLastModified", "beginDate", "userProfileSourcedId"),
)
# Who leads a school evaluates its teachers; of the district's own administrators that is not known.
LEADS = ("administrator", "principal", "siteAdministrator")
STAFF = ("teacher", "aide", "counselor", "districtAdministrator", "systemAdministrator", *LEADS)
# A proctor watches over examinations and is often hired for the day.
OTHERS = ("student", "guardian", "parent", "relative", "proctor")
_ROLES = {fold(role): role for role in STAFF + OTHERS}


@dataclass(frozen=True, slots=True)
class Post:
    """The sourcedIds of the orgs somebody works in, the first one first, and of those they lead."""

    orgs: tuple[str, ...]
    leads: tuple[str, ...] = ()


class RoleReader:
    """Tells staff from everybody else. A role of OneRoster's `ext:` kind is not staff; an unknown one is a problem."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems

    def roles(self, row: Row) -> tuple[str, ...]:
        """The row's roles that are staff's, as OneRoster spells them."""
        found = (self._role(text, row) for text in row.get("role").split(","))
        return tuple(role for role in found if role in STAFF)

    def passed_over(self, row: Row) -> tuple[str, ...]:
        """The row's first role when none of its roles is staff's; else nothing."""
        found = [self._role(text, row) for text in row.get("role").split(",")]
        return () if any(role in STAFF for role in found) else (found[0] or "other",)

    def of_user(self, row: Row) -> Post | None:
        """The post a row of users.csv (1.1) gives, or None when it is not one of staff."""
        roles = self.roles(row)
        if not roles:
            return None
        orgs = tuple(dict.fromkeys(filter(None, (org.strip() for org in row.get("orgSourcedIds").split(",")))))
        return Post(orgs, orgs if any(role in LEADS for role in roles) else ())

    def _role(self, text: str, row: Row) -> str:
        role = _ROLES.get(fold(text), "")
        if not role and not fold(text).startswith("ext:"):
            what = "The role is not one of OneRoster's." if text.strip() else "The role is blank."
            otherwise = f"Use one of: {', '.join(_ROLES.values())}."
            self._problems.add(row.line, "role", what, suggest(text, _ROLES.values(), otherwise))
        return role


def read_roles(file_name: str, lines: Iterable[str], today: date | None = None) -> Mapping[str, Post]:
    """User's sourcedId → post, of staff only: of somebody who is also a parent, the parent is passed over.

    Roles that are to be deleted, or that ended before `today`, do not count. Raises BadInputError.
    """
    problems = Problems(file_name)
    reader = RoleReader(problems)
    posts: dict[str, Post] = {}
    for row in read_rows(lines, COLUMNS, problems):
        roles = reader.roles(row)
        if roles and not _is_over(row, today, problems):
            user = row.get("userSourcedId")
            posts[user] = _with_role(posts.get(user, Post(())), row, leads=roles[0] in LEADS)
    problems.finish()
    return posts


def _with_role(post: Post, row: Row, leads: bool) -> Post:
    org = row.get("orgSourcedId")
    primary = fold(row.get("roleType")) == "primary"
    orgs = (org, *post.orgs) if primary else (*post.orgs, org)
    return Post(tuple(dict.fromkeys(orgs)), (*post.leads, org) if leads else post.leads)


def _is_over(row: Row, today: date | None, problems: Problems) -> bool:
    if fold(row.get("status")) == "tobedeleted":
        return True
    try:
        end = parse_date(row.get("endDate")) if row.get("endDate") else None
    except ValueError:
        problems.add(row.line, "endDate", "This is no date.", "Write it like 2026-06-30.")
        return False
    return bool(today and end and end < today)
