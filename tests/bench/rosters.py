"""OneRoster 1.1 folders of any size, made up, always the same."""

from pathlib import Path

HEADER = (
    "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,"
    "middleName,identifier,email,sms,phone,agentSourcedIds,grades,password\n"
)
GIVEN = ("Ana", "Bo", "Cy", "Dee", "Eli", "Fay", "Gus", "Hope", "Ines", "Jo")
FAMILY = ("Lee", "O'Brien", "DE LA CRUZ", "Núñez", "McDonald", "Park", "Okafor", "Smith", "Ruiz", "Young")
STAFF_PER_SCHOOL = 40


def write_roster(folder: Path, staff: int, students: int = 0, lea_id: str = "4800001") -> Path:
    """The folder, with orgs.csv and users.csv; every fortieth of the staff is a principal."""
    folder.mkdir(parents=True, exist_ok=True)
    schools = staff // STAFF_PER_SCHOOL + 1
    with (folder / "orgs.csv").open("w", encoding="utf-8") as orgs:
        orgs.write("sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n")
        orgs.write(f"d1,,,Spur ISD,district,{lea_id},\n")
        orgs.writelines(f"s{number},,,School {number},school,,d1\n" for number in range(schools))
    with (folder / "users.csv").open("w", encoding="utf-8") as users:
        users.write(HEADER)
        users.writelines(
            _row(number, "teacher" if number % STAFF_PER_SCHOOL else "principal") for number in range(staff)
        )
        users.writelines(_row(staff + number, "student") for number in range(students))
    return folder


def _row(number: int, role: str) -> str:
    given, family = GIVEN[number % 10], FAMILY[number // 10 % 10]
    school = number // STAFF_PER_SCHOOL % 2000
    return (
        f"u{number},active,2026-08-01,true,s{school},{role},{given}{number},,{given},{family},,{number},"
        f"{given}.{number}@spur.example.org,,555-0100,,,\n"
    )
