"""Staff, and nobody else, out of OneRoster 1.1 and 1.2."""

from collections.abc import Iterable
from datetime import date
from itertools import islice

import pytest

from cohorts.ids import make_id
from cohorts.people.model import Educator, School
from cohorts.people.names import tidy_email, tidy_name
from cohorts.people.oneroster import read_roster, update_from_roster
from cohorts.problems import BadInputError

ORGS = """sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId
d1,,,Spur ISD,district,4800002,
s1,,,Spur School,school,063903001,d1
s2,,,Espuela School,school,,d1
x9,tobedeleted,,Old School,school,,d1
"""
USERS_11 = """\ufeffSourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,\
FamilyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,metadata.badge,ext_emial
t1,active,1/05/2023,true,"s2,s1",teacher,ana,,ANA,O'BRIEN,,,Ana@Spur.org,,555-1,,,hunter2,7,x
t2,active,1/05/2023,true,s1,Teacher,bo@spur.org,,Bo,McDonald,,,,,,,,hunter2,,
p1,active,,true,"d1,s1",administrator,cy,,CY,DE LA CRUZ,,,cy@spur.org,,,,,,,
k1,active,,true,s1,student,kid,,SECRETKID,SECRETFAMILY,,,kid@spur.org,,,g1,05,swordfish,,
g1,active,,true,s1,guardian,mum,,Guardian,SECRETFAMILY,,,mum@home.org,,,k1,,,,
o1,tobedeleted,,true,s1,teacher,old,,Old,Hand,,,old@spur.org,,,,,,,
o2,active,,false,s1,aide,off,,Off,Duty,,,off@spur.org,,,,,,,
o3,tobedeleted,,true,x9,teacher,,,Ana,O'Brien,,,ana@spur.org,,,,,,,
"""
USERS_12 = """sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,\
identifier,email,sms,phone,agentSourcedIds,grades,password,preferredGivenName,preferredFamilyName
t1,,,true,ana,,Anastasia,Brien,,,ana@spur.org,,,,,hunter2,Ana,
p1,,,true,cy,,Cy,Lee,,,cy@spur.org,,,,,,,
k1,,,true,kid,,SECRETKID,SECRETFAMILY,,,kid@spur.org,,,,05,swordfish,,
"""
ROLES = """sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,\
orgSourcedId,userProfileSourcedId
r1,,,t1,primary,parent,,,s1,
r2,,,t1,secondary,teacher,2023-08-01,6/30/2024,s1,
r3,,,t1,primary,teacher,,,s2,
r4,,,p1,primary,principal,,,s2,
r5,,,k1,primary,student,,,s1,
"""
LEA_IDS = {"4800002": "4800002"}


class Files:
    def __init__(self, **files: str) -> None:
        self.files = {name.replace("__", "/") + ".csv": text for name, text in files.items()}
        self.opened: list[str] = []

    def names(self) -> Iterable[str]:
        return self.files

    def open(self, name: str) -> Iterable[str]:
        self.opened.append(name)
        return self.files[name].splitlines(keepends=True)


def read(lea_id: str = "", today: date | None = None, **files: str) -> tuple[list[School], dict[str, Educator]]:
    records = list(read_roster(Files(**files), LEA_IDS, lea_id, today))
    people = [record for record in records if isinstance(record, Educator)]
    assert len({person.email for person in people}) == len(people)
    return [record for record in records if isinstance(record, School)], {person.email: person for person in people}


def fault(**files: str) -> str:
    with pytest.raises(BadInputError) as raised:
        next(read_roster(Files(**files), LEA_IDS))
    return str(raised.value)


def users(*rows: str) -> str:
    header = "sourcedId,status,enabledUser,orgSourcedIds,role,givenName,familyName,email"
    return "\n".join((header, *rows)) + "\n"


def test_schools_and_staff_of_1_1() -> None:
    schools, people = read(orgs=ORGS, users=USERS_11)
    s1, s2 = (make_id("school", "4800002", name) for name in ("s1", "s2"))
    assert schools == [
        School(id=s1, lea_id="4800002", name="Spur School"),
        School(id=s2, lea_id="4800002", name="Espuela School"),
    ]
    ana = people["ana@spur.org"]
    assert (ana.name, ana.school_id, ana.lea_id, ana.active) == ("Ana O'Brien", s2, "4800002", True)
    assert ana.id == make_id("educator", "ana@spur.org")
    assert people["bo@spur.org"].name == "Bo McDonald"
    assert set(people) == {f"{name}@spur.org" for name in ("ana", "bo", "cy", "old", "off")}


