"""`cohortium slack`: what Slack needs to be told of us, and who let us in."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.table import Table
from rich.text import Text

from bot.chat.slack.ids import PLATFORM
from bot.chat.slack.install.sealing import Keyring, new_key
from bot.chat.slack.manifest import manifest as draw
from bot.chat.slack.manifest import over_socket
from bot.given import refusal
from cohorts.people.rows import count
from storage import installations
from storage.installations import Installation
from storage.transaction import SqlTransaction

from ._shared import out, problems_told, settings_here, with_database

slack = typer.Typer(help="Set up the Slack app, and look after the workspaces it is in.", no_args_is_help=True)

Workspace = Annotated[str, typer.Argument(help="Its id, as `cohortium slack workspaces` shows it.")]


@slack.command()
def manifest(
    socket: Annotated[bool, typer.Option("--socket", help="For Socket Mode: Slack calls no address of ours.")] = False,
    url: Annotated[str, typer.Option(help="Where Slack, or with --socket browsers alone, reach us, https://…")] = "",
    many: Annotated[bool, typer.Option("--many", help="For many workspaces, by OAuth; needs an address.")] = False,
    org: Annotated[bool, typer.Option("--org", help="Also for the whole of an organization; with --many.")] = False,
    language: Annotated[Literal["en", "es"], typer.Option(help="Of what people read in Slack's menus.")] = "en",
    to: Annotated[Path | None, typer.Option("--out", help="Write it to this file.")] = None,
) -> None:
    """Print the manifest to paste into Slack: the scopes and events that are used, and no more.

    Without --socket or --url it is for HTTP when COHORTIUM_PUBLIC_URL is set, else for Socket Mode. With
    COHORTIUM_SLACK_CLIENT_ID set it is for many workspaces.
    """
    with problems_told():
        settings = settings_here()
        many = many or org or bool(settings.slack_client_id and not socket)
        site = "" if socket and not many else (url or settings.public_url).rstrip("/")
        _see_site(site, url, socket=socket, many=many)
        made = draw(site, language, many=many, org=org)
        text = json.dumps(over_socket(made) if socket and many else made, ensure_ascii=False, indent=2)
        if to is None:
            typer.echo(text)
        else:
            to.write_text(f"{text}\n", "utf-8")
            out.print(f"Written to {to}.")


def _see_site(site: str, url: str, *, socket: bool, many: bool) -> None:
    if socket and url and not many:
        raise refusal("--url", "Slack calls us, or we call Slack.", "Give --socket or --url, not both.")
    if many and not site:
        raise refusal("--many", "Many workspaces need an address that browsers come back to.", "Give --url.")
    if site and not site.startswith("https://"):
        raise refusal(site, "Slack takes no address but https://…", "Correct it, or use --socket.")


@slack.command("new-key")
def make_key() -> None:
    """Print a key to seal the tokens of many workspaces with, for COHORTIUM_SLACK_TOKEN_KEYS. It is kept nowhere."""
    typer.echo(new_key())


@slack.command("rotate-key")
def rotate_key() -> None:
    """Seal every token with the first key of COHORTIUM_SLACK_TOKEN_KEYS; the others can be taken out of it then."""

    def rotate(tx: SqlTransaction) -> int:
        sealed = [one for one in installations.all_of(tx.connection, PLATFORM) if one.sealed]
        for one in sealed:
            keyring.open(one.id, one.sealed)
            again = keyring.reseal(one.sealed)
            installations.reseal(tx.connection, one.place, one.sealed, again, one.expires_at, renewed=False)
        return len(sealed)

    with problems_told():
        settings = settings_here()
        keyring = Keyring(settings.slack_token_keys.get_secret_value())
        done = with_database(settings, lambda database: database.transact(rotate))
        out.print(f"{count(done, 'installation')} sealed with the first key.")


@slack.command("workspaces")
def show_workspaces(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Show who let us in, since when, and whose addresses count there. Tokens are never shown."""
    with problems_told():
        found = with_database(
            settings_here(),
            lambda database: database.read(lambda tx: installations.all_of(tx.connection, PLATFORM)),
        )
    if as_json:
        typer.echo(json.dumps([_told(one) for one in found], ensure_ascii=False, indent=2))
        return
    table = Table("id", "name", "for", "since", "addresses that count", box=None, padding=(0, 2, 0, 0))
    for one in found:
        state = "gone" if one.revoked_at else "whole organization" if one.granted.whole else "workspace"
        domains = ", ".join(one.domains) or "none: people bring a code"
        table.add_row(*map(Text, (one.id, one.granted.name, state, f"{one.installed_at:%Y-%m-%d}", domains)))
    out.print(table if found else "Nobody has let us in yet: open /slack/install at your address.")


def _told(one: Installation) -> dict[str, object]:
    return {
        "id": one.id,
        "name": one.granted.name,
        "organization": one.granted.organisation,
        "whole": one.granted.whole,
        "installed_by": one.granted.installed_by,
        "installed_at": one.installed_at.isoformat(),
        "revoked_at": _iso(one.revoked_at),
        "token_ends_at": _iso(one.expires_at),
        "scopes": list(one.granted.scopes),
        "domains": list(one.domains),
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


@slack.command()
def trust(
    workspace: Workspace,
    domains: Annotated[list[str], typer.Argument(help="E-mail domains, such as spur.example.", metavar="DOMAIN…")],
) -> None:
    """Believe this workspace when it tells an address of these domains: its owners can then be anybody who has one."""

    def more(known: Sequence[str]) -> list[str]:
        return [*known, *map(_domain, domains)]

    _change(workspace, more)


@slack.command()
def distrust(
    workspace: Workspace,
    domains: Annotated[
        list[str] | None, typer.Argument(help="E-mail domains; all when none is named.", metavar="DOMAIN…")
    ] = None,
) -> None:
    """Believe it no longer. Whoever has said who they are stays so."""

    def fewer(known: Sequence[str]) -> list[str]:
        gone = set(map(_domain, domains or known))
        return [one for one in known if one not in gone]

    _change(workspace, fewer)


def _change(workspace: str, change: Callable[[Sequence[str]], list[str]]) -> None:
    place = (PLATFORM, workspace)

    def work(tx: SqlTransaction) -> list[str] | None:
        known = installations.find(tx.connection, place)
        if known is None:
            return None
        domains = sorted(set(change(known.domains)))
        installations.trust(tx.connection, place, domains)
        return domains

    with problems_told():
        now = with_database(settings_here(), lambda database: database.transact(work))
        if now is None:
            raise refusal(workspace, "It has not let us in.", "cohortium slack workspaces lists those that have.")
        out.print(f"{workspace}: {', '.join(now) or 'no address'} {'counts' if len(now) < 2 else 'count'} there.")


def _domain(given: str) -> str:
    """Raises BadInputError for what is no domain."""
    domain = given.strip().lower().lstrip("@")
    if not domain or "." not in domain or any(letter in domain for letter in " @/,*"):
        raise refusal(given, "It is no e-mail domain.", "Write it as in an address, behind the @: spur.example")
    return domain
