"""`cohortium demo`: a living network of made-up people, in the browser or, headless, in a folder."""

import asyncio
import json
import shutil
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn

from bot.app import House, open_house, ready_database
from bot.demo.clock import START, DemoClock
from bot.demo.desk import DemoDesk
from bot.demo.network import RealPeopleError, lay_network
from bot.demo.people import DemoPerson, made_up
from bot.demo.record import write_record
from bot.demo.summary import summarise
from bot.demo.world import World
from bot.given import refusal
from bot.log import configure
from bot.serve import secret_of, serve
from bot.settings import Settings

from ._shared import alone_told, err, out, problems_told, settings_here

EDUCATORS = 42
WEEKS = 8
AFTER = timedelta(days=21)
"""How long after the last week the headless demo looks on: breaks and late people take their time."""
OPENS_AT = START + timedelta(days=10, hours=3)
"""Where the demo in the browser begins: the middle of the first week of the cycle."""


def demo(
    headless: Annotated[
        bool, typer.Option("--headless", help="No browser: live through it all, write it to --out.")
    ] = False,
    weeks: Annotated[int, typer.Option(min=1, max=20, help="Weeks of the cycle to live through (headless).")] = WEEKS,
    educators: Annotated[int, typer.Option(min=16, max=5000, help="How many made-up people.")] = EDUCATORS,
    seed: Annotated[int, typer.Option(help="The same seed gives the same demo.")] = 7,
    to: Annotated[Path | None, typer.Option("--out", help="Folder for rooms, people, packets, summary.json.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin anew, forgetting where the demo stood.")] = False,
) -> None:
    """A network that lives: become any of its people, and move its clock."""
    with problems_told():
        settings = settings_here()
        configure(settings)
        if headless:
            if to is None:
                raise refusal("demo", "--headless needs a folder to write to.", "Add --out DIR.")
            asyncio.run(_live_through(settings, to, _Plan(weeks, educators, seed, marked=True)))
        else:
            asyncio.run(_open(settings, _Plan(weeks, educators, seed, marked=False), fresh=fresh))


class _Plan:
    def __init__(self, weeks: int, educators: int, seed: int, *, marked: bool) -> None:
        self.weeks, self.educators, self.seed, self.marked = weeks, educators, seed, marked


async def _live_through(settings: Settings, folder: Path, plan: _Plan) -> None:
    """All weeks, as fast as they go. Killed and started again, it goes on where it was."""
    started = time.monotonic()
    work = folder / ".work"
    here = settings.model_copy(update={"data": work, "database": ""})
    clock = DemoClock()
    with alone_told(here):
        summary = await _weeks(here, clock, plan, folder)
    summary["seconds"] = round(time.monotonic() - started, 1)
    (folder / "summary.json").write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", "utf-8")
    shutil.rmtree(work)
    out.print(json.dumps(summary, indent=2, ensure_ascii=False))


async def _weeks(here: Settings, clock: DemoClock, plan: _Plan, folder: Path) -> dict[str, object]:
    """Lives through them, writes the record and returns the summary."""
    async with open_house(here, clock.now, "NORMAL") as house:
        world, _ = await _world(house, clock, plan)
        end = START + timedelta(weeks=plan.weeks) + AFTER
        await _advance(world, end)
        clock.move_to(end)
        return await house.database.transact(lambda tx: dict(summarise(tx, write_record(tx, folder, end), end)))


async def _open(settings: Settings, plan: _Plan, *, fresh: bool) -> None:
    here = settings.model_copy(update={"data": settings.data / "demo", "database": ""})
    with alone_told(here):
        if fresh:
            await _forget(here)
        await _show(here, plan)


async def _show(here: Settings, plan: _Plan) -> None:
    secret = secret_of(here)
    clock = DemoClock()
    async with open_house(here, clock.now, "NORMAL") as house:
        world, people = await _world(house, clock, plan)
        if clock.at < OPENS_AT:
            out.print("Laying the demo network (once)…")
            await _advance(world, OPENS_AT)
        await serve(house, DemoDesk(house, secret, world, people), here, out.print)


async def _forget(here: Settings) -> None:
    """Deletes the demo that is here, and nothing else. Raises BadInputError when it may be somebody's network."""
    file = here.database_file
    if file is not None and file.exists():
        async with ready_database(here) as database:
            if not all(made_up(educator) for educator in await database.read(lambda tx: tx.people.educators())):
                raise refusal(file, "There are real people in it, so it is no demo.", "Move it elsewhere yourself.")
    for path in (*here.data.glob("cohortium.db*"), here.data / "secret"):
        if path.suffix != ".lock":  # ours, and held
            path.unlink(missing_ok=True)


async def _world(house: House, clock: DemoClock, plan: _Plan) -> tuple[World, list[DemoPerson]]:
    try:
        laid = await house.database.transact(lay_network, plan.educators, plan.seed)
    except RealPeopleError:
        what = "There are real people in its database, and in the demo anybody may become anybody."
        raise refusal(house.database.url, what, "Give it another folder, by COHORTIUM_DATA or --out.") from None
    people = [person.model_copy(update={"marked": plan.marked}) for person in laid]
    world = World(house, clock, {person.educator.id: person for person in people}, plan.weeks, plan.seed)
    await world.resume()
    return world, people


async def _advance(world: World, end: datetime) -> None:
    """To `end`, with a bar for those who wait."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("The weeks go by", total=(end - START).total_seconds())
        while (at := await world.next_at()) is not None and at <= end:
            await world.step(at)
            progress.update(task, completed=(world.now() - START).total_seconds())
    await world.stand_at(end)
