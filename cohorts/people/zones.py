"""The time zone of a place in the United States, by state and county.

Approximation of 49 CFR part 71 as of today: a state's usual zone, and for split states the counties on the
other side. A county that is itself split gets the zone of its seat (Cherry NE, Gulf FL, Stanley SD, McKenzie
ND). Arizona is Phoenix throughout, though the Navajo Nation keeps daylight saving time. A zone that a file
gives itself wins over this.
"""

import re

EASTERN, CENTRAL, MOUNTAIN, PACIFIC = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
)
_STATES_OF = {
    EASTERN: "CT DC DE FL GA KY MA MD ME NC NH NJ NY OH PA RI SC VA VT WV",
    CENTRAL: "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
    MOUNTAIN: "CO MT NM UT WY",
    PACIFIC: "CA NV OR WA",
    "America/Boise": "ID",
    "America/Detroit": "MI",
    "America/Indiana/Indianapolis": "IN",
    "America/Phoenix": "AZ",
    "America/Anchorage": "AK",
    "Pacific/Honolulu": "HI",
    "America/Puerto_Rico": "PR VI",
    "Pacific/Guam": "GU MP",
    "Pacific/Pago_Pago": "AS",
}
STATES = {state: zone for zone, states in _STATES_OF.items() for state in states.split()}

_OTHER_SIDE = {
    "FL": (CENTRAL, "Bay, Calhoun, Escambia, Holmes, Jackson, Okaloosa, Santa Rosa, Walton, Washington"),
    "ID": (
        PACIFIC,
        """
        Benewah, Bonner, Boundary, Clearwater, Idaho, Kootenai, Latah, Lewis, Nez Perce, Shoshone
        """,
    ),
    "IN": (
        CENTRAL,
        """
        Gibson, Jasper, LaPorte, Lake, Newton, Perry, Porter, Posey, Spencer, Starke, Vanderburgh, Warrick
        """,
    ),
    "KS": (MOUNTAIN, "Greeley, Hamilton, Sherman, Wallace"),
    "KY": (
        CENTRAL,
        """
        Adair, Allen, Ballard, Barren, Breckinridge, Butler, Caldwell, Calloway, Carlisle, Christian,
        Clinton, Crittenden, Cumberland, Daviess, Edmonson, Fulton, Graves, Grayson, Green, Hancock, Hart,
        Henderson, Hickman, Hopkins, Livingston, Logan, Lyon, Marshall, McCracken, McLean, Metcalfe,
        Monroe, Muhlenberg, Ohio, Russell, Simpson, Todd, Trigg, Union, Warren, Webster
        """,
    ),
    "MI": ("America/Menominee", "Dickinson, Gogebic, Iron, Menominee"),
    "ND": (MOUNTAIN, "Adams, Billings, Bowman, Dunn, Golden Valley, Grant, Hettinger, Slope, Stark"),
    "NE": (
        MOUNTAIN,
        """
        Arthur, Banner, Box Butte, Chase, Cheyenne, Dawes, Deuel, Dundy, Garden, Grant, Hooker, Keith,
        Kimball, Morrill, Perkins, Scotts Bluff, Sheridan, Sioux
        """,
    ),
    "OR": ("America/Boise", "Malheur"),
    "SD": (
        MOUNTAIN,
        """
        Bennett, Butte, Corson, Custer, Dewey, Fall River, Haakon, Harding, Jackson, Lawrence, Meade,
        Oglala Lakota, Pennington, Perkins, Shannon, Ziebach
        """,
    ),
    "TN": (
        EASTERN,
        """
        Anderson, Blount, Bradley, Campbell, Carter, Claiborne, Cocke, Grainger, Greene, Hamblen,
        Hamilton, Hancock, Hawkins, Jefferson, Johnson, Knox, Loudon, McMinn, Meigs, Monroe, Morgan, Polk,
        Rhea, Roane, Scott, Sevier, Sullivan, Unicoi, Union, Washington
        """,
    ),
    "TX": (MOUNTAIN, "El Paso, Hudspeth"),
}
# West of the first meridian the second zone holds: a rough guess for when only the longitude is known.
_MERIDIANS = {
    "FL": (-85.0, CENTRAL, EASTERN),
    "KS": (-101.5, MOUNTAIN, CENTRAL),
    "KY": (-85.8, CENTRAL, EASTERN),
    "ND": (-102.0, MOUNTAIN, CENTRAL),
    "NE": (-101.3, MOUNTAIN, CENTRAL),
    "SD": (-100.6, MOUNTAIN, CENTRAL),
    "TN": (-85.4, CENTRAL, EASTERN),
    "TX": (-104.9, MOUNTAIN, CENTRAL),
}


def _county_key(county: str) -> str:
    bare = re.sub(r"\s+(county|parish|borough|census area|municipality)$", "", county.strip(), flags=re.IGNORECASE)
    return re.sub(r"[^a-z]", "", bare.lower())


_COUNTIES = {
    (state, _county_key(county)): zone
    for state, (zone, counties) in _OTHER_SIDE.items()
    for county in counties.split(",")
}


def zone_of(state: str, county: str = "", longitude: float | None = None) -> str:
    """An IANA name for a two-letter state code (any case) of `STATES`; KeyError for any other."""
    code = state.upper()
    usual = STATES[code]
    if code == "AK" and longitude is not None and not -169.5 <= longitude < 0:
        return "America/Adak"
    if county.strip():
        return _COUNTIES.get((code, _county_key(county)), usual)
    if longitude is not None and code in _MERIDIANS:
        meridian, west, east = _MERIDIANS[code]
        return west if longitude < meridian else east
    return usual