def test_who_is_disabled_or_to_be_deleted_comes_as_not_active() -> None:
    _, people = read(orgs=ORGS, users=USERS_11)
    assert [email for email, person in people.items() if not person.active] == ["old@spur.org", "off@spur.org"]


def test_a_roster_grants_nothing_and_tells_who_evaluates_whom() -> None:
    _, people = read(orgs=ORGS, users=USERS_11)
    assert {person.roles for person in people.values()} == {("teacher",)}
    assert people["bo@spur.org"].evaluators == ("cy@spur.org",)
    assert people["ana@spur.org"].evaluators == ()
    assert people["cy@spur.org"].evaluators == ()


def test_a_school_is_led_by_a_hundred_at_most() -> None:
    """Each is named beside everybody of the school: without a bound a wrong export fills the memory."""
    leaders = [f"p{n},active,true,s1,principal,Cy,Ruiz,cy{n}@spur.org" for n in range(102)]
    assert len(read(orgs=ORGS, users=users(*leaders[:100]))[1]["cy0@spur.org"].evaluators) == 99
    told = fault(orgs=ORGS, users=users(*leaders))
    assert told.count("More than 100 principals and administrators") == 1
    assert "users.csv:102:sourcedId" in told


def test_several_roles_of_1_2_staff_wins_and_the_primary_school_comes_first() -> None:
    _, people = read(orgs=ORGS, users=USERS_12, roles=ROLES)
    assert set(people) == {"ana@spur.org", "cy@spur.org"}
    ana = people["ana@spur.org"]
    assert (ana.given_name, ana.family_name) == ("Ana", "Brien")
    assert ana.school_id == make_id("school", "4800002", "s2")
    assert ana.evaluators == ("cy@spur.org",)


def test_a_role_that_ended_does_not_count_from_the_day_after() -> None:
    only = ROLES.replace("r3,,,t1,primary,teacher,,,s2,\n", "")
    assert "ana@spur.org" in read(orgs=ORGS, users=USERS_12, roles=only, today=date(2024, 6, 30))[1]
    assert "ana@spur.org" not in read(orgs=ORGS, users=USERS_12, roles=only, today=date(2024, 7, 1))[1]


@pytest.mark.parametrize("files", [{"users": USERS_11}, {"users": USERS_12, "roles": ROLES}])
def test_nothing_of_students_guardians_and_passwords_is_kept(files: dict[str, str]) -> None:
    kept = repr(list(read_roster(Files(orgs=ORGS, **files), LEA_IDS)))
    for secret in ("SECRET", "Secret", "kid@", "mum@", "hunter2", "swordfish", "555-1"):
        assert secret not in kept


@pytest.mark.parametrize("version", ["1.1", "1.2", ""])
def test_a_manifest_of_a_version_that_is_read(version: str) -> None:
    manifest = f"propertyName,value\nmanifest.version,1.0\noneroster.version,{version}\n"
    assert read(orgs=ORGS, users=USERS_11, manifest=manifest)[1]


def test_a_manifest_of_another_version_is_refused() -> None:
    manifest = "propertyName,value\nmanifest.version,1.0\noneroster.version,2.0\n"
    assert fault(orgs=ORGS, users=USERS_11, manifest=manifest) == (
        'manifest.csv:3:value: OneRoster "2.0" is not read here. Export the roster as OneRoster 1.1 or 1.2 in CSV.'
    )


def test_no_other_file_is_opened() -> None:
    files = Files(orgs=ORGS, users=USERS_11, demographics="sourcedId,sex\nk1,x\n", enrollments="x\n")
    list(read_roster(files, LEA_IDS))
    assert set(files.opened) == {"orgs.csv", "users.csv"}


def test_reading_twice_gives_equal_values() -> None:
    assert read(orgs=ORGS, users=USERS_11) == read(orgs=ORGS, users=USERS_11)


def test_files_are_found_in_a_folder_of_a_zip_in_any_case() -> None:
    schools, _ = read(Roster__Orgs=ORGS, Roster__USERS=USERS_11, __MACOSX___orgs="junk")
    assert len(schools) == 2


