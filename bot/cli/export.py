"""`cohortium export …`: what is ours, in formats that others read."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from bot.given import refusal
from cohorts.catalogue.faults import bad_input
from cohorts.catalogue.model import Microcredential
from cohorts.catalogue.openbadges import OfficialSchema, write_achievement
from cohorts.catalogue.tree import Tree
from cohorts.people.rows import nearest
from storage.database import Database

from ._shared import official_schema, out, problems_told, settings_here, unwritable, with_database

exporting = typer.Typer(name="export", help="Give the catalogue to other programs.", no_args_is_help=True)


@exporting.callback()
def export() -> None:
    """Keeps `catalogue` a subcommand while it is the only one."""


@exporting.command()
def catalogue(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]…", help="Which ones; all when none is named.")
    ] = None,
    folder: Annotated[Path, typer.Option("--out", help="The folder to write to; made when it is not there.")] = Path(),
) -> None:
    """Each microcredential as an Open Badges 3.0 Achievement, <id>.json, held to the official schema when it is set."""
    with problems_told():
        settings = settings_here()
        schema = official_schema(settings)
        chosen = _choose(ids or [], with_database(settings, _all))
        texts = {f"{quote(each.id, safe='')}.json": _text(each, schema) for each in chosen}
        _write(folder, texts)
    out.print(f"{len(texts)} written to {folder}")


async def _all(database: Database) -> Sequence[Microcredential]:
    return await database.read(lambda transaction: transaction.catalogue.all())


def _choose(ids: Sequence[str], known: Sequence[Microcredential]) -> Sequence[Microcredential]:
    by_id = {each.id: each for each in known}
    if not known:
        raise refusal("catalogue", "The catalogue is empty.", "Import one first: cohortium import catalogue FILE")
    for each in ids:
        if each not in by_id:
            meant = nearest(each, by_id)
            mend = f'Did you mean "{meant}"?' if meant else f"Name one of: {', '.join(by_id)}."
            raise refusal("catalogue", f'There is no microcredential "{each}".', mend)
    return [by_id[each] for each in ids] or known


def _text(microcredential: Microcredential, schema: OfficialSchema | None) -> str:
    """Raises BadInputError when the official schema refuses it."""
    achievement = write_achievement(microcredential)
    faults = schema.faults(achievement, credential=False) if schema else []
    if faults:
        raise bad_input(Tree(microcredential.id, achievement, {}, {}), faults, "en")
    return json.dumps(achievement, ensure_ascii=False, indent=2) + "\n"


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, "utf-8")
    except OSError as error:
        raise unwritable(folder, error) from None
