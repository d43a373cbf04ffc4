"""From a first draft to the packet and the issuer's word; what is one's own stays one's own."""

import io
import zipfile
from pathlib import Path

from cohorts.catalogue.model import Microcredential
from cohorts.events import Download, FieldErrors, OpenForm, Whisper
from cohorts.messages import Buttons
from cohorts.usecases.unfinished import map_of
from tests.scenarios.town import MICROCREDENTIAL, SIX, Town, open_town, whispered

PRIVATE = "Umbrella maroon: words of Ann that nobody else was ever meant to read."


async def microcredential(town: Town) -> Microcredential:
    return await town.ask(lambda tx: tx.catalogue.get(MICROCREDENTIAL))


async def write_everything(town: Town, name: str, consent: str = "held") -> None:
    number = 0
    for part in (await microcredential(town)).parts:
        for prompt in part.prompts:
            words = max(prompt.min_words, min(prompt.max_words or 50, 50))
            text = " ".join([f"{part.id}-{prompt.id}", *["waited"] * (words - 1)])
            await town.send(name, "evidence.write.send", f"{MICROCREDENTIAL}/{part.id}/{prompt.id}", text=text)
        for request in part.artifacts:
            for _ in range(request.count):
                number += 1
                values = {"title": request.name, "link": f"https://drive.example.org/{number}", "consent": consent}
                await town.send(name, "evidence.link.send", f"{MICROCREDENTIAL}/{part.id}/{request.id}", **values)


def has_packet_button(response: object) -> bool:
    assert isinstance(response, Whisper)
    rows = [block for block in response.message.blocks if isinstance(block, Buttons)]
    return any(button.action == "evidence.packet" for row in rows for button in row.items)


async def test_from_the_map_to_the_packet_and_the_issuers_word(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        assert isinstance(await town.press("ann", "evidence.open"), Whisper)
        await write_everything(town, "ann")
        form = await town.press("ann", "evidence.ready.open", MICROCREDENTIAL)
        assert isinstance(form, OpenForm)
        ticks = {field.id: "yes" for field in form.form.fields}
        assert has_packet_button(await town.send("ann", "evidence.ready.send", MICROCREDENTIAL, **ticks))
        packet = await town.press("ann", "evidence.packet", MICROCREDENTIAL)
        assert isinstance(packet, Download)
        with zipfile.ZipFile(io.BytesIO(packet.content)) as opened:
            names = opened.namelist()
            text = "\n".join(opened.read(name).decode() for name in sorted(names) if name.endswith(".md"))
        wanted = [f"{p.id}-{prompt.id}" for p in (await microcredential(town)).parts for prompt in p.prompts]
        plain = text.replace("\\", "")
        assert all(mark in plain for mark in wanted)
        assert [plain.rindex(mark) for mark in wanted] == sorted(plain.rindex(mark) for mark in wanted)

        assert "Sent off" in whispered(
            await town.send("ann", "evidence.result.send", MICROCREDENTIAL, status="submitted")
        )
        part = (await microcredential(town)).parts[0]
        key = f"{part.id}/{part.criteria[0].id}"
        missing = await town.send("ann", "evidence.result.send", MICROCREDENTIAL, status="not_yet")
        assert isinstance(missing, FieldErrors)
        said = await town.send("ann", "evidence.result.send", MICROCREDENTIAL, status="not_yet", criteria=key)
        assert "Not yet is a next step" in whispered(said)
        evidence = await town.ask(lambda tx: map_of(tx, "ann", MICROCREDENTIAL))
        assert [f"{row.part_id}/{row.criterion_id}" for row in evidence.criteria if row.named] == [key]
        assert not evidence.complete
        for _ in range(2):
            last = await town.send("ann", "evidence.result.send", MICROCREDENTIAL, status="not_yet", criteria=key)
        assert "coach" in whispered(last)


async def test_without_consent_it_is_not_ready(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        await write_everything(town, "ann", consent="missing")
        form = await town.press("ann", "evidence.ready.open", MICROCREDENTIAL)
        assert isinstance(form, OpenForm)
        ticks = {field.id: "yes" for field in form.form.fields}
        assert not has_packet_button(await town.send("ann", "evidence.ready.send", MICROCREDENTIAL, **ticks))


async def test_a_packet_that_seems_to_name_a_student_is_looked_at_first(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        part = next(part for part in (await microcredential(town)).parts if part.prompts)
        place = f"{MICROCREDENTIAL}/{part.id}/{part.prompts[0].id}"
        await town.send("ann", "evidence.write.send", place, text="My student Maria Lopez waited too.")
        warned = await town.press("ann", "evidence.packet", MICROCREDENTIAL)
        assert isinstance(warned, Whisper)
        assert "may identify a student" in whispered(warned)
        assert "Maria" not in whispered(warned)
        look, anyway = [b for block in warned.message.blocks if isinstance(block, Buttons) for b in block.items]
        assert isinstance(await town.press("ann", look.action, look.value), OpenForm)
        assert isinstance(await town.press("ann", anyway.action, anyway.value), Download)
        await town.send("ann", "evidence.write.send", place, text="A student waited too.")
        assert isinstance(await town.press("ann", "evidence.packet", MICROCREDENTIAL), Download)


async def test_each_saving_is_a_version_and_the_one_before_comes_back(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        part = next(part for part in (await microcredential(town)).parts if part.prompts)
        value = f"{MICROCREDENTIAL}/{part.id}/{part.prompts[0].id}"
        for text in ("first words", "second words", "second words"):
            response = await town.send("ann", "evidence.write.send", value, text=text)
        assert "Nothing has changed" in whispered(response)
        assert "Version 1 is back" in whispered(await town.press("ann", "evidence.restore", value))
        drafts = await town.ask(lambda tx: tx.evidence.drafts("ann", MICROCREDENTIAL))
        assert sorted(draft.version for draft in drafts) == [1, 2, 3]
        newest = max(drafts, key=lambda draft: draft.version)
        assert newest.text == "first words"


async def test_a_draft_is_read_by_others_only_once_it_is_shared(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        (cohort,) = await town.form(*SIX)
        await town.pass_days(1)
        draft = await town.write_draft("ann", about=PRIVATE)
        stolen = await town.begin("tune-a-draft", cohort, presenter="ben")
        await town.write_draft("ben")
        await town.answer("ben", stolen, "share", draft=draft)
        assert not (await town.run(stolen.id)).step("share").answered
        await town.pass_days(1)
        assert PRIVATE not in await town.all_text()
        run = await town.begin("tune-a-draft", cohort, presenter="ann")
        await town.answer("ann", run, "share", draft=draft)
        await town.write_draft("ann", about="A later version that stays with Ann alone.")
        await town.pass_days(1)
        assert PRIVATE in await town.reads("ben")
        assert "later version" not in await town.reads("ben")