def test_the_caller_may_name_the_lea() -> None:
    orgs = "sourcedId,name,type\ns1,Spur School,school\n"
    schools, people = read("4800009", orgs=orgs, users=users("t1,,,s1,teacher,Ana,Ruiz,ana@x.org"))
    assert schools[0].lea_id == people["ana@x.org"].lea_id == "4800009"


def test_orgs_may_form_a_ring_and_a_school_without_a_parent_is_the_only_districts() -> None:
    orgs = (
        "sourcedId,name,type,identifier,parentSourcedId\nd1,D,district,4800002,d1\ns1,S,school,,\ne1,E,department,,s1\n"
    )
    _, people = read(orgs=orgs, users=users("t1,,,e1,teacher,Ana,Ruiz,ana@x.org"))
    assert people["ana@x.org"].school_id == make_id("school", "4800002", "s1")


def test_bounded_memory_means_lines_are_not_gathered() -> None:
    def lines() -> Iterable[str]:
        yield "sourcedId,orgSourcedIds,role,givenName,familyName,email\n"
        yield from (f"k{number},s1,student,A,B,\n" for number in range(20_000))
        yield "t1,s1,teacher,Ana,Ruiz,ana@x.org\n"

    class Streams(Files):
        def open(self, name: str) -> Iterable[str]:
            return lines() if name == "users.csv" else super().open(name)

    assert len(list(islice(read_roster(Streams(orgs=ORGS, users=""), LEA_IDS), 5))) == 3


