"""What the pages around the product say is so: links lead somewhere, commands exist, settings are all there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr
from typer.core import TyperGroup
from typer.main import get_command

from bot.cli import app
from bot.settings import Settings
from prompts.render import messages

TOP = Path(__file__).parents[3]
DOCS = TOP / "docs"
PAGES = sorted([TOP / "README.md", TOP / "CHANGELOG.md", *DOCS.rglob("*.md")])
BOOK = DOCS / "book" / "mkdocs.yml"
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
PICTURE = re.compile(r'(?:src|srcset)="([^"]+)"')
BOLD = re.compile(r"\*\*([^*]+)\*\*")
COMMAND = re.compile(r"(?:^|[\s`]|bin/)cohortium((?: [^\s`#|]+)+)", re.MULTILINE)
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
WORD = re.compile(r"[a-z]+")


def links(page: Path) -> Iterator[str]:
    text = CODE.sub("", page.read_text("utf-8"))
    yield from LINK.findall(text) + PICTURE.findall(text)


def anchors(page: Path) -> set[str]:
    """As the manual and code hosts make them from headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def commands(page: Path) -> Iterator[list[str]]:
    """The words after `cohortium` in each piece of code."""
    for code in CODE.findall(page.read_text("utf-8")):
        yield from (said.split() for said in COMMAND.findall(code))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TOP)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in links(page):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in anchors(target), f"{link}: no such heading"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TOP)))
def test_every_command_named_exists(page: Path) -> None:
    for words in commands(page):
        unknown = _unknown(words)
        assert not unknown, f"cohortium {' '.join(words)}: there is no {unknown}"


def _unknown(words: list[str]) -> str:
    """The first word or option of the command line that it does not have."""
    here = get_command(app)
    for word in words:
        if isinstance(here, TyperGroup) and not word.startswith("-"):
            if word not in here.commands:
                return word if WORD.fullmatch(word) else ""
            here = here.commands[word]
        elif word.startswith("--"):
            options = {option for each in here.params for option in (*each.opts, *each.secondary_opts)}
            if word not in {*options, "--help"}:
                return word
    return ""


@pytest.mark.parametrize("name", ["README.md", "docs/teachers.md", "docs/facilitators.md"])
def test_what_is_in_bold_is_on_the_screen(name: str) -> None:
    """In these pages bold is what one presses; a bold line that ends with a full stop is a heading."""
    there = {" ".join(text.rstrip("….*").split()) for text in messages("en").values()}
    bold = BOLD.findall((TOP / name).read_text("utf-8"))
    named = {" ".join(said.rstrip("…").split()) for said in bold if not said.endswith(".")}
    assert len(named) > 5
    assert named - there == set()


def test_commands_are_found_in_the_pages_at_all() -> None:
    named = {words[0] for page in PAGES for words in commands(page)}
    assert {"demo", "run", "invite", "form", "doctor", "import", "export"} <= named
    assert _unknown(["import", "people"]) == "people"
    assert _unknown(["demo", "--slow"]) == "--slow"


def test_the_two_commands_come_first() -> None:
    first = (TOP / "README.md").read_text("utf-8").splitlines()[:8]
    assert [line.split()[:2] for line in first if line.startswith("make")] == [["make", "run"], ["make", "test"]]


def test_make_has_every_target_that_is_named() -> None:
    targets = set(re.findall(r"^(\w+):", (TOP / "Makefile").read_text("utf-8"), re.MULTILINE))
    pieces = [code for page in PAGES for code in CODE.findall(page.read_text("utf-8"))]
    named = {target for code in pieces for target in re.findall(r"(?:^|`)make (\w+)", code, re.MULTILINE)}
    assert named - targets == set()


def test_operators_read_of_every_setting() -> None:
    rows = [
        f"| `COHORTIUM_{name.upper()}` | {f'`{_written(field.default)}`' if _written(field.default) else ''} "
        f"| {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    table = [
        line for line in (DOCS / "operators.md").read_text("utf-8").splitlines() if line.startswith("| `COHORTIUM")
    ]
    assert table == rows


def _written(default: object) -> str:
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    return "" if default is None else str(default).lower() if isinstance(default, bool) else str(default)


def test_every_page_is_in_the_book() -> None:
    told = set(re.findall(r"[\w/-]+\.md", yaml.safe_dump(yaml.safe_load(BOOK.read_text("utf-8"))["nav"])))
    assert told == {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")}


def test_the_table_of_texas_is_that_of_its_picture() -> None:
    table = (DOCS / "cooperatives.md").read_text("utf-8")
    picture = (DOCS / "images" / "texas-regions.svg").read_text("utf-8")
    whole = next(line for line in table.splitlines() if line.startswith("| All |"))
    _, _, _, people, singletons, before, after, _, _ = (cell.strip() for cell in whole.split("|"))
    assert int(people) == 3000
    shares = [re.findall(r"\((\d+) %\)", cell)[0] for cell in (before, after)]
    assert f"Of {singletons} singletons {shares[0]} % had" in picture
    assert f"in their cohorts {shares[1]} % have." in picture
