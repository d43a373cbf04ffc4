"""`cohortium form regions`: what forming would bring to the LEAs of a file, by region, before anybody has joined."""

import csv
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Annotated

import typer

from bot import clock
from bot.given import refusal
from cohorts.forming.form import form_cohorts
from cohorts.forming.regions import Region, regions_of, together
from cohorts.people.leas import cooperative_of, read_leas
from cohorts.people.model import Lea
from cohorts.words import say

from ._forming_files import policy_from
from ._given import csv_lines, require
from ._made_up import make_up
from ._regions_picture import draw_regions, percent, region_called
from ._shared import out, problems_told, unwritable
from ._spoken import language_told

MOST = 1_000_000
COLUMNS = ("leas", "people", "singletons", "before", "after", "waiting")


def regions(
    leas: Annotated[
        Path, typer.Option(help="A CSV of LEAs with enrollment, as for `import leas`.", show_default=False)
    ],
    educators: Annotated[int, typer.Option(help="How many to make up.")] = 3000,
    seed: Annotated[int, typer.Option(help="The same LEAs, number and seed give the same.")] = 7,
    folder: Annotated[Path, typer.Option("--out", help="Where regions.csv, .md and .svg go.")] = Path(),
    language: Annotated[str, typer.Option(help="Language of the table and the picture: en or es.")] = "en",
) -> None:
    """Singletons with fewer than two near peers before and after, by region, with made-up educators."""
    with problems_told():
        language_told(language)
        if not 1 <= educators <= MOST:
            raise refusal(
                "--educators", f"{educators} is no number of educators we can make up.", f"Give 1 to {MOST:,}."
            )
        require(leas, "leas")
        found = list(read_leas(str(leas), csv_lines(leas, lambda _: None)))
        if not any(lea.enrollment for lea in found):
            raise refusal(leas, "No LEA has students.", "Give enrollment_2016: educators are spread by it.")
        now, policy = clock.now(), policy_from(None)
        people = make_up(found, educators, seed, now)
        proposal = form_cohorts(people, policy, seed, now)
        told = regions_of(proposal, policy, people, {lea.id: _region(lea) for lea in found})
        _write(folder, sorted(told, key=_by_number), language)


def _region(lea: Lea) -> str:
    """A name short enough for a table."""
    cooperative = cooperative_of(lea)
    return cooperative.name.removeprefix("Education Service Center ") if cooperative else ""


def _by_number(region: Region) -> tuple[bool, int, str]:
    number = "".join(letter for letter in region.name if letter.isdigit())
    return not region.name, int(number or 0), region.name


def _write(folder: Path, told: Sequence[Region], language: str) -> None:
    whole = together(told, say(language, "report.regions_whole"))
    files = {
        "regions.csv": _csv([*told, whole], language),
        "regions.md": _table([*told, whole], language),
        "regions.svg": draw_regions(told, whole, language),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, "utf-8")
    except OSError as error:
        raise unwritable(folder, error) from None
    out.print(files["regions.md"], soft_wrap=True)
    out.print("\n".join(str(folder / name) for name in files))


def _table(rows: Sequence[Region], language: str) -> str:
    head = [say(language, f"report.regions_col_{name}") for name in ("name", *COLUMNS)]
    lines = [head, ["---", *("---:" for _ in COLUMNS)]]
    for one in rows:
        shares = [f"{part} ({percent(part, one.singletons)} %)" for part in (one.before, one.after)]
        counts = [str(one.leas), str(one.people), str(one.singletons)]
        lines.append([region_called(one, language), *counts, *shares, str(one.waiting)])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _csv(rows: Sequence[Region], language: str) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("region", *COLUMNS))
    writer.writerows((region_called(one, language), *(getattr(one, name) for name in COLUMNS)) for one in rows)
    return text.getvalue()
