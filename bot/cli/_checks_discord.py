"""The doctor at Discord's door: token, intents, permissions, rooms, menus. What is wrong says what to click."""

from collections.abc import AsyncIterator, Sequence

from bot.chat.discord.api import probe
from bot.chat.discord.api.calls import CALL_ERRORS, Calls
from bot.chat.discord.ids import PLATFORM
from bot.chat.discord.inviting import invitation, named
from bot.chat.discord.permissions import MEETING
from bot.settings import Settings
from cohorts.people.rows import count
from cohorts.send_errors import AccessLostError
from storage.accounts import every_room
from storage.database import UNREACHABLE, open_database

from ._checks_here import Finding
from ._shared import first_line

PORTAL = "https://discord.com/developers/applications"
LET_IN = "the channel → Edit Channel → Permissions → add Cohortium with View Channel"
FEW = 50
"""Introductions to the gateway that are left on a day on which something is wrong."""


async def check_discord(settings: Settings) -> AsyncIterator[Finding]:
    token = settings.discord_token.get_secret_value()
    if not token:
        mend = f"{PORTAL} → your app → Bot → Reset Token; set COHORTIUM_DISCORD_TOKEN to it."
        yield _wrong("Discord token", "There is none.", mend)
        return
    async with probe.probing(token, settings.discord_api_base) as calls:
        try:
            app = await probe.application(calls)
        except AccessLostError:
            mend = f"{PORTAL} → your app → Bot → Reset Token; set COHORTIUM_DISCORD_TOKEN to the one shown then."
            yield _wrong("Discord token", "Discord does not take it.", mend)
            return
        except CALL_ERRORS as error:
            mend = "Let this machine reach it over HTTPS (proxy, firewall), or mend COHORTIUM_DISCORD_API_BASE."
            what = f"{settings.discord_api_base} cannot be asked: {first_line(error)}"
            yield _wrong("Discord connection", what, mend)
            return
        yield Finding(name="Discord token", state="ok", what=f"Good for the app {app.name} ({app.id}).")
        yield _intents(app)
        yield _endpoint(app)
        yield _public(app, settings)
        for name, check in (("gateway", _starts), ("servers", _servers), ("menus", _menus)):
            try:
                yield await check(calls, app, settings)
            except CALL_ERRORS as error:
                yield _wrong(f"Discord {name}", f"Discord did not say: {first_line(error)}", "Ask again in a minute.")
        yield await _rooms(calls, settings)


def _intents(app: probe.Application) -> Finding:
    name = "Discord intents"
    if not app.privileged:
        return Finding(name=name, state="ok", what="No privileged intent is on, and none is needed.")
    mend = f"{PORTAL} → {app.name} → Bot → Privileged Gateway Intents: switch off. Cohortium does not use them."
    return Finding(name=name, state="warn", what=f"On, and not used: {', '.join(app.privileged)}.", mend=mend)


def _endpoint(app: probe.Application) -> Finding:
    name = "Discord way in"
    if not app.endpoint:
        return Finding(name=name, state="ok", what="Commands and presses come over the gateway.")
    mend = f"{PORTAL} → {app.name} → General Information → Interactions Endpoint URL: leave it empty, save."
    return _wrong(name, f"Commands and presses go to {app.endpoint}, not to us.", mend)


def _public(app: probe.Application, settings: Settings) -> Finding:
    name = "Discord app"
    if not app.public:
        return Finding(name=name, state="ok", what="Nobody but its owner brings it into a server.")
    if settings.discord_server_ids:
        what = "Anybody may bring it into a server of theirs; COHORTIUM_DISCORD_SERVERS says in which ones it works."
        return Finding(name=name, state="ok", what=what)
    mend = (
        f"{PORTAL} → {app.name} → Installation → Install Link: None, save; then Bot → Public Bot: off, save. Or set"
        " COHORTIUM_DISCORD_SERVERS to the ids of your servers."
    )
    what = "Anybody may bring it into a server of their own, and have a cohort's room there."
    return Finding(name=name, state="warn", what=what, mend=mend)


