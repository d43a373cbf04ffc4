"""A draft that is brought as a document, in a Slack form."""

from pathlib import Path

from cohorts.evidence.documents import MOST_BYTES
from cohorts.evidence.model import Draft
from tests.adapters.slack.test_slack_listening import Town, action_of, open_town
from tests.adapters.slack.test_slack_people import lay
from tests.adapters.slack.test_slack_pointing import MICROCREDENTIAL, fields, opened
from tests.fakes.documents import docx
from tests.fakes.slack.faults import Refused, ServerError
from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.world import View

SAID = "I waited three seconds."


async def drafts(town: Town) -> list[Draft]:
    found = await town.house.database.read(lambda tx: tx.evidence.drafts("ann", MICROCREDENTIAL))
    return sorted(found, key=lambda one: one.version)


async def writing(slack: FakeSlack, town: Town) -> View:
    """The form for the first question, from `/cohort evidence` on."""
    ann = town.ann
    await lay(town, cohort=("ann",))
    await ann.slash("/cohort evidence")
    await slack.until(lambda: ann.reads(ann.direct))
    shown = ann.reads(ann.direct)[-1]
    await ann.clicks(shown, action_of(shown.blocks, "evidence.choose.open"))
    await slack.until(lambda: ann.modal is not None and ann.modal.body.get("submit") is not None)
    parts = (await town.house.database.read(lambda tx: tx.catalogue.get(MICROCREDENTIAL))).parts
    item = next(f"{part.id}/{part.prompts[0].id}" for part in parts if part.prompts)
    (choice,) = fields(await opened(slack, ann)).values()
    await ann.submits({choice: item})
    form = await opened(slack, ann)
    assert any(name == "text" for name in fields(form))
    return form


async def test_the_words_of_a_document_become_the_draft(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_town(slack, tmp_path, "http") as town:
        form = fields(await writing(slack, town))
        await town.ann.submits({form["file"]: town.ann.chooses("Reflection.docx", docx(SAID, "They spoke."))})
        assert [one.text for one in await drafts(town)] == [f"{SAID}\n\nThey spoke."]
        assert "not kept" in str(town.ann.modal and town.ann.modal.body["blocks"])


async def test_what_is_wrong_stands_at_the_file_and_nothing_typed_is_lost(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_town(slack, tmp_path, "http") as town:
        form = fields(await writing(slack, town))
        for name, content, said in (
            ("slides.pdf", b"%PDF", ".docx"),
            ("long.txt", b"x" * (MOST_BYTES + 1), "4 MB"),
            ("a.docx", b"no zip", "cannot be read"),
        ):
            await town.ann.submits({form["text"]: "Typed.", form["file"]: town.ann.chooses(name, content)})
            assert town.ann.modal is not None
            assert said in str(town.ann.modal.errors["f.file"])  # type: ignore[index]
        assert await drafts(town) == []


async def test_a_file_that_slack_does_not_hand_over_is_asked_for_again(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_town(slack, tmp_path, "http") as town:
        form = fields(await writing(slack, town))
        slack.faults.add(ServerError(503), "file")
        chosen = town.ann.chooses("a.docx", docx(SAID))
        await town.ann.submits({form["file"]: chosen})
        assert town.ann.modal is not None
        assert "did not hand" in str(town.ann.modal.errors)
        await town.ann.submits({form["file"]: chosen})
        assert [one.text for one in await drafts(town)] == [SAID]


async def test_a_file_elsewhere_is_not_fetched_with_our_token(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_town(slack, tmp_path, "http") as town:
        form = fields(await writing(slack, town))
        (file,) = town.ann.chooses("a.docx", docx(SAID))
        for elsewhere in (
            "https://files.slack.com.evil.example/x",
            "http://files.slack.com/x",
            "file:///etc/passwd",
            "",
        ):
            await town.ann.submits({form["file"]: [file | {"url_private_download": elsewhere}]})
            assert "did not hand" in str(town.ann.modal and town.ann.modal.errors)
        assert await drafts(town) == []


async def test_where_we_may_read_no_files_none_is_asked_for(slack: FakeSlack, tmp_path: Path) -> None:
    """A workspace that has installed us before keeps the form it had."""
    for grant in slack.grants.values():
        grant.scopes -= {"files:read"}
    async with open_town(slack, tmp_path, "http") as town:
        for grant in slack.grants.values():
            grant.scopes -= {"files:read"}
        form = fields(await writing(slack, town))
        assert list(form) == ["text"]
        await town.ann.submits({form["text"]: SAID})
        assert [one.text for one in await drafts(town)] == [SAID]


async def test_where_slack_does_not_say_what_we_may_the_form_opens_without(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_town(slack, tmp_path, "http") as town:
        slack.faults.add(Refused("internal_error"), "auth.test")
        assert "text" in fields(await writing(slack, town))
