"""LEAs, their zones and their cooperatives."""

import os
from collections import Counter
from pathlib import Path

import pytest

from cohorts.people.leas import cooperative_of, lea_identifiers, read_leas
from cohorts.people.zones import zone_of
from cohorts.problems import BadInputError

HEADER = (
    "leaid,state_id,name,city,state,county,lat,lon,grade_lo,grade_hi,locale_modal,schools,esc_region,enrollment_2016"
)
GOOD = "4800001,054901,CROSBYTON CISD,CROSBYTON,TX,CROSBY COUNTY,33.65,-101.24,PK,12,43,5,17,389"


def rows(*lines: str, header: str = HEADER) -> list[str]:
    return [f"{line}\n" for line in (header, *lines)]


def changed(**cells: str) -> str:
    names = HEADER.split(",")
    return ",".join(cells.get(name, old) for name, old in zip(names, GOOD.split(","), strict=True))


def fault(*lines: str, header: str = HEADER) -> str:
    with pytest.raises(BadInputError) as raised:
        list(read_leas("lea.csv", rows(*lines, header=header)))
    return str(raised.value)


def test_a_row_becomes_an_lea() -> None:
    [lea] = read_leas("lea.csv", rows(GOOD))
    assert (lea.id, lea.state_id, lea.region, lea.zone) == ("4800001", "054901", "17", "America/Chicago")
    assert (lea.latitude, lea.longitude, lea.locale, lea.enrollment) == (33.65, -101.24, 43, 389)
    assert (lea.grade_low, lea.grade_high) == ("PK", "12")


def test_leading_zeros_are_kept_and_blanks_are_unknown() -> None:
    row = changed(leaid="0100005", state="al", esc_region="", locale_modal="", grade_lo="N", enrollment_2016="")
    [lea] = read_leas("lea.csv", rows(row))
    assert (lea.id, lea.state, lea.region, lea.locale, lea.grade_low) == ("0100005", "AL", "", None, "")
    assert lea.enrollment is None
    assert cooperative_of(lea) is None


def test_a_zone_of_the_files_own_wins() -> None:
    [lea] = read_leas("lea.csv", rows(f"{GOOD},America/Denver", header=f"{HEADER},zone"))
    assert lea.zone == "America/Denver"


@pytest.mark.parametrize(
    ("state", "county", "longitude", "zone"),
    [
        ("TX", "EL PASO COUNTY", None, "America/Denver"),
        ("TX", "CULBERSON COUNTY", -104.83, "America/Chicago"),
        ("TX", "", -106.4, "America/Denver"),
        ("KY", "Laurel County", None, "America/New_York"),
        ("KY", "McCracken", None, "America/Chicago"),
        ("KY", "", -88.6, "America/Chicago"),
        ("TN", "Knox", None, "America/New_York"),
        ("TN", "Davidson", None, "America/Chicago"),
        ("IN", "LaPorte", None, "America/Chicago"),
        ("AK", "Aleutians West Census Area", -174.2, "America/Adak"),
        ("AZ", "Navajo", None, "America/Phoenix"),
    ],
)
def test_split_states_have_the_zone_of_the_county(state: str, county: str, longitude: float | None, zone: str) -> None:
    assert zone_of(state, county, longitude) == zone


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (changed(leaid=""), "lea.csv:2:leaid: The LEAID is blank. Give the 7-character NCES LEAID."),
        (
            changed(leaid="100005"),
            (
                'lea.csv:2:leaid: "100005" has 6 characters; a spreadsheet may have dropped the leading zero. '
                'Write it as text: "0100005".'
            ),
        ),
        (
            changed(leaid="48-0001"),
            'lea.csv:2:leaid: "48-0001" is no NCES LEAID. Give 7 digits, such as 4800001.',
        ),
        (changed(name=""), "lea.csv:2:name: The name is blank. Give the district's name."),
        (
            changed(state="Texas"),
            'lea.csv:2:state: "Texas" is no state. Give the two-letter postal code, such as TX.',
        ),
        (changed(state=""), "lea.csv:2:state: The state is blank. Give the two-letter postal code, such as TX."),
        (
            changed(lat="north"),
            'lea.csv:2:lat: "north" is not a number. Give a plain number, or leave it blank.',
        ),
        (changed(lon="-1012.4"), 'lea.csv:2:lon: "-1012.4" cannot be right. Correct it, or leave it blank.'),
        (changed(lat="nan"), 'lea.csv:2:lat: "nan" cannot be right. Correct it, or leave it blank.'),
        (
            changed(locale_modal="44"),
            'lea.csv:2:locale_modal: "44" cannot be right. Correct it, or leave it blank.',
        ),
        (
            changed(schools="5.5"),
            'lea.csv:2:schools: "5.5" is not a number. Give a plain number, or leave it blank.',
        ),
        (
            changed(enrollment_2016="-3"),
            'lea.csv:2:enrollment_2016: "-3" cannot be right. Correct it, or leave it blank.',
        ),
    ],
)
def test_a_wrong_cell_is_told_where_and_how_to_mend_it(line: str, expected: str) -> None:
    assert fault(line) == expected


def test_a_district_twice_is_told_with_both_lines() -> None:
    assert fault(GOOD, GOOD) == 'lea.csv:3:leaid: "4800001" is on line 2 already. Keep one of the two rows.'


def test_a_misspelt_header_and_an_unknown_zone_are_told() -> None:
    misspelt = HEADER.replace("leaid", "leadi")
    assert fault(GOOD, header=misspelt) == 'lea.csv:1:leadi: "leadi" is no column we know. Did you mean "leaid"?'
    unknown = fault(f"{GOOD},America/Chigago", header=f"{HEADER},zone")
    assert unknown == (
        'lea.csv:2:zone: "America/Chigago" is no time zone. Give an IANA name, such as "America/Chicago".'
    )


def test_every_problem_of_a_file_is_told_at_once() -> None:
    told = fault(changed(leaid="1", name=""), changed(state="ZZ")).splitlines()
    assert [line.split(":")[1:3] for line in told] == [["2", "leaid"], ["2", "name"], ["3", "state"]]


def test_rosters_may_name_a_district_by_leaid_with_or_without_zeros_or_by_state_id() -> None:
    lines = rows(changed(leaid="0100005", state_id="7"), changed(leaid="0100006", state_id="8,8").replace(",8,8", ",8"))
    ids = lea_identifiers(read_leas("lea.csv", lines))
    assert {ids[name] for name in ("0100005", "100005", "7")} == {"0100005"}
    assert ids["8"] == "0100006"
    shared = rows(changed(leaid="0100005", state_id="9"), changed(leaid="0100006", state_id="9"))
    assert "9" not in lea_identifiers(read_leas("lea.csv", shared))


@pytest.mark.skipif("COHORTIUM_SHARED" not in os.environ, reason="the shared data is not here")
def test_every_real_texas_district_is_read() -> None:
    path = Path(os.environ["COHORTIUM_SHARED"]) / "data" / "tx-lea-with-esc-region.csv"
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as lines:
        leas = list(read_leas(path.name, lines))
    assert len({lea.id for lea in leas}) == 1029
    assert all(len(lea.id) == 7 for lea in leas)
    assert Counter(lea.zone for lea in leas) == {"America/Chicago": 1017, "America/Denver": 12}
    cooperatives = {cooperative_of(lea) for lea in leas} - {None}
    assert len(cooperatives) == 20
    assert sum(lea.region == "" for lea in leas) == 4
    assert {"Education Service Center Region 1", "Education Service Center Region 20"} <= {
        cooperative.name for cooperative in cooperatives if cooperative
    }