async def _starts(calls: Calls, _app: probe.Application, _settings: Settings) -> Finding:
    found, name = await probe.starts(calls), "Discord gateway"
    what = f"{found.remaining} of {found.total} introductions are left today; {count(found.shards, 'shard')}."
    if found.remaining > FEW:
        return Finding(name=name, state="ok", what=what)
    mend = "Something makes Cohortium begin anew again and again: look at its log before Discord resets the token."
    return Finding(name=name, state="warn", what=what, mend=mend)


async def _servers(calls: Calls, app: probe.Application, settings: Settings) -> Finding:
    found, name, ours = await probe.servers(calls), "Discord servers", settings.discord_server_ids
    if beside := [one for one in found if ours and one.id not in ours]:
        told = "; ".join(f"{one.name} ({one.id})" for one in beside[:5])
        mend = "Add it to COHORTIUM_DISCORD_SERVERS, or have the app taken out there: Server Settings → Integrations."
        what = f"Not among COHORTIUM_DISCORD_SERVERS, so nothing is heard or said there: {told}."
        return Finding(name=name, state="warn", what=what, mend=mend)
    if not found:
        return Finding(name=name, state="warn", what="No server has let us in.", mend=f"Open {invitation(app.id)}")
    short = sorted((one for one in found if one.lacking), key=lambda one: not one.lacking & ~MEETING)
    if not short:
        return Finding(name=name, state="ok", what=f"{count(len(found), 'server')}: all that is needed is allowed.")
    told = "; ".join(f"{one.name} ({one.id}): {', '.join(named(one.lacking))}" for one in short[:5])
    mend = f"Let us in once more with all of it: {invitation(app.id, short[0].id)}"
    if not short[0].lacking & ~MEETING:
        what = f"Live meetings are not among the events of {len(short)} of {len(found)}, not allowed: {told}."
        return Finding(name=name, state="warn", what=what, mend=mend)
    return _wrong(name, f"Not allowed in {len(short)} of {len(found)}: {told}.", mend)


async def _menus(calls: Calls, app: probe.Application, _settings: Settings) -> Finding:
    name = "Discord menus"
    if await probe.menus_hold(calls, app):
        return Finding(name=name, state="ok", what="/cohort and the entries of a message's menu are there.")
    what, mend = "/cohort is not as it should be there.", "cohortium discord menus, or start cohortium run."
    return Finding(name=name, state="warn", what=what, mend=mend)


async def _rooms(calls: Calls, settings: Settings) -> Finding:
    name = "Discord rooms"
    try:
        rooms = await _known_rooms(settings)
    except (ValueError, *UNREACHABLE) as error:
        what = f"The database does not say which there are: {first_line(error)}."
        return Finding(name=name, state="warn", what=what, mend="cohortium doctor says more.")
    homes = [style.partition(":") for style in settings.discord_room_styles.values() if ":" in style]
    places = await probe.look_at_rooms(calls, [channel for _, _, channel in homes])
    if places.hidden:
        what = f"Rooms are to be made in the channel {places.hidden[0]}, which Discord does not show us."
        mend = (
            "In Discord: right-click the channel → Copy Channel ID; set COHORTIUM_DISCORD_ROOMS to that. Or let us in: "
        )
        return _wrong(name, what, f"{mend}{LET_IN}.")
    looked = await probe.look_at_rooms(calls, rooms)
    if looked.hidden:
        mend = f"In Discord: {LET_IN}; or delete it."
        return _wrong(name, f"Closed to us: {', '.join(looked.hidden[:10])}.", mend)
    are_rooms = {channel for kind, _, channel in homes if kind == "existing"}
    if seen := dict.fromkeys((*looked.open, *(one for one in places.open if one in are_rooms))):
        mend = "In Discord: the channel → Edit Channel → Permissions → Private Channel."
        return _wrong(name, f"Everybody in the server may look into {', '.join([*seen][:10])}.", mend)
    return Finding(name=name, state="ok", what=f"{count(len(rooms), 'room')}, each of which we see.")


async def _known_rooms(settings: Settings) -> Sequence[str]:
    file = settings.database_file
    if file and not file.exists():
        return ()
    database = open_database(settings.database_url)
    try:
        return await database.read(lambda tx: every_room(tx.connection, PLATFORM))
    finally:
        await database.close()


def _wrong(name: str, what: str, mend: str) -> Finding:
    return Finding(name=name, state="error", what=what, mend=mend)
