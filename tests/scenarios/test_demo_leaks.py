"""A network of two dozen lives for three weeks: whatever is sealed is in nobody else's sight, wherever one looks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from structlog.testing import capture_logs

from bot.app import open_house
from bot.chat.local.people import written
from bot.demo.clock import START, DemoClock
from bot.demo.desk import DemoDesk
from bot.demo.network import lay_network
from bot.demo.record import write_record
from bot.demo.world import World
from bot.web.app import build_web
from bot.web.desk import WebSettings
from bot.web.pages_routes import PAGES
from cohorts.protocols.load import shipped
from cohorts.protocols.queries import stages_of
from storage.chat_journal import heard_since, outgoing
from storage.transaction import SqlTransaction
from tests.scenarios.town import settings_in

BASE = "http://127.0.0.1:8000"


@dataclass(frozen=True)
class Secret:
    member: str
    text: str
    where: str


def secrets_now(tx: SqlTransaction) -> list[Secret]:
    """Words that only their author may know: sealed and not yet revealed, private, or a draft never shared.

    Made-up people sometimes say the same: what somebody may read elsewhere cannot be told apart, and is left out.
    """
    hidden, told = list[Secret](), list[str]()
    for cohort in tx.cohorts.every():
        for run in tx.runs.of_cohort(cohort.id):
            for step in shipped()[(run.protocol_id, run.protocol_version)].steps:
                shown = {name for names in stages_of(step)[: run.step(step.id).revealed] for name in names}
                for answer, words in tx.runs.answers(run.id, step.id):
                    for name, sealed in words.items():
                        private = step.visibility == "private" or (step.visibility == "sealed" and name not in shown)
                        secret = Secret(answer.member, squeezed(sealed.for_author()), f"{run.id}/{step.id}")
                        hidden += [secret] if private else []
                        told += [] if private else [secret.text]
        for member in cohort.members:
            for draft in tx.evidence.drafts(member.educator_id, cohort.microcredential_id):
                hidden += [] if draft.shared else [Secret(member.educator_id, squeezed(draft.text), draft.id)]
                told += [squeezed(draft.text)] if draft.shared else []
    everything = "\n".join(told)
    long = [secret for secret in hidden if len(secret.text) >= 40 and " " in secret.text]
    authors = {secret.text: {other.member for other in long if secret.text in other.text} for secret in long}
    return [secret for secret in long if len(authors[secret.text]) == 1 and secret.text not in everything]


def squeezed(text: str) -> str:
    return " ".join(text.split())


def leaked(secrets: Sequence[Secret], text: str, reader: str = "") -> list[str]:
    here = squeezed(text)
    return [secret.where for secret in secrets if secret.member != reader and secret.text in here]


@pytest.mark.slow
async def test_nothing_sealed_or_private_is_in_anybody_elses_sight(tmp_path: Path) -> None:
    clock = DemoClock()
    with capture_logs() as logged:
        async with open_house(settings_in(tmp_path / "data"), clock.now, "OFF") as house:
            laid = await house.database.transact(lay_network, 24, 7)
            people = [person.model_copy(update={"marked": True}) for person in laid]
            world = World(house, clock, {person.educator.id: person for person in people}, 3, 7)
            await world.resume()
            asked = 0
            for day in range(5, 25):
                await world.run_until(START + timedelta(days=day))
                secrets = await house.database.read(secrets_now)
                if day < 12 or day % 3:
                    continue
                asked += len(secrets)
                heard = await house.database.read(lambda tx: heard_since(tx.connection, 0))
                for entry in heard:
                    assert not leaked(secrets, written(entry.message), entry.only_for), entry.key
                    assert not leaked(secrets, entry.message.model_dump_json(), entry.only_for), entry.key
                said = await house.database.read(lambda tx: outgoing(tx.connection))
                assert not leaked(secrets, "\n".join(row.message for row in said))
            assert asked > 100
            folder = tmp_path / "export"
            await house.database.transact(write_record, folder, clock.now())
            _read_exports(folder, secrets)
            facts = await house.database.read(_history)
            assert not leaked(secrets, facts)
            assert not leaked(secrets, str(logged))

            desk = DemoDesk(house, "a test", world, people)
            web = build_web(desk, house.local, WebSettings(secret="a test"), more=PAGES)
            readers = [person.educator.id for person in people][:6]
            pages = 0
            for reader in readers:
                async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=web), base_url=BASE) as client:
                    pages += await _look_everywhere(client, reader, secrets)
            assert pages > 60


def _read_exports(folder: Path, secrets: Sequence[Secret]) -> None:
    for path in folder.rglob("*.jsonl"):
        reader = path.stem if path.parent.name == "people" else ""
        assert not leaked(secrets, path.read_text("utf-8"), reader), path.name


async def _look_everywhere(client: httpx2.AsyncClient, reader: str, secrets: Sequence[Secret]) -> int:
    """Every page that can be reached from the chat by links, as this reader; returns how many."""
    page = await client.get("/people")
    token = re.search(r'data-csrf="([0-9a-f]{64})"', page.text)
    assert token
    await client.post("/people/become", data={"csrf": token[1], "user": reader})
    todo, done = ["/chat"], set[str]()
    while todo and len(done) < 60:
        path = todo.pop(0)
        if path in done or path.startswith(("/static", "/events", "/leave")):
            continue
        done.add(path)
        answer = await client.get(path, follow_redirects=True)
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        text = re.sub(r"<[^>]+>", " ", answer.text).replace("&#39;", "'").replace("&#34;", '"').replace("&amp;", "&")
        assert not leaked(secrets, text, reader), path
        assert not leaked(secrets, answer.text, reader), path
        todo += [link.replace("&amp;", "&") for link in re.findall(r'href="(/[^"#]*)', answer.text)]
    return len(done)


def _history(tx: SqlTransaction) -> str:
    rows = tx.connection.exec_driver_sql("select facts from history")
    return "\n".join(str(row[0]) for row in rows)