TEACHER = "t1,,,s1,teacher,Ana,Ruiz,ana@x.org"
D1 = "d1,,,D,district,4800002,\n"
HEAD = "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n"
ROLE_NAMES = (
    "teacher, aide, counselor, districtAdministrator, systemAdministrator, administrator, principal, "
    "siteAdministrator, student, guardian, parent, relative, proctor"
)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {"users": users()},
            "orgs.csv: The file is missing from the roster. Export the roster again with this file in it.",
        ),
        (
            {"orgs": ORGS, "user": users()},
            'users.csv: The file is missing from the roster. Is it "user.csv"? Rename it.',
        ),
        (
            {"a__orgs": ORGS, "b__orgs": ORGS, "users": users()},
            'b/orgs.csv: "orgs.csv" is there twice: a/orgs.csv and b/orgs.csv. Import one roster at a time.',
        ),
        (
            {"orgs": f"{HEAD}d1,,,D,district,99,\n", "users": users()},
            (
                'orgs.csv:2:identifier: No LEA is known as "99". '
                "Give the district's NCES LEAID as identifier and import its LEA first, or name the LEA yourself."
            ),
        ),
        (
            {"orgs": f"{HEAD}{D1}s1,,,S,scool,,d1\n", "users": users()},
            'orgs.csv:3:type: "scool" is no type of org. Did you mean "school"?',
        ),
        (
            {"orgs": f"{HEAD}{D1}s1,,,S,school,,d1\ns1,,,S,school,,d1\n", "users": users()},
            'orgs.csv:4:sourcedId: "s1" is on line 3 already. Keep one of the two rows.',
        ),
        (
            {"orgs": f"{HEAD}{D1},,,,school,,d1\n", "users": users()},
            (
                "orgs.csv:3:sourcedId: The sourcedId is blank. Give each org an id of its own.\n"
                "orgs.csv:3:name: The school has no name. Give its name."
            ),
        ),
        (
            {"orgs": f"{HEAD}s1,,,S,school,,d7\n", "users": users()},
            (
                "orgs.csv:2:parentSourcedId: The school leads to no district. "
                "Give the sourcedId of a district in this file."
            ),
        ),
        (
            {"orgs": ORGS, "users": users(TEACHER).replace("email", "emial")},
            'users.csv:1:emial: "emial" is no column we know. Did you mean "email"?',
        ),
        (
            {"orgs": ORGS, "users": "sourcedId,givenName,familyName,email\nt1,A,B,a@x.org\n"},
            (
                'users.csv:1:role: The column "role" is missing. Add it to the first line.\n'
                'users.csv:1:orgSourcedIds: The column "orgSourcedIds" is missing. Add it to the first line.'
            ),
        ),
        (
            {"orgs": ORGS, "users": users("t1,,,s1,teachr,Ana,Ruiz,ana@x.org")},
            'users.csv:2:role: The role is not one of OneRoster\'s. Did you mean "teacher"?',
        ),
        (
            {"orgs": ORGS, "users": users("t1,,,s1,,SECRETKID,SECRET,kid@x.org")},
            f"users.csv:2:role: The role is blank. Use one of: {ROLE_NAMES}.",
        ),
        (
            {"orgs": ORGS, "users": users("t1,,,s1,teacher,Ana,Ruiz,")},
            "users.csv:2:email: A member of staff has no email. Give the work email, or set enabledUser to false.",
        ),
        (
            {"orgs": ORGS, "users": users("t1,,,s1,teacher,Ana,Ruiz,ana at x.org")},
            "users.csv:2:email: The email of a member of staff is no address. Write it like name@district.org.",
        ),
        (
            {"orgs": ORGS, "users": users("t1,,,s7,teacher,Ana,Ruiz,ana@x.org")},
            (
                "users.csv:2:orgSourcedIds: None of this person's orgs leads to an LEA in orgs.csv. "
                "Give the sourcedId of a school or district there."
            ),
        ),
        (
            {"orgs": ORGS, "users": users("t1,gone,maybe,s1,teacher,,,ana@x.org")},
            (
                "users.csv:2:status: The status is not one of OneRoster's. Use active or tobedeleted.\n"
                "users.csv:2:enabledUser: This is neither true nor false. Write true or false."
            ),
        ),
        (
            {"orgs": ORGS, "users": users(TEACHER, "t2,,,s1,teacher,Bo,Lee,ANA@x.org")},
            "users.csv:3:email: The email is that of another person on line 2. Give each person their own address.",
        ),
        (
            {"orgs": ORGS, "users": users(TEACHER, "t1,,,s2,teacher,Bo,Lee,bo@x.org")},
            "users.csv:3:sourcedId: It is that of another person on line 2. Give each person their own sourcedId.",
        ),
        (
            {"orgs": ORGS, "users": users("k1,,,s1,student,SECRETKID,SECRET")},
            (
                "users.csv:2: The row has 7 cells, the first line has 8. "
                "Look for a missing or extra comma, or a text with a comma that needs quotes."
            ),
        ),
        (
            {"orgs": ORGS, "users": USERS_12, "roles": ROLES.replace("6/30/2024", "June")},
            "roles.csv:3:endDate: This is no date. Write it like 2026-06-30.",
        ),
        (
            {"orgs": ORGS, "users": USERS_12, "roles": ROLES.replace("userSourcedId", "userSorcedId")},
            'roles.csv:1:userSorcedId: "userSorcedId" is no column we know. Did you mean "userSourcedId"?',
        ),
    ],
)
def test_a_broken_roster_yields_nothing_and_tells_where_and_how_to_mend_it(
    files: dict[str, str], expected: str
) -> None:
    told = fault(**files)
    assert told == expected
    assert "SECRET" not in told


def test_a_later_roster_leaves_what_is_the_persons_own() -> None:
    _, people = read(orgs=ORGS, users=USERS_11)
    roster = people["bo@spur.org"]
    known = roster.model_copy(
        update={"language": "es", "roles": ("facilitator",), "family_name": "Old", "active": False}
    )
    updated = update_from_roster(known, roster)
    assert (updated.language, updated.roles, updated.family_name, updated.active) == (
        "es",
        ("facilitator",),
        "McDonald",
        True,
    )


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("SMITH", "Smith"),
        ("smith", "Smith"),
        ("McDonald", "McDonald"),
        ("MCDONALD", "McDonald"),
        ("O'BRIEN", "O'Brien"),
        ("GARCÍA-LÓPEZ", "García-López"),
        ("van der Berg", "van der Berg"),
        ("JOHN  HENRY III", "John Henry III"),
        ("", ""),
    ],
)
def test_names_in_capitals_are_eased_and_mixed_case_is_left(written: str, kept: str) -> None:
    assert tidy_name(written) == kept


def test_an_address_is_lower_case_or_none() -> None:
    assert tidy_email(" Ana.Ruiz@X.org ") == "ana.ruiz@x.org"
    assert [tidy_email(text) for text in ("ana", "a@b", "a b@x.org", "a@x..org", "a@x.org;b@x.org")] == [""] * 5
